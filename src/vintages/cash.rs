//! Cash of the vintage before and of this one, side by side.

use crate::domain::Month;
use crate::market::Scenario;
use crate::publish::VintageName;
use crate::supply::Decision;

use super::read::{Earlier, PublishedForecast, Row};

/// The case of `cash_low` that is the plan.
const PLAN: &str = "plan";

/// What a vintage says of cash, base scenario.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CashSaid {
    /// Lowest month end of cash of the plan, half of the paths below, USD.
    pub low: f64,
    /// The month in which it lies on most paths.
    pub low_month: Month,
    /// Share of the paths on which cash falls below the limit.
    pub below_limit: f64,
    /// Net of its twelve months, USD.
    pub twelve_months: f64,
    /// Prepayments of the wafer orders to place before the next run, USD.
    pub prepayments: f64,
}

/// What a vintage says of cash, or why not.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum CashRead {
    /// This.
    Said(CashSaid),
    /// Nothing: it has no price.
    NoPrice,
    /// It has no such tables, as those of earlier versions.
    NoTables,
}

/// Cash of an earlier vintage and of this one.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CashChanged {
    /// The earlier vintage.
    pub previous: VintageName,
    /// What it said.
    pub before: CashRead,
    /// What this one says.
    pub now: CashSaid,
}

/// `None` where this vintage says nothing of cash.
pub(super) fn cash_changed(earlier: &Earlier, published: &PublishedForecast) -> Option<CashChanged> {
    let CashRead::Said(now) = published.cash else { return None };
    Some(CashChanged { previous: earlier.name, before: earlier.forecast.cash, now })
}

/// From the rows of `cash_low`, `cash` and `wafer_orders`.
pub(super) fn cash_read(low: &[Row], months: &[Row], orders: &[Row]) -> CashRead {
    let base = |row: &&Row| is(row, "scenario", Scenario::Base.name());
    let plan = low.iter().filter(base).find(|row| is(row, "case", PLAN));
    let last = months.iter().filter(base).max_by_key(|row| row.get("month"));
    let (Some(plan), Some(last)) = (plan, last) else { return CashRead::NoTables };
    let known = ["low_p50_usd", "low_month", "below_limit_probability"]
        .iter()
        .all(|column| plan.contains_key(*column));
    if !known || !last.contains_key("cumulative_usd") {
        return CashRead::NoTables;
    }
    let now = orders.iter().filter(|row| is(row, "decision", Decision::PlaceNow.name()));
    let prepayments: Option<f64> = now.map(|row| number(row, "prepayment_usd")).sum();
    let said = || {
        Some(CashSaid {
            low: number(plan, "low_p50_usd")?,
            low_month: Month::of(plan.get("low_month")?.parse().ok()?),
            below_limit: number(plan, "below_limit_probability")?,
            twelve_months: number(last, "cumulative_usd")?,
            prepayments: prepayments?,
        })
    };
    said().map_or(CashRead::NoPrice, CashRead::Said)
}

fn is(row: &Row, column: &str, value: &str) -> bool {
    row.get(column).is_some_and(|cell| cell == value)
}

fn number(row: &Row, column: &str) -> Option<f64> {
    row.get(column)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[(&str, &str)]) -> Row {
        cells.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())).collect()
    }

    fn low(case: &str, scenario: &str, low: &str) -> Row {
        row(&[
            ("scenario", scenario),
            ("case", case),
            ("low_p50_usd", low),
            ("low_month", "2026-02-01"),
            ("below_limit_probability", "0.0250"),
        ])
    }

    fn month(scenario: &str, month: &str, cumulative: &str) -> Row {
        row(&[("scenario", scenario), ("month", month), ("cumulative_usd", cumulative)])
    }

    fn order(decision: &str, prepayment: &str) -> Row {
        row(&[("decision", decision), ("prepayment_usd", prepayment)])
    }

    /// The plan of the base scenario, the last of its months, and the orders to place now: 100 and 50 of 1,150 prepaid.
    #[test]
    fn cash_is_read_of_the_plan_its_last_month_and_the_orders_of_now() {
        let lows = [
            low("plan", "bear", "-9"),
            low("contracts_of_today", "base", "-8"),
            low("plan", "base", "-7.50"),
        ];
        let months = [
            month("base", "2026-09-01", "30.00"),
            month("base", "2025-10-01", "10.00"),
            month("bull", "2026-09-01", "99"),
        ];
        let orders = [order("place_now", "100.00"), order("planned", "1000.00"), order("place_now", "50.00")];
        let said = CashSaid {
            low: -7.5,
            low_month: "2026-02".parse().unwrap(),
            below_limit: 0.025,
            twelve_months: 30.0,
            prepayments: 150.0,
        };
        assert_eq!(cash_read(&lows, &months, &orders), CashRead::Said(said));
        assert_eq!(cash_read(&lows, &months, &[]), CashRead::Said(CashSaid { prepayments: 0.0, ..said }));
        assert_eq!(cash_read(&[low("plan", "base", "")], &months, &orders), CashRead::NoPrice);
        assert_eq!(cash_read(&[], &months, &orders), CashRead::NoTables);
        assert_eq!(cash_read(&lows, &[], &orders), CashRead::NoTables);
        assert_eq!(
            cash_read(&[row(&[("scenario", "base"), ("case", "plan")])], &months, &orders),
            CashRead::NoTables
        );
    }
}
