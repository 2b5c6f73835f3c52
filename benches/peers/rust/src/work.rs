//! The workload that every peer gets, as `run.py` wrote it.

use crate::Failed;
use potline::sim::reference::lundby2022::{Input, State};
use serde_json::Value;

/// States of every cell at every checkpoint.
pub type Seen = Vec<Vec<Vec<f64>>>;
pub type Run = Box<dyn FnMut() -> Result<Seen, Failed>>;

#[derive(Clone)]
pub struct Work {
    /// Time over which inputs are held [s].
    pub interval: f64,
    /// Intervals between checkpoints.
    pub checkpoint: usize,
    pub inputs: Vec<Input>,
    pub starts: Vec<State>,
    pub filter: Filter,
}

/// The filter's problem.
#[derive(Clone)]
pub struct Filter {
    pub f: Vec<f64>,
    pub q: Vec<f64>,
    pub h: Vec<f64>,
    pub r: f64,
    pub x: Vec<f64>,
    pub p: Vec<f64>,
    pub z: Vec<f64>,
}

impl Work {
    pub fn read(path: &str) -> Result<Self, Failed> {
        let value: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
        let filter = &value["filter"];
        Ok(Self {
            interval: value["interval_s"].as_f64().ok_or("interval_s")?,
            checkpoint: serde_json::from_value(value["checkpoint"].clone())?,
            inputs: serde_json::from_value(value["inputs"].clone())?,
            starts: serde_json::from_value(value["starts"].clone())?,
            filter: Filter {
                f: numbers(&filter["f"])?,
                q: numbers(&filter["q"])?,
                h: numbers(&filter["h"])?,
                r: filter["r"].as_f64().ok_or("filter.r")?,
                x: numbers(&filter["x"])?,
                p: numbers(&filter["p"])?,
                z: numbers(&filter["z"])?,
            },
        })
    }

    /// Carries one cell through the intervals with `over`, which makes one of them.
    pub fn carry(
        &self,
        start: &State,
        mut over: impl FnMut(&mut State, &Input) -> Result<(), Failed>,
    ) -> Result<Vec<Vec<f64>>, Failed> {
        let mut x = *start;
        self.inputs
            .chunks(self.checkpoint)
            .map(|part| {
                part.iter().try_for_each(|u| over(&mut x, u))?;
                Ok(x.to_vec())
            })
            .collect()
    }
}

fn numbers(value: &Value) -> Result<Vec<f64>, Failed> {
    Ok(serde_json::from_value(value.clone())?)
}
