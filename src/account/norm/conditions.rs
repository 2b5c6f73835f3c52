//! Conditions of the trade (铝行业规范条件): what a smelter must keep to be put on the ministry's list.

use crate::account::Coefficient;
use std::prelude::rust_2024::*;

/// What a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Item {
    /// Alternating-current energy of liquid aluminium 铝液交流电耗 \[kWh/t\].
    LiquidAc,
    /// Comprehensive energy of liquid aluminium without desulphurisation 铝液综合交流电耗 \[kWh/t\].
    ComprehensiveAc,
    /// Alumina 氧化铝单耗 \[kg/t\].
    Alumina,
    /// Fluoride salts 氟化盐单耗 \[kg/t\].
    FluorideSalts,
    /// Net carbon of the anodes 阳极净耗 \[kg/t\].
    NetCarbon,
    /// Line current 系列电流, which must reach the figure \[kA\].
    LineCurrent,
}

impl Item {
    /// Its unit.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::LiquidAc | Self::ComprehensiveAc => "kWh/t",
            Self::Alumina | Self::FluorideSalts | Self::NetCarbon => "kg/t",
            Self::LineCurrent => "kA",
        }
    }
}

/// Which lines a condition binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binds {
    /// Every line.
    All,
    /// Lines built after the edition.
    New,
    /// Lines that stood before it.
    Existing,
}

/// One condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    /// What it looks at.
    pub item: Item,
    /// Which lines it binds.
    pub binds: Binds,
    /// The most that is allowed, the least for the line current; unit as the item says.
    pub bound: Coefficient,
}

impl Condition {
    /// True when `value`, in the unit of the item, keeps the condition; a value on the bound does, what
    /// is no number does not.
    #[must_use]
    pub fn kept(&self, value: f64) -> bool {
        match self.item {
            Item::LineCurrent => value >= self.bound.value,
            _ => value <= self.bound.value,
        }
    }
}

/// One edition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edition {
    /// Its name.
    pub name: &'static str,
    /// First year.
    pub from_year: u16,
    /// What it asks.
    pub conditions: &'static [Condition],
}

const fn asks(item: Item, binds: Binds, value: f64) -> Condition {
    Condition { item, binds, bound: Coefficient { value, source: "from memory", verified: false } }
}

/// All editions, oldest first.
pub const EDITIONS: [Edition; 2] = [
    Edition {
        name: "铝行业规范条件 2013",
        from_year: 2013,
        conditions: &[
            asks(Item::LiquidAc, Binds::New, 12_750.0),
            asks(Item::ComprehensiveAc, Binds::Existing, 13_800.0),
        ],
    },
    Edition {
        name: "铝行业规范条件 2020",
        from_year: 2020,
        conditions: &[
            asks(Item::ComprehensiveAc, Binds::All, 13_500.0),
            asks(Item::Alumina, Binds::All, 1_920.0),
            asks(Item::FluorideSalts, Binds::All, 18.0),
            asks(Item::NetCarbon, Binds::All, 410.0),
            asks(Item::LineCurrent, Binds::All, 200.0),
        ],
    },
];

/// The edition in force in `year`; `None` before the first.
#[must_use]
pub fn edition(year: u16) -> Option<&'static Edition> {
    EDITIONS.iter().rev().find(|edition| year >= edition.from_year)
}
