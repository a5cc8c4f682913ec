//! `supply`: machines and chips on hand, and wafer orders that are under way.

use chrono::NaiveDate;

use crate::diagnostic::Code;
use crate::domain::Usd;
use crate::job::Catalogue;

use super::table::{Column, Row, Table, optional, required};

/// A wafer order that is placed and not yet in.
#[derive(Clone, PartialEq, PartialOrd, Debug)]
pub struct WaferOrder {
    /// Place of the chip in the job's list.
    pub chip: usize,
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
}

/// What the maker has or has ordered.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Supply {
    /// Machines on hand, by model; from the newest day of the export.
    pub machines: Vec<u64>,
    /// Good chips on hand, by chip; from the newest day of the export.
    pub chips: Vec<u64>,
    /// Open wafer orders.
    pub orders: Vec<WaferOrder>,
    /// Whether there was an export at all: without it supply is unknown, not zero.
    pub known: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Machines,
    Chips,
    Wafers,
}

pub(super) const COLUMNS: &[Column] = &[
    required("date", &["snapshot_date", "placed_date"]),
    required("kind", &[]),
    required("item", &["model_or_chip"]),
    optional("quantity", &["qty"]),
    optional("foundry", &[]),
    optional("wafers", &[]),
    optional("due_date", &[]),
    optional("prepaid_usd", &[]),
];

/// Reads the supply position: per item the newest count up to `as_of`, and wafer orders placed up to it.
/// A wafer order due by `as_of` has become chips on hand and is left out.
pub(super) fn read(table: &mut Table<'_>, catalogue: &Catalogue, as_of: NaiveDate) -> Supply {
    let mut machines: Vec<Option<(NaiveDate, u32)>> = vec![None; catalogue.models.len()];
    let mut chips: Vec<Option<(NaiveDate, u32)>> = vec![None; catalogue.chips.len()];
    let mut orders = Vec::new();
    let mut row = Row::default();
    while table.next_row(&mut row) {
        let date = table.need_date(&row, 0);
        if date.is_some_and(|date| date > as_of) {
            continue;
        }
        let kinds = [
            ("machines_on_hand", Kind::Machines),
            ("chips_on_hand", Kind::Chips),
            ("wafer_order", Kind::Wafers),
        ];
        let Some(kind) = table.need_word(&row, 1, &kinds) else { continue };
        match kind {
            Kind::Machines => {
                let item = table.need_model(&row, 2, catalogue);
                let quantity = table.need_integer(&row, 3, 0, 100_000_000);
                if let (Some(item), Some(quantity), Some(date)) = (item, quantity, date) {
                    keep_newest(table, row.line, &mut machines[item.0], date, quantity);
                }
            }
            Kind::Chips => {
                let item = need_chip(table, &row, catalogue);
                let quantity = table.need_integer(&row, 3, 0, 4_000_000_000);
                if let (Some(item), Some(quantity), Some(date)) = (item, quantity, date) {
                    keep_newest(table, row.line, &mut chips[item], date, quantity);
                }
            }
            Kind::Wafers => {
                let chip = need_chip(table, &row, catalogue);
                let foundry = table.need_text(&row, 4);
                let wafers = table.need_integer(&row, 5, 1, 10_000_000);
                let due = table.need_date(&row, 6);
                let prepaid = table.maybe_amount(&row, 7);
                if let (Some(chip), Some(foundry), Some(wafers), Some(due), Some(prepaid), Some(placed)) =
                    (chip, foundry, wafers, due, prepaid, date)
                {
                    if due < placed {
                        let reason = "is before the order was placed".to_owned();
                        table.reject(row.line, Some(6), &due.to_string(), (Code::Contradiction, reason));
                    } else if due > as_of {
                        let prepaid = Usd::new(prepaid.unwrap_or(0.0));
                        orders.push(WaferOrder {
                            chip,
                            due,
                            placed,
                            foundry: foundry.to_owned(),
                            wafers,
                            prepaid,
                        });
                    }
                }
            }
        }
    }
    orders.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let count = |newest: Vec<Option<(NaiveDate, u32)>>| {
        newest.into_iter().map(|n| n.map_or(0, |(_, quantity)| u64::from(quantity))).collect()
    };
    Supply { machines: count(machines), chips: count(chips), orders, known: true }
}

fn need_chip(table: &mut Table<'_>, row: &Row, catalogue: &Catalogue) -> Option<usize> {
    let name = table.need_text(row, 2)?;
    let chip = catalogue.find_chip(name);
    if chip.is_none() {
        let known: Vec<&str> = catalogue.chips.iter().map(crate::job::Chip::name).collect();
        let reason = format!("is not a chip of the job (known: {})", known.join(", "));
        table.reject(row.line, Some(2), name, (Code::UnknownItem, reason));
    }
    chip
}

fn keep_newest(
    table: &mut Table<'_>,
    line: u64,
    newest: &mut Option<(NaiveDate, u32)>,
    date: NaiveDate,
    quantity: u32,
) {
    match newest {
        Some((known, _)) if *known > date => {}
        Some((known, _)) if *known == date => {
            let reason = "is the second count of this item on this day".to_owned();
            table.reject(line, Some(0), &date.to_string(), (Code::DuplicateRow, reason));
        }
        _ => *newest = Some((date, quantity)),
    }
}
