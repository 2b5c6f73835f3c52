//! Limits of GB 25465-2010 (铝工业污染物排放标准) for the air of a potroom, and how an estimate compares
//! with what the stack's own meter (CEMS) shows.

use crate::account::Coefficient;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Pollutant {
    /// Dust 颗粒物.
    Particulate,
    /// Sulphur dioxide 二氧化硫.
    SulphurDioxide,
    /// Fluorides as F 氟化物.
    Fluoride,
}

/// Where the limit applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Place {
    /// Stack of the fume treatment.
    Stack,
    /// Stack in the regions of the special limits (特别排放限值, amendment of 2013).
    SpecialStack,
    /// Fence of the works.
    Boundary,
}

/// One limit \[mg/m³\].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// What is limited.
    pub pollutant: Pollutant,
    /// Where.
    pub place: Place,
    /// The most that is allowed \[mg/m³\].
    pub most: Coefficient,
}

const REPOSTED: &str = "GB 25465-2010 as summarised by a repost";
const MEMORY: &str = "GB 25465-2010, from memory";

const fn limit(pollutant: Pollutant, place: Place, value: f64, source: &'static str) -> Limit {
    Limit { pollutant, place, most: Coefficient { value, source, verified: false } }
}

/// Every limit.
pub const LIMITS: [Limit; 7] = [
    limit(Pollutant::Particulate, Place::Stack, 20.0, MEMORY),
    limit(Pollutant::SulphurDioxide, Place::Stack, 200.0, REPOSTED),
    limit(Pollutant::Fluoride, Place::Stack, 3.0, REPOSTED),
    limit(Pollutant::Particulate, Place::SpecialStack, 10.0, MEMORY),
    limit(Pollutant::SulphurDioxide, Place::SpecialStack, 100.0, MEMORY),
    limit(Pollutant::Fluoride, Place::SpecialStack, 3.0, MEMORY),
    limit(Pollutant::Fluoride, Place::Boundary, 0.02, MEMORY),
];

/// The limit of `pollutant` at `place`, where there is one.
#[must_use]
pub fn find(pollutant: Pollutant, place: Place) -> Option<&'static Limit> {
    LIMITS.iter().find(|limit| limit.pollutant == pollutant && limit.place == place)
}

impl Limit {
    /// True when `concentration` \[mg/m³\] keeps the limit; what is no number does not.
    #[must_use]
    pub fn kept(&self, concentration: f64) -> bool {
        concentration <= self.most.value
    }
}

/// By how much an estimate misses the meter, in deviations of the two together: above 2 somebody should
/// look. All four in the same unit; NaN where neither has an uncertainty.
#[must_use]
pub fn disagreement(estimate: f64, estimate_sigma: f64, measured: f64, measured_sigma: f64) -> f64 {
    (estimate - measured).abs() / estimate_sigma.hypot(measured_sigma)
}
