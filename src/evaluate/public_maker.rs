//! A public maker's quarterly volumes, each taken as one order signed and delivered in its quarter: what is left is
//! the forecast of intake.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::backtest::{Baseline, Level, Method, Pair};
use crate::demand::Forecast;
use crate::domain::{FiscalYear, Month, Quantiles, month_end};
use crate::error::Error;
use crate::history::MarketHistory;
use crate::job::Job;
use crate::market::Scenario;
use crate::run;

use super::layout::{HEAD, Maker, cell, rows, wrong};
use super::tally::Tally;

/// TH/s of the machine that volumes are counted in.
const MACHINE_TH: f64 = 100.0;

/// Quarters before the first origin: a trailing year.
const LEAST_QUARTERS: usize = 4;

const MACHINE: &str = r#"[[models]]
name = "MACHINE"
hashrate_th = 100
power_w = 3000
launch = "2015-01"
end_of_life = "2100-12"
chips_per_machine = 100
chip = "CHIP"
[[chips]]
name = "CHIP"
gross_dies_per_wafer = 1000
yield = 0.9
[[foundries]]
name = "Foundry"
chip = "CHIP"
wafer_cost_usd = 10000
lead_months = 4
prepayment_share = 0.5
"#;

/// Accuracy over every quarter end that has a year of volumes before it.
pub(super) fn table(volumes: &Path, market: &Path) -> Result<String, Error> {
    let quarters = quarters(volumes)?;
    let job = Job::parse(&format!("{HEAD}{MACHINE}"), volumes)?;
    let months = quarters.iter().flat_map(|(last, machines)| {
        let part = machines / 3;
        [(*last - 2, machines - 2 * part), (*last - 1, part), (*last, part)]
    });
    let months: BTreeMap<Month, f64> = months.map(|(month, machines)| (month, machines as f64)).collect();
    let maker = Maker::new("public maker".to_owned(), Vec::new(), months);
    let mut tally = Tally::default();
    if quarters.len() <= LEAST_QUARTERS {
        return Err(wrong(
            volumes,
            format!(
                "{} quarters with a volume in a row, more than {LEAST_QUARTERS} are needed",
                quarters.len()
            ),
        ));
    }
    for last in quarters.iter().skip(LEAST_QUARTERS - 1).map(|(last, _)| *last) {
        if maker.shipped(last + 1, last + 3).is_none() {
            continue;
        }
        let folder = exports(&quarters, market, last)?;
        let inputs = super::read(&job, folder.path(), last.last_day())?;
        let made = run::make(&inputs, &|_| ())?;
        add(&mut tally, &maker, &made.forecasts[Scenario::Base as usize], last);
    }
    let mut text = tally.table("public maker: a quarter's volume as one order, delivered in it");
    let worse: Vec<String> = (1..=4)
        .filter(|k| {
            let wape = |method| tally.measures(Level::Quarter, *k, method).and_then(|m| m.wape);
            wape(Method::Model) > wape(Method::Baseline(Baseline::TrailingMean))
        })
        .map(|k| k.to_string())
        .collect();
    let _ = if worse.is_empty() {
        writeln!(text, "at no horizon worse than the trailing-year mean")
    } else {
        writeln!(text, "worse than the trailing-year mean at quarter {}", worse.join(", "))
    };
    Ok(text)
}

/// Machines by quarter end, from the first quarter with a volume; every later one must have one.
fn quarters(path: &Path) -> Result<BTreeMap<Month, u64>, Error> {
    let mut quarters: BTreeMap<Month, u64> = BTreeMap::new();
    for row in rows(path)? {
        let text = cell(path, &row, "period_end")?;
        let end: NaiveDate = text.parse().map_err(|_| wrong(path, format!("`{text}` is not a date")))?;
        let month = month_end(end).ok_or_else(|| wrong(path, format!("{end} is not a month end")))?;
        let volume = cell(path, &row, "computing_power_sold_mth_s")?;
        let before = quarters.last_key_value().map(|(last, _)| *last);
        if before.is_some_and(|last| month != last + 3) {
            return Err(wrong(
                path,
                format!("the quarter that ends {end} does not follow the one before it"),
            ));
        }
        if volume.is_empty() {
            if before.is_none() {
                continue;
            }
            return Err(wrong(
                path,
                format!("computing_power_sold_mth_s of the quarter that ends {end} is empty"),
            ));
        }
        let volume: f64 = volume.parse().map_err(|_| wrong(path, format!("`{volume}` is not a number")))?;
        // Volumes are far below 2^53 machines.
        quarters.insert(month, (volume * 1e6 / MACHINE_TH).round() as u64);
    }
    Ok(quarters)
}

/// The market as far as its files go, to whole months.
pub(super) fn market(folder: &Path) -> Result<MarketHistory, Error> {
    let path = folder.join("hashprice.csv");
    let days = rows(&path)?;
    let last = days.last().ok_or_else(|| wrong(&path, "it has no row"))?;
    let text = cell(&path, last, "date")?;
    let last: NaiveDate = text.parse().map_err(|_| wrong(&path, format!("`{text}` is not a date")))?;
    let month = month_end(last).unwrap_or(Month::of(last) - 1);
    let job = Job::parse(&format!("{HEAD}{MACHINE}"), folder)?;
    let exports = exports(&BTreeMap::from([(month, 1)]), folder, month)?;
    let inputs = super::read(&job, exports.path(), month.last_day())?;
    Ok(MarketHistory::new(&inputs.exports, job.reading.stale_days))
}

/// Adds a forecast and its baselines where the actual is known.
fn add(tally: &mut Tally, maker: &Maker, forecast: &Forecast, as_of: Month) {
    let quarters = maker.quarters_up_to(as_of);
    for level in [Level::Quarter, Level::Year] {
        for horizon in 1..=level.horizons() {
            let span = level.span(horizon);
            let ahead = |h: usize| (as_of + 1).plus(h);
            let Some(actual) = maker.shipped(ahead(span.start), ahead(span.end - 1)) else { continue };
            let quantiles = forecast.quantiles(span.clone(), None).map(|machines| machines as f64);
            let mut put = |method, forecast: f64, quantiles: Option<Quantiles<f64>>| {
                let unit = maker.mean_quarter;
                let quantiles = quantiles.map(|q| q.map(|q| q / unit));
                let pair = Pair { forecast: forecast / unit, actual: actual / unit, quantiles };
                tally.add(level, horizon, method, pair);
            };
            let units = forecast.units.iter().flat_map(|r| &r[span.clone()]).sum::<i64>() as f64;
            put(Method::Model, units, Some(quantiles));
            for baseline in Baseline::ALL {
                if let Some(row) = baseline.forecast(&quarters, 4) {
                    let stretch = if level == Level::Year { 0..4 } else { horizon - 1..horizon };
                    put(Method::Baseline(baseline), row[stretch].iter().sum(), None);
                }
            }
        }
    }
}

/// The exports as of a quarter end.
fn exports(quarters: &BTreeMap<Month, u64>, market: &Path, last: Month) -> Result<tempfile::TempDir, Error> {
    let folder = tempfile::tempdir().map_err(|source| Error::Write { path: PathBuf::from("."), source })?;
    let mut orders = String::from(
        "order_id,customer,customer_segment,model,order_type,signed_date,quantity,delivery_start,delivery_months,status\n",
    );
    for (end, machines) in quarters.range(..=last).filter(|(_, machines)| **machines > 0) {
        let start = *end - 2;
        let _ = writeln!(
            orders,
            "{},Public,key_account,MACHINE,spot,{},{machines},{start},3,completed",
            FiscalYear::CALENDAR.quarter(*end),
            start.first_day()
        );
    }
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::File::create(&path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, text))
            .map_err(|source| Error::Write { path, source })
    };
    write("futures_orders.csv", orders.as_bytes())?;
    for name in ["hashprice.csv", "difficulty.csv"] {
        let path = market.join(name);
        write(name, &std::fs::read(&path).map_err(|e| wrong(&path, e))?)?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_or_missing_quarter_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("volumes.csv");
        let read = |rows: &str| {
            let text = format!("period_end,computing_power_sold_mth_s\n{rows}");
            let write = |mut file| std::io::Write::write_all(&mut file, text.as_bytes());
            std::fs::File::create(&path).and_then(write).unwrap();
            quarters(&path)
        };
        let found = read("2019-09-30,\n2019-12-31,2.9\n2020-03-31,0.9\n").unwrap();
        assert_eq!(found.into_values().collect::<Vec<_>>(), [29_000, 9_000]);
        for rows in ["2019-12-31,2.9\n2020-03-31,\n", "2019-12-31,2.9\n2020-06-30,0.9\n"] {
            let reported = read(rows).unwrap_err().to_string();
            assert!(reported.contains("2020-"), "{reported}");
        }
    }
}
