//! Who enters the benchmark.

use super::oracle::Oracle;
use crate::control::{DemandSettings, Settings, Strategy};
use crate::error::Error;
use crate::trial::keeper::{Contender, Guarded, Make};
use crate::trial::{Loop, Record, Scenario};
use crate::{estimate::Design, image::CellId};
use std::prelude::rust_2024::*;
use std::sync::Arc;

/// A strategy and its name.
#[derive(Clone)]
pub struct Entrant {
    name: String,
    kind: Kind,
}

/// Changes the settings of a scenario's controllers.
type Set = dyn Fn(&mut Settings) + Send + Sync;

#[derive(Clone)]
enum Kind {
    /// The library's stack with settings of its own.
    Stack(Arc<Set>),
    /// The lower end of the score.
    Demand,
    /// Somebody else's, behind the same guard.
    Outside(Arc<Make>),
    /// The upper end of the score.
    Oracle,
}

impl Entrant {
    /// The library's whole stack with one of its feed strategies.
    #[must_use]
    pub fn feed(name: &str, strategy: Strategy) -> Self {
        Self::stack(name, move |settings| settings.feed.strategy = strategy)
    }

    /// The library's whole stack with what `set` changes of the scenario's settings.
    #[must_use]
    pub fn stack(name: &str, set: impl Fn(&mut Settings) + Send + Sync + 'static) -> Self {
        Self { name: name.into(), kind: Kind::Stack(Arc::new(set)) }
    }

    /// A strategy from outside; `make` gives one for each cell.
    #[must_use]
    pub fn outside<C: Contender + 'static>(
        name: &str,
        make: impl Fn(&Design, CellId) -> C + Send + Sync + 'static,
    ) -> Self {
        let make = move |design: &Design, cell| Box::new(make(design, cell)) as Box<dyn Contender>;
        Self { name: name.into(), kind: Kind::Outside(Arc::new(make)) }
    }

    /// The upper end of the score, which sees the truth.
    #[must_use]
    pub fn oracle() -> Self {
        Self { name: "oracle".into(), kind: Kind::Oracle }
    }

    /// The lower end of the score: 70 %, 140 %, 60 min, as published.
    #[must_use]
    pub fn demand() -> Self {
        Self { name: "demand".into(), kind: Kind::Demand }
    }

    /// It is the lower end of the score.
    pub(super) fn is_demand(&self) -> bool {
        matches!(self.kind, Kind::Demand)
    }

    /// It is the upper end of the score.
    pub(super) fn is_oracle(&self) -> bool {
        matches!(self.kind, Kind::Oracle)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs the scenario under `seed`, with traces and percentiles if `traced`; `None` when `watch`, shown the share done, says to stop.
    pub(super) fn run(
        &self,
        scenario: &Scenario,
        seed: u64,
        traced: bool,
        watch: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Option<Record>, Error> {
        let stack = |set: &Set| {
            let mut scenario = scenario.clone();
            set(&mut scenario.control);
            Loop::new(&scenario, seed)
        };
        match &self.kind {
            Kind::Stack(set) => Ok(finish(stack(set.as_ref())?, traced, Loop::scan, watch)),
            Kind::Demand => {
                let published = |settings: &mut Settings| {
                    settings.feed.strategy = Strategy::Demand;
                    settings.feed.demand = DemandSettings::default();
                };
                Ok(finish(stack(&published)?, traced, Loop::scan, watch))
            }
            Kind::Outside(make) => {
                let keeper = Guarded::new(scenario, make.as_ref())?;
                Ok(finish(Loop::kept_by(keeper, scenario, seed)?, traced, Loop::scan, watch))
            }
            Kind::Oracle => {
                let run = Loop::kept_by(Oracle::new(scenario)?, scenario, seed)?;
                Ok(finish(run, traced, |run| run.scan_after(Oracle::look), watch))
            }
        }
    }
}

fn finish<K: crate::trial::Keeper>(
    run: Loop<K>,
    traced: bool,
    scan: impl Fn(&mut Loop<K>) -> bool,
    watch: &mut dyn FnMut(f64) -> bool,
) -> Option<Record> {
    /// Scans between two looks at `watch`.
    const LOOK: u32 = 600;
    let mut run = if traced { run } else { run.untraced() };
    let mut scans = 0;
    while scan(&mut run) {
        scans += 1;
        if scans % LOOK == 0 && !watch(run.progress()) {
            return None;
        }
    }
    Some(run.finish())
}
