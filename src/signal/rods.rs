//! What the currents of the single anodes show, and cell voltage and line current cannot.
//!
//! ```text
//! share_k = I_k / mean I            fast: 150 s, slow: 8 h exponential means
//! zone_z  = mean of fast_k/slow_k over its settled anodes - 1, less the same over all zones
//! trim_z  = -GAIN zone_z, held at ±15 %, their sum nil
//! ```
//!
//! A lean zone has a higher overvoltage, and all anodes hang on one bus: its anodes give current to the
//! others (Rye et al. 1998; Cheung et al. 2013). At 2.5 % alumina 0.1 wt % is worth some 13 mV of the
//! two volts that rise with current, 0.6 % of the share. The slow mean takes out what belongs to the
//! anode: its clamp, its height, its age. Limits of the low-voltage effect and of the spike are
//! proposals of engineering judgement; the pick-up of a new anode is what plants see.

use crate::Error;
use crate::consts::HOUR;
use crate::error::{in_range, report_ranges};
use crate::image::{EventKind, Events, MAX_ANODES, MAX_FEEDERS, RodCurrents};
use crate::math::clamp;

/// Time constants of the fast and the slow mean \[s\].
const FAST: f64 = 150.0;
const SLOW: f64 = 8.0 * HOUR;
/// The share that a fall is measured from is one and a half to three minutes old \[s\].
const PAST: f64 = 90.0;
/// Rounds further apart than this cannot show a fall within three minutes \[s\].
const APART: f64 = 2.0 * PAST;
/// Neighbours that carry less than before by this share go down with the anode \[1\]: twice the error
/// of the mean of three clamp readings of 1 %, taken as a difference.
const HOLDS: f64 = 0.016;
/// An anode with less than this share during an anode change is the one that is changed \[1\].
const CHANGED: f64 = 0.4;
/// A new anode is settled after this long \[s\].
const SETTLED: f64 = 30.0 * HOUR;
/// Share of a new anode after so many hours \[h\], \[1\]: 10–20 % after 4 h, half after 10 h, more than
/// 90 % after a day (engineering values of plants).
const PICK_UP: [(f64, f64); 4] = [(4.0, 0.15), (10.0, 0.5), (24.0, 0.92), (30.0, 1.0)];
/// Trim per share that a zone's anodes have lost \[1\].
const GAIN: f64 = 7.5;
/// A round whose sum is off the line current by more than this is not believed \[1\].
const SUM: f64 = 0.1;

/// How rod currents are judged.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct RodSettings {
    /// Anodes in two rows, 8..48, even.
    pub anodes: u8,
    /// A fall of one anode's current within three minutes that is a low-voltage effect \[%\], 5..50.
    pub fall_pct: f64,
    /// Largest change of cell voltage that goes with it \[V\], 0.05..2.
    pub fall_volts_v: f64,
    /// Current of one anode over the mean one that is a spike \[%\], 110..300.
    pub spike_pct: f64,
    /// How long \[min\], 1..120.
    pub spike_min: f64,
    /// Each feeder gives more or less by what its zone of anodes shows.
    pub trim: bool,
    /// Largest trim of one feeder \[%\], 1..15.
    pub trim_pct: f64,
}

impl Default for RodSettings {
    fn default() -> Self {
        Self {
            anodes: MAX_ANODES as u8,
            fall_pct: 15.0,
            fall_volts_v: 0.3,
            spike_pct: 140.0,
            spike_min: 10.0,
            // On the simulator of this crate the zones differ as much with it, and a blocked hole, which
            // makes its zone lean, is given more to pile up and drop at once.
            trim: false,
            trim_pct: 15.0,
        }
    }
}

impl RodSettings {
    /// Reports every field that is out of range.
    pub fn validate(&self, report: &mut dyn FnMut(Error)) {
        let fields = [
            ("rods.fall_pct", self.fall_pct, 5.0, 50.0),
            ("rods.fall_volts_v", self.fall_volts_v, 0.05, 2.0),
            ("rods.spike_pct", self.spike_pct, 110.0, 300.0),
            ("rods.spike_min", self.spike_min, 1.0, 120.0),
            ("rods.trim_pct", self.trim_pct, 1.0, 15.0),
        ];
        report_ranges(&fields, report);
        if let Err(error) = in_range("rods.anodes", f64::from(self.anodes), 8.0, MAX_ANODES as f64) {
            report(error);
        } else if !self.anodes.is_multiple_of(2) {
            report(Error::Inconsistent { field: "rods.anodes", reason: "two rows hold an even number" });
        }
    }

    /// The run-time form for a cell with `feeders` feeders, one zone of bath each.
    #[must_use]
    pub fn build(&self, feeders: usize) -> Rods {
        Rods {
            count: usize::from(self.anodes).min(MAX_ANODES),
            zones: feeders.clamp(1, MAX_FEEDERS),
            fall: self.fall_pct / 100.0,
            fall_volts: self.fall_volts_v,
            spike: self.spike_pct / 100.0,
            spike_time: self.spike_min * 60.0,
            trim: if self.trim { self.trim_pct / 100.0 } else { 0.0 },
        }
    }
}

/// Run-time form of [`RodSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Rods {
    count: usize,
    zones: usize,
    fall: f64,
    fall_volts: f64,
    spike: f64,
    spike_time: f64,
    trim: f64,
}

/// What goes on at the cell while a round is judged.
#[derive(Debug, Clone, Copy)]
pub struct RodInput {
    /// Line current \[A\].
    pub current: f64,
    /// Cell voltage at nominal current, mean of seconds \[V\]; NaN when unknown.
    pub voltage: f64,
    /// An anode is being changed, or has just been.
    pub changing: bool,
    /// An anode effect of the whole cell: all anodes go up and down.
    pub effect: bool,
    /// A zone is fed otherwise than meant: what its anodes carry is not their own.
    pub off: bool,
}

/// One anode.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
struct Anode {
    share: f64,
    fast: f64,
    slow: f64,
    /// Shares one and two turns ago.
    past: [f64; 2],
    /// Time above the limit of a spike \[s\].
    over: f64,
    /// Time since it was set \[s\].
    age: f64,
    fallen: bool,
}

impl Default for Anode {
    fn default() -> Self {
        Self { share: 1.0, fast: 1.0, slow: 1.0, past: [f64::NAN; 2], over: 0.0, age: SETTLED, fallen: false }
    }
}

impl Anode {
    fn settled(&self) -> bool {
        self.age >= SETTLED
    }

    /// Change since one and a half to three minutes ago \[1\].
    fn change(&self) -> f64 {
        let [_, past] = self.past;
        self.share / past - 1.0
    }
}

/// A new anode on its way to its load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PickUp {
    /// Anode, from 0.
    pub anode: usize,
    /// Time since it was set \[s\].
    pub age: f64,
    /// Its current over the mean one \[1\].
    pub share: f64,
    /// What plants see at this age \[1\].
    pub expected: f64,
}

/// Memory of the rods of one cell.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct RodState {
    #[cfg_attr(feature = "snapshot", serde(with = "crate::array"))]
    anodes: [Anode; MAX_ANODES],
    /// A round that no scan has judged yet: its time \[s\] and its currents \[A\].
    waiting: Option<f64>,
    #[cfg_attr(feature = "snapshot", serde(with = "crate::array"))]
    currents: [f64; MAX_ANODES],
    /// Time of the last round judged, and how many there were.
    taken: Option<f64>,
    rounds: u32,
    since_turn: f64,
    /// Cell voltage at the last round, and one and two turns ago \[V\].
    voltage: f64,
    volts: [f64; 2],
    highest: f64,
    zones: [f64; MAX_FEEDERS],
    trims: [f64; MAX_FEEDERS],
    spike: bool,
    fallen: bool,
}

impl Default for RodState {
    fn default() -> Self {
        Self {
            anodes: [Anode::default(); MAX_ANODES],
            waiting: None,
            currents: [0.0; MAX_ANODES],
            taken: None,
            rounds: 0,
            since_turn: 0.0,
            voltage: f64::NAN,
            volts: [f64::NAN; 2],
            highest: 1.0,
            zones: [0.0; MAX_FEEDERS],
            trims: [1.0; MAX_FEEDERS],
            spike: false,
            fallen: false,
        }
    }
}

impl RodState {
    /// A round was made. The next scan judges it.
    pub fn offer(&mut self, round: &RodCurrents) {
        if round.taken.is_finite() && self.taken.is_none_or(|last| round.taken > last) {
            self.waiting = Some(round.taken);
            self.currents = round.current;
        }
    }

    /// Time of the last round that was taken in \[s\].
    #[must_use]
    pub fn judged(&self) -> Option<f64> {
        self.taken
    }

    /// Share of each zone's current that its anodes have lost (below nil) or won lately \[1\].
    #[must_use]
    pub fn zones(&self) -> &[f64; MAX_FEEDERS] {
        &self.zones
    }

    /// Least of them: the leanest zone \[1\].
    #[must_use]
    pub fn leanest(&self) -> f64 {
        self.zones.iter().copied().fold(0.0, f64::min)
    }

    /// Current of the most loaded anode over the mean one \[1\]: it films first.
    #[must_use]
    pub fn highest(&self) -> f64 {
        self.highest
    }

    /// Factor on each feeder's share of the alumina, mean one \[1\].
    #[must_use]
    pub fn trims(&self) -> &[f64; MAX_FEEDERS] {
        &self.trims
    }

    /// An anode carries far too much.
    #[must_use]
    pub fn spike(&self) -> bool {
        self.spike
    }

    /// An anode has lost its current while the cell voltage stood still.
    #[must_use]
    pub fn low_voltage_effect(&self) -> bool {
        self.fallen
    }

    /// The new anodes on their way to their load.
    pub fn pick_ups(&self) -> impl Iterator<Item = PickUp> + '_ {
        self.anodes.iter().enumerate().filter(|(_, a)| !a.settled()).map(|(anode, a)| PickUp {
            anode,
            age: a.age,
            share: a.fast,
            expected: expected(a.age),
        })
    }
}

/// Share of a new anode of this age \[1\].
fn expected(age: f64) -> f64 {
    let hours = age / HOUR;
    let mut from = (0.0, 0.0);
    for to in PICK_UP {
        if hours < to.0 {
            return from.1 + (to.1 - from.1) * (hours - from.0) / (to.0 - from.0);
        }
        from = to;
    }
    1.0
}

impl Rods {
    /// Judges the round that waits, if there is one; true when zones and trims are new.
    pub fn update(&self, state: &mut RodState, input: &RodInput, events: &mut Events) -> bool {
        let Some(taken) = state.waiting.take() else { return false };
        let apart = state.taken.replace(taken).map_or(0.0, |last| taken - last);
        let mean = state.currents.iter().take(self.count).sum::<f64>() / self.count as f64;
        let off = mean * self.count as f64 / input.current - 1.0;
        // Not a round of this cell, or somebody left a rod out.
        let whole = off.abs() < SUM && state.currents.iter().take(self.count).all(|i| i.is_finite());
        if !whole {
            return false;
        }
        self.learn(state, mean, apart, input);
        if input.effect {
            return false;
        }
        self.find_falls(state, apart, input, events);
        self.find_spikes(state, apart, events);
        self.weigh_zones(state);
        true
    }

    /// Anodes in a row.
    fn row(&self) -> usize {
        (self.count / 2).max(1)
    }

    fn learn(&self, state: &mut RodState, mean: f64, apart: f64, input: &RodInput) {
        state.rounds = state.rounds.saturating_add(1);
        state.since_turn += apart;
        let turn = state.since_turn >= PAST || apart > APART;
        if turn {
            state.since_turn = 0.0;
            let [last, _] = state.volts;
            state.volts = [state.voltage, if apart > APART { f64::NAN } else { last }];
        }
        state.voltage = input.voltage;
        // A plain mean of the first rounds, an exponential one of the later ones.
        let first = 1.0 / f64::from(state.rounds);
        let weight = |time: f64| clamp(apart / time, 0.0, 1.0).max(first);
        let (fast, slow) = (weight(FAST), weight(SLOW));
        for (anode, current) in state.anodes.iter_mut().zip(&state.currents).take(self.count) {
            if turn {
                let [last, _] = anode.past;
                anode.past = [anode.share, if apart > APART { f64::NAN } else { last }];
            }
            anode.share = current / mean;
            anode.fast += fast * (anode.share - anode.fast);
            anode.age = (anode.age + apart).min(SETTLED);
            if input.changing && anode.share < CHANGED && anode.settled() {
                anode.age = 0.0;
            }
            if anode.settled() {
                if !input.effect && !input.off {
                    anode.slow += slow * (anode.share - anode.slow);
                }
            } else {
                // Its load is what it grows into; no mean until then.
                anode.slow = anode.fast;
            }
        }
    }

    /// An anode that loses its current at a steady cell voltage, while those around it take it over.
    fn find_falls(&self, state: &mut RodState, apart: f64, input: &RodInput, events: &mut Events) {
        let [_, before] = state.volts;
        let steady = (input.voltage - before).abs() < self.fall_volts;
        let judged = steady && !input.changing && apart <= APART;
        let row = self.row();
        for k in 0..self.count {
            let Some(anode) = state.anodes.get(k) else { continue };
            // Over when it carries what it used to, or will never again.
            let stands =
                anode.fallen && anode.share < (1.0 - 0.5 * self.fall) * anode.slow && anode.settled();
            let falls = judged && anode.settled() && !anode.fallen && anode.change() < -self.fall && {
                let (column, first) = (k % row, k < row);
                let across = if first { k + row } else { k - row };
                let beside = [
                    (column > 0).then(|| k.wrapping_sub(1)),
                    (column + 1 < row).then_some(k + 1),
                    Some(across),
                ];
                let near = beside.into_iter().flatten().filter_map(|n| state.anodes.get(n));
                let (sum, n) = near.fold((0.0, 0.0), |(s, n), a| (s + a.change(), n + 1.0));
                sum / n > -HOLDS
            };
            if falls {
                events.push(EventKind::LowVoltageEffect(k as u8));
            }
            if let Some(anode) = state.anodes.get_mut(k) {
                anode.fallen = stands || falls;
            }
        }
        state.fallen = state.anodes.iter().any(|a| a.fallen);
    }

    fn find_spikes(&self, state: &mut RodState, apart: f64, events: &mut Events) {
        state.spike = false;
        for (k, anode) in state.anodes.iter_mut().enumerate().take(self.count) {
            let told = anode.over >= self.spike_time;
            anode.over = if anode.share > self.spike { anode.over + apart } else { 0.0 };
            let now = anode.over >= self.spike_time;
            if now && !told {
                events.push(EventKind::Spike(k as u8));
            }
            state.spike |= now;
        }
    }

    fn weigh_zones(&self, state: &mut RodState) {
        state.highest = state.anodes.iter().take(self.count).map(|a| a.fast).fold(1.0, f64::max);
        let row = self.row();
        let mut sums = [(0.0, 0.0); MAX_FEEDERS];
        for (k, anode) in state.anodes.iter().enumerate().take(self.count) {
            let zone = (k % row) * self.zones / row;
            if let Some((sum, n)) = sums.get_mut(zone).filter(|_| anode.settled() && anode.over == 0.0) {
                *sum += anode.fast / anode.slow - 1.0;
                *n += 1.0;
            }
        }
        let known = sums.iter().filter(|(_, n)| *n > 0.0);
        let (total, zones) = known.fold((0.0, 0.0_f64), |(s, z), (sum, n)| (s + sum / n, z + 1.0));
        let common = total / zones.max(1.0);
        for (zone, (sum, n)) in state.zones.iter_mut().zip(sums) {
            *zone = if n > 0.0 { sum / n - common } else { 0.0 };
        }
        // Held at their limits they no longer add up to nil; what is over is taken off all alike.
        let trims = || state.zones.iter().take(self.zones).map(|z| clamp(-GAIN * z, -self.trim, self.trim));
        let over = trims().sum::<f64>() / self.zones as f64;
        let most = trims().map(|t| (t - over).abs()).fold(self.trim, f64::max);
        let shrink = if most > 0.0 { self.trim / most } else { 0.0 };
        for (trim, zone) in state.trims.iter_mut().zip(&state.zones).take(self.zones) {
            *trim = 1.0 + shrink * (clamp(-GAIN * zone, -self.trim, self.trim) - over);
        }
    }
}

#[cfg(test)]
#[path = "rods_tests.rs"]
mod tests;
