//! The balances of a section: cells in series under one ammeter.
//!
//! ```text
//! metal of a cell     m_i = η e_i k Q                 k = M_Al / 3F, η the section's, e_i the cell's own
//! alumina of a cell   a_i = ρ m_i
//! cast house          M = Σ m_i          silo      A = Σ a_i
//! carbon              C = γ Σ m_i
//! voltage             V = Σ v_i + v_b    energy    E = Q V
//! ```
//!
//! η, e_i, ρ and γ are readings too: what is expected, with the deviation that experience gives. Without
//! them there is nothing to compare an ammeter with. Deviations are relative, of the whole period.
//!
//! What can be found follows from them. A scale that weighs many cells stands out when the cells'
//! own spread, divided by the root of their number, is well below its error. The scale of one cell
//! stands out only when e_i and the feeders of that cell are known better than its error, as from the
//! reconciled period before; see [`Section::learn`].

use super::{Balances, Fault, Suspect, Unsolvable, Verdict, reconcile};
use crate::consts::{ALUMINIUM_PER_COULOMB, HOUR};
use crate::image::CellId;
use nalgebra::{DMatrix, DVector};
use std::prelude::rust_2024::*;
use std::{format, vec};

/// A reading, or an expectation, and its relative standard deviation \[1\].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Measured {
    /// Value, in the unit its holder documents.
    pub value: f64,
    /// Relative standard deviation \[1\].
    pub sigma: f64,
}

/// One cell over the period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Which.
    pub cell: CellId,
    /// Metal tapped, with the change of what lies in the cell \[t\].
    pub metal: Measured,
    /// Alumina fed by the count of its shots and their nominal weight \[t\]; the deviation is that of what
    /// the cell holds at both ends of the period.
    pub alumina: Measured,
    /// What its shots weigh over what they should \[1\].
    pub shots: Measured,
    /// Mean voltage, effects included \[V\].
    pub voltage: Measured,
    /// Its current efficiency over that of the section \[1\].
    pub efficiency: Measured,
    /// Crane whose scale weighs its metal.
    pub crane: u8,
}

/// A section over a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Charge by the line's ammeter \[kA h\].
    pub charge: Measured,
    /// Mean voltage of the line \[V\].
    pub line_voltage: Measured,
    /// Mean voltage of busbars between and beside the cells \[V\].
    pub busbar_voltage: Measured,
    /// Direct-current energy by a meter of its own \[MWh\].
    pub energy: Option<Measured>,
    /// Metal weighed in the cast house \[t\].
    pub cast_metal: Option<Measured>,
    /// Alumina weighed out of the silo \[t\].
    pub silo_alumina: Option<Measured>,
    /// Net carbon, anodes in less butts out \[t\].
    pub carbon: Option<Measured>,
    /// Current efficiency expected of the section \[1\].
    pub efficiency: Measured,
    /// Alumina expected per metal \[t/t\]; 1.89 by stoichiometry, 1.92 to 1.94 with what is lost.
    pub alumina_per_metal: Measured,
    /// Net carbon expected per metal \[t/t\].
    pub carbon_per_metal: Measured,
    /// The cells.
    pub cells: Vec<Cell>,
}

/// One quantity before and after.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Quantity {
    /// Name of the meter or the expectation.
    pub name: String,
    /// As read.
    pub read: f64,
    /// As all balances have it.
    pub adjusted: f64,
    /// Relative standard deviation of that \[1\].
    pub sigma: f64,
}

/// What the readings of a section say together.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SectionReport {
    /// Global test before any fault was named.
    pub global: f64,
    /// Its degrees of freedom.
    pub degrees: usize,
    /// Probability of so large a global test by chance \[1\].
    pub chance: f64,
    /// The same after the named faults are accounted for.
    pub chance_left: f64,
    /// Faults, most telling first.
    pub faults: Vec<Fault>,
    /// Every quantity.
    pub quantities: Vec<Quantity>,
}

/// ln Σ exp(parts) + Σ factor · term + constant = 0; the sum is left out where it has no parts.
#[derive(Debug, Clone, PartialEq, Default)]
struct Balance {
    parts: Vec<usize>,
    terms: Vec<(usize, f64)>,
    constant: f64,
}

/// Readings with their names, and the balances between them.
#[derive(Debug, Default)]
struct Network {
    names: Vec<String>,
    readings: Vec<f64>,
    sigma: Vec<f64>,
    balances: Vec<Balance>,
}

impl Network {
    fn reading(&mut self, name: String, measured: Measured) -> usize {
        self.names.push(name);
        self.readings.push(measured.value.ln());
        self.sigma.push(measured.sigma);
        self.names.len() - 1
    }

    fn balance(&mut self, parts: &[usize], terms: &[(usize, f64)], constant: f64) {
        self.balances.push(Balance { parts: parts.to_vec(), terms: terms.to_vec(), constant });
    }
}

impl Balances for Network {
    fn count(&self) -> usize {
        self.balances.len()
    }

    fn at(&self, x: &DVector<f64>, open: &mut DVector<f64>, slopes: &mut DMatrix<f64>) {
        for (row, balance) in self.balances.iter().enumerate() {
            open[row] = balance.constant;
            for (index, factor) in &balance.terms {
                open[row] += factor * x[*index];
                slopes[(row, *index)] += factor;
            }
            let sum: f64 = balance.parts.iter().map(|index| x[*index].exp()).sum();
            if !balance.parts.is_empty() {
                open[row] += sum.ln();
            }
            for index in &balance.parts {
                slopes[(row, *index)] += x[*index].exp() / sum;
            }
        }
    }
}

impl Section {
    /// Reconciles the period; a fault is named when its chance is below `alpha`, 0.01 to be sure and
    /// 0.05 to be quick.
    ///
    /// # Errors
    /// Readings that are no numbers, or meters that only repeat each other.
    pub fn reconcile(&self, alpha: f64) -> Result<SectionReport, Unsolvable> {
        let (network, suspects) = self.network();
        let Verdict { adjusted, sigma, global, degrees, chance, chance_left, faults } =
            reconcile(&network.readings, &network.sigma, &network, &suspects, alpha)?;
        let values = network.readings.iter().zip(adjusted).zip(sigma);
        let quantities = network.names.into_iter().zip(values).map(|(name, ((read, adjusted), sigma))| {
            Quantity { name, read: read.exp(), adjusted: adjusted.exp(), sigma }
        });
        Ok(SectionReport { global, degrees, chance, chance_left, faults, quantities: quantities.collect() })
    }

    /// Takes over what the period before taught of each cell: its own current efficiency and the weight
    /// of its shots. `drift` is how far either wanders from one period to the next, relative \[1\].
    pub fn learn(&mut self, before: &Self, report: &SectionReport, drift: f64) {
        let find = |name: String| report.quantities.iter().find(|quantity| quantity.name == name);
        for cell in &mut self.cells {
            if let Some(own) = find(efficiency_name(cell.cell)) {
                cell.efficiency = Measured { value: own.adjusted, sigma: own.sigma.hypot(drift) };
            }
            let known = before.cells.iter().find(|known| known.cell == cell.cell);
            if let Some((fed, known)) = find(feeder_name(cell.cell)).zip(known) {
                let value = known.shots.value * fed.adjusted / fed.read;
                cell.shots = Measured { value, sigma: fed.sigma.hypot(drift) };
            }
        }
    }

    fn network(&self) -> (Network, Vec<Suspect>) {
        let mut net = Network::default();
        let mut suspects = Vec::new();
        let mut meter = |net: &mut Network, name: String, measured: Measured| {
            let index = net.reading(name.clone(), measured);
            suspects.push(Suspect { name, moves: vec![index] });
            index
        };
        let charge = meter(&mut net, "ammeter of the line".into(), self.charge);
        let line = meter(&mut net, "voltmeter of the line".into(), self.line_voltage);
        let busbar = meter(&mut net, "expected voltage of the busbars".into(), self.busbar_voltage);
        let efficiency = meter(&mut net, "expected current efficiency".into(), self.efficiency);
        let ratio = meter(&mut net, "expected alumina per metal".into(), self.alumina_per_metal);

        let per_charge = (ALUMINIUM_PER_COULOMB * HOUR).ln();
        let mut metals = Vec::new();
        let mut aluminas = Vec::new();
        let mut voltages = vec![busbar];
        for cell in &self.cells {
            let metal = meter(&mut net, tap_name(cell.cell), cell.metal);
            let fed = Measured {
                value: cell.alumina.value * cell.shots.value,
                sigma: cell.alumina.sigma.hypot(cell.shots.sigma),
            };
            let alumina = meter(&mut net, feeder_name(cell.cell), fed);
            let own = meter(&mut net, efficiency_name(cell.cell), cell.efficiency);
            voltages.push(meter(&mut net, format!("voltmeter of {}", cell.cell), cell.voltage));
            net.balance(&[], &[(metal, 1.0), (charge, -1.0), (efficiency, -1.0), (own, -1.0)], -per_charge);
            net.balance(&[], &[(alumina, 1.0), (metal, -1.0), (ratio, -1.0)], 0.0);
            metals.push(metal);
            aluminas.push(alumina);
        }
        net.balance(&voltages, &[(line, -1.0)], 0.0);
        if let Some(energy) = self.energy {
            let energy = meter(&mut net, "energy meter".into(), energy);
            net.balance(&[], &[(energy, 1.0), (charge, -1.0), (line, -1.0)], 1e3_f64.ln());
        }
        if let Some(cast) = self.cast_metal {
            let cast = meter(&mut net, "scale of the cast house".into(), cast);
            net.balance(&metals, &[(cast, -1.0)], 0.0);
        }
        if let Some(silo) = self.silo_alumina {
            let silo = meter(&mut net, "scale of the silo".into(), silo);
            net.balance(&aluminas, &[(silo, -1.0)], 0.0);
        }
        if let Some(carbon) = self.carbon {
            let carbon = meter(&mut net, "carbon of the anodes".into(), carbon);
            let per_metal = meter(&mut net, "expected carbon per metal".into(), self.carbon_per_metal);
            net.balance(&metals, &[(per_metal, 1.0), (carbon, -1.0)], 0.0);
        }
        suspects.extend(self.cranes(&metals));
        (net, suspects)
    }

    /// The scale of each crane, which moves the readings of all its cells.
    fn cranes(&self, metals: &[usize]) -> Vec<Suspect> {
        let mut cranes: Vec<u8> = self.cells.iter().map(|cell| cell.crane).collect();
        cranes.sort_unstable();
        cranes.dedup();
        let weighed = |crane: u8| {
            let of_crane = self.cells.iter().zip(metals).filter(|(cell, _)| cell.crane == crane);
            of_crane.map(|(_, metal)| *metal).collect::<Vec<_>>()
        };
        let suspect = |crane| Suspect { name: format!("tap scale of crane {crane}"), moves: weighed(crane) };
        cranes.into_iter().map(suspect).filter(|suspect| suspect.moves.len() > 1).collect()
    }
}

fn tap_name(cell: CellId) -> String {
    format!("tap weight of {cell}")
}

fn feeder_name(cell: CellId) -> String {
    format!("feeders of {cell}")
}

fn efficiency_name(cell: CellId) -> String {
    format!("current efficiency of {cell}")
}
