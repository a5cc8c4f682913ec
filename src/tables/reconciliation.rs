//! `reconciliation`: where two sources speak of the same thing, and what each says.

use crate::reconcile;

use super::schema::{Kind, Spec, Table, column, row};

pub(super) const SPEC: Spec = Spec {
    name: "reconciliation",
    row: "one comparison of two sources, or a position that the next vintage is compared with; docs/reconciliation.md has the checks",
    key: 3,
    columns: &[
        column("check", Kind::Text, "", "what is compared"),
        column("export", Kind::Text, "", "the export that is checked"),
        column("item", Kind::Text, "", "order, month, chip or driver; ALL for the export as a whole"),
        column("ours", Kind::Real(4), "as the check has it", "as the export has it, or this run"),
        column(
            "theirs",
            Kind::Real(4),
            "as the check has it",
            "as the other export or the vintage before has it; empty where there is none",
        ),
        column("difference", Kind::Real(4), "as the check has it", "what they differ by")
            .formula("ours - theirs"),
        column(
            "share",
            Kind::Real(6),
            "as the check has it",
            "what the limit is compared with; empty where there is no limit",
        )
        .source("docs/reconciliation.md"),
        column("limit", Kind::Real(6), "as the check has it", "above it the run stops")
            .source("[reconciliation]"),
        column(
            "severity",
            Kind::Text,
            "",
            "ok; noted: a difference that nobody has to act on; warning; error where the job only warns of it",
        ),
    ],
};

/// The table of what was compared.
pub fn reconciliation(rows: &[reconcile::Row]) -> Table {
    let mut table = Table::new(&SPEC);
    for found in rows {
        table.push(row![
            found.check,
            found.export,
            found.item.as_str(),
            found.ours,
            found.theirs,
            found.ours.zip(found.theirs).map(|(ours, theirs)| ours - theirs),
            found.share,
            found.limit,
            found.severity.name(),
        ]);
    }
    table
}
