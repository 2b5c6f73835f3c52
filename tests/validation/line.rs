//! Targets 37 and 39: charge and metal, and a line of cells in series.

use crate::page::{Figure, Row, Subject};
use crate::plant::{ALUMINA, CURRENT, Plant};
use potline::consts::{ALUMINA_PER_COULOMB, ALUMINIUM_PER_COULOMB, DAY};

pub fn subject(plant: &Plant) -> Subject {
    let faraday = "Faraday's law";
    let metal = 0.94 * CURRENT * ALUMINIUM_PER_COULOMB * DAY / 1e3;
    let alumina = 0.94 * CURRENT * ALUMINA_PER_COULOMB * 60.0;
    let efficiency = 4_210.0 / (550e3 * ALUMINIUM_PER_COULOMB * DAY);
    let voltage = plant.voltage_at(CURRENT, ALUMINA, 0.0);
    let resistance = (voltage - 1.65) / CURRENT;
    let incremental = (plant.voltage_at(1.005 * CURRENT, ALUMINA, 0.0)
        - plant.voltage_at(0.995 * CURRENT, ALUMINA, 0.0))
        / (0.01 * CURRENT);
    let dip = |r: f64| -30.0 / (300.0 * r) / 1e3;
    Subject {
        title: "Charge and line",
        text: "",
        rows: vec![
            Row::close(37, "metal at 500 kA, CE 0.94", Figure(metal, 4, "t/d"), 3.785, 1e-4, faraday),
            Row::close(37, "alumina at 500 kA, CE 0.94", Figure(alumina, 4, "kg/min"), 4.9668, 1e-4, faraday),
            Row::close(
                37,
                "current efficiency of 4.21 t/d at 550 kA (RA-550)",
                Figure(efficiency, 3, ""),
                0.950,
                1e-3,
                "RUSAL, public data",
            ),
            Row::close(
                39,
                "current of an unregulated line of 300 of our cells when one takes 30 V more, by (V − 1.65)/I",
                Figure(dip(resistance), 1, "kA"),
                -21.0,
                0.05,
                "Ohm's law, 4.7 µΩ per cell",
            ),
            Row::shown(
                39,
                "the same by the slope dV/dI of our cell",
                format!("{} ({:.2} µΩ)", Figure(dip(incremental), 1, "kA").text(), 1e6 * incremental),
                "−21 kA",
                "Ohm's law",
            ),
        ],
        pictures: vec![],
    }
}
