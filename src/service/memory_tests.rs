//! What a service takes up from its file, and what it refuses.

use super::*;
use crate::control::Settings;
use crate::image::{Command, Link, Mode, Outcome, Quality, StatusBits};
use std::path::Path;

/// A folder of one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("potline-memory-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("memory.bin")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A service of two cells, without its sockets.
struct Stage {
    controllers: Vec<PotController>,
    states: Vec<PotState>,
    line: LineState,
    memory: Memory,
    notes: Vec<Note>,
}

impl Stage {
    fn start(path: &Path, cells: [u16; 2]) -> Self {
        let controllers = vec![Settings::default().build().unwrap(); 2];
        let states: Vec<_> = cells.iter().map(|cell| PotState::new(&controllers[0], CellId(*cell))).collect();
        let settings = MemorySettings { snapshot: Some(path.into()), ..MemorySettings::default() };
        let mut notes = Vec::new();
        let memory = Memory::start(&settings, &controllers, &states, &mut notes).unwrap();
        Self { controllers, states, line: LineState::default(), memory, notes }
    }

    fn resume(&mut self, stamp: f64) -> Option<Resumed> {
        self.memory.resume(1.0, &[reading(stamp), reading(stamp)], &mut self.states, &mut self.notes)
    }

    async fn keep(&mut self, now: f64, action: Action) {
        let ticks = [Tick { command: Command { action, ..Command::default() }, ..Tick::default() }; 2];
        let readings = [reading(1_000.0 + now); 2];
        let kept = (&self.controllers[..], &self.states[..], &self.line);
        self.memory.keep(now, (&readings, &ticks), kept, &mut self.notes).await;
    }

    fn told(&self) -> String {
        self.notes.iter().map(|note| format!("{note}\n")).collect()
    }
}

fn reading(time: f64) -> Reading {
    Reading {
        time,
        quality: Quality::Good,
        voltage: 3.95,
        current: 500e3,
        beam_position: 0.2,
        mode: Mode::Auto,
        status: StatusBits::REMOTE,
        link: Link { ready: true, last: Outcome::Done },
        ..Reading::default()
    }
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

/// Leaves a file whose newest sample has the stamp 1100.
async fn leave(path: &Path) -> Vec<u8> {
    let mut stage = Stage::start(path, [1, 2]);
    stage.keep(100.0, Action::None).await;
    stage.memory.settle(&mut stage.notes).await;
    fs::read(path).unwrap()
}

#[test]
fn each_cell_goes_on_and_line_time_with_it() {
    let folder = Folder::new("whole");
    run(async {
        leave(&folder.file()).await;
        let mut stage = Stage::start(&folder.file(), [1, 2]);
        let resumed = stage.resume(1_107.0).unwrap();
        assert_eq!(resumed.now, 107.0);
        assert!(resumed.line.is_some());
        let told = stage.told();
        assert_eq!(told.matches("goes on with its memory, 7 s later").count(), 2, "{told}");
    });
}

#[test]
fn a_torn_file_is_refused_wherever_it_was_torn() {
    let folder = Folder::new("torn");
    run(async {
        let whole = leave(&folder.file()).await;
        for at in (0..whole.len()).step_by(37) {
            fs::write(folder.file(), &whole[..at]).unwrap();
            let mut stage = Stage::start(&folder.file(), [1, 2]);
            assert!(stage.resume(1_107.0).is_none(), "torn at {at}");
            assert!(stage.told().contains("every cell starts without memory"), "{}", stage.told());
        }
    });
}

#[test]
fn an_old_file_and_a_plc_that_began_anew_are_refused() {
    let folder = Folder::new("old");
    run(async {
        leave(&folder.file()).await;
        for (stamp, words) in [(1_100.0 + 601.0, "min old"), (50.0, "begun its time stamps anew")] {
            let mut stage = Stage::start(&folder.file(), [1, 2]);
            assert!(stage.resume(stamp).is_none());
            assert_eq!(stage.told().matches(words).count(), 2, "{}", stage.told());
        }
    });
}

#[test]
fn another_cell_starts_without_memory_and_its_neighbour_goes_on() {
    let folder = Folder::new("cell");
    run(async {
        leave(&folder.file()).await;
        let mut stage = Stage::start(&folder.file(), [1, 9]);
        stage.resume(1_107.0).unwrap();
        let told = stage.told();
        assert!(told.contains("it is not in the file") && told.contains("goes on"), "{told}");
    });
}

#[test]
fn a_beam_move_is_written_at_once() {
    let folder = Folder::new("moved");
    run(async {
        let first = leave(&folder.file()).await;
        let mut stage = Stage::start(&folder.file(), [1, 2]);
        stage.resume(1_107.0).unwrap();
        stage.memory.saved = 107.0;
        stage.keep(108.0, Action::None).await;
        stage.memory.settle(&mut stage.notes).await;
        assert_eq!(fs::read(folder.file()).unwrap(), first, "not due yet");
        stage.keep(109.0, Action::Beam { travel: 5e-4 }).await;
        stage.memory.settle(&mut stage.notes).await;
        assert_ne!(fs::read(folder.file()).unwrap(), first);
    });
}

#[test]
fn a_disk_that_refuses_is_told_once_and_again_after_it_recovered() {
    let folder = Folder::new("full");
    run(async {
        let mut stage = Stage::start(&folder.file(), [1, 2]);
        stage.notes.clear();
        // The name is taken by a folder: no rename can succeed, as on a full disk.
        fs::create_dir(folder.file()).unwrap();
        for n in 1..=5 {
            stage.keep(20.0 * f64::from(n), Action::None).await;
            stage.memory.settle(&mut stage.notes).await;
        }
        assert_eq!(stage.told().matches("the memory is not saved").count(), 1, "{}", stage.told());
        fs::remove_dir(folder.file()).unwrap();
        stage.keep(120.0, Action::None).await;
        stage.memory.settle(&mut stage.notes).await;
        assert!(folder.file().is_file());
        fs::remove_file(folder.file()).unwrap();
        fs::create_dir(folder.file()).unwrap();
        stage.keep(140.0, Action::None).await;
        stage.memory.settle(&mut stage.notes).await;
        assert_eq!(stage.told().matches("the memory is not saved").count(), 2, "{}", stage.told());
    });
}
