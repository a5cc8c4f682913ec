//! How far forecasts were off: replayed beside simpler methods, and published.

use crate::table::Column;
use crate::tables::declared::{backtest, realised_accuracy as realised};

use super::{ALL, Entry, Form, Grid, Head, Row, Tables, YEAR, texts, words};

/// This forecast among the methods of the replays.
pub(crate) const THIS: &str = "model";
/// This forecast with the path of the price known: no rival of what did not know it.
pub(crate) const EX_POST: &str = "model_ex_post";

/// A stretch ahead: whether it is the year, and how far ahead.
pub(crate) type Stretch = (bool, i64);

/// Scores of machines shipped, all models, of stretches of a quarter or a year.
pub(crate) fn scores(tables: Tables<'_>) -> Vec<Row<'_>> {
    let mut rows = tables.with(backtest::target, "shipments");
    rows.retain(|row| row.is(backtest::model, ALL) && !row.is(backtest::level, "month"));
    rows.sort_by_key(stretch);
    rows
}

pub(crate) fn stretch(row: &Row<'_>) -> Stretch {
    (row.is(backtest::level, YEAR), row.whole(backtest::horizon).unwrap_or(0))
}

pub(crate) fn stretches(rows: &[Row<'_>]) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = rows.iter().map(stretch).collect();
    stretches.dedup();
    stretches
}

pub(crate) fn stretch_name(stretch: Stretch) -> String {
    match stretch {
        (true, _) => "12 months".to_owned(),
        (false, 1) => "next quarter".to_owned(),
        (false, k) => format!("{k} quarters ahead"),
    }
}

/// A method as people call it.
pub(crate) fn method_name(method: &str) -> String {
    match method {
        THIS => "this forecast".to_owned(),
        EX_POST => "with the price known".to_owned(),
        "backlog_only" => "orders in hand alone".to_owned(),
        other => words::name(other),
    }
}

/// This forecast at past quarter ends.
pub(crate) fn intervals(tables: Tables<'_>) -> Grid {
    let mut rows = scores(tables);
    rows.retain(|row| row.is(backtest::method, THIS) && row.whole(backtest::n).unwrap_or(0) > 0);
    let columns = [backtest::n, backtest::wape, backtest::bias, backtest::coverage_80, backtest::width_80];
    let ahead = rows.iter().map(|row| Entry::text(stretch_name(stretch(row))));
    Grid::new("This forecast, made again at past quarter ends and held against what shipped", &rows, &columns)
        .phone(&columns[..4])
        .first(Head::new("Ahead", "", Form::Text), ahead)
}

/// Methods by their error of the longest stretch: this forecast first, what knew the price last.
pub(crate) fn methods<'a>(rows: &[Row<'a>]) -> Vec<&'a str> {
    let longest = rows.last().map(stretch).unwrap_or_default();
    let error = |method: &str| of(rows, method, longest).and_then(|row| row.number(backtest::wape));
    let mut methods = texts(rows, backtest::method);
    methods.sort_by(|a, b| {
        let place = |name: &str| u8::from(name != THIS) + u8::from(name == EX_POST);
        let errors = [a, b].map(|method| error(method).unwrap_or(f64::INFINITY));
        place(a).cmp(&place(b)).then(errors[0].total_cmp(&errors[1])).then(a.cmp(b))
    });
    methods
}

/// The score of a method at a stretch.
pub(crate) fn of<'a>(rows: &[Row<'a>], method: &str, wanted: Stretch) -> Option<Row<'a>> {
    let found = rows.iter().find(|row| row.is(backtest::method, method) && stretch(row) == wanted).copied();
    found.filter(|row| row.whole(backtest::n).unwrap_or(0) > 0)
}

/// Whether the error of a method scored `n` times may stand beside that of this forecast, scored so many times: only where both
/// were scored as often, and never where the method knew the price.
pub(crate) fn comparable(method: &str, n: usize, of_this: usize) -> bool {
    method != EX_POST && n == of_this
}

/// Whether the method has the least error at a stretch, among those [`comparable`] with this forecast.
fn least(rows: &[Row<'_>], method: &str, wanted: Stretch) -> bool {
    let n = |method: &str| {
        let n = of(rows, method, wanted).and_then(|row| row.whole(backtest::n));
        usize::try_from(n.unwrap_or(0)).unwrap_or(0)
    };
    let rival = |method: &str| {
        let wape = of(rows, method, wanted).and_then(|row| row.number(backtest::wape));
        wape.filter(|_| comparable(method, n(method), n(THIS)))
    };
    let best = texts(rows, backtest::method).into_iter().filter_map(rival).min_by(f64::total_cmp);
    best.is_some() && rival(method) == best
}

/// Error of this forecast beside simpler ones.
pub(crate) fn errors(tables: Tables<'_>) -> Grid {
    let rows = scores(tables);
    let (stretches, methods) = (stretches(&rows), methods(&rows));
    let entry = |method: &str, wanted: Stretch| {
        let row = of(&rows, method, wanted);
        match row.and_then(|row| row.number(backtest::wape).zip(row.whole(backtest::n))) {
            Some((error, n)) => {
                let best = least(&rows, method, wanted);
                let mark = if best { ", least" } else { "" };
                Entry::text(format!("{} ({n}){mark}", words::percent(error))).main(best)
            }
            None => Entry::text(words::missing()),
        }
    };
    let line = |method: &&str| {
        let mut line = vec![Entry::text(method_name(method)).main(*method == THIS)];
        line.extend(stretches.iter().map(|wanted| entry(method, *wanted)));
        line
    };
    let mut heads = vec![Head::new("Method", "", Form::Text)];
    heads.extend(stretches.iter().map(|s| Head::new(&stretch_name(*s), "WAPE (n)", Form::Number(0))));
    // The nearest and the farthest, where there is no room for more.
    let most = heads.len() - 1;
    heads.iter_mut().enumerate().for_each(|(index, head)| head.phone = index < 2 || index == most);
    let title = "Error of this forecast beside simpler ones";
    Grid::made(title, backtest::NAME, heads, methods.iter().map(line).collect())
}

/// The same as rows, with what else was measured.
pub(crate) fn tidy(tables: Tables<'_>) -> Grid {
    let mut rows = scores(tables);
    rows.retain(|row| row.whole(backtest::n).unwrap_or(0) > 0);
    let columns = [
        backtest::n,
        backtest::wape,
        backtest::bias,
        backtest::coverage_80,
        backtest::width_80,
        backtest::mase,
        backtest::fva,
    ];
    let best = rows.iter().map(|row| {
        let best = least(&rows, row.text(backtest::method), stretch(row));
        Entry::text(if best { "least" } else { "" })
    });
    Grid::new("", &rows, &columns)
        .first(
            Head::new("method", "", Form::Text),
            rows.iter().map(|row| Entry::text(method_name(row.text(backtest::method)))),
        )
        .first(
            Head::new("ahead", "", Form::Text),
            rows.iter().map(|row| Entry::text(stretch_name(stretch(row)))),
        )
        .last(Head::new("least error", "", Form::Text), best)
}

/// Published forecasts against what shipped.
pub(crate) fn published(tables: Tables<'_>) -> Grid {
    let columns: [Column; 8] = [
        realised::lag,
        realised::n,
        realised::forecast_units,
        realised::actual_units,
        realised::wape,
        realised::bias,
        realised::tracking_signal,
        realised::signal,
    ];
    let title = "Published forecasts against what shipped, all models";
    let mut rows = tables.with(realised::model, ALL);
    rows.retain(|row| row.text(realised::role).is_empty());
    Grid::new(title, &rows, &columns)
}

/// What the overrides of each role have added to published forecasts.
pub(crate) fn by_role(tables: Tables<'_>) -> Grid {
    let mut rows = tables.rows(realised::NAME);
    rows.retain(|row| !row.text(realised::role).is_empty());
    rows.sort_by_key(|row| (row.text(realised::role), row.whole(realised::lag)));
    let columns = [
        realised::role,
        realised::lag,
        realised::n,
        realised::actual_units,
        realised::wape,
        realised::baseline_wape,
        realised::bias,
    ];
    Grid::new("Overrides by role against what shipped, each a month and model", &rows, &columns)
}
