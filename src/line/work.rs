//! Who works where: how many cells of a line are disturbed at once.
//!
//! Every tap and anode change takes distance, heat or stability from its cell. When too many are worked
//! on together the line's voltage and current swing, and slopes mean less everywhere. The line cannot
//! stop a crew, but it can tell that the schedule clashes, and hold back what is its own to time.

use crate::image::{Mode, Reading};

/// How many cells are in people's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct Work {
    /// Cells being tapped.
    pub tapping: u16,
    /// Cells whose anodes are being changed.
    pub changing: u16,
    /// Cells seen.
    pub cells: u16,
}

impl Work {
    /// Counts the cells with usable readings.
    #[must_use]
    pub fn of(readings: &[Reading]) -> Self {
        let mut work = Self::default();
        for reading in readings.iter().filter(|reading| reading.usable()) {
            work.cells = work.cells.saturating_add(1);
            work.tapping = work.tapping.saturating_add(u16::from(reading.mode == Mode::Tapping));
            work.changing = work.changing.saturating_add(u16::from(reading.mode == Mode::AnodeChange));
        }
        work
    }

    /// More cells are worked on together than `share` of them, and more than two crews could mean.
    #[must_use]
    pub fn clashes(&self, share: f64) -> bool {
        let busy = f64::from(self.tapping) + f64::from(self.changing);
        busy > 2.0 && busy > share * f64::from(self.cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Quality;
    use std::vec;

    #[test]
    fn a_crowd_clashes_and_two_crews_do_not() {
        let at = |mode| Reading { quality: Quality::Good, mode, ..Reading::default() };
        let mut readings = vec![at(Mode::Auto); 100];
        readings[3].mode = Mode::Tapping;
        readings[40].mode = Mode::AnodeChange;
        assert!(!Work::of(&readings).clashes(0.02));
        readings[41].mode = Mode::AnodeChange;
        assert!(Work::of(&readings).clashes(0.02) && !Work::of(&readings).clashes(0.05));
        // A cell that is not seen is not counted.
        readings[41] = Reading { quality: Quality::Bad, ..readings[41] };
        assert!(!Work::of(&readings).clashes(0.02));
    }
}
