//! Specific energy: from cell voltage to direct current, to alternating current, to the
//! comprehensive figure of the norms.

use super::coefficient::Coefficient;
use super::pfc::{self, PfcModel};
use crate::consts::ALUMINIUM_PER_COULOMB;

/// Joules in a kilowatt-hour.
const JOULE_PER_KWH: f64 = 3.6e6;

/// Efficiency of transformer and rectifier of a modern set \[1\]; older examples use 0.97.
pub const RECTIFIER: Coefficient =
    Coefficient { value: 0.985, source: "customary for modern sets, 0.98 to 0.985", verified: false };

/// How energy and emissions are counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Energy {
    /// Direct-current energy at the cells over alternating-current energy at the rectifier \[1\].
    pub rectifier_efficiency: f64,
    /// How anode effects become PFC emissions.
    pub pfc: PfcModel,
}

impl Default for Energy {
    fn default() -> Self {
        Self { rectifier_efficiency: RECTIFIER.value, pfc: pfc::CETS_2024 }
    }
}

impl Energy {
    /// Alternating-current energy at the rectifier input \[kWh/t\] for `dc` \[kWh/t\]; NaN unless the
    /// efficiency lies in (0, 1].
    #[must_use]
    pub fn ac(&self, dc: f64) -> f64 {
        let efficiency = self.rectifier_efficiency;
        if efficiency > 0.0 && efficiency <= 1.0 { dc / efficiency } else { f64::NAN }
    }

    /// Comprehensive alternating-current energy \[kWh/t\]: `ac` and the auxiliaries (fume treatment,
    /// air, cranes, lighting), both \[kWh/t\]. Whether desulphurisation belongs in depends on the rule,
    /// so the caller adds it.
    #[must_use]
    pub fn comprehensive(ac: f64, auxiliaries: f64) -> f64 {
        ac + auxiliaries
    }
}

/// Direct-current energy \[kWh/t\] of cells at `voltage` \[V\] and current efficiency `efficiency`
/// \[1\]: V / (CE M_Al / 3F), that is 2980 V / CE. NaN for a current efficiency that makes no metal.
///
/// The voltage is the average one: effects, busbars and shunted cells have their share in it.
#[must_use]
pub fn dc_from_voltage(voltage: f64, efficiency: f64) -> f64 {
    if efficiency > 0.0 {
        // J/kg to kWh/t: 1000 / 3.6e6.
        voltage / (efficiency * ALUMINIUM_PER_COULOMB) * 1e3 / JOULE_PER_KWH
    } else {
        f64::NAN
    }
}

/// Direct-current energy \[kWh/t\] of `energy` \[J\] spent on `metal` \[kg\]; NaN without metal.
#[must_use]
pub fn dc_from_totals(energy: f64, metal: f64) -> f64 {
    if metal > 0.0 { energy / JOULE_PER_KWH / (metal / 1e3) } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voltage_and_efficiency_give_the_hand_computed_energy() {
        for (voltage, ce, eta, dc, ac) in [
            (3.95, 0.94, 0.985, 12_523.0, 12_713.0),
            (3.90, 0.945, 0.985, 12_299.0, 12_486.0),
            (4.05, 0.925, 0.98, 13_048.0, 13_314.0),
        ] {
            let energy = Energy { rectifier_efficiency: eta, ..Energy::default() };
            let got = dc_from_voltage(voltage, ce);
            // The hand value rests on the rounded 0.33556 g/(A h); the constants here give 0.33557.
            assert!((got - dc).abs() < 1.0, "{got}");
            assert!((energy.ac(got) - ac).abs() < 1.0, "{}", energy.ac(got));
        }
    }

    #[test]
    fn ten_millivolt_are_worth_32_kwh_per_tonne() {
        assert!((dc_from_voltage(3.96, 0.94) - dc_from_voltage(3.95, 0.94) - 31.7).abs() < 0.05);
    }

    #[test]
    fn nothing_made_is_no_number() {
        assert!(dc_from_voltage(4.0, 0.0).is_nan());
        assert!(dc_from_totals(1.0, 0.0).is_nan());
        assert!(Energy { rectifier_efficiency: 0.0, ..Energy::default() }.ac(12_500.0).is_nan());
    }
}
