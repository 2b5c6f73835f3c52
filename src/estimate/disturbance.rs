//! What happens to a cell that the balances of the estimator do not tell of.

use crate::image::Mode;

/// Something that the balances do not tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub enum Disturbance {
    /// Nothing.
    #[default]
    None,
    /// Metal is tapped, and bath with it; the beam follows.
    Tapping,
    /// An anode is changed: the new one carries hardly any current, and cover falls in.
    AnodeChange,
    /// An anode effect: beam and alumina move fast.
    Effect,
    /// A person is at the pot, or nobody says what goes on.
    Unknown,
}

/// What a disturbance leaves behind.
pub(super) struct Trace {
    /// Voltage that comes to stay, and its deviation \[V\].
    pub volts: f64,
    pub volts_sigma: f64,
    /// Deviation of the alumina, mass fraction.
    pub alumina: f64,
}

impl Disturbance {
    /// What a position of the mode switch means, and an anode effect besides.
    #[must_use]
    pub fn of(mode: Mode, effect: bool) -> Self {
        match mode {
            _ if effect => Self::Effect,
            Mode::Tapping => Self::Tapping,
            Mode::AnodeChange => Self::AnodeChange,
            Mode::Manual | Mode::Off => Self::Unknown,
            Mode::Auto | Mode::StartUp => Self::None,
        }
    }

    /// Alumina of the cover that falls in when it begins, and its deviation \[kg\]: the figure of the
    /// simulator of this crate, itself a guess, so agreement with it proves nothing.
    pub(super) fn brings(self) -> (f64, f64) {
        if self == Self::AnodeChange { (8.0, 4.0) } else { (0.0, 0.0) }
    }

    /// What it leaves when it ends. A new anode is one of forty-eight that carries no current for
    /// hours, so the others carry a forty-seventh more: of some 1.4 V across bath and anodes that is
    /// 30 mV, written as 28 mV; 30–60 mV is what plants allow for it (unverified). The deviations are
    /// engineering judgement: an anode's height is set by hand, a tap is followed to a millimetre. They are
    /// wide on purpose, so that what the operation did to the distance is not taken for alumina.
    pub(super) fn leaves(self) -> Trace {
        let (volts, volts_sigma, alumina) = match self {
            Self::None => (0.0, 0.0, 0.0),
            Self::Tapping => (0.0, 0.03, 0.0001),
            Self::AnodeChange => (0.028, 0.03, 0.0002),
            Self::Effect => (0.0, 0.05, 0.0015),
            Self::Unknown => (0.0, 0.1, 0.0015),
        };
        Trace { volts, volts_sigma, alumina }
    }
}
