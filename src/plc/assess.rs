//! How far a sample may be trusted, and the memory that judgement needs. No I/O, no clock.

use super::handshake::Handshake;
use super::layout::{Layout, Snapshot};
use super::settings::LinkSettings;
use crate::image::{Link, Outcome, Quality, Reading, Reason, StatusBits};
use std::prelude::rust_2024::*;
use std::sync::Arc;
use thiserror::Error;

/// What is known about a sample besides its values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circumstances {
    /// A connection stands.
    pub connected: bool,
    /// A sample has ever arrived.
    pub ever_read: bool,
    /// The last request was answered, rightly and in time.
    pub answered: bool,
    /// The PLC speaks our map.
    pub same_map: bool,
    /// The sample mixes two PLC scans.
    pub torn: bool,
    /// A value is outside its plausible range, or the sample stamp has leapt and no later sample has yet
    /// said the same.
    pub implausible: bool,
    /// A value that can be done without is outside its plausible range.
    pub suspect: bool,
    /// Standstill of the PLC's heartbeat \[s\].
    pub heartbeat_age: f64,
    /// Standstill of the sample stamp \[s\].
    pub stamp_age: f64,
    /// Enough sound samples since the connection was made.
    pub settled: bool,
}

/// The verdict: the gravest reason first. `stale_after` and `frozen_after` in \[s\].
#[must_use]
pub fn assess(at: &Circumstances, stale_after: f64, frozen_after: f64) -> (Quality, Reason) {
    let frozen = !(at.heartbeat_age <= frozen_after && at.stamp_age <= frozen_after);
    let bad = [
        (!at.connected, Reason::Disconnected),
        (!at.ever_read, Reason::NeverRead),
        (!at.answered, Reason::CommsFault),
        (!at.same_map, Reason::MapMismatch),
        (at.torn, Reason::Torn),
        (frozen, Reason::Frozen),
        (at.implausible, Reason::Implausible),
    ];
    if let Some((_, reason)) = bad.into_iter().find(|(holds, _)| *holds) {
        return (Quality::Bad, reason);
    }
    let uncertain = [
        (at.stamp_age > stale_after, Reason::Stale),
        (at.suspect, Reason::Implausible),
        // Fresh after an interruption: not yet trusted.
        (!at.settled, Reason::Disconnected),
    ];
    match uncertain.into_iter().find(|(holds, _)| *holds) {
        Some((_, reason)) => (Quality::Uncertain, reason),
        None => (Quality::Good, Reason::None),
    }
}

/// The PLC does not speak our map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Mismatch {
    /// Another version.
    #[error("register map version {expected} expected, the PLC shows {found}")]
    Version {
        /// The map's `plc_version`.
        expected: u16,
        /// What the PLC shows.
        found: u16,
    },
    /// The version fits but a test register does not hold its constant.
    #[error(
        "register map version {version} on both sides, but a test register is wrong: check byte_order and offsets"
    )]
    TestRegisters {
        /// The common version.
        version: u16,
    },
}

/// A PLC clock that jumps forward by more than this was restarted \[ms\]; so was one that runs back.
/// Wide enough for an emulated PLC running a thousand times faster than the controller's clock.
fn jump_limit_ms(elapsed: f64) -> f64 {
    3.6e6 + elapsed.max(0.0) * 1e6
}

/// Turns samples into readings: unwraps the stamp, measures standstills, counts sound samples, feeds
/// the handshake.
#[derive(Debug)]
pub(super) struct Intake {
    layout: Arc<Layout>,
    stale_after: f64,
    frozen_after: f64,
    good_samples: u32,
    pub handshake: Handshake,
    pub connected: bool,
    pub answered: bool,
    /// A sample of our map was read over this connection.
    pub verified: bool,
    /// What is shown.
    sample: Option<Snapshot>,
    /// The last sample that was whole and of our map.
    trusted: Option<Snapshot>,
    /// A sample whose stamp does not continue the trusted one's. Of a restarted PLC the next sample says
    /// the same; an old reply that turns up late, or from the cache of a gateway, stands alone.
    leapt: Option<Snapshot>,
    /// Unwrapped time of the sample \[s\].
    time: f64,
    stamp_moved: f64,
    heartbeat_moved: f64,
    sound_samples: u32,
    pub restarts: u64,
}

impl Intake {
    pub(super) fn new(layout: Arc<Layout>, settings: &LinkSettings) -> Self {
        Self {
            layout,
            stale_after: settings.stale_after_s,
            frozen_after: settings.frozen_after_s,
            good_samples: settings.good_samples,
            handshake: Handshake::new(settings.patience_scans),
            connected: false,
            answered: false,
            verified: false,
            sample: None,
            trusted: None,
            leapt: None,
            time: 0.0,
            stamp_moved: 0.0,
            heartbeat_moved: 0.0,
            sound_samples: 0,
            restarts: 0,
        }
    }

    pub(super) fn connect(&mut self) {
        self.connected = true;
        self.answered = false;
        self.verified = false;
        self.sound_samples = 0;
    }

    pub(super) fn disconnect(&mut self) {
        self.connected = false;
        self.answered = false;
        self.verified = false;
        self.sound_samples = 0;
        self.handshake.link_lost();
    }

    /// True while the last sample mixes two scans and is worth another read.
    pub(super) fn torn(&self) -> bool {
        self.answered && self.sample.is_some_and(|sample| sample.torn)
    }

    pub(super) fn mismatch(&self) -> Option<Mismatch> {
        let sample = self.sample.as_ref()?;
        let version = self.layout.plc_version;
        if sample.map_version != version {
            Some(Mismatch::Version { expected: version, found: sample.map_version })
        } else if !sample.tests_ok {
            Some(Mismatch::TestRegisters { version })
        } else {
            None
        }
    }

    /// A reply, decoded at `now` \[s\] on the caller's clock.
    pub(super) fn take(&mut self, words: &[u16], now: f64) {
        let sample = self.layout.decode(words);
        self.answered = true;
        self.sample = Some(sample);
        if sample.torn || self.mismatch().is_some() {
            return;
        }
        self.verified = true;
        let Some(last) = self.trusted else {
            self.trusted = Some(sample);
            self.time = f64::from(sample.stamp_ms) * 1e-3;
            (self.stamp_moved, self.heartbeat_moved) = (now, now);
            self.handshake.observe(sample.ack, sample.scan);
            return;
        };
        let elapsed = now - self.stamp_moved;
        let moved_since = |from: &Snapshot| super::codec::advance32(from.stamp_ms, sample.stamp_ms);
        let leaps = |moved: i64| moved < 0 || moved as f64 > jump_limit_ms(elapsed);
        let moved = moved_since(&last);
        let restarted = leaps(moved);
        if restarted {
            let first = self.leapt.replace(sample).map(|first| moved_since(&first));
            if !first.is_some_and(|moved| moved > 0 && !leaps(moved)) {
                return;
            }
        }
        self.leapt = None;
        self.trusted = Some(sample);
        if restarted {
            // The controller's time goes on by its own clock; the PLC's memory is gone.
            self.time += elapsed.max(0.0);
            self.sound_samples = 0;
            self.restarts += 1;
            self.handshake.plc_restarted(sample.ack);
        } else {
            self.time += moved as f64 * 1e-3;
        }
        if moved != 0 {
            self.stamp_moved = now;
        }
        if sample.heartbeat != last.heartbeat {
            self.heartbeat_moved = now;
            if !restarted {
                self.handshake.observe(sample.ack, sample.scan);
            }
        }
    }

    /// The reading handed over at `now` \[s\]; called once per scan.
    pub(super) fn reading(&mut self, now: f64) -> Reading {
        let sample = self.sample.unwrap_or_default();
        let age = now - self.stamp_moved;
        let mut at = Circumstances {
            connected: self.connected,
            ever_read: self.sample.is_some(),
            answered: self.answered,
            same_map: self.mismatch().is_none(),
            torn: sample.torn,
            implausible: sample.implausible || self.leapt.is_some(),
            suspect: sample.suspect,
            heartbeat_age: now - self.heartbeat_moved,
            stamp_age: age,
            settled: true,
        };
        let (quality, _) = assess(&at, self.stale_after, self.frozen_after);
        self.sound_samples = if quality == Quality::Bad { 0 } else { self.sound_samples.saturating_add(1) };
        at.settled = self.sound_samples >= self.good_samples;
        let (quality, reason) = assess(&at, self.stale_after, self.frozen_after);
        Reading {
            time: self.time,
            age,
            quality,
            reason,
            voltage: sample.voltage,
            current: sample.current,
            bath_temperature: sample.bath_temperature,
            beam_position: sample.beam_position,
            strokes: sample.strokes,
            mode: sample.mode.unwrap_or_default(),
            status: sample.status,
            link: Link { ready: self.ready(quality, &sample), last: self.last() },
        }
    }

    fn ready(&self, quality: Quality, sample: &Snapshot) -> bool {
        quality == Quality::Good && self.handshake.ready() && sample.status.has(StatusBits::REMOTE)
    }

    fn last(&self) -> Outcome {
        self.handshake.last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plc::handshake::Ack;
    use crate::plc::layout::MAX_WORDS;
    use crate::plc::map::RegisterMap;

    const FINE: Circumstances = Circumstances {
        connected: true,
        ever_read: true,
        answered: true,
        same_map: true,
        torn: false,
        implausible: false,
        suspect: false,
        heartbeat_age: 0.0,
        stamp_age: 0.0,
        settled: true,
    };

    #[test]
    fn every_circumstance_has_its_verdict() {
        let verdict = |at| assess(&at, 1.5, 3.0);
        assert_eq!(verdict(FINE), (Quality::Good, Reason::None));
        for (at, reason) in [
            (Circumstances { connected: false, answered: false, ..FINE }, Reason::Disconnected),
            (Circumstances { ever_read: false, answered: false, ..FINE }, Reason::NeverRead),
            (Circumstances { answered: false, ..FINE }, Reason::CommsFault),
            (Circumstances { same_map: false, implausible: true, ..FINE }, Reason::MapMismatch),
            (Circumstances { torn: true, ..FINE }, Reason::Torn),
            (Circumstances { heartbeat_age: 3.1, ..FINE }, Reason::Frozen),
            (Circumstances { stamp_age: 3.1, ..FINE }, Reason::Frozen),
            (Circumstances { stamp_age: f64::NAN, ..FINE }, Reason::Frozen),
            (Circumstances { implausible: true, ..FINE }, Reason::Implausible),
        ] {
            assert_eq!(verdict(at), (Quality::Bad, reason));
        }
        for (at, reason) in [
            (Circumstances { stamp_age: 2.0, ..FINE }, Reason::Stale),
            (Circumstances { suspect: true, ..FINE }, Reason::Implausible),
            (Circumstances { settled: false, ..FINE }, Reason::Disconnected),
        ] {
            assert_eq!(verdict(at), (Quality::Uncertain, reason));
        }
    }

    struct Bench {
        layout: Arc<Layout>,
        intake: Intake,
        shown: Snapshot,
        now: f64,
    }

    impl Bench {
        fn new(stamp_ms: u32) -> Self {
            let layout = Arc::new(RegisterMap::pot500().unwrap().compile().unwrap());
            let mut intake = Intake::new(Arc::clone(&layout), &LinkSettings::default());
            intake.connect();
            let shown = Snapshot {
                map_version: 501,
                stamp_ms,
                mode: Some(crate::image::Mode::Auto),
                status: StatusBits::REMOTE,
                voltage: 4.0,
                current: 500e3,
                ..Snapshot::default()
            };
            Self { layout, intake, shown, now: 1_000.0 }
        }

        /// One second later, `moved` of the PLC's milliseconds.
        fn scan(&mut self, moved: u32) -> Reading {
            self.now += 1.0;
            self.shown.stamp_ms = self.shown.stamp_ms.wrapping_add(moved);
            self.shown.heartbeat = self.shown.heartbeat.wrapping_add((moved / 100) as u16);
            self.shown.scan = self.shown.heartbeat;
            let mut words = [0; MAX_WORDS];
            self.layout.publish(&mut words, &self.shown);
            self.intake.take(&words, self.now);
            self.intake.reading(self.now)
        }
    }

    #[test]
    fn readings_become_good_after_three_sound_samples() {
        let mut bench = Bench::new(0);
        let qualities: Vec<_> = (0..4).map(|_| bench.scan(1_000).quality).collect();
        assert_eq!(qualities, [Quality::Uncertain, Quality::Uncertain, Quality::Good, Quality::Good]);
        assert!(bench.scan(1_000).link.ready);
        bench.intake.disconnect();
        let gone = bench.intake.reading(bench.now);
        assert_eq!((gone.quality, gone.reason), (Quality::Bad, Reason::Disconnected));
        bench.intake.connect();
        assert_eq!(bench.scan(1_000).quality, Quality::Uncertain);
    }

    #[test]
    fn a_stamp_that_stands_still_ages_and_freezes() {
        let mut bench = Bench::new(0);
        for _ in 0..3 {
            bench.scan(1_000);
        }
        assert_eq!(bench.scan(0).quality, Quality::Good);
        assert_eq!(bench.scan(0).reason, Reason::Stale);
        bench.scan(0);
        let frozen = bench.scan(0);
        assert_eq!((frozen.quality, frozen.reason), (Quality::Bad, Reason::Frozen));
        assert!((frozen.age - 4.0).abs() < 1e-9 && !frozen.link.ready);
    }

    #[test]
    fn time_runs_over_the_wrap_and_over_a_restart() {
        let mut bench = Bench::new(u32::MAX - 1_500);
        let first = bench.scan(1_000);
        let second = bench.scan(1_000);
        assert!((second.time - first.time - 1.0).abs() < 1e-6);
        assert_eq!(bench.intake.restarts, 0);
        bench.scan(1_000);
        let before = bench.scan(1_000).time;
        bench.shown.stamp_ms = 0;
        bench.shown.heartbeat = 0;
        bench.shown.ack = Ack::default();
        let doubtful = bench.scan(100);
        assert_eq!((doubtful.quality, doubtful.reason), (Quality::Bad, Reason::Implausible));
        let after = bench.scan(100);
        assert_eq!((bench.intake.restarts, after.quality), (1, Quality::Uncertain));
        assert!((after.time - before - 2.0).abs() < 1e-6);
    }

    #[test]
    fn an_old_reply_that_turns_up_is_no_restart() {
        let mut bench = Bench::new(0);
        for _ in 0..5 {
            bench.scan(1_000);
        }
        bench.intake.handshake.issue();
        bench.intake.handshake.written(true);
        let stamp = bench.shown.stamp_ms;
        bench.shown.stamp_ms = stamp - 3_000;
        assert_eq!(bench.scan(0).reason, Reason::Implausible);
        bench.shown.stamp_ms = stamp;
        bench.shown.ack = Ack { seq: 1, result: 2, code: 0 };
        let after = bench.scan(2_000);
        assert_eq!((bench.intake.restarts, after.link.last), (0, Outcome::Done));
    }

    #[test]
    fn another_map_is_named_with_both_versions_and_gets_no_commands() {
        let mut bench = Bench::new(0);
        bench.shown.map_version = 7;
        let reading = bench.scan(1_000);
        assert_eq!((reading.quality, reading.reason), (Quality::Bad, Reason::MapMismatch));
        assert!(!bench.intake.verified && bench.intake.handshake.issue().is_none());
        let message = std::format!("{}", bench.intake.mismatch().unwrap());
        assert!(message.contains("501") && message.contains('7'), "{message}");
    }
}
