//! Bath moves between neighbouring zones and carries dissolved alumina.
//!
//! ```text
//! a_z' = Σ_n q_zn (a_n/m_n - a_z/m_z),  n the neighbours along the cell
//! ```
//!
//! Linear with constant coefficients while q and the masses hold, so a step is a product with
//! exp(Q dt), worked out once for many steps. Its columns sum to 1: mass is kept to round-off.
//! q of 2–10 kg/s is what a channel flow of 5–15 cm/s through 0.03 m² carries (unverified).

use super::MAX_ZONES;
use crate::math::clamp;

type Matrix = [[f64; MAX_ZONES]; MAX_ZONES];

/// exp(Q dt): column n says where a kilogram in zone n is after the step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mixing {
    columns: Matrix,
}

impl Default for Mixing {
    fn default() -> Self {
        Self { columns: identity() }
    }
}

impl Mixing {
    /// The propagator over `dt` \[s\] of zones of `mass` \[kg\] (0 beyond the last) that exchange `flow`
    /// \[kg/s\] with each neighbour. A flow that would turn a zone over faster than once a second is
    /// held there.
    #[must_use]
    pub fn new(mass: &[f64; MAX_ZONES], flow: f64, dt: f64) -> Self {
        Self::through(mass, &[flow; MAX_ZONES], dt)
    }

    /// The same with a flow of its own between each zone and the next.
    #[must_use]
    pub fn through(mass: &[f64; MAX_ZONES], flows: &[f64; MAX_ZONES], dt: f64) -> Self {
        let smallest = mass.iter().copied().filter(|m| *m > 0.0).fold(f64::INFINITY, f64::min);
        let is_zone = |z: usize| mass.get(z).is_some_and(|m| *m > 0.0);
        // Between zone z and the next, where there is one.
        let flow = |z: usize| match flows.get(z) {
            Some(flow) if is_zone(z + 1) => clamp(*flow, 0.0, 0.5 * smallest.min(1e9)),
            _ => 0.0,
        };
        let before = |z: usize| z.checked_sub(1).map_or(0.0, flow);
        let mut rate = Rate { to_before: NONE, kept: NONE, to_next: NONE };
        let given = rate.to_before.iter_mut().zip(&mut rate.kept).zip(&mut rate.to_next);
        for (z, (((to_before, kept), to_next), m)) in given.zip(mass).enumerate().filter(|(z, _)| is_zone(*z))
        {
            if z.checked_sub(1).is_some_and(is_zone) {
                *to_before = before(z) * dt / m;
            }
            *kept = -(before(z) + flow(z)) * dt / m;
            *to_next = flow(z) * dt / m;
        }
        Self { columns: transposed(&exponential(&rate)) }
    }

    /// One step of the dissolved alumina of each zone.
    pub fn apply(&self, dissolved: &mut [f64; MAX_ZONES]) {
        let before = core::mem::take(dissolved);
        for (column, mass) in self.columns.iter().zip(before) {
            dissolved.iter_mut().zip(column).for_each(|(sum, share)| *sum += share * mass);
        }
    }
}

fn identity() -> Matrix {
    let mut one = [[0.0; MAX_ZONES]; MAX_ZONES];
    for (z, row) in one.iter_mut().enumerate() {
        if let Some(diagonal) = row.get_mut(z) {
            *diagonal = 1.0;
        }
    }
    one
}

fn transposed(a: &Matrix) -> Matrix {
    let mut columns = [NONE; MAX_ZONES];
    for (z, row) in a.iter().enumerate() {
        let places = columns.iter_mut().filter_map(|column| column.get_mut(z));
        places.zip(row).for_each(|(place, entry)| *place = *entry);
    }
    columns
}

/// What a kilogram in each zone gives in a step to the zone before, to its own and to the next: the
/// three diagonals of Q dt, by column.
struct Rate {
    to_before: [f64; MAX_ZONES],
    kept: [f64; MAX_ZONES],
    to_next: [f64; MAX_ZONES],
}

const NONE: [f64; MAX_ZONES] = [0.0; MAX_ZONES];

impl Rate {
    /// Largest sum of magnitudes over a row.
    fn norm(&self) -> f64 {
        let from_before = [0.0].iter().chain(&self.to_next);
        let from_next = self.to_before.iter().skip(1).chain(&[0.0]);
        let rows = from_before.zip(&self.kept).zip(from_next);
        rows.map(|((before, own), next)| before.abs() + own.abs() + next.abs()).fold(0.0, f64::max)
    }

    /// `a` Q dt.
    fn after(&self, a: &Matrix) -> Matrix {
        let mut c = [NONE; MAX_ZONES];
        for (row, out) in a.iter().zip(&mut c) {
            let (mut before, mut next) = (NONE, NONE);
            before.iter_mut().skip(1).zip(row).for_each(|(to, from)| *to = *from);
            next.iter_mut().zip(row.iter().skip(1)).for_each(|(to, from)| *to = *from);
            let diagonals = self.to_before.iter().zip(&self.kept).zip(&self.to_next);
            for (((entry, diagonals), own), (before, next)) in
                out.iter_mut().zip(diagonals).zip(row).zip(before.iter().zip(&next))
            {
                let ((to_before, kept), to_next) = diagonals;
                *entry = 0.0 + before * to_before + own * kept + next * to_next;
            }
        }
        c
    }
}

fn square(a: &Matrix) -> Matrix {
    let mut c = [NONE; MAX_ZONES];
    for (row, out) in a.iter().zip(&mut c) {
        for (share, line) in row.iter().zip(a) {
            for (sum, entry) in out.iter_mut().zip(line) {
                *sum += share * entry;
            }
        }
    }
    c
}

/// Taylor series of a matrix halved until its norm is below one half, then squared back.
fn exponential(a: &Rate) -> Matrix {
    let norm = a.norm();
    let mut halvings = 0;
    let mut scale = 1.0;
    while norm * scale > 0.5 && halvings < 16 {
        scale *= 0.5;
        halvings += 1;
    }
    let mut sum = identity();
    let mut term = identity();
    for order in 1..=13_u8 {
        term = a.after(&term);
        let share = scale / f64::from(order);
        for (line, out) in term.iter_mut().zip(&mut sum) {
            for (entry, total) in line.iter_mut().zip(out) {
                *entry *= share;
                *total += *entry;
            }
        }
    }
    for _ in 0..halvings {
        sum = square(&sum);
    }
    sum
}
