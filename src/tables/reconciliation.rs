//! `reconciliation`: where two sources speak of the same thing, and what each says.

use crate::reconcile::Row;

use crate::table::{Stamp, Table, table};

table! {
    reconciliation of &Row: "one comparison of two sources, or a position that the next vintage is compared with; docs/concepts/reconciliation.md has the checks",
    key {
        check(Text, "", "what is compared")
            .words() = |r| r.check;
        export(Text, "", "the export that is checked") = |r| r.export;
        item(Text, "", "order, month, chip or driver; ALL for the export as a whole") = |r| r.item.as_str();
    }
    columns {
        ours(Real(4), "as the check has it", "as the export has it, or this run") = |r| r.ours;
        theirs(Real(4), "as the check has it", "as the other export or the vintage before has it; empty where there is none")
            = |r| r.theirs;
        difference(Real(4), "as the check has it", "what they differ by")
            .formula("ours - theirs")
            = |r| r.ours.zip(r.theirs).map(|(ours, theirs)| ours - theirs);
        share(Real(6), "as the check has it", "what the limit is compared with; empty where there is no limit")
            .source("docs/concepts/reconciliation.md")
            = |r| r.share;
        limit(Real(6), "as the check has it", "above it the run stops")
            .source("[reconciliation]")
            = |r| r.limit;
        severity(Text, "", "ok; noted: a difference that nobody has to act on; warning; error where the job only warns of it")
            .words()
            = |r| r.severity.name();
    }
}

/// The table of what was compared.
pub fn table(stamp: &Stamp, rows: &[Row]) -> Table {
    Table::of(stamp, rows)
}
