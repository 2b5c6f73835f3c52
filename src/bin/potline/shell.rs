//! What every command shares: exit codes, one JSON object, errors in words.

use serde::Serialize;
use std::process::ExitCode;

/// How a command may end (see the README, "Exit codes").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The run ended but a gate it was asked to check failed.
    GateFailed = 1,
    /// Wrong usage.
    Usage = 2,
    /// A device or server cannot be reached.
    Unreachable = 69,
    /// Bad configuration or input data.
    BadInput = 78,
    /// Interrupted.
    Interrupted = 130,
}

/// A command that could not do its work.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
}

impl Failure {
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }
}

/// What a command returns.
pub type Outcome = Result<Exit, Failure>;

/// Where results go: one JSON object, or text for people.
#[derive(Debug, Clone, Copy)]
pub struct Shell {
    pub json: bool,
}

impl Shell {
    /// Prints the result on stdout: the object with its schema version, or the text.
    pub fn emit<T: Serialize>(self, value: &T, text: impl FnOnce() -> String) -> Result<(), Failure> {
        let out = if self.json {
            let mut value = serde_json::to_value(value)
                .map_err(|e| Failure::new(Exit::GateFailed, format!("cannot write the result: {e}")))?;
            if let Some(object) = value.as_object_mut() {
                object.insert("schema_version".into(), 1.into());
            }
            value.to_string()
        } else {
            text()
        };
        print(out.trim_end())
    }
}

/// Prints on stdout. A reader that closed the pipe (head, less) has seen enough; any other failure
/// has cost the user the result.
pub fn print(text: &str) -> Result<(), Failure> {
    use std::io::{ErrorKind, Write};
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::BadInput, format!("cannot write the result to stdout: {e}")))
        }
        _ => Ok(()),
    }
}

/// Turns the outcome into the process's exit code, with the words on stderr.
pub fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(failure) => {
            eprintln!("potline: {}", failure.message.trim_end());
            ExitCode::from(failure.exit as u8)
        }
    }
}
