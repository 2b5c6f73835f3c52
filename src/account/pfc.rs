//! Perfluorocarbons from anode effects: the slope and overvoltage methods, and what they weigh in
//! CO2.

use super::coefficient::Coefficient;

/// Global warming potentials of one edition \[kg CO2e/kg\].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gwp {
    /// Name on the command line.
    pub name: &'static str,
    /// Of CF4.
    pub cf4: f64,
    /// Of C2F6.
    pub c2f6: f64,
}

impl Gwp {
    /// Where the values come from, as a coefficient without a value of its own.
    #[must_use]
    pub fn provenance(self) -> Coefficient {
        quoted(f64::NAN, "IPCC assessment report, 100 years, as quoted")
    }

    /// What `cf4` and `c2f6` \[kg/t\] weigh.
    fn weigh(self, cf4: f64, c2f6: f64) -> Pfc {
        Pfc { cf4, c2f6, co2e: (cf4 * self.cf4 + c2f6 * self.c2f6) / 1e3 }
    }
}

/// IPCC fourth report, still used in the industry's own statistics.
pub const GWP_AR4: Gwp = Gwp { name: "ar4", cf4: 7_390.0, c2f6: 12_200.0 };
/// IPCC fifth report: China and the European Union.
pub const GWP_AR5: Gwp = Gwp { name: "ar5", cf4: 6_630.0, c2f6: 11_100.0 };
/// IPCC sixth report.
pub const GWP_AR6: Gwp = Gwp { name: "ar6", cf4: 7_380.0, c2f6: 12_400.0 };
/// Every edition.
pub const GWPS: [Gwp; 3] = [GWP_AR4, GWP_AR5, GWP_AR6];

/// How CF4 follows from anode effects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// CF4 = S · (effect minutes per pot-day) \[kg/t per min/(pot d)\].
    Slope(Coefficient),
    /// CF4 = OVC · AEO / CE, with AEO in mV and CE in per cent \[kg/t per mV\].
    Overvoltage(Coefficient),
    /// CF4 whatever the effects \[kg/t\]: a default of the rule, or what the smelter measured.
    Fixed(Coefficient),
}

/// A method with its C2F6 share and its warming potentials.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PfcModel {
    /// Name on the command line.
    pub name: &'static str,
    /// CF4.
    pub method: Method,
    /// C2F6 made per CF4, by mass \[1\].
    pub c2f6_per_cf4: Coefficient,
    /// Warming potentials.
    pub gwp: Gwp,
}

const fn quoted(value: f64, source: &'static str) -> Coefficient {
    Coefficient { value, source, verified: false }
}

const CETS: &str = "CETS-AG-04.01-V01-2024, appendix A, as quoted";
const CBAM_OTHER: &str = "CBAM implementing regulation, as quoted";
const TIER_1: &str = "IPCC 2006, vol. 3, table 4.15, CWPB, from memory";
const IPCC: &str = "IPCC 2006, vol. 3, table 4.16, CWPB, as quoted in the CBAM regulation";
const CBAM: &str = "CBAM implementing regulation, PFPB modern, as quoted";
const OVERVOLTAGE: &str = "CBAM implementing regulation, overvoltage, CWPB, as quoted";

/// China's emission trading guide for aluminium smelting, 2024.
pub const CETS_2024: PfcModel = PfcModel {
    name: "cets2024",
    method: Method::Slope(quoted(0.143, CETS)),
    c2f6_per_cf4: quoted(0.1, CETS),
    gwp: GWP_AR5,
};
/// IPCC 2006 tier 2, centre-worked prebake.
pub const IPCC_2006: PfcModel = PfcModel {
    name: "ipcc2006",
    method: Method::Slope(quoted(0.143, IPCC)),
    c2f6_per_cf4: quoted(0.121, IPCC),
    gwp: GWP_AR5,
};
/// European Union, modern point-fed prebake.
pub const EU_PFPB_MODERN: PfcModel = PfcModel {
    name: "eu-pfpb-m",
    method: Method::Slope(quoted(0.104, CBAM)),
    c2f6_per_cf4: quoted(0.057, CBAM),
    gwp: GWP_AR5,
};
/// Overvoltage method, centre-worked prebake.
pub const OVERVOLTAGE_CWPB: PfcModel = PfcModel {
    name: "overvoltage",
    method: Method::Overvoltage(quoted(1.16, OVERVOLTAGE)),
    c2f6_per_cf4: quoted(0.121, OVERVOLTAGE),
    gwp: GWP_AR5,
};

/// Emissions of a year from which a smelter takes part in China's emission trading \[t CO2e\].
pub const CETS_FROM: Coefficient = quoted(26_000.0, "ICAP and others on the plan of 2025");
/// Below this the United States allow default slopes \[min/(pot d)\].
pub const DEFAULT_BELOW_MINUTES: Coefficient = quoted(0.2, "40 CFR 98.64, as read in the eCFR");
/// And below this default overvoltage coefficients \[mV\].
pub const DEFAULT_BELOW_OVERVOLTAGE: Coefficient = quoted(1.4, "40 CFR 98.64, as read in the eCFR");

/// IPCC 2006 tier 1, centre-worked prebake: for who knows nothing of the effects.
pub const IPCC_2006_TIER_1: PfcModel = PfcModel {
    name: "ipcc2006-tier1",
    method: Method::Fixed(quoted(0.4, TIER_1)),
    c2f6_per_cf4: quoted(0.1, TIER_1),
    gwp: GWP_AR5,
};
/// Default factors of China's emission trading guide, for a smelter that does not count its effects.
pub const CETS_2024_DEFAULT: PfcModel = PfcModel {
    name: "cets2024-default",
    method: Method::Fixed(quoted(0.034, CETS)),
    c2f6_per_cf4: quoted(0.1, CETS),
    gwp: GWP_AR5,
};

const fn slope(name: &'static str, cf4: f64, c2f6_per_cf4: f64) -> PfcModel {
    PfcModel {
        name,
        method: Method::Slope(quoted(cf4, CBAM_OTHER)),
        c2f6_per_cf4: quoted(c2f6_per_cf4, CBAM_OTHER),
        gwp: GWP_AR5,
    }
}

/// Every method, in the order the command line lists them.
pub const MODELS: [PfcModel; 12] = [
    CETS_2024,
    IPCC_2006,
    EU_PFPB_MODERN,
    OVERVOLTAGE_CWPB,
    CETS_2024_DEFAULT,
    IPCC_2006_TIER_1,
    slope("eu-pfpb-l", 0.122, 0.097),
    slope("eu-swpb", 0.233, 0.280),
    slope("eu-vss", 0.058, 0.086),
    slope("eu-hss", 0.165, 0.077),
    PfcModel {
        name: "overvoltage-swpb",
        method: Method::Overvoltage(quoted(3.65, CBAM_OTHER)),
        c2f6_per_cf4: quoted(0.252, CBAM_OTHER),
        gwp: GWP_AR5,
    },
    MEASURED,
];

/// A smelter's own measurement of CF4, put in by [`PfcModel::measured`]; NaN until then.
pub const MEASURED: PfcModel = PfcModel {
    name: "measured",
    method: Method::Fixed(quoted(f64::NAN, "the smelter's own campaign")),
    c2f6_per_cf4: quoted(f64::NAN, "the smelter's own campaign"),
    gwp: GWP_AR5,
};

/// What is known of the anode effects of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effects {
    /// Minutes of effect per pot and day \[min/(pot d)\].
    pub minutes_per_pot_day: f64,
    /// Mean overvoltage of the effects over the whole time \[V\].
    pub overvoltage: f64,
    /// Current efficiency \[1\].
    pub current_efficiency: f64,
}

/// Emissions of a tonne of metal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pfc {
    /// CF4 \[kg/t\].
    pub cf4: f64,
    /// C2F6 \[kg/t\].
    pub c2f6: f64,
    /// Both as CO2 \[t/t\].
    pub co2e: f64,
}

impl PfcModel {
    /// Emissions for these effects; NaN when the method needs what is not known.
    #[must_use]
    pub fn emissions(&self, effects: &Effects) -> Pfc {
        let cf4 = match self.method {
            Method::Slope(slope) => slope.value * effects.minutes_per_pot_day,
            Method::Overvoltage(ovc) if effects.current_efficiency > 0.0 => {
                ovc.value * (effects.overvoltage * 1e3) / (effects.current_efficiency * 100.0)
            }
            Method::Overvoltage(_) => f64::NAN,
            Method::Fixed(cf4) => cf4.value,
        };
        let c2f6 = cf4 * self.c2f6_per_cf4.value;
        self.gwp.weigh(cf4, c2f6)
    }

    /// The smelter's own figures: `cf4` \[kg/t\] and C2F6 over CF4 by mass.
    #[must_use]
    pub fn measured(cf4: f64, c2f6_per_cf4: f64) -> Self {
        let own = |value| Coefficient { value, source: "the smelter's own campaign", verified: true };
        Self { method: Method::Fixed(own(cf4)), c2f6_per_cf4: own(c2f6_per_cf4), ..MEASURED }
    }

    /// True when the primary text behind every coefficient was read.
    #[must_use]
    pub fn verified(&self) -> bool {
        let (Method::Slope(first) | Method::Overvoltage(first) | Method::Fixed(first)) = self.method;
        first.verified && self.c2f6_per_cf4.verified
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effects(minutes: f64) -> Effects {
        Effects { minutes_per_pot_day: minutes, overvoltage: f64::NAN, current_efficiency: 0.94 }
    }

    #[test]
    fn three_minutes_every_twenty_days() {
        let pfc = CETS_2024.emissions(&effects(0.05 * 3.0));
        assert!((pfc.cf4 - 0.021_45).abs() < 1e-12);
        assert!((pfc.c2f6 - 0.002_145).abs() < 1e-12);
        assert!((pfc.co2e - 0.1660).abs() < 5e-5);
    }

    #[test]
    fn who_does_not_count_pays_for_a_quarter_of_a_minute_a_day() {
        let flat = CETS_2024_DEFAULT.emissions(&effects(f64::NAN));
        assert!((flat.co2e - 0.2632).abs() < 5e-5);
        let counted = CETS_2024.emissions(&effects(0.034 / 0.143));
        assert!((counted.co2e - flat.co2e).abs() < 1e-12);
    }

    #[test]
    fn the_modern_european_factor_gives_a_third_less() {
        let pfc = EU_PFPB_MODERN.emissions(&effects(0.15));
        assert!((pfc.cf4 - 0.0156).abs() < 1e-12);
        assert!((pfc.co2e - 0.1133).abs() < 5e-5);
    }

    #[test]
    fn overvoltage_needs_the_overvoltage() {
        assert!(OVERVOLTAGE_CWPB.emissions(&effects(0.15)).co2e.is_nan());
        let known = Effects { overvoltage: 1.4e-3, current_efficiency: 0.94, minutes_per_pot_day: 0.0 };
        assert!((OVERVOLTAGE_CWPB.emissions(&known).cf4 - 1.16 * 1.4 / 94.0).abs() < 1e-12);
    }

    #[test]
    fn own_figures_stand_for_themselves() {
        assert!(MEASURED.emissions(&effects(0.15)).co2e.is_nan());
        let own = PfcModel::measured(0.02, 0.05).emissions(&effects(f64::NAN));
        assert!((own.co2e - (0.02 * 6_630.0 + 0.001 * 11_100.0) / 1e3).abs() < 1e-12);
    }

    #[test]
    fn the_edition_of_the_warming_potentials_is_a_choice() {
        let at = |gwp| PfcModel { gwp, ..CETS_2024 }.emissions(&effects(0.15)).co2e;
        assert!((at(GWP_AR4) - (0.021_45 * 7_390.0 + 0.002_145 * 12_200.0) / 1e3).abs() < 1e-12);
        assert!(at(GWP_AR6) > at(GWP_AR4) && at(GWP_AR4) > at(GWP_AR5));
    }

    #[test]
    fn nothing_claims_to_be_verified_by_accident() {
        assert!(MODELS.iter().all(|model| !model.verified()));
    }
}
