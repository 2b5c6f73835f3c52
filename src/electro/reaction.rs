//! The heat the reaction takes: what of the voltage makes metal instead of warming the cell.
//!
//! Net reaction per 3 F at current efficiency x:
//! `(x/2) Al2O3 + 3/4 C -> x Al + 3/4 (2x - 1) CO2 + 3/2 (1 - x) CO`, reactants at 25 °C. It
//! includes heating and dissolving the alumina: take neither off a second time.

use crate::consts::FARADAY;
use crate::math::clamp;

/// Formation enthalpies at 298 K \[kJ/mol\] (NIST): Al2O3, CO2, CO.
const AL2O3: f64 = -1675.690;
const CO2: f64 = -393.5224;
const CO: f64 = -110.5271;

/// Enthalpy of liquid aluminium over solid at 25 °C \[kJ/mol\], t = T/1000: A t - E/t + F (NIST
/// Shomate, 933-2791 K).
fn aluminium(t: f64) -> f64 {
    31.751_04 * t - 5.480_037e-9 / t - 0.945_684
}

/// Enthalpy of CO2 with its formation \[kJ/mol\]: A t + B t²/2 + C t³/3 + D t⁴/4 - E/t + F (NIST
/// Shomate, 1200-6000 K).
fn carbon_dioxide(t: f64) -> f64 {
    t * (58.166_39 + t * (2.720_074 / 2.0 + t * (-0.492_289 / 3.0 + t * 0.038_844 / 4.0))) + 6.447_293 / t
        - 425.9186
}

/// Enthalpy of CO with its formation \[kJ/mol\] (NIST Shomate, 298-1300 K).
fn carbon_monoxide(t: f64) -> f64 {
    t * (25.567_59 + t * (6.096_130 / 2.0 + t * (4.054_656 / 3.0 - t * 2.671_301 / 4.0)))
        - 0.131_021 / t
        - 118.0089
}

/// Gas made per 3 F \[mol\]: (CO2, CO) at current efficiency x: 3/4 (2x - 1) and 3/2 (1 - x)
/// (Pearson and Waddington). `current_efficiency` is held in 0.5..=1.
#[must_use]
pub fn anode_gas(current_efficiency: f64) -> (f64, f64) {
    let x = clamp(current_efficiency, 0.5, 1.0);
    (0.75 * (2.0 * x - 1.0), 1.5 * (1.0 - x))
}

/// Enthalpy per 3 F \[J\]: reactants at 25 °C, metal at `temperature` \[K\], gas with the given
/// enthalpies (CO2, CO) \[kJ/mol\].
fn enthalpy(temperature: f64, current_efficiency: f64, (co2, co): (f64, f64)) -> f64 {
    let x = clamp(current_efficiency, 0.5, 1.0);
    let (moles_co2, moles_co) = anode_gas(x);
    let metal = aluminium(clamp(temperature, 1200.0, 1300.0) / 1e3);
    1e3 * (x * metal + moles_co2 * co2 + moles_co * co - 0.5 * x * AL2O3)
}

/// Enthalpy of the cell reaction per 3 F \[J\] (per mole of metal at efficiency 1): reactants at
/// 25 °C, metal and gas at `temperature` \[K\].
///
/// From the NIST Shomate equations; 615.67 kJ at 960 °C, the published 6.34 kWh/kg. `temperature`
/// is held in 1200..=1300 K, `current_efficiency` in 0.5..=1.
#[must_use]
pub fn reaction_enthalpy(temperature: f64, current_efficiency: f64) -> f64 {
    let t = clamp(temperature, 1200.0, 1300.0) / 1e3;
    enthalpy(temperature, current_efficiency, (carbon_dioxide(t), carbon_monoxide(t)))
}

/// [`reaction_enthalpy`] as a voltage \[V\]: what of the cell voltage makes metal, gas leaving at
/// bath temperature. About 1.65 CE + 0.48 (Haupin and Kvande, Light Metals 2000).
#[must_use]
pub fn reaction_voltage(temperature: f64, current_efficiency: f64) -> f64 {
    reaction_enthalpy(temperature, current_efficiency) / (3.0 * FARADAY)
}

/// The same \[V\] if the gas leaves at 25 °C, having given its heat back to crust and anodes.
#[must_use]
pub fn reaction_voltage_cold_gas(temperature: f64, current_efficiency: f64) -> f64 {
    enthalpy(temperature, current_efficiency, (CO2, CO)) / (3.0 * FARADAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consts::M_AL;
    use crate::units::celsius_to_kelvin;

    #[test]
    fn table_over_temperature() {
        for (celsius, kj, kwh, volts, slope, at_zero, at_94) in [
            (950.0, 614.93, 6.3307, 2.1244, 1.6447, 0.47970, 2.0257),
            (960.0, 615.67, 6.3384, 2.1270, 1.6470, 0.48001, 2.0282),
            (970.0, 616.41, 6.3460, 2.1295, 1.6492, 0.48033, 2.0306),
            (977.0, 616.93, 6.3514, 2.1313, 1.6508, 0.48054, 2.0323),
        ] {
            let t = celsius_to_kelvin(celsius);
            let h = reaction_enthalpy(t, 1.0);
            assert!((h / 1e3 - kj).abs() < 5.1e-3, "{h}");
            assert!((h / M_AL / 3.6e6 - kwh).abs() < 5.1e-5, "{h}");
            let (full, half) = (reaction_voltage(t, 1.0), reaction_voltage(t, 0.5));
            assert!((full - volts).abs() < 5.1e-5, "{full}");
            assert!((2.0 * (full - half) - slope).abs() < 5.1e-5);
            assert!((2.0 * half - full - at_zero).abs() < 5.1e-6);
            assert!((reaction_voltage(t, 0.94) - at_94).abs() < 5.1e-5);
        }
    }

    #[test]
    fn cold_gas_convention() {
        let t = celsius_to_kelvin(960.0);
        let (full, half) = (reaction_voltage_cold_gas(t, 1.0), reaction_voltage_cold_gas(t, 0.5));
        assert!((2.0 * (full - half) - 1.5600).abs() < 5.1e-5);
        assert!((2.0 * half - full - 0.44688).abs() < 5.1e-6);
        assert!((full * 3.0 * FARADAY / M_AL / 3.6e6 - 5.9805).abs() < 5.1e-5);
    }

    #[test]
    fn parts_of_the_enthalpy_at_960_c() {
        let t = 1.233_15;
        assert!((aluminium(t) - 38.208).abs() < 5.1e-4);
        assert!((carbon_dioxide(t) - CO2 - 46.343).abs() < 5.1e-4);
        assert!((carbon_monoxide(t) - CO - 29.566).abs() < 5.1e-4);
    }

    #[test]
    fn gas_follows_pearson_and_waddington() {
        assert_eq!(anode_gas(1.0), (0.75, 0.0));
        assert_eq!(anode_gas(0.5), (0.0, 0.75));
        let (co2, co) = anode_gas(0.94);
        assert!((co2 / (co2 + co) - (2.0 * 0.94 - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn heat_of_a_500_ka_cell() {
        let watts = 500e3 * (4.0690 - 0.180 - reaction_voltage(celsius_to_kelvin(960.0), 0.94));
        assert!((watts / 1e3 - 930.39).abs() < 0.05, "{watts}");
    }
}
