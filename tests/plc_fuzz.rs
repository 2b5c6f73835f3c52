//! Maps that nobody would write, through the reader and the compiler, with a kept corpus.
#![cfg(feature = "modbus")]

use potline::image::{Action, CellId, FeederSet};
use potline::plc::{Layout, MAX_WORDS, POT500, RegisterMap};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

const CORPUS: &str = "tests/data/corpus/plc_map.txt";
const MAPS: &str = "tests/data/corpus/maps";

/// Whatever the text, the reader ends with a map or with words; a map that compiles can be used: any
/// registers decode, and what is encoded is read back.
fn survives(text: &str) -> Result<(), TestCaseError> {
    let Ok(layout) = RegisterMap::parse(text).and_then(|map| map.compile()) else { return Ok(()) };
    usable(&layout)
}

fn usable(layout: &Layout) -> Result<(), TestCaseError> {
    for filling in [0, 0x7FC0, 0x8000, 0xFFFF] {
        let _ = layout.decode(&[filling; 4 * MAX_WORDS]);
        let _ = layout.decode(&[filling; 3]);
    }
    let mut words = [0; MAX_WORDS];
    let action = Action::Feed { feeders: FeederSet(5) };
    if layout.encode(&mut words, 7, 9, action, CellId(3), 20.0).is_ok() {
        let block = layout.command(&words);
        prop_assert!(block.sound && (block.heartbeat, block.seq, block.cell) == (7, 9, CellId(3)));
        prop_assert_eq!(block.action, Some(action));
    }
    Ok(())
}

#[test]
fn the_kept_maps_survive() {
    let mut count = 0;
    for entry in std::fs::read_dir(MAPS).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        survives(&text).unwrap();
        count += 1;
    }
    assert!(count >= 5, "the corpus is gone");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_500,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(CORPUS))),
        ..ProptestConfig::default()
    })]

    /// The built-in map with some numbers and words of it replaced by others.
    #[test]
    fn a_spoilt_map_ends_in_words_or_works(
        spoils in proptest::collection::vec((any::<proptest::sample::Index>(), 0..WORDS.len()), 1..5),
    ) {
        let mut tokens: Vec<&str> = POT500.split_inclusive([' ', ',', '\n']).collect();
        for (index, word) in &spoils {
            let at = index.index(tokens.len());
            tokens[at] = WORDS[*word];
        }
        survives(&tokens.concat())?;
    }

    #[test]
    fn any_text_ends_in_words(text in "(?s).{0,200}") {
        survives(&text)?;
    }
}

/// What numbers and names are replaced by.
const WORDS: [&str; 24] = [
    "0, ",
    "1, ",
    "-1, ",
    "15, ",
    "16, ",
    "124, ",
    "125, ",
    "126, ",
    "65535, ",
    "65536, ",
    "1e308, ",
    "-1e308, ",
    "nan, ",
    "inf, ",
    "0.0, ",
    "\"u16\", ",
    "\"f32\", ",
    "\"i32\", ",
    "\"holding\"\n",
    "\"input\"\n",
    "\"DCBA\"\n",
    "\"write\", ",
    "\"scan_begin\", ",
    "}, ",
];
