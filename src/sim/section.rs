//! Cells in series.

use super::event::EventKind;
use super::powerline::{PowerLine, Seen};
use super::{Pot, Setup};
use crate::consts::HOUR;
use crate::error::Error;
use std::vec::Vec;

/// Simulated cells that share a line current, advanced in fixed steps.
#[derive(Debug, Clone)]
pub struct Section {
    pots: Vec<Pot>,
    line: PowerLine,
    confusions: Vec<Confusion>,
    step: f64,
    count: u64,
    current: f64,
}

/// Two pots, by place, whose samples the laboratory takes for each other's in this time \[s\].
#[derive(Debug, Clone, Copy)]
struct Confusion {
    pots: [usize; 2],
    begin: f64,
    end: f64,
}

impl Confusion {
    fn all(setup: &Setup) -> Vec<Self> {
        let swaps = setup.events.iter().filter(|event| event.kind == EventKind::SwappedSamples);
        let place = |cell: Option<u16>| usize::from(cell.unwrap_or(1).saturating_sub(1));
        let confusion = |event: &super::EventSettings| {
            let begin = event.at_h * HOUR;
            let pots = [place(event.cell), place(event.with_cell)];
            Self { pots, begin, end: begin + event.time(f64::INFINITY) }
        };
        swaps.map(confusion).collect()
    }
}

impl Section {
    /// Builds the section; `step` is the length of one step \[s\], at most
    /// [`Cell::MAX_STEP`](crate::cell::Cell::MAX_STEP).
    ///
    /// # Errors
    /// The first parameter out of range; [`Setup::problems`] lists all of them.
    pub fn new(setup: &Setup, step: f64) -> Result<Self, Error> {
        crate::error::in_range("step", step, 1e-3, crate::cell::Cell::MAX_STEP)?;
        let pots = (0..setup.cells).map(|index| Pot::new(setup, index)).collect::<Result<_, _>>()?;
        let line = PowerLine::new(setup.line, &setup.events, setup.seed);
        Ok(Self {
            pots,
            line,
            confusions: Confusion::all(setup),
            step,
            count: 0,
            current: setup.line.current_ka * 1e3,
        })
    }

    /// Time \[s\], computed from the step count so that it never drifts.
    #[must_use]
    pub fn now(&self) -> f64 {
        self.count as f64 * self.step
    }

    /// Line current of the last step \[A\].
    #[must_use]
    pub fn current(&self) -> f64 {
        self.current
    }

    /// Line current that the grid asks for \[A\].
    #[must_use]
    pub fn asked(&self) -> f64 {
        self.line.asked()
    }

    /// Frequency of the grid \[Hz\].
    #[must_use]
    pub fn frequency(&self) -> f64 {
        self.line.frequency()
    }

    /// Sets the current that the control wants \[A\], in place of what the grid asks; an order of the
    /// grid remains a ceiling.
    pub fn want(&mut self, current: Option<f64>) {
        self.line.want(current);
    }

    /// The pots.
    #[must_use]
    pub fn pots(&self) -> &[Pot] {
        &self.pots
    }

    /// The pots, to drive them.
    pub fn pots_mut(&mut self) -> &mut [Pot] {
        &mut self.pots
    }

    /// Advances every pot by one step.
    pub fn advance(&mut self) {
        let now = self.now();
        let voltage = self.pots.iter().map(Pot::voltage).sum();
        self.current = self.line.advance(now, Seen { cells: self.pots.len(), voltage }, self.step);
        self.confuse(now);
        for pot in &mut self.pots {
            pot.advance(now, self.current, self.step);
        }
        self.count += 1;
    }

    /// Tells each pot of a confused pair what was found in the other.
    fn confuse(&mut self, now: f64) {
        for &Confusion { pots: [one, other], begin, end } in &self.confusions {
            let now = (begin..end).contains(&now);
            let found = |pot: usize| self.pots.get(pot).filter(|_| now).and_then(Pot::analysis);
            for (pot, analysis) in [(one, found(other)), (other, found(one))] {
                if let Some(pot) = self.pots.get_mut(pot) {
                    pot.confuse(analysis);
                }
            }
        }
    }
}
