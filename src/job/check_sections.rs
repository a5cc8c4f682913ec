//! Ranges of the job's numbers, and what one key of a section says against another.

use crate::domain::month_end;
use crate::table::Dialect;

use super::drivers::BUILT_IN_DRIVERS;
use super::file::File;
use super::problems::Problems;
use super::sections::{Format, Output, Scenarios};
use super::values::Positive;

/// Adds what is wrong with every section but exports and the catalogue.
pub(super) fn check_sections(file: &File, problems: &mut Problems<'_>) {
    for (key, factor) in file.plausibility.too_narrow() {
        problems.key("plausibility", key, format!("{key} = {factor} must be above 1: it is a factor"));
    }
    for assumption in &file.assumptions {
        let at = assumption.text.span().start;
        if assumption.text.as_ref().trim().is_empty() || assumption.owner.trim().is_empty() {
            problems.at(at, "an assumption has a text and an owner; write both, or take it out");
        }
        if assumption.date.zip(assumption.expires).is_some_and(|(made, last)| last < made) {
            problems.at(at, "an assumption expires before its date; correct one of them");
        }
    }
    if let Some(spares) = &file.spares {
        if spares.return_rate_by_year.is_empty() {
            let message = "return_rate_by_year is empty; write a rate for the first year at least, such as [0.06], or take the section out";
            problems.key("spares", "return_rate_by_year", message);
        }
        if !(1..=120).contains(&spares.warranty_months) {
            let message = format!("warranty_months = {} must lie between 1 and 120", spares.warranty_months);
            problems.key("spares", "warranty_months", message);
        }
    }
    check_drivers(file, problems);
    check_ranges(file, problems);
    check_output(&file.output, problems);
    check_scenarios(&file.scenarios, problems);
}

/// A path's numbers over today's value: beyond these no price or difficulty moved within a year since 2014. What lies outside is
/// percent, a price, or changes from month to month.
const MULTIPLES: std::ops::RangeInclusive<f64> = 0.05..=20.0;

/// `[scenarios]`: a number a month, each a multiple of today's value, and bear not above bull in the end.
fn check_scenarios(given: &Scenarios, problems: &mut Problems<'_>) {
    for (key, path) in [
        ("bear", &given.bear),
        ("base", &given.base),
        ("bull", &given.bull),
        ("bear_difficulty", &given.bear_difficulty),
        ("base_difficulty", &given.base_difficulty),
        ("bull_difficulty", &given.bull_difficulty),
    ] {
        let Some(path) = path else { continue };
        if path.len() != 12 {
            let message = format!("{key} has {} numbers; write 12, one a month ahead", path.len());
            problems.key("scenarios", key, message);
        }
        if let Some(number) = path.iter().map(|number| number.get()).find(|n| !MULTIPLES.contains(n)) {
            let message = format!(
                "{key} has {number}: its numbers are multiples of today's value, 1 for the same, 0.5 for half; write {} to {}, no percent, no price, no change from month to month",
                MULTIPLES.start(),
                MULTIPLES.end()
            );
            problems.key("scenarios", key, message);
        }
    }
    let last = |path: &Option<Vec<Positive>>| Some(path.as_ref()?.last()?.get());
    let rising = [("bear", last(&given.bear)), ("base", last(&given.base)), ("bull", last(&given.bull))];
    let known: Vec<(&str, f64)> = rising.into_iter().filter_map(|(key, end)| Some((key, end?))).collect();
    if let Some(pair) = known.windows(2).find(|pair| pair[0].1 > pair[1].1) {
        let [(low, low_end), (high, high_end)] = [pair[0], pair[1]];
        let message = format!(
            "{low} ends at {low_end}, above {high} with {high_end}; bear is the lowest path and bull the highest"
        );
        problems.key("scenarios", low, message);
    }
}

/// `[[drivers]]`: every name free, none twice.
fn check_drivers(file: &File, problems: &mut Problems<'_>) {
    for (index, driver) in file.drivers.iter().enumerate() {
        let (at, name) = (driver.name.span().start, driver.name.get_ref());
        if file.drivers[..index].iter().any(|other| other.name.get_ref() == name) {
            problems.at(at, format!("driver `{name}` is declared twice"));
        }
        if BUILT_IN_DRIVERS.contains(&name.as_str()) {
            problems.at(at, format!("driver `{name}` is one of wafercast's own; give yours another name"));
        }
    }
}

/// Numbers outside their range.
fn check_ranges(file: &File, problems: &mut Problems<'_>) {
    for (section, key, value, least, most) in [
        ("job", "paths", file.job.paths, 200, 100_000),
        ("demand", "rate_months", file.demand.rate_months, 1, 240),
        ("demand", "mix_months", file.demand.mix_months, 1, 240),
        ("demand", "past_due_months", file.demand.past_due_months, 1, 120),
        ("market", "volatility_months", file.market.volatility_months, 1, 240),
        ("wafers", "review_months", file.wafers.review_months, 1, 12),
        ("wafers", "assembly_months", file.wafers.assembly_months, 0, 12),
        ("wafers", "packaging_months", file.wafers.packaging_months, 0, 12),
        ("policy", "delivery_months", file.policy.delivery_months, 1, 36),
        ("mining", "months", file.mining.months, 1, 120),
        ("wafers", "overdue_days", file.wafers.overdue_days, 0, 3660),
    ] {
        if !(least..=most).contains(&value) {
            let message = format!("{key} = {value} must lie between {least} and {most}");
            problems.key(section, key, message);
        }
    }
    for (segment, days) in file.policy.deposit_due_days.each() {
        if *days > 366 {
            let message = format!("deposit_due_days of {segment} = {days} must lie between 0 and 366");
            problems.key("policy", "deposit_due_days", message);
        }
    }
    let (least, most) = (file.policy.least_look_ahead_months.get(), file.policy.most_look_ahead_months.get());
    if least > most {
        let message =
            format!("least_look_ahead_months = {least} must be at most most_look_ahead_months = {most}");
        problems.key("policy", "least_look_ahead_months", message);
    }
    if let Some(as_of) = file.job.as_of
        && month_end(as_of).is_none()
    {
        problems.key("job", "as_of", format!("as_of = {as_of} must be the last day of a month"));
    }
    for (section, key, value, most, instead) in [
        ("demand", "growth_per_year", file.demand.growth_per_year.get(), 1.0, "0.075 for 7.5% a year"),
        ("wafers", "spares_share", file.wafers.spares_share.get(), 0.5, "0.02 for 2%"),
        ("wafers", "assembly_loss", file.wafers.assembly_loss.get(), 0.5, "0.01 for 1%"),
        ("policy", "power_usd_per_kwh", file.policy.power_usd_per_kwh.get(), 1.0, "0.06 for six cents"),
        (
            "mining",
            "power_usd_per_kwh",
            file.mining.power_usd_per_kwh.map_or(0.0, super::values::AtLeastZero::get),
            1.0,
            "0.06 for six cents",
        ),
    ] {
        if value > most {
            let message = format!("{key} = {value} must be at most {most}; write {instead}");
            problems.key(section, key, message);
        }
    }
    if file.mining.hashprice_decline_per_month.get() >= 1.0 {
        let key = "hashprice_decline_per_month";
        problems.key("mining", key, "hashprice_decline_per_month must be below 1");
    }
    let rate = file.wafers.capital_rate_per_month.get();
    if rate > 0.2 {
        let key = "capital_rate_per_month";
        let message = format!("{key} = {rate} must lie between 0 and 0.2; write 0.01 for 1% a month");
        problems.key("wafers", key, message);
    }
}

/// `[output]`: formats that the next run can read, and a dialect in which cells can be distinguished from decimals.
fn check_output(output: &Output, problems: &mut Problems<'_>) {
    if !output.formats.iter().any(|format| matches!(format, Format::Csv | Format::Parquet)) {
        let why = "the next run reads this one's tables from them";
        let message = format!("formats must have \"csv\", \"parquet\" or both: {why}");
        problems.key("output", "formats", message);
    }
    let twice = output.formats.iter().enumerate().find(|(index, f)| output.formats[..*index].contains(f));
    if let Some((_, format)) = twice {
        problems.key("output", "formats", format!("formats has {format:?} twice").to_lowercase());
    }
    let Dialect { delimiter, decimal_mark, .. } = output.dialect();
    if !matches!(delimiter, ',' | ';' | '|' | '\t') {
        let message = format!("csv_delimiter = `{delimiter}` must be one of , ; | or a tab (\"\\t\")");
        problems.key("output", "csv_delimiter", message);
    }
    if !matches!(decimal_mark, '.' | ',') {
        let message = format!("csv_decimal_mark = `{decimal_mark}` must be . or ,");
        problems.key("output", "csv_decimal_mark", message);
    }
    if delimiter == decimal_mark {
        let message = format!(
            "csv_decimal_mark = `{decimal_mark}` is the csv_delimiter too: a reader could not tell decimals from cells; write csv_delimiter = \";\""
        );
        problems.key("output", "csv_decimal_mark", message);
    }
}
