//! Energy limits of GB 21346 (电解铝单位产品能源消耗限额): three editions, three levels each.
//!
//! ```text
//! level 1 (先进值, advanced)  <  level 2 (准入值, access)  <  level 3 (限定值, limit)  <  not allowed
//! ```
//!
//! The names are those before 2022; the edition of 2022 counts 1 to 3. A figure on a boundary is within
//! it. Alternating current is what law counts, never direct current.

use std::prelude::rust_2024::*;

/// A limit value of one edition, for one indicator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    /// Level 1, level 2, level 3: the largest energy of each, in the unit of the indicator.
    pub most: [f64; 3],
    /// Where it was read.
    pub source: &'static str,
    /// The primary text was read, not only quoted.
    pub verified: bool,
}

impl Levels {
    /// 1 to 3, or `None` above the limit and for what is no number.
    #[must_use]
    pub fn of(&self, energy: f64) -> Option<u8> {
        (1..).zip(self.most).find(|(_, most)| energy <= *most).map(|(level, _)| level)
    }
}

/// One edition of the standard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edition {
    /// Its name.
    pub name: &'static str,
    /// First whole year in which it is in force.
    pub from_year: u16,
    /// Liquid aluminium, alternating current 铝液交流电耗.
    pub liquid: Levels,
    /// Liquid aluminium, comprehensive alternating current 铝液综合交流电耗; the edition of 2008 has
    /// none.
    pub comprehensive: Option<Levels>,
    /// Ingots, comprehensive alternating current 铝锭综合交流电耗.
    pub ingot: Option<Levels>,
    /// Ingots, all energy as standard coal 铝锭综合能源单耗 \[kgce/t\].
    pub ingot_coal: Option<Levels>,
}

const REPOSTED: &str = "foreword of the standard as reposted";
const RULE_BASE: &str = "clause 4.1, table 1, as cited by an open rule base";

const fn quoted(most: [f64; 3], source: &'static str) -> Levels {
    Levels { most, source, verified: false }
}

/// All editions, oldest first.
pub const EDITIONS: [Edition; 3] = [
    Edition {
        name: "GB 21346-2008",
        from_year: 0,
        liquid: quoted([13_500.0, 13_800.0, 14_400.0], "from memory"),
        comprehensive: None,
        ingot: None,
        ingot_coal: None,
    },
    Edition {
        name: "GB 21346-2013",
        from_year: 2014,
        liquid: quoted([12_650.0, 12_750.0, 13_700.0], REPOSTED),
        comprehensive: Some(quoted([13_050.0, 13_150.0, 14_050.0], REPOSTED)),
        ingot: Some(quoted([13_100.0, 13_200.0, 14_100.0], REPOSTED)),
        ingot_coal: Some(quoted([1_660.0, 1_680.0, 1_760.0], REPOSTED)),
    },
    Edition {
        name: "GB 21346-2022",
        from_year: 2024,
        liquid: quoted([12_950.0, 13_000.0, 13_350.0], RULE_BASE),
        comprehensive: Some(quoted([13_250.0, 13_350.0, 13_700.0], RULE_BASE)),
        ingot: Some(quoted([13_300.0, 13_400.0, 13_750.0], RULE_BASE)),
        ingot_coal: Some(quoted([1_670.0, 1_680.0, 1_720.0], RULE_BASE)),
    },
];

/// The edition in force in `year`.
#[must_use]
pub fn edition(year: u16) -> &'static Edition {
    let [oldest, newer @ ..] = &EDITIONS;
    newer.iter().rev().find(|edition| year >= edition.from_year).unwrap_or(oldest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_belongs_to_the_better_level() {
        let mut boundaries = 0;
        for edition in &EDITIONS {
            let all = [Some(edition.liquid), edition.comprehensive, edition.ingot, edition.ingot_coal];
            for levels in all.into_iter().flatten() {
                for (level, most) in (1_u8..).zip(levels.most) {
                    let above = (level < 3).then_some(level + 1);
                    assert_eq!(levels.of(most - 0.1), Some(level), "{}", edition.name);
                    assert_eq!(levels.of(most), Some(level), "{}", edition.name);
                    assert_eq!(levels.of(most + 0.1), above, "{}", edition.name);
                    boundaries += 1;
                }
            }
        }
        assert_eq!(boundaries, 27);
        assert_eq!(EDITIONS[2].liquid.of(f64::NAN), None);
    }

    #[test]
    fn the_year_tells_the_edition() {
        let name = |year| edition(year).name;
        assert_eq!((name(2010), name(2013)), ("GB 21346-2008", "GB 21346-2008"));
        assert_eq!((name(2014), name(2023)), ("GB 21346-2013", "GB 21346-2013"));
        assert_eq!((name(2024), name(2030)), ("GB 21346-2022", "GB 21346-2022"));
    }

    #[test]
    fn the_latest_edition_says_what_is_published() {
        let latest = edition(2025);
        let comprehensive = latest.comprehensive.unwrap();
        assert_eq!((latest.liquid.of(12_950.0), latest.liquid.of(13_350.1)), (Some(1), None));
        assert_eq!((comprehensive.of(13_300.0), comprehensive.of(13_700.0)), (Some(2), Some(3)));
    }
}
