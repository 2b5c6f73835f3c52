//! The files the commands take, found out by what stands in them.

use crate::shell::{Exit, Failure};
use potline::account::price::Prices;
use potline::account::reconcile::SectionFile;
use potline::files::{self, Issue, Problem, Problems, Validate};
use potline::plc::{Address, RegisterMap, Severity};
use potline::service::Config;
use potline::trial::Scenario;
use std::path::Path;

/// A register map file.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub struct MapFile(pub RegisterMap);

impl Validate for MapFile {
    fn problems(&self) -> Vec<Issue> {
        let errors = self.0.lint().into_iter().filter(|p| p.severity == Severity::Error);
        errors.map(|p| Issue::new(p.field, format!("{} [{}]", p.message, p.code))).collect()
    }
}

/// A file of electricity prices.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub struct PricesFile(pub Prices);

impl Validate for PricesFile {
    fn problems(&self) -> Vec<Issue> {
        self.0.problems().into_iter().map(|(field, message)| Issue::new(field, message)).collect()
    }
}

/// A period of a section.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub struct PeriodFile(pub SectionFile);

impl Validate for PeriodFile {
    fn problems(&self) -> Vec<Issue> {
        self.0.problems().into_iter().map(|(field, message)| Issue::new(field, message)).collect()
    }
}

/// What a sound file turned out to be.
pub enum Input {
    /// A control configuration, which needs PLCs around it.
    Control(Box<Config>),
    /// A scenario or a map, which needs nothing.
    SelfContained,
}

/// Reads a file of any of our kinds: a map has blocks, a control configuration has PLCs, prices have
/// hours of the day, a period of a section has meters, everything else is a scenario.
pub fn any(path: &Path) -> Result<Input, Problems> {
    let text = files::read(path)?;
    let name = path.display().to_string();
    let has = |table: &str| text.lines().any(|line| line.trim_start().starts_with(table));
    if has("[[block") {
        files::parse::<MapFile>(&name, &text).map(|_| Input::SelfContained)
    } else if has("[[plc") || has("[link") {
        files::parse(&name, &text).map(|config| Input::Control(Box::new(config)))
    } else if has("flat_yuan_per_kwh") || has("[[period") {
        files::parse::<PricesFile>(&name, &text).map(|_| Input::SelfContained)
    } else if has("[meters]") {
        files::parse::<PeriodFile>(&name, &text).map(|_| Input::SelfContained)
    } else {
        files::parse::<Scenario>(&name, &text).map(|_| Input::SelfContained)
    }
}

/// A file of one kind, its problems as a failure.
pub fn load<T: serde::de::DeserializeOwned + Validate>(path: &Path) -> Result<T, Failure> {
    files::load(path).map_err(bad)
}

/// Every problem, as the exit for bad input.
pub fn bad(problems: Problems) -> Failure {
    Failure::new(Exit::BadInput, problems.to_string())
}

/// The map a control configuration names, relative to its own file.
pub fn map_path(config: &Config, file: &Path) -> Option<std::path::PathBuf> {
    let map = config.map.as_ref()?;
    Some(file.parent().map_or_else(|| map.clone(), |folder| folder.join(map)))
}

/// Checks what a file needs of its surroundings: map files and PLCs that answer.
pub fn environment(input: &Input, file: &Path) -> Vec<Problem> {
    let Input::Control(config) = input else { return Vec::new() };
    let name = file.display().to_string();
    let mut problems = Vec::new();
    if let Some(path) = map_path(config, file)
        && let Err(found) = files::load::<MapFile>(&path)
    {
        problems.extend(found.0);
    }
    for (index, entry) in config.plc.iter().enumerate() {
        if let Err(why) = reach(&entry.endpoint) {
            let field = format!("plc[{index}].endpoint");
            let message = format!(
                "{} (cell {}) cannot be reached: {why}; is the PLC on, and is the address right? \
                 --no-environment leaves this check out",
                entry.endpoint, entry.cell
            );
            problems.push(Problem::new(UNREACHABLE, &name, Some(&field), message));
        }
    }
    problems
}

/// Code of a PLC that does not answer.
pub const UNREACHABLE: &str = "PL0201";

fn reach(endpoint: &str) -> std::io::Result<()> {
    use std::net::{TcpStream, ToSocketAddrs};
    let host_port = match Address::parse(endpoint) {
        Ok(Address::Tcp(place) | Address::Tls(place) | Address::RtuTcp { host_port: place, .. }) => place,
        Ok(Address::Rtu(serial)) => return std::fs::metadata(serial.path).map(drop),
        Err(message) => return Err(std::io::Error::other(message)),
    };
    let timeout = std::time::Duration::from_secs(1);
    let mut last = std::io::Error::other("no address");
    for address in host_port.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(_) => return Ok(()),
            Err(e) => last = e,
        }
    }
    Err(last)
}
