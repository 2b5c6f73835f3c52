//! Everything that is remembered about one cell.

use super::{
    AlarmState, BathState, DosingState, EffectState, FeedState, FeedersState, GuardState, OperationState,
    PotController, PredictState, ResistanceState, WatchState,
};
use crate::estimate::{EkfState, ThermalState};
use crate::image::{CellId, Flags, LabSample, Outcome, Veto};
use crate::signal::{Clock, RodState, SignalState};

/// Memory of one cell; survives an exchange of the controller.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "snapshot", derive(serde::Serialize, serde::Deserialize))]
pub struct PotState {
    pub(super) cell: CellId,
    pub(super) clock: Clock,
    pub(super) signal: SignalState,
    pub(super) rods: RodState,
    pub(super) ekf: EkfState,
    pub(super) thermal: ThermalState,
    pub(super) bath: BathState,
    /// A result that the next scan looks at, and when the last one was taken \[s\].
    pub(super) sample: Option<LabSample>,
    pub(super) sampled: f64,
    pub(super) feed: FeedState,
    pub(super) dosing: DosingState,
    pub(super) feeders: FeedersState,
    pub(super) resistance: ResistanceState,
    pub(super) effect: EffectState,
    pub(super) operations: OperationState,
    pub(super) predict: PredictState,
    pub(super) guard: GuardState,
    pub(super) watch: WatchState,
    pub(super) alarms: AlarmState,
    pub(super) started: bool,
    pub(super) lost: f64,
    pub(super) since_confirm: f64,
    pub(super) level: f64,
    pub(super) level_known: f64,
    pub(super) position: Option<f64>,
    pub(super) current: f64,
    pub(super) current_low: bool,
    pub(super) flags: Flags,
    pub(super) vetoed: Option<(Veto, f64)>,
    pub(super) outcome: Outcome,
}

impl PotState {
    /// Memory of a cell that was never seen. Feeders of different cells start at different turns.
    #[must_use]
    pub fn new(controller: &PotController, cell: CellId) -> Self {
        let mut dosing = DosingState::default();
        controller.dosing().stagger(&mut dosing, cell.0);
        Self {
            cell,
            clock: Clock::default(),
            signal: SignalState::default(),
            rods: RodState::default(),
            ekf: EkfState::default(),
            thermal: ThermalState::default(),
            bath: BathState::default(),
            sample: None,
            sampled: f64::NEG_INFINITY,
            feed: FeedState::default(),
            dosing,
            feeders: FeedersState::default(),
            resistance: ResistanceState::default(),
            effect: EffectState::default(),
            operations: OperationState::default(),
            predict: PredictState::default(),
            guard: GuardState::default(),
            watch: WatchState::default(),
            alarms: AlarmState::default(),
            started: false,
            lost: 0.0,
            since_confirm: 0.0,
            level: f64::NAN,
            level_known: 0.0,
            position: None,
            current: controller.design().current,
            current_low: false,
            flags: Flags::default(),
            vetoed: None,
            outcome: Outcome::Idle,
        }
    }

    /// The cell.
    #[must_use]
    pub fn cell(&self) -> CellId {
        self.cell
    }

    /// Slopes, level and noise.
    #[must_use]
    pub fn signal(&self) -> &SignalState {
        &self.signal
    }

    /// What the rod currents show.
    #[must_use]
    pub fn rods(&self) -> &RodState {
        &self.rods
    }

    /// Alumina estimate and its audit record.
    #[must_use]
    pub fn estimate(&self) -> &EkfState {
        &self.ekf
    }

    /// Temperature, excess AlF3 and superheat.
    #[must_use]
    pub fn thermal(&self) -> &ThermalState {
        &self.thermal
    }

    /// Bath chemistry and heat.
    #[must_use]
    pub fn bath(&self) -> &BathState {
        &self.bath
    }

    /// Feed logic.
    #[must_use]
    pub fn feed(&self) -> &FeedState {
        &self.feed
    }

    /// Feeders.
    #[must_use]
    pub fn dosing(&self) -> &DosingState {
        &self.dosing
    }

    /// Blocked holes under feeders.
    #[must_use]
    pub fn feeders(&self) -> &FeedersState {
        &self.feeders
    }

    /// Resistance loop and its modifiers.
    #[must_use]
    pub fn resistance(&self) -> &ResistanceState {
        &self.resistance
    }

    /// Anode-effect sequence.
    #[must_use]
    pub fn effect(&self) -> &EffectState {
        &self.effect
    }

    /// Alarms.
    #[must_use]
    pub fn alarms(&self) -> &AlarmState {
        &self.alarms
    }

    /// Alarms, for a person who has seen one or puts one aside.
    pub fn alarms_mut(&mut self) -> &mut AlarmState {
        &mut self.alarms
    }

    /// Prediction of anode effects.
    #[must_use]
    pub fn predict(&self) -> &PredictState {
        &self.predict
    }

    /// Guard.
    #[must_use]
    pub fn guard(&self) -> &GuardState {
        &self.guard
    }
}
