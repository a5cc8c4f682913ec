//! What a run is asked for, and what it reads: the job, its as-of date, the exports as of that date, what they say of each
//! other, and what earlier vintages hand on.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::{Month, month_end};
use crate::error::Error;
use crate::ingest::{self, Exports, Locations};
use crate::job::Job;
use crate::publish::Listing;
use crate::reconcile::Reconciliation;
use crate::supply::{self, Settled};
use crate::tables;
use crate::today::{self, Chosen};
use crate::vintages;

/// What a run is asked to do.
#[derive(Clone, Debug)]
pub struct Request {
    /// The job file.
    pub job: PathBuf,
    /// Folder to read the exports from instead of the job's paths.
    pub inputs: Option<PathBuf>,
    /// As-of date instead of the job's.
    pub as_of: Option<NaiveDate>,
    /// Output folder instead of the job's.
    pub out: Option<PathBuf>,
    /// The instant of the run: the last quarter completed by it is taken when neither says.
    pub now: DateTime<Utc>,
    /// Whether the output folder must hold a vintage already.
    pub no_create: bool,
    /// Whether a warning stops the run.
    pub deny_warnings: bool,
}

/// A job with its exports read.
#[derive(Debug)]
pub struct Inputs {
    /// The job.
    pub job: Job,
    /// The exports as of the date.
    pub exports: Exports,
    /// What they say of each other.
    pub reconciliation: Reconciliation,
    /// What was decided of the orders of earlier vintages.
    pub settled: Settled,
}

/// A checked job with its as-of date.
#[derive(Clone, Debug)]
pub struct Task {
    /// The job.
    pub job: Job,
    /// Last day that exists.
    pub as_of: NaiveDate,
    /// By what the date was chosen, where neither the request nor the job says one.
    pub chosen: Option<Chosen>,
}

/// Loads the job and settles the as-of date.
///
/// # Errors
/// When the job is wrong, or the as-of date is not a month end.
pub fn task(request: &Request) -> Result<Task, Error> {
    let job = Job::load(&request.job)?;
    let given = request.as_of.or(job.run.as_of);
    let of = &job.run;
    let last = || today::last_completed_quarter(request.now, of.time_zone, of.fiscal_year_starts);
    let chosen = given.is_none().then(last);
    let as_of = given.or(chosen.as_ref().map(|chosen| chosen.as_of)).unwrap_or_default();
    if month_end(as_of).is_none() {
        let end = Month::of(as_of).last_day();
        return Err(Error::Usage(format!(
            "--as-of {as_of} is not the last day of a month\nhint: write {end}"
        )));
    }
    Ok(Task { job, as_of, chosen })
}

/// Reads the exports of a task, and sets them against each other and the vintage before in `listing`.
///
/// # Errors
/// When an export is wrong, or exports contradict each other.
pub(crate) fn read(request: &Request, task: Task, listing: &Listing) -> Result<Inputs, Error> {
    let Task { job, as_of, .. } = task;
    let out = request.out.clone().unwrap_or_else(|| job.resolve(&job.run.out));
    let orders = vintages::orders_before(&out, listing, Month::of(as_of), &tables::SPECS);
    let template = orders.as_ref().and_then(|orders| orders.file.clone());
    let gone = template.clone().filter(|file| !file.exists());
    let locations = Locations::new(&job, request.inputs.as_deref(), as_of);
    let locations = locations.decided_in(template.filter(|_| gone.is_none()));
    let mut exports = ingest::read(&job, &locations, as_of)?;
    let before = vintages::before(&out, listing, Month::of(as_of), &tables::SPECS);
    let reconciliation = Reconciliation::new(&job, &exports, before.as_ref());
    let mut settled = supply::settle(&job, &exports, orders.as_ref());
    if let (Some(file), None) = (gone, &exports.placed) {
        let reason =
            "is gone: nothing counts as decided of the wafer orders that the vintage proposed or had placed";
        let place = Place::file(&file);
        settled.warnings.push(Diagnostic::warning(Code::Vintage, place, reason));
    }
    exports.supply.placed.clone_from(&settled.on_order);
    exports.warnings.append(&mut settled.warnings);
    let errors = [reconciliation.errors.as_slice(), &settled.errors].concat();
    if errors.is_empty() {
        Ok(Inputs { job, exports, reconciliation, settled })
    } else {
        Err(Error::Input([errors, exports.warnings, reconciliation.warnings].concat()))
    }
}

/// Loads the job, reads the exports and sets them against each other and the vintage before.
///
/// # Errors
/// As [`task`] and [`Listing::read`]; when an export is wrong, or exports contradict each other.
pub fn load(request: &Request) -> Result<Inputs, Error> {
    load_task(request, task(request)?)
}

/// The same of a task that is known already.
///
/// # Errors
/// As [`load`].
pub fn load_task(request: &Request, task: Task) -> Result<Inputs, Error> {
    let out = request.out.clone().unwrap_or_else(|| task.job.resolve(&task.job.run.out));
    let listing = Listing::read(&out)?;
    read(request, task, &listing)
}
