//! Physical constants and stoichiometry, each with unit and source.
//!
//! Molar masses are those of the IUPAC 2021 abridged atomic weights, as used for every check value
//! of the property correlations.

/// Molar gas constant \[J/(mol K)\] (CODATA 2018, exact).
pub const GAS: f64 = 8.314_462_618;
/// Faraday constant \[C/mol\] (CODATA 2018, exact).
pub const FARADAY: f64 = 96_485.332_12;
/// Zero of the Celsius scale \[K\] (SI brochure).
pub const ZERO_CELSIUS: f64 = 273.15;
/// Standard acceleration of free fall \[m/s²\] (CGPM 1901).
pub const GRAVITY: f64 = 9.806_65;

/// Molar mass of aluminium \[kg/mol\].
pub const M_AL: f64 = 26.981_54e-3;
/// Molar mass of Al2O3 \[kg/mol\].
pub const M_AL2O3: f64 = 101.9613e-3;
/// Molar mass of carbon \[kg/mol\].
pub const M_C: f64 = 12.011e-3;
/// Molar mass of CO2 \[kg/mol\].
pub const M_CO2: f64 = 44.0095e-3;
/// Molar mass of sodium \[kg/mol\].
pub const M_NA: f64 = 22.989_77e-3;
/// Molar mass of water \[kg/mol\].
pub const M_H2O: f64 = 18.0153e-3;
/// Molar mass of HF \[kg/mol\].
pub const M_HF: f64 = 20.0064e-3;
/// Molar mass of CF4 \[kg/mol\].
pub const M_CF4: f64 = 88.0043e-3;
/// Molar mass of C2F6 \[kg/mol\].
pub const M_C2F6: f64 = 138.0118e-3;
/// Molar mass of NaF \[kg/mol\].
pub const M_NAF: f64 = 41.988_17e-3;
/// Molar mass of AlF3 \[kg/mol\].
pub const M_ALF3: f64 = 83.976_74e-3;
/// Molar mass of cryolite Na3AlF6 \[kg/mol\].
pub const M_CRYOLITE: f64 = 209.941_26e-3;
/// Molar mass of CaF2 \[kg/mol\].
pub const M_CAF2: f64 = 78.0748e-3;
/// Molar mass of MgF2 \[kg/mol\].
pub const M_MGF2: f64 = 62.3018e-3;
/// Molar mass of LiF \[kg/mol\].
pub const M_LIF: f64 = 25.9394e-3;
/// Molar mass of KF \[kg/mol\].
pub const M_KF: f64 = 58.096_71e-3;
/// Molar mass of Na2O \[kg/mol\].
pub const M_NA2O: f64 = 61.978_94e-3;
/// Molar mass of CaO \[kg/mol\].
pub const M_CAO: f64 = 56.0774e-3;

/// Aluminium made per charge at current efficiency 1 \[kg/C\]: M_Al / 3F.
pub const ALUMINIUM_PER_COULOMB: f64 = M_AL / (3.0 * FARADAY);
/// Alumina used per charge at current efficiency 1 \[kg/C\]: M_Al2O3 / 6F.
pub const ALUMINA_PER_COULOMB: f64 = M_AL2O3 / (6.0 * FARADAY);

/// AlF3 bound by the soda of the alumina \[kg per kg Na2O\]: 3 Na2O + 4 AlF3 -> 2 Na3AlF6 + Al2O3.
pub const ALF3_PER_NA2O: f64 = 4.0 * M_ALF3 / (3.0 * M_NA2O);
/// Cryolite made by the soda of the alumina \[kg per kg Na2O\].
pub const CRYOLITE_PER_NA2O: f64 = 2.0 * M_CRYOLITE / (3.0 * M_NA2O);
/// AlF3 bound by the calcia of the alumina \[kg per kg CaO\]: 3 CaO + 2 AlF3 -> 3 CaF2 + Al2O3.
pub const ALF3_PER_CAO: f64 = 2.0 * M_ALF3 / (3.0 * M_CAO);
/// CaF2 made by the calcia of the alumina \[kg per kg CaO\].
pub const CAF2_PER_CAO: f64 = M_CAF2 / M_CAO;

/// Seconds in an hour.
pub const HOUR: f64 = 3_600.0;
/// Seconds in a day.
pub const DAY: f64 = 86_400.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faraday_constants_match_the_published_rates() {
        // 500 kA at a current efficiency of 0.94: 3785.3 kg Al/d, 4.9667 kg Al2O3/min.
        let charge = 500e3 * 0.94;
        assert!((ALUMINIUM_PER_COULOMB * charge * DAY - 3785.3).abs() < 0.1);
        assert!((ALUMINA_PER_COULOMB * charge * 60.0 - 4.9667).abs() < 1e-3);
    }

    #[test]
    fn soda_and_calcia_bind_the_stoichiometric_fluoride() {
        assert!((ALF3_PER_NA2O - 1.8066).abs() < 1e-4);
        assert!((CRYOLITE_PER_NA2O - 2.258).abs() < 1e-3);
        assert!((ALF3_PER_CAO - 0.9984).abs() < 1e-4);
        assert!((CAF2_PER_CAO - 1.3923).abs() < 1e-4);
    }
}
