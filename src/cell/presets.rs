//! Parameter sets, each named for the cell it describes.

use super::ledge::Segment;
use super::{MAX_ZONES, Params, Start, alumina, anode, chemistry, effect, heat, ledge, metal, noise};
use crate::bath::Composition;
use crate::electro;
use crate::units::celsius_to_kelvin;

/// The 500 kA prebaked cell "pb500" and the operating point it settles at.
///
/// Sources, by field:
/// - 48 anodes of 1.75 x 0.74 m, fanning 1.10, bubble factor 0.9, resistances 0.64 / 0.54 / 0.36 µΩ:
///   typical Chinese 500 kA design, unverified; the voltage they give lies in the published band.
/// - Anode effect at 1.8 % alumina (published models use 1.8–2.2 %).
/// - Six zones that exchange 6 kg/s: 5–15 cm/s through the channels, unverified. Dissolution shares
///   and times: see [`alumina`].
/// - Heat: losses of about 870 kW, half through the top, 37 % through the sides, 13 % through the
///   bottom (published 45–56 / 30–40 / 10–17 %); film 1050 and 1300 W/(m² K) at the
///   sides, less at the ends (published 500–1500); resistances are set so that these shares and a 7–8 cm ledge
///   result: unverified. Lining time constants 5 and 30 h (published 20–60 h).
/// - Anodes: 0.60 m new, 0.15 m butt, carbon 0.41 kg/kg, 1560 kg/m³: 16 mm/d, 28 d; heat data and
///   crust fitted to the pick-up of new anodes: unverified.
/// - Cavity 17.7 x 4.35 m, so that the anodes shadow 85 % of the metal, metal 0.20 m, bath 8.5 t and
///   0.18 m: class values, unverified.
/// - Fluoride evolved: about 20 kg F per tonne, half as NaAlF4 (published 12–30), 98 % of it back
///   with the ore.
/// - Noise: bubbles 8 mV at 1 Hz, waves of 0.75 mm with 40 s and 0.5 mm with 92 s: quiet-cell values,
///   unverified.
#[must_use]
pub fn pb500() -> (Params, Start) {
    let composition = Composition::from_wt_pct(11.5, 2.6, 5.0, 0.3, 1.0, 0.0);
    let design = electro::Design::default();
    let params = Params {
        nominal_current: 500e3,
        design,
        alumina: alumina::Params {
            zones: 6,
            exchange: 6.0,
            exchange_shares: [1.0; MAX_ZONES],
            fast_share: 0.60,
            sludge_share: 0.05,
            fast_time: 15.0,
            agglomerate_time: 300.0,
            sludge_time: 4.0 * 3_600.0,
            sink_rate: 1e-5,
            shot_limit: 1.8,
            cover_fall: 8.0,
        },
        chemistry: chemistry::Params {
            evaporation: 7.5e-4,
            vapour_pressure: 400.0,
            capture: (0.985, 0.90),
            trapped: 0.05,
            lining_sodium: 5e-4,
            lining_time: 120.0,
        },
        heat: heat::Params {
            gas: celsius_to_kelvin(50.0),
            ambient: celsius_to_kelvin(30.0),
            crust_area: 8.0,
            cover: 0.15,
            cover_conductivity: 1.2,
            cover_film: 20.0,
            cover_loss: 1e-7,
            open_crust: 100e3,
            bath_metal: 250e3,
            block_resistance: 3.3e-4,
            lining_resistance: 5.0e-3,
            bottom_resistance: 2.9e-3,
            edge_resistance: 6.5e-3,
            block_capacity: 60e6,
            lining_capacity: 60e6,
        },
        ledge: ledge::Params {
            segments: [
                segment(3.19, 1_050.0, 0.080, false),
                segment(3.19, 1_050.0, 0.080, false),
                segment(0.78, 950.0, 0.095, false),
                segment(0.78, 950.0, 0.095, false),
                segment(3.54, 1_300.0, 0.063, true),
                segment(3.54, 1_300.0, 0.063, true),
                segment(0.87, 1_150.0, 0.078, true),
                segment(0.87, 1_150.0, 0.078, true),
            ],
            conductivity: 1.5,
            density: 2_900.0,
            contact_resistance: 0.010,
            shell_resistance: 0.026,
            wall_capacity: 2.5e5,
            thinnest: 0.01,
        },
        metal: metal::Params { cavity_length: 17.7, cavity_width: 4.35, reference_height: 0.20 },
        anode: anode::Params {
            count: 48,
            area: 1.295,
            new_height: 0.60,
            butt_height: 0.15,
            carbon: 0.41,
            carbon_density: 1_560.0,
            heat_capacity: 1_500.0,
            conductivity: 6.0,
            film: 1_200.0,
            stub_resistance: 0.095,
            first_crust: 0.06,
            crust_scale: 0.022,
            set_margin: 0.008,
            reference_acd: -0.11,
            stroke: 0.30,
            spike_resistance: 4e-4,
        },
        effect: effect::Params {
            voltage: 25.0,
            exposure: 0.5,
            exposure_time: 5.0,
            onset_time: 1.0,
            recovery_time: 2.0,
            margin: 0.004,
            self_clearing_time: 600.0,
            clearing_travel: 0.025,
            heat_share: 0.4,
            efficiency_loss: 0.8,
            // A bath that is not fed is some ten kelvin hotter when the effect comes.
            calibration: (composition, celsius_to_kelvin(972.0)),
        },
        noise: noise::Params {
            bubble: 0.008,
            bubble_frequency: 1.0,
            bubble_damping: 0.5,
            roll: [0.75e-3, 0.5e-3],
            roll_period: [40.0, 92.0],
            common: 0.2,
            damping: 0.10,
            critical_acd: 0.030,
            critical_height: 0.20,
            limit: 0.015,
            nominal: (0.039, 0.20),
        },
        // 94.0 % at the operating point below.
        efficiency: electro::Dewing::calibrated(0.940, 30.0, 0.115, 0.010),
    };
    let start = Start {
        composition,
        bath_mass: 8_500.0,
        metal_mass: 34_000.0,
        superheat: 9.0,
        ledge: 1.0,
        acd: 0.039,
        beam: 0.25,
        age: 900.0,
    };
    (params, start)
}

fn segment(area: f64, film: f64, start: f64, metal: bool) -> Segment {
    Segment { area, film, start, metal }
}
