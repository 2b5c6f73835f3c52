//! What a line is judged by: energy, current efficiency, anode effects, emissions, and the KPI object
//! every command prints.

mod coefficient;
mod effect;
pub mod energy;
mod figures;
mod kpi;
pub mod limits;
mod moments;
pub mod percentile;
pub mod pfc;
pub mod tariff;

pub use coefficient::Coefficient;
pub use effect::{EffectCounter, EffectRule};
pub use energy::Energy;
pub use figures::{Better, FIGURES, Figure};
pub use kpi::{Basis, Kpi, KpiAccumulator, Limits, Sample};

#[cfg(test)]
mod tests;
