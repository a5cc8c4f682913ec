//! Who waits, why, and what can still be promised.

use maud::{Markup, html};

use crate::views::orders::{late, short};
use crate::views::{Tables, machines};

use super::parts::noted;

pub(super) fn section(tables: Tables<'_>) -> Markup {
    html! {
        p { (machines::supply_message(tables)) }
        (noted(late(tables), "Machines that ship go to open orders first, by the job's priority. A dash under Expected: not within the \
            twelve months. Table open_orders has every line."))
        (noted(short(tables), "Cause: lead time: nothing ordered now comes in time; maximum: no foundry takes more in time; budget: cut; \
            service level: left uncovered by the order rule."))
    }
}
