//! What it takes to bring stopped cells back: bath, metal, days.
//!
//! Nothing of it is simulated: the plant of this crate runs cells, it does not bake or start them. All
//! figures are judgement for 500 kA cells, unverified; a smelter puts in its own.

/// Figures of a restart, for one cell.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct RestartSettings {
    /// Liquid bath poured in \[t\], 1..50.
    pub bath_t: f64,
    /// Liquid metal poured in \[t\], 1..60.
    pub metal_t: f64,
    /// Preheating by current \[h\], 0..200.
    pub preheat_h: f64,
    /// Cells that can be started in a day, 0.2..20: bath is made in running cells.
    pub per_day: f64,
    /// Part of the linings that does not survive, to be lined anew \[%\], 0..100.
    pub lost_pct: f64,
}

impl Default for RestartSettings {
    fn default() -> Self {
        Self { bath_t: 12.0, metal_t: 18.0, preheat_h: 72.0, per_day: 3.0, lost_pct: 10.0 }
    }
}

/// What a number of stopped cells comes to.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Restart {
    /// Cells stopped.
    pub cells: u16,
    /// Bath for their start \[t\].
    pub bath_t: f64,
    /// Metal for their start \[t\].
    pub metal_t: f64,
    /// From the first preheating to the last start \[d\].
    pub days: f64,
    /// Cells to be lined anew.
    pub relined: f64,
}

impl RestartSettings {
    /// What `cells` stopped cells come to.
    #[must_use]
    pub fn of(&self, cells: u16) -> Restart {
        let count = f64::from(cells);
        Restart {
            cells,
            bath_t: count * self.bath_t,
            metal_t: count * self.metal_t,
            days: if cells == 0 { 0.0 } else { self.preheat_h / 24.0 + count / self.per_day },
            relined: count * self.lost_pct / 100.0,
        }
    }
}
