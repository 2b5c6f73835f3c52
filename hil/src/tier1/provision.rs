//! What tier 1 needs and how it gets it: a virtual environment of pinned Python packages, and Debian's
//! libmodbus and mbpoll. Every step is said aloud.

use crate::report::TierResult;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the peers of this crate lie.
pub fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub struct Tools {
    python: PathBuf,
    /// Server built on libmodbus.
    pub libmodbus: Result<PathBuf, String>,
    pub mbpoll: Result<(), String>,
}

impl Tools {
    /// # Errors
    /// Without Python there is no tier 1.
    pub fn provide(result: &TierResult) -> Result<Self, String> {
        let python = environment(result)?;
        let packages = debian(result);
        let libmodbus = packages.clone().and_then(|()| build(result));
        let mbpoll = packages.and_then(|()| run(Command::new("mbpoll").arg("-V")));
        Ok(Self { python, libmodbus, mbpoll })
    }

    /// A script of `hil/peers` in the environment.
    pub fn script(&self, name: &str) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(here("peers").join(name));
        command
    }

    /// The same without assertions: awlsim 0.77.1 asserts on a name that it forgot to import.
    pub fn script_without_assertions(&self, name: &str) -> Command {
        let mut command = Command::new(&self.python);
        command.arg("-O").arg(here("peers").join(name));
        command
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = format!("{command:?}");
    let output = command.output().map_err(|e| format!("{name}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name}: {}: {}", output.status, words.lines().last().unwrap_or_default()))
}

/// The virtual environment in `target`, made when it is missing or the requirements changed.
fn environment(result: &TierResult) -> Result<PathBuf, String> {
    let folder = here("../target/hil-venv");
    let (python, stamp) = (folder.join("bin/python"), folder.join("requirements.txt"));
    let wanted = std::fs::read_to_string(here("peers/requirements.txt")).map_err(|e| e.to_string())?;
    if std::fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) {
        result.step("Python peers are installed already");
        return Ok(python);
    }
    result.step("making a virtual environment for the Python peers");
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    result.step("installing the Python peers");
    let requirements = here("peers/requirements.txt");
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(requirements))?;
    std::fs::write(stamp, wanted).map_err(|e| e.to_string())?;
    Ok(python)
}

/// Debian's packages; installed when this is root.
fn debian(result: &TierResult) -> Result<(), String> {
    let there = || {
        run(Command::new("pkg-config").args(["--exists", "libmodbus"]))
            .and_then(|()| run(Command::new("mbpoll").arg("-V")))
    };
    if there().is_ok() {
        return Ok(());
    }
    result.step("installing libmodbus-dev and mbpoll");
    run(Command::new("apt-get").args(["update", "-qq"]))
        .and_then(|()| {
            let install = ["install", "-qq", "-y", "--no-install-recommends", "libmodbus-dev", "mbpoll"];
            run(Command::new("apt-get").args(install))
        })
        .and_then(|()| there())
}

fn build(result: &TierResult) -> Result<PathBuf, String> {
    result.step("building the server on libmodbus");
    let program = here("../target/libmodbus_server");
    let flags = Command::new("pkg-config").args(["--cflags", "--libs", "libmodbus"]).output();
    let flags = flags.map_err(|e| e.to_string())?.stdout;
    let flags = String::from_utf8_lossy(&flags).into_owned();
    let source = here("peers/libmodbus_server.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-O1", "-Wall", "-o"]).arg(&program).arg(source).args(flags.split_whitespace());
    run(&mut compiler).map(|()| program)
}
