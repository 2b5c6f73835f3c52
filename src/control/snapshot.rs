//! The memory of a cell as bytes, so that a restart of the computer is none for the cell.
//!
//! ```text
//! kind 4 | format 2 | subject 2 | digest 4 | length 4 | memory (postcard) | CRC-32 of all before 4
//! ```
//!
//! Numbers are little-endian. What cannot be trusted whole is refused whole: a cell with half a memory
//! is worse off than one that starts anew. The digest is of the settings that the remembered numbers
//! are measured by; tuning may change across a restart and keeps its memory.

use super::{PotController, PotState};
use crate::image::CellId;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Version of the layout. Raise it whenever a remembered field comes, goes, or changes its meaning.
pub const FORMAT: u16 = 7;
/// What the remembered fields of this format come to; the test below says the new figure.
#[cfg(test)]
const SHAPE: u32 = 3_239_028_314;
/// Room that the snapshot of one cell needs at most \[B\]. A variable-length integer takes up to half
/// as much again as it does in memory.
pub const POT_BYTES: usize = HEADER + TRAILER + size_of::<PotState>() * 3 / 2;

const POT: [u8; 4] = *b"PLpt";
const HEADER: usize = 16;
const TRAILER: usize = 4;
const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

/// Why a snapshot is not taken up, or could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It does not begin as such a snapshot does.
    #[error("this is no snapshot of that kind")]
    Kind,
    /// The remembered fields are others now.
    #[error("written in format {found}, this program reads format {FORMAT}")]
    Format {
        /// Its format.
        found: u16,
    },
    /// Cut short, or something was added.
    #[error("{found} bytes where {expected} are announced")]
    Length {
        /// Bytes there are.
        found: usize,
        /// Bytes there should be.
        expected: usize,
    },
    /// Bytes changed after it was written.
    #[error("damaged: the checksum does not match")]
    Damaged,
    /// It is of another cell.
    #[error("of cell {found}, not of cell {expected}")]
    Subject {
        /// Whose it is.
        found: u16,
        /// Whose it should be.
        expected: u16,
    },
    /// The remembered numbers were measured by other settings.
    #[error("written with another current, back-EMF, bath, feeder or shot in control.design")]
    Settings,
    /// The checksum is right and the content is not.
    #[error("the content cannot be read")]
    Content,
    /// The buffer is too small.
    #[error("{room} bytes are too few to write it")]
    Room {
        /// Bytes offered.
        room: usize,
    },
}

/// Writes `value` as a record into `out`; the bytes used.
///
/// # Errors
/// [`Refusal::Room`].
pub fn seal<T: Serialize>(
    kind: [u8; 4],
    subject: u16,
    digest: u32,
    value: &T,
    out: &mut [u8],
) -> Result<usize, Refusal> {
    let no_room = Refusal::Room { room: out.len() };
    let (head, rest) = out.split_at_mut_checked(HEADER).ok_or(no_room)?;
    let length = postcard::to_slice(value, rest).map_err(|_| no_room)?.len();
    let announced = u32::try_from(length).map_err(|_| no_room)?;
    let words = kind
        .into_iter()
        .chain(FORMAT.to_le_bytes())
        .chain(subject.to_le_bytes())
        .chain(digest.to_le_bytes())
        .chain(announced.to_le_bytes());
    head.iter_mut().zip(words).for_each(|(slot, byte)| *slot = byte);
    let (covered, trailer) = out.split_at_mut_checked(HEADER + length).ok_or(no_room)?;
    *trailer.first_chunk_mut().ok_or(no_room)? = CRC.checksum(covered).to_le_bytes();
    Ok(HEADER + length + TRAILER)
}

/// Reads a record that [`seal`] wrote.
///
/// # Errors
/// [`Refusal`], whatever is wrong first.
pub fn open<T: DeserializeOwned>(
    kind: [u8; 4],
    subject: u16,
    digest: u32,
    bytes: &[u8],
) -> Result<T, Refusal> {
    let (record, rest) = split(bytes)?;
    if !rest.is_empty() {
        return Err(Refusal::Length { found: bytes.len(), expected: record.len() });
    }
    let (covered, crc) = record.split_last_chunk().ok_or(Refusal::Kind)?;
    if chunk(record, 0)? != kind {
        return Err(Refusal::Kind);
    }
    if CRC.checksum(covered) != u32::from_le_bytes(*crc) {
        return Err(Refusal::Damaged);
    }
    let found = u16::from_le_bytes(chunk(record, 6)?);
    if found != subject {
        return Err(Refusal::Subject { found, expected: subject });
    }
    if u32::from_le_bytes(chunk(record, 8)?) != digest {
        return Err(Refusal::Settings);
    }
    match postcard::take_from_bytes(covered.get(HEADER..).unwrap_or_default()) {
        Ok((value, [])) => Ok(value),
        _ => Err(Refusal::Content),
    }
}

/// The first record of `bytes` by its announced length, and what follows it.
///
/// # Errors
/// [`Refusal::Format`], or [`Refusal::Length`] when it is cut short.
pub fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    let found = u16::from_le_bytes(chunk(bytes, 4)?);
    if found != FORMAT {
        return Err(Refusal::Format { found });
    }
    let announced = u32::from_le_bytes(chunk(bytes, 12)?) as usize;
    let expected = announced.saturating_add(HEADER + TRAILER);
    bytes.split_at_checked(expected).ok_or(Refusal::Length { found: bytes.len(), expected })
}

fn chunk<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Refusal> {
    let whole = bytes.get(at..).and_then(|rest| rest.first_chunk());
    whole.copied().ok_or(Refusal::Length { found: bytes.len(), expected: HEADER + TRAILER })
}

impl PotController {
    /// Writes the memory of a cell into `out`, [`POT_BYTES`] long; the bytes used.
    ///
    /// # Errors
    /// [`Refusal::Room`].
    pub fn save(&self, state: &PotState, out: &mut [u8]) -> Result<usize, Refusal> {
        seal(POT, state.cell.0, self.digest(), state, out)
    }

    /// The memory of `cell` as [`save`](Self::save) wrote it.
    ///
    /// # Errors
    /// [`Refusal`]; start with [`PotState::new`] then.
    pub fn restore(&self, cell: CellId, bytes: &[u8]) -> Result<PotState, Refusal> {
        open(POT, cell.0, self.digest(), bytes)
    }

    /// What the numbers in the memory are measured by. Not the target voltage: its corrections are
    /// remembered apart from it.
    fn digest(&self) -> u32 {
        let d = self.design();
        let mut digest = CRC.digest();
        for number in [d.current, d.e_back, d.resistance_per_m, d.bath, d.shot, d.feeders as f64] {
            digest.update(&number.to_le_bytes());
        }
        digest.finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{LineView, Settings};
    use crate::image::{Link, Mode, Outcome, Quality, Reading, StatusBits};
    use std::vec;
    use std::vec::Vec;

    const CELL: CellId = CellId(7);

    /// A controller, an hour of memory, and its snapshot.
    fn remembered() -> (PotController, PotState, Vec<u8>) {
        let controller = Settings::default().build().unwrap();
        let mut state = PotState::new(&controller, CELL);
        for n in 0..3600 {
            let reading = Reading {
                time: f64::from(n),
                quality: Quality::Good,
                voltage: 3.95 + 0.002 * f64::from(n % 7),
                current: 500e3 + 10.0 * f64::from(n % 3),
                beam_position: 0.2,
                strokes: [(n / 131) as u16; 8],
                mode: Mode::Auto,
                status: StatusBits::REMOTE,
                link: Link { ready: true, last: Outcome::Done },
                ..Reading::default()
            };
            controller.tick(&mut state, &LineView::alone(&reading), &reading, f64::from(n), 1.0);
        }
        let mut bytes = vec![0; POT_BYTES];
        let used = controller.save(&state, &mut bytes).unwrap();
        bytes.truncate(used);
        (controller, state, bytes)
    }

    #[test]
    fn what_comes_back_is_what_was_saved() {
        let (controller, state, bytes) = remembered();
        let back = controller.restore(CELL, &bytes).unwrap();
        assert_eq!(std::format!("{back:?}"), std::format!("{state:?}"));
        let mut again = vec![0; POT_BYTES];
        let used = controller.save(&back, &mut again).unwrap();
        assert_eq!(again[..used], bytes, "bits that Debug does not show");
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let (controller, _, bytes) = remembered();
        let mut damaged = bytes.clone();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                damaged[at] ^= 1 << bit;
                assert!(controller.restore(CELL, &damaged).is_err(), "bit {bit} of byte {at}");
                damaged[at] = bytes[at];
            }
            assert!(controller.restore(CELL, &bytes[..at]).is_err(), "cut at {at}");
        }
        damaged.push(0);
        assert!(matches!(controller.restore(CELL, &damaged), Err(Refusal::Length { .. })));
    }

    #[test]
    fn reasons_are_told_apart() {
        let (controller, state, bytes) = remembered();
        let flipped = |at: usize| {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            controller.restore(CELL, &damaged).unwrap_err()
        };
        assert_eq!(flipped(0), Refusal::Kind);
        assert_eq!(flipped(4), Refusal::Format { found: FORMAT ^ 1 });
        assert!(matches!(flipped(12), Refusal::Length { .. }));
        assert_eq!(flipped(100), Refusal::Damaged);
        let other = controller.restore(CellId(8), &bytes).unwrap_err();
        assert_eq!(other, Refusal::Subject { found: 7, expected: 8 });
        let mut settings = Settings::default();
        settings.design.feeders = 5;
        assert_eq!(settings.build().unwrap().restore(CELL, &bytes).unwrap_err(), Refusal::Settings);
        assert_eq!(controller.save(&state, &mut [0; 64]).unwrap_err(), Refusal::Room { room: 64 });
        assert_eq!(controller.save(&state, &mut []).unwrap_err(), Refusal::Room { room: 0 });
    }

    #[test]
    fn a_new_tuning_keeps_the_memory() {
        let (_, _, bytes) = remembered();
        let mut settings = Settings::default();
        settings.design.voltage_v = 3.97;
        settings.feed.under_pct = 72.0;
        assert!(settings.build().unwrap().restore(CELL, &bytes).is_ok());
    }

    /// A remembered field that comes or goes, or takes another room, must raise [`FORMAT`]. The message
    /// of a failure holds the two lines to put in place of the old ones.
    #[test]
    fn the_layout_has_the_format_it_says() {
        let controller = Settings::default().build().unwrap();
        let state = PotState::new(&controller, CELL);
        let text = std::format!("{state:?}");
        let mut shape = CRC.digest();
        text.bytes().filter(|b| b.is_ascii_alphabetic() || *b == b'_').for_each(|b| shape.update(&[b]));
        let length = controller.save(&state, &mut vec![0; POT_BYTES]).unwrap() as u32;
        shape.update(&length.to_le_bytes());
        let shape = shape.finalize();
        assert!(
            shape == SHAPE,
            "the memory changed its shape; in src/control/snapshot.rs write\n\
             pub const FORMAT: u16 = {};\nconst SHAPE: u32 = {shape};",
            FORMAT + 1
        );
    }
}
