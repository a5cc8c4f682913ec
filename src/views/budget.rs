//! How much to prepay: what budgets come to, what this run's cuts, and which orders to cancel.

use crate::tables::declared::{budget_frontier as frontier, budget_orders as asked, keep_or_cancel as keep};

use super::{Grid, Row, Tables};

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

/// Open orders and those to place now that lose less cancelled than kept, and how many there are in all.
pub(crate) fn to_cancel(tables: Tables<'_>) -> (Grid, usize) {
    let columns = [
        keep::due,
        keep::status,
        keep::chip,
        keep::foundry,
        keep::wafers,
        keep::forfeit_usd,
        keep::lost_profit_usd,
        keep::keep_loss_usd,
    ];
    let grid = Grid::new(
        "Wafer orders that lose less cancelled than kept, mean of the paths",
        &tables.with(keep::loses_less, "cancel"),
        &columns,
    );
    (grid.phone(&[keep::chip, keep::forfeit_usd, keep::keep_loss_usd]), tables.rows(keep::NAME).len())
}
