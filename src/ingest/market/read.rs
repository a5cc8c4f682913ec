//! Every file of a market export as one series.

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::ingest::cells::layout::Layout;
use crate::ingest::cells::table::{Row, Table};
use crate::ingest::exports::rates::Rates;
use crate::ingest::files::locations::Located;
use crate::ingest::rows::reading::Reading;

use super::columns::{COLUMNS, Role, bind_market};
use super::reader::Reader;
use super::series::{Kind, Rows, Series, one_a_day};

/// Reads a market export; `None` when it cannot be read, which is reported.
pub(in crate::ingest) fn read(
    reading: &mut Reading<'_>,
    located: &Located,
    role: Role,
    as_of: NaiveDate,
) -> Option<Series> {
    let export = &located.export;
    let rates = Rates::of(reading, export);
    let (mut problems, mut all): (Vec<Diagnostic>, Option<Series>) = (Vec::new(), None);
    let mut whole = true;
    for (file, path) in located.files.iter().enumerate() {
        let bind = |headers: &[String]| bind_market(path, headers, export);
        let prepare = |layout: &Layout| Reader::new(path, layout, export, (role, as_of), &rates);
        let each = |reader: &Reader<'_>, table: &mut Table<'_>, row: &Row<'_>, rows: &mut Rows| {
            let before = rows.points.len();
            reader.row(table, row, rows);
            rows.points.len() > before
        };
        let columns = COLUMNS;
        let read = reading.file(path, located, columns, &bind, prepare, Rows::default, each);
        let series = read.map(|rows| {
            problems.extend(rows.problems);
            let mut all = Rows::default();
            rows.states.into_iter().for_each(|more| all.merge(more));
            rows.context.series(all, path, &mut problems)
        });
        let series = series.map(|series| series.of_file(file));
        whole &= series.is_some();
        all = match (all, series) {
            (Some(mut all), Some(more)) if all.kind == more.kind => {
                all.extend(more);
                Some(all)
            }
            (Some(all), Some(_)) => {
                let reason =
                    format!("holds something else than the other files of the {} export", located.name);
                problems.push(Diagnostic::error(Code::Contradiction, Place::file(path), reason));
                Some(all)
            }
            (all, series) => all.or(series),
        };
    }
    if let (Some(series), Some(path)) = (&mut all, located.files.first()) {
        problems.extend(one_a_day(series, path));
        let estimated = match series.kind {
            Kind::EstimatedDifficulty => {
                Some("difficulty is estimated from hashrate: a day is off by some 8%, a month by some 5%")
            }
            Kind::Revenue => Some(
                "hashprice is derived from miners' revenue and difficulty: a day is off by some 8%, a month by up to 12% while hashrate grows fast",
            ),
            _ => None,
        };
        if let Some(reason) = estimated {
            reading.check(Code::Estimated, Severity::Warning, Place::file(path), reason.to_owned());
        }
    }
    let failed = problems.iter().any(|p| p.place.line == 0);
    problems.sort();
    reading.tolerate(located, problems);
    all.filter(|_| whole && !failed)
}
