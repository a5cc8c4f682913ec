//! `supply`: machines and chips on hand, and wafer orders that are under way.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::{Month, Share, Usd};
use crate::ingest::cells::currency;
use crate::ingest::cells::layout::{Column, optional, required};
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::files::locations::Located;
use crate::ingest::names::near;
use crate::ingest::rows::reading::Reading;
use crate::job::{Catalogue, ChipId, ModelId};

use super::rates::Rates;

/// A wafer order that is placed and not yet in.
#[derive(Clone, PartialEq, PartialOrd, Debug)]
pub struct WaferOrder {
    /// Place of the chip in the job's list.
    pub chip: ChipId,
    /// Day its chips are in hand.
    pub due: NaiveDate,
    /// Day it was placed.
    pub placed: NaiveDate,
    /// Who makes it.
    pub foundry: String,
    /// Wafers.
    pub wafers: u32,
    /// Paid so far.
    pub prepaid: Usd,
    /// Share of its dies expected to be good; `None`: as the foundry or chip has it.
    pub yield_share: Option<Share>,
}

/// What the maker has or has ordered.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Supply {
    /// Machines on hand, by model; from the newest day of the export.
    pub machines: Vec<u64>,
    /// Good chips on hand, by chip; from the newest day of the export.
    pub chips: Vec<u64>,
    /// Good dies that are not packaged yet, by chip: the die bank; from the newest day of the export.
    pub dies: Vec<u64>,
    /// Open wafer orders.
    pub orders: Vec<WaferOrder>,
    /// Wafer orders that people say they placed and that the export does not show yet; not of the export.
    pub placed: Vec<WaferOrder>,
    /// Wafer orders that were due by the as-of date and count as received.
    pub received: Vec<WaferOrder>,
    /// Wafer orders that are overdue for longer than the job allows: neither in hand nor on order.
    pub overdue: Vec<WaferOrder>,
    /// Newest day on which stock was counted.
    pub counted: Option<NaiveDate>,
    /// Months in which each item was counted, up to the as-of date.
    pub counts: BTreeMap<Item, BTreeSet<Month>>,
    /// Last day after the as-of date on which stock is counted, and its line: a count that does not exist yet.
    pub counted_later: Option<(NaiveDate, u64)>,
    /// Whether stock was counted at all up to the as-of date: without a count supply is unknown, not zero.
    pub known: bool,
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Item {
    /// Machines of a model.
    Machines(ModelId),
    /// Good chips.
    Chips(ChipId),
    /// Good dies of a chip.
    Dies(ChipId),
}

impl Item {
    /// For example `chips_on_hand C5`.
    pub fn name(self, catalogue: &Catalogue) -> String {
        match self {
            Self::Machines(model) => format!("machines_on_hand {}", catalogue.model(model).name()),
            Self::Chips(chip) => format!("chips_on_hand {}", catalogue.chips[chip].name()),
            Self::Dies(chip) => format!("dies_on_hand {}", catalogue.chips[chip].name()),
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Machines,
    Chips,
    Dies,
    Wafers,
}

pub(in crate::ingest) const COLUMNS: &[Column] = &[
    required("date", &["snapshot_date", "placed_date"]),
    required("kind", &[]),
    required("item", &["model_or_chip"]),
    optional("quantity", &["qty"]),
    optional("foundry", &[]),
    optional("wafers", &[]),
    optional("due_date", &[]),
    optional("prepaid_usd", &[]),
    optional("yield", &["expected_yield"]),
    optional("currency", currency::NAMES),
];

/// Places of what was paid, and of its currency.
const PREPAID: usize = 7;
const CURRENCY: usize = 9;

/// A row of the export, with its place.
#[derive(Clone, Debug)]
enum Position {
    Counted(Item, NaiveDate, u32),
    Wafers(WaferOrder),
    /// Counted after the as-of date.
    Later(NaiveDate),
}

/// Reads the supply position: per item the newest count up to `as_of`, and wafer orders placed up to it.
/// A wafer order due by `as_of` counts as received, its chips in the counts or used, for `overdue_days`; one that is still
/// open after that is not taken for chips at all.
pub(in crate::ingest) fn read(
    reading: &mut Reading<'_>,
    located: &Located,
    catalogue: &Catalogue,
    overdue_days: u32,
    as_of: NaiveDate,
) -> Supply {
    let mut machines: Vec<Option<(NaiveDate, u32)>> = vec![None; catalogue.models.len()];
    let mut chips: Vec<Option<(NaiveDate, u32)>> = vec![None; catalogue.chips.len()];
    let mut dies = chips.clone();
    let (mut orders, mut received, mut overdue) = (Vec::new(), Vec::new(), Vec::new());
    let mut counts: BTreeMap<Item, BTreeSet<Month>> = BTreeMap::new();
    let mut counted_later = None;
    let rates = Rates::of(reading, &located.export);
    let each = |table: &mut Table<'_>, row: &Row<'_>, rows: &mut Vec<(Position, u64)>| {
        let position = position(table, row, (catalogue, &rates), as_of);
        let used = position.as_ref().is_some_and(|position| !matches!(position, Position::Later(_)));
        rows.extend(position.map(|position| (position, row.line)));
        used
    };
    reading.of_amounts(located, (COLUMNS, &[PREPAID]), each, |path, rows| {
        let mut problems = Vec::new();
        for (position, line) in rows.into_iter().flatten() {
            let (newest, date, quantity) = match position {
                Position::Later(date) => {
                    counted_later = counted_later.max(Some((date, line)));
                    continue;
                }
                Position::Wafers(order) if order.due > as_of => {
                    orders.push(order);
                    continue;
                }
                Position::Wafers(order) => {
                    let late = (as_of - order.due).num_days() > i64::from(overdue_days);
                    if late { &mut overdue } else { &mut received }.push(order);
                    continue;
                }
                Position::Counted(item, date, quantity) => {
                    counts.entry(item).or_default().insert(Month::of(date));
                    let newest = match item {
                        Item::Machines(model) => &mut machines[model.0],
                        Item::Chips(chip) => &mut chips[chip],
                        Item::Dies(chip) => &mut dies[chip],
                    };
                    (newest, date, quantity)
                }
            };
            match newest {
                Some((known, _)) if *known > date => {}
                Some((known, _)) if *known == date => {
                    let value = date.to_string();
                    let place = Place { path: path.to_owned(), line, column: "date".to_owned(), value };
                    let reason = "is the second count of this item on this day: where rows are parts of one count, such as warehouses or lots, add them up by step = \"group\" with sum";
                    problems.push(Diagnostic::error(Code::DuplicateRow, place, reason));
                }
                _ => *newest = Some((date, quantity)),
            }
        }
        problems
    });
    let by_day = |a: &WaferOrder, b: &WaferOrder| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal);
    orders.sort_by(by_day);
    received.sort_by(by_day);
    overdue.sort_by(by_day);
    for orders in [&orders, &received, &overdue] {
        reading.identical(located, orders, |order| {
            format!("{} wafers from {} due {}", order.wafers, order.foundry, order.due)
        });
    }
    let counted = machines.iter().chain(&chips).chain(&dies).flatten().map(|(date, _)| *date).max();
    let count = |newest: Vec<Option<(NaiveDate, u32)>>| {
        newest.into_iter().map(|n| n.map_or(0, |(_, quantity)| u64::from(quantity))).collect()
    };
    Supply {
        machines: count(machines),
        chips: count(chips),
        dies: count(dies),
        orders,
        placed: Vec::new(),
        received,
        overdue,
        counted,
        counts,
        counted_later,
        known: counted.is_some(),
    }
}

/// Columns of stock alone, and of wafer orders alone.
const OF_STOCK: &[usize] = &[3];
const OF_ORDERS: &[usize] = &[4, 5, 6, 7, 8];

/// Tells cells that mean nothing in their kind of row: a value that slipped into the next cell leaves a shorter one
/// behind. A 0 says no more than an empty cell, but as a foundry or a day.
fn nothing_else(table: &mut Table<'_>, row: &Row<'_>, columns: &[usize], what: &str) {
    for column in columns.iter().copied() {
        let Some(text) = table.text(row, column) else { continue };
        let zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.')) && text.contains('0');
        if zero && !matches!(column, 4 | 6) {
            continue;
        }
        let reason = format!(
            "must be empty in a row of {what}: look whether a value stands in the wrong cell, else empty it"
        );
        table.reject(row.line, Some(column), text, (Code::Contradiction, reason));
    }
}

fn position(
    table: &mut Table<'_>,
    row: &Row<'_>,
    (catalogue, rates): (&Catalogue, &Rates),
    as_of: NaiveDate,
) -> Option<Position> {
    let before = table.problems();
    any_position(table, row, (catalogue, rates), as_of).filter(|_| table.problems() == before)
}

/// The position of a row; what is wrong with it beside the cells that it needs was reported.
fn any_position(
    table: &mut Table<'_>,
    row: &Row<'_>,
    (catalogue, rates): (&Catalogue, &Rates),
    as_of: NaiveDate,
) -> Option<Position> {
    let date = table.need_date(row, 0);
    if let Some(date) = date.filter(|date| *date > as_of) {
        table.found.goes_on = true;
        table.found.seen.later(date, row.line);
        // A wafer order has a foundry and no count.
        let counts = table.text(row, 3).is_some() && table.text(row, 4).is_none();
        return counts.then_some(Position::Later(date));
    }
    let kinds = [
        ("machines_on_hand", Kind::Machines),
        ("chips_on_hand", Kind::Chips),
        ("dies_on_hand", Kind::Dies),
        ("wafer_order", Kind::Wafers),
    ];
    match table.need_word(row, 1, &kinds)? {
        Kind::Machines => {
            let item = table.need_model(row, 2, catalogue);
            let quantity = table.need_integer(row, 3, 0, 100_000_000);
            nothing_else(table, row, OF_ORDERS, "machines_on_hand");
            Some(Position::Counted(Item::Machines(item?), date?, quantity?))
        }
        kind @ (Kind::Chips | Kind::Dies) => {
            let item = need_chip(table, row, catalogue);
            let quantity = table.need_integer(row, 3, 0, 4_000_000_000);
            let chips = matches!(kind, Kind::Chips);
            nothing_else(table, row, OF_ORDERS, if chips { "chips_on_hand" } else { "dies_on_hand" });
            let of = if chips { Item::Chips } else { Item::Dies };
            Some(Position::Counted(of(item?), date?, quantity?))
        }
        Kind::Wafers => {
            let chip = need_chip(table, row, catalogue);
            let foundry = table.need_text(row, 4);
            let wafers = table.need_integer(row, 5, 1, 10_000_000);
            let due = table.need_date(row, 6);
            let prepaid = table.maybe_amount(row, PREPAID, CURRENCY);
            let yield_share = maybe_yield(table, row);
            nothing_else(table, row, OF_STOCK, "wafer_order");
            let (placed, due) = (date?, due?);
            if due < placed {
                let reason = "is before the order was placed".to_owned();
                table.reject(row.line, Some(6), &due.to_string(), (Code::Contradiction, reason));
                return None;
            }
            let prepaid = in_usd(table, row, (prepaid?.unwrap_or(0.0), placed), rates)?;
            let foundry = foundry?.to_owned();
            let (chip, wafers, yield_share) = (chip?, wafers?, yield_share?);
            Some(Position::Wafers(WaferOrder { chip, due, placed, foundry, wafers, prepaid, yield_share }))
        }
    }
}

/// What was paid, in USD at the rate of the day on which the order was placed; `None` where there is no rate, which is reported.
fn in_usd(table: &mut Table<'_>, row: &Row<'_>, (paid, day): (f64, NaiveDate), rates: &Rates) -> Option<Usd> {
    let code = currency::of_row(table, row, CURRENCY, rates.own()).filter(|_| paid != 0.0);
    let Some(code) = code else { return Some(Usd::new(paid)) };
    match rates.usd(&code, day) {
        Ok(rate) => {
            table.found.seen.amount(&code, paid);
            Some(Usd::new(rate.usd(paid)))
        }
        Err(reason) => {
            let text = table.text(row, CURRENCY).unwrap_or_default().to_owned();
            table.reject(row.line, Some(CURRENCY), &text, (Code::OtherCurrency, reason));
            None
        }
    }
}

/// The yield of an order: `None` a problem was reported, `Some(None)` an empty cell.
fn maybe_yield(table: &mut Table<'_>, row: &Row<'_>) -> Option<Option<Share>> {
    let Some(value) = table.maybe_amount(row, 8, CURRENCY)? else { return Some(None) };
    let share = Share::new(value).ok().filter(|share| share.get() > 0.0);
    if share.is_none() {
        let reason = "is not a yield (write a share above 0, at most 1, for example 0.85)".to_owned();
        table.reject(row.line, Some(8), &value.to_string(), (Code::BadNumber, reason));
    }
    share.map(Some)
}

fn need_chip(table: &mut Table<'_>, row: &Row<'_>, catalogue: &Catalogue) -> Option<ChipId> {
    let name = table.need_text(row, 2)?;
    let chip = catalogue.find_chip(name);
    if chip.is_none() {
        let known: Vec<&str> = catalogue.chips.iter().map(crate::job::Chip::name).collect();
        let reason = match near(name, known.iter().copied()) {
            Some(chip) => {
                format!(
                    "is not a chip of the job, but `{chip}` is, which differs in capitals, blanks or dashes alone: write both alike"
                )
            }
            None => format!("is not a chip of the job (known: {})", known.join(", ")),
        };
        table.reject(row.line, Some(2), name, (Code::UnknownItem, reason));
    }
    chip
}

impl Supply {
    /// Every wafer order on its way: of the export, and placed since.
    pub fn on_order(&self) -> impl Iterator<Item = &WaferOrder> {
        self.orders.iter().chain(&self.placed)
    }

    /// What is known without an export: nothing.
    pub(in crate::ingest) fn unknown(catalogue: &Catalogue) -> Self {
        Self {
            machines: vec![0; catalogue.models.len()],
            chips: vec![0; catalogue.chips.len()],
            dies: vec![0; catalogue.chips.len()],
            ..Self::default()
        }
    }
}
