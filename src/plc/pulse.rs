//! Timed outputs of the emulated PLC: pulses, and the hard limit behind each of them.

/// A pulse counted in PLC scans' time. It is always off for at least one scan between two pulses,
/// so that every command gives its own rising edge.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Pulse {
    left: f64,
    on: bool,
    /// Time of a pulse that waits for the off scan to pass.
    queued: Option<f64>,
    ended: bool,
}

impl Pulse {
    /// Starts a pulse, or queues it for the next scan when one ended in this very scan. The caller
    /// checks [`Pulse::busy`] first; a busy pulse is left alone.
    pub(super) fn start(&mut self, duration: f64) {
        if self.busy() {
            return;
        }
        if self.ended {
            self.queued = Some(duration);
        } else {
            (self.on, self.left) = (true, duration);
        }
    }

    /// Running, or about to.
    pub(super) fn busy(&self) -> bool {
        self.on || self.queued.is_some()
    }

    /// Waiting for its off scan to pass.
    pub(super) fn queued(&self) -> bool {
        self.queued.is_some()
    }

    /// The output in this scan.
    pub(super) fn on(&self) -> bool {
        self.on
    }

    /// One scan later. True when the pulse ended.
    pub(super) fn step(&mut self, dt: f64) -> bool {
        self.ended = false;
        if let Some(duration) = self.queued.take() {
            (self.on, self.left) = (true, duration);
        } else if self.on {
            self.left -= dt;
            // Rounded to whole scans; any pulse lasts at least one.
            if self.left <= 0.5 * dt {
                self.stop();
            }
        }
        self.ended
    }

    /// Off at once, and nothing queued.
    pub(super) fn stop(&mut self) {
        self.ended = self.on;
        self.on = false;
        self.queued = None;
        self.left = 0.0;
    }
}

/// Cuts an output that stays on too long, whatever the logic before it believes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct OnTimeLimit {
    on_for: f64,
}

impl OnTimeLimit {
    /// Passes `wanted` on while the output has been on for less than `limit` \[s\]. Once tripped it
    /// stays off until `wanted` has been off.
    pub(super) fn pass(&mut self, wanted: bool, dt: f64, limit: f64) -> bool {
        if !wanted {
            self.on_for = 0.0;
            return false;
        }
        self.on_for += dt;
        self.on_for <= limit * (1.0 + 1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scans_on(pulse: &mut Pulse) -> usize {
        (0..100)
            .take_while(|_| {
                let on = pulse.on();
                pulse.step(0.1);
                on
            })
            .count()
    }

    #[test]
    fn a_pulse_lasts_its_time_to_the_scan() {
        for (duration, scans) in [(3.0, 30), (0.14, 1), (0.16, 2), (0.01, 1)] {
            let mut pulse = Pulse::default();
            pulse.start(duration);
            assert_eq!(scans_on(&mut pulse), scans, "{duration}");
        }
    }

    #[test]
    fn a_command_in_the_scan_in_which_a_pulse_ends_gets_its_own_edge_and_its_own_end() {
        let mut pulse = Pulse::default();
        pulse.start(0.3);
        while !pulse.step(0.1) {}
        pulse.start(0.3);
        assert!(!pulse.on() && pulse.busy());
        pulse.step(0.1);
        assert_eq!(scans_on(&mut pulse), 3);
        // And in the scan after.
        pulse.start(0.3);
        assert_eq!(scans_on(&mut pulse), 3);
        assert!(!pulse.busy());
    }

    #[test]
    fn the_limit_does_not_trust_the_pulse() {
        let mut limit = OnTimeLimit::default();
        let on = (0..100).filter(|_| limit.pass(true, 0.1, 6.0)).count();
        assert_eq!(on, 60);
        assert!(!limit.pass(true, 0.1, 6.0));
        assert!(!limit.pass(false, 0.1, 6.0));
        assert!(limit.pass(true, 0.1, 6.0));
    }
}
