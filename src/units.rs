//! Conversions for the edge of the crate. Inside, everything is SI.

use crate::consts::ZERO_CELSIUS;

/// \[°C\] to \[K\].
#[inline]
#[must_use]
pub fn celsius_to_kelvin(celsius: f64) -> f64 {
    celsius + ZERO_CELSIUS
}

/// \[K\] to \[°C\].
#[inline]
#[must_use]
pub fn kelvin_to_celsius(kelvin: f64) -> f64 {
    kelvin - ZERO_CELSIUS
}

/// Energy of metal production \[J/kg\] to \[kWh/t\].
#[inline]
#[must_use]
pub fn joule_per_kg_to_kwh_per_t(value: f64) -> f64 {
    value / 3_600.0
}

/// Pseudo-resistance \[Ω\] to \[µΩ\].
#[inline]
#[must_use]
pub fn ohm_to_microohm(value: f64) -> f64 {
    value * 1e6
}
