//! Many cells in series: one current, and people who cannot watch every beam at once.

mod plan;
mod power;
mod work;

use crate::Error;
use crate::control::{LineView, PotController, PotState, Tick};
use crate::error::report_ranges;
use crate::estimate::Design;
use crate::image::{Action, Reading};
use crate::math::clamp;
use crate::signal::{Clock, Ramp};

pub use plan::{Plan, STEPS, Shares};
pub use power::{Power, PowerSettings, PowerState};
pub use work::Work;

/// Bins of the histogram from zero to one and a half times the nominal current.
const BINS: usize = 256;
const SPAN: f64 = 1.5;

/// Settings of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct LineSettings {
    /// Nominal line current \[kA\], 50..1000.
    pub current_ka: f64,
    /// Slopes are frozen while the current changes faster \[%/min\], 0.1..5. The resistance takes the
    /// current of its own scan into account, so fast regulation of some per cent need not stop control.
    pub swing_pct_per_min: f64,
    /// Most automatic beam moves that start in one scan, 1..100.
    pub beam_moves_most: u16,
    /// Cells worked on together beyond this share of the line clash \[%\], 0.5..50.
    pub work_most_pct: f64,
    /// Power modulation.
    pub power: PowerSettings,
}

impl Default for LineSettings {
    fn default() -> Self {
        Self {
            current_ka: 500.0,
            swing_pct_per_min: 2.0,
            beam_moves_most: 10,
            work_most_pct: 2.0,
            power: PowerSettings::default(),
        }
    }
}

impl LineSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("line.current_ka", self.current_ka, 50.0, 1000.0),
            ("line.swing_pct_per_min", self.swing_pct_per_min, 0.1, 5.0),
            ("line.beam_moves_most", f64::from(self.beam_moves_most), 1.0, 100.0),
            ("line.work_most_pct", self.work_most_pct, 0.5, 50.0),
        ];
        report_ranges(&fields, report);
        self.power.validate(report);
    }

    /// The run-time form.
    ///
    /// # Errors
    /// The first problem that [`validate`](Self::validate) reports.
    pub fn build(&self) -> Result<Line, Error> {
        let mut first = None;
        self.validate(&mut |error| {
            first.get_or_insert(error);
        });
        match first {
            Some(error) => Err(error),
            None => Ok(Line {
                current: self.current_ka * 1e3,
                swing: self.swing_pct_per_min / 100.0,
                beam_moves: usize::from(self.beam_moves_most),
                work_most: self.work_most_pct / 100.0,
                power: self.power,
            }),
        }
    }
}

/// Run-time form of [`LineSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Line {
    current: f64,
    swing: f64,
    beam_moves: usize,
    work_most: f64,
    power: PowerSettings,
}

/// Memory of a line.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct LineState {
    clock: Clock,
    ramp: Ramp,
    first: usize,
    current: f64,
    swing: bool,
    work: Work,
    clash: bool,
    power: PowerState,
}

impl LineState {
    /// Line current agreed on in the last scan \[A\]; NaN when no reading was usable.
    #[must_use]
    pub fn current(&self) -> f64 {
        self.current
    }

    /// Heat that the cells are ahead or behind by modulated power.
    #[must_use]
    pub fn power(&self) -> &PowerState {
        &self.power
    }

    /// Cells in people's hands.
    #[must_use]
    pub fn work(&self) -> Work {
        self.work
    }

    /// Too many cells are worked on together.
    #[must_use]
    pub fn clash(&self) -> bool {
        self.clash
    }

    /// The line current is changing.
    #[must_use]
    pub fn swing(&self) -> bool {
        self.swing
    }
}

impl Line {
    /// Set-point of the line current \[A\] for the rectifier, within the energy budget of cells of this
    /// design, when the grid asks for `asked` \[A\] at this frequency \[Hz\]; `step` \[s\]. Called once per
    /// scan, after [`tick`](Self::tick), which has agreed on the current that flows. `None` when others
    /// set the current.
    pub fn set_point(
        &self,
        design: &Design,
        state: &mut LineState,
        (asked, frequency): (f64, f64),
        (now, step): (f64, f64),
    ) -> Option<f64> {
        let wanted = match self.power.plan.share(now) {
            None => asked,
            Some(share) => {
                let planned = share * self.current;
                // What is asked within the free band is regulation around the plan, beyond it an order.
                let off = asked - self.current;
                let regulation = off.abs() <= self.power.free_pct / 100.0 * self.current;
                if regulation { planned + off } else { planned.min(asked) }
            }
        };
        let power = self.power.build(design);
        self.power.active.then(|| power.grant(&mut state.power, wanted, frequency, step))
    }

    /// One scan of all cells; surplus elements of longer slices are left alone. `now` is the PLC
    /// time and `dt` the scan period \[s\].
    #[allow(clippy::too_many_arguments)]
    pub fn tick(
        &self,
        controllers: &[PotController],
        states: &mut [PotState],
        readings: &[Reading],
        ticks: &mut [Tick],
        state: &mut LineState,
        now: f64,
        dt: f64,
    ) {
        let step = state.clock.advance(now, dt);
        state.current = self.agree(readings);
        state.swing = state.ramp.update(state.current / self.current, step, self.swing);
        state.work = Work::of(readings);
        state.clash = state.work.clashes(self.work_most);
        let raise = controllers.first().map_or(0.0, |controller| {
            let power = self.power.build(controller.design());
            power.account(&mut state.power, state.current, step);
            power.raise(&state.power)
        });
        let count = controllers.len().min(states.len()).min(readings.len()).min(ticks.len());
        // The first cell of the scan moves on, so that a tight beam budget starves nobody.
        state.first = if state.first + 1 < count { state.first + 1 } else { 0 };
        let mut moves = 0;
        for turn in 0..count {
            let index =
                if state.first + turn < count { state.first + turn } else { state.first + turn - count };
            let (Some(controller), Some(pot), Some(reading), Some(tick)) =
                (controllers.get(index), states.get_mut(index), readings.get(index), ticks.get_mut(index))
            else {
                continue;
            };
            let beam_free = moves < self.beam_moves;
            let view = LineView { current: state.current, swing: state.swing, beam_free, raise };
            *tick = controller.tick(pot, &view, reading, now, dt);
            if matches!(tick.command.action, Action::Beam { .. }) {
                moves += 1;
            }
        }
    }

    /// Line current by majority \[A\]: the mean around the median of all usable readings, so that
    /// no few broken transducers can move it; NaN when no more than half of them agree. A histogram
    /// finds the median without sorting.
    fn agree(&self, readings: &[Reading]) -> f64 {
        let plausible = || {
            readings
                .iter()
                .filter(|r| r.usable() && r.current.is_finite())
                .map(|r| r.current / self.current)
                .filter(|share| *share >= 0.0 && *share < SPAN)
        };
        let mut bins = [0u32; BINS];
        let mut count = 0u32;
        for share in plausible() {
            if let Some(bin) = bins.get_mut(bin_of(share)) {
                *bin += 1;
                count += 1;
            }
        }
        let mut below = 0;
        let median = bins.iter().position(|bin| {
            below += bin;
            2 * below >= count.max(1)
        });
        let Some(median) = median else { return f64::NAN };
        let near = |share: &f64| bin_of(*share).abs_diff(median) <= 1;
        let (sum, n) = plausible().filter(near).fold((0.0, 0.0), |(s, n), share| (s + share, n + 1.0));
        // Of two that differ, nobody knows which is right.
        if 2.0 * n > f64::from(count) { sum / n * self.current } else { f64::NAN }
    }
}

fn bin_of(share: f64) -> usize {
    clamp(share / SPAN * BINS as f64, 0.0, (BINS - 1) as f64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Settings;
    use crate::image::{CellId, Flags, Link, Mode, Outcome, Quality, StatusBits};
    use std::vec;
    use std::vec::Vec;

    fn good(time: f64) -> Reading {
        Reading {
            time,
            quality: Quality::Good,
            voltage: 3.95,
            current: 500e3,
            beam_position: 0.2,
            mode: Mode::Auto,
            status: StatusBits::REMOTE,
            link: Link { ready: true, last: Outcome::Done },
            ..Reading::default()
        }
    }

    fn cells(count: usize) -> (Vec<PotController>, Vec<PotState>, Vec<Tick>) {
        let controller = Settings::default().build().unwrap();
        let states = (0..count).map(|n| PotState::new(&controller, CellId(n as u16 + 1))).collect();
        (vec![controller; count], states, vec![Tick::default(); count])
    }

    #[test]
    fn a_few_broken_transducers_do_not_move_the_line_current() {
        let line = LineSettings::default().build().unwrap();
        let mut readings = vec![good(1.0); 20];
        for (n, current) in [0.0, f64::NAN, 700e3, -1.0, 300e3, f64::INFINITY].into_iter().enumerate() {
            readings[n].current = current;
        }
        assert!((line.agree(&readings) - 500e3).abs() < 1.0);
        assert!(line.agree(&[]).is_nan());
        let (dead, alive) = (Reading { current: 0.0, ..good(1.0) }, good(1.0));
        assert!(line.agree(&[dead, alive]).is_nan(), "nobody knows which is right");
        assert!((line.agree(&[dead, alive, alive]) - 500e3).abs() < 1.0);
    }

    #[test]
    fn a_cell_that_disagrees_with_its_line_is_flagged() {
        let line = LineSettings::default().build().unwrap();
        let (controllers, mut states, mut ticks) = cells(5);
        let mut readings = vec![good(1.0); 5];
        readings[3].current = 480e3;
        let mut state = LineState::default();
        line.tick(&controllers, &mut states, &readings, &mut ticks, &mut state, 1.0, 1.0);
        assert!(ticks[3].status.flags.has(Flags::CURRENT));
        assert!(!ticks[2].status.flags.has(Flags::CURRENT));
    }

    #[test]
    fn a_swing_gates_every_cell() {
        let line = LineSettings::default().build().unwrap();
        let (controllers, mut states, mut ticks) = cells(3);
        let mut state = LineState::default();
        for n in 1..400 {
            let time = f64::from(n);
            let current = if n > 300 { 440e3 } else { 500e3 };
            let readings = vec![Reading { current, ..good(time) }; 3];
            line.tick(&controllers, &mut states, &readings, &mut ticks, &mut state, time, 1.0);
            if n == 302 {
                assert!(state.swing() && ticks.iter().all(|t| t.status.flags.has(Flags::CURRENT)));
            }
        }
    }

    #[test]
    fn beams_do_not_all_move_at_once() {
        let line = LineSettings { beam_moves_most: 2, ..LineSettings::default() }.build().unwrap();
        let (controllers, mut states, mut ticks) = cells(10);
        let mut state = LineState::default();
        let (mut most, mut total) = (0, 0);
        for n in 1..4000 {
            let time = f64::from(n);
            // A rolling cell is fed at base, where the beam may move, and it may still be raised.
            let voltage = if n / 20 % 2 == 0 { 3.80 } else { 3.90 };
            let strokes = [(n / 131) as u16; 8];
            // A current that never changes is a dead signal.
            let current = 500e3 + 10.0 * f64::from(n % 2);
            let readings = vec![Reading { voltage, strokes, current, ..good(time) }; 10];
            line.tick(&controllers, &mut states, &readings, &mut ticks, &mut state, time, 1.0);
            let moves = ticks.iter().filter(|t| matches!(t.command.action, Action::Beam { .. })).count();
            most = most.max(moves);
            total += moves;
        }
        assert!(most <= 2 && total >= 10, "{most} {total}");
    }

    #[test]
    fn slices_of_different_lengths_are_no_accident() {
        let line = LineSettings::default().build().unwrap();
        let (controllers, mut states, mut ticks) = cells(4);
        let readings = vec![good(1.0); 2];
        line.tick(&controllers, &mut states, &readings, &mut ticks, &mut LineState::default(), 1.0, 1.0);
        assert_eq!(ticks[3].command, Tick::default().command);
    }
}
