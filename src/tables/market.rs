//! `market`: what was and what is carried forward.

use crate::demand::quantile;
use crate::domain::{Difficulty, HashPrice};
use crate::market::{HORIZON, Path, Scenario};

use super::Context;
use super::schema::{Cell, Kind, Spec, Table, column, row};

pub(super) const SPEC: Spec = Spec {
    name: "market",
    row: "one scenario and month; the trailing 24 months are actual and stand under every scenario",
    key: 3,
    columns: &[
        column("vintage", Kind::Text, "", "quarter of the as-of date, or its month where it ends none"),
        column("scenario", Kind::Text, "", "bear, base or bull course of the bitcoin price"),
        column("month", Kind::Date, "", "month, by its first day"),
        column("as_of", Kind::Date, "", "last day whose data were used"),
        column("kind", Kind::Text, "", "actual or forecast"),
        column("difficulty", Kind::Real(0), "", "mean mining difficulty")
            .source("difficulty; ahead: docs/method.md"),
        column("network_hashrate_ph", Kind::Real(0), "PH/s", "difficulty x 2^32 / 600")
            .formula("difficulty x 2^32 / 600 / 10^15"),
        column(
            "hashprice_usd_per_ph_day",
            Kind::Real(4),
            "USD/PH/day",
            "mean mining revenue per unit of hashrate",
        )
        .formula("ahead: 144 x subsidy x implied_price_usd / network_hashrate_ph")
        .source("hashprice"),
        column(
            "hashprice_p10",
            Kind::Real(4),
            "USD/PH/day",
            "10th percentile over the base paths; empty elsewhere",
        ),
        column(
            "hashprice_p90",
            Kind::Real(4),
            "USD/PH/day",
            "90th percentile over the base paths; empty elsewhere",
        ),
        column(
            "implied_price_usd",
            Kind::Real(2),
            "USD",
            "hashprice x hashrate / (144 x subsidy): bitcoin price with fees counted in",
        )
        .formula("hashprice_usd_per_ph_day x network_hashrate_ph / (144 x subsidy)")
        .source("hashprice, difficulty; ahead: random walk, or [scenarios]"),
        column(
            "implied_price_p10",
            Kind::Real(2),
            "USD",
            "10th percentile over the base paths; empty elsewhere",
        ),
        column(
            "implied_price_p90",
            Kind::Real(2),
            "USD",
            "90th percentile over the base paths; empty elsewhere",
        ),
    ],
};

/// One number of a market path in a month ahead.
type Of = fn(&Path, usize) -> f64;

/// Months of the past that are shown.
const PAST: usize = 24;

pub(super) fn table(context: &Context<'_>) -> Table {
    let mut table = Table::new(&SPEC);
    for forecast in context.forecasts {
        let months = &context.market.months;
        for month in &months[months.len().saturating_sub(PAST)..] {
            table.push(row![
                context.vintage(),
                forecast.scenario.name(),
                month.month,
                context.as_of.last_day(),
                "actual",
                month.difficulty.map(Difficulty::get),
                month.difficulty.map(|d| d.hashrate().as_ph()),
                month.hashprice.map(HashPrice::usd_per_ph_day),
                Cell::Empty,
                Cell::Empty,
                month.implied_price,
                Cell::Empty,
                Cell::Empty,
            ]);
        }
        let path = context.outlook.carry(forecast.scenario, &context.outlook.prices(forecast.scenario));
        for h in 0..HORIZON {
            let spread = |value: Of, share: f64| -> Option<f64> {
                (forecast.scenario == Scenario::Base).then(|| {
                    let mut values: Vec<f64> =
                        forecast.simulation.market.iter().map(|p| value(p, h)).collect();
                    values.sort_by(f64::total_cmp);
                    quantile(&values, share)
                })
            };
            let (hashprice, price): (Of, Of) = (|p, h| p.hashprice[h], |p, h| p.price[h]);
            let month = context.as_of + 1 + i32::try_from(h).unwrap_or(0);
            table.push(row![
                context.vintage(),
                forecast.scenario.name(),
                month,
                context.as_of.last_day(),
                "forecast",
                path.difficulty[h],
                Difficulty::new(path.difficulty[h]).map(|d| d.hashrate().as_ph()),
                path.hashprice[h],
                spread(hashprice, 0.1),
                spread(hashprice, 0.9),
                path.price[h],
                spread(price, 0.1),
                spread(price, 0.9),
            ]);
        }
    }
    table
}
