use super::*;
use crate::consts::HOUR;
use crate::estimate::{DesignSettings, Thermal, ThermalInput, ThermalSettings};
use crate::image::LabSample;
use std::vec::Vec;

/// A pot that is what the controller believes, but for its need of AlF3, the heat it loses, and a
/// laboratory without errors.
struct Toy {
    bath: Bath,
    thermal: Thermal,
    state: BathState,
    belief: ThermalState,
    alf3: f64,
    need: f64,
    superheat: f64,
    current: f64,
    events: Vec<EventKind>,
}

impl Toy {
    fn new(law: DosingLaw) -> Self {
        let design = DesignSettings::default().build();
        let bath = BathSettings { law, ..BathSettings::default() }.build(&design);
        Self {
            thermal: ThermalSettings::default().build(&design, bath.base()),
            need: bath.base(),
            bath,
            state: BathState::default(),
            belief: ThermalState::default(),
            alf3: 0.115,
            superheat: 9.0,
            current: 500e3,
            events: Vec::new(),
        }
    }

    fn run(&mut self, days: f64, lab: bool) {
        for minute in 0..(days * 1_440.0) as u32 {
            let dose = if self.state.dose.is_finite() { self.state.dose } else { self.bath.base() };
            self.alf3 += 60.0 * (dose - self.need) / 8_800.0;
            let temperature =
                crate::bath::liquidus(&self.belief.bath(self.alf3)).temperature + self.superheat;
            let ready = lab && minute % 1_440 == 720;
            let sample =
                LabSample { alf3: self.alf3, caf2: 0.05, lif: 0.01, temperature, ..LabSample::default() };
            let input = ThermalInput {
                // The beam follows its target at once.
                voltage: 1.65 + (4.6e-6 + self.bath.volts(&self.state).2 / 500e3) * self.current,
                current: self.current,
                normal: self.current == 500e3,
                dose,
                alumina: 0.025,
                probe: Some(temperature),
                sample: ready.then_some((sample, 0.0)),
                step: 60.0,
            };
            self.thermal.update(&mut self.belief, &input);
            let mut events = Events::default();
            let input = BathInput {
                current: self.current,
                share: self.current / 500e3,
                net: 0.0,
                noisy: false,
                step: 60.0,
            };
            self.bath.update(&mut self.state, &self.belief, &input, &mut events);
            self.events.extend(events.iter());
            assert!((0.0..=self.bath.most * self.bath.base).contains(&self.state.dose));
        }
    }
}

const LAWS: [DosingLaw; 3] = [DosingLaw::Regression, DosingLaw::Integral, DosingLaw::NineBox];

#[test]
fn every_law_finds_out_what_a_pot_needs() {
    for law in LAWS {
        let mut toy = Toy::new(law);
        toy.need = toy.bath.base() + 20.0 / DAY;
        toy.run(60.0, true);
        let drift = (toy.state.supply - toy.need) * DAY;
        assert!(drift.abs() < 4.0, "{law:?} {drift} kg/d");
        // Unanswered it would be 13.6 % after sixty days.
        assert!((toy.alf3 - 0.115).abs() < 0.014, "{law:?} {}", toy.alf3);
    }
}

#[test]
fn a_dose_changes_by_no_more_than_its_share_in_a_day() {
    for law in LAWS {
        let mut toy = Toy::new(law);
        toy.run(3.0, true);
        toy.alf3 = 0.08;
        let (mut before, most) = (toy.state.dose, toy.bath.change);
        let mut highest = before;
        for _ in 0..10 {
            toy.run(1.0, true);
            assert!((toy.state.dose - before).abs() <= most * 1.01, "{law:?}");
            before = toy.state.dose;
            highest = highest.max(before);
        }
        assert!(highest > 1.3 * toy.bath.base, "{law:?} {}", highest * DAY);
    }
}

#[test]
fn without_samples_the_dose_goes_to_the_mean_supply_with_an_alarm() {
    let mut toy = Toy::new(DosingLaw::NineBox);
    toy.run(4.0, true);
    toy.alf3 = 0.10;
    toy.run(2.0, true);
    assert!(toy.events.is_empty());
    toy.run(5.0, false);
    assert_eq!(toy.events, [EventKind::BathUnknown]);
    assert!(toy.state.stale() && (toy.state.dose - toy.state.supply).abs() * DAY < 2.0);
    toy.run(2.0, true);
    assert!(!toy.state.stale());
}

#[test]
fn a_new_lining_gets_half_and_more_with_its_age() {
    let design = DesignSettings::default().build();
    let at = |age| BathSettings { lining_age_d: age, ..BathSettings::default() }.build(&design);
    let share = |age: f64, running: f64| at(age).scheduled(running * DAY) / at(age).base;
    assert_eq!((share(0.0, 0.0), share(0.0, 90.0), share(100.0, 80.0)), (0.5, 0.75, 1.0));
    assert_eq!(share(900.0, 0.0), 1.0);
}

#[test]
fn a_cut_beyond_its_budget_raises_the_target_and_is_made_good() {
    let mut toy = Toy::new(DosingLaw::NineBox);
    toy.run(3.0, true);
    assert!(toy.bath.volts(&toy.state).2.abs() < 1e-3);
    toy.current = 450e3;
    toy.run(0.5 / 24.0, true);
    // 190 kW short for half an hour: the heat integral answers, the budget still holds.
    assert!(toy.bath.volts(&toy.state).2 <= 0.025);
    toy.run(3.5 / 24.0, true);
    let most = toy.bath.volts(&toy.state).2;
    assert!((0.08..0.245).contains(&most), "{most}");
    toy.current = 500e3;
    toy.run(0.05, true);
    assert!(toy.bath.volts(&toy.state).2 > 0.05, "what went short is paid back");
    toy.run(3.0, true);
    let (after, stored) = (toy.bath.volts(&toy.state).2, toy.belief.stored() / 3.6e6);
    assert!(after.abs() < 0.01 && stored.abs() < 75.0, "{after} V, {stored} kWh");
}

#[test]
fn little_superheat_asks_for_volts_and_an_unknown_one_for_none() {
    let mut toy = Toy::new(DosingLaw::NineBox);
    toy.superheat = 3.0;
    toy.run(6.0, true);
    let (_, superheat, _) = toy.bath.volts(&toy.state);
    assert!((0.01..=0.03).contains(&superheat), "{superheat}");
    let input = BathInput { current: 500e3, share: 1.0, net: 0.0, noisy: false, step: HOUR };
    let mut state = BathState::default();
    for _ in 0..10 {
        toy.bath.update(&mut state, &ThermalState::default(), &input, &mut Events::default());
    }
    assert_eq!(toy.bath.volts(&state), (0.0, 0.0, 0.0));
}

#[test]
fn a_bath_rich_in_lithium_is_held_at_a_lower_temperature() {
    let design = DesignSettings::default().build();
    let settings = ThermalSettings { alf3_pct: 8.0, lif_pct: 5.0, kf_pct: 3.0, ..ThermalSettings::default() };
    let bath = BathSettings { target_alf3_pct: 8.0, ..BathSettings::default() }.build(&design);
    let thermal = settings.build(&design, bath.base());
    let mut belief = ThermalState::default();
    let unseen =
        ThermalInput { voltage: f64::NAN, current: f64::NAN, alumina: 0.025, ..ThermalInput::default() };
    thermal.update(&mut belief, &unseen);
    let by = bath.deviation(&belief, bath.target(&belief));
    // The target follows the liquidus, so a bath that is what it should be deviates by nothing ...
    assert!(by.temperature.abs() < 0.1 && by.alf3.abs() < 1e-6, "{by:?}");
    // ... although it is some 30 K colder than an ordinary one.
    let celsius = belief.temperature() - 273.15;
    assert!((910.0..940.0).contains(&celsius), "{celsius}");
}
