//! Runs that are done, in one file that says what they are runs of: for shards, and for going on after
//! an interruption.

use crate::shell::{Exit, Failure};
use crate::story;
use potline::files;
use potline::trial::Scenario;
use potline::trial::bench::Run;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Name of the file in its folder.
pub const NAME: &str = "runs.json";
/// Version of its form.
const FORMAT: u32 = 1;

/// What a benchmark is: two with the same are the same, and their runs may be put together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Version of this program.
    pub version: String,
    pub scenarios: Vec<Scenario>,
    /// Names of the strategies.
    pub strategies: Vec<String>,
    pub seeds: Vec<u64>,
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Finished {
    format: u32,
    fingerprint: String,
    pub question: Question,
    pub runs: Vec<Run>,
}

impl Question {
    pub fn new(scenarios: &[Scenario], strategies: Vec<String>, seeds: &[u64]) -> Self {
        let version = env!("CARGO_PKG_VERSION").into();
        Self { version, scenarios: scenarios.to_vec(), strategies, seeds: seeds.to_vec() }
    }

    /// FNV-1a, 64 bits, of the question as JSON: enough to tell questions apart, no protection against
    /// malice.
    fn fingerprint(&self) -> Result<String, Failure> {
        let text = serde_json::to_string(self).map_err(|e| story::cannot(&e))?;
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Ok(format!("{hash:016x}"))
    }
}

impl Finished {
    pub fn new(question: Question, runs: Vec<Run>) -> Result<Self, Failure> {
        Ok(Self { format: FORMAT, fingerprint: question.fingerprint()?, question, runs })
    }

    /// What `folder` holds; `None` where there is no such file.
    pub fn read(folder: &Path) -> Result<Option<Self>, Failure> {
        let path = folder.join(NAME);
        let refuse = |why: &dyn std::fmt::Display| {
            let text = format!(
                "{}: {why}\n  remedy: name another folder, or remove the file and run it again",
                path.display()
            );
            Failure::new(Exit::BadInput, text)
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(refuse(&e)),
        };
        let read: Self = serde_json::from_str(&text).map_err(|e| refuse(&e))?;
        if read.format != FORMAT || read.fingerprint != read.question.fingerprint()? {
            return Err(refuse(&"its fingerprint is not that of what it says it holds"));
        }
        Ok(Some(read))
    }

    /// Checks that these runs answer `question`.
    pub fn answers(&self, question: &Question, folder: &Path) -> Result<(), Failure> {
        if self.fingerprint == question.fingerprint()? {
            return Ok(());
        }
        let (mine, theirs) = (&self.question, question);
        let mut what = vec![];
        what.extend((mine.version != theirs.version).then_some("version"));
        what.extend((mine.scenarios != theirs.scenarios).then_some("scenarios"));
        what.extend((mine.strategies != theirs.strategies).then_some("strategies"));
        what.extend((mine.seeds != theirs.seeds).then_some("seeds"));
        let text = format!(
            "{}: holds runs of another benchmark: {} differ (fingerprint {}, not {})\n  remedy: name another \
             folder, repeat the options it was made with, or remove the file",
            folder.join(NAME).display(),
            what.join(", "),
            self.fingerprint,
            question.fingerprint()?,
        );
        Err(Failure::new(Exit::BadInput, text))
    }

    /// Writes the file as a whole, or not at all.
    pub fn write(&self, folder: &Path) -> Result<(), Failure> {
        let text = serde_json::to_vec(self).map_err(|e| story::cannot(&e))?;
        files::write_atomic(&folder.join(NAME), &text).map_err(|e| story::cannot(&e))
    }
}
