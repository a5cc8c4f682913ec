//! What a stored vintage says, for a terminal: the lines that its run printed, and the quarters ahead with a small chart.

use std::fmt::Write as _;

use crate::error::Error;
use crate::summary;
use crate::tables::declared::shipment_forecast_quarterly as quarterly;
use crate::views::words::grouped;
use crate::views::{ALL, BASE, YEAR};
use crate::vintages::{Stored, StoredRow};

/// Characters of the chart.
const WIDTH: usize = 24;

/// Everything that is shown of a vintage, as lines.
///
/// # Errors
/// As [`Stored::open`]: [`Error::Folder`] when a file of it is not as it was published.
pub fn show(stored: &Stored) -> Result<Vec<String>, Error> {
    let manifest = &stored.manifest;
    let mut lines =
        vec![format!("vintage {} of job {}, as of {}", stored.name, manifest.job, manifest.as_of)];
    lines.extend(summary::stored(&stored.summary()?));
    let mut rows = stored.rows(quarterly::NAME)?;
    rows.retain(|row| row.is(quarterly::scenario, BASE) && row.is(quarterly::model, ALL));
    lines.push(String::new());
    lines.extend(quarters(&rows));
    Ok(lines)
}

/// The quarters and the sum of twelve months, with firm orders, forecast, its interval and what supply lets ship; the chart has
/// the interval as a line and the forecast as `o`.
fn quarters(rows: &[StoredRow]) -> Vec<String> {
    let (year, quarters): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.is(quarterly::quarter, YEAR));
    let highest = |row: &&StoredRow| row.whole(quarterly::units_p90).max(row.whole(quarterly::units));
    let most = round_up(quarters.iter().filter_map(highest).max().unwrap_or(0));
    let mut lines = vec![format!(
        "{:<9} {:>9} {:>9}  {:<20} 0{:>WIDTH$} {:>22}",
        "machines",
        "firm",
        "forecast",
        "p10 to p90",
        grouped(most),
        "with supply and orders"
    )];
    for row in quarters.iter().chain(&year) {
        let cell = |column| row.whole(column).map_or_else(|| "-".to_owned(), grouped);
        let name = row.text(quarterly::quarter);
        let interval = row.whole(quarterly::units_p10).zip(row.whole(quarterly::units_p90));
        let chart = if name == YEAR {
            format!(" {:WIDTH$} ", "")
        } else {
            format!("|{}|", bar(interval, row.whole(quarterly::units), most))
        };
        lines.push(format!(
            "{:<9} {:>9} {:>9}  {:<20} {chart} {:>21}",
            if name == YEAR { "12 months" } else { name },
            cell(quarterly::firm_units),
            cell(quarterly::units),
            interval.map_or_else(
                || "-".to_owned(),
                |(low, high)| format!("{} to {}", grouped(low), grouped(high))
            ),
            cell(quarterly::constrained_units),
        ));
    }
    lines
}

/// The next number above with one digit that is not 0: the end of the chart's axis, machines.
fn round_up(machines: i64) -> i64 {
    let digit = 10_i64.pow(machines.max(1).ilog10());
    (machines.max(1) + digit - 1) / digit * digit
}

/// A line of the chart from 0 to `most` machines.
fn bar(interval: Option<(i64, i64)>, forecast: Option<i64>, most: i64) -> String {
    let place = |machines: i64| {
        let last = WIDTH as f64 - 1.0;
        (machines.clamp(0, most) as f64 / most as f64 * last).round() as usize
    };
    let mut line = String::with_capacity(WIDTH);
    for at in 0..WIDTH {
        let within = interval.is_some_and(|(low, high)| (place(low)..=place(high)).contains(&at));
        let mark = match forecast {
            Some(machines) if place(machines) == at => 'o',
            _ if within => '-',
            _ => ' ',
        };
        // Writing to a text cannot fail.
        let _ = write!(line, "{mark}");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_at_a_round_number() {
        for (machines, end) in
            [(0, 1), (7, 7), (1000, 1000), (1001, 2000), (20_127, 30_000), (99_999, 100_000)]
        {
            assert_eq!(round_up(machines), end, "{machines}");
        }
    }

    /// 23 steps to 2,300: each is 100 machines. 1,000 to 1,300 is places 10 to 13, 1,149 rounds to 11.
    #[test]
    fn the_interval_is_a_line_and_the_forecast_a_mark() {
        assert_eq!(bar(Some((1000, 1300)), Some(1149), 2300), "          -o--          ");
        assert_eq!(bar(None, Some(9999), 2300), "                       o", "what lies beyond is at the end");
        assert_eq!(bar(None, None, 1), " ".repeat(WIDTH));
    }

    #[test]
    fn quarters_stand_in_order_and_the_sum_below_them() {
        let row = |quarter: &str, units: &str, low: &str, high: &str| {
            StoredRow::of(&[
                (quarterly::quarter, quarter),
                (quarterly::firm_units, "5"),
                (quarterly::units, units),
                (quarterly::units_p10, low),
                (quarterly::units_p90, high),
                (quarterly::constrained_units, ""),
            ])
        };
        let lines = quarters(&[row("12M", "1100", "900", "1500"), row("2025Q4", "1100", "", "")]);
        assert_eq!(lines.len(), 3);
        assert!(lines[0].contains("0                   2,000"), "{lines:#?}");
        assert!(lines[1].starts_with("2025Q4            5     1,100  -  "), "{lines:#?}");
        assert!(lines[2].starts_with("12 months         5     1,100  900 to 1,500 "), "{lines:#?}");
        assert!(lines[2].ends_with(" -"), "what supply lets ship is not known: {lines:#?}");
    }
}
