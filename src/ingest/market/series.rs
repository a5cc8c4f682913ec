//! One number a day.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::domain::Difficulty;

use super::said::Said;

/// One day's number.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Daily {
    /// The day.
    pub date: NaiveDate,
    /// The number: USD per PH/s per day, or difficulty.
    pub value: f64,
}

/// One day's number with the line that it came from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::ingest) struct Point {
    pub date: NaiveDate,
    pub value: f64,
    pub line: u64,
}

/// What a series is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::ingest) enum Kind {
    /// Hashprice; times this it is in USD per PH/s per day.
    Hashprice(f64),
    /// USD a day that all miners received.
    Revenue,
    /// Difficulty of each day.
    Difficulty,
    /// Difficulty, estimated from one day's hashrate: blocks come by chance, so a day is off by some 8%.
    EstimatedDifficulty,
    /// Difficulty from the day of each retarget on.
    Retargets,
}

/// A market export as read.
#[derive(Clone, Debug)]
pub(in crate::ingest) struct Series {
    pub kind: Kind,
    /// Whether it is miners' revenue over the hashrate of the same row.
    pub over_hashrate: bool,
    pub points: Vec<Point>,
    /// Its numbers were taken for so many units: USD per PH/s per day, difficulty, or TH/s where it is hashrate.
    pub per: f64,
    /// What other columns say of the same days.
    pub said: Vec<Said>,
    /// Days and lines whose value is 0: no value.
    pub zeros: Vec<(NaiveDate, u64)>,
    /// Of several files, which one a day and line stand in; the first where nothing is said.
    pub files: BTreeMap<(NaiveDate, u64), usize>,
}

/// What the numbers of an export were taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::ingest) enum Taken {
    Difficulty,
    Hashrate,
    Hashprice,
    Revenue,
    /// Hashprice from revenue and the hashrate of the same row.
    OverHashrate,
}

impl Series {
    pub(in crate::ingest) fn new(kind: Kind, per: f64, rows: Rows) -> Self {
        let Rows { points, said, zeros } = rows;
        Self { kind, over_hashrate: false, points, per, said, zeros, files: BTreeMap::new() }
    }

    /// What its numbers were taken for.
    pub(in crate::ingest) const fn taken(&self) -> Taken {
        match self.kind {
            Kind::Hashprice(_) if self.over_hashrate => Taken::OverHashrate,
            Kind::Hashprice(_) => Taken::Hashprice,
            Kind::Revenue => Taken::Revenue,
            Kind::EstimatedDifficulty => Taken::Hashrate,
            Kind::Difficulty | Kind::Retargets => Taken::Difficulty,
        }
    }

    /// Notes that all its rows stand in this file of the export.
    pub(super) fn of_file(mut self, file: usize) -> Self {
        if file > 0 {
            let places = self.points.iter().map(|p| (p.date, p.line)).chain(self.zeros.iter().copied());
            self.files = places.map(|index| (index, file)).collect();
        }
        self
    }

    /// Takes over the rows of another file.
    pub(in crate::ingest) fn extend(&mut self, more: Self) {
        self.points.extend(more.points);
        self.said.extend(more.said);
        self.zeros.extend(more.zeros);
        self.files.extend(more.files);
    }
}

/// Rows of a market export as they are read.
#[derive(Default, Debug)]
pub(in crate::ingest) struct Rows {
    pub points: Vec<Point>,
    pub said: Vec<Said>,
    pub zeros: Vec<(NaiveDate, u64)>,
}

impl Rows {
    /// Takes over others.
    pub(in crate::ingest) fn merge(&mut self, more: Self) {
        self.points.extend(more.points);
        self.said.extend(more.said);
        self.zeros.extend(more.zeros);
    }
}

/// One value a day, sorted; a second value of a day is reported with the line of the first.
pub(super) fn one_a_day(series: &mut Series, path: &Path) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    series.points.sort_by_key(|p| (p.date, p.line));
    let mut kept: Vec<Point> = Vec::with_capacity(series.points.len());
    for point in series.points.drain(..) {
        match kept.last() {
            // Of two retargets on a day the later one holds on.
            Some(first) if first.date == point.date && series.kind == Kind::Retargets => {
                kept.pop();
                kept.push(point);
            }
            Some(first) if first.date == point.date => {
                let place = Place {
                    path: path.to_owned(),
                    line: point.line,
                    column: "date".to_owned(),
                    value: point.date.to_string(),
                };
                let reason = format!("is already given on line {}", first.line);
                problems.push(Diagnostic::error(Code::DuplicateRow, place, reason));
            }
            _ => kept.push(point),
        }
    }
    series.points = kept;
    problems
}

/// Most days that one difficulty stays in force: 2016 blocks take about 14.
const RETARGET_DAYS: i64 = 21;

/// Difficulty of each day up to `as_of`; each value of a list of retargets holds until the next one.
pub(in crate::ingest) fn difficulty(series: &Series, as_of: NaiveDate) -> Vec<Daily> {
    let points = &series.points;
    if series.kind != Kind::Retargets {
        return points.iter().map(|p| Daily { date: p.date, value: p.value }).collect();
    }
    let mut days = Vec::new();
    for (index, point) in points.iter().enumerate() {
        let longest = point.date + chrono::Duration::days(RETARGET_DAYS);
        let next = points.get(index + 1).map_or(as_of + chrono::Duration::days(1), |next| next.date);
        let held = point.date.iter_days().take_while(|day| *day < next && *day < longest);
        days.extend(held.map(|date| Daily { date, value: point.value }));
    }
    days
}

/// Hashprice in USD per PH/s per day; miners' revenue is divided by the hashrate that difficulty stands for.
pub(in crate::ingest) fn hashprice(series: &Series, difficulty: &[Daily]) -> Vec<Daily> {
    let points = series.points.iter();
    match series.kind {
        Kind::Hashprice(factor) => points.map(|p| Daily { date: p.date, value: p.value * factor }).collect(),
        _ => points
            .filter_map(|p| {
                let index = difficulty.partition_point(|d| d.date <= p.date).checked_sub(1)?;
                let known = difficulty.get(index).filter(|d| (p.date - d.date).num_days() <= 7)?;
                let hashrate = Difficulty::new(known.value)?.hashrate().as_ph();
                Some(Daily { date: p.date, value: p.value / hashrate })
            })
            .collect(),
    }
}

/// Difficulty and hashrate (TH/s) of the same day are a factor of 139,698 apart, and since 2017 difficulty has
/// been above 3e11 and hashrate between 2e6 and 1e10: their size tells which is which.
pub(super) fn by_size(points: &[Point]) -> Option<Kind> {
    let since = NaiveDate::from_ymd_opt(2017, 1, 1)?;
    let mut recent = points.iter().filter(|p| p.date >= since).map(|p| p.value).peekable();
    recent.peek()?;
    let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
    for value in recent {
        least = least.min(value);
        most = most.max(value);
    }
    if least > 1e11 {
        Some(Kind::Difficulty)
    } else if least > 1e6 && most < 5e10 {
        Some(Kind::EstimatedDifficulty)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn series(kind: Kind, points: &[(&str, f64)]) -> Series {
        let points = points.iter().zip(2..);
        let points = points.map(|((date, value), line)| Point { date: day(date), value: *value, line });
        Series::new(kind, 1.0, Rows { points: points.collect(), ..Rows::default() })
    }

    /// A difficulty holds until the next retarget, or for three weeks where none follows.
    #[test]
    fn a_retarget_holds_until_the_next_and_not_for_ever() {
        let retargets = [("2025-01-01", 1.0), ("2025-01-15", 2.0), ("2025-03-01", 3.0)];
        let found = difficulty(&series(Kind::Retargets, &retargets), day("2025-03-02"));
        let at = |date: &str| found.iter().find(|d| d.date == day(date)).map(|d| d.value);
        assert_eq!((at("2025-01-14"), at("2025-01-15")), (Some(1.0), Some(2.0)));
        assert_eq!((at("2025-02-04"), at("2025-02-05")), (Some(2.0), None), "21 days");
        assert_eq!((at("2025-03-02"), at("2025-03-03")), (Some(3.0), None), "the as-of date");
        assert_eq!(found.len(), 14 + 21 + 2);
        let daily = difficulty(&series(Kind::Difficulty, &retargets), day("2025-03-02"));
        assert_eq!(daily.len(), 3);
    }

    /// Revenue over the hashrate of that day's difficulty, or of the last within a week.
    #[test]
    fn revenue_is_divided_by_the_hashrate_of_its_day() {
        let hashrate = |difficulty| Difficulty::new(difficulty).unwrap().hashrate().as_ph();
        let known = [("2025-01-01", 1e14), ("2025-01-03", 2e14)];
        let known = known.map(|(date, value)| Daily { date: day(date), value });
        let revenue = [
            ("2024-12-31", 1e6),
            ("2025-01-02", 1e6),
            ("2025-01-03", 1e6),
            ("2025-01-10", 1e6),
            ("2025-01-11", 1e6),
        ];
        let found = hashprice(&series(Kind::Revenue, &revenue), &known);
        let expected = [("2025-01-02", 1e14), ("2025-01-03", 2e14), ("2025-01-10", 2e14)];
        let expected = expected.map(|(date, of)| Daily { date: day(date), value: 1e6 / hashrate(of) });
        assert_eq!(found, expected);
        let scaled = hashprice(&series(Kind::Hashprice(1e3), &[("2025-01-02", 0.05)]), &[]);
        assert_eq!(scaled, [Daily { date: day("2025-01-02"), value: 50.0 }]);
    }

    #[test]
    fn difficulty_and_hashrate_are_told_apart_by_size() {
        let of = |values: [f64; 2]| {
            by_size(
                &series(
                    Kind::Difficulty,
                    &[("2016-12-31", 1.0), ("2025-01-01", values[0]), ("2025-01-02", values[1])],
                )
                .points,
            )
        };
        assert_eq!(of([1.1e14, 1.2e14]), Some(Kind::Difficulty));
        assert_eq!(of([8e8, 9e8]), Some(Kind::EstimatedDifficulty));
        assert_eq!(of([8e8, 1.2e14]), None);
        assert_eq!(of([5.0, 6.0]), None);
        assert_eq!(
            by_size(&series(Kind::Difficulty, &[("2016-12-31", 1e14)]).points),
            None,
            "too old to tell"
        );
    }
}
