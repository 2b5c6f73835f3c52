//! A controller: settings made ready once, shared by any number of pots.

use crate::handle::{self, Kind};
use crate::json;
use crate::stamp::{self, Stamped};
use crate::status::{Outcome, potline_status, potline_status as S, told};
use core::ffi::c_void;
use potline_core::control::{PotController, Settings};
use potline_core::error::Error;

impl Kind for PotController {
    const STAMP: u64 = u64::from_le_bytes(*b"PLctrl01");
}

/// Longest name of a field in a fault, its final zero included.
pub const POTLINE_FIELD: usize = 64;

/// What is wrong with settings.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types, reason = "its name in C")]
pub struct potline_fault {
    /// sizeof(potline_fault).
    pub size: u32,
    /// Where the text could not be read: bytes from its beginning. Only with the field "json".
    pub at: u32,
    /// What was given; NaN when there is no single value.
    pub value: f64,
    /// Smallest admissible value, or NaN.
    pub min: f64,
    /// Largest admissible value, or NaN.
    pub max: f64,
    /// The field, ending with a zero; "json" when the text could not be read at all: no JSON, an unknown
    /// field, or a value of another kind.
    pub field: [u8; POTLINE_FIELD],
}

// SAFETY: numbers only, `size` first.
unsafe impl Stamped for potline_fault {
    const FIRST: usize = 32 + POTLINE_FIELD;
}
const _: () = assert!(size_of::<potline_fault>() == 32 + POTLINE_FIELD);

impl Default for potline_fault {
    fn default() -> Self {
        Self::new("", [f64::NAN; 3])
    }
}

impl potline_fault {
    fn new(name: &str, [value, min, max]: [f64; 3]) -> Self {
        let mut field = [0; POTLINE_FIELD];
        // The last byte stays zero.
        let room = field.iter_mut().take(POTLINE_FIELD - 1);
        room.zip(name.bytes()).for_each(|(slot, byte)| *slot = byte);
        Self { size: size_of::<Self>() as u32, at: 0, value, min, max, field }
    }
}

impl potline_fault {
    fn unreadable(at: Option<usize>) -> Self {
        let at = at.and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX);
        Self { at, ..Self::new("json", [f64::NAN; 3]) }
    }
}

impl From<Error> for potline_fault {
    fn from(error: Error) -> Self {
        let numbers = match error {
            Error::OutOfRange { value, min, max, .. } => [value, min, max],
            Error::Contradicts { value, .. } => [value, f64::NAN, f64::NAN],
            _ => [f64::NAN; 3],
        };
        Self::new(error.field(), numbers)
    }
}

/// Storage that a controller needs [bytes].
#[unsafe(no_mangle)]
pub extern "C" fn potline_controller_size() -> usize {
    handle::room::<PotController>().0
}

/// Alignment of that storage [bytes].
#[unsafe(no_mangle)]
pub extern "C" fn potline_controller_align() -> usize {
    handle::room::<PotController>().1
}

/// Makes a controller in `storage` from settings as JSON: the `[control]` tables of a scenario, as
/// {"design":{"current_ka":500.0},"feed":{"strategy":"ekf"}}; what is absent has its default, an empty
/// text (length 0) is all defaults. `fault` may be NULL.
///
/// Settings can change while pots run: make another controller and use it with the same pots.
#[unsafe(no_mangle)]
pub extern "C" fn potline_controller_init(
    storage: *mut c_void,
    size: usize,
    json: *const u8,
    length: usize,
    fault: *mut potline_fault,
) -> potline_status {
    told(init(storage, size, json, length, fault))
}

fn init(
    storage: *mut c_void,
    size: usize,
    json: *const u8,
    length: usize,
    fault: *mut potline_fault,
) -> Outcome {
    let blame = |why: potline_fault| {
        if !fault.is_null() {
            stamp::write(fault, &why)?;
        }
        Err(S::BadSettings)
    };
    let text = stamp::bytes(json, length)?;
    let settings = if text.is_empty() {
        Settings::default()
    } else {
        match json::read::<Settings>(text) {
            Ok(settings) => settings,
            Err(wrong) => return blame(potline_fault::unreadable(wrong.at)),
        }
    };
    match settings.build() {
        Ok(controller) => handle::place(storage, size, controller),
        Err(error) => blame(error.into()),
    }
}
