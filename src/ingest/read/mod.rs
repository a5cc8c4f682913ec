//! All exports of a job, read as of a date.

mod checks;
mod customer_names;
mod order_lines;
mod order_terms;
mod sample;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::domain::Month;
use crate::error::Error;
use crate::ingest::cells::table::Rejected;
use crate::ingest::exports::customers::{self, Customers};
use crate::ingest::exports::drivers::{self, DriverValue};
use crate::ingest::exports::inventory;
use crate::ingest::exports::order_changes;
use crate::ingest::exports::overrides::{self, Override, Overrides};
use crate::ingest::exports::payments::{self, PaymentTerms};
use crate::ingest::exports::pipeline::{self, Deal};
use crate::ingest::exports::placed_orders::{self, PlacedOrders};
use crate::ingest::exports::rates::Rates;
use crate::ingest::exports::supply::{self, Supply};
use crate::ingest::files::locations::Locations;
use crate::ingest::frames::{MarketDays, Quote, Stock};
use crate::ingest::market::columns::Role;
use crate::ingest::market::identity::unit_slip;
use crate::ingest::market::series::Kind;
use crate::ingest::orders::ledger::Ledger;
use crate::ingest::orders::shipments::{self, Shipment};
use crate::ingest::orders::standing::Contracts;
use crate::ingest::plausibility::known::Known;
use crate::ingest::plausibility::market::gaps;
use crate::ingest::plausibility::market::judge::{self, Feeds, Judged};
use crate::ingest::plausibility::orders::prices::PriceTerms;
use crate::ingest::rows::reading::{FileRecord, Reading};
use crate::ingest::{market, plausibility};
use crate::job::Job;

/// Everything that was known on `as_of`.
#[derive(Clone, Debug)]
pub struct Exports {
    /// Last day that exists.
    pub as_of: NaiveDate,
    /// Order lines and shipments, added up.
    pub ledger: Ledger,
    /// Counts of distributors.
    pub stock: Stock,
    /// Hashprice and difficulty, and the price that they imply.
    pub market: MarketDays,
    /// What is said of customers; `None` without the export.
    pub customers: Option<Customers>,
    /// Orders talked about and not signed, sorted; `None` without the export.
    pub pipeline: Option<Vec<Deal>>,
    /// Planners' overrides that count, sorted by month and model.
    pub overrides: Vec<Override>,
    /// Those of other roles, which change nothing.
    pub overrides_proposed: Vec<Override>,
    /// What was decided of wafer orders that an earlier vintage proposed; `None` where no file says.
    pub placed: Option<PlacedOrders>,
    /// Values of further drivers by name, each sorted by day.
    pub drivers: BTreeMap<String, Vec<DriverValue>>,
    /// Stock and open wafer orders.
    pub supply: Supply,
    /// The files read.
    pub files: Vec<FileRecord>,
    /// Rows left out, within the job's tolerance.
    pub rejected: Vec<Rejected>,
    /// The first file of each export given, as the user named it.
    pub paths: BTreeMap<&'static str, PathBuf>,
    /// Exports that may be without a row.
    pub may_be_empty: BTreeSet<&'static str>,
    /// What a person should know.
    pub warnings: Vec<Diagnostic>,
}

impl Exports {
    /// The first file of an export, for a message; nowhere when it is not given.
    pub fn place(&self, export: &str) -> Place {
        self.paths.get(export).map(|path| Place::file(path)).unwrap_or_default()
    }
}

/// Reads every export as of `as_of`.
///
/// # Errors
/// [`Error::Input`] with every problem of every file when one of them stops the run.
#[expect(
    clippy::too_many_lines,
    reason = "one export after another, in the order in which they need each other"
)]
pub fn read(job: &Job, locations: &Locations, as_of: NaiveDate) -> Result<Exports, Error> {
    let catalogue = &job.catalogue;
    let mut reading = Reading::new(&job.checks, job.reading.rejected_rows_allowed);
    reading.unpacked = job.reading.unpacked_mb_allowed.saturating_mul(1 << 20);
    reading.problems.extend(locations.problems().iter().cloned());
    for found in locations.warnings() {
        reading.check(found.code, Severity::Warning, found.place.clone(), found.reason.clone());
    }
    // Shipments come first: each order is added up with what left of it.
    let mut shipments: Option<Vec<Shipment>> = locations
        .of("shipments")
        .map(|located| shipments::read(&mut reading, located, catalogue, &job.reading.order_id_rule, as_of));
    let made_later = job.exports.exported_on.is_some_and(|made| made > as_of);
    let exported_later = made_later || job.run.as_of.is_some_and(|of_job| as_of < of_job);
    let terms = PaymentTerms { catalogue, rule: &job.reading.order_id_rule, as_of, exported_later };
    let payments = locations.of("payments").map(|located| payments::read(&mut reading, located, terms));
    let mut series = |name, role| {
        locations.of(name).and_then(|l| Some((l, market::read::read(&mut reading, l, role, as_of)?)))
    };
    let hashprice = series("hashprice", Role::Hashprice);
    let difficulty = series("difficulty", Role::Difficulty);
    let derived = hashprice.as_ref().is_some_and(|(_, series)| series.kind == Kind::Revenue);
    let feeds = Feeds {
        difficulty: difficulty.as_ref().map(|(located, series)| (*located, series)),
        hashprice: hashprice.as_ref().map(|(located, series)| (*located, series)),
    };
    let Judged { difficulty, hashprice, left_out, sound } = judge::judge(&mut reading, feeds, job, as_of);
    let days = MarketDays::new(&hashprice, &difficulty, job.market.next_halving)?;
    let rule = &job.reading.order_id_rule;
    let changes = locations
        .of("order_changes")
        .map(|located| order_changes::read(&mut reading, located, catalogue, rule, as_of))
        .unwrap_or_default();
    let mut numbered = true;
    let ledger = locations.of("futures_orders").map(|located| {
        let settings = &job.plausibility;
        // Prices held against a hashprice that is wrong would be reported for nothing.
        let market = sound.then_some(&days);
        let rates = Rates::of(&mut reading, &located.export);
        let prices = PriceTerms { catalogue, market, settings, as_of: Month::of(as_of) };
        let mut terms = order_terms::Terms {
            located,
            catalogue,
            as_of,
            fiscal_year: job.run.fiscal_year_starts,
            rates: &rates,
            exported_later,
            shipments: None,
            numbered,
            changes: &changes,
            shipments_at: locations
                .of("shipments")
                .and_then(|l| l.files.first())
                .map(std::path::PathBuf::as_path),
            rule: &job.reading.order_id_rule,
            past_due_months: job.demand.past_due_months,
            contracts: Contracts::new(&job.policy),
            payments: payments.as_deref(),
            prices,
        };
        if let Some(given) = shipments.take() {
            numbered = given.iter().all(|shipment| !shipment.order_id.is_empty());
            shipments = Some(order_lines::numbered(&mut reading, terms, given));
        }
        (terms.shipments, terms.numbered) = (shipments.as_deref(), numbered);
        order_lines::read(&mut reading, terms)
    });
    if let (Some(ledger), Some(located)) = (&ledger, locations.of("futures_orders")) {
        checks::options(&mut reading, located, ledger);
    }
    let inventory = locations
        .of("channel_inventory")
        .map(|located| Stock::new(inventory::read(&mut reading, located, catalogue, as_of)))
        .transpose()?;
    let customers = locations.of("customers").map(|l| customers::read(&mut reading, l, as_of));
    let pipeline = locations.of("pipeline").map(|l| pipeline::read(&mut reading, l, catalogue, as_of));
    let overrides = locations.of("overrides").map(|l| overrides::read(&mut reading, l, catalogue, as_of));
    let placed = locations
        .of("placed_orders")
        .map(|located| placed_orders::read(&mut reading, located, locations.decided_in_vintage()));
    if placed.as_ref().is_some_and(|placed| placed.from_vintage && !placed.used()) {
        // A template that nobody filled in decides nothing: it is no input of the vintage.
        reading.files.retain(|file| file.export != "placed_orders");
    }
    let drivers = locations.of("drivers").map(|l| drivers::read(&mut reading, l, job, as_of));
    let supply = locations
        .of("supply")
        .map(|located| supply::read(&mut reading, located, catalogue, job.wafers.overdue_days, as_of));

    checks::same_twice(&mut reading, locations);
    let readable = |name: &str| {
        locations.of(name).and_then(|l| l.files.first()).filter(|path| {
            !reading.problems.iter().any(|p| p.severity == Severity::Error && p.place.path == **path)
        })
    };
    let mut late = Vec::new();
    for (name, quote) in [("hashprice", Quote::Hashprice), ("difficulty", Quote::Difficulty)] {
        // Rows that were refused leave holes of their own: reporting those too would hide the cause.
        let depends = name == "hashprice" && derived && readable("difficulty").is_none();
        if let Some(path) = readable(name).filter(|_| !depends) {
            let left: Vec<NaiveDate> =
                left_out.iter().filter(|(export, _)| *export == name).map(|(_, day)| *day).collect();
            let dates: Vec<NaiveDate> = days.days(quote).map(|day| day.date).collect();
            late.extend(gaps::stale((name, path), &dates, &left, as_of, job.reading.stale_days));
        }
    }
    let orders_path = readable("futures_orders").cloned();
    if late.is_empty()
        && let (Some(path), Some(_)) = (readable("hashprice"), readable("difficulty"))
        && let Some(slip) = unit_slip(&days, derived, path)
    {
        late.push(slip);
    }
    for problem in late {
        reading.check(problem.code, problem.severity, problem.place, problem.reason);
    }
    if let (Some(located), Some(shipments), true) = (locations.of("shipments"), &shipments, numbered) {
        let agreement = ledger.as_ref().and_then(|ledger| ledger.agreement.as_ref());
        shipments::copies(&mut reading, located, shipments, agreement);
    }
    if let (Some(path), Some(ledger)) = (orders_path, &ledger)
        && ledger.lots.is_empty()
    {
        let reason = format!("has no order signed up to {as_of}: there is nothing to forecast from");
        reading.problems.push(Diagnostic::error(Code::Stale, Place::file(&path), reason));
    }
    reading.report_unended();
    let Some(ledger) = ledger.filter(|_| !reading.problems.iter().any(|p| p.severity == Severity::Error))
    else {
        return Err(refused(reading));
    };
    let known = Known { ledger: &ledger, inventory: inventory.as_ref(), supply: supply.as_ref(), as_of };
    checks::across(&mut reading, locations, job, known);
    customer_names::check(&mut reading, locations, &ledger, (customers.as_ref(), pipeline.as_deref()));
    let place = |name: &str| {
        locations.of(name).and_then(|l| l.files.first()).map(|f| Place::file(f)).unwrap_or_default()
    };
    plausibility::stock(&mut reading, job, (known.ledger, known.supply, known.inventory), &place);
    if reading.problems.iter().any(|p| p.severity == Severity::Error) {
        return Err(refused(reading));
    }
    locations.release();
    reading.warnings.sort();
    let order = |file: &FileRecord| job.exports.all().position(|(name, _)| name == file.export);
    reading.files.sort_by_key(order);
    let Overrides { last_word: overrides, proposed: overrides_proposed } = overrides.unwrap_or_default();
    Ok(Exports {
        as_of,
        ledger,
        stock: inventory.map_or_else(Stock::none, Ok)?,
        market: days,
        customers,
        pipeline,
        overrides,
        overrides_proposed,
        placed,
        drivers: drivers.unwrap_or_default(),
        supply: supply.unwrap_or_else(|| Supply::unknown(catalogue)),
        files: reading.files,
        rejected: reading.rejected,
        paths: locations.paths(),
        may_be_empty: locations.may_be_empty(),
        warnings: reading.warnings,
    })
}

/// Errors, and the warnings that may name their cause.
fn refused(reading: Reading<'_>) -> Error {
    let mut problems = reading.problems;
    problems.extend(reading.warnings);
    problems.sort();
    problems.dedup();
    Error::Input(problems)
}
