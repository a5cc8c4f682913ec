//! `market`: what was and what is projected forward.

use crate::demand::quantile;
use crate::domain::{Difficulty, HashPrice, Interval, Month};
use crate::market::{HORIZON, Path, Scenario};

use super::Context;
use crate::table::{Table, table};

/// A month under a scenario.
pub(super) struct Outlined {
    scenario: &'static str,
    month: Month,
    kind: &'static str,
    difficulty: Option<Difficulty>,
    hashprice: Option<f64>,
    hashprice_interval: Option<Interval<f64>>,
    price: Option<f64>,
    price_interval: Option<Interval<f64>>,
}

table! {
    market of Outlined: "one scenario and month; the trailing 24 months are actual and stand under every scenario",
    key {
        scenario(Text, "", "bear, base or bull path of the bitcoin price") = |r| r.scenario;
        month(Month, "", "month, by its first day") = |r| r.month;
    }
    columns {
        kind(Text, "", "actual or forecast") = |r| r.kind;
        difficulty(Real(0), "", "mean mining difficulty")
            .source("difficulty; ahead: docs/concepts/method.md")
            = |r| r.difficulty.map(Difficulty::get);
        network_hashrate_ph(Real(0), "PH/s", "difficulty x 2^32 / 600")
            .formula("difficulty x 2^32 / 600 / 10^15")
            = |r| r.difficulty.map(|d| d.hashrate().as_ph());
        hashprice_usd_per_ph_day(Real(4), "USD/PH/day", "mean mining revenue per unit of hashrate")
            .formula("ahead: 144 x subsidy x implied_price_usd / network_hashrate_ph")
            .source("hashprice")
            .label("Hashprice", "USD/PH/day")
            = |r| r.hashprice;
        hashprice_p10(Real(4), "USD/PH/day", "10th percentile over the base paths; empty elsewhere")
            .label("Hashprice, interval", "from")
            = |r| r.hashprice_interval.map(|interval| interval.low);
        hashprice_p90(Real(4), "USD/PH/day", "90th percentile over the base paths; empty elsewhere")
            .label("Hashprice, interval", "to")
            = |r| r.hashprice_interval.map(|interval| interval.high);
        implied_price_usd(Real(2), "USD", "hashprice x hashrate / (144 x subsidy): bitcoin price with fees counted in")
            .formula("hashprice_usd_per_ph_day x network_hashrate_ph / (144 x subsidy)")
            .source("hashprice, difficulty; ahead: random walk, or [scenarios]")
            .label("Bitcoin price", "USD, fees included")
            = |r| r.price;
        implied_price_p10(Real(2), "USD", "10th percentile over the base paths; empty elsewhere")
            .label("Price, interval", "from")
            = |r| r.price_interval.map(|interval| interval.low);
        implied_price_p90(Real(2), "USD", "90th percentile over the base paths; empty elsewhere")
            .label("Price, interval", "to")
            = |r| r.price_interval.map(|interval| interval.high);
    }
}

/// One number of a market path in a month ahead.
type Of = fn(&Path, usize) -> f64;

/// Months of the past that are shown.
const PAST: usize = 24;

pub(super) fn table(context: &Context<'_>) -> Table {
    let mut rows = Vec::new();
    for forecast in context.forecasts {
        let scenario = forecast.scenario.name();
        let months = &context.market.months;
        rows.extend(months[months.len().saturating_sub(PAST)..].iter().map(|month| Outlined {
            scenario,
            month: month.month,
            kind: "actual",
            difficulty: month.difficulty,
            hashprice: month.hashprice.map(HashPrice::usd_per_ph_day),
            hashprice_interval: None,
            price: month.implied_price,
            price_interval: None,
        }));
        let path = context.outlook.project(forecast.scenario, &context.outlook.prices(forecast.scenario));
        let spread = |value: Of, h: usize| {
            (forecast.scenario == Scenario::Base).then(|| {
                let mut values: Vec<f64> = forecast.simulation.market.iter().map(|p| value(p, h)).collect();
                values.sort_by(f64::total_cmp);
                Interval::of_80(quantile(&values, 0.1), quantile(&values, 0.9))
            })
        };
        rows.extend((0..HORIZON).map(|h| Outlined {
            scenario,
            month: context.month(h),
            kind: "forecast",
            difficulty: Difficulty::new(path.difficulty[h]),
            hashprice: Some(path.hashprice[h]),
            hashprice_interval: spread(|p, h| p.hashprice[h], h),
            price: Some(path.price[h]),
            price_interval: spread(|p, h| p.price[h], h),
        }));
    }
    Table::of(&context.stamp(), rows)
}
