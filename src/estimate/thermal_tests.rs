use super::*;
use crate::estimate::DesignSettings;
use crate::units::celsius_to_kelvin;

const NEED: f64 = 70.0 / DAY;

fn thermal() -> Thermal {
    ThermalSettings::default().build(&DesignSettings::default().build(), NEED)
}

fn steady() -> ThermalInput {
    ThermalInput {
        voltage: 3.95,
        current: 500e3,
        normal: true,
        dose: NEED,
        alumina: 0.025,
        probe: None,
        sample: None,
        step: 60.0,
    }
}

fn run(thermal: &Thermal, state: &mut ThermalState, input: &ThermalInput, hours: f64) {
    for _ in 0..(hours * 60.0) as usize {
        thermal.update(state, input);
    }
}

fn sample(alf3_pct: f64, celsius: f64) -> LabSample {
    LabSample {
        alf3: alf3_pct / 100.0,
        caf2: 0.05,
        lif: 0.01,
        temperature: celsius_to_kelvin(celsius),
        ..LabSample::default()
    }
}

/// One sample, `age` hours old.
fn learn(thermal: &Thermal, state: &mut ThermalState, sample: LabSample, age_h: f64) -> bool {
    !thermal.update(state, &ThermalInput { sample: Some((sample, age_h * HOUR)), ..steady() })
}

#[test]
fn samples_are_believed_by_their_weight_and_without_them_the_deviation_grows() {
    let thermal = thermal();
    let mut state = ThermalState::default();
    run(&thermal, &mut state, &steady(), 1.0);
    let first = state.alf3_error();
    for _ in 0..6 {
        run(&thermal, &mut state, &steady(), 24.0);
        assert!(learn(&thermal, &mut state, sample(12.0, 960.0), 4.0));
    }
    let known = state.alf3_error();
    assert!(known < 0.4 * first, "{known} {first}");
    assert!((state.alf3() - 0.12).abs() < 0.002, "{}", state.alf3());
    run(&thermal, &mut state, &steady(), 120.0);
    assert!(state.alf3_error() > 1.8 * known, "{} {known}", state.alf3_error());
    assert!(state.sample_age() >= 119.0 * HOUR);
}

#[test]
fn a_late_sample_is_compared_with_what_was_so_when_it_was_taken() {
    let thermal = thermal();
    let mut state = ThermalState::default();
    for _ in 0..5 {
        run(&thermal, &mut state, &steady(), 24.0);
        learn(&thermal, &mut state, sample(11.5, 961.0), 4.0);
    }
    run(&thermal, &mut state, &steady(), 12.0);
    let then = state.alf3();
    // Two bags: half a percent within a day, as the balance says.
    let dosing = ThermalInput { dose: NEED + 44.0 / DAY, ..steady() };
    run(&thermal, &mut state, &dosing, 24.0);
    let risen = state.alf3();
    assert!((risen - then - 44.0 / 8_800.0).abs() < 2e-4, "{}", risen - then);
    // The sample of before the bags brings no news, and so changes next to nothing.
    let mut late = state.clone();
    learn(&thermal, &mut late, sample(100.0 * then, 961.0), 24.0);
    assert!((late.alf3() - risen).abs() < 4e-4, "{}", late.alf3() - risen);
    // As one of now it would.
    learn(&thermal, &mut state, sample(100.0 * then, 961.0), 0.0);
    assert!(state.alf3() < risen - 5e-4, "{}", state.alf3() - risen);
}

#[test]
fn a_swapped_sample_is_refused_and_a_second_one_like_it_is_believed() {
    let thermal = thermal();
    let mut state = ThermalState::default();
    for _ in 0..5 {
        run(&thermal, &mut state, &steady(), 24.0);
        learn(&thermal, &mut state, sample(11.5, 961.0), 4.0);
    }
    let before = state.alf3();
    assert!(!learn(&thermal, &mut state, sample(14.0, 961.0), 4.0));
    assert!((state.alf3() - before).abs() < 5e-4, "the temperature beside it says nothing of that");
    run(&thermal, &mut state, &steady(), 24.0);
    assert!(learn(&thermal, &mut state, sample(13.9, 961.0), 4.0));
    assert!(state.alf3() > 0.13, "{}", state.alf3());
}

#[test]
fn a_thermometer_that_is_off_is_not_followed_and_a_pot_that_is_hot_is() {
    let thermal = thermal();
    // Truth: 11.5 % AlF3; the probe shows 8 K too much after five days, or the pot is 8 K hotter.
    let after = |hotter: f64| {
        let mut state = ThermalState::default();
        let mut believed = 0.0;
        for probe in 0..60 {
            let off = if probe < 30 { 0.0 } else { 8.0 };
            // A probe shows whole kelvins and is never quite the same twice.
            let shown = 961.0 + off + f64::from(probe % 3) - 1.0;
            let input = ThermalInput { probe: Some(celsius_to_kelvin(shown)), ..steady() };
            run(&thermal, &mut state, &input, 4.0);
            if probe == 29 {
                believed = state.temperature();
            }
            if probe % 6 == 5 {
                let hot = if probe < 30 { 0.0 } else { hotter };
                learn(&thermal, &mut state, sample(11.5 - hot * 0.23, 961.0 + hot), 4.0);
            }
        }
        state.temperature() - believed
    };
    let (off, hot) = (after(0.0), after(8.0));
    assert!(off < 3.0, "{off}");
    assert!(hot > 6.0, "{hot}");
}

#[test]
fn less_power_cools_at_once_and_is_kept_count_of() {
    let thermal = thermal();
    let mut state = ThermalState::default();
    run(&thermal, &mut state, &steady(), 48.0);
    let before = state.superheat();
    let cut = ThermalInput { current: 450e3, voltage: 3.72, normal: false, ..steady() };
    run(&thermal, &mut state, &cut, 4.0);
    // 450 kA (3.72 - 1.99) V instead of 500 kA (3.95 - 1.99) V: 201 kW less, 10 K at 20 kW/K.
    let (fallen, stored) = (before - state.superheat(), state.stored() / 3.6e6);
    assert!((9.0..10.5).contains(&fallen), "{fallen}");
    assert!((-805.0..-700.0).contains(&stored), "{stored} kWh");
    assert!((state.surplus() + 201.5e3).abs() < 1e3, "the mean is not learnt from a cut");
}

#[test]
fn lithium_lowers_the_liquidus_it_believes_in() {
    let thermal = thermal();
    let mut state = ThermalState::default();
    run(&thermal, &mut state, &steady(), 1.0);
    let plain = liquidus(&state.bath(0.08)).temperature;
    for _ in 0..12 {
        run(&thermal, &mut state, &steady(), 24.0);
        learn(&thermal, &mut state, LabSample { lif: 0.05, ..sample(8.0, 940.0) }, 4.0);
    }
    let rich = liquidus(&state.bath(0.08)).temperature;
    assert!((25.0..36.0).contains(&(plain - rich)), "{plain} {rich}");
}

#[test]
fn nonsense_changes_nothing() {
    let thermal = thermal();
    let mut state = ThermalState::default();
    run(&thermal, &mut state, &steady(), 24.0);
    for nonsense in [f64::NAN, f64::INFINITY, -1.0, 1e9] {
        let mut other = state.clone();
        let mut sample = sample(100.0 * nonsense, nonsense);
        sample.temperature = nonsense;
        let input = ThermalInput {
            voltage: nonsense,
            current: f64::NAN,
            alumina: f64::NAN,
            probe: Some(nonsense),
            sample: Some((sample, nonsense)),
            ..steady()
        };
        run(&thermal, &mut other, &input, 2.0);
        assert!(other.temperature().is_finite() && other.alf3_error().is_finite());
        assert!((other.temperature() - state.temperature()).abs() < 1.0, "{nonsense}");
    }
}
