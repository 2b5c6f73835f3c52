//! Sixteen numbers that go through the same formula side by side.
//!
//! Every operator is a loop over the lanes, which compilers turn into vector instructions; a loop
//! over cells around a whole formula they do not. Nothing is fused and nothing reordered, so a lane has
//! the same bits whatever the instructions and whatever the other lanes hold.

use crate::sim::reference::real::Real;
use core::ops::{Add, Div, Mul, Sub};

/// Cells in a block. Four AVX2 registers: enough independent work to hide the latency of each operation.
pub const LANES: usize = 16;

/// One number per cell of a block.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub struct Lanes(pub [f64; LANES]);

impl From<f64> for Lanes {
    #[inline(always)]
    fn from(x: f64) -> Self {
        Self([x; LANES])
    }
}

/// An operator, lane by lane, with lanes or one number on the right.
macro_rules! operator {
    ($trait:ident, $method:ident, $sign:tt, $assign:tt) => {
        impl $trait for Lanes {
            type Output = Self;

            #[inline(always)]
            fn $method(mut self, other: Self) -> Self {
                for (x, y) in self.0.iter_mut().zip(other.0) {
                    *x $assign y;
                }
                self
            }
        }

        impl $trait<f64> for Lanes {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: f64) -> Self {
                self.map(|x| x $sign other)
            }
        }
    };
}

operator!(Add, add, +, +=);
operator!(Sub, sub, -, -=);
operator!(Mul, mul, *, *=);
operator!(Div, div, /, /=);

impl Lanes {
    #[inline(always)]
    fn map(mut self, f: impl Fn(f64) -> f64) -> Self {
        for x in &mut self.0 {
            *x = f(*x);
        }
        self
    }

    /// Sum of `coefficients` times the powers of `self`, constant first.
    #[inline(always)]
    fn polynomial<const N: usize>(self, coefficients: [f64; N]) -> Self {
        let mut falling = coefficients.into_iter().rev();
        let highest = Self::from(falling.next().unwrap_or(0.0));
        falling.fold(highest, |sum, c| sum * self + c)
    }
}

/// ln 2 in two parts, the first with 22 zeros at its end, so that its products with small integers are exact.
const LN_2: [f64; 2] = [0.693_147_180_136_293_2, 4.236_521_365_809_284e-10];
/// Added to a number below 2^51 it leaves the nearest integer in the last bits.
const ROUNDS: f64 = 1.5 * (1_u64 << 52) as f64;
/// Exponents beyond are held: e^x is a normal number between.
const EXP_RANGE: (f64, f64) = (-708.0, 709.0);
/// (e^r - 1 - r)/r² for |r| <= ln 2/2, minimax by Remez exchange: 1.0e-16 off, e^r by 1.7e-17.
const EXP: [f64; 10] = [
    0.500_000_000_000_000_1,
    0.166_666_666_666_666_74,
    0.041_666_666_666_624_12,
    0.008_333_333_333_322_207,
    0.001_388_888_891_721_538_6,
    0.000_198_412_698_865_935_98,
    2.480_152_129_374_048e-5,
    2.755_724_233_407_738e-6,
    2.762_008_936_497_405_6e-7,
    2.511_005_077_989_078e-8,
];

/// Upper half of the bits of x^-0.1 plus a tenth of those of x: they are nearly logarithms. The constant leaves
/// |1 - x z^10| below 0.289, the least that any does.
const TENTH: u64 = 0x4653_e078;
/// Coefficients of e, e²… in (1 - e)^-0.1 - 1, the binomial series.
const SERIES: [f64; 5] = [0.1, 0.055, 0.0385, 0.029_837_5, 0.024_466_75];
/// What stands for 0 under a root.
const TINY: f64 = 1e-30;

impl Real for Lanes {
    /// e^x = 2^k e^r with k = round(x/ln 2), r = x - k ln 2. Within 1 ulp (tested) for x in -708..709,
    /// held at those limits outside; NaN stays NaN.
    #[inline(always)]
    fn exp(self) -> Self {
        let (low, high) = EXP_RANGE;
        let x = self.map(|x| if x > high { high } else { x }).map(|x| if x < low { low } else { x });
        let rounded = x * core::f64::consts::LOG2_E + ROUNDS;
        let k = rounded - ROUNDS;
        let r = x - k * LN_2[0] - k * LN_2[1];
        let power = rounded.map(|k| f64::from_bits(k.to_bits().wrapping_add(1023) << 52));
        (r.polynomial(EXP) * (r * r) + r + 1.0) * power
    }

    /// From z = x^-0.1: x^0.5 = x z^5, x^2.2 = x³ z^8. z is guessed from the bits of x and improved twice
    /// by z (1 - e)^-0.1, e = 1 - x z^10, to e³ and to e^5: no division, root or logarithm. Within 4e-15
    /// (tested) for x in 1e-30..1e30; 0 counts as 1e-30.
    #[inline(always)]
    fn powers(self) -> [Self; 2] {
        let x = self.map(|x| if x >= 0.0 { x.max(TINY) } else { f64::NAN });
        let guess = x.map(|x| {
            let tenth = ((x.to_bits() >> 32) * 0x1999_999a) >> 32;
            f64::from_bits(TENTH.wrapping_sub(tenth) << 32)
        });
        let [a, b, c, ..] = SERIES;
        let z = improved(x, guess, [a, b, c]);
        let z = improved(x, z, SERIES);
        let (x2, z2) = (x * x, z * z);
        let z4 = z2 * z2;
        [x * (z4 * z), x2 * x * (z4 * z4)]
    }

    /// One division for all: the reciprocal of the product of the denominators, from which each is
    /// taken by products. A denominator of 0 spoils every quotient of its lane.
    #[inline(always)]
    fn quotients<const N: usize>(pairs: [(Self, Self); N]) -> [Self; N] {
        // Products of the denominators before each.
        let mut product = Self::from(1.0);
        let mut found = [product; N];
        for (before, (_, under)) in found.iter_mut().zip(&pairs) {
            *before = product;
            product = product * *under;
        }
        let mut reciprocal = product.map(|x| 1.0 / x);
        for ((over, under), before) in pairs.into_iter().zip(&mut found).rev() {
            *before = over * (reciprocal * *before);
            reciprocal = reciprocal * under;
        }
        found
    }
}

#[inline(always)]
fn improved<const N: usize>(x: Lanes, z: Lanes, series: [f64; N]) -> Lanes {
    let z2 = z * z;
    let z4 = z2 * z2;
    let e = Lanes::from(1.0) - x * (z4 * z4 * z2);
    z + z * e * e.polynomial(series)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Largest error relative to `exact`, over `points` lane-filling arguments.
    fn worst(points: &[f64], lanes: impl Fn(Lanes) -> Lanes, exact: impl Fn(f64) -> f64) -> f64 {
        let error = |chunk: &[f64; LANES]| {
            let got = lanes(Lanes(*chunk)).0;
            got.iter().zip(chunk).map(|(got, x)| (got / exact(*x) - 1.0).abs()).fold(0.0, f64::max)
        };
        points.as_chunks::<LANES>().0.iter().map(error).fold(0.0, f64::max)
    }

    /// A hundred thousand points of a range, evenly.
    fn range(from: f64, to: f64) -> Vec<f64> {
        (0..100_000).map(|n| from + (to - from) * f64::from(n) / 99_999.0).collect()
    }

    #[test]
    fn exp_is_within_one_unit_in_the_last_place() {
        for (from, to) in [(-1.0, 1.0), (-50.0, 50.0), (-708.0, 709.0)] {
            let error = worst(&range(from, to), Lanes::exp, f64::exp);
            assert!(error <= f64::EPSILON, "{from}..{to}: {error:e}");
        }
        let exp = |x: f64| Lanes::from(x).exp().0[0];
        assert_eq!(exp(0.0), 1.0);
        assert_eq!((exp(1e9), exp(-1e9)), (exp(709.0), exp(-708.0)));
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn powers_hold_over_sixty_decades() {
        // The number nearest to 2.2 is off by enough to show at 1e30; that nearest to 0.2 is not.
        let steep = |x: f64| x * x * x.powf(0.2);
        let decades = range(-69.0, 69.0).into_iter().map(f64::exp).collect();
        for points in [range(1.0, 30.0), range(1e-3, 1.0), range(1.0, 1e6), decades] {
            let errors =
                [worst(&points, |x| x.powers()[0], f64::sqrt), worst(&points, |x| x.powers()[1], steep)];
            assert!(errors.iter().all(|error| *error < 4e-15), "{errors:?}");
        }
        let [root, steep] = Lanes::from(0.0).powers();
        assert!(root.0[0] <= 1e-14 && steep.0[0] <= 1e-65, "{root:?} {steep:?}");
        for x in [-1.0, -1e-300, f64::NAN] {
            assert!(Lanes::from(x).powers().iter().all(|power| power.0.iter().all(|x| x.is_nan())));
        }
    }

    #[test]
    fn quotients_are_those_of_a_division() {
        let pairs = [(1.0, 15_700.0), (3.0, -0.07), (2068.4, 1248.0), (0.0, 1e-4), (-7.0, 3e5)];
        let found = Lanes::quotients(pairs.map(|(over, under)| (Lanes::from(over), Lanes::from(under))));
        for ((over, under), found) in pairs.into_iter().zip(found) {
            assert!(
                (found.0[LANES - 1] - over / under).abs() <= 1e-15 * (over / under).abs(),
                "{over}/{under}"
            );
        }
        // A lane whose denominator vanishes is lost; its neighbours are not.
        let mut under = Lanes::from(2.0);
        under.0[3] = 0.0;
        let [halves, thirds] =
            Lanes::quotients([(Lanes::from(1.0), under), (Lanes::from(1.0), Lanes::from(3.0))]);
        for lane in 0..LANES {
            assert_eq!(halves.0[lane].is_finite() && thirds.0[lane].is_finite(), lane != 3);
        }
    }
}
