//! The C interface of potline.
//!
//! | what | file |
//! |---|---|
//! | objects in the caller's storage, stamped so that a wrong pointer is seen | `handle` |
//! | structures that begin with their size, so that they can grow | `stamp` |
//! | what a call says | `status` |
//! | numbers of C for the enumerations of the image | `codes` |
//! | a controller from its settings as JSON | `controller`, `json` |
//! | the memory of a pot: scan, samples, rods, alarms, snapshot | `pot` |
//! | what goes in and comes out of a scan | `reading`, `tick` |
//! | a simulated cell to try it on | `cell` |
//!
//! All `unsafe` is in `handle` and `stamp`, and every pointer of a caller goes through one of them.

#![no_std]
#![deny(unsafe_op_in_unsafe_fn)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::missing_safety_doc, reason = "the safety of every pointer is the header's first paragraph")]

mod cell;
mod codes;
mod controller;
mod handle;
mod json;
mod pot;
mod reading;
mod stamp;
mod status;
mod tick;

/// Version of this interface. It changes when a call or the meaning of a field does; new fields at the
/// end of a structure do not change it.
pub const POTLINE_ABI_VERSION: u32 = 1;

/// The version the library was built with; compare it with `POTLINE_ABI_VERSION` of the header.
#[unsafe(no_mangle)]
pub extern "C" fn potline_abi_version() -> u32 {
    POTLINE_ABI_VERSION
}

// Nothing in the library can panic (check.sh links it without this); a staticlib must still name a handler.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    #[cfg(feature = "proof")]
    {
        unsafe extern "C" {
            safe fn potline_panic_reached() -> !;
        }
        potline_panic_reached()
    }
    #[cfg(not(feature = "proof"))]
    loop {
        core::hint::spin_loop();
    }
}

/// What the self-test of check.sh must catch.
#[cfg(feature = "fault")]
#[unsafe(no_mangle)]
#[allow(clippy::indexing_slicing, reason = "it is the fault")]
pub extern "C" fn potline_planted_panic(place: usize) -> u32 {
    [1, 2, 3][place]
}
