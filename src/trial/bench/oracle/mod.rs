//! The oracle: the upper end of the score, who knows what no strategy can.
//!
//! It sees the alumina of every zone, what the next stroke of each feeder will really bring, the
//! distance, the heat and the voltage without the noise of instruments. It acts as everybody does: one
//! request a scan, whole shots, whole beam moves, the same guard and the same sequence against an anode
//! effect. It holds the target resistance of the strategies, so that the score tells how well a cell is
//! kept and not where; where it should be kept is the tuner's business.
//!
//! | what | file |
//! |---|---|
//! | alumina, zone by zone | `feed` |
//! | distance, heat and waves | `distance` |

mod distance;
mod feed;

use crate::consts::DAY;
use crate::control::{Effect, EffectInput, EffectState, GuardState, PotController, Tick, Wanted};
use crate::error::Error;
use crate::estimate::Design;
use crate::image::{Action, Command, Events, FeederSet, Mode, Reading, Status};
use crate::math::clamp;
use crate::sim::{Pot, Section, Truth};
use crate::trial::{Keeper, Scenario, Slow};
use distance::{Distance, DistanceInput};
use feed::{Feed, Store};
use std::prelude::rust_2024::*;

/// The dose of AlF3 answers a deviation within this time \[s\].
const DOSE_TIME: f64 = 4.0 * DAY;
/// Below this share of the nominal current nothing is fed; the guard would not let it through.
const LEAST_CURRENT: f64 = 0.5;

/// Keeps every cell of a section by its truth.
pub(super) struct Oracle {
    controller: PotController,
    effect: Effect,
    target_alf3: f64,
    base_alf3: f64,
    cells: Vec<Kept>,
}

/// One cell.
struct Kept {
    seen: Option<Seen>,
    hands: Hands,
    guard: GuardState,
}

/// What it remembers of what it does.
struct Hands {
    feed: Feed,
    distance: Distance,
    effect: EffectState,
}

/// What is so in a cell now.
struct Seen {
    truth: Truth,
    bath: f64,
    stores: Vec<Store>,
}

impl Oracle {
    /// For all cells of the scenario.
    ///
    /// # Errors
    /// The first value out of range.
    pub(super) fn new(scenario: &Scenario) -> Result<Self, Error> {
        let controller = scenario.control.build()?;
        let design = *controller.design();
        let keep = |_| Kept {
            seen: None,
            hands: Hands {
                feed: Feed::default(),
                distance: Distance::new(&scenario.control.resistance, &design),
                effect: EffectState::default(),
            },
            guard: GuardState::default(),
        };
        Ok(Self {
            cells: (0..scenario.cells).map(keep).collect(),
            // It need not wait to be sure that an effect is one.
            effect: crate::control::EffectSettings { declare_s: 1.0, ..scenario.control.effect }.build(),
            target_alf3: scenario.control.bath.target_alf3_pct / 100.0,
            base_alf3: scenario.plant.alf3_kg_per_day / DAY,
            controller,
        })
    }

    /// Takes in what is really so.
    pub(super) fn look(&mut self, section: &Section) {
        for (kept, pot) in self.cells.iter_mut().zip(section.pots()) {
            let seen = kept.seen.get_or_insert_with(|| Seen {
                truth: pot.truth(),
                bath: 0.0,
                stores: Vec::with_capacity(crate::cell::MAX_ZONES),
            });
            seen.truth = pot.truth();
            seen.bath = pot.bath_mass();
            seen.stores.clear();
            seen.stores.extend(stores(pot, section.now()));
        }
    }
}

fn stores(pot: &Pot, now: f64) -> impl Iterator<Item = Store> {
    pot.zones().enumerate().map(move |(zone, (alumina, share))| Store {
        dissolved: alumina.dissolved,
        pending: alumina.fast + alumina.agglomerate,
        share,
        shot: pot.next_shot(zone, now),
    })
}

impl Keeper for Oracle {
    fn slow(&mut self, _: usize, _: &Slow) {}

    fn tick(&mut self, readings: &[Reading], ticks: &mut [Tick], now: f64, dt: f64) {
        let Self { controller, effect, target_alf3, base_alf3, cells } = self;
        for ((reading, tick), kept) in readings.iter().zip(ticks).zip(cells) {
            let Kept { seen: Some(seen), hands, guard } = kept else { continue };
            let truth = &seen.truth;
            let design = controller.design();
            // A cell's own transducer may be dead or wrong; the line's current is everybody's.
            let reading = &Reading { current: truth.current, ..*reading };
            let mut events = Events::default();
            let action = decide(design, effect, hands, seen, reading, &mut events, dt);
            let lack = (*target_alf3 - truth.alf3) * seen.bath;
            let wanted = Command {
                action,
                fallback_interval: design.shot / design.consumption(design.current),
                alf3: Some(clamp(*base_alf3 + lack / DOSE_TIME, 0.0, 2.0 * *base_alf3)),
            };
            let noise = hands.distance.noise();
            let guarded = controller.guard().check(guard, wanted, reading, noise, now, dt);
            if matches!(action, Action::Beam { .. }) {
                hands.distance.asked();
            }
            match guarded.command.action {
                Action::Beam { travel } => {
                    hands.distance.moved(travel);
                    if hands.effect.active() || hands.effect.owes() {
                        hands.effect.moved(travel);
                    }
                }
                Action::Feed { .. } if hands.effect.active() => hands.effect.fed(),
                _ => {}
            }
            *tick = Tick { command: guarded.command, status: status(design, seen, hands), events };
        }
    }
}

/// One request: the effect first, then the distance, then alumina.
fn decide(
    design: &Design,
    effect: &Effect,
    hands: &mut Hands,
    seen: &Seen,
    reading: &Reading,
    events: &mut Events,
    dt: f64,
) -> Action {
    let Seen { truth, bath, stores } = seen;
    let manned = matches!(truth.mode, Mode::Manual | Mode::Off);
    let carries = truth.current >= LEAST_CURRENT * design.current;
    if manned {
        hands.effect.hand_over(truth.beam);
    } else {
        hands.effect.take_back(truth.beam);
    }
    let resistance = (truth.voltage - design.e_back) / truth.current.max(1.0);
    let input = EffectInput {
        voltage: truth.voltage,
        resistance_share: resistance / design.resistance,
        position: truth.beam,
        may_act: !manned && carries,
        may_move: matches!(truth.mode, Mode::Auto | Mode::Tapping),
        may_restore: truth.mode == Mode::Auto,
        step: dt,
    };
    let quench = effect.update(&mut hands.effect, &input, events);
    let burning = hands.effect.active() || hands.effect.owes();
    let beam =
        hands.distance.update(&DistanceInput { design, truth, burning, resistance, step: dt }, truth.mode);
    let shot = hands.feed.update(design, truth, *bath, stores, dt);
    if manned || !carries || !reading.link.ready {
        return Action::None;
    }
    match (quench, beam, shot) {
        (Wanted::Shots, ..) => Action::Feed { feeders: FeederSet::first(design.feeders) },
        (Wanted::Beam(travel), ..) => Action::Beam { travel },
        (Wanted::Shot, _, shot) => Action::Feed { feeders: FeederSet::single(shot.unwrap_or(0)) },
        (_, Some(travel), _) => Action::Beam { travel },
        (_, None, Some(feeder)) => Action::Feed { feeders: FeederSet::single(feeder) },
        (_, None, None) => Action::None,
    }
}

/// What it shows of itself; it estimates nothing.
fn status(design: &Design, seen: &Seen, hands: &Hands) -> Status {
    let truth = &seen.truth;
    Status {
        mode: truth.mode,
        resistance: (truth.voltage - design.e_back) / truth.current.max(1.0),
        target: design.resistance,
        noise_low: hands.distance.noise(),
        temperature: truth.temperature,
        superheat: truth.superheat,
        alf3: truth.alf3,
        ..Status::default()
    }
}
