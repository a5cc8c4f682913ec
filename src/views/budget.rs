//! How much to prepay: what budgets come to, what this run's cuts, and which orders to cancel.

use crate::tables::declared::{budget_frontier as frontier, budget_orders as asked, keep_or_cancel as keep};

use super::{Grid, Row, Tables, words};

/// The row of what this run proposes to place; `None` where the rule asks for nothing.
pub(crate) fn chosen(tables: Tables<'_>) -> Option<Row<'_>> {
    tables.with(frontier::chosen, "yes").first().copied()
}

/// Orders of which the budget cuts something.
pub(crate) fn cut(tables: Tables<'_>) -> Vec<Row<'_>> {
    let mut rows = tables.rows(asked::NAME);
    rows.retain(|row| row.number(asked::cut_wafers).is_some_and(|wafers| wafers > 0.0));
    rows
}

/// Why there is no order to place before the next run: none is due, or the budget cuts all.
pub(crate) fn none_placed(tables: Tables<'_>) -> String {
    let asked: f64 = cut(tables).iter().filter_map(|row| row.number(asked::rule_wafers)).sum();
    none(asked.round() as i64)
}

/// The same where the rule asks for so many wafers.
pub(crate) fn none(asked: i64) -> String {
    if asked > 0 {
        format!(
            "the budget lets none of the {} wafers be placed that the rule asks for before the next run",
            words::grouped(asked)
        )
    } else {
        "no wafer order has to be placed before the next run".to_owned()
    }
}

/// What is cut, and what that costs.
pub(crate) fn cuts(tables: Tables<'_>) -> Grid {
    let columns = [
        asked::place_by,
        asked::chip,
        asked::foundry,
        asked::rule_wafers,
        asked::wafers,
        asked::cut_wafers,
        asked::cut_prepayment_usd,
        asked::cut_profit_usd,
        asked::cut_machines,
        asked::whole_from_usd,
    ];
    let add_up = [
        asked::rule_wafers,
        asked::wafers,
        asked::cut_wafers,
        asked::cut_prepayment_usd,
        asked::cut_profit_usd,
        asked::cut_machines,
    ];
    Grid::new("What the budget cuts of the orders that the rule asks for", &cut(tables), &columns)
        .sum(&add_up)
}

/// What budgets come to: every other one, and this run's.
pub(crate) fn steps(tables: Tables<'_>) -> Grid {
    let columns = [
        frontier::budget_usd,
        frontier::chosen,
        frontier::wafers,
        frontier::prepayment_usd,
        frontier::expected_profit_usd,
        frontier::cut_machines,
        frontier::next_lot_profit_per_usd,
        frontier::write_down_p95_usd,
        frontier::below_limit_probability,
    ];
    let mut rows = tables.rows(frontier::NAME);
    rows.retain(|row| {
        row.is(frontier::chosen, "yes") || row.whole(frontier::step).is_some_and(|n| n % 2 == 1)
    });
    Grid::new("What other budgets for these orders come to", &rows, &columns).phone(&[
        frontier::chosen,
        frontier::expected_profit_usd,
        frontier::write_down_p95_usd,
    ])
}

/// Open orders that lose less cancelled than kept, and how many open orders there are.
pub(crate) fn to_cancel(tables: Tables<'_>) -> (Grid, usize) {
    let columns = [
        keep::due,
        keep::chip,
        keep::foundry,
        keep::wafers,
        keep::forfeit_usd,
        keep::lost_profit_usd,
        keep::keep_loss_usd,
    ];
    let open = tables.with(keep::status, "open");
    let cancel: Vec<Row<'_>> =
        open.iter().filter(|row| row.is(keep::loses_less, "cancel")).copied().collect();
    let title = "Open wafer orders that lose less cancelled than kept, mean of the paths";
    let grid = Grid::new(title, &cancel, &columns);
    (grid.phone(&[keep::chip, keep::forfeit_usd, keep::keep_loss_usd]), open.len())
}

/// Orders to place now that, each alone as the last one used, lose more in leftovers than the sales that would go with them bring, as a
/// sentence; `None` where nothing is to be placed or no order has a price.
pub(crate) fn not_placing(tables: Tables<'_>) -> Option<String> {
    let mut now = tables.with(keep::status, super::NOW);
    now.retain(|row| row.number(keep::keep_loss_usd).is_some());
    now.sort_by_key(|row| (row.date(keep::placed), row.text(keep::chip), row.text(keep::foundry)));
    if now.is_empty() {
        return None;
    }
    let loses = |row: &&Row<'_>| row.number(keep::lost_profit_usd) < row.number(keep::keep_loss_usd);
    let losing: Vec<&Row<'_>> = now.iter().filter(loses).collect();
    let named = losing.iter().map(|row| {
        format!(
            "{} by {} ({} against {} USD)",
            row.text(keep::chip),
            row.shown(keep::placed),
            row.shown(keep::keep_loss_usd),
            row.shown(keep::lost_profit_usd)
        )
    });
    let named = words::list(&named.collect::<Vec<_>>());
    let orders = words::count(now.len(), "order", "orders");
    Some(if losing.is_empty() {
        format!(
            "Of the {orders} to place now none, each alone as the last one used, loses more in leftovers than its sales bring."
        )
    } else {
        format!(
            "Of the {orders} to place now {}, each alone as the last one used, would lose more in leftovers by the end of the months \
             decided than its sales bring: {named}. The rule still has them: among paths of like demand it lets high prices make up for \
             low ones, and here losses alone count.",
            losing.len()
        )
    })
}
