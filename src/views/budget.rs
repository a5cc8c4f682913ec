//! How much to prepay: what budgets come to, what this run's cuts, what deposits are worth, and which orders to keep.

use crate::tables::declared::{
    budget_frontier as frontier, budget_orders as asked, deposit_terms as terms, keep_or_cancel as keep,
};

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

/// What budgets come to.
pub(crate) fn steps(tables: Tables<'_>) -> Grid {
    let columns = [
        frontier::budget_usd,
        frontier::chosen,
        frontier::wafers,
        frontier::prepayment_usd,
        frontier::expected_profit_usd,
        frontier::cut_profit_usd,
        frontier::cut_machines,
        frontier::next_lot_profit_per_usd,
        frontier::write_down_p95_usd,
        frontier::below_limit_probability,
    ];
    Grid::new("What other budgets for these orders come to", &tables.rows(frontier::NAME), &columns)
}

/// What the orders would be at other deposits.
pub(crate) fn deposits(tables: Tables<'_>) -> Grid {
    let columns = [
        terms::prepayment_share,
        terms::rule_wafers,
        terms::rule_prepayment_usd,
        terms::money_cost_usd,
        terms::wafers,
        terms::expected_profit_usd,
        terms::next_lot_profit_per_usd,
    ];
    Grid::new("If foundries took none, half or all of the price ahead", &tables.rows(terms::NAME), &columns)
}

/// Open orders and those to place now: cancelled against kept.
pub(crate) fn kept(tables: Tables<'_>) -> Grid {
    let columns = [
        keep::due,
        keep::status,
        keep::chip,
        keep::foundry,
        keep::wafers,
        keep::forfeit_usd,
        keep::lost_profit_usd,
        keep::keep_loss_usd,
        keep::loses_less,
    ];
    Grid::new("Keep or cancel: what each loses, mean of the paths", &tables.rows(keep::NAME), &columns)
}
