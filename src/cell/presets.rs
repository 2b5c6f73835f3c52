//! Parameter sets, each named for the cell it describes.

use super::{Params, Start, alumina, anode, chemistry, effect, heat, metal, noise};
use crate::bath::Composition;
use crate::electro;
use crate::units::celsius_to_kelvin;

/// The 500 kA prebaked cell "pb500" and the operating point it settles at.
///
/// Sources, by field:
/// - 48 anodes of 1.75 x 0.74 m, fanning 1.10, bubble factor 0.9, resistances 0.64 / 0.54 / 0.36 µΩ:
///   typical Chinese 500 kA design, unverified; the voltage they give (4.07 V at 42 mm) lies in the
///   published band.
/// - Anode effect at 1.8 % alumina (published models use 1.8–2.2 %).
/// - Dissolution shares and times: see [`alumina`]; soda 0.40 %, calcia 0.035 %: usual smelter grade,
///   unverified.
/// - Heat: losses of about 870 kW, half through the top, 37 % through the sides, 13 % through the
///   bottom (published 45–56 / 30–40 / 10–17 %); film 800 and 1500 W/(m² K) on 7.6 and 9.3 m² of
///   bath- and metal-level ledge; ledge conductivity 1.5 W/(m K). Resistances are set so that these
///   shares and a 7–8 cm ledge result: unverified.
/// - Cavity 17 x 4.1 m, metal 0.22 m, bath 8.5 t: class values, unverified.
/// - Carbon 0.41 kg/kg, density 1560 kg/m³: 16 mm/d of wear.
/// - Noise: bubbles 5 mV and roll 5 mV in 1 s means, period 40 s: quiet-cell values, unverified.
#[must_use]
pub fn pb500() -> (Params, Start) {
    let composition = Composition::from_wt_pct(11.5, 2.6, 5.0, 0.3, 1.0, 0.0);
    let temperature = celsius_to_kelvin(960.0);
    let design = electro::Design::default();
    let params = Params {
        nominal_current: 500e3,
        design,
        alumina: alumina::Params {
            fast_share: 0.60,
            sludge_share: 0.05,
            fast_time: 15.0,
            agglomerate_time: 300.0,
            sludge_time: 4.0 * 3_600.0,
            sink_rate: 1e-5,
            soda: 0.0040,
            calcia: 0.00035,
            shot_limit: 1.8,
        },
        chemistry: chemistry::Params { evaporation: 1.3e-4, vapour_pressure: 400.0 },
        heat: heat::Params {
            top_resistance: 2.085e-3,
            gas_temperature: celsius_to_kelvin(50.0),
            edge_resistance: 6.62e-3,
            bottom_resistance: 8.2e-3,
            ambient: celsius_to_kelvin(30.0),
            open_crust_loss: 100e3,
            ledge_area: 16.9,
            ledge_film: 20e3,
            ledge_conductivity: 1.5,
            ledge_density: 2_900.0,
            wall_resistance: 0.034,
            ledge_min: 0.01,
        },
        metal: metal::Params {
            cavity_length: 17.0,
            cavity_width: 4.1,
            anode_area: 62.16,
            carbon: 0.41,
            carbon_density: 1_560.0,
            reference_acd: -0.11,
            reference_height: 0.22,
            stroke: 0.30,
        },
        anode: anode::Params {
            count: 48.0,
            pickup_time: 10.0 * 3_600.0,
            heat: 0.9e9,
            heat_time: 4.0 * 3_600.0,
        },
        effect: effect::Params {
            voltage: 25.0,
            onset_time: 1.0,
            recovery_time: 2.0,
            margin: 0.004,
            self_clearing_time: 600.0,
            clearing_travel: 0.025,
            heat_share: 0.4,
            efficiency_loss: 0.8,
            calibration: (composition, temperature),
        },
        noise: noise::Params {
            bubble: 0.005,
            bubble_time: 0.3,
            roll: 0.005,
            roll_period: 40.0,
            damping: 0.10,
            critical_acd: 0.030,
            critical_height: 0.22,
            limit: 0.10,
            nominal: (0.039, 0.22),
        },
        // 94.0 % at the operating point below.
        efficiency: electro::Dewing::calibrated(0.940, 30.0, 0.115, 0.010),
    };
    let start = Start {
        composition,
        bath_mass: 8_500.0,
        metal_mass: 33_500.0,
        superheat: 9.0,
        ledge: 0.075,
        acd: 0.039,
        beam: 0.25,
    };
    (params, start)
}
