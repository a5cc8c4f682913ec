//! What a machine earns its buyer, and how its price stands to that.

use crate::domain::{HashPrice, Usd};
use crate::job::{Ascending, Model};

/// Mean days in a month of the Gregorian calendar.
pub(super) const DAYS_PER_MONTH: f64 = 30.436_875;

/// Revenue less power of one machine a month: (hashprice x TH - kW x 24 x power price) x days. May be negative.
/// # Example
/// 100 TH/s bring 5 USD a day at 50 USD per PH/s, 3 kW cost 72 x 0.06 = 4.32 USD: 0.68 x 30.436875.
/// ```
/// use std::path::Path;
/// use wafercast::{domain::HashPrice, job::Job, selling::monthly_margin};
///
/// let job = Job::load(Path::new("fixtures/miniature/job.toml"))?;
/// let margin = monthly_margin(&job.catalogue.models[0], HashPrice::per_ph_day(50.0).unwrap(), 0.06);
/// assert!((margin.dollars() - 20.697_075).abs() < 1e-9);
/// # Ok::<(), wafercast::error::Error>(())
/// ```
pub fn monthly_margin(model: &Model, hashprice: HashPrice, power_usd_per_kwh: f64) -> Usd {
    let revenue = hashprice.usd_per_th_day() * model.hashrate_th.get();
    let power = model.power_w.get() / 1e3 * 24.0 * power_usd_per_kwh;
    Usd::new((revenue - power) * DAYS_PER_MONTH)
}

/// Months in which a machine earns its price at the month's hashprice; `None` when it never does.
/// ```
/// use wafercast::{domain::Usd, selling::payback_months};
///
/// assert_eq!(payback_months(Usd::new(3000.0), Usd::new(150.0)), Some(20.0));
/// assert_eq!(payback_months(Usd::new(3000.0), Usd::ZERO), None);
/// ```
pub fn payback_months(price: Usd, margin: Usd) -> Option<f64> {
    (margin > Usd::ZERO).then(|| price / margin)
}

/// Price at which a machine pays back in `months`: months x margin; nothing when it never pays back.
/// ```
/// use wafercast::{domain::Usd, selling::price_for_payback};
///
/// assert_eq!(price_for_payback(18.0, Usd::new(150.0)), Usd::new(2700.0));
/// assert_eq!(price_for_payback(18.0, Usd::new(-5.0)), Usd::ZERO);
/// ```
pub fn price_for_payback(months: f64, margin: Usd) -> Usd {
    margin.max(Usd::ZERO) * months
}

/// Price of power at which the machine earns nothing: hashprice x TH / (kW x 24), USD per kWh.
pub fn break_even_power(model: &Model, hashprice: HashPrice) -> f64 {
    hashprice.usd_per_th_day() * model.hashrate_th.get() / (model.power_w.get() / 1e3 * 24.0)
}

/// Band of a payback by the job's `payback_bands_months`: below the first border the machine is priced too low, above the
/// last it does not sell.
pub fn payback_band(months: Option<f64>, borders: Ascending<4>) -> &'static str {
    let [low, competitive, average, hard] = borders.get();
    match months {
        None => "never",
        Some(m) if m < low => "priced_too_low",
        Some(m) if m <= competitive => "competitive",
        Some(m) if m <= average => "average",
        Some(m) if m <= hard => "hard_to_sell",
        Some(_) => "dead",
    }
}

/// Class of an efficiency in joules per terahash by the job's `efficiency_classes_j_per_th`.
pub fn efficiency_class(joules_per_th: f64, borders: Ascending<3>) -> &'static str {
    let [competitive, entry, ageing] = borders.get();
    match joules_per_th {
        e if e <= competitive => "competitive",
        e if e <= entry => "entry_level",
        e if e <= ageing => "ageing",
        _ => "to_be_shut_down",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_worked_by_hand() {
        let model: Model = toml::from_str(
            "name = \"M\"\nhashrate_th = 200\npower_w = 3500\nlaunch = \"2024-06\"\nend_of_life = \"2027-12\"\nchips_per_machine = 318\nchip = \"C\"",
        )
        .unwrap();
        let hashprice = HashPrice::per_ph_day(50.0).unwrap();
        // 0.05 x 200 = 10 USD a day; 3.5 x 24 x 0.06 = 5.04; margin 4.96 x 30.436875 = 150.9669.
        let margin = monthly_margin(&model, hashprice, 0.06);
        assert!((margin.dollars() - 150.966_9).abs() < 1e-9);
        assert!((payback_months(Usd::new(3019.338), margin).unwrap() - 20.0).abs() < 1e-9);
        // 10 / 84 kWh = 0.119048.
        assert!((break_even_power(&model, hashprice) - 0.119_047_6).abs() < 1e-6);
        assert_eq!(payback_months(Usd::new(1.0), Usd::ZERO), None);
    }

    #[test]
    fn bands_have_the_borders_of_the_trade_unless_the_job_has_others() {
        let pricing = crate::job::Pricing::default();
        for (months, band) in [
            (11.9, "priced_too_low"),
            (12.0, "competitive"),
            (18.0, "competitive"),
            (18.1, "average"),
            (24.1, "hard_to_sell"),
            (30.1, "dead"),
        ] {
            assert_eq!(payback_band(Some(months), pricing.payback_bands_months), band);
        }
        assert_eq!(payback_band(None, pricing.payback_bands_months), "never");
        let own = Ascending::try_from(vec![6.0, 9.0, 12.0, 15.0]).unwrap();
        assert_eq!(payback_band(Some(12.0), own), "average");
        for (joules, class) in
            [(17.5, "competitive"), (20.1, "entry_level"), (25.1, "ageing"), (30.1, "to_be_shut_down")]
        {
            assert_eq!(efficiency_class(joules, pricing.efficiency_classes_j_per_th), class);
        }
    }
}
