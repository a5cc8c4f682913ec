//! Columns that stand side by side, as rows: months of a stock list or of a delivery schedule.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::diagnostic::Code;
use crate::job::{DayOfMonth, HeaderPattern, Unpivot};
use crate::text::folded;

use super::frame::{Frame, builder, index};
use super::hand::Hand;
use super::months;
use super::pattern::Pattern;

/// What a pattern of headers may take.
const PARTS: [&str; 5] = ["month", "date", "week", "quarter", "text"];

/// A week or quarter as a cell: its first or last day, or as the header has it.
fn written(text: &str, (first, last): (NaiveDate, NaiveDate), step: &Unpivot) -> String {
    match step.day {
        None => text.to_owned(),
        Some(DayOfMonth::First) => first.to_string(),
        Some(DayOfMonth::Last) => last.to_string(),
    }
}

/// Columns that become one: what the header of each says, in the order of the file, and its place.
type Wide = Vec<(String, usize)>;

/// Carries out the step.
pub(super) fn rows(hand: &mut Hand<'_>, step: &Unpivot, frame: Frame) -> Frame {
    let mut wide: Vec<(&str, Wide)> = Vec::new();
    for (name, pattern) in &step.values {
        match of_pattern(hand, step, pattern, &frame) {
            Some(columns) => wide.push((name, columns)),
            None => return frame,
        }
    }
    let used: Vec<usize> =
        wide.iter().flat_map(|(_, columns)| columns.iter().map(|(_, place)| *place)).collect();
    if !between(hand, &frame, step, &used) {
        return frame;
    }
    // What the headers say, each once, in the order in which it is first there.
    let mut said: Vec<&str> = Vec::new();
    for (text, _) in wide.iter().flat_map(|(_, columns)| columns) {
        if !said.contains(&text.as_str()) {
            said.push(text);
        }
    }
    let places: Vec<(&str, BTreeMap<&str, usize>)> = wide
        .iter()
        .map(|(name, columns)| (*name, columns.iter().map(|(text, place)| (text.as_str(), *place)).collect()))
        .collect();
    let (mut rows, mut headers) = (Vec::new(), builder(frame.height()));
    let mut cells: Vec<_> = places.iter().map(|_| builder(frame.height())).collect();
    for row in 0..frame.height() {
        for text in &said {
            let of = |columns: &BTreeMap<&str, usize>| columns.get(text).map(|place| frame.cell(*place, row));
            let filled = |(_, columns): &(&str, BTreeMap<&str, usize>)| {
                of(columns).is_some_and(|cell| !hand.world.is_empty(cell.trim()))
            };
            if !places.iter().any(filled) {
                continue;
            }
            rows.push(index(row));
            headers.push(text);
            for ((_, columns), cells) in places.iter().zip(&mut cells) {
                cells.push(of(columns).unwrap_or_default());
            }
        }
    }
    let mut columns = Vec::new();
    for place in (0..frame.width()).filter(|place| !used.contains(place)) {
        columns.push((frame.header(place).to_owned(), frame.gathered(place, &rows)));
    }
    let left: Vec<String> = columns.iter().map(|(header, _)| folded(header)).collect();
    for name in std::iter::once(&step.name).chain(step.values.keys()) {
        if left.contains(&folded(name)) {
            let reason = format!("there is a column `{name}` already: give the new one another name");
            hand.refuse_row(Code::AmbiguousColumn, frame.header_line, reason);
        }
    }
    columns.push((step.name.clone(), headers));
    for ((name, _), cells) in places.iter().zip(cells) {
        columns.push(((*name).to_owned(), cells));
    }
    let lines = rows.iter().filter_map(|row| frame.lines.get(*row as usize).copied()).collect();
    frame.with_columns(columns, lines)
}

/// The columns that a pattern means; `None` where there is none, which is reported.
fn of_pattern(hand: &mut Hand<'_>, step: &Unpivot, pattern: &HeaderPattern, frame: &Frame) -> Option<Wide> {
    let mut columns: Wide = Vec::new();
    let text = match pattern {
        HeaderPattern::List(names) => {
            for name in names {
                let place = hand.find(frame, name)?;
                let header = frame.header(place);
                let said = match step.day {
                    None => header.to_owned(),
                    Some(_) => {
                        if let Some(month) = months::of_header(hand.world, header, step.year) {
                            months::written(month, step.day)
                        } else if let Some(days) =
                            hand.world.week(header).or_else(|| hand.world.quarter(header))
                        {
                            written(header, days, step)
                        } else {
                            hand.refuse_row(
                                Code::BadMonth,
                                frame.header_line,
                                format!("`{header}` is no month, week or quarter"),
                            );
                            return None;
                        }
                    }
                };
                columns.push((said, place));
            }
            names.join(", ")
        }
        HeaderPattern::Pattern(text) => {
            let parsed = match Pattern::new(text) {
                Ok(parsed)
                    if !parsed.takes()
                        || matches!(parsed.names.as_slice(), [one] if PARTS.contains(&one.as_str())) =>
                {
                    parsed
                }
                Ok(_) => {
                    hand.refuse_file(
                        Code::Step,
                        format!("`{text}` must have one of {{month}}, {{date}}, {{week}}, {{quarter}} and {{text}}, or none"),
                    );
                    return None;
                }
                Err(reason) => {
                    hand.refuse_file(Code::Step, reason);
                    return None;
                }
            };
            for place in 0..frame.headers.len() {
                let header = frame.header(place);
                let Some(taken) = parsed.of(header) else { continue };
                let said = match (parsed.names.first().map(String::as_str), taken.first()) {
                    (Some("month"), Some(part)) => months::of_header(hand.world, part, step.year)
                        .map(|month| months::written(month, step.day)),
                    (Some("week"), Some(part)) => hand.world.week(part).map(|days| written(part, days, step)),
                    (Some("quarter"), Some(part)) => {
                        hand.world.quarter(part).map(|days| written(part, days, step))
                    }
                    (Some("date"), Some(part)) => hand.world.day("", part).ok().map(|day| day.to_string()),
                    // What the export reads under its own name is no column of a model or distributor.
                    (Some(_), Some(part)) => {
                        let own = |name: &String| folded(name) == folded(header);
                        (!hand.world.names().iter().any(own)).then(|| (*part).to_owned())
                    }
                    _ => Some(header.to_owned()),
                };
                columns.extend(said.map(|said| (said, place)));
            }
            text.clone()
        }
    };
    if columns.is_empty() {
        let reason =
            format!("has no column whose header is {text} (its columns: {})", frame.headers.join(", "));
        hand.refuse_row(Code::MissingColumn, frame.header_line, reason);
        return None;
    }
    for (at, (said, place)) in columns.iter().enumerate() {
        if let Some((_, first)) =
            columns.get(..at).and_then(|before| before.iter().find(|(other, _)| other == said))
        {
            let (one, other) = (frame.header(*first), frame.header(*place));
            let reason = format!("has two columns for {said}: `{one}` and `{other}`");
            hand.refuse_row(Code::AmbiguousColumn, frame.header_line, reason);
            return None;
        }
    }
    Some(columns)
}

/// Tells columns that stand among those of a pattern and are none of them, or beside them with a number in their header: a
/// month that is not written as the others would be lost.
fn between(hand: &mut Hand<'_>, frame: &Frame, step: &Unpivot, used: &[usize]) -> bool {
    let listed = step.values.values().all(|pattern| matches!(pattern, HeaderPattern::List(_)));
    let (Some(first), Some(last)) = (used.iter().min(), used.iter().max()) else { return true };
    if listed {
        return true;
    }
    let is_stray = |place: &usize| {
        let header = frame.header(*place).trim();
        let filled = || (0..frame.height()).any(|row| !frame.cell(*place, row).trim().is_empty());
        !used.contains(place) && if header.is_empty() { filled() } else { !is_sum(header) }
    };
    let numbered =
        |place: &usize| is_stray(place) && frame.header(*place).contains(|c: char| c.is_ascii_digit());
    let beside =
        first.checked_sub(1).into_iter().chain([last + 1]).filter(|place| *place < frame.headers.len());
    let strays: Vec<&str> = (*first..*last)
        .filter(is_stray)
        .chain(beside.filter(numbered))
        .map(|place| frame.header(place))
        .collect();
    if strays.is_empty() {
        return true;
    }
    let reason = format!(
        "`{}` stands among the columns to turn and is none of them; give a list of headers where that is right",
        strays.join("`, `")
    );
    hand.refuse_row(Code::Step, frame.header_line, reason);
    false
}

/// Whether a header is that of a sum over its neighbours.
fn is_sum(header: &str) -> bool {
    let text = header.to_lowercase();
    let sums =
        ["total", "sum", "ytd", "fy", "h1", "h2", "q1", "q2", "q3", "q4", "合计", "小计", "summe", "gesamt"];
    sums.iter()
        .any(|word| text.split(|c: char| !c.is_alphanumeric()).any(|part| part == *word) || text == *word)
}
