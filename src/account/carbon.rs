//! Carbon dioxide: of the anodes, and of the electricity.
//!
//! ```text
//! anodes       E = NAC (100 - S - A) / 100 · 44/12          [t CO2/t]
//! electricity  E = e · f / 1000                             [t CO2/t]
//! ```
//!
//! NAC net carbon of the anodes \[t/t\], S sulphur and A ash \[wt %\]; e comprehensive energy
//! \[kWh/t\], f factor of the electricity \[kg CO2/kWh\]. The first is the mass balance of 40 CFR 98
//! subpart F (and of IPCC 2006, vol. 3, chapter 4). 44/12 is the rule's own rounding of the molar masses.

use super::coefficient::Coefficient;

const fn quoted(value: f64, source: &'static str) -> Coefficient {
    Coefficient { value, source, verified: false }
}

/// Carbon dioxide per carbon \[kg/kg\], as the rules write it.
const CO2_PER_CARBON: f64 = 44.0 / 12.0;

const CFR: &str = "40 CFR 98, table F-2";

/// Sulphur of baked anodes \[wt %\].
pub const SULPHUR: Coefficient = quoted(2.0, CFR);
/// Ash of baked anodes \[wt %\].
pub const ASH: Coefficient = quoted(0.4, CFR);
/// Net carbon of the anodes \[t/t\], where none is measured.
pub const NET_CARBON: Coefficient = quoted(0.41, "customary for prebake lines, 0.40 to 0.43");

/// Anodes as far as their carbon goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anodes {
    /// Net carbon \[t/t\].
    pub net_carbon: f64,
    /// Sulphur \[wt %\].
    pub sulphur_pct: f64,
    /// Ash \[wt %\].
    pub ash_pct: f64,
}

impl Default for Anodes {
    fn default() -> Self {
        Self { net_carbon: NET_CARBON.value, sulphur_pct: SULPHUR.value, ash_pct: ASH.value }
    }
}

impl Anodes {
    /// Carbon dioxide of a tonne of metal \[t/t\]; NaN for impurities outside 0 to 100 % together or a
    /// negative consumption.
    #[must_use]
    pub fn co2(&self) -> f64 {
        let impure = self.sulphur_pct + self.ash_pct;
        let sound = self.net_carbon >= 0.0 && self.sulphur_pct >= 0.0 && self.ash_pct >= 0.0;
        if sound && impure <= 100.0 {
            self.net_carbon * (100.0 - impure) / 100.0 * CO2_PER_CARBON
        } else {
            f64::NAN
        }
    }
}

/// A source of electricity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Source {
    /// Name on the command line.
    pub name: &'static str,
    /// In the potroom.
    pub name_zh: &'static str,
    /// Of its own stack \[kg CO2/kWh\].
    pub direct: Coefficient,
    /// Over its whole life, building and fuel included \[kg CO2e/kWh\].
    pub life_cycle: Coefficient,
}

const STACK: &str = "IPCC 2006, vol. 2, table 2.2 at 40 % (coal) and 50 % (gas) efficiency";
const LIFE: &str = "IPCC AR5 WG III, annex III, table A.III.2, medians, as quoted";

const fn clean(name: &'static str, name_zh: &'static str, life_cycle: f64) -> Source {
    Source { name, name_zh, direct: quoted(0.0, "burns nothing"), life_cycle: quoted(life_cycle, LIFE) }
}

/// Every source.
pub const SOURCES: [Source; 6] = [
    // 94.6 and 56.1 kg CO2/GJ of fuel.
    Source { name: "coal", name_zh: "煤电", direct: quoted(0.851, STACK), life_cycle: quoted(0.820, LIFE) },
    Source { name: "gas", name_zh: "气电", direct: quoted(0.404, STACK), life_cycle: quoted(0.490, LIFE) },
    clean("hydro", "水电", 0.024),
    clean("wind", "风电", 0.011),
    clean("solar", "光伏", 0.048),
    clean("nuclear", "核电", 0.012),
];

/// Published mean factor of a grid \[kg CO2/kWh\].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Name on the command line.
    pub name: &'static str,
    /// Factor.
    pub factor: Coefficient,
}

const MEE: &str = "Ministry of Ecology and Environment, 26 Dec 2024, for 2022, as reported";

/// Every grid.
pub const GRIDS: [Grid; 4] = [
    Grid { name: "china", factor: quoted(0.5366, MEE) },
    Grid { name: "china-residual", factor: quoted(0.5856, MEE) },
    Grid { name: "yunnan", factor: quoted(0.1073, MEE) },
    Grid { name: "sichuan", factor: quoted(0.1404, MEE) },
];

/// Factor of a mix \[kg/kWh\]: the mean of its parts, each a factor and its share. NaN unless the
/// shares lie in 0..=1 and sum to 1 within a hundredth.
#[must_use]
pub fn mix(parts: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    let (mut factor, mut whole) = (0.0, 0.0);
    for (part, share) in parts {
        if !(0.0..=1.0).contains(&share) {
            return f64::NAN;
        }
        factor += part * share;
        whole += share;
    }
    if (whole - 1.0_f64).abs() <= 0.01 { factor / whole } else { f64::NAN }
}

/// Carbon dioxide of the electricity of a tonne \[t/t\]: `energy` \[kWh/t\] at `factor` \[kg/kWh\].
#[must_use]
pub fn electricity(energy: f64, factor: f64) -> f64 {
    energy * factor / 1e3
}
