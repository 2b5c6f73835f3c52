//! Which range was left, when one was.

/// A set of flags; empty when every quantity is where the model is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(pub u32);

impl Flags {
    /// Some ledge segment is at its thinnest: the wall is bare.
    pub const LEDGE_BARE: Self = Self(1);
    /// The bath is below its liquidus.
    pub const FREEZING: Self = Self(1 << 1);
    /// Nothing more can freeze: the bath is a mush.
    pub const FROZEN: Self = Self(1 << 2);
    /// The bath is so hot that the cell vents.
    pub const OVERHEATED: Self = Self(1 << 3);
    /// Temperature or composition outside the range of the property correlations.
    pub const CORRELATIONS: Self = Self(1 << 4);
    /// A zone has no alumina left to use.
    pub const EXHAUSTED: Self = Self(1 << 5);
    /// A zone holds more alumina than dissolves.
    pub const SATURATED: Self = Self(1 << 6);
    /// An anode touches the metal.
    pub const SHORTED: Self = Self(1 << 7);
    /// A spike touches the metal.
    pub const SPIKE: Self = Self(1 << 8);
    /// An anode is used up.
    pub const ANODE_SPENT: Self = Self(1 << 9);
    /// The beam stands at an end of its stroke.
    pub const BEAM_LIMIT: Self = Self(1 << 10);
    /// More was tapped than there is.
    pub const EMPTY: Self = Self(1 << 11);
    /// The bath has no AlF3 left for the soda of the alumina.
    pub const BASIC: Self = Self(1 << 12);
    /// The anode currents did not converge within their iterations.
    pub const NOT_CONVERGED: Self = Self(1 << 13);
    /// An input was not finite or far outside its range and was held.
    pub const INPUT: Self = Self(1 << 14);

    const NAMES: [(Self, &'static str); 15] = [
        (Self::LEDGE_BARE, "side wall bare of ledge"),
        (Self::FREEZING, "bath below its liquidus"),
        (Self::FROZEN, "bath frozen to mush"),
        (Self::OVERHEATED, "bath above 1100 °C"),
        (Self::CORRELATIONS, "outside the range of the property correlations"),
        (Self::EXHAUSTED, "a zone without alumina"),
        (Self::SATURATED, "a zone above alumina saturation"),
        (Self::SHORTED, "an anode touches the metal"),
        (Self::SPIKE, "a spike touches the metal"),
        (Self::ANODE_SPENT, "an anode is used up"),
        (Self::BEAM_LIMIT, "beam at the end of its stroke"),
        (Self::EMPTY, "tapped dry"),
        (Self::BASIC, "no AlF3 left for soda and calcia"),
        (Self::NOT_CONVERGED, "anode currents not converged"),
        (Self::INPUT, "an input held in its range"),
    ];

    /// True when every flag of `other` is raised.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// True when none is raised.
    #[must_use]
    pub fn none(self) -> bool {
        self.0 == 0
    }

    /// Raises `other` when `on`.
    pub(super) fn raise(&mut self, other: Self, on: bool) {
        if on {
            self.0 |= other.0;
        }
    }

    /// The raised flags in words.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(flag, _)| self.has(*flag)).map(|(_, words)| words)
    }
}
