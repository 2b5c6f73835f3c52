//! `potline voltage`.

use crate::properties::{composition_problems, row};
use crate::shell::{Exit, Failure, Outcome, Shell};
use potline::electro::{self, Breakdown, Design, Operating, yao2017};
use potline::error::in_range;
use potline::units::{celsius_to_kelvin, kelvin_to_celsius};
use serde::Serialize;
use std::fmt::Write;

/// Break-down of the voltage of one cell that is not on anode effect.
///
/// Starts from a worked example, a 500 kA cell at 4.2 cm and 2.5 % alumina (form `recommended`) or
/// the published 126 kA cell (form `yao2017`), and changes what --set names.
#[derive(clap::Args)]
#[command(after_help = key_help())]
pub struct Args {
    /// The equations, and the cell to start from
    #[arg(long, value_enum, default_value_t = Form::Recommended)]
    form: Form,
    /// Change one input, KEY=VALUE; may be repeated. Keys below
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// Haupin 1998 with the conductivity of Hives 1996; the bubble layer is taken off the ACD
    Recommended,
    /// As in Yao et al. 2017: conductivity of Haupin, the whole ACD conducts
    #[value(name = "yao2017")]
    Yao2017,
}

/// A cell as the command sees it.
#[derive(Clone, Copy)]
struct Cell {
    design: Design,
    operating: Operating,
}

impl Cell {
    fn of(form: Form) -> Self {
        match form {
            Form::Recommended => Self { design: Design::default(), operating: Operating::default() },
            Form::Yao2017 => Self { design: yao2017::source_cell(), operating: yao2017::source_operating() },
        }
    }
}

/// One input of the command.
struct Key {
    name: &'static str,
    unit: &'static str,
    what: &'static str,
    /// Limits in `unit`.
    min: f64,
    max: f64,
    /// SI value of one `unit`; temperatures also shift.
    scale: f64,
    field: fn(&mut Cell) -> &mut f64,
}

macro_rules! keys {
    ($($name:literal [$unit:literal] $min:literal..$max:literal * $scale:literal $($field:ident).+ : $what:literal)*) => {
        &[$(Key {
            name: $name, unit: $unit, what: $what, min: $min, max: $max, scale: $scale,
            field: |cell| &mut cell.$($field).+,
        }),*]
    };
}

const KEYS: &[Key] = keys! {
    "current_ka" ["kA"] 0.0..1000.0 * 1e3 operating.current: "line current"
    "al2o3" ["wt %"] 0.0..15.0 * 0.01 operating.bath.al2o3: "dissolved alumina"
    "alf3" ["wt %"] -10.0..30.0 * 0.01 operating.bath.alf3: "excess AlF3"
    "caf2" ["wt %"] 0.0..20.0 * 0.01 operating.bath.caf2: "CaF2"
    "mgf2" ["wt %"] 0.0..10.0 * 0.01 operating.bath.mgf2: "MgF2"
    "lif" ["wt %"] 0.0..20.0 * 0.01 operating.bath.lif: "LiF"
    "kf" ["wt %"] 0.0..10.0 * 0.01 operating.bath.kf: "KF"
    "temperature_c" ["°C"] 800.0..1100.0 * 1.0 operating.temperature: "bath temperature"
    "acd_cm" ["cm"] 0.5..15.0 * 0.01 operating.acd: "anode-cathode distance"
    "anode_area_m2" ["m²"] 0.1..200.0 * 1.0 design.anode_area: "bottom area of all anodes"
    "one_anode_area_cm2" ["cm²"] 100.0..50000.0 * 1e-4 design.one_anode_area: "bottom area of one anode"
    "fanning" [""] 1.0..1.5 * 1.0 design.fanning: "effective over bare anode area"
    "cathode_area_m2" ["m²"] 0.1..250.0 * 1.0 design.cathode_area: "metal surface"
    "r_anode_uohm" ["µΩ"] 0.0..100.0 * 1e-6 design.r_anode: "anode assemblies in parallel"
    "r_cathode_uohm" ["µΩ"] 0.0..100.0 * 1e-6 design.r_cathode: "cathode"
    "r_external_uohm" ["µΩ"] 0.0..100.0 * 1e-6 design.r_external: "busbars"
    "c_ae" ["wt %"] 0.1..5.0 * 0.01 design.al2o3_at_effect: "alumina at the anode effect"
    "bubble_factor" [""] 0.0..1.5 * 1.0 design.bubble_factor: "on coverage; slotted 0.8-0.9"
};

impl Key {
    fn write(&self, cell: &mut Cell, value: f64) {
        *(self.field)(cell) =
            if self.name == "temperature_c" { celsius_to_kelvin(value) } else { value * self.scale };
    }

    fn read(&self, mut cell: Cell) -> f64 {
        let si = *(self.field)(&mut cell);
        if self.name == "temperature_c" { kelvin_to_celsius(si) } else { si / self.scale }
    }
}

fn key_help() -> String {
    let mut out = String::from(
        "Keys of --set, with unit, limits and the start value of either form:\n  \
         key                 unit  limits           recommended   yao2017\n",
    );
    // Six digits hide the rounding between units.
    let shown = |x: f64| ((x * 1e6).round() / 1e6).to_string();
    for key in KEYS {
        let limits = format!("{}..{}", key.min, key.max);
        let [ours, yao] = [Form::Recommended, Form::Yao2017].map(|f| shown(key.read(Cell::of(f))));
        let _ =
            writeln!(out, "  {:<19} {:<5} {limits:<16} {ours:<13} {yao:<9} {}", key.name, key.unit, key.what);
    }
    out.push_str(
        "\nExample: what 2 mm less distance and 3 % alumina would save\n  \
         potline voltage --set acd_cm=4.0 --set al2o3=3",
    );
    out
}

/// The cell with every `KEY=VALUE` of `sets` written into it.
fn cell_from(form: Form, sets: &[String]) -> Result<Cell, Failure> {
    let mut cell = Cell::of(form);
    let (mut usage, mut input) = (Vec::new(), Vec::new());
    for set in sets {
        let Some((name, text)) = set.split_once('=') else {
            usage.push(format!("--set {set}: expected KEY=VALUE"));
            continue;
        };
        let (name, text) = (name.trim(), text.trim());
        let Some(key) = KEYS.iter().find(|key| key.name == name) else {
            usage.push(unknown(name));
            continue;
        };
        match text.parse::<f64>() {
            Err(_) => usage.push(format!("--set {name}: {text:?} is not a number")),
            Ok(value) => {
                if let Err(e) = in_range(key.name, value, key.min, key.max) {
                    input.push(format!("{e} {}", key.unit).trim_end().to_owned());
                }
                key.write(&mut cell, value);
            }
        }
    }
    if input.is_empty() {
        input = composition_problems(&cell.operating.bath);
    }
    // A misspelt key first: without it the rest may be about the wrong cell.
    for (exit, problems) in [(Exit::Usage, usage), (Exit::BadInput, input)] {
        if !problems.is_empty() {
            return Err(Failure::new(exit, problems.join("\npotline: ")));
        }
    }
    Ok(cell)
}

fn unknown(name: &str) -> String {
    let names = KEYS.iter().map(|key| key.name);
    // "acd" means acd_cm, though fewer edits lead to other keys.
    let edits = |key: &str| if key.starts_with(name) && !name.is_empty() { 0 } else { distance(name, key) };
    let hint = names
        .clone()
        .min_by_key(|key| edits(key))
        .filter(|key| edits(key) <= key.len().max(name.len()) / 2)
        .map(|key| format!(" Did you mean {key}?"))
        .unwrap_or_default();
    let list = names.collect::<Vec<_>>().join(", ");
    format!("--set {name}: no such key.{hint} Valid keys: {list}")
}

/// Edits (insert, delete, replace) that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[row.len() - 1]
}

#[derive(Serialize)]
struct Report {
    form: &'static str,
    cell_v: f64,
    reversible_v: f64,
    anode_surface_v: f64,
    anode_concentration_v: f64,
    cathode_concentration_v: f64,
    bath_v: f64,
    bubble_v: f64,
    anode_v: f64,
    cathode_v: f64,
    external_v: f64,
    conductivity_s_per_cm: f64,
    i_anode_a_cm2: f64,
    i_critical_a_cm2: f64,
    bubble_coverage: f64,
    bubble_thickness_cm: f64,
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let cell = cell_from(args.form, &args.set)?;
    let (form, parts) = match args.form {
        Form::Recommended => ("recommended", electro::voltage(&cell.design, &cell.operating)),
        Form::Yao2017 => ("yao2017", yao2017::voltage(&cell.design, &cell.operating)),
    };
    if parts.i_anode >= 0.98 * parts.i_critical {
        eprintln!(
            "warning: the anodes are at their critical current density: a real cell is on anode effect"
        );
    }
    if cell.operating.bath.al2o3 < cell.design.al2o3_at_effect {
        eprintln!("warning: alumina is below c_ae: a real cell is on anode effect");
    }
    let report = Report::new(form, &parts);
    shell.emit(&report, || report.text())?;
    Ok(Exit::Done)
}

impl Report {
    fn new(form: &'static str, parts: &Breakdown) -> Self {
        Self {
            form,
            cell_v: parts.cell,
            reversible_v: parts.reversible,
            anode_surface_v: parts.anode_surface,
            anode_concentration_v: parts.anode_concentration,
            cathode_concentration_v: parts.cathode_concentration,
            bath_v: parts.bath,
            bubble_v: parts.bubble,
            anode_v: parts.anode,
            cathode_v: parts.cathode,
            external_v: parts.external,
            conductivity_s_per_cm: parts.conductivity / 100.0,
            i_anode_a_cm2: parts.i_anode / 1e4,
            i_critical_a_cm2: parts.i_critical / 1e4,
            bubble_coverage: parts.bubble_coverage,
            bubble_thickness_cm: parts.bubble_thickness * 100.0,
        }
    }

    fn text(&self) -> String {
        let rows = [
            ("reversible", self.reversible_v, "V"),
            ("anode surface", self.anode_surface_v, "V"),
            ("anode concentration", self.anode_concentration_v, "V"),
            ("cathode concentration", self.cathode_concentration_v, "V"),
            ("bath", self.bath_v, "V"),
            ("bubbles", self.bubble_v, "V"),
            ("anode assemblies", self.anode_v, "V"),
            ("cathode", self.cathode_v, "V"),
            ("busbars", self.external_v, "V"),
            ("cell", self.cell_v, "V"),
            ("conductivity", self.conductivity_s_per_cm, "S/cm"),
            ("anode current density", self.i_anode_a_cm2, "A/cm²"),
            ("critical density", self.i_critical_a_cm2, "A/cm²"),
            ("bubble coverage", self.bubble_coverage, ""),
            ("bubble layer", self.bubble_thickness_cm, "cm"),
        ];
        rows.map(|(name, value, unit)| row(name, value, 4, unit)).join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edit_distance() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "acd"), 3);
    }

    #[test]
    fn the_start_values_are_inside_their_limits() {
        for key in KEYS {
            for form in [Form::Recommended, Form::Yao2017] {
                let value = key.read(Cell::of(form));
                assert!(value >= key.min && value <= key.max, "{} = {value}", key.name);
            }
        }
    }
}
