//! Side ledge (炉帮) and side wall, segment by segment, at bath and at metal level.
//!
//! ```text
//! ρ L_f A s' = (T_liq - T_w) A / (s/k + R_c) - h A (T - T_liq)
//! C_w A T_w' = (T_liq - T_w) A / (s/k + R_c) - (T_w - T_amb) A / R_shell - cooling
//! ```
//!
//! s the thickness, T the bath or the metal, T_w the side wall, R_c contact and half the wall, R_shell
//! the other half, the shell and its film. What flows through a ledge depends on its thickness, what
//! reaches it on the superheat only: a colder bath freezes ledge, which concentrates AlF3 and lowers
//! the liquidus, and so the superheat finds its way back. Where the ledge is gone the wall takes what
//! it can pass and the rest stays in the liquid. A thin bath film covers the ledge at metal level, so
//! the liquidus holds there too.
//!
//! Explicit Euler: the fastest time constant is that of the wall, above 600 s.

use crate::bath::heat::LATENT_LEDGE;
use crate::error::{Error, in_range};

/// Segments: two sides and two ends, each at bath and at metal level.
pub const SEGMENTS: usize = 8;

/// One segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Area \[m²\].
    pub area: f64,
    /// Film coefficient to the liquid \[W/(m² K)\].
    pub film: f64,
    /// Thickness at the start \[m\].
    pub start: f64,
    /// True at metal level.
    pub metal: bool,
}

/// Ledge and walls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// The segments.
    pub segments: [Segment; SEGMENTS],
    /// Conductivity of frozen bath \[W/(m K)\].
    pub conductivity: f64,
    /// Density of frozen bath \[kg/m³\].
    pub density: f64,
    /// Contact and inner half of the wall \[m² K/W\].
    pub contact_resistance: f64,
    /// Outer half of the wall, shell and its film \[m² K/W\].
    pub shell_resistance: f64,
    /// Heat capacity of the wall \[J/(m² K)\].
    pub wall_capacity: f64,
    /// Thinnest ledge: below it the wall is bare \[m\].
    pub thinnest: f64,
}

impl Params {
    pub(super) fn validate(&self) -> Result<(), Error> {
        for s in &self.segments {
            in_range("ledge.segments.area", s.area, 0.1, 40.0)?;
            in_range("ledge.segments.film", s.film, 50.0, 5_000.0)?;
            in_range("ledge.segments.start", s.start, self.thinnest, 0.5)?;
        }
        in_range("ledge.conductivity", self.conductivity, 0.5, 4.0)?;
        in_range("ledge.density", self.density, 2_000.0, 3_500.0)?;
        in_range("ledge.contact_resistance", self.contact_resistance, 1e-4, 1.0)?;
        in_range("ledge.shell_resistance", self.shell_resistance, 1e-3, 1.0)?;
        in_range("ledge.wall_capacity", self.wall_capacity, 2e4, 5e6)?;
        in_range("ledge.thinnest", self.thinnest, 0.001, 0.05)
    }

    /// Area of all segments \[m²\].
    #[must_use]
    pub fn area(&self) -> f64 {
        self.segments.iter().map(|s| s.area).sum()
    }

    /// Mass of ledge `x` \[kg\].
    #[must_use]
    pub fn mass(&self, x: &State) -> f64 {
        self.segments.iter().zip(&x.thickness).map(|(s, t)| s.area * t * self.density).sum()
    }

    /// Mean thickness over the segments at bath or at metal level, weighted by area \[m\].
    #[must_use]
    pub fn mean(&self, x: &State, metal: bool) -> f64 {
        let at_level = self.segments.iter().zip(&x.thickness).filter(|(s, _)| s.metal == metal);
        let (sum, area) = at_level.fold((0.0, 0.0), |(sum, area), (s, t)| (sum + s.area * t, area + s.area));
        sum / f64::max(area, 1e-9)
    }

    /// Wall temperature that passes on what comes through ledge `thickness` \[m\] \[K\].
    pub(super) fn steady_wall(&self, thickness: f64, liquidus: f64, ambient: f64) -> f64 {
        let inner = thickness / self.conductivity + self.contact_resistance;
        (liquidus * self.shell_resistance + ambient * inner) / (inner + self.shell_resistance)
    }
}

/// Ledge and walls.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct State {
    /// Thickness of each segment \[m\].
    pub thickness: [f64; SEGMENTS],
    /// Wall behind each segment \[K\].
    pub wall: [f64; SEGMENTS],
}

impl State {
    /// Thinnest segment \[m\].
    #[must_use]
    pub fn thinnest(&self) -> f64 {
        self.thickness.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

/// What the ledge answers to.
pub(super) struct Drive {
    /// Bath \[K\].
    pub bath: f64,
    /// Metal \[K\].
    pub metal: f64,
    /// Liquidus \[K\].
    pub liquidus: f64,
    /// Potroom \[K\].
    pub ambient: f64,
    /// Forced cooling of the whole shell \[W/K\].
    pub cooling: f64,
    /// Most bath that may freeze in this step \[kg\].
    pub freezable: f64,
}

/// What the ledge took and gave in a step. Powers \[W\].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Exchange {
    /// From the bath to the ledge surface, what a bare wall could not pass deducted.
    pub from_bath: f64,
    /// From the metal, likewise.
    pub from_metal: f64,
    /// From the shell to the potroom.
    pub shell: f64,
    /// Drawn off by forced cooling.
    pub cooling: f64,
    /// Stored in the walls.
    pub wall: f64,
    /// Bath frozen; negative: melted \[kg\].
    pub frozen: f64,
}

/// One step.
pub(super) fn step(p: &Params, x: &mut State, d: &Drive, dt: f64) -> Exchange {
    let mut sum = Exchange::default();
    let mut freezable = d.freezable;
    let cooling_per_area = d.cooling / p.area();
    for (s, (thickness, wall)) in p.segments.iter().zip(x.thickness.iter_mut().zip(&mut x.wall)) {
        let liquid = if s.metal { d.metal } else { d.bath };
        let through = (d.liquidus - *wall) / (*thickness / p.conductivity + p.contact_resistance);
        let film = s.film * (liquid - d.liquidus);
        let wanted = (through - film) * s.area * dt / LATENT_LEDGE;
        let per_metre = p.density * s.area;
        let frozen = wanted.max((p.thinnest - *thickness) * per_metre).min(freezable);
        freezable -= frozen.max(0.0);
        *thickness += frozen / per_metre;
        // What could not melt or freeze stays with the liquid.
        let given = through * s.area - frozen * LATENT_LEDGE / dt;
        if s.metal {
            sum.from_metal += given
        } else {
            sum.from_bath += given
        }
        let shell = (*wall - d.ambient) / p.shell_resistance * s.area;
        let cooling = cooling_per_area * (*wall - d.ambient) * s.area;
        let stored = through * s.area - shell - cooling;
        *wall += stored * dt / (p.wall_capacity * s.area);
        sum.shell += shell;
        sum.cooling += cooling;
        sum.wall += stored;
        sum.frozen += frozen;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One material, k 1.5, ρ 2900, R 0.046 m² K/W, wall held at 40 °C, film 600 W/(m² K).
    fn stefan() -> (Params, State) {
        let segment = Segment { area: 2.0, film: 600.0, start: 0.15975, metal: false };
        let p = Params {
            segments: [segment; SEGMENTS],
            conductivity: 1.5,
            density: 2_900.0,
            contact_resistance: 0.046,
            shell_resistance: 0.026,
            // Holds the wall where it is.
            wall_capacity: 1e30,
            thinnest: 0.01,
        };
        (p, State { thickness: [segment.start; SEGMENTS], wall: [313.15; SEGMENTS] })
    }

    fn drive(superheat: f64) -> Drive {
        let liquidus = 1_228.15;
        let bath = liquidus + superheat;
        Drive { bath, metal: bath, liquidus, ambient: 303.15, cooling: 0.0, freezable: 1e9 }
    }

    /// The superheat steps from 10 to 12 K and the ledge melts back: implicit solution of the Stefan
    /// equation, worked out elsewhere with L_f = 450 kJ/kg, so time runs slower here.
    #[test]
    fn melting_back_follows_the_stefan_solution() {
        let (p, start) = stefan();
        let slower = LATENT_LEDGE / 450e3;
        let worst = |dt: f64| {
            let (mut x, mut time, mut worst) = (start, 0.0, 0.0_f64);
            for (until, expected) in [
                (600.0, 0.15920159459457),
                (3600.0, 0.15655766791784),
                (21600.0, 0.14380814720654),
                (86400.0, 0.12537049833771),
                (172800.0, 0.12193782701409),
            ] {
                while time < until - 1e-6 {
                    step(&p, &mut x, &drive(12.0), dt * slower);
                    time += dt;
                }
                x.thickness.iter().for_each(|t| worst = worst.max((t - expected).abs()));
            }
            worst
        };
        // First order in the step: a tenth of it, a tenth of the error.
        let (coarse, fine) = (worst(20.0), worst(2.0));
        assert!(fine < 4e-7, "{fine} m");
        assert!((8.0..12.0).contains(&(coarse / fine)), "{coarse} {fine}");
    }

    /// h SH = (T_l - T_w)/(s/k + R) stands still.
    #[test]
    fn the_steady_ledge_stays() {
        let (p, mut x) = stefan();
        let steady = 1.5 * (915.0 / (600.0 * 12.0) - 0.046);
        x.thickness = [steady; SEGMENTS];
        let sum = step(&p, &mut x, &drive(12.0), 1.0);
        assert!((x.thickness[0] - 0.121_625).abs() < 1e-12, "{}", x.thickness[0]);
        assert!(sum.frozen.abs() < 1e-9);
        assert!((sum.from_bath - 16.0 * 7_200.0).abs() < 1e-6);
    }

    /// A bare wall passes what it can and the rest stays in the bath; a mush freezes no further.
    #[test]
    fn limits_hold_and_heat_closes() {
        let (p, mut x) = stefan();
        x.thickness = [p.thinnest; SEGMENTS];
        let sum = step(&p, &mut x, &drive(200.0), 1.0);
        assert_eq!((x.thickness, sum.frozen), ([p.thinnest; SEGMENTS], 0.0));
        assert!((sum.from_bath - (sum.wall + sum.shell)).abs() < 1e-6);
        let mut x = stefan().1;
        let sum = step(&p, &mut x, &Drive { freezable: 1e-3, ..drive(-50.0) }, 1.0);
        assert!((sum.frozen - 1e-3).abs() < 1e-15, "{}", sum.frozen);
        assert!((sum.from_bath + LATENT_LEDGE * 1e-3 - sum.wall - sum.shell).abs() < 1e-6);
    }
}
