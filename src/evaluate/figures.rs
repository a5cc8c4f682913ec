//! What one build of wafercast forecasts of one vintage, as its tables say it: this build in process, another one by running it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::NaiveDate;

use crate::domain::{FiscalYear, Month, Quantiles};
use crate::error::Error;
use crate::job::Job;
use crate::publish::{VintageName, csv, table_file};
use crate::run;
use crate::table::Dialect;

use super::layout::wrong;

/// Quarters ahead and the twelve months, by their place.
pub(super) const PERIODS: usize = 5;

/// All models of one scenario and period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figure {
    /// Machines if supply allows.
    pub units: f64,
    /// p10, p50 and p90 of them.
    pub quantiles: Quantiles<f64>,
    /// Machines that ship within known supply and the orders proposed.
    pub constrained: f64,
    /// p10, p50 and p90 of them, where the build gives them.
    pub constrained_quantiles: Option<Quantiles<f64>>,
    /// Mean implied price, USD per BTC.
    pub price: f64,
}

/// By scenario and period.
pub(super) type Figures = BTreeMap<String, Vec<Figure>>;

type Row = BTreeMap<String, String>;

/// This build's figures.
pub(super) fn own(job: &Job, exports: &Path, as_of: NaiveDate) -> Result<Figures, Error> {
    let inputs = super::read(job, exports, as_of)?;
    let tables = run::forecast(&inputs, &|_| ())?.tables;
    let table = |name: &str| -> Result<Vec<Row>, Error> {
        let found = tables.iter().find(|table| table.spec.name == name);
        let bytes = found.map(|table| csv(table, Dialect::default())).unwrap_or_default();
        rows(&bytes, exports)
    };
    figures(&table(QUARTERLY)?, &table(MARKET)?, as_of, exports)
}

/// The figures of another build of wafercast, run on the same job and exports.
pub(super) fn of_build(build: &Path, job: &str, exports: &Path, as_of: NaiveDate) -> Result<Figures, Error> {
    let folder = tempfile::tempdir().map_err(|e| wrong(build, e))?;
    let vintage = run_build(build, job, exports, as_of, folder.path())?;
    let table = |name: &str| -> Result<Vec<Row>, Error> {
        let path = table_path(&vintage, name);
        rows(&std::fs::read(&path).map_err(|e| wrong(&path, e))?, &path)
    };
    figures(&table(QUARTERLY)?, &table(MARKET)?, as_of, build)
}

/// Runs another build of wafercast in a folder; the folder of the vintage that it publishes. A build that does not know `last_sale`
/// gets the job without it.
pub(super) fn run_build(
    build: &Path,
    job: &str,
    exports: &Path,
    as_of: NaiveDate,
    folder: &Path,
) -> Result<PathBuf, Error> {
    let (file, out) = (folder.join("job.toml"), folder.join("out"));
    let run = |job: &str| {
        std::fs::File::create(&file)
            .and_then(|mut file| std::io::Write::write_all(&mut file, job.as_bytes()))
            .map_err(|e| wrong(&file, e))?;
        Command::new(build)
            .arg("run")
            .arg(&file)
            .arg("--quiet")
            .arg("--inputs")
            .arg(exports)
            .args(["--as-of", &as_of.to_string(), "--out"])
            .arg(&out)
            .output()
            .map_err(|e| wrong(build, e))
    };
    let mut found = run(job)?;
    if found.status.code() == Some(i32::from(crate::exit_code::ExitCode::Job as u8)) {
        found = run(&super::layout::without_last_sale(job))?;
    }
    if !found.status.success() {
        return Err(wrong(
            build,
            format!("{}: {}", exports.display(), String::from_utf8_lossy(&found.stderr)),
        ));
    }
    Ok(out.join(VintageName::new(Month::of(as_of), FiscalYear::CALENDAR).to_string()))
}

/// Where a build has a table: before schema version 4 every file of a vintage lay beside the others.
pub(super) fn table_path(vintage: &Path, table: &str) -> PathBuf {
    let own = vintage.join(table_file(table, "csv"));
    if own.exists() { own } else { vintage.join(format!("{table}.csv")) }
}

const QUARTERLY: &str = "shipment_forecast_quarterly";
const MARKET: &str = "market";

pub(super) fn rows(bytes: &[u8], path: &Path) -> Result<Vec<Row>, Error> {
    let mut reader = csv::Reader::from_reader(bytes);
    reader.deserialize().collect::<Result<_, _>>().map_err(|e| wrong(path, e))
}

fn figures(quarterly: &[Row], market: &[Row], as_of: NaiveDate, path: &Path) -> Result<Figures, Error> {
    let number = |row: &Row, column: &str| -> Option<f64> { row.get(column)?.parse().ok() };
    let three = |row: &Row, of: &str| -> Option<Quantiles<f64>> {
        let at = |share: &str| number(row, &format!("{of}_{share}"));
        Some(Quantiles { p10: at("p10")?, p50: at("p50")?, p90: at("p90")? })
    };
    let is = |row: &Row, column: &str, value: &str| row.get(column).is_some_and(|cell| cell == value);
    let mut figures = Figures::new();
    for scenario in ["bear", "base", "bull"] {
        let prices: Vec<f64> = market
            .iter()
            .filter(|row| is(row, "kind", "forecast") && is(row, "scenario", scenario))
            .filter_map(|row| number(row, "implied_price_usd"))
            .collect();
        let price = |months: std::ops::Range<usize>| {
            prices.get(months.clone()).map(|prices| prices.iter().sum::<f64>() / months.len() as f64)
        };
        let names = (0..4).map(|k| FiscalYear::CALENDAR.quarter(Month::of(as_of) + 3 * k + 3).to_string());
        for (index, name) in names.chain(["12M".to_owned()]).enumerate() {
            let found = quarterly.iter().find(|row| {
                is(row, "scenario", scenario) && is(row, "quarter", &name) && is(row, "model", "ALL")
            });
            let months = if index == 4 { 0..12 } else { 3 * index..3 * index + 3 };
            let figure = found.and_then(|row| {
                Some(Figure {
                    units: number(row, "units")?,
                    quantiles: three(row, "units")?,
                    constrained: number(row, "constrained_units")?,
                    constrained_quantiles: three(row, "constrained"),
                    price: price(months)?,
                })
            });
            let figure = figure.ok_or_else(|| wrong(path, format!("no forecast of {name}, {scenario}")))?;
            figures.entry(scenario.to_owned()).or_default().push(figure);
        }
    }
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_builds_before_and_since_are_found() {
        let vintage = tempfile::tempdir().unwrap();
        let at = |name: &str| vintage.path().join(name);
        assert_eq!(table_path(vintage.path(), MARKET), at("market.csv"));
        std::fs::create_dir(at("csv")).unwrap();
        std::fs::File::create(at("csv/market.csv")).unwrap();
        assert_eq!(table_path(vintage.path(), MARKET), at("csv/market.csv"));
    }
}
