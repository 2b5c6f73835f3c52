//! The alarms of a cell, a table: priority, delays, what explains it, and what to do.
//!
//! Priorities are by the time there is to act and what it costs not to (ANSI/ISA-18.2): `Urgent`
//! within minutes, `High` within the half hour, `Low` within the shift. Delays are those of control
//! practice (10 s on, 60 s off), longer where a condition is harmless for longer; unverified.

use super::Mode;

/// How soon a person must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Priority {
    /// Within minutes 紧急.
    Urgent,
    /// Within the half hour 高.
    High,
    /// Within the shift 低.
    Low,
}

impl Priority {
    /// The most urgent first.
    pub const ALL: [Self; 3] = [Self::Urgent, Self::High, Self::Low];
}

/// What an alarm says to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Words {
    /// What it is.
    pub title: &'static str,
    /// The same in the potroom 中文.
    pub title_zh: &'static str,
    /// Where it usually comes from.
    pub cause: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// Work that explains a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Explained {
    /// By nothing.
    Never,
    /// By any work at the cell, and by its early life.
    Work,
    /// By people who have the cell in their hands.
    Hands,
}

macro_rules! alarms {
    ($($(#[$about:meta])* $name:ident: $priority:ident, $delays:expr, $explained:ident,
       $title:literal, $zh:literal, $cause:literal, $remedy:literal;)*) => {
        /// An alarm.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
        pub enum Alarm {
            $($(#[$about])* $name,)*
        }

        impl Alarm {
            /// All of them.
            pub const ALL: [Self; [$(stringify!($name)),*].len()] = [$(Self::$name),*];

            /// How soon a person must act.
            #[must_use]
            pub fn priority(self) -> Priority {
                match self { $(Self::$name => Priority::$priority,)* }
            }

            /// How long the condition must hold before it is told, and be gone before it is over \[s\].
            #[must_use]
            pub fn delays(self) -> (f64, f64) {
                match self { $(Self::$name => $delays,)* }
            }

            /// What it says to people.
            #[must_use]
            pub fn words(self) -> Words {
                match self {
                    $(Self::$name => Words { title: $title, title_zh: $zh, cause: $cause, remedy: $remedy },)*
                }
            }

            fn explained(self) -> Explained {
                match self { $(Self::$name => Explained::$explained,)* }
            }
        }
    };
}

/// The condition has been delayed where it is made.
const MADE: (f64, f64) = (0.0, 0.0);
const HOUR: f64 = crate::consts::HOUR;

alarms! {
    /// Quench given up.
    EffectNotQuenched: Urgent, MADE, Hands,
        "Anode effect not quenched", "阳极效应未熄灭",
        "The quench sequence has used its attempts: too little alumina reaches the anodes, or gas stays under them",
        "Go to the cell; quench by hand with a green pole, check that feeders deliver and that the beam moves";
    /// Beam does not answer, or moved by itself.
    BeamFault: Urgent, MADE, Hands,
        "Beam does not do what it is asked", "阳极大母线动作异常",
        "Motor, clamp or encoder; or somebody moved the beam in automatic mode",
        "Stop the beam at the local panel, look at motor, clamps and encoder; switch to manual and back once it is right";
    /// Anodes touch the metal.
    Short: Urgent, MADE, Work,
        "Cell shorted", "电压过低短路",
        "An anode or a spike touches the metal, or the beam stands too low",
        "Measure the anode currents, raise or reset the anode that carries most; do not lower the beam";
    /// No current signal.
    CurrentLost: High, MADE, Hands,
        "Line current signal lost", "系列电流信号丢失",
        "Transducer or its cable: the value stands still, is impossible, or differs from the line's",
        "Compare with the rectifier's reading; repair the transducer. The cell is fed at its last good rate, the beam rests";
    /// No voltage signal.
    VoltageLost: High, MADE, Hands,
        "Cell voltage signal lost", "槽电压信号丢失",
        "Transducer or its cable: the value stands still although the current moves",
        "Measure the voltage by hand; repair the transducer. The cell is fed what it consumes, the beam rests";
    /// Anode effect.
    Effect: High, MADE, Hands,
        "Anode effect", "阳极效应",
        "Alumina too lean at the anodes: feeders, a long underfeed, cold bath",
        "Watch the quench; look for a feeder that does not deliver";
    /// An effect is near.
    EffectLikely: High, (600.0, 60.0), Work,
        "Anode effect likely", "效应预报",
        "Alumina is near the onset of the effect, in the whole bath or at some anodes, although it was fed fast",
        "Check feeders and crust holes on the lean side; feed by hand if a feeder is out";
    /// Voltage high.
    VoltageHigh: High, MADE, Work,
        "Voltage high", "电压过高",
        "Distance too large after tapping, an anode that lost contact, or a lean bath",
        "Look at the anode clamps and the metal level; lower the beam by hand if the distance is too large";
    /// Voltage noise.
    Unstable: High, (0.0, 8.0 * HOUR), Work,
        "Voltage unstable", "电压摆动大",
        "The metal rolls (low distance, thin or uneven metal), or an anode touches it",
        "Measure the anode currents; reset the anode that swings most; check the metal level";
    /// An anode carries far too much.
    Spike: High, MADE, Work,
        "Anode spike or low anode", "阳极长包",
        "Carbon grows towards the metal, or the anode was set too low",
        "Find it by its rod current, raise or draw this anode and knock the spike off; the beam does not help";
    /// Feeder without confirmation.
    FeederSilent: High, (0.0, 60.0), Never,
        "Feeder does not confirm its strokes", "下料器无动作",
        "Air, valve, cylinder or proximity switch of the feeder",
        "Repair the feeder; the others carry its share meanwhile";
    /// Strokes are confirmed, the zone stays lean.
    HoleBlocked: High, (0.0, 60.0), Never,
        "Crust hole blocked under a feeder", "下料口堵塞",
        "Crust or a heap of alumina closes the hole, or the breaker does not reach it",
        "Open the hole by hand, little at a time: what lies on the crust falls in; the feeders beside it feed more meanwhile";
    /// Alumina comes that no stroke tells of.
    FeederLeaks: High, (0.0, 60.0), Never,
        "Feeder leaks", "下料器漏料",
        "Alumina runs past a dosing chamber: a worn or jammed plug, or a cylinder that does not close",
        "Look which feeder runs without a stroke, close its slide and repair the plug; the dose of all is reduced meanwhile";
    /// Breaker stuck.
    BreakerStuck: High, MADE, Never,
        "Breaker stuck", "卡锤头",
        "The breaker is held by bath or crust, or its cylinder lacks air",
        "Free the breaker; it heats and wears in the bath";
    /// Feeders deliver otherwise than asked.
    FeederGain: Low, MADE, Never,
        "Feeders deliver more or less than asked", "下料量偏差",
        "Worn or blocked dosing chamber, leaking plug, blocked crust hole, other alumina",
        "Weigh some shots; open the crust holes";
    /// No slope although fed too little.
    NoSlopeResponse: Low, MADE, Never,
        "Cell does not answer to underfeed", "欠量无响应",
        "Sludge dissolves and feeds the bath, or a feeder delivers too much",
        "Probe for sludge; check the feeders; keep the superheat up";
    /// Hopper low.
    HopperLow: Low, MADE, Never,
        "Alumina hopper low", "料箱料位低",
        "It was not refilled",
        "Refill the hopper";
    /// Readings lost.
    Stale: High, MADE, Hands,
        "No usable readings", "数据中断",
        "Network, PLC, or a transducer that shows nothing",
        "Check the PLC and its network; the PLC feeds on its own meanwhile and the beam rests";
    /// Mode left on.
    ModeTimeout: Low, MADE, Never,
        "Mode switch forgotten", "方式开关未复位",
        "Tapping or anode change was not ended at the switch",
        "Turn the switch to automatic if the work is done";
    /// Target at its limit.
    TargetSaturated: Low, (HOUR, 600.0), Never,
        "Target resistance at its limit", "目标电阻到限",
        "What is added for noise, temperature and work exceeds what is allowed",
        "Look at what makes up the target; find the cause of the noise or the cold bath";
    /// Bath not measured.
    BathUnknown: Low, MADE, Never,
        "Bath not measured", "槽温与分子比未测",
        "No probe or sample came for long, or those that came were absurd",
        "Measure the bath temperature, send a sample; AlF3 is dosed as it was on average meanwhile";
    /// Feed without estimate.
    EstimateLost: Low, (4.0 * HOUR, 600.0), Work,
        "Alumina estimate not believed", "浓度估计失效",
        "The cell does not behave as its model: anode trouble, wrong design figures, a drifting transducer",
        "The cell is fed by slope meanwhile; check voltage and current transducers and the design figures";
}

impl Alarm {
    /// The mode explains the condition: the alarm is suppressed by design.
    #[must_use]
    pub fn explained_by(self, mode: Mode) -> bool {
        let hands = matches!(mode, Mode::Manual | Mode::Off);
        match self.explained() {
            Explained::Never => false,
            Explained::Hands => hands,
            Explained::Work => hands || matches!(mode, Mode::Tapping | Mode::AnodeChange | Mode::StartUp),
        }
    }
}
