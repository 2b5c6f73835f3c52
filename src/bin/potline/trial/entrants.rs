//! Strategies by name.
//!
//! Besides the library's own names there is `oracle`, and the two baselines take parameters after a
//! colon, so that a grid is only a longer list: `demand:75/130/45/60` is under-feed and over-feed \[%\],
//! length of the over-feed \[min\] and slope \[pΩ/s\]; `demand-guarded:75/128/3.0/4` under-feed, over-feed,
//! alumina at the end of the over-feed \[wt %\] and standard errors of the slope.

use crate::shell::{Exit, Failure};
use potline::control::{SetPoints, Settings, Strategy};
use potline::trial::bench::Entrant;

/// The best of the grid for either baseline, on seeds that are not scored (docs/benchmark.md).
const TUNED: [(&str, &str); 2] =
    [("demand-tuned", "demand:75/130/90/40"), ("guarded-tuned", "demand-guarded:75/128/3.5/3")];

/// `ekf` where `potline tune S1` ended on seeds 11 to 13, which are not scored (docs/tuning.md): trim \[mV\],
/// alumina and excess AlF3 \[wt %\].
const EKF_TUNED: (f64, f64, f64) = (3.75, 3.27, 12.58);

/// The entrant called `name`.
pub fn named(name: &str) -> Result<Entrant, Failure> {
    if let Some((_, same)) = TUNED.iter().find(|(tuned, _)| *tuned == name) {
        return stack(name, same);
    }
    match name {
        "demand" => Ok(Entrant::demand()),
        "oracle" => Ok(Entrant::oracle()),
        "ekf-tuned" => Ok(Entrant::stack(name, |settings| {
            let (trim_mv, alumina_pct, alf3_pct) = EKF_TUNED;
            let points = SetPoints { trim_mv, alumina_pct, alf3_pct, ..SetPoints::of(settings) };
            *settings = points.apply(settings);
            settings.feed.strategy = Strategy::Ekf;
        })),
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
    let numbers: Option<Vec<f64>> = parameters.split('/').map(|number| number.parse().ok()).collect();
    let numbers: [f64; 4] = numbers
        .and_then(|numbers| numbers.try_into().ok())
        .ok_or_else(|| refuse("give four numbers after the colon, as in demand:75/130/45/60".into()))?;
    let set: fn(&mut Settings, [f64; 4]) = match strategy {
        Strategy::Demand => |settings, [under, over, minutes, slope]| {
            let feed = &mut settings.feed;
            (feed.demand.under_pct, feed.demand.over_pct, feed.demand.over_min) = (under, over, minutes);
            feed.slope_min_pohm_s = slope;
        },
        Strategy::DemandGuarded => |settings, [under, over, high, sigmas]| {
            let feed = &mut settings.feed;
            (feed.under_pct, feed.over_pct, feed.high_pct, feed.slope_sigmas) = (under, over, high, sigmas);
        },
        _ => return Err(refuse("only demand and demand-guarded take parameters".into())),
    };
    let mut tried = Settings::default();
    set(&mut tried, numbers);
    let mut wrong = Ok(());
    tried.validate(&mut |error| wrong = Err(refuse(error.to_string())));
    wrong?;
    Ok(Entrant::stack(name, move |settings| {
        settings.feed.strategy = strategy;
        set(settings, numbers);
    }))
}

/// Both baselines over the grid that was searched before anything was compared with them.
pub fn grid() -> Vec<String> {
    let mut names = Vec::new();
    for (under, over) in [(70, 140), (75, 130), (80, 125)] {
        for minutes in [35, 60, 90] {
            names.extend([40, 60, 100].map(|slope| format!("demand:{under}/{over}/{minutes}/{slope}")));
        }
    }
    for (under, over) in [(75, 128), (80, 125)] {
        for high in ["2.5", "2.75", "3.0", "3.25", "3.5"] {
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
        for name in grid().iter().chain(&tuned).chain([&"ekf-tuned".to_owned()]) {
            assert_eq!(named(name).unwrap().name(), name);
        }
    }

    #[test]
    fn what_is_wrong_with_a_name_is_said() {
        for (name, word) in [
            ("best", "unknown variant"),
            ("demand:70", "four numbers"),
            ("ekf:1/2/3/4", "only demand"),
            ("demand:10/140/60/60", "under_pct"),
        ] {
            let said = named(name).map(|_| ()).unwrap_err().message;
            assert!(said.contains(word), "{said}");
        }
    }
}
