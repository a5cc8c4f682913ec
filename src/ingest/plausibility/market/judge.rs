//! Days of hashprice and difficulty that cannot be right.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{Duration, NaiveDate};

use crate::diagnostic::{Code, Place, Severity};
use crate::domain::{Difficulty, subsidy_btc};
use crate::ingest::files::locations::Located;
use crate::ingest::market::identity::unit_slip;
use crate::ingest::market::said::Said;
use crate::ingest::market::series::{self, Daily, Kind, Series};
use crate::ingest::plausibility::median::median;
use crate::ingest::rows::reading::Reading;
use crate::job::{CheckSeverity, Job};

use super::bounds::{self, Quantity, usual};
use super::units::looks_like;
use super::{days, still};

/// The market exports as they were read.
#[derive(Clone, Copy)]
pub(in crate::ingest) struct Feeds<'a> {
    pub difficulty: Option<(&'a Located, &'a Series)>,
    pub hashprice: Option<(&'a Located, &'a Series)>,
}

/// What is used of the market exports.
#[derive(Default, Debug)]
pub(in crate::ingest) struct Judged {
    pub difficulty: Vec<Daily>,
    pub hashprice: Vec<Daily>,
    /// Days that are not used, by export.
    pub left_out: Vec<(&'static str, NaiveDate)>,
    /// Whether hashprice may be held against prices of orders.
    pub sound: bool,
}

/// Factor between two sources of one day beyond which they contradict each other. Of days since 2014 difficulty and the
/// hashrate of the blocks found were apart by 2.48 at most (2021-06-27), hashprice and price by 3.97 (fees of 2024-04-20).
const CONTRADICTS: f64 = 5.0;

/// Factor from one week of difficulty to the next that no retarget makes: they may move it by 4, and since 2014 have moved it
/// by 1.26 (2014-01-13) and 1 / 1.39 (2021-07-03) at most. Where it is estimated from hashrate, by 1.56 (2017-08-29).
const LEAP: f64 = 1.5;

/// The same upwards, of difficulty itself: a source that is 1.4 times another is told.
const RISE: f64 = 1.33;
const ESTIMATED_LEAP: f64 = 1.8;

/// Sources of a day within this factor agree: the move is real, however large.
const AGREES: f64 = 2.0;

/// Days within which more than this share of wrong ones is no slip.
const RECENT_DAYS: i64 = 730;
const MOST_WRONG: f64 = 0.05;

/// Days looked back for a feed that stands still: what growth and volatility are measured on.
const STILL_SINCE_DAYS: i64 = 1830;

/// Judges both exports; what cannot be right is told, and left out where it is rare.
pub(in crate::ingest) fn judge(
    reading: &mut Reading<'_>,
    feeds: Feeds<'_>,
    job: &Job,
    as_of: NaiveDate,
) -> Judged {
    let mut judged = Judged::default();
    let said: Vec<Said> =
        [feeds.difficulty, feeds.hashprice].into_iter().flatten().flat_map(|(_, s)| s.said.clone()).collect();
    let mut sound = true;
    if let Some((located, series)) = feeds.difficulty {
        let points: Vec<Daily> =
            series.points.iter().map(|p| Daily { date: p.date, value: p.value }).collect();
        let sources = said.iter().filter_map(|s| Some((s.date, s.difficulty?))).collect();
        let feed = Feed { quantity: Quantity::Difficulty, located, series, days: points, sources };
        let kept = feed.judge(reading, &mut judged, job, as_of);
        sound = kept.is_some();
        let mut series = series.clone();
        if let Some(kept) = kept {
            series.points.retain(|p| kept.binary_search_by_key(&p.date, |d| d.date).is_ok());
        }
        judged.difficulty = series::difficulty(&series, as_of);
    }
    if let Some((located, series)) = feeds.hashprice {
        let days = series::hashprice(series, &judged.difficulty);
        judged.hashprice.clone_from(&days);
        if series.kind == Kind::Revenue && !sound {
            return judged;
        }
        let mut sources: BTreeMap<NaiveDate, f64> = BTreeMap::new();
        for said in &said {
            let by_price = || {
                let hashrate = difficulty_of(&judged.difficulty, said.date)?.hashrate().as_ph();
                Some(144.0 * subsidy_btc(said.date, job.market.next_halving) * said.price? / hashrate)
            };
            let by_price = if sound { by_price() } else { None };
            if let Some(value) = said.hashprice.or(by_price) {
                sources.entry(said.date).or_insert(value);
            }
        }
        let feed = Feed { quantity: Quantity::Hashprice, located, series, days, sources };
        if let Some(kept) = feed.judge(reading, &mut judged, job, as_of) {
            judged.hashprice = kept;
            judged.sound = sound;
        }
    }
    judged
}

fn difficulty_of(days: &[Daily], date: NaiveDate) -> Option<Difficulty> {
    let place = days.partition_point(|d| d.date <= date).checked_sub(1)?;
    let day = days.get(place).filter(|d| (date - d.date).num_days() <= 7)?;
    Difficulty::new(day.value)
}

/// One export under judgement.
struct Feed<'a> {
    quantity: Quantity,
    located: &'a Located,
    series: &'a Series,
    days: Vec<Daily>,
    /// What another column or export says of a day.
    sources: BTreeMap<NaiveDate, f64>,
}

/// Why a day cannot be right, and what it was held against.
struct Wrong {
    place: usize,
    expected: f64,
    against: &'static str,
}

impl Feed<'_> {
    /// The days that may be used; `None` when the export as a whole cannot be right, which is told.
    fn judge(
        &self,
        reading: &mut Reading<'_>,
        judged: &mut Judged,
        job: &Job,
        as_of: NaiveDate,
    ) -> Option<Vec<Daily>> {
        let limits = &job.plausibility;
        self.zeros(reading);
        self.still(reading, as_of);
        if reading.checks.0.get(Code::ImplausibleMarket.name()) == Some(&CheckSeverity::Off) {
            return Some(self.days.clone());
        }
        let outside: Vec<Option<f64>> =
            self.days.iter().map(|day| self.outside(day, limits.market_factor.get())).collect();
        if let Some(place) = self.whole(&outside) {
            let (code, reason) = self.of_the_whole(place, judged, job);
            reading.check(code, Severity::Error, Place::file(&self.place(place).path), reason);
            return None;
        }
        // Difficulty itself does not move within an epoch: a day of it that stands out is a wrong one.
        let exact = self.series.kind == Kind::Difficulty;
        let day_factor = if exact { limits.day_factor.get().min(LEAP) } else { limits.day_factor.get() };
        let wrong = self.wrong(&outside, day_factor, limits.market_factor.get());
        let mut kept = vec![true; self.days.len()];
        for wrong in &wrong {
            kept[wrong.place] = false;
        }
        let stopped = self.told(reading, job, (&wrong, as_of));
        if !stopped {
            let days = wrong.iter().map(|wrong| (self.quantity.name(), self.days[wrong.place].date));
            judged.left_out.extend(days);
        }
        let real = |place: usize| {
            self.agreed(place) && place.checked_sub(1).is_some_and(|before| self.agreed(before))
        };
        if let Some((place, factor)) =
            days::step(&self.days, &kept, days::STEP).filter(|(place, _)| !real(*place))
        {
            let day = &self.days[place];
            let name = looks_like(self.series.taken(), factor, self.series.per, None)
                .map_or_else(String::new, |name| format!(", as if it went on as {name}"));
            let reason = format!(
                "from {} on values are about {} times those of the week before, more than a market moves{name}: the export must be in one unit and currency throughout",
                day.date,
                number(factor)
            );
            reading.check(Code::ImplausibleMarket, Severity::Error, self.place(place), reason);
            return None;
        }
        if let Some((place, factor)) = self.leap(&kept).filter(|(place, _)| !real(*place)) {
            let day = self.days[place].date;
            let reason = match self.quantity {
                Quantity::Difficulty => format!(
                    "from {day} on difficulty is about {factor:.2} times what it was before; since 2014 no retarget has moved it by more than x1.26 or /1.39: look whether the source changed"
                ),
                Quantity::Hashprice => format!(
                    "from {day} on hashprice is about {factor:.2} times that of the week before; since 2014 the market has moved it by x1.44 and, at a halving, x0.49 at most: look whether its unit or source changed"
                ),
            };
            reading.check(Code::ImplausibleMarket, Severity::Warning, self.place(place), reason);
        }
        (!stopped)
            .then(|| self.days.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(day, _)| *day).collect())
    }

    /// A change that no retarget, or no market, has made, and that is no change of unit either.
    fn leap(&self, kept: &[bool]) -> Option<(usize, f64)> {
        if self.quantity == Quantity::Hashprice {
            return days::step(&self.days, kept, days::LEAP_OF_HASHPRICE);
        }
        if self.series.kind != Kind::Retargets {
            let exact = self.series.kind == Kind::Difficulty;
            let limits = if exact { (LEAP, RISE) } else { (ESTIMATED_LEAP, ESTIMATED_LEAP) };
            return days::step(&self.days, kept, limits);
        }
        let factor =
            |place: usize| Some(self.days.get(place)?.value / self.days.get(place.checked_sub(1)?)?.value);
        let leaps = (1..self.days.len()).filter(|place| kept[*place] && kept[*place - 1]);
        let leaps = leaps.filter_map(|place| Some((place, factor(place)?)));
        leaps
            .filter(|(_, by)| *by > RISE || *by < 1.0 / LEAP)
            .max_by(|a, b| a.1.ln().abs().total_cmp(&b.1.ln().abs()))
    }

    /// Whether another source has about the same for a day.
    fn agreed(&self, place: usize) -> bool {
        let source = self.days.get(place).and_then(|day| Some(day.value / self.sources.get(&day.date)?));
        source.is_some_and(|apart| apart.ln().abs() < AGREES.ln())
    }

    /// How far a day is outside what is known of it, in logarithms; `None` inside.
    fn outside(&self, day: &Daily, factor: f64) -> Option<f64> {
        let usual = usual(self.quantity, day.date)?;
        let off = day.value.ln() - usual.log;
        (off.abs() > factor.ln() + usual.wider).then_some(off)
    }

    /// A day of the newest year, when most of that year is outside: then it is the whole export.
    fn whole(&self, outside: &[Option<f64>]) -> Option<usize> {
        let newest = self.days.last()?.date;
        let start = self.days.partition_point(|day| day.date <= newest - Duration::days(365));
        let year = outside.get(start..)?;
        let wrong = year.iter().flatten().count();
        (2 * wrong > year.len()).then_some(start)
    }

    fn of_the_whole(&self, start: usize, judged: &mut Judged, job: &Job) -> (Code, String) {
        let mut off: Vec<f64> = self.days[start..]
            .iter()
            .filter_map(|day| Some(day.value.ln() - usual(self.quantity, day.date)?.log))
            .collect();
        let off = median(&mut off).unwrap_or_default().exp();
        let newest = self.days[self.days.len() - 1];
        let halving = job.market.next_halving;
        let price = bounds::price(newest.date, halving);
        let name = looks_like(self.series.taken(), off, self.series.per, price);
        if self.quantity == Quantity::Hashprice
            && name.as_ref().is_none_or(|name| name.starts_with("USD per"))
            && let Some(slip) = unit_slip(
                &self.days,
                &judged.difficulty,
                halving,
                self.series.kind == Kind::Revenue,
                &self.place(start).path,
            )
        {
            return (slip.code, slip.reason);
        }
        let known = usual(self.quantity, newest.date).map_or(0.0, |usual| usual.log.exp());
        let name = name.map_or_else(
            || "no unit explains it: check what the values are".to_owned(),
            |name| format!("it looks like {name}"),
        );
        let reason = format!(
            "its {} of the newest year cannot be: about {} on {}, where {} was near {} (off by a factor of {}); {name}",
            self.quantity.name(),
            number(newest.value),
            newest.date,
            self.quantity.name(),
            number(known),
            number(off)
        );
        (Code::UnitSlip, reason)
    }

    /// Every day that cannot be right.
    fn wrong(&self, outside: &[Option<f64>], day_factor: f64, market_factor: f64) -> Vec<Wrong> {
        let inside: Vec<bool> = outside.iter().map(Option::is_none).collect();
        let source = |day: &Daily| {
            let value = *self.sources.get(&day.date)?;
            // Another source that is itself outside what is known tells nothing of this one.
            self.outside(&Daily { date: day.date, value }, market_factor).is_none().then_some(value)
        };
        let mut wrong = Vec::new();
        for (place, day) in self.days.iter().enumerate() {
            let Some(usual) = usual(self.quantity, day.date) else { continue };
            let source = source(day);
            let apart = source.map(|value| (day.value / value).ln());
            if let Some(off) = outside[place] {
                let expected = (day.value.ln() - off).exp();
                wrong.push(Wrong { place, expected, against: "what is known of its day" });
                continue;
            }
            if let (Some(apart), Some(source)) = (apart, source)
                && apart.abs() > CONTRADICTS.ln() + usual.wider
            {
                let against = "what another column or export says of the same day";
                wrong.push(Wrong { place, expected: source, against });
                continue;
            }
            let alone = days::spike(&self.days, &inside, place);
            if alone.abs() > day_factor.ln() && apart.is_none_or(|apart| apart.abs() > AGREES.ln()) {
                let expected = (day.value.ln() - alone).exp();
                wrong.push(Wrong { place, expected, against: "the days around it" });
            }
        }
        wrong
    }

    /// Tells the wrong days; whether they stop the run.
    fn told(&self, reading: &mut Reading<'_>, job: &Job, (wrong, as_of): (&[Wrong], NaiveDate)) -> bool {
        let longest = Duration::days(i64::from(job.reading.stale_days));
        let mut stopped = false;
        for run in wrong.chunk_by(|a, b| a.place + 1 == b.place) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let (from, until) = (self.days[first.place].date, self.days[last.place].date);
            if until - from < longest {
                continue;
            }
            stopped = true;
            let mut off: Vec<f64> =
                run.iter().map(|w| (self.days[w.place].value / w.expected).ln()).collect();
            let off = median(&mut off).unwrap_or_default().exp();
            let price = bounds::price(until, job.market.next_halving);
            let name = looks_like(self.series.taken(), off, self.series.per, price)
                .map_or_else(String::new, |name| format!("; they look like {name}"));
            let reason = format!(
                "from {from} to {until} (line {}), {} days, values are about {} times {}{name}: the export must be in one unit throughout",
                self.place(last.place).line,
                run.len(),
                number(off),
                first.against
            );
            reading.check(Code::ImplausibleMarket, Severity::Error, self.place(first.place), reason);
        }
        let recent = |date: NaiveDate| date > as_of - Duration::days(RECENT_DAYS);
        let all = self.days.iter().filter(|day| recent(day.date)).count();
        let bad = wrong.iter().filter(|w| recent(self.days[w.place].date)).count();
        if !stopped && bad as f64 > (MOST_WRONG * all as f64).max(2.0) {
            stopped = true;
            let reason = format!(
                "{bad} of the {all} days of the last two years cannot be right, this the first: too many to leave out"
            );
            let first = wrong.iter().find(|w| recent(self.days[w.place].date)).map_or(0, |w| w.place);
            reading.check(Code::ImplausibleMarket, Severity::Error, self.place(first), reason);
        }
        if stopped {
            return true;
        }
        for wrong in wrong {
            let day = self.days[wrong.place];
            let place = self.place(wrong.place);
            let reason = format!(
                "of {} is {} times {} ({}) and is left out",
                day.date,
                number(day.value / wrong.expected),
                wrong.against,
                number(wrong.expected)
            );
            reading.check(Code::ImplausibleMarket, Severity::Warning, place, reason);
        }
        false
    }

    /// Days without value that are written as 0, after the first day with one.
    fn zeros(&self, reading: &mut Reading<'_>) {
        let Some(first) = self.days.first() else { return };
        let later: Vec<_> = self.series.zeros.iter().filter(|(date, _)| *date > first.date).collect();
        if let Some((date, line)) = later.iter().min() {
            let place = Place { line: *line, ..Place::file(&self.path(*date, *line)) };
            let reason = format!(
                "{} day(s) have a {} of 0, which is taken for no value, the first {date}",
                later.len(),
                self.quantity.name()
            );
            reading.check(Code::ImplausibleMarket, Severity::Warning, place, reason);
        }
    }

    fn still(&self, reading: &mut Reading<'_>, as_of: NaiveDate) {
        let since = as_of - Duration::days(STILL_SINCE_DAYS);
        let Some(run) = still::still(&self.days, since) else { return };
        let at = self.days.partition_point(|day| day.date < run.first);
        let end = if self.days.last().is_some_and(|day| day.date == run.last) {
            "up to its end: it may have stopped being filled"
        } else {
            "which is longer than a difficulty epoch"
        };
        let reason = format!(
            "stands still from {} to {}, {} days, {end}",
            run.first,
            run.last,
            (run.last - run.first).num_days() + 1
        );
        reading.check(Code::FlatFeed, Severity::Warning, self.place(at), reason);
    }

    fn path(&self, date: NaiveDate, line: u64) -> PathBuf {
        let file = self.series.files.get(&(date, line)).copied().unwrap_or(0);
        self.located.files.get(file).cloned().unwrap_or_default()
    }

    /// File, line and cell of a day.
    fn place(&self, day: usize) -> Place {
        let Some(day) = self.days.get(day) else { return Place::default() };
        let at = self.series.points.partition_point(|p| p.date < day.date);
        let Some(point) = self.series.points.get(at) else { return Place::default() };
        Place {
            path: self.path(point.date, point.line),
            line: point.line,
            column: self.quantity.name().to_owned(),
            value: number(point.value),
        }
    }
}

/// A number of any size, short.
fn number(value: f64) -> String {
    if (1e-3..1e6).contains(&value.abs()) {
        let text = format!("{value:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        format!("{value:.3e}")
    }
}
