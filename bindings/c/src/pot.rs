//! The memory of a pot: scan, samples, rods, alarms, snapshot.

use crate::handle::{self, Kind};
use crate::reading::{potline_line_view, potline_reading, potline_rods, potline_sample};
use crate::stamp;
use crate::status::{Outcome, potline_status, potline_status as S, told};
use crate::tick::potline_tick;
use core::ffi::c_void;
use potline_core::control::{LineView, PotController, PotState, snapshot};
use potline_core::image::{Alarm, CellId};

impl Kind for PotState {
    const STAMP: u64 = u64::from_le_bytes(*b"PLpot_01");
}

/// Storage that a pot needs [bytes].
#[unsafe(no_mangle)]
pub extern "C" fn potline_pot_size() -> usize {
    handle::room::<PotState>().0
}

/// Alignment of that storage [bytes].
#[unsafe(no_mangle)]
pub extern "C" fn potline_pot_align() -> usize {
    handle::room::<PotState>().1
}

/// Begins the memory of pot `number` (from 1) in `storage`.
#[unsafe(no_mangle)]
pub extern "C" fn potline_pot_init(
    controller: *const c_void,
    storage: *mut c_void,
    size: usize,
    number: u16,
) -> potline_status {
    told(
        handle::borrow::<PotController>(controller)
            .and_then(|controller| handle::place(storage, size, PotState::new(controller, CellId(number)))),
    )
}

/// One scan. `line` may be NULL for a pot that is alone with its own current. `now` is the PLC time of the
/// scan and `dt` the time since the last one [s], above 0 and at most 60.
#[unsafe(no_mangle)]
pub extern "C" fn potline_pot_tick(
    controller: *const c_void,
    pot: *mut c_void,
    line: *const potline_line_view,
    reading: *const potline_reading,
    now: f64,
    dt: f64,
    tick: *mut potline_tick,
) -> potline_status {
    told(scan(controller, pot, line, reading, (now, dt), tick))
}

fn scan(
    controller: *const c_void,
    pot: *mut c_void,
    line: *const potline_line_view,
    reading: *const potline_reading,
    (now, dt): (f64, f64),
    tick: *mut potline_tick,
) -> Outcome {
    let controller = handle::borrow::<PotController>(controller)?;
    let reading = stamp::read(reading)?.image()?;
    let line = if line.is_null() { LineView::alone(&reading) } else { stamp::read(line)?.view(&reading) };
    // Everything is looked at before the memory is touched: a call that fails has changed nothing.
    stamp::writable(tick)?;
    if !(now.is_finite() && dt > 0.0 && dt <= 60.0) {
        return Err(S::BadInput);
    }
    let state = handle::borrow_mut::<PotState>(pot)?;
    let told = controller.tick(state, &line, &reading, now, dt);
    let alarms = state.alarms().shown().count() as u32;
    stamp::write(tick, &potline_tick::new(&told, alarms))
}

/// A result of the laboratory came in. The same or an older one again changes nothing.
#[unsafe(no_mangle)]
pub extern "C" fn potline_pot_sample(
    controller: *const c_void,
    pot: *mut c_void,
    sample: *const potline_sample,
) -> potline_status {
    told((|| {
        let controller = handle::borrow::<PotController>(controller)?;
        let sample = stamp::read(sample)?.image();
        controller.sample(handle::borrow_mut(pot)?, &sample);
        Ok(())
    })())
}

/// A round over the anode rods was made.
#[unsafe(no_mangle)]
pub extern "C" fn potline_pot_rods(
    controller: *const c_void,
    pot: *mut c_void,
    rods: *const potline_rods,
) -> potline_status {
    told((|| {
        let controller = handle::borrow::<PotController>(controller)?;
        let rods = stamp::read(rods)?.image();
        controller.rods(handle::borrow_mut(pot)?, &rods);
        Ok(())
    })())
}

/// Numbers of the alarms that are shown, the most urgent first, into `list` of `room` places; `count` is
/// told how many there are, even when they do not all fit.
#[unsafe(no_mangle)]
pub extern "C" fn potline_pot_alarms(
    pot: *const c_void,
    list: *mut u8,
    room: usize,
    count: *mut usize,
) -> potline_status {
    told((|| {
        let state = handle::borrow::<PotState>(pot)?;
        let list = stamp::bytes_mut(list, room)?;
        list.iter_mut().zip(state.alarms().shown()).for_each(|(slot, (alarm, _))| *slot = alarm as u8);
        stamp::put(count, state.alarms().shown().count())
    })())
}

/// A person has seen alarm `alarm`.
#[unsafe(no_mangle)]
pub extern "C" fn potline_pot_acknowledge(pot: *mut c_void, alarm: u8) -> potline_status {
    told((|| {
        let state = handle::borrow_mut::<PotState>(pot)?;
        state.alarms_mut().acknowledge(numbered(alarm)?);
        Ok(())
    })())
}

/// What alarm `alarm` says, in English or (`chinese` not zero) its Chinese title, as UTF-8 with a final
/// zero, cut where the buffer ends.
#[unsafe(no_mangle)]
pub extern "C" fn potline_alarm_text(alarm: u8, chinese: u32, text: *mut u8, room: usize) -> potline_status {
    told((|| {
        let words = numbered(alarm)?.words();
        let title = if chinese == 0 { words.title } else { words.title_zh };
        let (last, body) = stamp::bytes_mut(text, room)?.split_last_mut().ok_or(S::ShortBuffer)?;
        *last = 0;
        body.fill(0);
        body.iter_mut().zip(title.bytes()).for_each(|(slot, byte)| *slot = byte);
        Ok(())
    })())
}

fn numbered(alarm: u8) -> Outcome<Alarm> {
    Alarm::ALL.get(usize::from(alarm)).copied().ok_or(S::BadInput)
}

/// Buffer that a snapshot needs at most [bytes].
#[unsafe(no_mangle)]
pub extern "C" fn potline_snapshot_size() -> usize {
    snapshot::POT_BYTES
}

/// Writes the memory of a pot into `buffer`, so that a restart of the computer is none for the pot;
/// `used` is told its length.
#[unsafe(no_mangle)]
pub extern "C" fn potline_pot_save(
    controller: *const c_void,
    pot: *const c_void,
    buffer: *mut u8,
    room: usize,
    used: *mut usize,
) -> potline_status {
    told((|| {
        let controller = handle::borrow::<PotController>(controller)?;
        let state = handle::borrow::<PotState>(pot)?;
        let length = controller.save(state, stamp::bytes_mut(buffer, room)?).map_err(|_| S::ShortBuffer)?;
        stamp::put(used, length)
    })())
}

/// Takes up in `storage` what `potline_pot_save` wrote of pot `number`. Damaged, foreign and old ones are
/// refused whole: begin with `potline_pot_init` then.
#[unsafe(no_mangle)]
pub extern "C" fn potline_pot_restore(
    controller: *const c_void,
    storage: *mut c_void,
    size: usize,
    number: u16,
    buffer: *const u8,
    length: usize,
) -> potline_status {
    told((|| {
        let controller = handle::borrow::<PotController>(controller)?;
        let bytes = stamp::bytes(buffer, length)?;
        let state = controller.restore(CellId(number), bytes).map_err(|_| S::BadSnapshot)?;
        handle::place(storage, size, state)
    })())
}
