//! `hashprice` and `difficulty`: one number a day.

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};

use super::table::{Column, Row, Table, optional, required};

/// One day's number, in the export's unit.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Daily {
    /// The day.
    pub date: NaiveDate,
    /// The number: USD per PH/s per day, or difficulty.
    pub value: f64,
}

pub(super) const HASHPRICE: &[Column] = &[
    required("date", &["time", "timestamp"]),
    required(
        "hashprice",
        &["hashprice_usd_per_ph_day", "hashprice_usd_per_th_day", "usd_per_ph_day", "usd_per_th_day"],
    ),
];

pub(super) const DIFFICULTY: &[Column] = &[
    required("date", &["time", "timestamp"]),
    required("difficulty", &["diffmean"]),
    optional("height", &[]),
];

/// Reads a hashprice export into USD per PH/s per day. The unit comes from the header or the job.
pub(super) fn read_hashprice(
    table: &mut Table<'_>,
    unit: Option<&str>,
    path: &std::path::Path,
    as_of: NaiveDate,
) -> Vec<Daily> {
    let header = table.header_of(1).unwrap_or_default().to_ascii_lowercase();
    let from_header = ["per_ph", "per_th"].into_iter().find(|unit| header.contains(unit));
    let from_job = unit.map(|unit| if unit == "usd_per_th_day" { "per_th" } else { "per_ph" });
    let factor = match (from_header, from_job) {
        (Some(header_unit), Some(job_unit)) if header_unit != job_unit => {
            let reason = format!(
                "its header `{header}` and the job's unit `{}` differ by a factor of 1000",
                unit.unwrap_or_default()
            );
            table.problems.push(Diagnostic::error(Code::Contradiction, Place::file(path), reason));
            return Vec::new();
        }
        (Some("per_th"), _) | (None, Some("per_th")) => 1e3,
        (Some(_), _) | (None, Some(_)) => 1.0,
        (None, None) => {
            let reason = "its header does not say whether hashprice is per TH or per PH: set unit = \"usd_per_ph_day\" or \"usd_per_th_day\" for it in the job";
            table.problems.push(Diagnostic::error(Code::AmbiguousColumn, Place::file(path), reason));
            return Vec::new();
        }
    };
    let mut days = read_daily(table, as_of);
    for day in &mut days {
        day.value *= factor;
    }
    days
}

/// Most days that one difficulty stays in force: 2016 blocks take about 14.
const RETARGET_DAYS: i64 = 21;

/// Reads a difficulty export: daily values, or, when it has block heights, the list of retargets, in which
/// each value holds until the next one.
pub(super) fn read_difficulty(table: &mut Table<'_>, as_of: NaiveDate) -> Vec<Daily> {
    let retargets = table.has(2);
    let rows = read_daily(table, as_of);
    if !retargets {
        return rows;
    }
    let mut days = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let longest = row.date + chrono::Duration::days(RETARGET_DAYS);
        let next = rows.get(place + 1).map_or(as_of + chrono::Duration::days(1), |next| next.date);
        let held = row.date.iter_days().take_while(|day| *day < next && *day < longest);
        days.extend(held.map(|date| Daily { date, value: row.value }));
    }
    days
}

/// Reads a daily series up to `as_of`, sorted by day; a day given twice is told.
pub(super) fn read_daily(table: &mut Table<'_>, as_of: NaiveDate) -> Vec<Daily> {
    let mut rows = Vec::new();
    let mut row = Row::default();
    while table.next_row(&mut row) {
        let date = table.need_date(&row, 0);
        if date.is_some_and(|date| date > as_of) {
            continue;
        }
        let value = table.need_above_zero(&row, 1);
        if let (Some(date), Some(value)) = (date, value) {
            rows.push((Daily { date, value }, row.line));
        }
    }
    rows.sort_by_key(|(day, line)| (day.date, *line));
    let mut days: Vec<(Daily, u64)> = Vec::with_capacity(rows.len());
    for (day, line) in rows {
        match days.last() {
            Some((first, first_line)) if first.date == day.date => {
                let reason = format!("is already given on line {first_line}");
                table.reject(line, Some(0), &day.date.to_string(), (Code::DuplicateRow, reason));
            }
            _ => days.push((day, line)),
        }
    }
    days.into_iter().map(|(day, _)| day).collect()
}
