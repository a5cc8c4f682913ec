//! What order lines are read with.

use std::path::Path;

use chrono::NaiveDate;

use crate::domain::FiscalYear;
use crate::ingest::exports::order_changes::Changes;
use crate::ingest::exports::payments::Payment;
use crate::ingest::exports::rates::Rates;
use crate::ingest::files::locations::Located;
use crate::ingest::orders::shipments::Shipment;
use crate::ingest::orders::standing::Contracts;
use crate::ingest::plausibility::orders::prices::PriceTerms;
use crate::job::{Catalogue, OrderIdRule};

/// What order lines are read with: files, terms of the job, and what they are held against.
#[derive(Clone, Copy)]
pub(in crate::ingest) struct Terms<'a> {
    pub located: &'a Located,
    pub catalogue: &'a Catalogue,
    pub as_of: NaiveDate,
    /// The year that quarters are of.
    pub fiscal_year: FiscalYear,
    pub exported_later: bool,
    pub shipments: Option<&'a [Shipment]>,
    pub prices: PriceTerms<'a>,
    /// What amounts in other currencies are worth.
    pub rates: &'a Rates,
    /// Whether shipments say which order they are of.
    pub numbered: bool,
    /// What was agreed of orders after they were signed.
    pub changes: &'a Changes,
    /// File of the shipments.
    pub shipments_at: Option<&'a Path>,
    /// How order numbers are compared.
    pub rule: &'a OrderIdRule,
    /// Months by which machines may be past due and count as firm.
    pub past_due_months: u32,
    /// From what on a contract counts.
    pub contracts: Contracts,
    /// Payments, sorted by order number; `None` without the export.
    pub payments: Option<&'a [Payment]>,
}
