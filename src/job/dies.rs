//! Dies on a wafer and the share of them that is good.

use std::f64::consts::PI;

use crate::domain::Share;

use super::products::Chip;
use super::values::Positive;

/// Whole dies on a round wafer: pi (d/2)^2 / S - pi d / sqrt(2 S), rounded down, at least 0.
///
/// `diameter_mm` d in mm, `area_mm2` S in mm2. The second term is the loss at the edge (de Vries 2005, "Investigation
/// of gross die per wafer formulas", IEEE Trans. Semiconductor Manufacturing 18(1), equation 2).
pub fn gross_dies(diameter_mm: f64, area_mm2: f64) -> f64 {
    let full = PI * (diameter_mm / 2.0).powi(2) / area_mm2;
    (full - PI * diameter_mm / (2.0 * area_mm2).sqrt()).floor().max(0.0)
}

/// Share of good dies by Murphy's model: ((1 - exp(-A D)) / (A D))^2 (Murphy 1964, Proc. IEEE 52).
///
/// `area_mm2` in mm2, `defects_per_cm2` D in defects per cm2; A is the area in cm2.
pub fn murphy_yield(area_mm2: f64, defects_per_cm2: f64) -> f64 {
    let ad = area_mm2 / 100.0 * defects_per_cm2;
    if ad == 0.0 { 1.0 } else { (-(-ad).exp_m1() / ad).powi(2) }
}

/// Good chips from one wafer: gross dies x yield, each as the job gives it or computed from the die. `yield_share` stands in
/// for the chip's own yield where a foundry or an order has another.
pub fn good_chips_per_wafer(chip: &Chip, yield_share: Option<Share>) -> f64 {
    let area = chip.die_area_mm2.map_or(f64::NAN, Positive::get);
    let gross =
        chip.gross_dies_per_wafer.map_or_else(|| gross_dies(chip.wafer_diameter_mm.get(), area), f64::from);
    let murphy = || murphy_yield(area, chip.defects_per_cm2.unwrap_or_default().get());
    gross * yield_share.or(chip.yield_share).map_or_else(murphy, Share::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_square_millimetres_on_a_300_mm_wafer() {
        // pi 150^2 / 100 = 706.858; pi 300 / sqrt(200) = 66.643; 640.215 -> 640.
        assert_eq!(gross_dies(300.0, 100.0), 640.0);
    }

    #[test]
    fn murphy_worked_by_hand() {
        // A D = 1 cm2 x 0.1: (1 - e^-0.1) / 0.1 = 0.951626; squared 0.905592.
        assert!((murphy_yield(100.0, 0.1) - 0.905_592).abs() < 1e-6);
        assert_eq!(murphy_yield(100.0, 0.0), 1.0);
    }
}
