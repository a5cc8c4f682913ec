//! Where two sources speak of the same thing, they are set against each other: exports against the as-of date, orders
//! against shipments, supply against what was due, this run's closed months against the vintage before, the forecast
//! against the orders that it is made from.
//!
//! Every comparison is a row of the table `reconciliation`. Above its limit, a key of `[reconciliation]`, it stops the run.

mod before;
mod book;
mod busiest;
mod contracts;
mod cover;
mod freshness;
mod market;
mod payments;
mod result;
mod supply;
mod vanished;

use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::domain::Month;
use crate::history::Book;
use crate::ingest::Exports;
use crate::job::{Checks, Job};
use crate::selling::Prices;

pub use before::Before;
pub use result::Made;

/// How a difference is taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verdict {
    /// No difference, or one that the sources themselves explain.
    Agrees,
    /// A difference below the limit, which nobody has to act on.
    Noted,
    /// Reported as a warning.
    Warning,
    /// Above the limit: the run stops.
    Error,
}

impl Verdict {
    /// The word in the output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agrees => "ok",
            Self::Noted => "noted",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One comparison.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Which check.
    pub check: &'static str,
    /// The export that is checked.
    pub export: &'static str,
    /// What of it: an order number, a month, a chip, or `ALL`.
    pub item: String,
    /// As the export has it.
    pub ours: Option<f64>,
    /// As the other source has it.
    pub theirs: Option<f64>,
    /// The difference as a share, or what stands in for one; what the limit is compared with.
    pub share: Option<f64>,
    /// The job's limit.
    pub limit: Option<f64>,
    /// How it is taken.
    pub severity: Verdict,
}

impl Row {
    fn new(check: &'static str, export: &'static str, item: impl Into<String>) -> Self {
        let item = item.into();
        Self {
            check,
            export,
            item,
            ours: None,
            theirs: None,
            share: None,
            limit: None,
            severity: Verdict::Agrees,
        }
    }

    fn between(self, ours: f64, theirs: f64) -> Self {
        Self { ours: Some(ours), theirs: Some(theirs), ..self }
    }

    fn against(self, share: f64, limit: f64) -> Self {
        Self { share: Some(share), limit: Some(limit), ..self }
    }
}

/// Everything that was compared.
#[derive(Clone, Default, Debug)]
pub struct Reconciliation {
    /// One a comparison.
    pub rows: Vec<Row>,
    /// What stops the run.
    pub errors: Vec<Diagnostic>,
    /// What a person should know.
    pub warnings: Vec<Diagnostic>,
}

impl Reconciliation {
    fn note(&mut self, row: Row, severity: Verdict) {
        self.rows.push(Row { severity, ..row });
    }

    /// Adds a comparison that is reported, as seriously as the job takes it.
    fn report(
        &mut self,
        checks: &Checks,
        row: Row,
        (code, usual): (Code, Severity),
        place: Place,
        reason: String,
    ) {
        let severity = match checks.severity(code, usual) {
            None => Verdict::Noted,
            Some(Severity::Warning) => {
                self.warnings.push(Diagnostic::warning(code, place, reason));
                Verdict::Warning
            }
            Some(Severity::Error) => {
                self.errors.push(Diagnostic::error(code, place, reason));
                Verdict::Error
            }
        };
        self.note(row, severity);
    }

    /// The exports against the as-of date and each other, and against the vintage before.
    pub fn new(job: &Job, exports: &Exports, before: Option<&Before>) -> Self {
        let mut found = Self::default();
        let mut book = Book::new(&exports.ledger, &job.catalogue, Month::of(exports.as_of));
        Prices::judge(&mut book, job);
        freshness::check(&mut found, job, exports, &book);
        book::check(&mut found, job, exports);
        payments::check(&mut found, job, exports);
        contracts::check(&mut found, job, exports, &book);
        cover::check(&mut found, job, exports, &book);
        busiest::check(&mut found, job, exports, &book);
        supply::check(&mut found, job, exports, before);
        market::check(&mut found, job, exports);
        if let Some(before) = before {
            before::check(&mut found, (job, exports), &book, before);
            vanished::check(&mut found, job, exports, before);
        }
        found.warnings.sort();
        found.errors.sort();
        found
    }

    /// What people should read before the numbers: overrides outside the interval of their month.
    pub fn first(&self) -> Vec<String> {
        let outside = self.warnings.iter().filter(|w| w.code == Code::OverrideOutside);
        outside.map(|warning| format!("override of {}", warning.reason)).collect()
    }

    /// What is to be doubted: differences within the limits, the one nearest to its limit named.
    pub fn doubt(&self) -> Option<String> {
        let differ =
            |row: &&Row| row.share.is_some_and(|share| share > 0.0) && row.severity != Verdict::Agrees;
        let near = |row: &Row| row.share.zip(row.limit).map_or(0.0, |(share, limit)| share / limit.max(1e-9));
        let worst = self.rows.iter().filter(differ).max_by(|a, b| near(a).total_cmp(&near(b)))?;
        Some(format!(
            "{} of {} comparisons of exports differ within their limits, {} of {} {} nearest, at {:.0}% of its limit: table reconciliation",
            self.rows.iter().filter(differ).count(),
            self.rows.len(),
            worst.check,
            worst.export,
            worst.item,
            100.0 * near(worst)
        ))
    }

    /// The forecast against the orders that it is made from.
    pub fn result(&mut self, job: &Job, exports: &Exports, made: &Made<'_>) {
        result::check(self, job, exports, made);
    }
}

/// A share of a whole that may be nothing: then any part is all of it.
fn share(part: f64, whole: f64) -> f64 {
    if part <= 0.0 {
        0.0
    } else if whole <= 0.0 {
        1.0
    } else {
        part / whole
    }
}

/// For example `2.5%`.
fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}
