//! How the job says its exports are written: marks, encodings and forms of dates that exist; and the checks whose severity
//! it sets.

use crate::diagnostic::Code;
use crate::domain::{FiscalYear, date_form};

use super::date_format::{DateFormat, Quarters};
use super::file::File;
use super::problems::Problems;

/// Adds what is wrong with `[exports]` and `[checks]`.
pub(super) fn check_exports(file: &File, problems: &mut Problems<'_>) {
    for (name, export) in file.exports.all() {
        let section = format!("exports.{name}");
        if let Some(delimiter) = export.delimiter
            && !super::values::is_delimiter(delimiter)
        {
            let message = format!(
                "delimiter = `{delimiter}` must be a tab or a mark such as , ; | ~ ^ that is no quote"
            );
            problems.key(&section, "delimiter", message);
        }
        if let Some(mark) = export.decimal_mark
            && !matches!(mark, '.' | ',')
        {
            problems.key(&section, "decimal_mark", format!("decimal_mark = `{mark}` must be . or ,"));
        }
        if let Some(label) = &export.encoding
            && encoding_rs::Encoding::for_label(label.as_bytes()).is_none()
        {
            let message = format!(
                "encoding = `{label}` is not known; write for example utf-8, utf-16le, gb18030 or windows-1252"
            );
            problems.key(&section, "encoding", message);
        }
        let declared = || export.date_format.iter().chain(export.date_formats.values());
        if declared().any(|form| form.each().is_empty()) {
            let message = "date_format = [] has no form; write for example %d.%m.%Y, or leave it out";
            problems.key(&section, "date_format", message.to_owned());
        }
        let unfit =
            |suffix: &String| suffix.trim().is_empty() || suffix.starts_with(|c: char| c.is_ascii_digit());
        if export.suffixes.keys().any(unfit) {
            let message = "suffixes must not be empty and not begin with a digit";
            problems.key(&section, "suffixes", message.to_owned());
        }
        for (key, given) in [("usd_per", &export.usd_per), ("per_usd", &export.per_usd)] {
            if given.keys().any(|code| ["BTC", "XBT"].contains(&code.to_uppercase().as_str())) {
                let message = "one price of a bitcoin for every day cannot be right: give rates = a file by day, with the columns date and PriceUSD";
                problems.key(&section, key, message.to_owned());
            }
        }
        if let Some(both) = export.usd_per.keys().find(|code| export.per_usd.contains_key(*code)) {
            let message = format!("per_usd and usd_per both give {both}; leave one out");
            problems.key(&section, "per_usd", message);
        }
        let year = file.job.fiscal_year_starts;
        for form in declared().flat_map(DateFormat::each) {
            if let DateFormat::Quarter(Quarters::Unsaid) | DateFormat::QuarterEnd(Quarters::Unsaid) = form
                && year != FiscalYear::CALENDAR
            {
                let form = form.written();
                let message = format!(
                    "date_format = `{form}` can be of the calendar or of the fiscal year that starts in month {} (fiscal_year_starts); write calendar_{form} or fiscal_{form}",
                    year.starts_in()
                );
                problems.key(&section, "date_format", message);
            }
            if let DateFormat::Pattern(pattern) = form
                && let Err(reason) = date_form::readable_dates(pattern)
            {
                let message = format!(
                    "date_format = `{pattern}` {reason}; write for example %d.%m.%Y, serial or epoch_ms"
                );
                problems.key(&section, "date_format", message);
            }
        }
    }
    for code in file.checks.0.keys() {
        if !Code::CHECKS.iter().any(|check| check.name() == code) {
            let known: Vec<&str> = Code::CHECKS.iter().map(|check| check.name()).collect();
            let message =
                format!("`{code}` is not a check whose severity can be set (known: {})", known.join(", "));
            problems.key("checks", code, message);
        }
    }
}
