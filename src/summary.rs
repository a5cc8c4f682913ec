//! What a run found, in a few lines for people.

use crate::backtest::{LEAST_FOR_80, Level, Method, Score, Target};
use crate::demand::Forecast;
use crate::job::Job;
use crate::market::HORIZON;
use crate::supply::{Committed, Decision, ProposedOrder};

/// The 12-month total and every wafer order to place before the next run.
pub fn lines(
    forecast: &Forecast,
    orders: &[ProposedOrder],
    committed: &Committed,
    scores: &[Score],
    job: &Job,
) -> Vec<String> {
    let units: i64 = forecast.units.iter().flatten().sum();
    let firm: i64 = forecast.firm.iter().flatten().sum();
    let interval = forecast.interval(0..HORIZON, None);
    let mut lines = vec![format!(
        "12 months: {} machines if supply allows (80% interval {} to {}), {} of them firm",
        grouped(units),
        grouped(interval.p10),
        grouped(interval.p90),
        grouped(firm)
    )];
    lines.push(held(scores));
    let now = orders.iter().filter(|o| o.decision == Decision::PlaceNow);
    lines.extend(now.map(|order| {
        format!(
            "order {} wafers of {} from {} by {}: pay {} USD then, {} USD in {}",
            grouped(order.wafers),
            job.catalogue.chips[order.chip].name(),
            job.catalogue.foundries[order.foundry].name(),
            order.place_by,
            grouped(order.prepayment.dollars().round() as i64),
            grouped(order.balance.dollars().round() as i64),
            order.wafer_out,
        )
    }));
    if !orders.iter().any(|o| o.decision == Decision::PlaceNow) {
        lines.push("no wafer order has to be placed before the next run".to_owned());
    }
    if !committed.known {
        lines.push(
            "stock and open wafer orders are not known: the orders above are not net of them".to_owned(),
        );
    }
    lines
}

/// How often the interval of 12 months held at past quarter ends, and how far the forecast was off.
fn held(scores: &[Score]) -> String {
    let year = scores.iter().find(|s| {
        s.method == Method::Model
            && s.key.target == Target::Shipments
            && s.key.level == Level::Year
            && s.key.model.is_none()
    });
    let measures = year.map(|score| score.measures).unwrap_or_default();
    match (measures.coverage_80, measures.wape) {
        (Some(coverage), Some(wape)) => {
            let n = measures.n as f64;
            format!(
                "at past quarter ends {} of {} such intervals held, and this one is set by their errors; the forecast was off by {:.0}% (WAPE)",
                (coverage * n).round(),
                measures.n,
                100.0 * wape
            )
        }
        _ => format!(
            "the interval is not checked: {} past 12-month forecasts can be compared with what shipped, {LEAST_FOR_80} are needed",
            measures.n
        ),
    }
}

/// A whole number with commas between its thousands.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
