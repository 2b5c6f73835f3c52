//! The tuner beside the loop: it is shown what the loop saw, and exchanges controllers once a day.
//!
//! Cells keep their memory, only the settings change. The tuner itself remembers nothing across a
//! restart: cells then go back to the set-points of the file, so what was kept is to be written there.

use super::config::Config;
use super::memory::Note;
use crate::control::{PotController, Settings, Tick};
use crate::image::Reading;
use crate::tune::Online;
use std::prelude::rust_2024::*;

/// The tuner, and the settings that its set-points go into, in the order of the configuration.
pub(super) struct Tuning {
    tuner: Online,
    settings: Vec<Settings>,
}

impl Tuning {
    /// `None` unless the configuration asks for one.
    pub fn start(config: &Config) -> Option<Self> {
        let settings: Vec<Settings> = config.plc.iter().map(|entry| config.settings_of(entry)).collect();
        let tuner = Online::new(config.tune?, settings.first()?, settings.len());
        Some(Self { tuner, settings })
    }

    /// One scan; what was decided goes to `notes`.
    pub fn scan(
        &mut self,
        (readings, ticks): (&[Reading], &[Tick]),
        dt: f64,
        controllers: &mut [PotController],
        notes: &mut Vec<Note>,
    ) {
        let told = self.tuner.log().len();
        let settings = &mut self.settings;
        self.tuner.scan(readings, ticks, dt, &mut |cell, points| {
            let Some((controller, settings)) = controllers.get_mut(cell).zip(settings.get_mut(cell)) else {
                return;
            };
            let wanted = points.apply(settings);
            // The space holds set-points where settings are lawful; what is not is not applied.
            if let Ok(built) = wanted.build() {
                (*controller, *settings) = (built, wanted);
            }
        });
        let new = self.tuner.log().iter().skip(told);
        notes.extend(new.map(|change| Note::Tuned { words: change.words.clone() }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Quality, Status};
    use crate::service::PlcEntry;
    use crate::tune::TuneSettings;

    #[test]
    fn a_day_of_readings_moves_every_second_cell_by_no_more_than_its_rate() {
        let plc = |cell| PlcEntry { cell, endpoint: "tcp://a:1".into(), unit_id: 1, voltage_v: None };
        let tune = TuneSettings { judge_days: 1.0, ..TuneSettings::default() };
        let mut config = Config { plc: (1..=4).map(plc).collect(), ..Config::default() };
        assert!(Tuning::start(&config).is_none(), "off unless asked for");
        config.tune = Some(tune);
        let mut tuning = Tuning::start(&config).unwrap();
        let mut controllers: Vec<_> =
            config.plc.iter().map(|e| config.settings_of(e).build().unwrap()).collect();
        let reading = Reading { quality: Quality::Good, voltage: 3.95, current: 500e3, ..Reading::default() };
        let status = Status {
            noise_low: 8e-3,
            temperature: 1_233.0,
            superheat: 9.0,
            alf3: 0.115,
            alumina: 0.025,
            ..Status::default()
        };
        let ticks = [Tick { status, ..Tick::default() }; 4];
        let mut notes = Vec::new();
        for _ in 0..2 * 1_440 {
            tuning.scan((&[reading; 4], &ticks), 60.0, &mut controllers, &mut notes);
        }
        let alumina: Vec<f64> = tuning.settings.iter().map(|s| s.feed.ekf.target_pct).collect();
        assert_eq!((alumina[0], alumina[2]), (2.5, 2.5));
        assert!(alumina[1] > 2.5 && alumina[1] <= 2.7 + 1e-9 && alumina[1] == alumina[3], "{alumina:?}");
    }
}
