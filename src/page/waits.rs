//! Who waits, why, and what can still be promised.

use maud::{Markup, html};

use crate::tables::declared::shortages;
use crate::views::orders::{late, short};
use crate::views::{Tables, accounts, machines};

use super::parts::noted;

pub(super) fn section(tables: Tables<'_>) -> Markup {
    html! {
        p { (machines::supply_message(tables)) }
        (noted(late(tables), "Machines that ship go to open orders first, by the job's priority. A dash under Expected: not within the \
            twelve months, or expected to be cancelled. Table open_orders has every line."))
        (noted(short(tables), &format!("{}Cause: lead time: nothing ordered now comes in time; maximum: no foundry takes more in time; budget: cut; \
            service level: left uncovered by the order rule.", held_back(tables))))
        (noted(accounts::groups(tables), "Of what is not signed the pipeline has what it names, by its probabilities; the rest is what each \
            usually signs. It changes no forecast. Table key_accounts has more."))
    }
}

/// What the cause `assembly` means, where machines wait for it.
fn held_back(tables: Tables<'_>) -> &'static str {
    if tables.with(shortages::cause, "assembly").is_empty() {
        return "";
    }
    "Assembly: more of them wait for assembly capacity or other parts than for chips. "
}
