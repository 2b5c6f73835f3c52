//! Numbers of C for the enumerations of the image. Zero is always the careful one, so that a structure
//! filled with zeros moves nothing.

use crate::status::{Outcome, potline_status as S};
use potline_core::image::{FeedPhase, Mode, Outcome as Answer, Quality, Reason, StatusBits};

/// How far a reading may be trusted: not at all, with care, fully.
pub const POTLINE_QUALITY_BAD: u32 = 0;
/// Usable, with something to look into.
pub const POTLINE_QUALITY_UNCERTAIN: u32 = 1;
/// Fresh and plausible.
pub const POTLINE_QUALITY_GOOD: u32 = 2;

/// Mode switch: out of the line.
pub const POTLINE_MODE_OFF: u32 = 0;
/// Hand control (手动).
pub const POTLINE_MODE_MANUAL: u32 = 1;
/// Automatic (自动).
pub const POTLINE_MODE_AUTO: u32 = 2;
/// Metal is being tapped (出铝).
pub const POTLINE_MODE_TAPPING: u32 = 3;
/// An anode is being changed (换极).
pub const POTLINE_MODE_ANODE_CHANGE: u32 = 4;
/// Early life of a pot (启动).
pub const POTLINE_MODE_START_UP: u32 = 5;

/// What became of the last command: none was given.
pub const POTLINE_OUTCOME_IDLE: u32 = 0;
/// Sent, not yet answered.
pub const POTLINE_OUTCOME_PENDING: u32 = 1;
/// Taken and running.
pub const POTLINE_OUTCOME_ACCEPTED: u32 = 2;
/// Executed.
pub const POTLINE_OUTCOME_DONE: u32 = 3;
/// Refused: another pulse is running.
pub const POTLINE_OUTCOME_BUSY: u32 = 4;
/// Refused: out of range, wrong mode, interlock, or too soon.
pub const POTLINE_OUTCOME_REJECTED: u32 = 5;
/// It may or may not have arrived; it is never repeated blindly.
pub const POTLINE_OUTCOME_UNKNOWN: u32 = 6;

/// Status bits of the PLC: it accepts remote commands.
pub const POTLINE_PLC_REMOTE: u32 = 1;
/// Emergency stop.
pub const POTLINE_PLC_EMERGENCY_STOP: u32 = 1 << 1;
/// A feeder pulse is running.
pub const POTLINE_PLC_FEED_BUSY: u32 = 1 << 2;
/// The beam motor is running.
pub const POTLINE_PLC_BEAM_BUSY: u32 = 1 << 3;
/// A breaker did not return.
pub const POTLINE_PLC_BREAKER_STUCK: u32 = 1 << 4;
/// A hopper is nearly empty.
pub const POTLINE_PLC_HOPPER_LOW: u32 = 1 << 5;
/// The controller's heartbeat is missing.
pub const POTLINE_PLC_COMMS_LOST: u32 = 1 << 6;
/// The beam stands at its lower limit switch.
pub const POTLINE_PLC_BEAM_LOW_LIMIT: u32 = 1 << 7;
/// The beam stands at its upper limit switch.
pub const POTLINE_PLC_BEAM_HIGH_LIMIT: u32 = 1 << 8;

/// The bits are those of the image.
#[allow(clippy::indexing_slicing, reason = "a constant that is out of range does not compile")]
const _: () = {
    let same = [
        (POTLINE_PLC_REMOTE, StatusBits::REMOTE),
        (POTLINE_PLC_EMERGENCY_STOP, StatusBits::EMERGENCY_STOP),
        (POTLINE_PLC_FEED_BUSY, StatusBits::FEED_BUSY),
        (POTLINE_PLC_BEAM_BUSY, StatusBits::BEAM_BUSY),
        (POTLINE_PLC_BREAKER_STUCK, StatusBits::BREAKER_STUCK),
        (POTLINE_PLC_HOPPER_LOW, StatusBits::HOPPER_LOW),
        (POTLINE_PLC_COMMS_LOST, StatusBits::COMMS_LOST),
        (POTLINE_PLC_BEAM_LOW_LIMIT, StatusBits::BEAM_LOW_LIMIT),
        (POTLINE_PLC_BEAM_HIGH_LIMIT, StatusBits::BEAM_HIGH_LIMIT),
    ];
    let mut n = 0;
    while n < same.len() {
        assert!(same[n].0 == same[n].1.0 as u32);
        n += 1;
    }
};

/// Quality and the reason beside it.
pub fn quality(code: u32) -> Outcome<(Quality, Reason)> {
    match code {
        POTLINE_QUALITY_BAD => Ok((Quality::Bad, Reason::CommsFault)),
        POTLINE_QUALITY_UNCERTAIN => Ok((Quality::Uncertain, Reason::Implausible)),
        POTLINE_QUALITY_GOOD => Ok((Quality::Good, Reason::None)),
        _ => Err(S::BadInput),
    }
}

/// Mode switch.
pub fn mode(code: u32) -> Outcome<Mode> {
    Ok(match code {
        POTLINE_MODE_OFF => Mode::Off,
        POTLINE_MODE_MANUAL => Mode::Manual,
        POTLINE_MODE_AUTO => Mode::Auto,
        POTLINE_MODE_TAPPING => Mode::Tapping,
        POTLINE_MODE_ANODE_CHANGE => Mode::AnodeChange,
        POTLINE_MODE_START_UP => Mode::StartUp,
        _ => return Err(S::BadInput),
    })
}

/// What became of the last command.
pub fn answer(code: u32) -> Outcome<Answer> {
    Ok(match code {
        POTLINE_OUTCOME_IDLE => Answer::Idle,
        POTLINE_OUTCOME_PENDING => Answer::Pending,
        POTLINE_OUTCOME_ACCEPTED => Answer::Accepted,
        POTLINE_OUTCOME_DONE => Answer::Done,
        POTLINE_OUTCOME_BUSY => Answer::Busy,
        POTLINE_OUTCOME_REJECTED => Answer::Rejected,
        POTLINE_OUTCOME_UNKNOWN => Answer::Unknown,
        _ => return Err(S::BadInput),
    })
}

/// Feed phase: nominal.
pub const POTLINE_PHASE_BASE: u32 = 0;
/// Underfeed (欠量).
pub const POTLINE_PHASE_UNDER: u32 = 1;
/// Overfeed (过量).
pub const POTLINE_PHASE_OVER: u32 = 2;
/// Long deep underfeed of the rich-side guard.
pub const POTLINE_PHASE_TRACK: u32 = 3;
/// Fast feed ahead of a feared anode effect.
pub const POTLINE_PHASE_FAST: u32 = 4;
/// Work at the pot: fed at base.
pub const POTLINE_PHASE_HOLD: u32 = 5;
/// Fed by the anode-effect sequence.
pub const POTLINE_PHASE_EFFECT: u32 = 6;
/// No feed: the current is too low.
pub const POTLINE_PHASE_STOP: u32 = 7;

/// Feed phase.
pub fn phase(phase: FeedPhase) -> u32 {
    match phase {
        FeedPhase::Base => POTLINE_PHASE_BASE,
        FeedPhase::Under => POTLINE_PHASE_UNDER,
        FeedPhase::Over => POTLINE_PHASE_OVER,
        FeedPhase::Track => POTLINE_PHASE_TRACK,
        FeedPhase::Fast => POTLINE_PHASE_FAST,
        FeedPhase::Hold => POTLINE_PHASE_HOLD,
        FeedPhase::Effect => POTLINE_PHASE_EFFECT,
        FeedPhase::Stop => POTLINE_PHASE_STOP,
    }
}
