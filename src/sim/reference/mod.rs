//! Published dynamic models of other authors, restated from their equations.
//!
//! They check the integrators and stand beside the project's own plant; none of it depends on them. Units
//! are those of the publications, as in the names of their columns. Inputs are held from one row of a
//! table to the next.

pub mod eal500;
pub mod integrate;
pub mod lundby2022;
pub mod real;
pub mod waves;
pub mod yao2017;

use integrate::Adaptive;
use std::format;
use std::prelude::rust_2024::*;

/// A column that a model reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// Its name in the table's head, with its unit.
    pub name: &'static str,
    /// Another name that serves when the first is missing.
    pub otherwise: Option<&'static str>,
    /// Smallest value that is physically possible.
    pub min: f64,
    /// Largest value that is physically possible.
    pub max: f64,
}

impl Column {
    const fn new(name: &'static str, min: f64, max: f64) -> Self {
        Self { name, otherwise: None, min, max }
    }

    const fn or(self, otherwise: &'static str) -> Self {
        Self { otherwise: Some(otherwise), ..self }
    }
}

/// A state outside the range where a model holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// Column of the state to look at.
    pub field: &'static str,
    /// What happened, and the remedy.
    pub message: String,
}

impl Outside {
    fn new(field: &'static str, message: String) -> Self {
        Self { field, message }
    }
}

/// A model that runs along the rows of a table.
pub trait Trajectory {
    /// What must stand in the first row.
    fn states(&self) -> &'static [Column];
    /// What must stand in every row.
    fn inputs(&self) -> &'static [Column];
    /// Names of the columns that [`Trajectory::row`] gives.
    fn outputs(&self) -> Vec<&'static str>;
    /// Begins at `states`, in their order.
    fn start(&mut self, states: &[f64]);
    /// The values at the present state under `inputs`; NaN stands for a voltage that Euler's state no longer has.
    ///
    /// # Errors
    /// [`Outside`], when the model does not hold here.
    fn row(&mut self, inputs: &[f64]) -> Result<Vec<f64>, Outside>;
    /// Goes on for `span` > 0 seconds under `inputs`.
    ///
    /// # Errors
    /// [`Outside`], when the model ceases to hold on the way; the state is then the last good one.
    fn advance(&mut self, inputs: &[f64], span: f64) -> Result<(), Outside>;
    /// Steps taken so far.
    fn steps(&self) -> u64;
    /// A warning about the values written so far, if any is due.
    fn warning(&self) -> Option<String> {
        None
    }
}

/// The published models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// [`lundby2022`].
    Lundby2022,
    /// [`eal500`].
    Eal500,
    /// [`yao2017`].
    Yao2017,
}

impl Model {
    /// The model, to be started, integrated to relative `tolerance` where it has no exact solution.
    #[must_use]
    pub fn trajectory(self, tolerance: f64) -> Box<dyn Trajectory> {
        match self {
            Self::Lundby2022 => Box::new(Integrated::new(&lundby2022::LAW, tolerance)),
            Self::Eal500 => Box::new(Integrated::new(&eal500::LAW, tolerance)),
            Self::Yao2017 => Box::new(yao2017::Pools::default()),
        }
    }
}

/// A model given by rates of `N` states under `K` inputs.
#[derive(Debug)]
pub struct Law<const N: usize, const K: usize> {
    /// Columns of the states.
    pub states: [Column; N],
    /// Columns of the inputs.
    pub inputs: [Column; K],
    /// Names of the derived columns.
    pub derived: &'static [&'static str],
    /// x' under the inputs.
    pub rates: fn(&[f64; N], &[f64; K]) -> [f64; N],
    /// The derived columns.
    pub derive: fn(&[f64; N], &[f64; K]) -> Vec<f64>,
    /// The limit that a state is past (margin 0), or near (relative margin).
    pub outside: fn(&[f64; N], &[f64; K], margin: f64) -> Option<Outside>,
}

/// A [`Law`] on its way.
#[derive(Debug)]
pub struct Integrated<const N: usize, const K: usize> {
    law: &'static Law<N, K>,
    state: [f64; N],
    adaptive: Adaptive,
}

impl<const N: usize, const K: usize> Integrated<N, K> {
    /// The law, to be started.
    #[must_use]
    pub fn new(law: &'static Law<N, K>, tolerance: f64) -> Self {
        Self { law, state: [0.0; N], adaptive: Adaptive::new(tolerance) }
    }
}

/// The first `N` of `values`.
fn first<const N: usize>(values: &[f64]) -> [f64; N] {
    core::array::from_fn(|i| values[i])
}

impl<const N: usize, const K: usize> Trajectory for Integrated<N, K> {
    fn states(&self) -> &'static [Column] {
        &self.law.states
    }

    fn inputs(&self) -> &'static [Column] {
        &self.law.inputs
    }

    fn outputs(&self) -> Vec<&'static str> {
        let law = self.law;
        let read = law.states.iter().chain(&law.inputs).map(|column| column.name);
        read.chain(law.derived.iter().copied()).collect()
    }

    fn start(&mut self, states: &[f64]) {
        self.state = first(states);
    }

    fn row(&mut self, inputs: &[f64]) -> Result<Vec<f64>, Outside> {
        let inputs = first(inputs);
        match (self.law.outside)(&self.state, &inputs, 0.0) {
            Some(outside) => Err(outside),
            None => Ok([&self.state[..], &inputs, &(self.law.derive)(&self.state, &inputs)].concat()),
        }
    }

    fn advance(&mut self, inputs: &[f64], span: f64) -> Result<(), Outside> {
        let inputs = first(inputs);
        let Law { rates, outside, states, .. } = self.law;
        let inside = |x: &[f64; N]| outside(x, &inputs, 0.0).is_none().then(|| rates(x, &inputs));
        self.adaptive.advance(&mut self.state, span, inside).map_err(|_| {
            // Where the step shrank to nothing the limit is near, but not reached.
            outside(&self.state, &inputs, 0.02).unwrap_or_else(|| {
                let message = format!("the solution cannot be carried on from {}", self.state[0]);
                Outside::new(states[0].name, message)
            })
        })
    }

    fn steps(&self) -> u64 {
        self.adaptive.steps()
    }
}
