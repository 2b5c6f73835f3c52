//! Strategies by name.
//!
//! Besides the library's own names there is `oracle`, and three of them take parameters after a colon, so
//! that a grid is only a longer list:
//!
//! - `demand:75/130/45/60`: under-feed and over-feed \[%\], length of the over-feed \[min\], slope \[pΩ/s\];
//! - `demand-guarded:75/128/3.0/4`: under-feed, over-feed, alumina at the end of the over-feed \[wt %\],
//!   standard errors of the slope;
//! - `ekf:0/3.0/12`: trim of the target \[mV\], alumina and excess AlF3 \[wt %\].

use crate::shell::{Exit, Failure};
use potline::control::{SetPoints, Settings, Strategy};
use potline::trial::bench::Entrant;

/// The best of the grid for either baseline, and `ekf` where `potline tune S1` ended; both on seeds that
/// are not scored (docs/benchmark.md, docs/tuning.md).
const TUNED: [(&str, &str); 3] = [
    ("demand-tuned", "demand:80/125/60/20"),
    ("guarded-tuned", "demand-guarded:80/125/3.25/3"),
    ("ekf-tuned", "ekf:3.75/3.27/12.58"),
];

/// The entrant called `name`.
pub fn named(name: &str) -> Result<Entrant, Failure> {
    if let Some((_, same)) = TUNED.iter().find(|(tuned, _)| *tuned == name) {
        return stack(name, same);
    }
    match name {
        "demand" => Ok(Entrant::demand()),
        "oracle" => Ok(Entrant::oracle()),
        _ => stack(name, name),
    }
}

/// The library's stack as `what` says, under `name`.
fn stack(name: &str, what: &str) -> Result<Entrant, Failure> {
    let refuse = |why: String| Failure::new(Exit::BadInput, format!("--strategies: {name}: {why}"));
    let (base, parameters) = what.split_once(':').unwrap_or((what, ""));
    // The names are those of the settings file, told by its own reader.
    let strategy: Strategy =
        serde_json::from_value(serde_json::Value::from(base)).map_err(|e| refuse(e.to_string()))?;
    if parameters.is_empty() {
        return Ok(Entrant::feed(name, strategy));
    }
    let set = parse(strategy, parameters).map_err(refuse)?;
    let mut tried = Settings::default();
    set(&mut tried);
    let mut wrong = Ok(());
    tried.validate(&mut |error| wrong = Err(refuse(error.to_string())));
    wrong?;
    Ok(Entrant::stack(name, move |settings| {
        settings.feed.strategy = strategy;
        set(settings);
    }))
}

/// A change of settings.
type Set = Box<dyn Fn(&mut Settings) + Send + Sync>;

/// What the numbers after the colon change.
fn parse(strategy: Strategy, parameters: &str) -> Result<Set, String> {
    let numbers: Vec<f64> = parameters
        .split('/')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| format!("`{parameters}` must be numbers, as in demand:75/130/45/60"))?;
    match (strategy, numbers[..].as_ref()) {
        (Strategy::Demand, &[under, over, minutes, slope]) => Ok(Box::new(move |settings| {
            let feed = &mut settings.feed;
            (feed.demand.under_pct, feed.demand.over_pct, feed.demand.over_min) = (under, over, minutes);
            feed.slope_min_pohm_s = slope;
        })),
        (Strategy::DemandGuarded, &[under, over, high, sigmas]) => Ok(Box::new(move |settings| {
            let feed = &mut settings.feed;
            (feed.under_pct, feed.over_pct, feed.high_pct, feed.slope_sigmas) = (under, over, high, sigmas);
        })),
        (Strategy::Ekf, &[trim_mv, alumina_pct, alf3_pct]) => Ok(Box::new(move |settings| {
            let points = SetPoints { trim_mv, alumina_pct, alf3_pct, ..SetPoints::of(settings) };
            *settings = points.apply(settings);
        })),
        (Strategy::Demand | Strategy::DemandGuarded, _) => {
            Err("give four numbers after the colon, as in demand:75/130/45/60".into())
        }
        (Strategy::Ekf, _) => Err("give three numbers after the colon, as in ekf:0/3.0/12".into()),
        _ => Err("only demand, demand-guarded and ekf take parameters".into()),
    }
}

/// Both baselines over the grid that was searched before anything was compared with them.
pub fn grid() -> Vec<String> {
    let mut names = Vec::new();
    for (under, over) in [(70, 140), (75, 130), (80, 125)] {
        for minutes in [60, 90, 120, 150] {
            names.extend([20, 40, 60].map(|slope| format!("demand:{under}/{over}/{minutes}/{slope}")));
        }
    }
    for (under, over) in [(75, 128), (80, 125)] {
        for high in ["2.75", "3.25", "3.75", "4.25", "4.75"] {
            names.extend([3, 4].map(|sigmas| format!("demand-guarded:{under}/{over}/{high}/{sigmas}")));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_grid_and_of_the_tuned_is_one() {
        let tuned = TUNED.map(|(name, _)| name.to_owned());
        for name in grid().iter().chain(&tuned) {
            assert_eq!(named(name).unwrap().name(), name);
        }
    }

    #[test]
    fn what_is_wrong_with_a_name_is_said() {
        for (name, word) in [
            ("best", "unknown variant"),
            ("demand:70", "four numbers"),
            ("ekf:1/2", "three numbers"),
            ("fixed:1/2", "only demand"),
            ("ekf:a/2/3", "must be numbers"),
            ("demand:10/140/60/60", "under_pct"),
        ] {
            let said = named(name).map(|_| ()).unwrap_err().message;
            assert!(said.contains(word), "{said}");
        }
    }
}
