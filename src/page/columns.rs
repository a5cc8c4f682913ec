//! Every column that the page reads, by table. A test holds them against the tables' descriptions.

/// A column of a published table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Col {
    /// The table.
    pub(super) table: &'static str,
    /// The column.
    pub(super) name: &'static str,
}

macro_rules! columns {
    ($($table:ident { $($column:ident),+ $(,)? })+) => {
        $(
            #[allow(non_upper_case_globals, reason = "named as in the table")]
            pub(super) mod $table {
                use super::Col;
                pub(in crate::page) const NAME: &str = stringify!($table);
                $(pub(in crate::page) const $column: Col = Col { table: NAME, name: stringify!($column) };)+
            }
        )+

        /// All of them.
        #[cfg(test)]
        const ALL: &[Col] = &[$($($table::$column),+),+];
    };
}

columns! {
    shipment_forecast {
        scenario, month, model, firm_units, expected_units, units, units_p10, units_p90, supply_units,
        constrained_units, short_units, waiting_units
    }
    shipment_forecast_quarterly {
        scenario, quarter, model, firm_units, expected_units, units, units_p10, units_p90,
        constrained_units, waiting_units, revenue_usd
    }
    wafer_orders {
        chip, place_by, foundry, decision, rule, ship_month, chips_required, chips_on_hand, net_wafers,
        wafers, lots, chips_on_order, chips_proposed, good_chips_per_wafer, firm_machines, forecast_machines,
        safety_machines, rounding_machines, reason, short_wafers, service_level, prepayment_usd, balance_usd,
        balance_due, machines_covered, prob_short, expected_excess_wafers
    }
    pegging { chip, place_by, foundry, demand_month, model, purpose, machines }
    order_quantities {
        chip, foundry, quantity, judged_at, wafers, cost_usd, prob_short, expected_short_machines,
        expected_left_machines, cash_at_risk_usd, low_demand_left_machines, write_down_usd
    }
    critical_ratio {
        chip, foundry, demand_through, price_usd, effective_cost_usd, leftover_value_usd, underage_usd, overage_usd,
        critical_ratio, service_level
    }
    stock { scenario, kind, item, month, start, on_hand, on_order, proposed, machines, spares, lost, end }
    available_to_promise { month, model, promise_committed, promise_with_orders }
    shortages {
        chip, month, waiting_units, cause, expedite_months, expedite_machines,
        spot_chip_worth_usd
    }
    exposure {
        scenario, peak_exposure_usd, peak_month, forfeit_place_now_usd, forfeit_open_usd, write_down_usd,
        low_demand_write_down_usd
    }
    cash {
        scenario, month, customer_deposits_usd, customer_balances_usd, foundry_prepayments_usd,
        foundry_balances_usd, machine_costs_usd, net_usd, cumulative_usd, wafer_orders_complete
    }
    market {
        scenario, month, kind, difficulty, hashprice_usd_per_ph_day, hashprice_p10, hashprice_p90,
        implied_price_usd
    }
    pricing {
        scenario, month, model, list_price_usd, payback_months, band, target_payback_price_usd, efficiency_j_per_th,
        efficiency_class, break_even_power_usd_per_kwh, machine_cost_usd, clearance_price_usd, self_mining_value_usd,
        best_use, mining_better_from
    }
    policy_checks { check, item, value, unit, target, status, n, note }
    backtest { method, level, horizon, target, model, n, wape, bias, coverage_80, width_80 }
    regression { equation, term, estimate, n, status, reason }
    revisions {
        previous_vintage, month, model, status, previous, corrections, deliveries, new_orders, cancellations,
        slips, drivers, overrides, method, now
    }
    realised_accuracy { model, lag, n, forecast_units, actual_units, wape, bias, tracking_signal, signal }
    waterfall { month, model, forecast_vintage, units, actual_units }
    overrides { month, model, baseline_units, override_units, units, reason, who }
    history { month, model, delivered_units }
    rejected_rows { file, line, column, value, code, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::SPECS;

    #[test]
    fn every_column_named_here_is_published() {
        for col in ALL {
            let spec = SPECS.iter().find(|spec| spec.name == col.table);
            let found = spec.is_some_and(|spec| spec.columns.iter().any(|column| column.name == col.name));
            assert!(found, "{}.{} is in no table", col.table, col.name);
        }
    }
}
