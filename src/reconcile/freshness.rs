//! How far each export reaches, and what is missing inside it.
//!
//! An export is late when the closed months without a row at its end are more than it ever had between two rows. What the
//! orders and shipments exports say of each other outweighs that: an export of a slow month is not an old one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::diagnostic::{Code, Severity};
use crate::domain::Month;
use crate::history::Book;
use crate::ingest::{Agreement, Exports, Item, Lot, Segment};
use crate::job::{DriverKind, Job};

use super::{Reconciliation, Row, Verdict};

/// Months in which a month without rows is reported.
const LOOKED_AT: i32 = 24;

/// Months with rows without which an export has no rhythm that a month could be missing from.
const RHYTHM: usize = 6;

/// Closed months by which the orders of a kind of customer, or of a model, may pause for longer than they ever did: 1 and 2 at
/// most with honest makers, 2 and 3 at least where an export leaves out the newest quarter of them.
const CUSTOMERS_BEYOND: i32 = 2;
const MODEL_BEYOND: i32 = 3;

/// Months before its last sale in which a model may be sold no more: 7 in the fixtures.
const LAST_MONTHS: i32 = 7;

/// Closed months without an order after which nothing on order means a maker that sells nothing, and not an old file; and
/// without a value after which a driver is one that is no longer kept.
const A_YEAR: i32 = 12;

/// The pauses of a series of months.
struct Pauses {
    newest: Month,
    /// Closed months without a row at the end.
    at_end: i32,
    /// Most months without a row between two with.
    longest: i32,
    /// Months without a row of the last two years, in a pause longer than any other.
    inside: Vec<Month>,
}

impl Pauses {
    fn new(months: &BTreeSet<Month>, as_of: Month) -> Option<Self> {
        let newest = *months.last()?;
        let pairs: Vec<(Month, Month)> = months.iter().copied().zip(months.iter().copied().skip(1)).collect();
        let pause = |pair: &(Month, Month)| pair.1 - pair.0 - 1;
        let longest = pairs.iter().map(pause).max().unwrap_or(0);
        let longest_but_one = pairs
            .iter()
            .map(pause)
            .fold((0, 0), |(first, second), p| (first.max(p), second.max(p.min(first))))
            .1;
        // A pause of a year is a beginning, or a stray row before it.
        let reported = longest > longest_but_one && longest < A_YEAR && months.len() >= RHYTHM;
        let inside = match pairs.iter().find(|pair| pause(pair) == longest) {
            Some((from, to)) if reported && *to > as_of - LOOKED_AT => (*from + 1).to(*to - 1).collect(),
            _ => Vec::new(),
        };
        Some(Self { newest, at_end: as_of - newest, longest, inside })
    }
}

/// What is looked at in one go.
struct Look<'a> {
    job: &'a Job,
    exports: &'a Exports,
    as_of: Month,
    found: &'a mut Reconciliation,
}

pub(super) fn check(found: &mut Reconciliation, job: &Job, exports: &Exports, book: &Book<'_>) {
    let as_of = Month::of(exports.as_of);
    let mut look = Look { job, exports, as_of, found };
    look.empty();
    look.orders(book);
    look.parts_of_orders();
    look.shipments(book);
    look.inventory();
    look.supply();
    look.drivers();
}

/// The months of a list, for a message.
fn listed(months: &[Month]) -> String {
    match months {
        [first, .., last] if months.len() > 2 => format!("{first} to {last}"),
        _ => months.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "),
    }
}

impl Look<'_> {
    /// Exports that are given and have no row.
    fn empty(&mut self) {
        for (name, what) in [
            ("shipments", "it says that nothing ever left"),
            ("payments", "it says that nothing was ever received"),
            ("channel_inventory", "it says that distributors hold nothing"),
            ("supply", "it says that nothing is on hand or on order"),
            ("customers", "it has no customer"),
            ("pipeline", "it says that nothing is talked about"),
            ("drivers", "it has no driver"),
            ("order_changes", "it says that no order was ever changed"),
        ] {
            let mut files = self.exports.files.iter().filter(|file| file.export == name).peekable();
            if files.peek().is_none() || files.any(|file| file.has_rows) {
                continue;
            }
            let row = Row::new("rows", name, "ALL").between(0.0, 1.0);
            if self.exports.may_be_empty.contains(name) {
                self.found.note(row, Verdict::Noted);
                continue;
            }
            let reason = format!(
                "has a header and no row: {what}. Export it again; where that is really so, set may_be_empty = true in [exports.{name}]"
            );
            let place = self.exports.place(name);
            // Orders that nobody changed are the usual thing where few are signed.
            let severity = if name == "order_changes" { Severity::Warning } else { Severity::Error };
            self.found.report(&self.job.checks, row, (Code::EmptyExport, severity), place, reason);
        }
    }

    /// The row of a series: months without a row at its end against its longest pause.
    fn row(&self, export: &'static str, item: &str, pauses: &Pauses, lag: i32) -> Row {
        let missing = f64::from((pauses.at_end - lag).max(0));
        Row::new("freshness", export, item)
            .between(missing, f64::from(pauses.longest))
            .against(missing, f64::from(self.job.reconciliation.late_months))
    }

    /// How seriously months missing at the end are taken, beyond the longest pause and the usual lag. An export that goes
    /// on after the as-of date was made later: nothing is missing before it.
    fn usual(&self, export: &str, pauses: &Pauses, lag: i32) -> Option<Severity> {
        if self.exports.files.iter().any(|file| file.export == export && file.goes_on) {
            return None;
        }
        let missing = pauses.at_end - lag;
        let limit = i32::try_from(self.job.reconciliation.late_months).unwrap_or(i32::MAX);
        if missing < 1 || missing <= pauses.longest {
            None
        } else if missing >= limit {
            Some(Severity::Error)
        } else {
            Some(Severity::Warning)
        }
    }

    fn said(&self, pauses: &Pauses, what: &str) -> String {
        format!(
            "{what} in {}: the newest is of {}, {} closed month(s) before {}, and before that it never paused for more than {}",
            listed(&(pauses.newest + 1).to(self.as_of).collect::<Vec<_>>()),
            pauses.newest,
            pauses.at_end,
            self.exports.as_of,
            pauses.longest
        )
    }

    /// Reports a late series, or notes that it is not.
    fn end(&mut self, export: &'static str, code: Code, row: Row, usual: Option<Severity>, reason: String) {
        match usual {
            None if row.ours > Some(0.0) => self.found.note(row, Verdict::Noted),
            None => self.found.note(row, Verdict::Agrees),
            Some(usual) => {
                let place = self.exports.place(export);
                self.found.report(&self.job.checks, row, (code, usual), place, reason);
            }
        }
    }

    /// Reports the months missing inside a series.
    fn inside(&mut self, export: &'static str, item: &str, pauses: &Pauses, what: &str) {
        let count = pauses.inside.len();
        if count == 0 {
            return;
        }
        let row = Row::new("missing_months", export, item).between(count as f64, 0.0);
        let reason = format!("{what} in {}, and rows before and after", listed(&pauses.inside));
        let place = self.exports.place(export);
        self.found.report(&self.job.checks, row, (Code::MissingMonth, Severity::Warning), place, reason);
    }

    fn agreement(&self) -> Option<&Agreement> {
        self.exports.ledger.agreement.as_ref().filter(|agreement| agreement.delivered_known)
    }

    fn orders(&mut self, book: &Book<'_>) {
        let ledger = &self.exports.ledger;
        // Stray orders before history begins are no pause.
        let signed = ledger.lots.iter().map(|lot| lot.terms.signed);
        let months: BTreeSet<Month> = signed.filter(|month| *month >= ledger.begins).collect();
        let Some(pauses) = Pauses::new(&months, self.as_of) else { return };
        let row = self.row("futures_orders", "ALL", &pauses, 0);
        let unknown = ledger.agreement.as_ref().map_or(0, |agreement| agreement.unknown_order.machines);
        let shipped_since = ledger
            .shipped
            .as_ref()
            .map_or(0, |s| s.by_model.iter().filter(|((_, m), _)| *m > pauses.newest).map(|(_, q)| *q).sum());
        let mut usual = self.usual("futures_orders", &pauses, 0);
        let mut reason = self.said(&pauses, "no order was signed");
        let limit = i32::try_from(self.job.reconciliation.late_months).unwrap_or(i32::MAX);
        if pauses.at_end >= limit && unknown > 0 {
            // Whatever the pause: what shipped shows that there are orders which the file does not have.
            usual = Some(Severity::Error);
            let _ = write!(reason, ", while shipments has {unknown} machines of orders that are not in it");
        } else if usual == Some(Severity::Error) {
            let as_delivered = shipped_since > 0
                && self.agreement().is_some_and(|a| {
                    a.open_unsaid == 0 && a.more_shipped.machines + a.less_shipped.machines == 0
                });
            if as_delivered {
                usual = Some(Severity::Warning);
                reason += "; its delivered quantities are those of shipments, so that the file is not older";
            } else if pauses.at_end >= A_YEAR && book.open().next().is_none() {
                usual = Some(Severity::Warning);
                reason += "; nothing is on order any more: new orders are forecast from a year without any";
            } else {
                reason += ": export futures_orders again up to the as-of date";
            }
        }
        self.end("futures_orders", Code::LateExport, row, usual, reason);
        self.inside("futures_orders", "ALL", &pauses, "no order was signed");
    }

    /// Kinds of customers, and models still sold, whose newest order is far older than that of the whole export.
    fn parts_of_orders(&mut self) {
        let (ledger, catalogue) = (&self.exports.ledger, &self.job.catalogue);
        let months = |which: &dyn Fn(&Lot) -> bool| -> BTreeSet<Month> {
            let lots = ledger.lots.iter().filter(|lot| lot.terms.signed >= ledger.begins && which(lot));
            lots.map(|lot| lot.terms.signed).collect()
        };
        let Some(newest) = months(&|_| true).last().copied() else { return };
        let of_customers = Segment::ALL.into_iter().map(|segment| {
            (segment.customers(), months(&|lot| lot.terms.segment == segment), CUSTOMERS_BEYOND)
        });
        let sold = catalogue.ids().filter(|id| catalogue.model(*id).last_sale() > newest + LAST_MONTHS);
        let of_models =
            sold.map(|id| (catalogue.model(id).name(), months(&|lot| lot.terms.model == id), MODEL_BEYOND));
        let parts: Vec<(&str, BTreeSet<Month>, i32)> = of_customers.chain(of_models).collect();
        for (name, months, most) in parts {
            let Some(pauses) = Pauses::new(&months, newest).filter(|_| months.len() >= RHYTHM) else {
                continue;
            };
            let beyond = pauses.at_end - pauses.longest;
            // After a year without, it is sold no more.
            if beyond < most || pauses.at_end > A_YEAR {
                continue;
            }
            let row = Row::new("freshness", "futures_orders", name)
                .between(f64::from(pauses.at_end), f64::from(pauses.longest))
                .against(f64::from(beyond), f64::from(most));
            let reason = format!(
                "no order of {name} was signed in {}, {} month(s), while others were; before that they never paused for more than {}: are some customers or models left out of the export?",
                listed(&(pauses.newest + 1).to(newest).collect::<Vec<_>>()),
                pauses.at_end,
                pauses.longest
            );
            let usual = (Code::LateExport, Severity::Warning);
            self.found.report(&self.job.checks, row, usual, self.exports.place("futures_orders"), reason);
        }
    }

    fn shipments(&mut self, book: &Book<'_>) {
        let Some(shipped) = &self.exports.ledger.shipped else { return };
        let months: BTreeSet<Month> = shipped.by_model.keys().map(|(_, month)| *month).collect();
        let Some(pauses) = Pauses::new(&months, self.as_of) else { return };
        let row = self.row("shipments", "ALL", &pauses, 0);
        // Where every order says what was delivered and it is what was shipped, nothing left in the months missing.
        let complete = self
            .agreement()
            .is_some_and(|a| a.open_unsaid == 0 && a.compared_by_orders > 0 && a.less_shipped.machines == 0);
        let late = self.usual("shipments", &pauses, 0);
        // An old pair of exports agrees as well as a new one: what never paused does not pause with the orders.
        let orders = self.exports.ledger.lots.iter().map(|lot| lot.terms.signed).max();
        let both = months.len() >= RHYTHM && orders.is_some_and(|signed| signed <= pauses.newest);
        if late.is_some() && complete && both {
            let reason = format!(
                "neither futures_orders nor shipments has a row in {}, and shipments never paused for more than {} month(s): are both of {}? Export both again up to {}",
                listed(&(pauses.newest + 1).to(self.as_of).collect::<Vec<_>>()),
                pauses.longest,
                pauses.newest,
                self.exports.as_of
            );
            self.end("shipments", Code::LateExport, row, Some(Severity::Warning), reason);
            return;
        }
        let usual = late.filter(|_| !complete);
        let mut reason = self.said(&pauses, "nothing was shipped");
        if let Some(agreement) = self.agreement().filter(|a| a.less_shipped.machines > 0) {
            let _ = write!(
                reason,
                "; futures_orders has {} machines delivered that are not in it",
                agreement.less_shipped.machines
            );
        }
        reason += ": export shipments again up to the as-of date";
        self.end("shipments", Code::LateExport, row, usual, reason);
        // Machines due in a slow month leave later; those of a month that the export lacks never do.
        let open = || book.lots.iter().filter(|booked| booked.past_due > 0);
        let never: u64 = pauses
            .inside
            .iter()
            .flat_map(|month| open().map(|booked| booked.lot.due_in(*month).min(booked.past_due)))
            .sum();
        if never > 0 && !complete {
            let what = format!("{never} machines due then never left: nothing was shipped");
            self.inside("shipments", "ALL", &pauses, &what);
        }
    }

    fn inventory(&mut self) {
        let months: BTreeSet<Month> = self.exports.stock.months().map(|count| count.month).collect();
        let Some(pauses) = Pauses::new(&months, self.as_of) else { return };
        let row = self.row("channel_inventory", "ALL", &pauses, 0);
        let newest = self.exports.stock.newest();
        let reason = self.count(newest, &pauses);
        let usual = self.usual("channel_inventory", &pauses, 0);
        self.end("channel_inventory", Code::StaleCount, row, usual, reason);
        self.inside("channel_inventory", "ALL", &pauses, "nothing was counted");
    }

    fn count(&self, newest: Option<chrono::NaiveDate>, pauses: &Pauses) -> String {
        let date = newest.unwrap_or_else(|| pauses.newest.last_day());
        let days = (self.exports.as_of - date).num_days();
        format!(
            "its newest count is of {date}, {days} days before {}: export the count of that day",
            self.exports.as_of
        )
    }

    /// The newest count of all, and items that are missing from it.
    fn supply(&mut self) {
        let supply = &self.exports.supply;
        let all: BTreeSet<Month> = supply.counts.values().flatten().copied().collect();
        let Some(pauses) = Pauses::new(&all, self.as_of) else { return };
        let row = self.row("supply", "ALL", &pauses, 0);
        let (usual, reason) = (self.usual("supply", &pauses, 0), self.count(supply.counted, &pauses));
        self.end("supply", Code::StaleCount, row, usual, reason);
        self.inside("supply", "ALL", &pauses, "nothing was counted");
        let newest = pauses.newest;
        let catalogue = &self.job.catalogue;
        for (item, months) in self.exports.supply.counts.clone() {
            let Some(own) = Pauses::new(&months, newest) else { continue };
            let (quantity, ends) = match item {
                Item::Machines(model) => {
                    (supply_of(&self.exports.supply.machines, model.0), catalogue.model(model).end_of_life)
                }
                Item::Chips(chip) | Item::Dies(chip) => {
                    let stock = &self.exports.supply;
                    let of = if matches!(item, Item::Chips(_)) { &stock.chips } else { &stock.dies };
                    let models = catalogue.models_of(chip).into_iter();
                    let last = models.map(|model| catalogue.models[model].end_of_life).max();
                    (supply_of(of, chip.0), last.unwrap_or(self.as_of))
                }
            };
            let row = self.row("supply", &item.name(catalogue), &own, 0);
            // An item that is not built any more, or of which there was none, may be left out of later counts.
            let matters = quantity > 0 && ends > self.as_of;
            let usual = self.usual("supply", &own, 0).filter(|_| matters);
            let reason = format!(
                "{} was last counted in {}, {quantity} of it, while other items were counted in {newest}: add its count, 0 where there is none",
                item.name(catalogue),
                own.newest
            );
            self.end("supply", Code::StaleCount, row, usual, reason);
        }
    }

    fn drivers(&mut self) {
        for (name, values) in &self.exports.drivers {
            if self.job.driver_kind(name) != DriverKind::LagOnly {
                continue;
            }
            let months: BTreeSet<Month> = values.iter().map(|v| Month::of(v.date)).collect();
            let lags: BTreeMap<Month, i32> = values
                .iter()
                .filter_map(|v| Some((Month::of(v.date), Month::of(v.published_on?) - Month::of(v.date))))
                .collect();
            let lag = lags.values().copied().max().unwrap_or(0).max(0);
            let Some(pauses) = Pauses::new(&months, self.as_of) else { continue };
            let row = self.row("drivers", name, &pauses, lag);
            let usual = self.usual("drivers", &pauses, lag).map(|usual| {
                // A driver that ended a year ago is one that is no longer kept.
                if pauses.at_end - lag >= A_YEAR { Severity::Warning } else { usual }
            });
            let reason = self.said(&pauses, &format!("driver `{name}` has no value"))
                + ": export drivers again up to the as-of date, or take this one out";
            self.end("drivers", Code::LateExport, row, usual, reason);
            self.inside("drivers", name, &pauses, &format!("driver `{name}` has no value"));
        }
    }
}

fn supply_of(counts: &[u64], index: usize) -> u64 {
    counts.get(index).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(text: &str) -> BTreeSet<Month> {
        text.split_whitespace().map(|month| month.parse().unwrap()).collect()
    }

    #[test]
    fn pauses_are_counted_at_the_end_and_inside() {
        let as_of = "2025-09".parse().unwrap();
        let regular = months("2025-01 2025-02 2025-03 2025-04 2025-06 2025-07");
        let pauses = Pauses::new(&regular, as_of).unwrap();
        assert_eq!((pauses.at_end, pauses.longest), (2, 1));
        assert_eq!(pauses.inside, ["2025-05".parse().unwrap()]);
        // Quarterly counts pause for two months each: none of them is missing.
        let quarterly = months("2023-12 2024-03 2024-06 2024-09 2024-12 2025-03 2025-06");
        let pauses = Pauses::new(&quarterly, as_of).unwrap();
        assert_eq!((pauses.at_end, pauses.longest), (3, 2));
        assert!(pauses.inside.is_empty());
        assert!(Pauses::new(&BTreeSet::new(), as_of).is_none());
    }
}
