//! Events and phases in the words of the potroom.

use potline::image::{EventKind, FeedPhase, Mode, PhaseReason, Priority, Veto};
use potline::report::MarkerKind;

pub fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "off",
        Mode::Manual => "manual 手动",
        Mode::Auto => "automatic 自动",
        Mode::Tapping => "tapping 出铝",
        Mode::AnodeChange => "anode change 换极",
        Mode::StartUp => "start-up 启动",
    }
}

pub fn phase(phase: FeedPhase) -> &'static str {
    match phase {
        FeedPhase::Base => "base 正常",
        FeedPhase::Under => "underfeed 欠量",
        FeedPhase::Over => "overfeed 过量",
        FeedPhase::Track => "track",
        FeedPhase::Fast => "fast feed",
        FeedPhase::Hold => "hold",
        FeedPhase::Effect => "effect feed",
        FeedPhase::Stop => "feed stopped",
    }
}

fn reason(reason: PhaseReason) -> &'static str {
    match reason {
        PhaseReason::Start => "start",
        PhaseReason::Slope => "slope above threshold",
        PhaseReason::Emergency => "slope rises fast, anode effect near",
        PhaseReason::Timer => "time is up",
        PhaseReason::Rich => "rich-side guard",
        PhaseReason::Lean => "lean time-out",
        PhaseReason::Operation => "operation",
        PhaseReason::Effect => "anode effect",
        PhaseReason::Current => "line current",
        PhaseReason::Stale => "data lost",
        PhaseReason::Noise => "noise",
        _ => "other",
    }
}

fn veto(veto: Veto) -> &'static str {
    match veto {
        Veto::Stale => "stale or bad data",
        Veto::Mode => "mode",
        Veto::Current => "line current too low",
        Veto::Range => "outside the actuator's range",
        Veto::Rate => "too soon or too often",
        Veto::Travel => "beam travel used up",
        Veto::Voltage => "voltage or noise",
        Veto::Interlock => "interlock",
        Veto::Link => "command path busy",
        _ => "other",
    }
}

/// The event in words, and its marker when it deserves one in the charts.
pub fn event(kind: EventKind) -> (String, Option<MarkerKind>) {
    let text = match kind {
        EventKind::WentStale => "readings stale: cell held, nothing is asked of it".into(),
        EventKind::CameBack => "readings are back".into(),
        EventKind::ModeChanged(m) => format!("mode: {}", mode(m)),
        EventKind::PhaseChanged(p, r) => format!("feed: {} ({})", phase(p), reason(r)),
        EventKind::EffectStarted => "anode effect 阳极效应".into(),
        EventKind::EffectEnded => "anode effect quenched 熄灭".into(),
        EventKind::EffectNeedsOperator => "quench failed: operator needed at the cell".into(),
        EventKind::FeederFault(f) => {
            format!("feeder {} does not confirm its strokes: share moved to the others", f + 1)
        }
        EventKind::FeederBack(f) => format!("feeder {} confirms again", f + 1),
        EventKind::HoleBlocked(f) => {
            format!("hole under feeder {} blocked 下料口堵塞: share moved beside it", f + 1)
        }
        EventKind::HoleOpen(f) => format!("hole under feeder {} is open again", f + 1),
        EventKind::BeamFault => "beam does not answer: automatic moves inhibited".into(),
        EventKind::SpikeHoldsBeam => "spike 长包: one anode touches the metal, reset it; beam held".into(),
        EventKind::BeamMove(travel) => format!("beam {:+.2} mm", f64::from(travel) / 100.0),
        EventKind::Vetoed(v) => format!("guard removed a request: {}", veto(v)),
        EventKind::Refused => "PLC refused a request".into(),
        EventKind::VoltageAlarm => "voltage outside its band".into(),
        EventKind::Unstable => "voltage unstable".into(),
        EventKind::ModeTimeout => "mode left on longer than allowed".into(),
        EventKind::NoSlopeResponse => "no slope response: sludge, or a feeder delivers too much".into(),
        EventKind::CurrentLost => "line current signal lost: targets held, fed at the last good base".into(),
        EventKind::VoltageLost => "cell voltage signal lost: beam held, fed what the cell consumes".into(),
        EventKind::FeederGain => "feeders deliver more or less than asked for two hours".into(),
        EventKind::MeasurementRefused => "probe or bath sample too far off, not believed".into(),
        EventKind::BathUnknown => "no fresh bath samples, AlF3 as on average".into(),
        EventKind::HopperLow => "alumina hopper low".into(),
        EventKind::Alarm(alarm) => {
            let words = alarm.words();
            let priority = match alarm.priority() {
                Priority::Urgent => "urgent",
                Priority::High => "high",
                Priority::Low => "low",
            };
            format!("alarm ({priority}): {} {}. {}", words.title, words.title_zh, words.remedy)
        }
        EventKind::BreakerStuck => "breaker stuck 卡锤头".into(),
        EventKind::LowVoltageEffect(k) => {
            format!("anode {} lost its current at steady voltage: local anode effect", k + 1)
        }
        EventKind::Spike(k) => format!("anode {} carries too much: spike 长包, or hangs low", k + 1),
        EventKind::EffectLikely => "anode effect likely: fed fast 效应预报".into(),
        other => format!("{other:?}"),
    };
    let marker = match kind {
        EventKind::ModeChanged(Mode::Tapping) => Some(MarkerKind::Tap),
        EventKind::ModeChanged(Mode::AnodeChange) => Some(MarkerKind::AnodeChange),
        EventKind::EffectStarted => Some(MarkerKind::AnodeEffect),
        EventKind::FeederFault(_) | EventKind::HoleBlocked(_) => Some(MarkerKind::FeederFault),
        EventKind::WentStale
        | EventKind::BeamFault
        | EventKind::SpikeHoldsBeam
        | EventKind::EffectNeedsOperator => Some(MarkerKind::Note),
        _ => None,
    };
    (text, marker)
}
