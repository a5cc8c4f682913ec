//! Reading and checking the job file.

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::Spanned;

use crate::diagnostic::Code;
use crate::error::Error;
use crate::table::Dialect;

use super::cash::Cash;
use super::date_format::DateFormat;
use super::drivers::{BUILT_IN_DRIVERS, Driver};
use super::export::Exports;
use super::plausibility::Plausibility;
use super::products::{Catalogue, Chip, Foundry, Model};
use super::reconciliation::Limits;
use super::sections::{
    Checks, Demand, Format, Job, Market, Mining, Output, Policy, Pricing, Reading, Run, Scenarios, Wafers,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    job: Run,
    exports: Exports,
    #[serde(default)]
    reading: Reading,
    #[serde(default)]
    checks: Checks,
    #[serde(default)]
    plausibility: Plausibility,
    #[serde(default)]
    reconciliation: Limits,
    #[serde(default)]
    market: Market,
    #[serde(default)]
    demand: Demand,
    #[serde(default)]
    drivers: Vec<Driver>,
    #[serde(default)]
    scenarios: Scenarios,
    #[serde(default)]
    wafers: Wafers,
    #[serde(default)]
    cash: Cash,
    #[serde(default)]
    policy: Policy,
    #[serde(default)]
    pricing: Pricing,
    #[serde(default)]
    mining: Mining,
    #[serde(default)]
    output: Output,
    models: Vec<Model>,
    chips: Vec<Chip>,
    foundries: Vec<Foundry>,
}

impl Job {
    /// Reads and checks a job file.
    ///
    /// # Errors
    /// [`Error::Job`] with the file, the line and what was expected; cross-references are all checked in one go.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::Job(format!(
                "cannot read the job file {}: {e}\nhint: give the path of a job, for example jobs/quarterly.toml",
                path.display()
            ))
        })?;
        Self::parse(&text, path)
    }

    /// Checks the text of a job file; `path` is where it came from.
    ///
    /// # Errors
    /// As [`Job::load`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let file: File = toml::from_str(text).map_err(|e| Error::Job(explain(&e, text, path)))?;
        let chip_of_model = check(&file, text, path)?;
        Ok(Self {
            path: path.to_owned(),
            sha256: format!("{:x}", Sha256::digest(text)),
            text: text.to_owned(),
            run: file.job,
            exports: file.exports,
            reading: file.reading,
            checks: file.checks,
            plausibility: file.plausibility,
            reconciliation: file.reconciliation,
            market: file.market,
            demand: file.demand,
            drivers: file.drivers,
            scenarios: file.scenarios,
            wafers: file.wafers,
            cash: file.cash,
            policy: file.policy,
            pricing: file.pricing,
            mining: file.mining,
            output: file.output,
            catalogue: Catalogue {
                models: file.models,
                chips: file.chips,
                foundries: file.foundries,
                chip_of_model: chip_of_model.into_iter().map(super::ids::ChipId).collect(),
            },
        })
    }
}

fn explain(error: &toml::de::Error, text: &str, path: &Path) -> String {
    let line = error.span().map_or(1, |span| line_of(text, span.start));
    let message = error.message();
    let hint = if message.starts_with("missing field") {
        "add the key to the section shown; jobs/quarterly.toml shows every key with its meaning"
    } else if message.starts_with("unknown field") {
        "remove the key or correct its spelling; the keys that may stand there are listed above"
    } else {
        "jobs/quarterly.toml shows every key with its meaning and an example"
    };
    format!("{}:{line}: {}\nhint: {hint}", path.display(), error.to_string().trim_end())
}

/// Line, counted from 1, of a byte offset.
fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|b| **b == b'\n').count() + 1
}

impl Job {
    /// A path of the job, which is relative to the job file, as a person would write it: `fixtures/maker` and not
    /// `jobs/../fixtures/maker`, where both are the same place.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        let full = self.path.parent().unwrap_or(Path::new("")).join(path);
        let mut short = PathBuf::new();
        for part in full.components() {
            match (part, short.components().next_back()) {
                (Component::ParentDir, Some(Component::Normal(_))) => drop(short.pop()),
                _ => short.push(part),
            }
        }
        // A link in the way makes them differ: then the path stays as it is. What is not there yet is looked for
        // where it would be made.
        let place = |path: &Path| match (path.canonicalize(), path.parent(), path.file_name()) {
            (Ok(place), _, _) => Some(place),
            (Err(_), Some(folder), Some(name)) => {
                let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
                folder.canonicalize().ok().map(|folder| folder.join(name))
            }
            _ => None,
        };
        match (place(&full), place(&short)) {
            (Some(a), Some(b)) if a == b => short,
            _ => full,
        }
    }
}

/// Everything that serde cannot see; returns each model's chip.
fn check(file: &File, text: &str, path: &Path) -> Result<Vec<usize>, Error> {
    let mut problems = String::new();
    let mut say = |offset: usize, message: String| {
        let _ = writeln!(problems, "{}:{}: {message}", path.display(), line_of(text, offset));
    };
    let start = |name: &Spanned<String>| name.span().start;

    for (key, factor) in file.plausibility.too_narrow() {
        say(key_offset(text, key), format!("{key} = {factor} must be above 1: it is a factor"));
    }
    let mut spellings: Vec<(&str, usize)> = Vec::new();
    for model in &file.models {
        let at = start(&model.name);
        for spelling in std::iter::once(model.name()).chain(model.aliases.iter().map(String::as_str)) {
            if let Some((_, earlier)) = spellings.iter().find(|(s, _)| *s == spelling) {
                let first = line_of(text, *earlier);
                say(at, format!("model `{spelling}` is already named on line {first}; give it another name"));
            }
            spellings.push((spelling, at));
        }
        if let Some(why) = unfit_name(model.name()) {
            say(at, format!("`{}` cannot be a model's name: {why}", model.name()));
        }
        if model.end_of_life < model.launch {
            say(
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
            say(
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
            say(at, format!("model `{}`: chips_per_machine must be 1 or more", model.name()));
        }
        if !file.chips.iter().any(|c| c.name() == model.chip) {
            say(
                at,
                format!(
                    "model `{}`: chip `{}` has no [[chips]] entry; add one or correct the name",
                    model.name(),
                    model.chip
                ),
            );
        }
    }
    for (place, chip) in file.chips.iter().enumerate() {
        let at = start(&chip.name);
        if file.chips[..place].iter().any(|c| c.name() == chip.name()) {
            say(at, format!("chip `{}` is named twice", chip.name()));
        }
        if let Some(why) = unfit_name(chip.name()) {
            say(at, format!("`{}` cannot be a chip's name: {why}", chip.name()));
        }
        match (chip.gross_dies_per_wafer, chip.die_area_mm2) {
            (None, None) => {
                say(at, format!("chip `{}`: give gross_dies_per_wafer or die_area_mm2", chip.name()));
            }
            (Some(0), _) => {
                say(at, format!("chip `{}`: gross_dies_per_wafer must be 1 or more", chip.name()));
            }
            _ => {}
        }
        match (chip.yield_share, chip.defects_per_cm2, chip.die_area_mm2) {
            (Some(y), _, _) if y.get() <= 0.0 => {
                say(at, format!("chip `{}`: yield must be above 0", chip.name()));
            }
            (Some(_), _, _) | (None, Some(_), Some(_)) => {}
            _ => say(at, format!("chip `{}`: give yield, or defects_per_cm2 and die_area_mm2", chip.name())),
        }
        if !file.foundries.iter().any(|f| f.chip == chip.name()) {
            say(at, format!("chip `{}`: no [[foundries]] entry makes it", chip.name()));
        }
    }
    check_foundries(file, &mut say);
    check_others(file, text, &mut say);
    if problems.is_empty() {
        let place = |m: &Model| file.chips.iter().position(|c| c.name() == m.chip).unwrap_or(0);
        Ok(file.models.iter().map(place).collect())
    } else {
        problems.push_str("hint: jobs/quarterly.toml shows every key with its meaning and an example");
        Err(Error::Job(problems))
    }
}

/// Everything but models, chips and foundries.
fn check_others(file: &File, text: &str, say: &mut impl FnMut(usize, String)) {
    check_drivers(file, say);
    check_numbers(file, |key, message| say(key_offset(text, key), message));
}

/// `[[drivers]]`: every name free, none twice.
fn check_drivers(file: &File, say: &mut impl FnMut(usize, String)) {
    for (place, driver) in file.drivers.iter().enumerate() {
        let (at, name) = (driver.name.span().start, driver.name.get_ref());
        if file.drivers[..place].iter().any(|other| other.name.get_ref() == name) {
            say(at, format!("driver `{name}` is declared twice"));
        }
        if BUILT_IN_DRIVERS.contains(&name.as_str()) {
            say(at, format!("driver `{name}` is one of wafercast's own; give yours another name"));
        }
    }
}

/// Every foundry's terms: the chip, lots, yields, dates, and that no two have the same name for the same chip.
fn check_foundries(file: &File, say: &mut impl FnMut(usize, String)) {
    for (place, foundry) in file.foundries.iter().enumerate() {
        let at = foundry.name.span().start;
        if let Some(why) = unfit_name(foundry.name()) {
            say(at, format!("`{}` cannot be a foundry's name: {why}", foundry.name()));
        }
        let same = |other: &Foundry| other.name() == foundry.name() && other.chip == foundry.chip;
        if file.foundries[..place].iter().any(same) {
            let (name, chip) = (foundry.name(), &foundry.chip);
            say(
                at,
                format!(
                    "foundry `{name}` has terms for chip `{chip}` already; give these another name, for example `{name} 2`"
                ),
            );
        }
        if let Some(chip) = file.chips.iter().find(|c| c.name() == foundry.chip) {
            let good = super::dies::good_chips_per_wafer(chip, foundry.yield_share);
            if good.is_finite() && good < 1.0 {
                say(
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
            say(at, format!("foundry `{}`: chip `{}` has no [[chips]] entry", foundry.name(), foundry.chip));
        }
        if foundry.lot_wafers == 0 {
            say(at, format!("foundry `{}`: lot_wafers must be 1 or more", foundry.name()));
        }
        if foundry.max_wafers_per_month.is_some_and(|max| max < foundry.min_wafers.max(foundry.lot_wafers)) {
            say(
                at,
                format!("foundry `{}`: max_wafers_per_month is below one lot or min_wafers", foundry.name()),
            );
        }
        if foundry.yield_share.is_some_and(|y| y.get() <= 0.0) {
            say(at, format!("foundry `{}`: yield must be above 0", foundry.name()));
        }
        if foundry.from.zip(foundry.until).is_some_and(|(from, until)| until < from) {
            say(at, format!("foundry `{}`: until is before from", foundry.name()));
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

fn check_numbers(file: &File, mut say: impl FnMut(&str, String)) {
    if !(200..=100_000).contains(&file.job.paths) {
        say("paths", format!("paths = {} must lie between 200 and 100000", file.job.paths));
    }
    if let Some(as_of) = file.job.as_of
        && crate::domain::month_end(as_of).is_none()
    {
        say("as_of", format!("as_of = {as_of} must be the last day of a month"));
    }
    if file.wafers.assembly_loss.get() > 0.9 {
        say("assembly_loss", "assembly_loss must be at most 0.9".to_owned());
    }
    for (key, value, most) in [
        ("rate_months", file.demand.rate_months, 240),
        ("mix_months", file.demand.mix_months, 240),
        ("past_due_months", file.demand.past_due_months, 120),
        ("volatility_months", file.market.volatility_months, 240),
        ("review_months", file.wafers.review_months, 12),
    ] {
        if value == 0 || value > most {
            say(key, format!("{key} = {value} must lie between 1 and {most}"));
        }
    }
    if !(1..=36).contains(&file.policy.delivery_months) {
        say(
            "delivery_months",
            format!("delivery_months = {} must lie between 1 and 36", file.policy.delivery_months),
        );
    }
    if !(1..=120).contains(&file.mining.months) {
        say("months", format!("months = {} must lie between 1 and 120", file.mining.months));
    }
    if file.mining.hashprice_decline_per_month.get() >= 1.0 {
        say("hashprice_decline_per_month", "hashprice_decline_per_month must be below 1".to_owned());
    }
    for (key, months) in
        [("assembly_months", file.wafers.assembly_months), ("packaging_months", file.wafers.packaging_months)]
    {
        if months > 12 {
            say(key, format!("{key} = {months} must lie between 0 and 12"));
        }
    }
    if file.wafers.overdue_days > 3660 {
        say("overdue_days", format!("overdue_days = {} must be at most 3660", file.wafers.overdue_days));
    }
    if file.wafers.capital_rate_per_month.get() > 0.2 {
        say(
            "capital_rate_per_month",
            format!(
                "capital_rate_per_month = {} must lie between 0 and 0.2; write 0.01 for 1% a month",
                file.wafers.capital_rate_per_month.get()
            ),
        );
    }
    check_output(&file.output, &mut say);
    check_exports(file, &mut say);
    let given = &file.scenarios;
    for (key, path) in [
        ("bear", &given.bear),
        ("base", &given.base),
        ("bull", &given.bull),
        ("bear_difficulty", &given.bear_difficulty),
        ("base_difficulty", &given.base_difficulty),
        ("bull_difficulty", &given.bull_difficulty),
    ] {
        if let Some(path) = path
            && path.len() != 12
        {
            say(key, format!("{key} has {} numbers; write 12, one a month ahead", path.len()));
        }
    }
    if file.models.is_empty() {
        say("models", "models is empty; add at least one [[models]] entry".to_owned());
    }
}

fn check_output(output: &Output, say: &mut impl FnMut(&str, String)) {
    if !output.formats.iter().any(|format| matches!(format, Format::Csv | Format::Parquet)) {
        let why = "the next run reads this one's tables from them";
        say("formats", format!("formats must have \"csv\", \"parquet\" or both: {why}"));
    }
    if let Some(twice) =
        output.formats.iter().enumerate().find(|(place, f)| output.formats[..*place].contains(f))
    {
        say("formats", format!("formats has {:?} twice", twice.1).to_lowercase());
    }
    let Dialect { delimiter, decimal_mark, .. } = output.dialect();
    if !matches!(delimiter, ',' | ';' | '|' | '\t') {
        say(
            "csv_delimiter",
            format!("csv_delimiter = `{delimiter}` must be one of , ; | or a tab (\"\\t\")"),
        );
    }
    if !matches!(decimal_mark, '.' | ',') {
        say("csv_decimal_mark", format!("csv_decimal_mark = `{decimal_mark}` must be . or ,"));
    }
    if delimiter == decimal_mark {
        say(
            "csv_decimal_mark",
            format!(
                "csv_decimal_mark = `{decimal_mark}` is the csv_delimiter too: a reader could not tell decimals from cells; write csv_delimiter = \";\""
            ),
        );
    }
}

fn check_exports(file: &File, say: &mut impl FnMut(&str, String)) {
    for (_, export) in file.exports.all() {
        if let Some(delimiter) = export.delimiter
            && !matches!(delimiter, ',' | ';' | '|' | '\t')
        {
            say("delimiter", format!("delimiter = `{delimiter}` must be one of , ; | or a tab"));
        }
        if let Some(mark) = export.decimal_mark
            && !matches!(mark, '.' | ',')
        {
            say("decimal_mark", format!("decimal_mark = `{mark}` must be . or ,"));
        }
        if let Some(label) = &export.encoding
            && encoding_rs::Encoding::for_label(label.as_bytes()).is_none()
        {
            say(
                "encoding",
                format!(
                    "encoding = `{label}` is not known; write for example utf-8, utf-16le, gb18030 or windows-1252"
                ),
            );
        }
        let declared = || export.date_format.iter().chain(export.date_formats.values());
        if declared().any(|form| form.each().is_empty()) {
            say(
                "date_format",
                "date_format = [] has no form; write for example %d.%m.%Y, or leave it out".to_owned(),
            );
        }
        if export
            .suffixes
            .keys()
            .any(|suffix| suffix.trim().is_empty() || suffix.starts_with(|c: char| c.is_ascii_digit()))
        {
            say("suffixes", "suffixes must not be empty and not begin with a digit".to_owned());
        }
        if let Some(both) = export.usd_per.keys().find(|code| export.per_usd.contains_key(*code)) {
            say("per_usd", format!("per_usd and usd_per both give {both}; leave one out"));
        }
        for form in declared().flat_map(DateFormat::each) {
            if let DateFormat::Pattern(pattern) = form
                && let Err(reason) = crate::domain::date_form::readable_dates(pattern)
            {
                say(
                    "date_format",
                    format!(
                        "date_format = `{pattern}` {reason}; write for example %d.%m.%Y, serial or epoch_ms"
                    ),
                );
            }
        }
    }
    for code in file.checks.0.keys() {
        if !Code::CHECKS.iter().any(|check| check.name() == code) {
            let known: Vec<&str> = Code::CHECKS.iter().map(|check| check.name()).collect();
            say(
                code,
                format!("`{code}` is not a check whose severity can be set (known: {})", known.join(", ")),
            );
        }
    }
}

/// Offset of the line on which `key` is set; the file's start when it is not set there.
fn key_offset(text: &str, key: &str) -> usize {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        if trimmed.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')) {
            return offset;
        }
        offset += line.len();
    }
    0
}
