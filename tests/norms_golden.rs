//! Every published or agreed figure of the accounts, by name. Each boundary is tried at, below and above.
#![cfg(feature = "std")]

use potline::account::carbon::{self, Anodes, GRIDS, SOURCES};
use potline::account::norm::air::{LIMITS, Place, Pollutant, disagreement, find};
use potline::account::norm::benchmark::{Standing, standing};
use potline::account::norm::conditions::{self, Binds, Item};
use potline::account::norm::published;
use potline::account::pfc::{
    CETS_2024, CETS_2024_DEFAULT, EU_PFPB_MODERN, Effects, GWP_AR4, GWP_AR5, MODELS, PfcModel,
};
use potline::account::value_added::{PLANNED_CHANGE, Year, change, yearly};
use potline::account::{Energy, energy, limits, tariff};

fn near(got: f64, want: f64, slack: f64) {
    assert!((got - want).abs() <= slack, "{got}, expected {want}");
}

fn effects(minutes_per_pot_day: f64) -> Effects {
    Effects { minutes_per_pot_day, overvoltage: f64::NAN, current_efficiency: f64::NAN }
}

#[test]
fn energy_3_95_v_at_ce_0_94_is_12_523_dc() {
    near(energy::dc_from_voltage(3.95, 0.94), 12_523.0, 1.0);
}

#[test]
fn energy_12_523_dc_at_0_985_is_12_713_ac() {
    let energy = Energy { rectifier_efficiency: 0.985, ..Energy::default() };
    near(energy.ac(energy::dc_from_voltage(3.95, 0.94)), 12_713.0, 1.0);
}

#[test]
fn gb21346_every_level_of_every_edition() {
    // Year of the edition, liquid, comprehensive.
    let levels = [
        (2010, [13_500.0, 13_800.0, 14_400.0], None),
        (2015, [12_650.0, 12_750.0, 13_700.0], Some([13_050.0, 13_150.0, 14_050.0])),
        (2025, [12_950.0, 13_000.0, 13_350.0], Some([13_250.0, 13_350.0, 13_700.0])),
    ];
    let judge = |levels: &limits::Levels, bounds: [f64; 3]| {
        for (level, bound) in (1_u8..).zip(bounds) {
            let worse = (level < 3).then_some(level + 1);
            assert_eq!(levels.of(bound - 0.01), Some(level));
            assert_eq!(levels.of(bound), Some(level));
            assert_eq!(levels.of(bound + 0.01), worse);
        }
    };
    for (year, liquid, comprehensive) in levels {
        let edition = limits::edition(year);
        judge(&edition.liquid, liquid);
        assert_eq!(edition.comprehensive.is_some(), comprehensive.is_some());
        if let Some((levels, bounds)) = edition.comprehensive.as_ref().zip(comprehensive) {
            judge(levels, bounds);
        }
    }
}

#[test]
fn gb21346_ingots() {
    for (year, electricity, coal) in [
        (2015, [13_100.0, 13_200.0, 14_100.0], [1_660.0, 1_680.0, 1_760.0]),
        (2025, [13_300.0, 13_400.0, 13_750.0], [1_670.0, 1_680.0, 1_720.0]),
    ] {
        let edition = limits::edition(year);
        for (levels, bounds) in [(edition.ingot, electricity), (edition.ingot_coal, coal)] {
            let levels = levels.unwrap();
            assert_eq!(bounds.map(|bound| levels.of(bound)), [Some(1), Some(2), Some(3)]);
            assert_eq!(bounds.map(|bound| levels.of(bound + 0.01)), [Some(2), Some(3), None]);
        }
    }
}

#[test]
fn benchmark_13_000_and_base_13_350() {
    for (ac, want) in [
        (12_999.9, Standing::Benchmark),
        (13_000.0, Standing::Benchmark),
        (13_000.1, Standing::Between),
        (13_349.9, Standing::Between),
        (13_350.0, Standing::Between),
        (13_350.1, Standing::AboveBase),
    ] {
        assert_eq!(standing(ac), Some(want), "{ac}");
    }
    assert_eq!(standing(f64::NAN), None);
}

#[test]
fn conditions_of_the_trade_2013_and_2020() {
    let bounds = |year: u16| -> Vec<(Item, Binds, f64)> {
        let edition = conditions::edition(year).unwrap();
        edition.conditions.iter().map(|c| (c.item, c.binds, c.bound.value)).collect()
    };
    assert_eq!(
        bounds(2019),
        [(Item::LiquidAc, Binds::New, 12_750.0), (Item::ComprehensiveAc, Binds::Existing, 13_800.0)]
    );
    assert_eq!(
        bounds(2020),
        [
            (Item::ComprehensiveAc, Binds::All, 13_500.0),
            (Item::Alumina, Binds::All, 1_920.0),
            (Item::FluorideSalts, Binds::All, 18.0),
            (Item::NetCarbon, Binds::All, 410.0),
            (Item::LineCurrent, Binds::All, 200.0),
        ]
    );
    assert_eq!(conditions::edition(2012), None);
    for condition in conditions::EDITIONS.iter().flat_map(|edition| edition.conditions) {
        let bound = condition.bound.value;
        let (good, bad) = match condition.item {
            Item::LineCurrent => (bound + 0.01, bound - 0.01),
            _ => (bound - 0.01, bound + 0.01),
        };
        assert!(condition.kept(good) && condition.kept(bound), "{condition:?}");
        assert!(!condition.kept(bad) && !condition.kept(f64::NAN), "{condition:?}");
    }
}

#[test]
fn air_limits_of_gb25465() {
    use Place::{Boundary, SpecialStack, Stack};
    use Pollutant::{Fluoride, Particulate, SulphurDioxide};
    for (pollutant, place, most) in [
        (Particulate, Stack, 20.0),
        (SulphurDioxide, Stack, 200.0),
        (Fluoride, Stack, 3.0),
        (Particulate, SpecialStack, 10.0),
        (SulphurDioxide, SpecialStack, 100.0),
        (Fluoride, SpecialStack, 3.0),
        (Fluoride, Boundary, 0.02),
    ] {
        let limit = find(pollutant, place).unwrap();
        assert!(limit.kept(most * 0.999) && limit.kept(most), "{limit:?}");
        assert!(!limit.kept(most * 1.001) && !limit.kept(f64::NAN), "{limit:?}");
    }
    assert_eq!(LIMITS.len(), 7);
    assert!(find(Particulate, Boundary).is_none());
    // An estimate of 2.0 ± 0.3 and a meter of 3.0 ± 0.4 are two deviations apart.
    near(disagreement(2.0, 0.3, 3.0, 0.4), 2.0, 1e-12);
}

#[test]
fn tariff_2013_edges_13_700_and_13_800() {
    for (energy, per_kwh) in [
        (13_699.99, 0.0),
        (13_700.0, 0.0),
        (13_700.01, 0.02),
        (13_799.99, 0.02),
        (13_800.0, 0.02),
        (13_800.01, 0.08),
    ] {
        assert_eq!(tariff::surcharge(2020, energy, 99_999.0, 0.0).per_kwh, per_kwh, "{energy}");
    }
}

#[test]
fn tariff_2021_13_520_pays_0_541_and_1_487_yuan_per_tonne() {
    for (year, per_kwh, per_t) in [(2022, 0.0, 0.0), (2023, 0.04, 541.0), (2025, 0.11, 1_487.0)] {
        // 13,520 less 13,450 is three steps and a half, so four; 0.04 · 13,520 is 540.8.
        let got = tariff::surcharge(year, 0.0, 13_520.0, 0.0);
        near(got.per_kwh, per_kwh, 1e-12);
        near(got.per_t, per_t, 0.5);
        assert!(!got.rule.unwrap().verified);
    }
}

#[test]
fn tariff_2021_each_base_and_step() {
    for (year, base) in [(2022, 13_650.0), (2023, 13_450.0), (2024, 13_450.0), (2025, 13_300.0)] {
        for (over, steps) in [(-0.01, 0.0), (0.0, 0.0), (0.01, 1.0), (19.99, 1.0), (20.0, 1.0), (20.01, 2.0)]
        {
            near(tariff::surcharge(year, 0.0, base + over, 0.0).per_kwh, 0.01 * steps, 1e-12);
        }
    }
    // Renewables: nothing up to 15 %, then a hundredth for each point.
    for (share, rest) in [(14.9, 1.0), (15.0, 1.0), (15.1, 0.999), (25.0, 0.9)] {
        near(tariff::surcharge(2025, 0.0, 13_520.0, share).per_kwh, 0.11 * rest, 1e-12);
    }
}

#[test]
fn pfc_default_is_0_2632() {
    near(CETS_2024_DEFAULT.emissions(&effects(f64::NAN)).co2e, 0.2632, 5e-5);
}

#[test]
fn pfc_0_15_minutes_is_0_1660_by_cets_and_0_1133_by_modern_pfpb() {
    near(CETS_2024.emissions(&effects(0.15)).co2e, 0.1660, 5e-5);
    near(EU_PFPB_MODERN.emissions(&effects(0.15)).co2e, 0.1133, 5e-5);
}

#[test]
fn pfc_break_even_with_the_default_is_0_238_minutes() {
    let counted = |minutes| CETS_2024.emissions(&effects(minutes)).co2e;
    let flat = CETS_2024_DEFAULT.emissions(&effects(f64::NAN)).co2e;
    assert!(counted(0.2377) < flat && flat < counted(0.2378));
}

#[test]
fn pfc_slopes_of_every_technology() {
    for (name, slope, ratio) in [
        ("cets2024", 0.143, 0.1),
        ("ipcc2006", 0.143, 0.121),
        ("eu-pfpb-m", 0.104, 0.057),
        ("eu-pfpb-l", 0.122, 0.097),
        ("eu-swpb", 0.233, 0.280),
        ("eu-vss", 0.058, 0.086),
        ("eu-hss", 0.165, 0.077),
    ] {
        let got = MODELS.iter().find(|model| model.name == name).unwrap().emissions(&effects(1.0));
        near(got.cf4, slope, 1e-12);
        near(got.c2f6, slope * ratio, 1e-12);
    }
    // 1.4 mV at 94 %: Table of the overvoltage method.
    for (name, coefficient) in [("overvoltage", 1.16), ("overvoltage-swpb", 3.65)] {
        let model = MODELS.iter().find(|model| model.name == name).unwrap();
        let effects = Effects { overvoltage: 1.4e-3, current_efficiency: 0.94, ..effects(0.0) };
        near(model.emissions(&effects).cf4, coefficient * 1.4 / 94.0, 1e-12);
    }
    let tier_1 = MODELS.iter().find(|model| model.name == "ipcc2006-tier1").unwrap();
    near(tier_1.emissions(&effects(0.0)).cf4, 0.4, 1e-12);
    near(tier_1.emissions(&effects(0.0)).c2f6, 0.04, 1e-12);
}

#[test]
fn pfc_warming_potentials_are_a_parameter() {
    assert_eq!((GWP_AR5.cf4, GWP_AR5.c2f6), (6_630.0, 11_100.0));
    assert_eq!((GWP_AR4.cf4, GWP_AR4.c2f6), (7_390.0, 12_200.0));
    let old = PfcModel { gwp: GWP_AR4, ..CETS_2024 }.emissions(&effects(0.15)).co2e;
    near(old, (0.021_45 * 7_390.0 + 0.002_145 * 12_200.0) / 1e3, 1e-12);
}

#[test]
fn anodes_0_41_is_1_467_t_of_co2() {
    near(Anodes::default().co2(), 1.467, 5e-4);
    assert!(Anodes { sulphur_pct: 60.0, ash_pct: 50.0, ..Anodes::default() }.co2().is_nan());
    near(Anodes { sulphur_pct: 60.0, ash_pct: 40.0, ..Anodes::default() }.co2(), 0.0, 1e-12);
}

#[test]
fn electricity_of_two_mixes() {
    let direct = |name: &str| SOURCES.iter().find(|source| source.name == name).unwrap().direct.value;
    let coal = carbon::mix([(direct("coal"), 1.0)]);
    let yunnan = carbon::mix([(direct("coal"), 0.12), (direct("hydro"), 0.75), (direct("wind"), 0.13)]);
    // By hand: 13,000 kWh/t.
    near(carbon::electricity(13_000.0, coal), 11.063, 1e-9);
    near(carbon::electricity(13_000.0, yunnan), 13.0 * 0.12 * 0.851, 1e-9);
    assert!(carbon::mix([(coal, 0.5)]).is_nan() && carbon::mix([(coal, 1.5), (coal, -0.5)]).is_nan());
    let grid = |name: &str| GRIDS.iter().find(|grid| grid.name == name).unwrap().factor.value;
    near(carbon::electricity(13_000.0, grid("china")), 6.9758, 1e-9);
    near(carbon::electricity(13_000.0, grid("yunnan")), 1.3949, 1e-9);
}

#[test]
fn value_added_minus_18_per_cent_in_five_years() {
    // A works that grows: value added +6 % a year, energy per value added by the plan's yearly change.
    let step = yearly(PLANNED_CHANGE.value, 5.0);
    near(step, -0.0389, 5e-5);
    let series: Vec<Year> = (0..=5_u16)
        .map(|k| {
            let grown = 1.06_f64.powi(i32::from(k));
            let intensity = (1.0 + step).powi(i32::from(k));
            // 100,000 t at 13,300 kWh/t in the first year, 0.05 tce/t beside.
            let energy = grown * intensity;
            Year {
                year: 2015 + k,
                electricity_kwh: 1.33e9 * energy,
                other_tce: 5_000.0 * energy,
                value_added: 40_000.0 * grown,
            }
        })
        .collect();
    near(change(&series, 2015, 2020).unwrap(), -0.18, 1e-12);
    // By hand: (1.33e9 · 0.1229 / 1000 + 5,000) / 40,000.
    near(series[0].intensity(), 4.211, 5e-4);
    assert_eq!(change(&series, 2014, 2020), None);
    assert!(Year { value_added: 0.0, ..series[0] }.intensity().is_nan());
}

#[test]
fn every_figure_has_a_source_and_few_claim_to_be_verified() {
    let figures = published();
    assert!(figures.len() > 80, "{}", figures.len());
    for figure in &figures {
        assert!(figure.source.len() > 8 && figure.value.is_finite(), "{figure:?}");
    }
    let verified: Vec<&str> = figures.iter().filter(|f| f.verified).map(|f| f.name.as_str()).collect();
    assert_eq!(verified, ["万元工业增加值能耗, 2020 against 2015", "limit of Québec, year"]);
    let mut names: Vec<_> = figures.iter().map(|f| (f.table.as_str(), f.name.as_str())).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "a figure stands twice");
}

#[test]
fn the_page_lists_every_figure() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/accounts.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (before, _) = page.split_once("<!-- figures -->\n").expect("docs/accounts.md has its mark");
    let mut wanted = format!(
        "{before}<!-- figures -->\n| table | figure | value | unit | source | verified |\n|---|---|---|---|---|---|\n"
    );
    for f in published() {
        let verified = if f.verified { "yes" } else { "no" };
        wanted +=
            &format!("| {} | {} | {} | {} | {} | {verified} |\n", f.table, f.name, f.value, f.unit, f.source);
    }
    if std::env::var_os("POTLINE_BLESS").is_some() {
        return std::fs::write(path, &wanted).unwrap();
    }
    assert!(
        page == wanted,
        "docs/accounts.md is not what the tables say: POTLINE_BLESS=1 cargo test --test norms_golden"
    );
}
