//! What a call says.

/// What a call says. Anything but `OK` means that nothing was changed.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(non_camel_case_types, reason = "its name in C")]
pub enum potline_status {
    /// Done.
    Ok = 0,
    /// A pointer that must not be is NULL.
    NullPointer = 1,
    /// A structure is smaller than the first version of it: set its `size`.
    ShortStruct = 2,
    /// The storage is smaller than the library says it must be.
    ShortStorage = 3,
    /// The storage is not aligned as the library says it must be.
    Misaligned = 4,
    /// The pointer does not lead to an object of this kind that was initialised.
    NotInitialised = 5,
    /// The settings are no JSON, or have a field that is unknown or out of range.
    BadSettings = 6,
    /// A number stands for nothing: a mode, a quality, an outcome, a time.
    BadInput = 7,
    /// The snapshot is damaged, of another version, another pot or other settings.
    BadSnapshot = 8,
    /// The buffer is too small.
    ShortBuffer = 9,
}

use potline_status as S;

/// Shorthand for calls that may fail.
pub type Outcome<T = ()> = Result<T, potline_status>;

/// The status of a call from how it went.
pub fn told(outcome: Outcome) -> potline_status {
    match outcome {
        Ok(()) => S::Ok,
        Err(status) => status,
    }
}

/// The status in words, ending with a zero.
#[unsafe(no_mangle)]
pub extern "C" fn potline_status_text(status: u32) -> *const core::ffi::c_char {
    let text = match status {
        0 => c"done",
        1 => c"a pointer is NULL",
        2 => c"a structure is too small: set its size with sizeof",
        3 => c"the storage is too small: ask the library for its size",
        4 => c"the storage is not aligned: ask the library for its alignment",
        5 => c"not initialised, or an object of another kind",
        6 => c"the settings are wrong: look at the fault",
        7 => c"a number stands for nothing",
        8 => c"the snapshot cannot be used: start anew",
        9 => c"the buffer is too small",
        _ => c"no such status",
    };
    text.as_ptr()
}
