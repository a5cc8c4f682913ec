//! Wafer orders of another build, played through as this one's are: it is run on the exports of each quarter end with the position of the
//! play as its `supply`, and the orders to place before the next run are read from its `wafer_orders`. Machines that wait are added
//! to the first month of its own forecast by `overrides`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::domain::{Month, Usd};
use crate::error::Error;
use crate::ingest::{Supply, WaferOrder};
use crate::job::Job;

use super::figures::{rows, run_build, table_path};
use super::layout::{cell, wrong};
use super::playing::Placed;

/// A quarter end, and the exports that are read as of it: the day on which they were made, and their folder.
pub(super) type Dated<'a> = (NaiveDate, NaiveDate, &'a Path);

/// Another build, on a maker's exports.
#[derive(Debug)]
pub(super) struct OtherBuild<'a> {
    build: &'a Path,
    /// The text of the job.
    job: &'a str,
    /// What it forecasts for the first month, by quarter end and model.
    first: BTreeMap<NaiveDate, BTreeMap<String, f64>>,
}

impl<'a> OtherBuild<'a> {
    /// `job` is its text.
    pub(super) const fn new(build: &'a Path, job: &'a str) -> Self {
        Self { build, job, first: BTreeMap::new() }
    }

    /// The orders that it would place now, from the position of the play.
    ///
    /// # Errors
    /// When it does not run, or its tables are not there.
    pub(super) fn orders(
        &mut self,
        dated: Dated<'_>,
        supply: &Supply,
        waiting: &[i64],
        job: &Job,
    ) -> Result<Vec<Placed>, Error> {
        let mut overrides = "month,model,machines,reason,who\n".to_owned();
        let (as_of, ..) = dated;
        if waiting.iter().any(|machines| *machines > 0) {
            let month = Month::of(as_of) + 1;
            let first = self.first_month(dated, supply, job)?;
            let waits = job.catalogue.models.iter().zip(waiting).filter(|(_, machines)| **machines > 0);
            for (model, machines) in waits {
                let all = first.get(model.name()).copied().unwrap_or(0.0) + *machines as f64;
                let _ = writeln!(overrides, "{month},{},{all},waits,play", model.name());
            }
        }
        let (folder, vintage) = self.run(dated, supply, &overrides, job)?;
        let path = table_path(&vintage, "wafer_orders");
        let found = rows(&std::fs::read(&path).map_err(|e| wrong(&path, e))?, &path)?;
        let now = found.iter().filter(|row| row.get("decision").is_some_and(|cell| cell == "place_now"));
        let orders = now.map(|row| placed(&path, row, job)).collect();
        drop(folder);
        orders
    }

    fn first_month(
        &mut self,
        dated: Dated<'_>,
        supply: &Supply,
        job: &Job,
    ) -> Result<BTreeMap<String, f64>, Error> {
        let (as_of, ..) = dated;
        if let Some(known) = self.first.get(&as_of) {
            return Ok(known.clone());
        }
        let (folder, vintage) = self.run(dated, supply, "month,model,machines,reason,who\n", job)?;
        let path = table_path(&vintage, "shipment_forecast");
        let month = (Month::of(as_of) + 1).first_day().to_string();
        let found = rows(&std::fs::read(&path).map_err(|e| wrong(&path, e))?, &path)?;
        let of_month = found.iter().filter(|row| {
            let is = |column: &str, value: &str| row.get(column).is_some_and(|cell| cell == value);
            is("scenario", "base") && is("month", &month)
        });
        let units =
            of_month.filter_map(|row| Some((row.get("model")?.clone(), row.get("units")?.parse().ok()?)));
        let units: BTreeMap<String, f64> = units.collect();
        drop(folder);
        self.first.insert(as_of, units.clone());
        Ok(units)
    }

    /// Runs it; the folder that holds its exports and its vintage.
    fn run(
        &self,
        (as_of, made, from): Dated<'_>,
        supply: &Supply,
        overrides: &str,
        job: &Job,
    ) -> Result<(tempfile::TempDir, PathBuf), Error> {
        let folder = tempfile::tempdir().map_err(|e| wrong(self.build, e))?;
        let exports = folder.path().join("exports");
        std::fs::create_dir(&exports).map_err(|e| wrong(&exports, e))?;
        for entry in std::fs::read_dir(from).map_err(|e| wrong(from, e))? {
            let file = entry.map_err(|e| wrong(from, e))?.path();
            let Some(name) = file.file_name().filter(|name| *name != "supply.csv") else { continue };
            std::fs::copy(&file, exports.join(name)).map_err(|e| wrong(&file, e))?;
        }
        for (name, text) in
            [("supply.csv", export_of(supply, as_of, job)), ("overrides.csv", overrides.to_owned())]
        {
            let path = exports.join(name);
            let write = |mut file| std::io::Write::write_all(&mut file, text.as_bytes());
            std::fs::File::create(&path).and_then(write).map_err(|e| wrong(&path, e))?;
        }
        let given =
            format!("[exports]\nexported_on = {made}\n[exports.overrides]\npath = \"overrides.csv\"\n");
        let run_on =
            self.job.replacen("[exports.futures_orders]", &format!("{given}[exports.futures_orders]"), 1);
        let vintage = run_build(self.build, &run_on, &exports, as_of, folder.path())?;
        Ok((folder, vintage))
    }
}

/// A supply position as an export.
fn export_of(supply: &Supply, as_of: NaiveDate, job: &Job) -> String {
    let mut text = "date,kind,item,quantity,foundry,wafers,due_date,prepaid_usd\n".to_owned();
    for model in &job.catalogue.models {
        let _ = writeln!(text, "{as_of},machines_on_hand,{},0,,,,", model.name());
    }
    for (chip, chips) in job.catalogue.chips.iter().zip(&supply.chips) {
        let _ = writeln!(text, "{as_of},chips_on_hand,{},{chips},,,,", chip.name());
    }
    for WaferOrder { chip, due, foundry, wafers, prepaid, .. } in &supply.orders {
        let chip = job.catalogue.chips[*chip].name();
        let _ =
            writeln!(text, "{as_of},wafer_order,{chip},,{foundry},{wafers},{due},{:.2}", prepaid.dollars());
    }
    text
}

fn placed(path: &Path, row: &BTreeMap<String, String>, job: &Job) -> Result<Placed, Error> {
    let of = |column: &str| cell(path, row, column);
    let day = |column: &str| -> Result<NaiveDate, Error> {
        of(column)?.parse().map_err(|e| wrong(path, format!("{column}: {e}")))
    };
    let number = |column: &str| -> Result<f64, Error> {
        of(column)?.parse().map_err(|e| wrong(path, format!("{column}: {e}")))
    };
    let chip = of("chip")?;
    let chip = job.catalogue.find_chip(chip).ok_or_else(|| wrong(path, format!("unknown chip `{chip}`")))?;
    let order = WaferOrder {
        chip,
        due: Month::of(day("wafer_out_month")?).last_day(),
        placed: day("place_by")?,
        foundry: of("foundry")?.to_owned(),
        wafers: number("wafers")? as u32,
        prepaid: Usd::new(number("prepayment_usd")?),
        yield_share: None,
    };
    Ok(Placed { order, cost: Usd::new(number("cost_usd")?) })
}
