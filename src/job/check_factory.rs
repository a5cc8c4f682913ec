//! `[factory]` and `[[parts]]`: months that are months, parts of models that there are.

use super::file::File;
use super::problems::Problems;

/// Adds what is wrong with them.
pub(super) fn check_factory(file: &File, problems: &mut Problems<'_>) {
    for month in file.factory.months.keys().filter(|month| !is_month(month)) {
        problems.key("factory", "months", format!("months: `{month}` is not a month; write it as 2026-02"));
    }
    if let Some(within) = file.factory.level_within.filter(|within| !(0.0..=1.0).contains(within)) {
        problems.key(
            "factory",
            "level_within",
            format!(
                "level_within: {within} is not a share of the mean month; write one from 0 to 1, such as 0.2"
            ),
        );
    }
    for (place, part) in file.parts.iter().enumerate() {
        let (at, name) = (part.name.span().start, part.name());
        if name.trim().is_empty() {
            problems.at(at, "a part has a name; write one");
        }
        if file.parts[..place].iter().any(|other| other.name() == name) {
            problems.at(at, format!("part `{name}` is named twice"));
        }
        if part.per_machine.is_empty() {
            problems
                .at(at, format!("part `{name}`: per_machine names no model; write {{ \"MODEL\" = pieces }}"));
        }
        for (model, pieces) in &part.per_machine {
            if !file.models.iter().any(|m| m.name() == model) {
                problems.at(at, format!("part `{name}`: per_machine names `{model}`, which has no [[models]] entry; add one or correct the name"));
            }
            if *pieces == 0 {
                problems.at(at, format!("part `{name}`: per_machine of `{model}` is 0; write 1 or more, or leave the model out"));
            }
        }
        for month in part.arrivals.keys().filter(|month| !is_month(month)) {
            problems
                .at(at, format!("part `{name}`: arrivals: `{month}` is not a month; write it as 2026-02"));
        }
    }
}

/// Whether a key is a month as it is looked up: to the letter.
fn is_month(key: &str) -> bool {
    key.parse::<crate::domain::Month>().is_ok_and(|month| month.to_string() == key)
}
