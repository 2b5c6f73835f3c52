//! `potline properties`.

use crate::shell::{Exit, Failure, Outcome, Shell};
use potline::bath::{Composition, LiquidusSource, conductivity, density, liquidus, saturation};
use potline::electro::reversible;
use potline::error::in_range;
use potline::units::{celsius_to_kelvin, kelvin_to_celsius};
use serde::Serialize;
use std::fmt::Write;

/// Bath properties by the recommended published correlations.
///
/// Concentrations are wt % of the whole liquid bath; what is left is cryolite. AlF3 is the excess
/// over Na3AlF6 (negative in a basic bath), with LiF and KF as components of their own.
///
/// Liquidus: Solheim 1996, or J. Min. Metall. B 2014 for baths with more than 1 % LiF + KF.
/// Saturation: Skybakmoen 1997. Conductivity: Hives 1996. Reversible voltage: Haupin 1998.
/// Where a correlation is used outside its range, a warning says so.
#[derive(clap::Args)]
#[command(after_help = "Example: an acid bath, 8 K above its liquidus\n  \
                        potline properties --temperature-c 963 --alf3 12 --caf2 5 --al2o3 3")]
pub struct Args {
    /// Bath temperature [°C], 800 to 1100; cells run at 930 to 970
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    temperature_c: f64,
    /// Excess AlF3 [wt %], -10 to 30; usual 9 to 13
    #[arg(long, value_name = "A", allow_negative_numbers = true)]
    alf3: f64,
    /// CaF2 [wt %], 0 to 20; usual 4 to 6
    #[arg(long, value_name = "C", allow_negative_numbers = true)]
    caf2: f64,
    /// Dissolved Al2O3 [wt %], 0 to 15; usual 1.8 to 4
    #[arg(long, value_name = "O", allow_negative_numbers = true)]
    al2o3: f64,
    /// MgF2 [wt %], 0 to 10
    #[arg(long, value_name = "M", default_value_t = 0.0, allow_negative_numbers = true)]
    mgf2: f64,
    /// LiF [wt %], 0 to 20
    #[arg(long, value_name = "L", default_value_t = 0.0, allow_negative_numbers = true)]
    lif: f64,
    /// KF [wt %], 0 to 10
    #[arg(long, value_name = "K", default_value_t = 0.0, allow_negative_numbers = true)]
    kf: f64,
}

#[derive(Serialize)]
struct Report {
    liquidus_c: f64,
    liquidus_source: &'static str,
    superheat_c: f64,
    alumina_saturation_pct: f64,
    conductivity_s_per_cm: f64,
    density_g_per_cm3: f64,
    reversible_emf_v: f64,
    bath_ratio: f64,
    cryolite_ratio: f64,
    warnings: Vec<String>,
}

pub fn run(args: &Args, shell: Shell) -> Outcome {
    let bath = Composition::from_wt_pct(args.alf3, args.al2o3, args.caf2, args.mgf2, args.lif, args.kf);
    let mut problems = composition_problems(&bath);
    if let Err(e) = in_range("temperature_c", args.temperature_c, 800.0, 1100.0) {
        problems.insert(0, e.to_string());
    }
    if !problems.is_empty() {
        return Err(Failure::new(Exit::BadInput, problems.join("\npotline: ")));
    }
    let report = Report::new(&bath, args.temperature_c);
    for warning in &report.warnings {
        eprintln!("warning: {warning}");
    }
    shell.emit(&report, || report.text())?;
    Ok(Exit::Done)
}

/// Everything that keeps `bath` from being an electrolyte, in wt %.
pub fn composition_problems(bath: &Composition) -> Vec<String> {
    let values = [bath.alf3, bath.al2o3, bath.caf2, bath.mgf2, bath.lif, bath.kf];
    let mut problems: Vec<String> = Composition::LIMITS
        .iter()
        .zip(values)
        // Limits and values pass through wt % here: round off what that adds.
        .filter_map(|(l, v)| {
            let [value, min, max] = [v, l.min, l.max].map(|x| (1e11 * x).round() / 1e9);
            in_range(l.field, value, min, max).err().map(|e| format!("{e} wt %"))
        })
        .collect();
    if problems.is_empty()
        && let Err(e) = bath.validate()
    {
        problems.push(format!("composition as mass fractions: {e}"));
    }
    problems
}

impl Report {
    fn new(bath: &Composition, temperature_c: f64) -> Self {
        let temperature = celsius_to_kelvin(temperature_c);
        let liquidus = liquidus(bath);
        let saturation = saturation(bath, temperature);
        let liquidus_c = kelvin_to_celsius(liquidus.temperature);
        let mut report = Self {
            liquidus_c,
            liquidus_source: liquidus.source.as_str(),
            superheat_c: temperature_c - liquidus_c,
            alumina_saturation_pct: 100.0 * saturation,
            conductivity_s_per_cm: conductivity(bath, temperature) / 100.0,
            density_g_per_cm3: density(bath, temperature) / 1000.0,
            reversible_emf_v: reversible(temperature, bath.al2o3 / saturation),
            bath_ratio: bath.bath_ratio(),
            cryolite_ratio: bath.cryolite_ratio(),
            warnings: Vec::new(),
        };
        report.warnings = report.warnings_for(bath, temperature_c, liquidus.source);
        report
    }

    fn warnings_for(&self, bath: &Composition, temperature_c: f64, source: LiquidusSource) -> Vec<String> {
        let outside = |min: f64, max: f64| !(min..=max).contains(&temperature_c);
        let complex = bath.lif + bath.kf > 0.01;
        let relative = 100.0 * bath.al2o3 / self.alumina_saturation_pct;
        [
            (self.superheat_c < 0.0, "the bath is below its liquidus: it is freezing"),
            (relative > 1.0, "alumina exceeds its saturation: the rest is not dissolved"),
            (
                relative < 0.03,
                "reversible voltage: relative alumina saturation is below 0.03, where the activity is held",
            ),
            (outside(850.0, 1050.0), "saturation: temperature is held inside 850-1050 °C"),
            (outside(920.0, 1050.0), "conductivity: temperature is held inside 920-1050 °C"),
            (
                bath.alf3 < 0.0,
                "liquidus and saturation: no basic bath (AlF3 < 0) in their data; treated as nearly neutral",
            ),
            (
                source == LiquidusSource::Solheim1996
                    && (bath.alf3 > 0.20 || bath.mgf2 > 0.05 || bath.kf > 0.05),
                "liquidus: AlF3 is held at 20 %, MgF2 and KF at 5 %, where the correlation ends",
            ),
            (
                source == LiquidusSource::Solheim1996 && complex,
                "liquidus: more than 1 % LiF + KF, but outside the range of the correlation for it \
                 (Al2O3 2-4, LiF, KF, CaF2 up to 7 %, CR 2.2-3.0)",
            ),
            (
                source == LiquidusSource::Jmm2014 && bath.mgf2 > 0.0,
                "liquidus: the correlation has no MgF2; its effect is added as in Solheim 1996",
            ),
            (bath.kf > 0.0, "saturation: no term for KF, which raises it"),
        ]
        .into_iter()
        .filter(|(applies, _)| *applies)
        .map(|(_, words)| words.to_owned())
        .collect()
    }

    fn text(&self) -> String {
        let liquidus = format!("°C   ({})", self.liquidus_source);
        let rows = [
            ("liquidus", self.liquidus_c, 2, liquidus.as_str()),
            ("superheat", self.superheat_c, 2, "K"),
            ("alumina saturation", self.alumina_saturation_pct, 3, "wt %"),
            ("conductivity", self.conductivity_s_per_cm, 4, "S/cm"),
            ("density", self.density_g_per_cm3, 4, "g/cm³"),
            ("reversible voltage", self.reversible_emf_v, 4, "V"),
            ("bath ratio (weight)", self.bath_ratio, 4, ""),
            ("cryolite ratio (molar)", self.cryolite_ratio, 4, ""),
        ];
        let mut out = String::new();
        for (name, value, digits, unit) in rows {
            let _ = writeln!(out, "{}", row(name, value, digits, unit));
        }
        out
    }
}

/// One line of an aligned table: name, value with its decimal point in one column, unit.
pub fn row(name: &str, value: f64, digits: usize, unit: &str) -> String {
    let number = format!("{value:>width$.digits$}", width = 5 + digits);
    format!("{name:<24} {number:<10} {unit}").trim_end().to_owned()
}
