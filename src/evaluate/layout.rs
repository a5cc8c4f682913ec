//! Folders of makers and their vintages.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::domain::Month;
use crate::error::Error;
use crate::job::Job;

/// The truth of `elasticity.csv` by maker and origin.
pub(super) type Elasticities = BTreeMap<(String, Month), [Option<f64>; 4]>;

/// A maker with its vintages and what really shipped.
#[derive(Clone, Debug)]
pub(super) struct Maker {
    /// Name of its folder.
    pub(super) name: String,
    /// As-of date and folder of exports, oldest first.
    pub(super) vintages: Vec<(NaiveDate, PathBuf)>,
    /// Machines shipped by month, from the first to the last month of the history.
    pub(super) months: BTreeMap<Month, f64>,
    /// Machines newly demanded by month and model: what was left of contracts when due where `demand.csv` tells it, else what shipped.
    pub(super) demand: BTreeMap<Month, BTreeMap<String, f64>>,
    /// Mean machines shipped in a quarter.
    pub(super) mean_quarter: f64,
    /// Whether its folder distinguishes demand from what shipped: supply limits what ships.
    pub(super) supplied: bool,
}

impl Maker {
    pub(super) fn new(
        name: String,
        vintages: Vec<(NaiveDate, PathBuf)>,
        months: BTreeMap<Month, f64>,
    ) -> Self {
        let mean_quarter = 3.0 * months.values().sum::<f64>() / months.len().max(1) as f64;
        Self { name, vintages, months, demand: BTreeMap::new(), mean_quarter, supplied: false }
    }

    /// The first exports made on a day or after it: of those that reach it, what they say was changed least since.
    pub(super) fn exports_of(&self, day: NaiveDate) -> Option<(NaiveDate, &Path)> {
        let found = self.vintages.iter().find(|(made, _)| *made >= day);
        found.map(|(made, folder)| (*made, folder.as_path()))
    }

    /// The job as of a day, read from exports made on `made`: later states of orders are not from that day.
    pub(super) fn job_of(job: &Job, made: NaiveDate) -> Job {
        let mut job = job.clone();
        job.exports.exported_on = Some(made);
        job
    }

    /// Machines shipped in `from..=to`; `None` when the history does not hold all of it. A month without a row
    /// within the history shipped nothing.
    pub(super) fn shipped(&self, from: Month, to: Month) -> Option<f64> {
        let (first, last) = (*self.months.first_key_value()?.0, *self.months.last_key_value()?.0);
        (from >= first && to <= last).then(|| self.months.range(from..=to).map(|(_, m)| m).sum())
    }

    /// Machines shipped by quarter up to a quarter end, oldest first.
    pub(super) fn quarters_up_to(&self, as_of: Month) -> Vec<f64> {
        let mut quarters = Vec::new();
        let mut last = as_of;
        while let Some(sum) = self.shipped(last - 2, last) {
            quarters.push(sum);
            last = last - 3;
        }
        quarters.reverse();
        quarters
    }
}

/// An error that names the file.
pub(super) fn wrong(path: &Path, reason: impl std::fmt::Display) -> Error {
    Error::Usage(format!("{}: {reason}", path.display()))
}

/// Rows of a CSV file, each by column name.
pub(super) fn rows(path: &Path) -> Result<Vec<BTreeMap<String, String>>, Error> {
    let mut reader = csv::Reader::from_path(path).map_err(|e| wrong(path, e))?;
    reader.deserialize().collect::<Result<_, _>>().map_err(|e| wrong(path, e))
}

/// A cell that must be there.
pub(super) fn cell<'a>(
    path: &Path,
    row: &'a BTreeMap<String, String>,
    column: &str,
) -> Result<&'a str, Error> {
    row.get(column).map(String::as_str).ok_or_else(|| wrong(path, format!("there is no column `{column}`")))
}

fn number(path: &Path, row: &BTreeMap<String, String>, column: &str) -> Result<f64, Error> {
    let text = cell(path, row, column)?;
    text.parse().map_err(|_| wrong(path, format!("{column}: `{text}` is not a number")))
}

/// The makers of a folder, by name.
pub(super) fn makers(folder: &Path) -> Result<Vec<Maker>, Error> {
    let mut makers = Vec::new();
    for place in folders(folder)? {
        let history = place.join("history.csv");
        if !history.exists() {
            continue;
        }
        let mut months: BTreeMap<Month, f64> = BTreeMap::new();
        let mut demand: BTreeMap<Month, BTreeMap<String, f64>> = BTreeMap::new();
        for row in rows(&history)? {
            let month = cell(&history, &row, "month")?.get(..7).unwrap_or_default();
            let month = month.parse().map_err(|e| wrong(&history, e))?;
            let machines = number(&history, &row, "quantity")?;
            *months.entry(month).or_default() += machines;
            let model = cell(&history, &row, "model")?.to_owned();
            *demand.entry(month).or_default().entry(model).or_default() += machines;
        }
        let vintages = folders(&place)?.into_iter().filter_map(|folder| {
            let as_of = folder.file_name()?.to_str()?.parse().ok()?;
            Some((as_of, folder))
        });
        let name = place.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let reported = place.join("demand.csv");
        let supplied = reported.exists();
        if supplied {
            demand = BTreeMap::new();
            for row in rows(&reported)? {
                let month = cell(&reported, &row, "month")?.get(..7).unwrap_or_default();
                let month = month.parse().map_err(|e| wrong(&reported, e))?;
                let model = cell(&reported, &row, "model")?.to_owned();
                *demand.entry(month).or_default().entry(model).or_default() +=
                    number(&reported, &row, "machines_kept")?;
            }
        }
        makers.push(Maker { demand, supplied, ..Maker::new(name, vintages.collect(), months) });
    }
    if makers.is_empty() {
        return Err(wrong(folder, "there is no maker: no folder in it holds a history.csv"));
    }
    Ok(makers)
}

/// The folders in a folder, by name.
fn folders(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = std::fs::read_dir(folder).map_err(|e| wrong(folder, e))?;
    let mut folders: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders)
}

/// Last month in which a model of a simulated maker ships: its `end_of_life` ends its sales, contracts run off after it.
fn runs_off(last_sale: &str) -> String {
    last_sale.parse::<Month>().map_or_else(|_| last_sale.to_owned(), |month| (month + 24).to_string())
}

/// A job with the machines of a `models.csv` and every default, as its file would have it.
pub(super) fn job(path: &Path) -> Result<String, Error> {
    let mut models = String::new();
    let mut chips: BTreeMap<String, String> = BTreeMap::new();
    for row in rows(path)? {
        let of = |column| cell(path, &row, column);
        let chip = of("chip")?;
        let _ = write!(
            models,
            "[[models]]\nname = {:?}\nhashrate_th = {}\npower_w = {}\nlaunch = {:?}\nlast_sale = {:?}\nend_of_life = \"{}\"\nchips_per_machine = {}\nchip = {chip:?}\n",
            of("model")?,
            of("hashrate_th")?,
            of("power_w")?,
            of("launch")?,
            of("end_of_life")?,
            runs_off(of("end_of_life")?),
            of("chips_per_machine")?,
        );
        let text = format!(
            "[[chips]]\nname = {chip:?}\ngross_dies_per_wafer = {}\nyield = {}\n[[foundries]]\nname = \"Foundry {}\"\nchip = {chip:?}\nwafer_cost_usd = {}\nlead_months = {}\nprepayment_share = {}\n",
            of("gross_dies_per_wafer")?,
            of("yield")?,
            chip,
            of("wafer_cost_usd")?,
            of("lead_months")?,
            of("prepayment_share")?,
        );
        chips.insert(chip.to_owned(), text);
    }
    let chips: String = chips.into_values().collect();
    Ok(format!("{HEAD}{models}{chips}"))
}

/// The job as builds before `last_sale` had it: sales and shipments of a model both end with its `end_of_life`.
pub(super) fn without_last_sale(job: &str) -> String {
    let mut last_sale = None;
    let mut text = String::new();
    for line in job.lines() {
        match (line.strip_prefix("last_sale = "), &last_sale) {
            (Some(month), _) => last_sale = Some(month.to_owned()),
            (None, Some(month)) if line.starts_with("end_of_life = ") => {
                let _ = writeln!(text, "end_of_life = {month}");
                last_sale = None;
            }
            _ => {
                let _ = writeln!(text, "{line}");
            }
        }
    }
    text
}

/// What `elasticity.csv` says of the makers of a folder, if it is there.
pub(super) fn elasticities(folder: &Path) -> Result<Elasticities, Error> {
    let path = folder.join("elasticity.csv");
    let mut found = Elasticities::new();
    if !path.exists() {
        return Ok(found);
    }
    for row in rows(&path)? {
        let text = cell(&path, &row, "origin")?;
        let origin: NaiveDate = text.parse().map_err(|_| wrong(&path, format!("`{text}` is not a date")))?;
        let quarter = number(&path, &row, "quarter_ahead")? as usize;
        let key = (cell(&path, &row, "maker")?.to_owned(), Month::of(origin));
        if let Some(cell) = found.entry(key).or_default().get_mut(quarter.wrapping_sub(1)) {
            *cell = Some(number(&path, &row, "machines_shipped")?);
        }
    }
    Ok(found)
}

/// Run and exports of an evaluated job; the exports' folder is given with each vintage.
pub(super) const HEAD: &str = r#"[job]
name = "evaluate"
out = "out"
seed = 1
paths = 2000
[exports.futures_orders]
path = "futures_orders.csv"
[exports.hashprice]
path = "hashprice.csv"
[exports.difficulty]
path = "difficulty.csv"
[exports.channel_inventory]
path = "channel_inventory.csv"
[exports.shipments]
path = "shipments.csv"
[exports.supply]
path = "supply.csv"
[exports.drivers]
path = "drivers.csv"
[output]
formats = ["csv"]
"#;
