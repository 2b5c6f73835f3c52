//! What a real-time program asks of the system: memory that stays where it is, and the processor before
//! everybody else. Said aloud when it is refused.

use crate::report::TierResult;
use rustix::mm::{MlockAllFlags, mlockall, munlockall};
use std::process::Command;

/// Priority among real-time threads: above the system's own interrupt threads nobody should be.
const PRIORITY: &str = "40";

/// Given back when dropped.
pub struct Rights {
    locked: bool,
    first: bool,
}

/// Asks for both, for the calling thread.
pub fn take(result: &mut TierResult) -> Rights {
    let locked = mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE);
    let first = schedule(&["--fifo"], PRIORITY);
    result.note(match &locked {
        Ok(()) => "memory is locked".into(),
        Err(error) => format!("memory is not locked: {error}"),
    });
    result.note(match &first {
        Ok(()) => format!("scheduled first come, first served at priority {PRIORITY} (SCHED_FIFO)"),
        Err(why) => format!("scheduled as any other program: {why}"),
    });
    Rights { locked: locked.is_ok(), first: first.is_ok() }
}

impl Drop for Rights {
    fn drop(&mut self) {
        if self.first {
            // What the thread was given it may give back.
            let _ = schedule(&["--other"], "0");
        }
        if self.locked {
            let _ = munlockall();
        }
    }
}

/// By the system's own tool: the call has no safe form in the libraries at hand.
fn schedule(policy: &[&str], priority: &str) -> Result<(), String> {
    let thread = rustix::thread::gettid().as_raw_nonzero().to_string();
    let output = Command::new("chrt")
        .args(policy)
        .args(["--pid", priority, &thread])
        .output()
        .map_err(|error| format!("chrt (util-linux) cannot be run: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; "))
    }
}
