//! `rejected_rows` and `history`: what was read.

use super::Context;
use crate::diagnostic::Diagnostic;
use crate::domain::Month;
use crate::table::level;
use crate::table::{Table, table};

table! {
    rejected_rows of &Diagnostic: "one cell that made a row unusable; the row was left out, within the job's tolerance",
    key {
        file(Text, "", "file name")
            = |r| r.place.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        line(Whole, "", "line in the file, 1 is the header") = |r| r.place.line;
        column(Text, "", "column; empty when it is the row as a whole") = |r| filled(&r.place.column);
    }
    columns {
        value(Text, "", "the cell as it stands in the file").long() = |r| filled(&r.place.value);
        code(Text, "", "kind of problem") = |r| r.code.name();
        reason(Text, "", "what is wrong and what was expected").long() = |r| r.reason.as_str();
    }
}

fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

pub(super) fn rejected(context: &Context<'_>) -> Table {
    let rows = context.exports.rejected.iter().map(|crate::ingest::Rejected(problem)| problem);
    Table::of(&context.stamp(), rows)
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
        level(Text, "", LEVEL).words() = |r| level(r.model == "ALL");
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
        for (index, model) in models.iter().enumerate() {
            let intake = whole(book.intake[index][m]);
            let delivered = whole(book.deliveries[index][m]);
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
