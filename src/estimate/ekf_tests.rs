//! The filter against a cell that obeys its own equations, and against poison.

use super::*;
use crate::estimate::DesignSettings;
use crate::math::exp;

fn filter() -> (Design, Ekf) {
    let design = DesignSettings::default().build();
    (design, EkfSettings::default().build(&design))
}

/// A cell that obeys the filter's own equations, fed up and down.
fn follow(gain: f64, minutes: usize, state: &mut EkfState) -> f64 {
    leaking(gain, 0.0, minutes, (0.026, 25.0), state).0
}

/// The same with alumina that no stroke tells of \[kg/h\], from `(alumina, loose)` on, which it gives back.
fn leaking(
    gain: f64,
    leak: f64,
    minutes: usize,
    (mut alumina, mut loose): (f64, f64),
    state: &mut EkfState,
) -> (f64, f64) {
    let (design, ekf) = filter();
    for n in 0..minutes * 60 {
        let rate = if n / 2100 % 2 == 0 { 0.75 } else { 1.25 };
        let fed = rate * design.consumption(500e3) - state.leak();
        let delivered = (gain * fed + leak / HOUR) * design.purity;
        let available: f64 = loose + delivered;
        loose = (loose + (1.0 - FAST) * delivered) * exp(-1.0 / 300.0);
        alumina += (available - loose - design.consumption_per_coulomb * 500e3) / design.bath;
        let resistance = design.pseudo_resistance(alumina).0 + 50e-9;
        let input =
            Input { fed, current: 500e3, resistance: Some(resistance), noise: 4e-3, ..Input::default() };
        ekf.update(state, &input, 1.0);
    }
    (alumina, loose)
}

#[test]
fn it_finds_alumina_apart_from_a_resistance_offset() {
    let mut state = EkfState::default();
    let truth = follow(1.0, 480, &mut state);
    let error = (state.alumina() - truth).abs();
    assert!(error < 0.002 && error < 3.0 * state.alumina_error(), "{error} {}", state.alumina_error());
    assert!(state.innovation().unwrap().rejected.is_none());
}

#[test]
fn a_leak_is_found_taken_into_account_and_forgotten_when_it_ends() {
    let mut state = EkfState::default();
    let mut cell = leaking(1.0, 0.0, 600, (0.026, 25.0), &mut state);
    assert_eq!(state.leak(), 0.0);
    assert!(state.unaccounted().abs() < 2.0, "{}", state.unaccounted());
    cell = leaking(1.0, 45.0, 120, cell, &mut state);
    let found = state.leak() * HOUR;
    assert!((25.0..65.0).contains(&found), "{found} kg/h");
    leaking(1.0, 0.0, 120, cell, &mut state);
    assert_eq!(state.leak(), 0.0);
}

#[test]
fn feeders_that_give_too_little_are_no_leak_but_show() {
    let mut state = EkfState::default();
    let cell = leaking(1.0, 0.0, 600, (0.03, 25.0), &mut state);
    leaking(0.85, 0.0, 75, cell, &mut state);
    assert_eq!(state.leak(), 0.0);
    assert!(state.unaccounted() < -2.5, "{}", state.unaccounted());
}

#[test]
fn doubted_strokes_prove_no_leak() {
    let (design, ekf) = filter();
    let mut state = EkfState::default();
    let mut alumina = 0.026;
    for n in 0..12 * 3600 {
        let fed = if n / 2100 % 2 == 0 { 0.062 } else { 0.105 };
        let leak = if n > 8 * 3600 { 75.0 / HOUR } else { 0.0 };
        alumina += ((fed + leak) * design.purity - design.consumption_per_coulomb * 500e3) / design.bath;
        let resistance = Some(design.pseudo_resistance(alumina).0);
        let input = Input { fed, current: 500e3, resistance, noise: 4e-3, doubted: true, ..Input::default() };
        ekf.update(&mut state, &input, 1.0);
    }
    assert!(state.unaccounted() > 4.0, "{}", state.unaccounted());
    assert_eq!(state.leak(), 0.0);
}

#[test]
fn it_survives_poison() {
    let (_, ekf) = filter();
    let mut state = EkfState::default();
    for n in 0..3000 {
        let bad = [f64::NAN, f64::INFINITY, -1e300, 1e300, 4.6e-6][n % 5];
        let input = Input {
            fed: bad,
            current: bad,
            travel: bad,
            resistance: Some(bad),
            noise: bad,
            doubted: n % 7 == 0,
            disturbance: if n % 3 == 0 { Disturbance::Unknown } else { Disturbance::None },
        };
        ekf.update(&mut state, &input, 1.0);
        assert!(state.alumina().is_finite() && state.alumina_error().is_finite());
    }
}

#[test]
fn a_wild_measurement_is_recorded_and_left_out() {
    let (_, ekf) = filter();
    let mut state = EkfState::default();
    follow(1.0, 120, &mut state);
    let before = state.alumina();
    for _ in 0..30 {
        let wild =
            Input { current: 500e3, resistance: Some(7e-6), noise: 4e-3, fed: 0.08, ..Input::default() };
        ekf.update(&mut state, &wild, 1.0);
    }
    assert_eq!(state.innovation().unwrap().rejected, Some(Rejection::Gate));
    assert!((state.alumina() - before).abs() < 0.001);
}

#[test]
fn blindness_widens_the_error() {
    let (_, ekf) = filter();
    let mut state = EkfState::default();
    follow(1.0, 240, &mut state);
    let before = state.alumina_error();
    for _ in 0..7200 {
        ekf.update(&mut state, &Input { current: 500e3, fed: 0.0836, ..Input::default() }, 1.0);
    }
    assert!(state.alumina_error() > before);
}

#[test]
fn the_jacobians_are_those_of_finite_differences() {
    let (_, ekf) = filter();
    let x = Vector::from([0.0237, 21.0, 0.93, 4e-8, 2e-12, 4e-4, 0.9]);
    let steps = [1e-7, 1e-3, 1e-5, 1e-11, 1e-15, 1e-7, 1e-5];
    let balance = Balance::new(&ekf, 30.0, 2.6, 2.47, 3e-4);
    let step = |x: &Vector| balance.next(x);
    let seen = |x: Vector| ekf.measurement(&EkfState { x, ..EkfState::default() });
    let h = seen(x).1;
    for (column, by) in steps.into_iter().enumerate() {
        let mut off = Vector::zeros();
        off[column] = by;
        let difference = (step(&(x + off)) - step(&(x - off))) / (2.0 * by);
        let mut unit = [0.0; STATES];
        unit[column] = 1.0;
        let tangent = balance.tangent(unit);
        for row in 0..STATES {
            let exact = tangent[row];
            // Round-off of the largest terms, over the step.
            let error = 1e-6 * exact.abs() + 1e-15 * x[row].abs() / by;
            assert!((difference[row] - exact).abs() <= error, "{row} {column}: {} {exact}", difference[row]);
        }
        let slope = (seen(x + off).0 - seen(x - off).0) / (2.0 * by);
        let error = 1e-4 * h[column].abs() + 1e-14 * 4.6e-6 / by;
        assert!((slope - h[column]).abs() <= error, "{column}: {slope} {}", h[column]);
    }
}

#[test]
fn the_covariance_stays_symmetric_and_positive() {
    let mut state = EkfState::default();
    for _ in 0..6 {
        follow(0.9, 120, &mut state);
        assert_eq!(state.p, state.p.transpose());
        // Scaled to its own diagonal: the states have very different units.
        let scale = Matrix::from_diagonal(&state.p.diagonal().map(|v| 1.0 / sqrt(v)));
        assert!((scale * state.p * scale).cholesky().is_some());
    }
}

/// Random steps and measurements through the kernels, and through the dense products and Joseph's form of the
/// textbook.
#[test]
fn the_kernels_give_what_the_textbook_gives() {
    let (_, ekf) = filter();
    let mut random = Lcg(7);
    let (_, mut p) = start();
    for _ in 0..500 {
        let balance = Balance::new(&ekf, 30.0, 2.5 + random.normal(), 2.5, 1e-4 * random.normal());
        let f = Matrix::from_fn(|row, column| {
            let mut unit = [0.0; STATES];
            unit[column] = 1.0;
            balance.tangent(unit)[row]
        });
        let noise = balance.noise(&ekf);
        let dense = f * p * f.transpose() + Matrix::from_diagonal(&noise.into());
        let predicted = covariance::propagate(&p, |v| balance.tangent(v), noise);
        assert_eq!(predicted, 0.5 * (dense + dense.transpose()));

        let (steep, turned) = (-2e-6 + 1e-6 * random.normal(), 1e-6 * random.normal());
        let row = Row::from_row_slice(&[steep, 0.0, 0.0, 1.0, 0.0, turned, 1e-7]);
        let variance = 1e-16;
        let seen = predicted * row.transpose();
        let total = (row * seen).x + variance;
        p = covariance::fuse(&predicted, &seen, total);
        assert_eq!(p, p.transpose());
        let (gain, sigma) = (seen / total, predicted.diagonal().map(sqrt));
        let left = Matrix::identity() - gain * row;
        let joseph = left * predicted * left.transpose() + gain * gain.transpose() * variance;
        let off = (p - joseph).component_div(&(sigma * sigma.transpose()));
        assert!(off.amax() < 1e-13, "{}", off.amax());
    }
}

/// Steps with swinging feed, noise, wild values, outages, beam moves, work and effects: the covariance must
/// stay symmetric to the last bit, positive definite and within what the filter may come to know or forget.
fn endure(steps: u32) {
    let (design, ekf) = filter();
    let mut state = EkfState::default();
    let mut random = Lcg(3);
    let (mut fused, mut least, mut most) = (0, f64::INFINITY, 0.0_f64);
    for n in 0..steps {
        // Two hours of every two days nothing is measured.
        let blind = n % 5_760 >= 5_520;
        let wild = if n % 997 == 0 { 1e-6 } else { 0.0 };
        let input = Input {
            fed: (1.0 + 0.15 * random.normal()) * design.consumption(500e3) * ekf.period,
            current: 500e3 + 1e3 * random.normal(),
            travel: if n % 151 == 0 { 5e-4 * random.normal() } else { 0.0 },
            resistance: (!blind).then_some(4.6e-6 + 20e-9 * random.normal() + wild),
            noise: 4e-3,
            doubted: n % 2_000 < 40,
            disturbance: match n % 4_000 {
                0..20 => Disturbance::AnodeChange,
                2_000..2_010 => Disturbance::Effect,
                _ => Disturbance::None,
            },
        };
        assert!(ekf.update(&mut state, &input, ekf.period));
        fused += u32::from(state.innovation().unwrap().rejected.is_none());
        assert_eq!(state.p, state.p.transpose(), "step {n}");
        if n % 64 == 0 {
            let sigma = state.p.diagonal().map(sqrt);
            let scale = Matrix::from_diagonal(&sigma.map(|sigma| 1.0 / sigma));
            assert!((scale * state.p * scale).cholesky().is_some(), "step {n}: {}", state.p);
            least = least.min(state.alumina_error());
            most = most.max(state.alumina_error());
            // Alumina itself lies between 0 and 8 %; the others are held by their own wander.
            let limits = Vector::from([
                0.08,
                100.0,
                2.0 * GAIN_SIGMA,
                2e-6,
                5.0 * DRIFT_START,
                2.0 * SHIFT_SIGMA,
                2.0 * SCALE_SIGMA,
            ]);
            assert!(sigma.iter().zip(&limits).all(|(sigma, limit)| sigma < limit), "step {n}: {sigma}");
        }
    }
    std::println!("{steps} steps, {fused} fused, alumina ± {:.4} to {:.4} %", 100.0 * least, 100.0 * most);
    assert!(f64::from(fused) > 0.8 * f64::from(steps), "{fused}");
}

#[test]
fn the_covariance_endures_a_hundred_days() {
    endure(300_000);
}

/// Nine years and a half.
#[test]
#[ignore = "takes a quarter of a minute"]
fn the_covariance_endures_ten_million_steps() {
    endure(10_000_000);
}

#[test]
fn an_outage_is_bridged_by_the_balance() {
    let (design, ekf) = filter();
    let mut state = EkfState::default();
    follow(1.0, 360, &mut state);
    let (before, error) = (state.alumina(), state.alumina_error());
    // An hour without resistance, fed a tenth too little.
    for _ in 0..3600 {
        let fed = 0.9 * design.consumption(500e3);
        ekf.update(&mut state, &Input { current: 500e3, fed, ..Input::default() }, 1.0);
    }
    assert_eq!(state.innovation().unwrap().rejected, Some(Rejection::TooFew));
    let lost = 0.1 * design.fraction(design.consumption(500e3)) * 3600.0;
    assert!((before - state.alumina() - lost).abs() < 0.4 * lost, "{} {lost}", before - state.alumina());
    assert!(state.alumina_error() > error);
}

struct Lcg(u64);

impl Lcg {
    fn normal(&mut self) -> f64 {
        let mut uniform = || {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1u64 << 53) as f64
        };
        (0..12).map(|_| uniform()).sum::<f64>() - 6.0
    }
}

/// Cells drawn from the filter's own priors that obey its own equations and noises: its innovations must
/// be what it predicts. Its errors are not yet, and only printed: NEES is 337 of 7 (19 in an earlier form of
/// the filter) and the 95 % interval holds 83 %, because the onset, which resistance does not show, is learnt from lines drawn at changing
/// places of the curve, in single runs to four deviations from the truth. Leaving the onset out of the
/// correction (Schmidt's consider filter) gives 13 and 90 %, a term of second order 14 and 81 %.
#[test]
fn on_its_own_terms_its_innovations_are_what_it_predicts() {
    let (design, ekf) = filter();
    let (runs, hours) = (60, 12);
    let (mut nees, mut nis, mut inside, mut seen) = (0.0, 0.0, 0.0, 0.0);
    for run in 0..runs {
        let mut random = Lcg(1000 + run);
        let (mean, p) = start();
        let mut draw = |v: f64| sqrt(v) * random.normal();
        // Alumina nearer than the prior says: from far off the curve is no line.
        let p = Matrix::from_diagonal(
            &p.diagonal().component_mul(&Vector::from([0.1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])),
        );
        let mut truth = EkfState { x: mean + p.diagonal().map(&mut draw), ..EkfState::default() };
        let mut state = EkfState::default();
        let wander = |sigma: f64, time: f64| sigma * sigma * (1.0 - exp(-2.0 * ekf.period / time));
        for n in 0..hours * 120 {
            let rate = if n / 40 % 2 == 0 { 0.85 } else { 1.15 };
            // Led as the controller would, by the estimate.
            let lead = (0.025 - state.alumina()) / design.fraction(design.consumption(500e3)) / 2700.0;
            let fed = (rate + lead).clamp(0.5, 1.6) * design.consumption(500e3) * ekf.period;
            let consumed = 500e3 * ekf.period * design.consumption_per_coulomb;
            let pure = fed * design.purity;
            let surplus = truth.feeder_gain() * pure - consumed;
            truth.theta += heat::change(&design, truth.theta, surplus, truth.alumina(), ekf.period);
            let slow = (1.0 - FAST) * pure;
            let noise = Vector::from([
                ekf.alumina_wander * ekf.alumina_wander,
                0.05 * 0.05 + 0.01 * slow * slow,
                wander(GAIN_SIGMA, GAIN_TIME),
                ekf.wander * ekf.wander,
                wander(DRIFT_START, DRIFT_TIME),
                wander(SHIFT_SIGMA, CURVE_TIME),
                wander(SCALE_SIGMA, CURVE_TIME),
            ]);
            truth.x =
                Balance::new(&ekf, ekf.period, pure, consumed, 0.0).next(&truth.x) + noise.map(&mut draw);
            let resistance = ekf.measurement(&truth).0 - heat::VOLTAGE * truth.theta / 500e3
                + draw(ekf.noise * ekf.noise) / 500e3;
            let input =
                Input { fed, current: 500e3, resistance: Some(resistance), noise: 0.0, ..Input::default() };
            assert!(ekf.update(&mut state, &input, ekf.period));
            nis += state.innovation().unwrap().ratio.powi(2) / f64::from(hours * 120);
            if n > 360 {
                let error = (state.alumina() - truth.alumina()).abs();
                inside += f64::from(u8::from(error < 1.96 * state.alumina_error()));
                seen += 1.0;
            }
        }
        let error = truth.x - state.x;
        let scale = Matrix::from_diagonal(&state.p.diagonal().map(|v| 1.0 / sqrt(v)));
        let (scaled, error) = (scale * state.p * scale, scale * error);
        nees += error.dot(&scaled.cholesky().unwrap().solve(&error));
    }
    let (nees, nis, coverage) = (nees / runs as f64, nis / runs as f64, inside / seen);
    std::println!("NEES {nees:.2} of {STATES}, NIS {nis:.3}, coverage {coverage:.3}");
    assert!((0.95..=1.05).contains(&nis), "{nis}");
}
