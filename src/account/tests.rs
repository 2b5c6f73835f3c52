//! Hand-computed days.

use super::pfc::CETS_2024;
use super::*;
use crate::consts::{ALUMINIUM_PER_COULOMB, DAY};
use std::prelude::rust_2024::*;

const CURRENT: f64 = 500e3;

/// A calm second at 3.95 V and a current efficiency of 0.94.
fn calm() -> Sample {
    Sample {
        current: CURRENT,
        voltage: 3.95,
        metal: Some(0.94 * ALUMINIUM_PER_COULOMB * CURRENT),
        alumina: Some(0.025),
        bath_temperature: Some(955.0 + 273.15),
        superheat: Some(8.0),
        ledge: Some(0.10),
        acd: Some(0.038),
        sludge: Some(200.0),
        noise_low: Some(6.05e-3),
        feed_rate: 1.0,
        ..Sample::default()
    }
}

fn close(value: Option<f64>, want: f64, tolerance: f64) {
    assert!(value.is_some_and(|value| (value - want).abs() <= tolerance), "{value:?} is not {want}");
}

fn account(basis: Basis, samples: impl IntoIterator<Item = Sample>) -> KpiAccumulator {
    let mut account = KpiAccumulator::new(basis, Limits::default());
    samples.into_iter().for_each(|sample| account.add(&sample));
    account
}

#[test]
fn a_calm_day_at_the_reference_point() {
    let day = account(Basis::Truth, std::iter::repeat_n(calm(), 86_400));
    let kpi = day.finish(&Energy::default());
    close(kpi.dc_kwh_per_t, 12_523.0, 1.0);
    close(kpi.ac_kwh_per_t, 12_713.0, 1.0);
    close(kpi.cell_voltage_v, 3.95, 1e-9);
    close(kpi.current_efficiency, 0.94, 1e-9);
    close(kpi.metal_t, 3.7853, 1e-4);
    close(kpi.alumina_pct_mean, 2.5, 1e-9);
    close(kpi.alumina_pct_p01, 2.5, 0.01);
    close(kpi.bath_temperature_c_mean, 955.0, 1e-6);
    close(kpi.superheat_outside_share, 0.0, 0.0);
    close(kpi.ledge_mm_min, 100.0, 1e-9);
    close(kpi.acd_mm_mean, 38.0, 1e-9);
    close(kpi.noise_lf_mv_p95, 6.05, 0.1);
    close(kpi.pfc_t_co2e_per_t, 0.0, 0.0);
    close(kpi.feed_total_variation, 0.0, 0.0);
    assert_eq!(kpi.safety_gate_failures, 0);
}

#[test]
fn one_three_minute_effect_in_twenty_pot_days() {
    let effect = Sample { voltage: 30.0, ..calm() };
    let mut line = account(
        Basis::Truth,
        (0..86_400).map(|second| if (40_000..40_180).contains(&second) { effect } else { calm() }),
    );
    let quiet = account(Basis::Truth, [Sample { dt: DAY, metal: calm().metal.map(|m| m * DAY), ..calm() }]);
    (0..19).for_each(|_| line.merge(&quiet));
    let kpi = line.finish(&Energy::default());
    close(kpi.ae_per_pot_day, 0.05, 1e-12);
    close(kpi.ae_minutes_per_pot_day, 0.15, 1e-12);
    close(kpi.pfc_t_co2e_per_t, 0.1660, 5e-5);
    // 26.05 V more for 180 s in 20 days.
    close(kpi.cell_voltage_v, 3.95 + 26.05 * 180.0 / (20.0 * DAY), 1e-9);
    assert_eq!(CETS_2024.gwp, pfc::GWP_AR5);
}

#[test]
fn merging_cells_is_the_same_as_counting_them_together() {
    // Only what has no memory of the sample before: moves and feed changes are one cell's own.
    let sample = |i: u32| Sample {
        voltage: 3.9 + f64::from(i % 17) * 0.01,
        alumina: Some(0.02 + f64::from(i % 101) * 1e-4),
        superheat: Some(f64::from(i % 20)),
        noise_low: Some(f64::from(i % 53) * 1e-3),
        ledge: Some(0.05 + f64::from(i % 7) * 0.01),
        acd: Some(0.035 + f64::from(i % 11) * 1e-3),
        ..calm()
    };
    let joint = account(Basis::Truth, (0..20_000).map(sample)).finish(&Energy::default());
    let mut merged = account(Basis::Truth, (0..6_000).map(sample));
    merged.merge(&account(Basis::Truth, (6_000..20_000).map(sample)));
    let merged = merged.finish(&Energy::default());
    close(merged.dc_kwh_per_t, joint.dc_kwh_per_t.unwrap(), 1e-6);
    close(merged.alumina_pct_sigma, joint.alumina_pct_sigma.unwrap(), 1e-9);
    assert_eq!(merged.alumina_pct_p01, joint.alumina_pct_p01);
    assert_eq!(merged.noise_lf_mv_p95, joint.noise_lf_mv_p95);
    assert_eq!(merged.ledge_mm_min, joint.ledge_mm_min);
    close(merged.acd_mm_mean, joint.acd_mm_mean.unwrap(), 1e-9);
    close(merged.superheat_outside_share, joint.superheat_outside_share.unwrap(), 1e-12);
    close(merged.feed_total_variation, 0.0, 0.0);
}

#[test]
fn moves_count_when_they_begin_and_feed_changes_add_up() {
    let mut samples = [calm(); 100];
    samples[10..14].iter_mut().for_each(|s| (s.beam_moved, s.beam_travel) = (true, -0.25e-3));
    samples[50].beam_moved = true;
    samples[20..40].iter_mut().for_each(|s| s.feed_rate = 1.4);
    let kpi = account(Basis::Truth, samples).finish(&Energy::default());
    close(kpi.beam_moves_per_pot_day, 2.0 * 864.0, 1e-9);
    close(kpi.beam_travel_mm_per_pot_day, 864.0, 1e-9);
    close(kpi.feed_total_variation, 0.8 * 864.0, 1e-9);
}

#[test]
fn what_was_not_measured_is_missing() {
    let bare = Sample { current: CURRENT, voltage: 3.95, ..Sample::default() };
    let lost = Sample { voltage: f64::NAN, ..bare };
    let kpi = account(Basis::Measured, [bare, lost, bare]).finish(&Energy::default());
    close(kpi.cell_voltage_v, 3.95, 1e-12);
    assert_eq!(kpi.dc_kwh_per_t, None);
    assert_eq!(kpi.alumina_pct_p01, None);
    assert_eq!(kpi.superheat_outside_share, None);
    assert_eq!(kpi.ledge_mm_min, None);
    assert_eq!(kpi.feed_total_variation, None);
    // Lost seconds do not make the line look thrifty.
    let tapped = Sample { metal: Some(100.0), ..bare };
    let (all, gap) =
        (account(Basis::Measured, [bare, bare, tapped]), account(Basis::Measured, [bare, lost, tapped]));
    let dc = |account: &KpiAccumulator| account.finish(&Energy::default()).dc_kwh_per_t.unwrap();
    assert!((dc(&all) - dc(&gap)).abs() < 1e-9);
}

#[test]
fn an_empty_account_is_all_missing() {
    let kpi = KpiAccumulator::new(Basis::Measured, Limits::default()).finish(&Energy::default());
    assert_eq!(kpi.ae_per_pot_day, None);
    assert_eq!(kpi.cell_voltage_v, None);
    assert_eq!(kpi.pfc_t_co2e_per_t, None);
}

#[cfg(feature = "serde")]
#[test]
fn the_object_has_the_agreed_keys_in_order() {
    let kpi = KpiAccumulator::new(Basis::Measured, Limits::default()).finish(&Energy::default());
    let text = serde_json::to_string(&kpi).unwrap();
    let keys: Vec<&str> = text.split('"').skip(1).step_by(2).take(28).collect();
    let agreed = "dc_kwh_per_t ac_kwh_per_t cell_voltage_v current_efficiency metal_t alumina_pct_mean \
        alumina_pct_sigma alumina_pct_p01 ae_per_pot_day ae_minutes_per_pot_day pfc_t_co2e_per_t \
        bath_temperature_c_mean bath_temperature_c_sigma superheat_c_mean superheat_c_sigma \
        superheat_outside_share acd_mm_mean ledge_mm_min \
        sludge_kg_mean noise_lf_mv_p95 beam_moves_per_pot_day beam_travel_mm_per_pot_day feed_total_variation \
        alarms_per_pot_day safety_gate_failures alumina_estimate_rms_pct alumina_estimate_coverage \
        basis";
    assert_eq!(keys, agreed.split_whitespace().collect::<Vec<_>>());
    assert!(text.starts_with(r#"{"dc_kwh_per_t":null"#) && text.ends_with(r#""basis":"measured"}"#));
}
