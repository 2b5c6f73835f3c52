//! What goes into the air besides PFC: carbon dioxide and fluoride.

use super::{Args, mark};
use crate::shell::{Exit, Failure};
use potline::account::carbon::{self, Anodes, GRIDS, SOURCES};
use potline::account::fluoride::{Fluoride, Potroom};
use potline::bath::Composition;
use potline::units::celsius_to_kelvin;
use serde::Serialize;

/// Carbon dioxide of a tonne of metal \[t/t\].
#[derive(Serialize)]
pub struct Carbon {
    pub anodes_t_per_t: f64,
    pub pfc_t_per_t: f64,
    pub electricity_t_per_t: Option<f64>,
    pub grid_kg_per_kwh: Option<f64>,
    pub total_t_per_t: f64,
    pub verified: bool,
}

impl Carbon {
    pub fn words(&self) -> String {
        let power = match (self.electricity_t_per_t, self.grid_kg_per_kwh) {
            (Some(power), Some(factor)) => format!(", electricity {power:.3} at {factor:.4} kg/kWh"),
            _ => ", electricity not asked for (--grid)".into(),
        };
        format!(
            "CO2                          {:>10.3} t/t: anodes {:.3}, PFC {:.4}{power}{}\n",
            self.total_t_per_t,
            self.anodes_t_per_t,
            self.pfc_t_per_t,
            mark(self.verified)
        )
    }
}

pub fn carbon(args: &Args, comprehensive: f64, pfc: f64) -> Result<Carbon, Failure> {
    let anodes = Anodes {
        net_carbon: args.net_carbon_kg_t / 1e3,
        sulphur_pct: args.sulphur_pct,
        ash_pct: args.ash_pct,
    };
    let factor = args.grid.as_deref().map(grid).transpose()?;
    let electricity = factor.map(|factor| carbon::electricity(comprehensive, factor));
    Ok(Carbon {
        anodes_t_per_t: anodes.co2(),
        pfc_t_per_t: pfc,
        electricity_t_per_t: electricity,
        grid_kg_per_kwh: factor,
        total_t_per_t: anodes.co2() + pfc + electricity.unwrap_or(0.0),
        verified: false,
    })
}

/// A grid by its name, a factor, or a mix of sources.
fn grid(text: &str) -> Result<f64, Failure> {
    if let Some(grid) = GRIDS.iter().find(|grid| grid.name == text) {
        return Ok(grid.factor.value);
    }
    if let Ok(factor) = text.parse::<f64>() {
        let refused = || Failure::new(Exit::Usage, format!("--grid {text}: give 0 to 2 kg/kWh"));
        return (0.0..=2.0).contains(&factor).then_some(factor).ok_or_else(refused);
    }
    let part = |part: &str| {
        let (name, share) = part.split_once('=')?;
        let source = SOURCES.iter().find(|source| source.name == name.trim())?;
        Some((source.direct.value, share.trim().parse::<f64>().ok()?))
    };
    let parts: Option<Vec<(f64, f64)>> = text.split(',').map(part).collect();
    parts.map(carbon::mix).filter(|factor| factor.is_finite()).ok_or_else(|| {
        let grids: Vec<&str> = GRIDS.iter().map(|grid| grid.name).collect();
        let sources: Vec<&str> = SOURCES.iter().map(|source| source.name).collect();
        let text = format!(
            "--grid {text}: give {}, a factor in kg/kWh, or shares that sum to 1 of {} as coal=0.2,hydro=0.8",
            grids.join(", "),
            sources.join(", ")
        );
        Failure::new(Exit::Usage, text)
    })
}

pub fn fluoride(args: &Args) -> Result<Option<Fluoride>, Failure> {
    let Some([temperature, alf3, open]) = args.fume.as_deref() else { return Ok(None) };
    let within = (900.0..=1_020.0).contains(temperature)
        && (0.0..=25.0).contains(alf3)
        && (0.0..=100.0).contains(open);
    if !within {
        let text = "--fume: give 900 to 1020 °C, 0 to 25 wt % AlF3 and 0 to 100 % of the time";
        return Err(Failure::new(Exit::Usage, text));
    }
    // The rest of a usual bath; it matters little beside the two.
    let bath = Composition::from_wt_pct(*alf3, 2.5, 5.0, 0.0, 0.0, 0.0);
    let room = Potroom { open_share: open / 100.0, ..Potroom::default() };
    Ok(Some(room.fluoride(&bath, celsius_to_kelvin(*temperature), 0.94)))
}
