//! Answers requests, one JSON object a line: runs a case for a while and says what a run took and gave.
//!
//! `potline-peers WORKLOAD.json`; `potline-peers KERNEL STEPS` only makes that many steps of a cell, for counting.

mod adaptive;
mod filters;
mod fixed;
mod probe;
mod work;

use cpu_time::ThreadTime;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, Write};
use work::{Run, Work};

type Failed = Box<dyn Error>;

fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next().ok_or("usage: potline-peers WORKLOAD.json, or KERNEL STEPS")?;
    if let Some(steps) = arguments.next() {
        return fixed::count(&first, steps.parse()?);
    }
    let work = Work::read(&first)?;
    let mut kept = HashMap::new();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", probe::machine())?;
    out.flush()?;
    for line in std::io::stdin().lock().lines() {
        let reply = answer(&work, &mut kept, &line?).unwrap_or_else(|e| json!({ "failed": e.to_string() }));
        writeln!(out, "{reply}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(work: &Work, kept: &mut HashMap<String, Run>, line: &str) -> Result<Value, Failed> {
    let request: Value = serde_json::from_str(line)?;
    let case = &request["case"];
    let peer = case["peer"].as_str().ok_or("a case names its peer")?;
    let least = request["least_s"].as_f64().ok_or("a request says how long")?;
    if peer == "probe" {
        return Ok(probe::measure(least));
    }
    let key = case.to_string();
    if !kept.contains_key(&key) {
        let mut run = match peer.split_once(' ').map_or(peer, |(family, _)| family) {
            "filter" => filters::prepare(work, peer)?,
            "fixed" => fixed::prepare(work, peer, number(case, "h")?)?,
            _ => adaptive::prepare(work, peer, number(case, "rtol")?)?,
        };
        run()?;
        kept.insert(key.clone(), run);
    }
    let run = kept.get_mut(&key).ok_or("kept above")?;
    let (begin, mut runs) = (ThreadTime::now(), 0.0);
    loop {
        let states = run()?;
        runs += 1.0;
        let took = begin.elapsed().as_secs_f64();
        if took >= least {
            let mut reply = json!({ "seconds": took / runs });
            if request["states"] == true {
                reply["states"] = json!(states);
            }
            return Ok(reply);
        }
    }
}

fn number(case: &Value, field: &str) -> Result<f64, Failed> {
    Ok(case[field].as_f64().ok_or_else(|| format!("{case} has no {field}"))?)
}
