//! A plan of the line current, made beforehand: so many steps of equal length, each with its share.

/// Most steps of a plan: eight days by the hour, two by the quarter.
pub const STEPS: usize = 192;

/// Shares of the nominal current, one for each step \[%\].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    count: usize,
    pct: [f64; STEPS],
}

impl Default for Shares {
    fn default() -> Self {
        Self { count: 0, pct: [100.0; STEPS] }
    }
}

impl Shares {
    /// One more step; false when there is no room.
    pub fn push(&mut self, pct: f64) -> bool {
        let Some(place) = self.pct.get_mut(self.count) else { return false };
        *place = pct;
        self.count += 1;
        true
    }

    /// The steps, in order.
    #[must_use]
    pub fn steps(&self) -> &[f64] {
        self.pct.get(..self.count).unwrap_or(&[])
    }
}

impl FromIterator<f64> for Shares {
    /// What is too long is cut off.
    fn from_iter<T: IntoIterator<Item = f64>>(steps: T) -> Self {
        let mut shares = Self::default();
        for pct in steps {
            shares.push(pct);
        }
        shares
    }
}

/// Settings of a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Plan {
    /// PLC time at which it begins \[h\], 0..1e6.
    pub from_h: f64,
    /// Length of a step \[min\], 5..120.
    pub step_min: f64,
    /// Share of the nominal current in each step \[%\], 50..115, at most 192; none = no plan.
    #[cfg_attr(feature = "cli", schemars(with = "std::vec::Vec<f64>"))]
    pub share_pct: Shares,
}

impl Default for Plan {
    fn default() -> Self {
        Self { from_h: 0.0, step_min: 60.0, share_pct: Shares::default() }
    }
}

impl Plan {
    /// Share of the nominal current at `now` \[s\]; `None` before its begin and after its end.
    #[must_use]
    pub fn share(&self, now: f64) -> Option<f64> {
        let step = (now - self.from_h * 3_600.0) / (self.step_min * 60.0);
        // What is no number, or negative, is in no step.
        let index = if step >= 0.0 { step as usize } else { return None };
        self.share_pct.steps().get(index).map(|pct| pct / 100.0)
    }
}

#[cfg(feature = "serde")]
mod list {
    use super::{STEPS, Shares};
    use core::fmt;
    use serde::de::{Error, SeqAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    impl Serialize for Shares {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.steps())
        }
    }

    struct Steps;

    impl<'de> Visitor<'de> for Steps {
        type Value = Shares;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            write!(f, "a list of at most {STEPS} shares in percent")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Shares, A::Error> {
            let mut shares = Shares::default();
            while let Some(pct) = list.next_element()? {
                if !shares.push(pct) {
                    return Err(A::Error::custom(format_args!("a plan has at most {STEPS} steps")));
                }
            }
            Ok(shares)
        }
    }

    impl<'de> Deserialize<'de> for Shares {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_seq(Steps)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_followed_step_by_step_and_ends() {
        let plan = Plan { from_h: 1.0, step_min: 30.0, share_pct: [95.0, 105.0].into_iter().collect() };
        for (minute, expected) in
            [(59.0, None), (60.0, Some(0.95)), (89.0, Some(0.95)), (90.0, Some(1.05)), (120.0, None)]
        {
            assert_eq!(plan.share(minute * 60.0), expected, "{minute}");
        }
        assert_eq!(plan.share(f64::NAN), None);
        assert_eq!(Plan::default().share(0.0), None);
    }

    #[test]
    fn a_plan_that_is_too_long_is_refused() {
        let shares: Shares = (0..STEPS).map(|_| 100.0).collect();
        assert!(!{ shares }.push(100.0));
        assert_eq!(shares.steps().len(), STEPS);
    }
}
