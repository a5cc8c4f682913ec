//! Market data as JSON, as their publishers' interfaces give it.

use std::path::Path;

use chrono::DateTime;
use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::ingest::dates;
use crate::ingest::table::market_value;
use crate::job::{Export, Unit};

use super::columns::Role;
use super::{Kind, Point};

/// The points of a JSON export, and what they are. A point's line is its number in the list.
pub(super) fn read(
    path: &Path,
    bytes: &[u8],
    export: &Export,
    role: Role,
) -> Result<(Kind, Vec<Point>), Vec<Diagnostic>> {
    let say = |code, reason: String| vec![Diagnostic::error(code, Place::file(path), reason)];
    let value: Value = serde_json::from_slice(bytes).map_err(|e| {
        let place = Place { path: path.to_owned(), line: e.line() as u64, ..Place::default() };
        vec![Diagnostic::error(Code::NotText, place, format!("is not whole JSON: {e}"))]
    })?;
    let (kind, found) = match (&value, role) {
        // mempool.space, difficulty-adjustments: [seconds, height, difficulty, ratio].
        (Value::Array(rows), Role::Difficulty) => {
            (Kind::Retargets, rows.iter().map(|row| (row.get(0), row.get(2))).collect::<Vec<_>>())
        }
        (Value::Object(object), _) => {
            let list = |name: &str| object.get(name).and_then(Value::as_array);
            let pairs = |rows: &'_ [Value], x: &str, y: &str| -> Vec<_> {
                rows.iter().map(|row| (row.get(x).cloned(), row.get(y).cloned())).collect()
            };
            let owned = match role {
                // mempool.space, hashrate: its list of retargets; blockchain.com's explorer: a list of x and y.
                Role::Difficulty => list("difficulty").map(|rows| {
                    if rows.first().is_some_and(|row| row.get("height").is_some()) {
                        (Kind::Retargets, pairs(rows, "timestamp", "difficulty"))
                    } else {
                        (Kind::Difficulty, pairs(rows, "x", "y"))
                    }
                }),
                Role::Hashprice => match (list("miners-revenue"), list("data"), export.unit) {
                    (Some(rows), _, _) => Some((Kind::Revenue, pairs(rows, "x", "y"))),
                    // Hashrate Index: price and timestamp; the unit is a parameter of the request, not of the answer.
                    (None, Some(rows), Some(Unit::UsdPerPhDay)) => {
                        Some((Kind::Hashprice(1.0), pairs(rows, "timestamp", "price")))
                    }
                    (None, Some(rows), Some(Unit::UsdPerThDay)) => {
                        Some((Kind::Hashprice(1e3), pairs(rows, "timestamp", "price")))
                    }
                    (None, Some(_), _) => {
                        return Err(say(Code::AmbiguousUnit, "does not say whether hashprice is per TH or per PH: declare unit = \"usd_per_ph_day\" or \"usd_per_th_day\" for it in the job".to_owned()));
                    }
                    (None, None, _) => None,
                },
            };
            let Some((kind, rows)) = owned else {
                let names: Vec<&str> =
                    object.iter().filter(|(_, v)| v.is_array()).map(|(k, _)| k.as_str()).collect();
                let reason =
                    format!("holds no list that gives {} (its lists: {})", role.name(), names.join(", "));
                return Err(say(Code::MissingColumn, reason));
            };
            return points(path, kind, rows.iter().map(|(x, y)| (x.as_ref(), y.as_ref())));
        }
        _ => {
            let reason = format!("is JSON of a shape that gives no {}", role.name());
            return Err(say(Code::MissingColumn, reason));
        }
    };
    points(path, kind, found.into_iter())
}

fn points<'a>(
    path: &Path,
    kind: Kind,
    rows: impl Iterator<Item = (Option<&'a Value>, Option<&'a Value>)>,
) -> Result<(Kind, Vec<Point>), Vec<Diagnostic>> {
    let not_a_time = || Err((Code::BadDate, "is not a time".to_owned()));
    let (mut points, mut problems) = (Vec::new(), Vec::new());
    for (place, (day, value)) in rows.enumerate() {
        let line = place as u64 + 1;
        let mut say = |column: &str, cell: Option<&Value>, code, reason: &str| {
            let value = cell.map_or_else(String::new, ToString::to_string);
            let place = Place { path: path.to_owned(), line, column: column.to_owned(), value };
            problems.push(Diagnostic::error(code, place, reason.to_owned()));
        };
        let date = match day {
            Some(Value::Number(number)) => number.as_i64().map_or_else(not_a_time, |number| {
                // Seconds reach 1e11 in the year 5138; milliseconds passed it in 1973.
                let time = if number < 100_000_000_000 {
                    DateTime::from_timestamp(number, 0)
                } else {
                    DateTime::from_timestamp_millis(number)
                };
                time.map_or_else(not_a_time, |time| dates::in_range(time.date_naive()))
            }),
            Some(Value::String(text)) => dates::date(text, None),
            _ => not_a_time(),
        };
        let number = match value.and_then(Value::as_f64) {
            Some(number) => market_value(number),
            None => Err((Code::BadNumber, "is not a number".to_owned())),
        };
        match (date, number) {
            (Ok(date), Ok(value)) => points.push(Point { date, value, line }),
            (date, number) => {
                for (column, cell, wrong) in [("time", day, date.err()), ("value", value, number.err())] {
                    if let Some((code, reason)) = wrong {
                        say(column, cell, code, &reason);
                    }
                }
            }
        }
    }
    if problems.is_empty() { Ok((kind, points)) } else { Err(problems) }
}
