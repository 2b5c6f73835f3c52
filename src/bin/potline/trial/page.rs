//! The part of a document that this command writes: between its markers, and nothing else.

use crate::shell::{Exit, Failure};
use crate::story;
use potline::files;
use std::path::Path;

const BEGIN: &str = "<!-- results: begin -->";
const END: &str = "<!-- results: end -->";

/// Puts `text` between the markers of the document at `path`.
pub fn renew(path: &Path, text: &str) -> Result<(), Failure> {
    let refuse = |why: &dyn std::fmt::Display| {
        let text =
            format!("{}: {why}\n  remedy: name a document with the lines {BEGIN} and {END}", path.display());
        Failure::new(Exit::BadInput, text)
    };
    let old = std::fs::read_to_string(path).map_err(|e| refuse(&e))?;
    let new = between(&old, text).ok_or_else(|| refuse(&"the markers are missing"))?;
    files::write_atomic(path, new.as_bytes()).map_err(|e| story::cannot(&e))
}

fn between(old: &str, text: &str) -> Option<String> {
    let (head, rest) = old.split_once(BEGIN)?;
    let (_, tail) = rest.split_once(END)?;
    Some(format!("{head}{BEGIN}\n\n{}\n\n{END}{tail}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_markers_changes_and_twice_is_once() {
        let old = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let once = between(&old, "new\n").unwrap();
        assert_eq!(once, format!("a\n{BEGIN}\n\nnew\n\n{END}\nb\n"));
        assert_eq!(between(&once, "new").unwrap(), once);
        assert!(between("no markers", "new").is_none());
    }
}
