//! Feed, beam, anode effect and operations of one cell, and the guard that has the last word.
//!
//! ```text
//! Reading -> signal -> estimate -> effect > operations > feed, resistance -> guard -> Command
//! ```
//!
//! Every part has settings (for people), a run-time form built from them once (`&self`), and a
//! memory (`&mut State`) that survives an exchange of the run-time form.

mod alarm;
mod bath;
mod distance;
mod dosing;
mod effect;
mod feed;
mod feeders;
mod guard;
mod ledger;
mod motion;
mod operations;
mod pot;
mod predict;
mod resistance;
mod set_points;
mod settings;
#[cfg(feature = "snapshot")]
pub mod snapshot;
mod supervisor;
mod watch;

pub use alarm::{AlarmEntry, AlarmLife, AlarmState, Conditions, SHELF_MOST};
pub use bath::{Bath, BathSettings, BathState, Box9, DosingLaw, Heat, Level};
pub use distance::Explained;
pub use dosing::{Dosing, DosingSettings, DosingState, Service};
pub use effect::{Counts, Effect, EffectInput, EffectSettings, EffectState, Quench, Tally, Wanted};
pub use feed::{
    DemandSettings, EkfFeedSettings, Feed, FeedSettings, FeedState, InSituSettings, SaturatedSettings,
    Strategy,
};
pub use feeders::{Feeders, FeedersInput, FeedersSettings, FeedersState};
pub use guard::{Guard, GuardSettings, GuardState, Guarded};
pub use motion::Travel;
pub use operations::{OperationSettings, OperationState, Operations};
pub use pot::PotState;
pub use predict::{Predict, PredictInput, PredictSettings, PredictState, SIGNS};
pub use resistance::{
    BeamMode, Budget, Modifiers, Resistance, ResistanceSettings, ResistanceState, TargetPart,
};
pub use set_points::SetPoints;
pub use settings::Settings;
pub use supervisor::{LineView, PotController, Tick};
pub use watch::{Watch, WatchInput, WatchSettings, WatchState, Watched};
