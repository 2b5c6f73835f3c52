//! The ladder program, written as ClassicLadder's project file.
//!
//! Modbus coil `n` is bit `%B(n + 1)`. A rung is six rows of ten cells "type-joint-kind/number", where the
//! joint ties a cell to the one above it and kind 0 is `%B`.

use std::fmt::Write;

/// Coils of the program.
pub const FEED: u16 = 0;
pub const UP: u16 = 1;
pub const DOWN: u16 = 2;
pub const HEARTBEAT: u16 = 3;
pub const FEEDER: u16 = 9;
pub const BEAM_UP: u16 = 10;
pub const BEAM_DOWN: u16 = 11;
/// Internal: an edge of the heartbeat; the controller is lost; pulses.
const EDGE: u16 = 19;
const LOST: u16 = 20;
const FEED_PULSE: u16 = 21;
const UP_PULSE: u16 = 22;
const DOWN_PULSE: u16 = 23;

/// Lengths [0.1 s].
pub const FEED_TENTHS: u16 = 3;
pub const BEAM_TENTHS: u16 = 5;
pub const WATCHDOG_TENTHS: u16 = 20;

const COLUMNS: usize = 10;
const ROWS: usize = 6;
const EMPTY: &str = "0-0-0/0";
const WIRE: &str = "9-0-0/0";

fn cell(kind: u8, coil: u16) -> String {
    format!("{kind}-0-0/{}", coil + 1)
}

fn contact(coil: u16) -> String {
    cell(1, coil)
}

fn break_contact(coil: u16) -> String {
    cell(2, coil)
}

struct Rung {
    comment: &'static str,
    rows: [Vec<String>; ROWS],
}

impl Rung {
    /// Contacts in series, then a coil.
    fn series(comment: &'static str, contacts: &[String], coil: u16) -> Self {
        let mut row = contacts.to_vec();
        row.resize(COLUMNS - 1, WIRE.into());
        row.push(cell(50, coil));
        let mut rung = Self { comment, rows: Default::default() };
        rung.rows[0] = row;
        rung
    }

    /// A second contact beside the first of the row above.
    fn or(mut self, contact: String) -> Self {
        self.rows[1] = vec![contact, "0-1-0/0".into()];
        self
    }

    /// Puts a block of two by two before the coil: type 10 a timer, 11 a monostable.
    fn through(mut self, kind: u8, number: u8) -> Self {
        let filler = || String::from("99-0-0/0");
        self.rows[0][5] = filler();
        self.rows[0][6] = format!("{kind}-0-0/{number}");
        // A timer counts while its second input is on: tied to the rail.
        let below = if kind == 10 { WIRE } else { EMPTY };
        self.rows[1] = vec![below.into(); 5];
        self.rows[1].extend([filler(), filler()]);
        self
    }
}

fn rungs() -> Vec<Rung> {
    let alive = || break_contact(LOST);
    vec![
        Rung::series("an edge of the heartbeat", &[cell(3, HEARTBEAT)], EDGE).or(cell(4, HEARTBEAT)),
        // Every edge sets the timer back; two monostables in parallel dropped out for a scan.
        Rung::series("no edge for 2 s", &[break_contact(EDGE)], LOST).through(10, 0),
        Rung::series("feed pulse", &[contact(FEED), alive()], FEED_PULSE).through(11, 0),
        Rung::series("feeder", &[contact(FEED_PULSE), alive()], FEEDER),
        Rung::series("beam up pulse", &[contact(UP), alive(), break_contact(DOWN)], UP_PULSE).through(11, 1),
        Rung::series("beam up", &[contact(UP_PULSE), alive(), break_contact(DOWN)], BEAM_UP),
        Rung::series("beam down pulse", &[contact(DOWN), alive(), break_contact(UP)], DOWN_PULSE)
            .through(11, 2),
        Rung::series("beam down", &[contact(DOWN_PULSE), alive(), break_contact(BEAM_UP)], BEAM_DOWN),
    ]
}

/// The project file.
pub fn project() -> String {
    let mut text = String::from("_FILES_CLASSICLADDER\n");
    let mut file = |name: &str, lines: &[String]| {
        let _ = writeln!(text, "_FILE-{name}\n{}\n_/FILE-{name}", lines.join("\n"));
    };
    let sizes = [
        ("PERIODIC_REFRESH", 10),
        ("SIZE_NBR_RUNGS", 100),
        ("SIZE_NBR_BITS", 500),
        ("SIZE_NBR_WORDS", 100),
        ("SIZE_NBR_TIMERS", 10),
        ("SIZE_NBR_MONOSTABLES", 10),
        ("SIZE_NBR_COUNTERS", 10),
        ("SIZE_NBR_TIMERS_IEC", 10),
        ("SIZE_NBR_PHYS_INPUTS", 15),
        ("SIZE_NBR_PHYS_OUTPUTS", 15),
        ("SIZE_NBR_ARITHM_EXPR", 100),
        ("SIZE_NBR_SECTIONS", 10),
        ("SIZE_NBR_SYMBOLS", 100),
    ];
    file("general.txt", &sizes.map(|(name, size)| format!("{name}={size}")));
    // Base 2 is 0.1 s.
    let ten = |set: &[u16]| -> Vec<String> {
        let preset = |index: usize| set.get(index).map_or("1,0".into(), |tenths| format!("2,{tenths}"));
        (0..10).map(preset).collect()
    };
    file("timers.csv", &ten(&[WATCHDOG_TENTHS]));
    file("monostables.csv", &ten(&[FEED_TENTHS, BEAM_TENTHS, BEAM_TENTHS]));
    file("counters.csv", &vec!["0".into(); 10]);
    file("timers_iec.csv", &vec!["1,0,0".into(); 10]);
    file("arithmetic_expressions.csv", &["#VER=2.0".into()]);
    let rungs = rungs();
    let last = rungs.len() - 1;
    for (number, rung) in rungs.iter().enumerate() {
        let next = if number == last { -1 } else { number as i32 + 1 };
        let mut lines = vec![
            "#VER=2.0".into(),
            "#LABEL=".into(),
            format!("#COMMENT={}", rung.comment),
            format!("#PREVRUNG={}", number as i32 - 1),
            format!("#NEXTRUNG={next}"),
        ];
        lines.extend(rung.rows.iter().map(|row| {
            let mut row = row.clone();
            row.resize(COLUMNS, EMPTY.into());
            row.join(" , ")
        }));
        file(&format!("rung_{number}.csv"), &lines);
    }
    let section = ["#VER=1.0".into(), "#NAME000=Prog1".into(), format!("000,0,-1,0,{last},0")];
    file("sections.csv", &section);
    for empty in ["sequential.csv", "ioconf.csv", "modbusioconf.csv", "symbols.csv"] {
        file(empty, &["#VER=1.0".into()]);
    }
    text + "_/FILES_CLASSICLADDER\n"
}
