use super::{HeatModel, Order, Planned, Refusal, Request, Reserve, Tolerance, plan};
use std::{vec, vec::Vec};

/// A day of prices, peak to valley 3:1: valley from 23 to 7 h, peak from 9 to 12 h and 17 to 22 h.
fn prices(days: usize) -> Vec<f64> {
    let day = (0..24).map(|hour| match hour {
        9..12 | 17..22 => 600.0,
        7..23 => 400.0,
        _ => 200.0,
    });
    day.cycle().take(24 * days).collect()
}

fn request() -> Request {
    Request { price: prices(2), ..Request::default() }
}

/// The heat of the shares, computed exactly, keeps its limits but for what tangents leave: 1,150 kW times
/// the square of the last change of a share, 3 kW or 0.04 K for 5 %.
fn bears(request: &Request, planned: &Planned) {
    let [low, high] = request.heat.superheat_c;
    for (superheat, ledge) in planned.superheat_c.iter().zip(&planned.ledge_mm) {
        assert!((low - 0.1..=high + 0.1).contains(superheat), "{superheat} K");
        assert!(ledge.abs() <= request.heat.ledge_most_mm + 0.2, "{ledge} mm");
    }
}

#[test]
fn dear_hours_are_run_low_and_the_day_still_makes_its_metal() {
    let request = request();
    let planned = plan(&request).unwrap();
    bears(&request, &planned);
    for metal in &planned.metal_pct {
        assert!((99.0 - 1e-4..=101.0 + 1e-4).contains(metal), "{metal} %");
    }
    assert!(planned.cost < planned.flat_cost, "{} {}", planned.cost, planned.flat_cost);
    assert!(planned.cost_per_t < 0.99 * planned.flat_cost_per_t, "{planned:?}");
    let mean =
        |hours: &[usize]| hours.iter().map(|h| planned.share_pct[*h]).sum::<f64>() / hours.len() as f64;
    assert!(mean(&[10, 11, 18, 19, 20, 21]) < 98.0 && mean(&[1, 2, 3, 4]) > 102.0, "{:?}", planned.share_pct);
}

#[test]
fn a_flat_price_gives_nothing_to_gain() {
    let tolerance = Tolerance { metal_pct: 0.0, ..Tolerance::default() };
    let planned = plan(&Request { price: vec![400.0; 48], tolerance, ..Request::default() }).unwrap();
    let gain = 1.0 - planned.cost / planned.flat_cost;
    assert!(gain.abs() < 1e-6, "{gain}");
    assert!(planned.share_pct.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.01));
}

#[test]
fn an_order_that_can_be_borne_is_kept_and_its_metal_is_given_up() {
    let order = Order { from_h: 18.0, to_h: 20.0, power_pct: 93.0 };
    let request = Request { orders: vec![order], ..request() };
    let planned = plan(&request).unwrap();
    bears(&request, &planned);
    let nominal = request.line.power_mw(1.0, 240.0);
    assert!(planned.power_mw[18] <= 0.93 * nominal + 1e-3 && planned.power_mw[19] <= 0.93 * nominal + 1e-3);
    assert_eq!(planned.restart.cells, 0);
}

#[test]
fn an_order_that_freezes_cells_is_refused_with_the_cells_to_stop() {
    let order = Order { from_h: 12.0, to_h: 48.0, power_pct: 58.0 };
    let request = Request { orders: vec![order], ..request() };
    let Err(Refusal::Unbearable { bearable_pct, stop: Some(stop), words }) = plan(&request) else {
        panic!("42 % less for a day and a half")
    };
    // What the ledge's limit passes for good is 13 kW of 980: 0.6 % of the current, 1 % of the power.
    assert!((97.0..99.5).contains(&bearable_pct), "{bearable_pct}");
    assert!(words.contains("must stop") && words.contains(&std::format!("{stop} of 240")), "{words}");
    // So many are enough, one fewer is not.
    let with = |stopped| plan(&Request { stopped, ..request.clone() });
    let planned = with(stop).unwrap();
    bears(&request, &planned);
    assert!(with(stop - 1).is_err());
    // 42 % of the cells, and some for the busbars, whose losses stay.
    assert!((101..=104).contains(&stop), "{stop}");
    assert_eq!(planned.restart.cells, stop);
}

#[test]
fn a_band_of_regulation_is_sold_where_it_pays_and_leaves_its_heat() {
    let reserve = Some(Reserve { most_pct: 3.0, price: 50.0 });
    let request = Request { reserve, ..request() };
    let planned = plan(&request).unwrap();
    bears(&request, &planned);
    assert!(planned.reserve_income > 0.0);
    for (share, band) in planned.share_pct.iter().zip(&planned.reserve_pct) {
        assert!((-1e-4..=3.0 + 1e-4).contains(band) && share + band <= 105.0 + 1e-3, "{share} {band}");
    }
    let without = plan(&Request { reserve: None, ..request }).unwrap();
    assert!(planned.cost_per_t < without.cost_per_t);
}

#[test]
fn values_out_of_range_are_named() {
    let heat = HeatModel { ledge_h: 1.0, ..HeatModel::default() };
    let Err(Refusal::Value(error)) = plan(&Request { heat, ..request() }) else { panic!() };
    assert_eq!(error.field(), "heat.ledge_h");
    assert!(matches!(plan(&Request { price: vec![1.0; 3], ..Request::default() }), Err(Refusal::Value(_))));
}
