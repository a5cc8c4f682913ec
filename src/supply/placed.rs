//! Wafer orders between proposed and in `supply`: what was decided of each, and what of it counts as on order.
//!
//! An order that people say they placed counts as on order, at its foundry's lead time from the day it was placed, until
//! `supply` shows it; from then on `supply` alone counts, whatever it says of the order later.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, Months, NaiveDate};

use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::domain::Usd;
use crate::ingest::{Decided, Exports, PlacedOrder, PlacedOrders, WaferOrder, cell};
use crate::job::{ChipId, Foundry, Job};

use super::proposals::{Known, OrderSettled, OrdersBefore, Settled, Standing};

/// Days after which an order that was placed should stand in `supply`, and within which one there with as many wafers is
/// taken for it.
const SHOWN_WITHIN: u64 = 31;
/// Days within which one with other wafers is.
const SHOWN_OTHERWISE: u64 = 7;
/// Orders named in one message.
const NAMED: usize = 5;

/// Settles what was decided against what was proposed and what `supply` shows.
pub fn settle(job: &Job, exports: &Exports, before: Option<&OrdersBefore>) -> Settled {
    let none = PlacedOrders::default();
    let file = exports.placed.as_ref().unwrap_or(&none);
    let mut settling = Settling { job, exports, before, file, settled: Settled::default() };
    settling.over_edited();
    let mut orders: Vec<OrderSettled> = file.rows.iter().map(|row| settling.first_look(row)).collect();
    if exports.placed.is_some() {
        orders.extend(settling.without_a_row());
    }
    let unplaced = settling.against_supply(&mut orders);
    settling.report(&orders, &unplaced);
    settling.count(&mut orders);
    settling.remind(&orders);
    let mut settled = settling.settled;
    orders.sort_by(|a, b| a.row.order.cmp(&b.row.order));
    settled.orders = orders;
    settled
}

/// Wafers of one chip and foundry that `supply` has from one day.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Shown {
    chip: ChipId,
    foundry: String,
    placed: NaiveDate,
    wafers: i64,
}

struct Settling<'a> {
    job: &'a Job,
    exports: &'a Exports,
    before: Option<&'a OrdersBefore>,
    file: &'a PlacedOrders,
    settled: Settled,
}

impl Settling<'_> {
    fn warn(&mut self, place: Place, reason: String) {
        match self.job.checks.severity(Code::PlacedOrders, Severity::Warning) {
            None => {}
            Some(Severity::Warning) => {
                self.settled.warnings.push(Diagnostic::warning(Code::PlacedOrders, place, reason));
            }
            Some(Severity::Error) => {
                self.settled.errors.push(Diagnostic::error(Code::PlacedOrders, place, reason));
            }
        }
    }

    /// A warning at a row.
    fn say(&mut self, row: &PlacedOrder, column: &str, value: &str, reason: String) {
        self.warn(cell(&self.file.path, row, column, value), reason);
    }

    fn refuse(&mut self, code: Code, row: &PlacedOrder, column: &str, value: &str, reason: String) {
        let place = cell(&self.file.path, row, column, value);
        self.settled.errors.push(Diagnostic::error(code, place, reason));
    }

    /// Cells that the vintage filled in and people changed: what was decided would be of another order.
    fn over_edited(&mut self) {
        let Some(before) = self.before else { return };
        let proposed = before.proposals.iter().map(|p| {
            let known = Known {
                chip: p.chip.clone(),
                foundry: p.foundry.clone(),
                proposed: p.wafers,
                in_supply: false,
            };
            (p.order(&before.period), known)
        });
        let mut known = before.known.clone();
        known.extend(proposed);
        for row in &self.file.rows {
            let Some(of) = known.get(&row.order) else {
                if self.file.from_vintage && row.proposed > 0 {
                    let reason = format!(
                        "is no order that vintage {} proposed: correct the name, or write 0 as proposed_wafers for an order that was not proposed",
                        before.vintage
                    );
                    self.refuse(Code::UnknownItem, row, "order", &row.order, reason);
                }
                continue;
            };
            let reason = |expected: &str| {
                format!(
                    "was changed: vintage {} wrote `{expected}`; what was decided goes into status, wafers, date, approver and note",
                    before.vintage
                )
            };
            for (column, ours, theirs) in
                [("chip", &of.chip, &row.chip), ("foundry", &of.foundry, &row.foundry)]
            {
                if ours != theirs {
                    self.refuse(Code::Contradiction, row, column, theirs, reason(ours));
                }
            }
            // A log of people's own may hold what a vintage proposed before it was revised.
            if self.file.from_vintage && of.proposed != row.proposed {
                let (ours, theirs) = (of.proposed.to_string(), row.proposed.to_string());
                self.refuse(Code::Contradiction, row, "proposed_wafers", &theirs, reason(&ours));
            }
        }
    }

    /// By what its row says alone.
    fn first_look(&mut self, row: &PlacedOrder) -> OrderSettled {
        let mut order = OrderSettled {
            row: row.clone(),
            standing: Standing::Undecided,
            due: None,
            in_supply: None,
            counted: 0,
        };
        if row.decided == Decided::Placed {
            order.due = self.terms(row).and_then(|(_, terms)| {
                let lead = u32::try_from(terms.lead_months.months()).ok()?;
                row.date?.checked_add_months(Months::new(lead))
            });
        }
        order.standing = match row.decided {
            Decided::Proposed => Standing::Undecided,
            _ if row.date.is_some_and(|date| date > self.exports.as_of) => Standing::Later,
            Decided::Declined => Standing::Declined,
            Decided::Cancelled => Standing::Cancelled,
            Decided::Placed if order.due.is_some_and(|due| due <= self.exports.as_of) => Standing::PastDue,
            Decided::Placed => Standing::OnOrder,
        };
        order
    }

    /// The chip and the terms that an order was placed on; what is not of the job stops the run.
    fn terms(&mut self, row: &PlacedOrder) -> Option<(ChipId, Foundry)> {
        let catalogue = &self.job.catalogue;
        let Some(chip) = catalogue.find_chip(&row.chip) else {
            let known: Vec<&str> = catalogue.chips.iter().map(crate::job::Chip::name).collect();
            let reason = format!("is not a chip of the job (known: {})", known.join(", "));
            self.refuse(Code::UnknownItem, row, "chip", &row.chip, reason);
            return None;
        };
        let of_chip = catalogue.foundries_of(chip);
        let named: Vec<&Foundry> = of_chip.iter().map(|f| &catalogue.foundries[*f]).collect();
        // A foundry has one set of terms for a chip: the job is refused otherwise.
        let Some(terms) = named.iter().copied().find(|f| f.name() == row.foundry) else {
            let known: Vec<&str> = named.iter().map(|f| f.name()).collect();
            let reason = format!(
                "has no terms for chip `{}` in the job, so that nobody knows when the order comes (known: {})",
                row.chip,
                known.join(", ")
            );
            self.refuse(Code::UnknownItem, row, "foundry", &row.foundry, reason);
            return None;
        };
        Some((chip, terms.clone()))
    }

    /// What was proposed and has no row: nobody decided it.
    fn without_a_row(&self) -> Vec<OrderSettled> {
        let Some(before) = self.before.filter(|before| before.file.is_some() || !self.file.from_vintage)
        else {
            return Vec::new();
        };
        let rows: BTreeSet<&str> = self.file.rows.iter().map(|row| row.order.as_str()).collect();
        let missing = before.proposals.iter().filter(|p| !rows.contains(p.order(&before.period).as_str()));
        missing
            .map(|p| OrderSettled {
                row: p.undecided(&before.period),
                standing: Standing::Undecided,
                due: None,
                in_supply: None,
                counted: 0,
            })
            .collect()
    }

    /// Finds placed orders in `supply` and returns what of it was placed by nobody: first those of the same day, then
    /// those of about the day with as many wafers, then any of the same week.
    fn against_supply(&self, orders: &mut [OrderSettled]) -> Vec<Shown> {
        let mut shown = self.shown();
        let mut placed: BTreeMap<(ChipId, String, NaiveDate), Vec<usize>> = BTreeMap::new();
        for (place, order) in orders.iter_mut().enumerate() {
            let was_there =
                self.before.and_then(|b| b.known.get(&order.row.order)).is_some_and(|k| k.in_supply);
            if !matches!(order.standing, Standing::OnOrder | Standing::PastDue) {
                continue;
            }
            if was_there {
                order.standing = Standing::InSupply;
            }
            let chip = self.job.catalogue.find_chip(&order.row.chip);
            if let (Some(chip), Some(date)) = (chip, order.row.date) {
                placed.entry((chip, order.row.foundry.clone(), date)).or_default().push(place);
            }
        }
        for pass in 0..3 {
            placed.retain(|(chip, foundry, date), places| {
                let wafers: i64 = places.iter().map(|place| wafers_of(&orders[*place])).sum();
                let fits = |s: &Shown| {
                    let days = s.placed.signed_duration_since(*date).num_days().unsigned_abs();
                    let near = match pass {
                        0 => days == 0,
                        1 => days <= SHOWN_WITHIN && s.wafers == wafers,
                        _ => days <= SHOWN_OTHERWISE,
                    };
                    (s.chip == *chip && s.foundry == *foundry && near).then_some(days)
                };
                let found = (0..shown.len()).filter_map(|at| Some((fits(&shown[at])?, at))).min();
                let Some((_, at)) = found else { return true };
                let mut rest = shown.remove(at).wafers;
                for (nth, place) in places.iter().enumerate() {
                    let last = nth + 1 == places.len();
                    let of_it = if last { rest } else { rest.min(wafers_of(&orders[*place])) };
                    rest -= of_it;
                    orders[*place].in_supply = Some(of_it);
                    orders[*place].standing = Standing::InSupply;
                }
                false
            });
        }
        shown
    }

    /// Wafers that `supply` has or had on order, by chip, foundry and day.
    fn shown(&self) -> Vec<Shown> {
        let supply = &self.exports.supply;
        let mut days: BTreeMap<(ChipId, &str, NaiveDate), i64> = BTreeMap::new();
        for order in supply.orders.iter().chain(&supply.received).chain(&supply.overdue) {
            *days.entry((order.chip, &order.foundry, order.placed)).or_default() += i64::from(order.wafers);
        }
        let shown = days.into_iter();
        shown
            .map(|((chip, foundry, placed), wafers)| Shown {
                chip,
                foundry: foundry.to_owned(),
                placed,
                wafers,
            })
            .collect()
    }

    /// Tells where the decisions and `supply` differ. A file that nobody filled in differs from nothing.
    fn report(&mut self, orders: &[OrderSettled], unplaced: &[Shown]) {
        let as_of = self.exports.as_of;
        for order in orders {
            let row = &order.row;
            let date = row.date.map(|date| date.to_string()).unwrap_or_default();
            let was_there = self.before.and_then(|b| b.known.get(&row.order)).is_some_and(|k| k.in_supply);
            match order.standing {
                Standing::Later => {
                    let reason = format!(
                        "lies after the as-of date {as_of}, on which {} was not decided: it does not count as on order, and what this run proposes may be placed already",
                        row.order
                    );
                    self.say(row, "date", &date, reason);
                }
                Standing::InSupply => {
                    let wafers = wafers_of(order);
                    if let Some(there) = order.in_supply.filter(|there| *there != wafers && !was_there) {
                        let reason = format!("{} has {there} wafers in supply, which counts", row.order);
                        self.say(row, "wafers", &wafers.to_string(), reason);
                    }
                }
                Standing::OnOrder => {
                    let late = row.date.and_then(|date| date.checked_add_days(Days::new(SHOWN_WITHIN)));
                    if late.is_some_and(|late| late < as_of) && self.exports.supply.known {
                        let reason = format!(
                            "{} was placed more than {SHOWN_WITHIN} days before {as_of} and is not in supply; it counts as on order, due {}",
                            row.order,
                            order.due.map(|due| due.to_string()).unwrap_or_default()
                        );
                        self.say(row, "date", &date, reason);
                    }
                }
                // A log keeps rows for ever: what was due before the vintage before was reported then.
                Standing::PastDue
                    if self.before.is_none_or(|b| order.due.is_some_and(|due| due > b.as_of.last_day())) =>
                {
                    let reason = format!(
                        "{} was due {} and has never been in supply: it counts neither as chips in hand nor as on order",
                        row.order,
                        order.due.map(|due| due.to_string()).unwrap_or_default()
                    );
                    self.say(row, "date", &date, reason);
                }
                Standing::Cancelled => {
                    let chip = self.job.catalogue.find_chip(&row.chip);
                    let still = unplaced.iter().find(|s| {
                        Some(s.chip) == chip
                            && s.foundry == row.foundry
                            && row.wafers.map(i64::from) == Some(s.wafers)
                    });
                    if let Some(still) = still {
                        let reason = format!(
                            "{} is cancelled, and supply has {} wafers of its chip and foundry placed {}, which count",
                            row.order, still.wafers, still.placed
                        );
                        self.say(row, "status", "cancelled", reason);
                    }
                }
                Standing::PastDue | Standing::Undecided | Standing::Declined => {}
            }
        }
        self.never_placed(unplaced);
    }

    /// Orders in `supply` since the vintage before that nobody wrote down as placed.
    fn never_placed(&mut self, unplaced: &[Shown]) {
        let Some(before) = self.before.filter(|_| self.file.used()) else { return };
        let since = before.as_of.last_day();
        let catalogue = &self.job.catalogue;
        let named: Vec<String> = unplaced
            .iter()
            .filter(|s| s.placed > since)
            .map(|s| {
                let chip = catalogue.chips[s.chip].name();
                format!("{} wafers of {chip} from {} placed {}", s.wafers, s.foundry, s.placed)
            })
            .collect();
        if !named.is_empty() {
            let reason = format!(
                "wafer orders placed after {since} are in supply and not written down as placed: {}; they count",
                some(&named)
            );
            self.warn(self.exports.place("supply"), reason);
        }
    }

    /// What counts as on order beside `supply`.
    fn count(&mut self, orders: &mut [OrderSettled]) {
        for order in orders.iter_mut().filter(|o| o.standing == Standing::OnOrder) {
            let (Some((chip, terms)), Some(placed), Some(due)) =
                (self.terms(&order.row), order.row.date, order.due)
            else {
                continue;
            };
            let wafers = order.row.wafers.unwrap_or(0);
            order.counted = i64::from(wafers);
            let cost: Usd = terms.wafer_cost() * f64::from(wafers);
            self.settled.on_order.push(WaferOrder {
                chip,
                due,
                placed,
                foundry: order.row.foundry.clone(),
                wafers,
                prepaid: cost * terms.prepayment_share.get(),
                yield_share: None,
            });
        }
        // Terms are looked up twice: what is wrong with them is reported once.
        self.settled.errors.sort();
        self.settled.errors.dedup();
    }

    fn remind(&mut self, orders: &[OrderSettled]) {
        let Some(before) = self.before else { return };
        let undecided: Vec<String> = orders
            .iter()
            .filter(|o| o.standing == Standing::Undecided && o.row.proposed > 0)
            .map(|o| format!("{} ({} wafers)", o.row.order, o.row.proposed))
            .collect();
        if undecided.is_empty() {
            return;
        }
        let file = if self.file.from_vintage {
            format!("{}/placed_orders.csv", before.vintage)
        } else {
            "the placed_orders export".to_owned()
        };
        self.settled.reminder = Some(format!(
            "neither placed nor declined in {file}: {}; none counts as on order unless supply has it",
            some(&undecided)
        ));
    }
}

/// Wafers placed.
fn wafers_of(order: &OrderSettled) -> i64 {
    order.row.wafers.map_or(0, i64::from)
}

/// The first of many, in words.
fn some(named: &[String]) -> String {
    let (first, rest) = named.split_at(named.len().min(NAMED));
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    format!("{}{more}", first.join(", "))
}
