//! Conformance to the public specifications, by raw sockets: run against our server, and against two
//! that we did not write as a check of the suite itself.

mod cases;
mod known;
mod ours;
mod wire;

pub use cases::{BITS, WORDS};
pub use ours::Ours;

use crate::report::{Table, TierResult};
use cases::{Case, Expect};
use std::fmt;
use std::net::SocketAddr;
use wire::Answer;

/// A case that ended otherwise than the specification says.
pub struct Difference {
    pub case: String,
    pub expected: Expect,
    pub got: Answer,
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(..) => write!(f, "reply"),
            Self::Exception(code) => write!(f, "exception {code}"),
            Self::Discard => write!(f, "no answer"),
        }
    }
}

fn fits(case: &Case, got: &Answer) -> bool {
    match (&case.expect, got) {
        (Expect::Reply(length, start), Answer::Reply(pdu)) => {
            pdu.first() == case.pdu.first() && pdu.len() == length + 1 && pdu[1..].starts_with(start)
        }
        (Expect::Exception(code), Answer::Reply(pdu)) => **pdu == [case.pdu[0] | 0x80, *code],
        (Expect::Discard, Answer::Closed | Answer::Silence) => true,
        _ => false,
    }
}

/// Puts every case to the server at `address`. Returns how many there were and which ended otherwise.
pub fn judge(address: SocketAddr) -> Result<(usize, Vec<Difference>), String> {
    let mut differences = Vec::new();
    let cases = cases::cases();
    let count = cases.len();
    for case in cases {
        let got = wire::ask(address, &case).map_err(|e| format!("{}: {e}", case.name))?;
        if !fits(&case, &got) {
            differences.push(Difference { case: case.name, expected: case.expect, got });
        }
    }
    Ok((count, differences))
}

/// Our own server, which may differ in nothing.
pub fn judge_ours(result: &mut TierResult) {
    result.step("conformance: our server, every function code");
    let verdict = Ours::start().and_then(|ours| judge(ours.address()));
    match verdict {
        Ok((count, differences)) => {
            let words: Vec<_> = differences.iter().map(ToString::to_string).collect();
            let found = format!("{} of {count} cases differ {}", differences.len(), words.join("; "));
            result.check("conformance of our server", found, "0 differ", differences.is_empty());
        }
        Err(error) => result.check("conformance of our server", error, "every case put", false),
    }
}

/// Another server, whose differences must be exactly those that are known and explained.
pub fn judge_other(result: &mut TierResult, server: &str, address: SocketAddr) {
    result.step(&format!("conformance: the suite against {server}"));
    let name = format!("the suite finds what is known of {server}");
    match judge(address) {
        Ok((count, differences)) => {
            let known = known::of(server);
            let news: Vec<_> = differences
                .iter()
                .filter(|d| !known.iter().any(|k| k.covers(d)))
                .map(ToString::to_string)
                .collect();
            let gone: Vec<_> =
                known.iter().filter(|k| !differences.iter().any(|d| k.covers(d))).map(|k| k.name()).collect();
            let mut table = Table::new(
                &format!("{server}: {} of {count} cases differ", differences.len()),
                &["case", "expected", "got", "why"],
            );
            for difference in &differences {
                let why = known.iter().find(|k| k.covers(difference)).map_or("not known", |k| k.why);
                let Difference { case, expected, got } = difference;
                table.row([case.clone(), expected.to_string(), got.to_string(), why.into()]);
            }
            result.table(table);
            let found = format!(
                "{} differ; not known: [{}]; not seen again: [{}]",
                differences.len(),
                news.join("; "),
                gone.join("; ")
            );
            result.check(&name, found, "exactly the known ones", news.is_empty() && gone.is_empty());
        }
        Err(error) => result.check(&name, error, "every case put", false),
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}, expected {}", self.case, self.got, self.expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_server_conforms() {
        let ours = Ours::start().unwrap();
        let (count, differences) = judge(ours.address()).unwrap();
        assert!(count > 120, "{count}");
        let words: Vec<_> = differences.iter().map(ToString::to_string).collect();
        assert!(words.is_empty(), "{}", words.join("\n"));
    }

    /// A suite that cannot fail proves nothing: a server of smaller tables must be found out.
    #[test]
    fn a_server_that_differs_is_found_out() {
        let ours = Ours::with_tables(BITS - 1, WORDS - 1).unwrap();
        let (_, differences) = judge(ours.address()).unwrap();
        let cases: Vec<_> = differences.iter().map(|d| d.case.as_str()).collect();
        assert_eq!(
            cases,
            [
                "1: the last",
                "2: the last",
                "3: the last",
                "4: the last",
                "5: the last",
                "6: the last",
                "15: the last",
                "16: the last"
            ]
        );
    }
}
