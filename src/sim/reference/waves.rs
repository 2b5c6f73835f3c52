//! Gravity waves of the interface between metal and bath in a rectangular cell.

use crate::math::sqrt;
use core::f64::consts::{PI, TAU};

/// Two liquids in a rectangular cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layers {
    /// Inner length \[m\].
    pub length: f64,
    /// Inner width \[m\].
    pub width: f64,
    /// Metal height \[m\].
    pub metal_height: f64,
    /// Bath height between metal and anodes \[m\].
    pub bath_height: f64,
    /// Density of the metal \[kg/m³\].
    pub metal_density: f64,
    /// Density of the bath, below that of the metal \[kg/m³\].
    pub bath_density: f64,
    /// Acceleration of free fall \[m/s²\].
    pub gravity: f64,
}

/// Frequency \[Hz\] of standing mode (m, n) with `m` half waves along the cell and `n` across, without
/// current and friction:
///
/// ```text
/// ω² = g k (ρ_m - ρ_b) / (ρ_m coth(k h_m) + ρ_b coth(k h_b)),   k² = (π m/L)² + (π n/W)²
/// ```
///
/// Linear theory of two inviscid layers between rigid walls (Lamb, Hydrodynamics, art. 231), for
/// amplitudes small against both heights. 0 for mode (0, 0), NaN for a bath heavier than the metal.
#[must_use]
pub fn interface_wave_frequency(layers: &Layers, m: u32, n: u32) -> f64 {
    let k = wave_number(layers, m, n);
    if k == 0.0 {
        return 0.0;
    }
    let inertia = layers.metal_density / (k * layers.metal_height).tanh()
        + layers.bath_density / (k * layers.bath_height).tanh();
    sqrt(layers.gravity * k * (layers.metal_density - layers.bath_density) / inertia) / TAU
}

/// The same in shallow water, k h → 0:
///
/// ```text
/// ω² = g k² (ρ_m - ρ_b) / (ρ_m/h_m + ρ_b/h_b)
/// ```
#[must_use]
pub fn shallow_wave_frequency(layers: &Layers, m: u32, n: u32) -> f64 {
    let inertia = layers.metal_density / layers.metal_height + layers.bath_density / layers.bath_height;
    let weight = layers.gravity * (layers.metal_density - layers.bath_density);
    wave_number(layers, m, n) * sqrt(weight / inertia) / TAU
}

fn wave_number(layers: &Layers, m: u32, n: u32) -> f64 {
    let along = f64::from(m) / layers.length;
    let across = f64::from(n) / layers.width;
    PI * sqrt(along * along + across * across)
}
