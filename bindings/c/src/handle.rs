//! Objects in storage that belongs to the caller.

use crate::status::{Outcome, potline_status as S};
use core::ffi::c_void;

/// An object with a stamp before it, by which a wrong pointer is seen before it does harm.
#[repr(C)]
pub struct Held<T> {
    stamp: u64,
    value: T,
}

/// A kind of object.
pub trait Kind {
    /// What its storage begins with.
    const STAMP: u64;
}

/// Size and alignment of the storage of an object.
pub const fn room<T>() -> (usize, usize) {
    (size_of::<Held<T>>(), align_of::<Held<T>>())
}

/// Puts `value` into the storage.
pub fn place<T: Kind>(storage: *mut c_void, size: usize, value: T) -> Outcome {
    let slot = storage.cast::<Held<T>>();
    if slot.is_null() {
        return Err(S::NullPointer);
    }
    if !slot.is_aligned() {
        return Err(S::Misaligned);
    }
    if size < size_of::<Held<T>>() {
        return Err(S::ShortStorage);
    }
    // SAFETY: not null, aligned and, as the caller says, of this size. What stood there needs no drop:
    // no object of this library owns anything.
    unsafe { slot.write(Held { stamp: T::STAMP, value }) };
    Ok(())
}

/// The object behind a pointer.
pub fn borrow<'a, T: Kind>(object: *const c_void) -> Outcome<&'a T> {
    let slot = object.cast::<Held<T>>();
    check::<T>(slot)?;
    // SAFETY: checked above; that nobody else changes it during the call is the rule of the header.
    Ok(unsafe { &(*slot).value })
}

/// The object behind a pointer, to be changed.
pub fn borrow_mut<'a, T: Kind>(object: *mut c_void) -> Outcome<&'a mut T> {
    let slot = object.cast::<Held<T>>();
    check::<T>(slot)?;
    // SAFETY: as in `borrow`.
    Ok(unsafe { &mut (*slot).value })
}

fn check<T: Kind>(slot: *const Held<T>) -> Outcome {
    if slot.is_null() {
        return Err(S::NullPointer);
    }
    if !slot.is_aligned() {
        return Err(S::Misaligned);
    }
    // SAFETY: not null and aligned; the storage of any object begins with its stamp.
    let stamp = unsafe { (&raw const (*slot).stamp).read() };
    if stamp == T::STAMP { Ok(()) } else { Err(S::NotInitialised) }
}
