//! What a cell loses of AlF3, from what is known of its alumina and its hoods.

use crate::consts::{ALF3_PER_CAO, ALF3_PER_NA2O, ALUMINIUM_PER_COULOMB};
use crate::estimate::Design;

/// What AlF3 is lost to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Losses {
    /// Na2O and CaO in the alumina, mass fractions.
    pub soda: f64,
    pub calcia: f64,
    /// AlF3 lost with gas and tapped bath, less what the alumina brings back, per mass of metal \[1\].
    pub emission: f64,
}

/// AlF3 that the cell needs \[kg/s\]: `alumina (1.807 Na2O + 0.998 CaO) + emission metal`, from the
/// stoichiometry of 3 Na2O + 4 AlF3 -> 2 Na3AlF6 + Al2O3 and 3 CaO + 2 AlF3 -> 3 CaF2 + Al2O3.
pub(super) fn need(design: &Design, losses: &Losses) -> f64 {
    let alumina = design.consumption(design.current);
    // The current efficiency is in the alumina already.
    let efficiency = design.consumption_per_coulomb / crate::consts::ALUMINA_PER_COULOMB;
    let metal = ALUMINIUM_PER_COULOMB * efficiency * design.current;
    alumina * (ALF3_PER_NA2O * losses.soda + ALF3_PER_CAO * losses.calcia) + losses.emission * metal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consts::DAY;
    use crate::estimate::DesignSettings;

    #[test]
    fn soda_binds_what_the_published_balance_says() {
        let design = DesignSettings { purity_pct: 100.0, ..DesignSettings::default() }.build();
        let soda = |soda| need(&design, &Losses { soda, calcia: 0.0, emission: 0.0 }) * DAY;
        // 7.1 t of alumina a day: 13 kg/d for each 0.1 % of soda.
        assert!((soda(0.004) - 51.4).abs() < 0.3, "{}", soda(0.004));
        assert!((soda(0.005) - soda(0.004) - 12.9).abs() < 0.1);
        // 3.77 t of metal a day.
        let emission = need(&design, &Losses { soda: 0.0, calcia: 0.0, emission: 4e-3 }) * DAY;
        assert!((emission - 15.1).abs() < 0.1, "{emission}");
    }
}
