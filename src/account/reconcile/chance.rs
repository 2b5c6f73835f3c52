//! The upper tail of the χ² distribution.

/// Probability that χ² with `degrees` degrees of freedom is at least `value`.
///
/// ```text
/// even 2n      Q = Σ_{k=0}^{n-1} e^{-h} h^k / k!                           h = value / 2
/// odd  2n + 1  Q = erfc √h + Σ_{k=1}^{n} e^{-h} h^{k-1/2} / Γ(k + 1/2)
/// ```
///
/// Abramowitz and Stegun 26.4.4 and 26.4.5. No degrees leave nothing to chance: 1. NaN gives NaN.
pub(super) fn chi_squared(value: f64, degrees: usize) -> f64 {
    if value.is_nan() || degrees == 0 {
        return if value.is_nan() { f64::NAN } else { 1.0 };
    }
    let half = value.max(0.0) / 2.0;
    if half == 0.0 {
        return 1.0;
    }
    let odd = degrees % 2 == 1;
    let (first, shift) = if odd { (1, -0.5) } else { (0, 0.0) };
    let start = if odd { libm::erfc(half.sqrt()) } else { 0.0 };
    // By logarithms: e^{-h} alone is zero long before the sum is.
    let term = |k: usize| {
        let power = k as f64 + shift;
        (power * half.ln() - half - libm::lgamma(power + 1.0)).exp()
    };
    let last = degrees / 2;
    let terms = if odd { first..last + 1 } else { first..last };
    (start + terms.map(term).sum::<f64>()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::chi_squared;

    #[test]
    fn the_tabulated_quantiles_have_their_probability() {
        for (degrees, value, chance) in [
            (1, 3.841_459, 0.05),
            (1, 10.827_566, 0.001),
            (2, 5.991_465, 0.05),
            (3, 7.814_728, 0.05),
            (10, 18.307_038, 0.05),
            (11, 24.724_970, 0.01),
            (100, 124.342_113, 0.05),
            (101, 101.0 - 2.0 / 3.0, 0.5),
        ] {
            let got = chi_squared(value, degrees);
            let slack = if degrees == 101 { 1e-3 } else { 1e-6 };
            assert!((got - chance).abs() < slack, "χ²({degrees}) above {value}: {got}");
        }
        assert_eq!(chi_squared(0.0, 5), 1.0);
        assert!(chi_squared(5e3, 1_001) < 1e-12);
    }
}
