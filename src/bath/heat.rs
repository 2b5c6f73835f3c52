//! Heat data of bath, metal, ledge and alumina. Constants: their change over the 50 K a cell works
//! in is smaller than the spread between sources.

/// Specific heat of liquid bath \[J/(kg K)\]. Published cell models use 1767 (Lundby et al., J.
/// Process Control 105 (2021)) to 1881; this lies between.
pub const CP_BATH: f64 = 1780.0;
/// Specific heat of liquid aluminium \[J/(kg K)\]: 31.75 J/(mol K) (NIST Shomate), rounded.
pub const CP_METAL: f64 = 1175.0;
/// Specific heat of frozen ledge \[J/(kg K)\]; published models use 1320 and 1403.
pub const CP_LEDGE: f64 = 1403.0;
/// Latent heat of freezing bath \[J/kg\]: 550.8 kJ/kg in published alumina transport models; Dewing,
/// Met. Mat. Trans. B 28 (1997) 1095, has 568 kJ/kg for stoichiometric cryolite.
pub const LATENT_LEDGE: f64 = 550.8e3;
/// Thermal conductivity of frozen ledge \[W/(m K)\]: published cell models have 1.2 (with
/// trapped bath) to 2.5.
pub const CONDUCTIVITY_LEDGE: f64 = 2.0;
/// Density of frozen ledge \[kg/m³\]; about that of solid cryolite (unverified).
pub const DENSITY_LEDGE: f64 = 2900.0;
/// Heat transfer from bath to ledge \[W/(m² K)\] in the model of Lundby et al.; plants have
/// 300-1500 (unverified).
pub const FILM_BATH_LEDGE: f64 = 1200.0;
/// Heat to bring alumina from 25 to 960 °C \[J/kg\] (NIST Shomate).
pub const ALUMINA_HEATING: f64 = 1.0548e6;
/// Heat to dissolve alumina at low concentration \[J/kg\], about 110 kJ/mol (unverified).
pub const ALUMINA_DISSOLUTION: f64 = 1.1e6;
/// Heat to bring aluminium from solid at 25 to liquid at 960 °C \[J/kg\] (NIST Shomate).
pub const METAL_HEATING: f64 = 1.4161e6;
/// Viscosity of bath \[Pa s\]: 2.2-2.8 mPa s at 950-965 °C, no dependable correlation.
pub const VISCOSITY_BATH: f64 = 2.5e-3;

/// Viscosity of liquid aluminium \[Pa s\] at `temperature` \[K\]: log10(η/mPa s) = -0.7324 + 803.49/T
/// (Assael et al., J. Phys. Chem. Ref. Data 35 (2006) 285; unverified). Held in 933..=1500 K.
#[must_use]
pub fn metal_viscosity(temperature: f64) -> f64 {
    let log10 = -0.7324 + 803.49 / crate::math::clamp(temperature, 933.47, 1500.0);
    1e-3 * crate::math::exp(core::f64::consts::LN_10 * log10)
}

#[cfg(test)]
mod tests {
    #[test]
    fn metal_viscosity_at_960_c() {
        assert!((super::metal_viscosity(1233.15) * 1e3 - 0.830_19).abs() < 1e-5);
    }
}
