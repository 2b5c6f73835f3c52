//! The way between a pot's PLC and the controller where there are no sockets between them: telegrams
//! are lost, registers stand still, a request is executed twice.
//!
//! What is shown then is what the driver of a real link makes of it (`plc::assess`): no answer is a bad
//! reading at once; registers that stand still are stale after 1.5 s and bad after 3 s.

use super::rng::Stream;
use super::until::Until;
use crate::image::{Field, Quality, Reason};

/// Standstill of the sample's stamp from which it is stale, and from which it is bad \[s\].
const STALE_AFTER: f64 = 1.5;
const FROZEN_AFTER: f64 = 3.0;

/// What may be wrong with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    /// Nothing passes.
    Lost,
    /// A gateway answers from its memory.
    Frozen,
    /// The PLC executes each request twice.
    Repeated,
}

/// What the controller's side holds after a scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Received {
    pub field: Field,
    /// \[s\]
    pub age: f64,
    pub quality: Quality,
    pub reason: Reason,
}

/// The telegrams of one pot.
#[derive(Debug, Clone)]
pub(super) struct Telegrams {
    stream: Stream,
    /// Share that is lost by chance \[1\].
    missing: f64,
    lost: Until<bool>,
    frozen: Until<bool>,
    repeated: Until<bool>,
    received: Received,
    /// How often a request is executed.
    copies: u8,
}

impl Telegrams {
    pub fn new(missing_pct: f64, stream: Stream) -> Self {
        let nothing = Field::default();
        Self {
            stream,
            missing: missing_pct / 100.0,
            lost: Until::usual(false),
            frozen: Until::usual(false),
            repeated: Until::usual(false),
            received: Received { field: nothing, age: 0.0, quality: Quality::Bad, reason: Reason::NeverRead },
            copies: 1,
        }
    }

    /// Until `end`.
    pub fn fault(&mut self, fault: Fault, end: f64) {
        match fault {
            Fault::Lost => self.lost.set(true, end),
            Fault::Frozen => self.frozen.set(true, end),
            Fault::Repeated => self.repeated.set(true, end),
        }
    }

    /// One scan: the PLC shows `field`.
    pub fn pass(&mut self, field: &Field) {
        let now = field.time;
        let chance = self.missing > 0.0 && self.stream.uniform() < self.missing;
        let (lost, frozen) = (chance || self.lost.at(now), self.frozen.at(now));
        self.copies = match (lost || frozen, self.repeated.at(now)) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => 2,
        };
        if !lost && !frozen {
            self.received =
                Received { field: *field, age: 0.0, quality: Quality::Good, reason: Reason::None };
            return;
        }
        self.received.age = now - self.received.field.time;
        (self.received.quality, self.received.reason) = match self.received.age {
            _ if lost => (Quality::Bad, Reason::CommsFault),
            age if age > FROZEN_AFTER => (Quality::Bad, Reason::Frozen),
            age if age > STALE_AFTER => (Quality::Uncertain, Reason::Stale),
            _ => (Quality::Good, Reason::None),
        };
    }

    pub fn received(&self) -> &Received {
        &self.received
    }

    /// How often a request of this scan is executed: not at all, once or twice.
    pub fn copies(&self) -> u8 {
        self.copies
    }
}

#[cfg(test)]
mod tests {
    use super::super::rng::Channel;
    use super::*;
    use crate::image::CellId;

    fn telegrams(missing_pct: f64) -> Telegrams {
        Telegrams::new(missing_pct, Stream::new(1, CellId(1), Channel::Telegram))
    }

    /// What is shown from second to second.
    fn scans(telegrams: &mut Telegrams, seconds: u32) -> std::vec::Vec<(f64, f64, Quality, u8)> {
        let scan = |second| {
            telegrams.pass(&Field { time: f64::from(second), ..Field::default() });
            let Received { field, age, quality, .. } = *telegrams.received();
            (field.time, age, quality, telegrams.copies())
        };
        (0..seconds).map(scan).collect()
    }

    #[test]
    fn a_lost_link_is_bad_at_once_and_good_again_at_its_end() {
        let mut t = telegrams(0.0);
        scans(&mut t, 1);
        t.fault(Fault::Lost, 3.0);
        let shown = scans(&mut t, 4);
        assert_eq!(shown[2], (0.0, 2.0, Quality::Bad, 0));
        assert_eq!(shown[3], (3.0, 0.0, Quality::Good, 1));
    }

    #[test]
    fn frozen_registers_look_well_at_first() {
        let mut t = telegrams(0.0);
        scans(&mut t, 1);
        t.fault(Fault::Frozen, 10.0);
        let shown: std::vec::Vec<_> = scans(&mut t, 6).iter().map(|s| (s.0, s.2, s.3)).collect();
        let expected = [Quality::Good, Quality::Good, Quality::Uncertain, Quality::Uncertain];
        assert_eq!(shown[..4], expected.map(|quality| (0.0, quality, 0)));
        assert_eq!(shown[4..], [(0.0, Quality::Bad, 0); 2]);
    }

    #[test]
    fn telegrams_are_missing_as_often_as_stated() {
        let bad = |pct| scans(&mut telegrams(pct), 20_000).iter().filter(|s| s.2 == Quality::Bad).count();
        assert_eq!(bad(0.0), 0);
        // Five standard errors of a share of 5 % in 20000.
        assert!((bad(5.0) as f64 / 20_000.0 - 0.05).abs() < 0.008, "{}", bad(5.0));
    }

    #[test]
    fn a_faulty_plc_executes_twice() {
        let mut t = telegrams(0.0);
        t.fault(Fault::Repeated, 2.0);
        assert_eq!(scans(&mut t, 3).iter().map(|s| s.3).collect::<std::vec::Vec<_>>(), [2, 2, 1]);
    }
}
