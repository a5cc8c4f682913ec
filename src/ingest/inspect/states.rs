//! States of orders by what their rows say of quantities and days: what a code means that no list has.

use std::collections::BTreeMap;

use crate::ingest::cells::number;
use crate::ingest::rows::scan;

use super::grid::Grid;
use super::profile::Profile;
use super::resemble::Resemblance;

/// What the rows of a word say.
#[derive(Clone, Copy, Default)]
struct Rows {
    all: usize,
    delivered: usize,
    cancelled: usize,
}

/// Our word for each word of the column of states, where all its rows say the same: cancelled on a day, delivered in full, or
/// neither.
pub(super) fn by_quantities(
    grid: &Grid,
    profiles: &[Profile],
    alike: &Resemblance,
) -> BTreeMap<String, &'static str> {
    let place = |name: &str| alike.of(name).map(|m| m.place);
    let (Some(status), Some(quantity), Some(delivered)) =
        (place("status"), place("quantity"), place("delivered_quantity"))
    else {
        return BTreeMap::new();
    };
    let day = place("cancelled_date");
    // Both are read by one mark: `60,000` of one column may be sixty thousand beside sixty of another.
    let marks = |place: usize, mark| profiles.get(place).is_some_and(|p: &Profile| p.marks.contains(&mark));
    let both = [None, Some('.'), Some(',')]
        .into_iter()
        .find(|mark| marks(quantity, *mark) && marks(delivered, *mark));
    let Some(mark) = both else { return BTreeMap::new() };
    let number = |row: &[String], place: usize| {
        let text = row.get(place)?.trim();
        let bare = number::suffix(text).and_then(|suffix| text.strip_suffix(suffix)).unwrap_or(text).trim();
        number::decimal(bare, mark).ok().map(|(value, _)| value)
    };
    let mut found: BTreeMap<String, Rows> = BTreeMap::new();
    for row in grid.rows.iter().filter(|row| !row.iter().any(|cell| scan::is_total(cell))) {
        let (Some(word), Some(ordered)) = (row.get(status).map(|word| word.trim()), number(row, quantity))
        else {
            continue;
        };
        let rows = found.entry(word.to_owned()).or_default();
        rows.all += 1;
        rows.delivered += usize::from(number(row, delivered).is_some_and(|delivered| delivered >= ordered));
        let is_cancelled = |place: usize| {
            row.get(place).is_some_and(|cell| {
                !cell.trim().is_empty() && !crate::ingest::cells::empty::looks_empty(cell.trim())
            })
        };
        rows.cancelled += usize::from(day.is_some_and(is_cancelled));
    }
    let word = |rows: &Rows| match *rows {
        Rows { all, cancelled, .. } if cancelled == all => Some("cancelled"),
        Rows { all, delivered, cancelled: 0 } if delivered == all => Some("completed"),
        Rows { delivered: 0, cancelled: 0, .. } => Some("open"),
        _ => None,
    };
    found.iter().filter_map(|(text, rows)| Some((text.clone(), word(rows)?))).collect()
}
