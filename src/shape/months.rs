//! Months as cells and headers write them.

use crate::domain::Month;
use crate::job::DayOfMonth;

use super::World;

/// A month of a header; a name of a month alone is one of the `year`.
pub(super) fn of_header(world: &dyn World, text: &str, year: Option<u32>) -> Option<Month> {
    let text = text.trim();
    if let Ok(month) = world.month("", text) {
        return Some(month);
    }
    // `2025 Sep`, as two header rows make it.
    if let Some((first, second)) = text.split_once(' ')
        && first.len() == 4
        && let Ok(month) = world.month("", &format!("{} {first}", second.trim()))
    {
        return Some(month);
    }
    // `09 2025`, and `Sept` for September.
    let dashed = text.replace(' ', "-");
    let short = text.replace("Sept ", "Sep ").replace("Sept-", "Sep-").replace("Sept.", "Sep");
    for other in [dashed, short] {
        if other != text
            && let Ok(month) = world.month("", &other)
        {
            return Some(month);
        }
    }
    if let [y1, y2, y3, y4, m1, m2] = text.as_bytes()
        && [y1, y2, y3, y4, m1, m2].iter().all(|b| b.is_ascii_digit())
        && text.starts_with("20")
    {
        return text
            .get(..4)
            .zip(text.get(4..))
            .and_then(|(year, month)| Month::new(year.parse().ok()?, month.parse().ok()?));
    }
    let year = year?;
    if let Some(month) = text.strip_suffix('月').filter(|m| m.bytes().all(|b| b.is_ascii_digit())) {
        return Month::new(i32::try_from(year).ok()?, month.parse().ok()?);
    }
    let name = text.trim_end_matches('.');
    if name.len() >= 3 && name.chars().all(char::is_alphabetic) {
        return world.month("", &format!("{name} {year}")).ok();
    }
    None
}

/// A month as a cell.
pub(super) fn written(month: Month, day: Option<DayOfMonth>) -> String {
    match day {
        None => month.to_string(),
        Some(DayOfMonth::First) => month.first_day().to_string(),
        Some(DayOfMonth::Last) => month.last_day().to_string(),
    }
}
