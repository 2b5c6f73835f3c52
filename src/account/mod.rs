//! What a line is judged by: energy, current efficiency, anode effects, emissions, the KPI object every
//! command prints, the daily report of each cell, and whether the meters behind it all agree.

pub mod carbon;
mod coefficient;
pub mod daily;
mod effect;
pub mod energy;
mod figures;
pub mod fluoride;
mod kpi;
#[cfg(feature = "ledger")]
pub mod ledger;
pub mod limits;
mod moments;
pub mod norm;
pub mod percentile;
pub mod pfc;
pub mod price;
pub mod reconcile;
pub mod tariff;
pub mod value_added;

pub use coefficient::Coefficient;
pub use effect::{EffectCounter, EffectRule};
pub use energy::Energy;
pub use figures::{Better, FIGURES, Figure};
pub use kpi::{Basis, Kpi, KpiAccumulator, Limits, Sample};

#[cfg(test)]
mod tests;
