//! `rejected_rows` and `history`: what was read.

use super::Context;
use super::schema::{Column, Kind, Spec, Table, column, row, table};
use crate::domain::Month;

#[allow(non_upper_case_globals, reason = "spelled as the columns are")]
pub(crate) mod rejected_rows {
    use super::{Column, Kind, Spec, column};
    pub(crate) const NAME: &str = "rejected_rows";
    pub(crate) const file: Column = column("file", Kind::Text, "", "file name").within(NAME);
    pub(crate) const line: Column =
        column("line", Kind::Whole, "", "line in the file, 1 is the header").within(NAME);
    pub(crate) const column_of: Column =
        column("column", Kind::Text, "", "column; empty when it is the row as a whole").within(NAME);
    pub(crate) const value: Column =
        column("value", Kind::Text, "", "the cell as it stands in the file").within(NAME);
    pub(crate) const code: Column = column("code", Kind::Text, "", "kind of problem").within(NAME);
    pub(crate) const reason: Column =
        column("reason", Kind::Text, "", "what is wrong and what was expected").within(NAME);
    pub(crate) const SPEC: Spec = Spec {
        name: NAME,
        row: "one cell that made a row unusable; the row was left out, within the job's tolerance",
        key: 3,
        columns: &[file, line, column_of, value, code, reason],
    };
}

pub(super) fn rejected(context: &Context<'_>) -> Table {
    let mut table = Table::new(&rejected_rows::SPEC);
    for crate::ingest::Rejected(problem) in &context.exports.rejected {
        let place = &problem.place;
        let file = place.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        table.push(row![
            file,
            place.line,
            filled(&place.column),
            filled(&place.value),
            problem.code.name(),
            problem.reason.as_str()
        ]);
    }
    table
}

/// A month and model of the past.
pub(super) struct Past<'a> {
    month: Month,
    model: &'a str,
    intake: i64,
    th: f64,
    delivered: Option<i64>,
}

table! {
    history of Past<'_>: "one month and model of the past, from the first order signed to the as-of month",
    key {
        month(Month, "", "month, by its first day") = |r| r.month;
        model(Text, "", "machine model, or ALL") = |r| r.model;
    }
    columns {
        intake_units(Whole, "machines", "signed in the month")
            .source("futures_orders: quantity by signed_date")
            = |r| r.intake;
        intake_th(Real(0), "TH/s", "signed in the month")
            .formula("intake_units x hashrate_th")
            .source("[[models]] hashrate_th")
            = |r| r.th;
        delivered_units(Whole, "machines", "left the door in the month; empty before deliveries are known")
            .source("shipments, or futures_orders: delivered_quantity")
            = |r| r.delivered;
    }
}

pub(super) fn history(context: &Context<'_>) -> Table {
    let book = context.book;
    let models = &context.job.catalogue.models;
    let whole = |machines: u64| i64::try_from(machines).unwrap_or(i64::MAX);
    let mut rows = Vec::new();
    for (m, month) in book.first.to(book.as_of).enumerate() {
        let known = month >= book.deliveries_from;
        let mut all = Past { month, model: "ALL", intake: 0, th: 0.0, delivered: known.then_some(0) };
        for (place, model) in models.iter().enumerate() {
            let intake = whole(book.intake[place][m]);
            let delivered = whole(book.deliveries[place][m]);
            let th = intake as f64 * model.hashrate_th.get();
            all.intake += intake;
            all.th += th;
            all.delivered = all.delivered.map(|sum| sum + delivered);
            if intake > 0 || delivered > 0 {
                let delivered = known.then_some(delivered);
                rows.push(Past { month, model: model.name(), intake, th, delivered });
            }
        }
        rows.push(all);
    }
    Table::of(&context.stamp(), rows)
}
