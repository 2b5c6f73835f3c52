//! What people measure by hand: bath samples, dipstick heights, anode rod currents.

/// Most anodes of a cell.
pub const MAX_ANODES: usize = 48;

/// A bath sample as the laboratory reports it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct LabSample {
    /// When it was taken \[s\].
    pub taken: f64,
    /// When its result was known \[s\].
    pub ready: f64,
    /// Excess AlF3, mass fraction \[1\].
    pub alf3: f64,
    /// CaF2, mass fraction \[1\].
    pub caf2: f64,
    /// LiF, mass fraction \[1\].
    pub lif: f64,
    /// Bath temperature beside the sample \[K\].
    pub temperature: f64,
}

/// Heights read from a dipstick.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Dip {
    /// When it was taken \[s\].
    pub taken: f64,
    /// Metal height \[m\].
    pub metal: f64,
    /// Bath height above the metal \[m\].
    pub bath: f64,
}

/// One round of the clamp meter over the anode rods.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RodCurrents {
    /// When it was taken \[s\].
    pub taken: f64,
    /// Current of each rod; row 0 is the first half \[A\].
    pub current: [f64; MAX_ANODES],
}

impl Default for RodCurrents {
    fn default() -> Self {
        Self { taken: 0.0, current: [0.0; MAX_ANODES] }
    }
}
