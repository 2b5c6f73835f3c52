//! Structures that begin with their own size, so that they can grow at the end.
//!
//! A caller that was compiled with an older header gives fewer bytes: the fields it does not know keep
//! their defaults, and are not written.

use crate::status::{Outcome, potline_status as S};

/// A structure of the interface.
///
/// # Safety
/// `repr(C)`, its first field `size: u32`, every other a number or an array of numbers, so that any
/// bytes are a value of it and there is nothing to drop.
pub unsafe trait Stamped: Copy + Default {
    /// Bytes of its first version.
    const FIRST: usize;
}

/// Bytes the caller has of it.
fn shared<T: Stamped>(at: *const T) -> Outcome<usize> {
    if at.is_null() {
        return Err(S::NullPointer);
    }
    if !at.is_aligned() {
        return Err(S::Misaligned);
    }
    // SAFETY: not null, aligned, and begins with its size.
    let size = unsafe { at.cast::<u32>().read() } as usize;
    if size < T::FIRST { Err(S::ShortStruct) } else { Ok(size.min(size_of::<T>())) }
}

/// What the caller says.
pub fn read<T: Stamped>(from: *const T) -> Outcome<T> {
    let bytes = shared(from)?;
    let mut value = T::default();
    // SAFETY: so many bytes belong to both, and any bytes are a value.
    unsafe { core::ptr::copy_nonoverlapping(from.cast::<u8>(), (&raw mut value).cast::<u8>(), bytes) };
    Ok(value)
}

/// Whether `write` will do.
pub fn writable<T: Stamped>(to: *mut T) -> Outcome {
    shared(to.cast_const()).map(drop)
}

/// Tells the caller, all but the size that is its own.
pub fn write<T: Stamped>(to: *mut T, value: &T) -> Outcome {
    let bytes = shared(to.cast_const())?;
    let skip = size_of::<u32>();
    let from = core::ptr::from_ref(value).cast::<u8>();
    // SAFETY: so many bytes belong to both; the size stays what it was.
    unsafe {
        let (from, to) = (from.add(skip), to.cast::<u8>().add(skip));
        core::ptr::copy_nonoverlapping(from, to, bytes - skip);
    }
    Ok(())
}

/// The bytes of a caller's buffer; an empty one may be NULL.
pub fn bytes<'a>(from: *const u8, length: usize) -> Outcome<&'a [u8]> {
    if length == 0 {
        return Ok(&[]);
    }
    if from.is_null() {
        return Err(S::NullPointer);
    }
    if isize::try_from(length).is_err() {
        return Err(S::BadInput);
    }
    // SAFETY: not null, and of this length as the caller says.
    Ok(unsafe { core::slice::from_raw_parts(from, length) })
}

/// The bytes of a caller's buffer, to be written.
pub fn bytes_mut<'a>(to: *mut u8, length: usize) -> Outcome<&'a mut [u8]> {
    if length == 0 {
        return Ok(&mut []);
    }
    if to.is_null() {
        return Err(S::NullPointer);
    }
    if isize::try_from(length).is_err() {
        return Err(S::BadInput);
    }
    // SAFETY: as in `bytes`.
    Ok(unsafe { core::slice::from_raw_parts_mut(to, length) })
}

/// Puts a plain number where the caller wants it.
pub fn put<T: Copy>(to: *mut T, value: T) -> Outcome {
    if to.is_null() {
        return Err(S::NullPointer);
    }
    if !to.is_aligned() {
        return Err(S::Misaligned);
    }
    // SAFETY: not null and aligned.
    unsafe { to.write(value) };
    Ok(())
}
