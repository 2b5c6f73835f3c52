//! What was believed of the bath in the last days, for samples that come late.

use crate::consts::HOUR;

/// Entries, one an hour.
const HOURS: usize = 50;

/// Excess AlF3 (mass fraction) and temperature \[K\] hour by hour, the latest first.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Past {
    #[cfg_attr(feature = "snapshot", serde(with = "crate::array"))]
    alf3: [f64; HOURS],
    #[cfg_attr(feature = "snapshot", serde(with = "crate::array"))]
    temperature: [f64; HOURS],
    /// Since the latest entry was made \[s\].
    since: f64,
}

impl Default for Past {
    fn default() -> Self {
        Self { alf3: [f64::NAN; HOURS], temperature: [f64::NAN; HOURS], since: 0.0 }
    }
}

impl Past {
    /// How far back it goes \[s\].
    pub const REACH: f64 = (HOURS - 2) as f64 * HOUR;

    /// It was always so.
    pub fn fill(&mut self, alf3: f64, temperature: f64) {
        *self = Self { alf3: [alf3; HOURS], temperature: [temperature; HOURS], since: 0.0 };
    }

    /// `step` \[s\] later it is so.
    pub fn keep(&mut self, alf3: f64, temperature: f64, step: f64) {
        self.since += step;
        if self.since >= HOUR {
            self.since = 0.0;
            self.alf3.rotate_right(1);
            self.temperature.rotate_right(1);
        }
        if let (Some(a), Some(t)) = (self.alf3.first_mut(), self.temperature.first_mut()) {
            (*a, *t) = (alf3, temperature);
        }
    }

    /// What was believed `age` \[s\] ago, to the hour; the oldest when it was longer ago.
    pub fn at(&self, age: f64) -> (f64, f64) {
        // The first entry is of now, the second of the end of the hour before.
        let index = (((age - self.since) / HOUR + 1.5).max(0.0) as usize).min(HOURS - 1);
        let of = |list: &[f64; HOURS]| list.get(index).copied().unwrap_or(f64::NAN);
        (of(&self.alf3), of(&self.temperature))
    }

    /// All of it was wrong by as much.
    pub fn shift(&mut self, alf3: f64, temperature: f64) {
        self.alf3.iter_mut().for_each(|x| *x += alf3);
        self.temperature.iter_mut().for_each(|x| *x += temperature);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_back_what_was_so_to_the_hour() {
        let mut past = Past::default();
        past.fill(0.1, 1_230.0);
        for minute in 1..=600 {
            past.keep(0.1, 1_230.0 + f64::from(minute) / 60.0, 60.0);
        }
        for hours in 0..9 {
            let (_, temperature) = past.at(f64::from(hours) * HOUR);
            assert!((temperature - (1_240.0 - f64::from(hours))).abs() <= 1.0, "{hours} {temperature}");
        }
        assert_eq!(past.at(40.0 * HOUR).1, 1_230.0);
        assert_eq!(past.at(1e9).1, 1_230.0);
        past.shift(0.01, 2.0);
        assert_eq!(past.at(40.0 * HOUR), (0.11, 1_232.0));
    }
}
