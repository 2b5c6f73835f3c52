//! What a measurement of the resistance changes with.

/// The Jacobian of the measurement, without the states that it does not see: of the unexplained resistance
/// it is one.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// Alumina \[Ω per mass fraction\].
    pub alumina: f64,
    /// Shift \[Ω per mass fraction\] and scale \[Ω\] of the cell's curve.
    pub shift: f64,
    pub scale: f64,
}

impl Seen {
    /// The whole row, H.
    pub fn row(&self) -> [f64; 7] {
        [self.alumina, 0.0, 0.0, 1.0, 0.0, self.shift, self.scale]
    }

    /// The product of I - K H and a vector; columns of H that are zero leave their entry alone.
    pub fn keep(&self, gain: &[f64; 7]) -> impl Fn([f64; 7]) -> [f64; 7] + use<> {
        let [a, u, q, r, d, shift, scale] = *gain;
        let taken = |h: f64| gain.map(|k| 0.0 - k * h);
        let [_, a1, a2, a3, a4, a5, a6] = taken(self.alumina);
        let by_alumina = [1.0 - a * self.alumina, a1, a2, a3, a4, a5, a6];
        let by_rest = [-a, -u, -q, 1.0 - r, -d, -shift, -scale];
        let [s0, s1, s2, s3, s4, _, s6] = taken(self.shift);
        let by_shift = [s0, s1, s2, s3, s4, 1.0 - shift * self.shift, s6];
        let [c0, c1, c2, c3, c4, c5, _] = taken(self.scale);
        let by_scale = [c0, c1, c2, c3, c4, c5, 1.0 - scale * self.scale];
        move |[a, u, q, r, d, shift, scale]| {
            let [s0, s1, s2, s3, s4, s5, s6] = plus([0.0; 7], &by_alumina, a);
            let [s0, s1, s2, s3, s4, s5, s6] = plus([s0, s1 + u, s2 + q, s3, s4, s5, s6], &by_rest, r);
            plus(plus([s0, s1, s2, s3, s4 + d, s5, s6], &by_shift, shift), &by_scale, scale)
        }
    }
}

fn plus(mut sum: [f64; 7], column: &[f64; 7], times: f64) -> [f64; 7] {
    sum.iter_mut().zip(column).for_each(|(sum, entry)| *sum += entry * times);
    sum
}
