//! Every column that a sheet reads, by table. A sheet can name no other: [`super::view::Row`] takes these only, and a test
//! finds the one that no table has any more.

use crate::tables::Spec;

/// A column of a published table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Name {
    /// The table.
    pub(super) table: &'static str,
    /// The column.
    pub(super) column: &'static str,
}

impl Name {
    /// Its place among the columns of `spec`; `None` where it is not there.
    pub(super) fn place(self, spec: &Spec) -> Option<usize> {
        (spec.name == self.table)
            .then(|| spec.columns.iter().position(|column| column.name == self.column))
            .flatten()
    }
}

macro_rules! names {
    ($($table:ident { $($column:ident),* $(,)? })*) => {
        $(
            #[allow(non_upper_case_globals, reason = "constants are spelled as the columns are")]
            pub(super) mod $table {
                /// Name of the table.
                pub(in super::super) const TABLE: &str = stringify!($table);
                $(pub(in super::super) const $column: super::Name = super::Name { table: TABLE, column: stringify!($column) };)*
            }
        )*
        #[cfg(test)]
        const ALL: &[Name] = &[$($($table::$column,)*)*];
        #[cfg(test)]
        const TABLES: &[&str] = &[$($table::TABLE),*];
    };
}

names! {
    shipment_forecast {
        scenario, month, model, quarter, firm_units, expected_units, booking_curve_units, driver_units, override_units, units,
        units_p10, units_p90, constrained_units, short_units, waiting_units, revenue_usd,
    }
    shipment_forecast_quarterly {
        scenario, quarter, model, firm_units, expected_units, booking_curve_units, driver_units, override_units, units,
        units_p10, units_p90, constrained_units, short_units, waiting_units, revenue_usd,
    }
    wafer_orders {
        chip, place_by, foundry, decision, ship_month, service_level, covers, reason, net_wafers, wafers, lots, short_wafers, cost_usd,
        prepayment_usd, prepayment_due, balance_usd, balance_due, machines_covered, prob_short, expected_excess_wafers,
    }
    critical_ratio { reason }
    order_quantities {}
    shortages { models, waiting_units }
    available_to_promise {}
    stock { scenario }
    pegging { late }
    exposure {}
    cash {
        scenario, month, customer_deposits_usd, customer_balances_usd, foundry_prepayments_usd, foundry_balances_usd, net_usd,
        cumulative_usd, wafer_orders_complete,
    }
    market {
        scenario, month, kind, difficulty, hashprice_usd_per_ph_day, hashprice_p10, hashprice_p90, implied_price_usd,
        implied_price_p10, implied_price_p90,
    }
    pricing { scenario, month, model, band, efficiency_class }
    policy_checks { status, note }
    backtest { method, level, horizon, target, model, n, wape, bias, coverage_80 }
    revisions {
        previous_vintage, month, model, status, previous, corrections, deliveries, new_orders, cancellations, slips, drivers,
        overrides, method, now,
    }
    realised_accuracy { signal }
    waterfall { month, model, forecast_vintage, units, actual_units }
    overrides { reason }
    regression { reason }
    rejected_rows { reason }
    history { month, model, delivered_units }
}

#[cfg(test)]
mod tests {
    use crate::tables::SPECS;

    use super::{ALL, TABLES};

    #[test]
    fn every_column_that_a_sheet_reads_is_a_column_of_its_table() {
        let missing: Vec<String> = ALL
            .iter()
            .filter(|name| !SPECS.iter().any(|spec| name.place(spec).is_some()))
            .map(|name| format!("{}.{}", name.table, name.column))
            .collect();
        let gone: Vec<&&str> = TABLES.iter().filter(|t| SPECS.iter().all(|spec| spec.name != **t)).collect();
        assert!(gone.is_empty(), "there is no table {gone:?}");
        assert!(missing.is_empty(), "no table has {missing:?}: the sheet would show no data for it");
    }
}
