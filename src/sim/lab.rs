//! Measurements made by hand: bath samples that go to the laboratory, and the dipstick.

use super::rng::Stream;
use super::settings::SensorSettings;
use crate::bath::Composition;
use crate::consts::HOUR;
use crate::image::{Dip, LabSample};
use std::collections::VecDeque;

/// What there is to be measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Truth {
    pub bath: Composition,
    /// \[K\].
    pub temperature: f64,
    /// Metal and bath height \[m\].
    pub heights: (f64, f64),
}

/// Samples on their way and the latest results.
#[derive(Debug, Clone)]
pub(super) struct Lab {
    settings: SensorSettings,
    stream: Stream,
    next_sample: f64,
    next_dip: f64,
    /// Nobody samples before this \[s\].
    paused_until: f64,
    pending: VecDeque<LabSample>,
    latest: Option<LabSample>,
    dip: Option<Dip>,
}

impl Lab {
    /// `phase` in 0..1 spreads the rounds over the section.
    pub fn new(settings: SensorSettings, stream: Stream, phase: f64) -> Self {
        let first = |every_h: f64| if every_h > 0.0 { phase * every_h * HOUR } else { f64::INFINITY };
        Self {
            next_sample: first(settings.lab_every_h),
            next_dip: first(settings.dip_every_h),
            paused_until: f64::NEG_INFINITY,
            settings,
            stream,
            pending: VecDeque::new(),
            latest: None,
            dip: None,
        }
    }

    /// Nobody takes samples until `end`; a round that falls into that time is left out.
    pub fn pause(&mut self, end: f64) {
        self.paused_until = end;
    }

    /// Something is to be measured at `now`.
    pub fn due(&self, now: f64) -> bool {
        now >= self.next_sample.min(self.next_dip)
    }

    /// Takes what is due.
    pub fn measure(&mut self, truth: &Truth, now: f64) {
        let s = &self.settings;
        if now >= self.next_sample {
            self.next_sample += s.lab_every_h * HOUR;
            let mut error = |sigma_pct: f64| sigma_pct / 100.0 * self.stream.normal();
            // Drawn in any case, so that a pause moves no later draw.
            let sample = LabSample {
                taken: now,
                ready: now + s.lab_delay_h * HOUR,
                alf3: (truth.bath.alf3 + error(s.lab_alf3_sigma_pct)).max(0.0),
                caf2: (truth.bath.caf2 + error(s.lab_caf2_sigma_pct)).max(0.0),
                lif: (truth.bath.lif + error(s.lab_lif_sigma_pct)).max(0.0),
                temperature: truth.temperature + s.probe_sigma_c * self.stream.normal(),
            };
            if now >= self.paused_until {
                self.pending.push_back(sample);
            }
        }
        if now >= self.next_dip {
            self.next_dip += s.dip_every_h * HOUR;
            let mut error = || s.dip_sigma_mm * 1e-3 * self.stream.normal();
            let (metal, bath) = truth.heights;
            self.dip =
                Some(Dip { taken: now, metal: (metal + error()).max(0.0), bath: (bath + error()).max(0.0) });
        }
    }

    /// Hands over results that have become ready by `now`.
    pub fn report(&mut self, now: f64) {
        while self.pending.front().is_some_and(|sample| sample.ready <= now) {
            self.latest = self.pending.pop_front();
        }
    }

    pub fn latest(&self) -> Option<LabSample> {
        self.latest
    }

    pub fn dip(&self) -> Option<Dip> {
        self.dip
    }
}

#[cfg(test)]
mod tests {
    use super::super::rng::Channel;
    use super::*;
    use crate::image::CellId;

    fn truth() -> Truth {
        Truth {
            bath: Composition::from_wt_pct(11.5, 2.6, 5.0, 0.3, 1.0, 0.0),
            temperature: 1_233.0,
            heights: (0.22, 0.19),
        }
    }

    fn lab(settings: SensorSettings, seed: u64) -> Lab {
        Lab::new(settings, Stream::new(seed, CellId(1), Channel::Lab), 0.0)
    }

    #[test]
    fn a_result_comes_after_its_delay_and_several_may_be_on_their_way() {
        let mut lab = lab(SensorSettings { lab_every_h: 2.0, lab_delay_h: 5.0, ..Default::default() }, 1);
        for minute in 0..=(12 * 60) {
            let now = f64::from(minute) * 60.0;
            if lab.due(now) {
                lab.measure(&truth(), now);
            }
            lab.report(now);
            // Taken every two hours; the newest that is five hours old.
            let expected = (now - 5.0 * HOUR >= 0.0).then(|| ((now / HOUR - 5.0) / 2.0).floor() * 2.0 * HOUR);
            assert_eq!(lab.latest().map(|sample| sample.taken), expected, "minute {minute}");
        }
    }

    #[test]
    fn errors_have_the_stated_size() {
        let settings = SensorSettings { lab_every_h: 1.0, dip_every_h: 1.0, ..Default::default() };
        let mut lab = lab(settings, 2);
        let (mut alf3, mut metal) = (0.0, 0.0);
        for hour in 0..2_000 {
            let now = f64::from(hour) * HOUR;
            lab.measure(&truth(), now);
            lab.report(now + 4.0 * HOUR);
            alf3 += (lab.latest().unwrap().alf3 - truth().bath.alf3).powi(2);
            metal += (lab.dip().unwrap().metal - 0.22).powi(2);
        }
        let sigma = |sum: f64| (sum / 2_000.0).sqrt();
        // Five standard errors of a standard deviation from 2000 draws.
        assert!((sigma(alf3) / 0.003 - 1.0).abs() < 0.08, "{}", sigma(alf3));
        assert!((sigma(metal) / 0.005 - 1.0).abs() < 0.08, "{}", sigma(metal));
    }

    #[test]
    fn a_pause_leaves_rounds_out_and_moves_no_later_one() {
        let settings = SensorSettings { lab_every_h: 1.0, lab_delay_h: 0.0, ..Default::default() };
        let (mut steady, mut paused) = (lab(settings, 3), lab(settings, 3));
        paused.pause(2.5 * HOUR);
        for hour in 0..6 {
            let now = f64::from(hour) * HOUR;
            for lab in [&mut steady, &mut paused] {
                lab.measure(&truth(), now);
                lab.report(now);
            }
            assert_eq!(paused.latest(), if hour < 3 { None } else { steady.latest() });
        }
    }

    #[test]
    fn never_means_never() {
        let lab = lab(SensorSettings { lab_every_h: 0.0, dip_every_h: 0.0, ..Default::default() }, 1);
        assert!(!lab.due(1e9));
    }
}
