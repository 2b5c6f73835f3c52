//! Simulated cells behind emulated PLCs: where `sim` and `plc` are joined.

use crate::shell::{Exit, Failure};
use potline::plc::{Bank, BankSettings, Layout, PlcSettings, PotPlc, RegisterMap};
use potline::sim::{Section, Setup};
use std::sync::Arc;

/// PLC scans per second of process time.
const PLC_SCANS: u32 = 10;

/// A section whose every pot hangs on its own emulated PLC.
pub struct Plant {
    pub section: Section,
    pub bank: Bank,
}

impl Plant {
    /// Opens the PLCs on loopback, from `base_port` on (0: any free ports).
    pub fn start(setup: &Setup, layout: &Arc<Layout>, base_port: u16) -> Result<Self, Failure> {
        let section = Section::new(setup, 1.0)
            .map_err(|e| Failure::new(Exit::BadInput, format!("the plant cannot be built: {e}")))?;
        let settings = PlcSettings {
            feeders: usize::from(setup.plant.feeders),
            beam_speed_mm_s: setup.plant.beam_speed_mm_s,
            beam_low_limit_mm: 5.0,
            beam_high_limit_mm: 295.0,
            ..PlcSettings::default()
        };
        let plcs = section
            .pots()
            .iter()
            .map(|pot| PotPlc::new(pot.id(), Arc::clone(layout), &settings))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|problems| {
                let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
                Failure::new(Exit::BadInput, list.join("\n"))
            })?;
        let bank =
            Bank::start(&BankSettings { base_port, ..BankSettings::default() }, plcs).map_err(|e| {
                Failure::new(
                    Exit::Unreachable,
                    format!("{e}; name other ports with --port, 0 for any free ones"),
                )
            })?;
        let mut plant = Self { section, bank };
        plant.scan_plcs()?;
        Ok(plant)
    }

    /// One second: every PLC scans ten times against the present sample and drives the pot, then the
    /// process moves on. What the PLCs show is the sample of the second that has just passed.
    pub fn advance(&mut self) -> Result<(), Failure> {
        self.scan_plcs()?;
        self.section.advance();
        Ok(())
    }

    fn scan_plcs(&mut self) -> Result<(), Failure> {
        let dt = 1.0 / f64::from(PLC_SCANS);
        let now = self.section.now();
        for (index, pot) in self.section.pots_mut().iter_mut().enumerate() {
            let field = pot.field();
            // One lock for all ten scans: the network sees the second as a whole.
            self.bank
                .with(index, |plc| {
                    for _ in 0..PLC_SCANS {
                        let drive = plc.scan(dt, &field);
                        pot.drive(now, &drive, dt);
                    }
                })
                .map_err(|e| Failure::new(Exit::Unreachable, e.to_string()))?;
        }
        Ok(())
    }
}

/// The register map of `path`, or the built-in one.
pub fn layout(path: Option<&std::path::Path>) -> Result<Arc<Layout>, Failure> {
    let map = match path {
        None => RegisterMap::pot500(),
        Some(path) => {
            let text = potline::files::read(path).map_err(|p| Failure::new(Exit::BadInput, p.to_string()))?;
            RegisterMap::parse(&text)
        }
    };
    let compiled = map.and_then(|map| map.compile());
    let named = |e| match path {
        Some(path) => format!("{}: {e}", path.display()),
        None => format!("built-in map: {e}"),
    };
    compiled.map(Arc::new).map_err(|e| Failure::new(Exit::BadInput, named(e)))
}
