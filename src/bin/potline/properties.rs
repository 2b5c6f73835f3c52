//! `potline properties`.

use crate::shell::{Exit, Outcome, Shell};

/// (in preparation)
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_args: &Args, _shell: Shell) -> Outcome {
    Ok(Exit::Done)
}
