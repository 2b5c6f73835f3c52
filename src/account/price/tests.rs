//! Bills worked out by hand.

use super::*;
use std::vec;

fn day() -> Vec<Hour> {
    // 24 MWh a day, 2 t of metal, evenly.
    (0..24)
        .map(|hour| Hour { from_h: f64::from(hour), length_h: 1.0, energy_kwh: 1_000.0, metal_t: 2.0 / 24.0 })
        .collect()
}

fn three_to_one() -> Prices {
    let period =
        |name: &str, from_h, to_h, yuan_per_kwh| Period { name: name.into(), from_h, to_h, yuan_per_kwh };
    Prices {
        flat_yuan_per_kwh: 0.5,
        period: vec![period("peak", 8.5, 11.5, 0.75), period("valley", 22.0, 6.0, 0.25)],
        ..Prices::default()
    }
}

fn close(value: f64, want: f64) {
    assert!((value - want).abs() < 1e-9 * want.abs().max(1.0), "{value} is not {want}");
}

#[test]
fn hours_of_the_day_have_their_price() {
    let prices = three_to_one();
    for (hour, want) in [
        (0.0, 0.25),
        (5.99, 0.25),
        (6.0, 0.5),
        (8.49, 0.5),
        (8.5, 0.75),
        (11.49, 0.75),
        (11.5, 0.5),
        (22.0, 0.25),
        (46.0, 0.25),
    ] {
        assert_eq!(prices.at(hour, &[]), want, "{hour}");
    }
    // 3 h at 0.75, 8 h at 0.25, 13 h at 0.50, half hours included.
    let bill = prices.bill(&day(), &[]);
    close(bill.market_yuan, 1_000.0 * (3.0 * 0.75 + 8.0 * 0.25 + 13.0 * 0.5));
    close(bill.yuan_per_t, bill.market_yuan / 2.0);
}

#[test]
fn spot_stands_before_the_hours_of_the_day_from_its_first_price_on() {
    let prices = three_to_one();
    let spot = [(6.0, 0.3), (7.0, -0.1), (8.0, 0.4)];
    assert_eq!([5.0, 6.0, 6.9, 7.0, 30.0].map(|hour| prices.at(hour, &spot)), [0.25, 0.3, 0.3, -0.1, 0.4]);
}

#[test]
fn what_is_left_of_a_block_is_sold() {
    let block = Contract { from_h: 0.0, to_h: 12.0, mw: 0.8, yuan_per_kwh: 0.40 };
    let prices = Prices { flat_yuan_per_kwh: 0.5, contract: vec![block], ..Prices::default() };
    let bill = prices.bill(&day(), &[]);
    // 9.6 MWh by contract, 2.4 MWh beside it, 12 MWh after it.
    close(bill.contract_yuan, 9_600.0 * 0.40);
    close(bill.market_yuan, 14_400.0 * 0.5);
    let large = Prices { contract: vec![Contract { mw: 1.5, ..block }], ..prices };
    close(large.bill(&day(), &[]).market_yuan, (12_000.0 - 6_000.0) * 0.5);
}

#[test]
fn a_province_has_edges_or_steps_of_its_own() {
    let edges = [(13_000.0, 0.01), (13_500.0, 0.05)]
        .map(|(above_kwh_t, yuan_per_kwh)| Edge { above_kwh_t, yuan_per_kwh });
    let tier = Tier { looks: Looks::LiquidAc, edge: edges.to_vec(), ..Tier::default() };
    assert_eq!(
        [13_000.0, 13_000.1, 13_500.0, 13_500.1].map(|e| tier.surcharge(e, 0.0)),
        [0.0, 0.01, 0.01, 0.05]
    );
    let tier =
        Tier { base_kwh_t: Some(13_300.0), step_kwh_t: 20.0, step_yuan_per_kwh: 0.01, ..Tier::default() };
    close(tier.surcharge(0.0, 13_520.0), 0.11);
    assert!(tier.surcharge(0.0, f64::NAN).is_nan());
}

#[test]
fn nothing_made_has_no_price_per_tonne() {
    assert!(Prices::default().bill(&[], &[]).yuan_per_t.is_nan());
}

#[test]
fn a_bad_file_is_told_field_by_field() {
    let edge = |above_kwh_t| Edge { above_kwh_t, yuan_per_kwh: 0.1 };
    let prices = Prices {
        period: vec![Period { name: "peak".into(), from_h: 8.1, to_h: 25.0, yuan_per_kwh: 0.9 }],
        contract: vec![Contract { from_h: 5.0, to_h: 4.0, mw: 10.0, yuan_per_kwh: 0.3 }],
        tier: Some(Tier { edge: vec![edge(13_500.0), edge(13_400.0)], ..Tier::default() }),
        ..Prices::default()
    };
    let fields: Vec<String> = prices.problems().into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["period[0].to_h", "contract[0].to_h", "tier.edge[1].above_kwh_t", "period"]);
    assert_eq!(three_to_one().problems(), []);
}
