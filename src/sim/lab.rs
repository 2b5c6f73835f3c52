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
    delay: Stream,
    next_sample: f64,
    next_dip: f64,
    /// Nobody samples before this \[s\].
    paused_until: f64,
    pending: VecDeque<LabSample>,
    /// The last analysis of this cell's own samples ...
    analysis: Option<LabSample>,
    /// ... that of another cell whose samples are taken for this one's ...
    confused_with: Option<LabSample>,
    /// ... and what was reported.
    latest: Option<LabSample>,
    dip: Option<Dip>,
}

impl Lab {
    /// `phase` in 0..1 spreads the rounds over the section.
    pub fn new(settings: SensorSettings, stream: Stream, delay: Stream, phase: f64) -> Self {
        let first = |every_h: f64| if every_h > 0.0 { phase * every_h * HOUR } else { f64::INFINITY };
        Self {
            next_sample: first(settings.lab_every_h),
            next_dip: first(settings.dip_every_h),
            paused_until: f64::NEG_INFINITY,
            settings,
            stream,
            delay,
            pending: VecDeque::new(),
            analysis: None,
            confused_with: None,
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
            // Results leave the laboratory in the order in which the samples came.
            let delay = s.lab_delay_h + s.lab_delay_spread_h * self.delay.uniform();
            let last = self.pending.back().map_or(now, |sample| sample.ready);
            // Drawn in any case, so that a pause moves no later draw.
            let sample = LabSample {
                taken: now,
                ready: (now + delay * HOUR).max(last),
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

    /// Until told otherwise, samples of this cell are taken for those of the cell of `other`.
    pub fn confuse(&mut self, other: Option<LabSample>) {
        self.confused_with = other;
    }

    /// Hands over results that have become ready by `now`. A confused one carries what was found in the
    /// other cell; the temperature was read beside this one.
    pub fn report(&mut self, now: f64) {
        while self.pending.front().is_some_and(|sample| sample.ready <= now) {
            self.analysis = self.pending.pop_front();
            self.latest = self.analysis.map(|own| match self.confused_with {
                Some(other) => LabSample { alf3: other.alf3, caf2: other.caf2, lif: other.lif, ..own },
                None => own,
            });
        }
    }

    /// The last analysis of the cell's own samples.
    pub fn analysis(&self) -> Option<LabSample> {
        self.analysis
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
        let stream = |channel| Stream::new(seed, CellId(1), channel);
        Lab::new(settings, stream(Channel::Lab), stream(Channel::LabDelay), 0.0)
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
    fn a_slow_laboratory_keeps_the_order_and_its_limits() {
        let settings = SensorSettings {
            lab_every_h: 2.0,
            lab_delay_h: 4.0,
            lab_delay_spread_h: 20.0,
            ..Default::default()
        };
        let mut lab = lab(settings, 4);
        let (mut before, mut longest, mut shortest) = (0.0, 0.0_f64, f64::INFINITY);
        for hour in 0..2_000 {
            let now = f64::from(hour) * HOUR;
            if lab.due(now) {
                lab.measure(&truth(), now);
            }
            lab.report(now);
            let Some(sample) = lab.latest() else { continue };
            assert!(sample.taken >= before && sample.ready <= now);
            before = sample.taken;
            let delay = (sample.ready - sample.taken) / HOUR;
            (longest, shortest) = (longest.max(delay), shortest.min(delay));
        }
        assert!(longest > 20.0 && longest <= 24.0, "{longest}");
        // Those that wait for the one before hide most short delays.
        assert!((4.0..20.0).contains(&shortest), "{shortest}");
    }

    #[test]
    fn a_confused_sample_carries_the_other_analysis_and_its_own_temperature() {
        let settings = SensorSettings { lab_every_h: 1.0, lab_delay_h: 0.0, ..Default::default() };
        let (mut clear, mut confused) = (lab(settings, 3), lab(settings, 3));
        let other = LabSample { alf3: 0.09, caf2: 0.04, ..LabSample::default() };
        confused.confuse(Some(other));
        for lab in [&mut clear, &mut confused] {
            lab.measure(&truth(), 0.0);
            lab.report(0.0);
        }
        let (own, shown) = (clear.latest().unwrap(), confused.latest().unwrap());
        assert_eq!(shown, LabSample { alf3: 0.09, caf2: 0.04, lif: 0.0, ..own });
        assert_eq!(confused.analysis(), Some(own));
    }

    #[test]
    fn never_means_never() {
        let lab = lab(SensorSettings { lab_every_h: 0.0, dip_every_h: 0.0, ..Default::default() }, 1);
        assert!(!lab.due(1e9));
    }
}
