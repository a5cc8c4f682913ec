//! `rejected_rows` and `history`: what was read.

use super::Context;
use super::schema::{Kind, Spec, Table, column, row};

pub(super) const REJECTED: Spec = Spec {
    name: "rejected_rows",
    row: "one cell that made a row unusable; the row was left out, within the job's tolerance",
    key: 3,
    columns: &[
        column("file", Kind::Text, "", "file name"),
        column("line", Kind::Whole, "", "line in the file, 1 is the header"),
        column("column", Kind::Text, "", "column; empty when it is the row as a whole"),
        column("value", Kind::Text, "", "the cell as it stands in the file"),
        column("code", Kind::Text, "", "kind of problem"),
        column("reason", Kind::Text, "", "what is wrong and what was expected"),
    ],
};

pub(super) fn rejected(context: &Context<'_>) -> Table {
    let mut table = Table::new(&REJECTED);
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

pub(super) const HISTORY: Spec = Spec {
    name: "history",
    row: "one month and model of the past, from the first order signed to the as-of month",
    key: 3,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column("month", Kind::Date, "", "month, by its first day"),
        column("model", Kind::Text, "", "machine model, or ALL"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column("intake_units", Kind::Whole, "machines", "signed in the month")
            .source("futures_orders: quantity by signed_date"),
        column("intake_th", Kind::Real(0), "TH/s", "signed in the month")
            .formula("intake_units x hashrate_th")
            .source("[[models]] hashrate_th"),
        column(
            "delivered_units",
            Kind::Whole,
            "machines",
            "left the door in the month; empty before deliveries are known",
        )
        .source("shipments, or futures_orders: delivered_quantity"),
    ],
};

pub(super) fn history(context: &Context<'_>) -> Table {
    let mut table = Table::new(&HISTORY);
    let book = context.book;
    let models = &context.job.catalogue.models;
    for (m, month) in book.first.to(book.as_of).enumerate() {
        let known = month >= book.deliveries_from;
        let mut all = (0_i64, 0.0, 0_i64);
        for (place, model) in models.iter().enumerate() {
            let intake = i64::try_from(book.intake[place][m]).unwrap_or(i64::MAX);
            let delivered = i64::try_from(book.deliveries[place][m]).unwrap_or(i64::MAX);
            let th = intake as f64 * model.hashrate_th.get();
            all = (all.0 + intake, all.1 + th, all.2 + delivered);
            if intake > 0 || delivered > 0 {
                table.push(row![
                    context.vintage(),
                    month,
                    model.name(),
                    context.as_of.last_day(),
                    intake,
                    th,
                    known.then_some(delivered),
                ]);
            }
        }
        table.push(row![
            context.vintage(),
            month,
            "ALL",
            context.as_of.last_day(),
            all.0,
            all.1,
            known.then_some(all.2),
        ]);
    }
    table
}
