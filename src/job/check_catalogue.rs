//! Models, chips and foundries of a job file: every name that one uses is defined in another, and no number contradicts
//! another.

use super::file::File;
use super::problems::Problems;
use super::products::Foundry;

/// Adds what is wrong with models, chips and foundries.
pub(super) fn check_catalogue(file: &File, problems: &mut Problems<'_>) {
    if file.models.is_empty() {
        problems.at(0, "models is empty; add at least one [[models]] entry");
    }
    check_models(file, problems);
    check_roadmap(file, problems);
    check_shares(file, problems);
    check_chips(file, problems);
    check_foundries(file, problems);
}

/// Every model: its names, dates and chip.
fn check_models(file: &File, problems: &mut Problems<'_>) {
    let mut spellings: Vec<(&str, usize)> = Vec::new();
    for model in &file.models {
        let at = model.name.span().start;
        for spelling in std::iter::once(model.name()).chain(model.aliases.iter().map(String::as_str)) {
            if let Some((_, earlier)) = spellings.iter().find(|(s, _)| *s == spelling) {
                let first = problems.line(*earlier);
                problems.at(
                    at,
                    format!("model `{spelling}` is already named on line {first}; give it another name"),
                );
            }
            spellings.push((spelling, at));
        }
        if let Some(why) = unfit_name(model.name()) {
            problems.at(at, format!("`{}` cannot be a model's name: {why}", model.name()));
        }
        if model.end_of_life < model.launch {
            problems.at(
                at,
                format!(
                    "model `{}`: end_of_life {} is before launch {}",
                    model.name(),
                    model.end_of_life,
                    model.launch
                ),
            );
        }
        if let Some(last) = model.last_sale.filter(|last| *last > model.end_of_life || *last < model.launch) {
            problems.at(
                at,
                format!(
                    "model `{}`: last_sale {last} is not from its launch {} to its end_of_life {}",
                    model.name(),
                    model.launch,
                    model.end_of_life
                ),
            );
        }
        if model.chips_per_machine == 0 {
            problems.at(at, format!("model `{}`: chips_per_machine must be 1 or more", model.name()));
        }
        if !file.chips.iter().any(|c| c.name() == model.chip) {
            problems.at(
                at,
                format!(
                    "model `{}`: chip `{}` has no [[chips]] entry; add one or correct the name",
                    model.name(),
                    model.chip
                ),
            );
        }
    }
}

/// What a model says of the one that it follows, and of its launch.
fn check_roadmap(file: &File, problems: &mut Problems<'_>) {
    let named = |name: &str| file.models.iter().find(|m| m.name() == name);
    for model in &file.models {
        let (at, name) = (model.name.span().start, model.name());
        if model.launch_slip_months > 24 {
            problems.at(
                at,
                format!("model `{name}`: launch_slip_months is {}; write 0 to 24", model.launch_slip_months),
            );
        }
        let Some(predecessor) = &model.predecessor else {
            if model.substitution_share.get() < 1.0 {
                problems.at(
                    at,
                    format!(
                        "model `{name}`: substitution_share is of its predecessor; name one, or leave it out"
                    ),
                );
            }
            continue;
        };
        if named(predecessor).is_none() {
            problems.at(at, format!("model `{name}`: predecessor `{predecessor}` has no [[models]] entry; add one or correct the name"));
        }
        if model.new_model_share.is_some() {
            problems.at(
                at,
                format!(
                    "model `{name}`: new_model_share and predecessor both say what it takes; keep one of them"
                ),
            );
        }
        let before = |of: &str| named(of).and_then(|m| m.predecessor.as_deref());
        let mut chain =
            std::iter::successors(Some(predecessor.as_str()), |of| before(of)).take(file.models.len());
        if chain.any(|of| of == name) {
            problems.at(at, format!("model `{name}` follows itself, by way of its predecessor `{predecessor}`; a predecessor came before"));
        }
    }
}

/// Models that follow the same one say how it is shared among them.
fn check_shares(file: &File, problems: &mut Problems<'_>) {
    for of in &file.models {
        let follow = || file.models.iter().filter(|m| m.predecessor.as_deref() == Some(of.name()));
        let sum: f64 = follow().map(|model| model.substitution_share.get()).sum();
        // Decimals of a job add up to the last bit or so.
        if let (true, Some(last)) = (sum > 1.0 + 1e-9, follow().next_back()) {
            let names: Vec<&str> = follow().map(super::products::Model::name).collect();
            problems.at(
                last.name.span().start,
                format!(
                    "models {} follow `{}` and together take {sum} of it, more than all; give each its substitution_share",
                    names.join(", "),
                    of.name()
                ),
            );
        }
    }
}

/// Every chip: its name, dies and yield, and that a foundry makes it.
fn check_chips(file: &File, problems: &mut Problems<'_>) {
    for (place, chip) in file.chips.iter().enumerate() {
        let at = chip.name.span().start;
        if file.chips[..place].iter().any(|c| c.name() == chip.name()) {
            problems.at(at, format!("chip `{}` is named twice", chip.name()));
        }
        if let Some(why) = unfit_name(chip.name()) {
            problems.at(at, format!("`{}` cannot be a chip's name: {why}", chip.name()));
        }
        match (chip.gross_dies_per_wafer, chip.die_area_mm2) {
            (None, None) => {
                problems.at(at, format!("chip `{}`: give gross_dies_per_wafer or die_area_mm2", chip.name()));
            }
            (Some(0), _) => {
                problems.at(at, format!("chip `{}`: gross_dies_per_wafer must be 1 or more", chip.name()));
            }
            _ => {}
        }
        match (chip.yield_share, chip.defects_per_cm2, chip.die_area_mm2) {
            (Some(y), _, _) if y.get() <= 0.0 => {
                problems.at(at, format!("chip `{}`: yield must be above 0", chip.name()));
            }
            (Some(_), _, _) | (None, Some(_), Some(_)) => {}
            _ => problems
                .at(at, format!("chip `{}`: give yield, or defects_per_cm2 and die_area_mm2", chip.name())),
        }
        if !file.foundries.iter().any(|f| f.chip == chip.name()) {
            problems.at(at, format!("chip `{}`: no [[foundries]] entry makes it", chip.name()));
        }
    }
}

/// Every foundry's terms: the chip, lots, yields, dates, and that no two have the same name for the same chip.
fn check_foundries(file: &File, problems: &mut Problems<'_>) {
    for (place, foundry) in file.foundries.iter().enumerate() {
        let at = foundry.name.span().start;
        if let Some(why) = unfit_name(foundry.name()) {
            problems.at(at, format!("`{}` cannot be a foundry's name: {why}", foundry.name()));
        }
        let same = |other: &Foundry| other.name() == foundry.name() && other.chip == foundry.chip;
        if file.foundries[..place].iter().any(same) {
            let (name, chip) = (foundry.name(), &foundry.chip);
            problems.at(
                at,
                format!(
                    "foundry `{name}` has terms for chip `{chip}` already; give these another name, for example `{name} 2`"
                ),
            );
        }
        if let Some(chip) = file.chips.iter().find(|c| c.name() == foundry.chip) {
            let good = super::dies::good_chips_per_wafer(chip, foundry.yield_share);
            if good.is_finite() && good < 1.0 {
                problems.at(
                    at,
                    format!(
                        "foundry `{}`: a wafer gives {good:.3e} good chips of `{}`, fewer than 1; correct dies, die area, defects or yield",
                        foundry.name(),
                        chip.name()
                    ),
                );
            }
        }
        if !file.chips.iter().any(|c| c.name() == foundry.chip) {
            problems.at(
                at,
                format!("foundry `{}`: chip `{}` has no [[chips]] entry", foundry.name(), foundry.chip),
            );
        }
        if foundry.reservation_fee_usd.get() > 0.0 && foundry.max_wafers_per_month.is_none() {
            problems.at(
                at,
                format!(
                    "foundry `{}`: reservation_fee_usd is for the wafers of max_wafers_per_month; give both, or none",
                    foundry.name()
                ),
            );
        }
        let mut steps = foundry.cancellation.clone();
        steps.sort_by_key(|step| std::cmp::Reverse(step.months_before_due));
        if steps.windows(2).any(|two| {
            two[0].months_before_due == two[1].months_before_due
                || two[0].forfeit_share > two[1].forfeit_share
        }) {
            problems.at(
                at,
                format!(
                    "foundry `{}`: cancellation has two steps of the same months, or loses less the later it is; correct months_before_due and forfeit_share",
                    foundry.name()
                ),
            );
        }
        if foundry.lot_wafers == 0 {
            problems.at(at, format!("foundry `{}`: lot_wafers must be 1 or more", foundry.name()));
        }
        if foundry.max_wafers_per_month.is_some_and(|max| max < foundry.min_wafers.max(foundry.lot_wafers)) {
            problems.at(
                at,
                format!("foundry `{}`: max_wafers_per_month is below one lot or min_wafers", foundry.name()),
            );
        }
        if foundry.yield_share.is_some_and(|y| y.get() <= 0.0) {
            problems.at(at, format!("foundry `{}`: yield must be above 0", foundry.name()));
        }
        if foundry.from.zip(foundry.until).is_some_and(|(from, until)| until < from) {
            problems.at(at, format!("foundry `{}`: until is before from", foundry.name()));
        }
    }
}

/// Why a name would be mistaken in the tables or in the exports; `None` when it would not.
fn unfit_name(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        Some("it is empty")
    } else if name == "ALL" || name == "ANY" {
        Some("ALL stands for the sum of all, ANY for whichever of them")
    } else if name.trim() != name {
        Some("it begins or ends with a blank, which exports are read without")
    } else if name.contains(crate::text::acts) {
        Some("it holds a control character, a new line or a mark that cannot be seen")
    } else {
        None
    }
}
