//! Days of hashprice and difficulty that cannot be right.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};

use crate::diagnostic::{Code, Place, Severity};
use crate::domain::{Difficulty, hashprice_at, subsidy_btc};
use crate::ingest::files::locations::Located;
use crate::ingest::market::said::Said;
use crate::ingest::market::series::{self, Daily, Kind, Series};
use crate::ingest::rows::reading::Reading;
use crate::job::{CheckSeverity, Job};

use super::bounds::{Quantity, usual};
use super::days;
use super::feed::{AGREES, Feed, Wrong, number};
use super::units::looks_like;

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

/// The same upwards, of difficulty itself: a source that is 1.4 times another is reported.
const RISE: f64 = 1.33;
const ESTIMATED_LEAP: f64 = 1.8;

/// Judges both exports; what cannot be right is reported, and left out where it is rare.
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
                let hashrate = difficulty_of(&judged.difficulty, said.date)?.hashrate();
                Some(hashprice_at(said.price?, hashrate, subsidy_btc(said.date, job.market.next_halving)))
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
    let index = days.partition_point(|d| d.date <= date).checked_sub(1)?;
    let day = days.get(index).filter(|d| (date - d.date).num_days() <= 7)?;
    Difficulty::new(day.value)
}

impl Feed<'_> {
    /// The days that may be used; `None` when the export as a whole cannot be right, which is reported.
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
        self.repeated(reading, as_of);
        if reading.checks.0.get(Code::ImplausibleMarket.name()) == Some(&CheckSeverity::Off) {
            return Some(self.days.clone());
        }
        let outside: Vec<Option<f64>> =
            self.days.iter().map(|day| self.outside(day, limits.market_factor.get())).collect();
        if let Some(place) = self.whole(&outside) {
            let (code, reason) = self.of_the_whole(place, &judged.difficulty, job);
            reading.check(code, Severity::Error, Place::file(&self.place(place).path), reason);
            return None;
        }
        // Difficulty itself does not move within an epoch: a day of it that stands out is a wrong one.
        let exact = self.series.kind == Kind::Difficulty;
        let day_factor = if exact { limits.day_factor.get().min(LEAP) } else { limits.day_factor.get() };
        let wrong = self.wrong(&outside, day_factor, limits.market_factor.get());
        let mut kept = vec![true; self.days.len()];
        for wrong in &wrong {
            kept[wrong.index] = false;
        }
        let stopped = self.report_wrong(reading, job, (&wrong, as_of));
        if !stopped {
            let days = wrong.iter().map(|wrong| (self.quantity.name(), self.days[wrong.index].date));
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
            |index: usize| Some(self.days.get(index)?.value / self.days.get(index.checked_sub(1)?)?.value);
        let leaps = (1..self.days.len()).filter(|index| kept[*index] && kept[*index - 1]);
        let leaps = leaps.filter_map(|index| Some((index, factor(index)?)));
        leaps
            .filter(|(_, by)| *by > RISE || *by < 1.0 / LEAP)
            .max_by(|a, b| a.1.ln().abs().total_cmp(&b.1.ln().abs()))
    }

    /// A day of the newest year, when most of that year is outside: then it is the whole export.
    fn whole(&self, outside: &[Option<f64>]) -> Option<usize> {
        let newest = self.days.last()?.date;
        let start = self.days.partition_point(|day| day.date <= newest - Duration::days(365));
        let year = outside.get(start..)?;
        let wrong = year.iter().flatten().count();
        (2 * wrong > year.len()).then_some(start)
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
                wrong.push(Wrong { index: place, expected, against: "what is known of its day" });
                continue;
            }
            if let (Some(apart), Some(source)) = (apart, source)
                && apart.abs() > CONTRADICTS.ln() + usual.wider
            {
                let against = "what another column or export says of the same day";
                wrong.push(Wrong { index: place, expected: source, against });
                continue;
            }
            let alone = days::spike(&self.days, &inside, place);
            if alone.abs() > day_factor.ln() && apart.is_none_or(|apart| apart.abs() > AGREES.ln()) {
                let expected = (day.value.ln() - alone).exp();
                wrong.push(Wrong { index: place, expected, against: "the days around it" });
            }
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::files::shapes::Shapes;
    use crate::ingest::market::series::Rows;
    use crate::job::Export;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A difficulty feed of these days, and what is made of it.
    fn with<T>(kind: Kind, days: &[(&str, f64)], of: impl FnOnce(&mut Feed<'_>) -> T) -> T {
        let files = vec!["difficulty.csv".into()];
        let located =
            Located { name: "difficulty", export: Export::default(), files, shapes: Shapes::default() };
        let series = Series::new(kind, 1.0, Rows::default());
        let days = days.iter().map(|(date, value)| Daily { date: day(date), value: *value }).collect();
        let (quantity, sources) = (Quantity::Difficulty, BTreeMap::new());
        of(&mut Feed { quantity, located: &located, series: &series, days, sources })
    }

    const RETARGETS: [(&str, f64); 4] =
        [("2025-01-01", 100.0), ("2025-01-15", 120.0), ("2025-01-29", 180.0), ("2025-02-12", 90.0)];

    /// Retargets by 1.2, 1.5 and a half: the half is the largest that none makes, and without its day the 1.5.
    #[test]
    fn the_largest_leap_between_retargets_is_told() {
        let leap = |days: &[(&str, f64)], last| {
            with(Kind::Retargets, days, |feed| feed.leap(&[true, true, true, last][..days.len()]))
        };
        assert_eq!(leap(&RETARGETS, true), Some((3, 0.5)));
        assert_eq!(leap(&RETARGETS, false), Some((2, 1.5)));
        assert_eq!(leap(&RETARGETS[..2], true), None);
    }

    /// The newest year begins the day after that of a year ago: of its two days one is outside, which is no more than half.
    #[test]
    fn an_export_is_wrong_as_a_whole_by_its_newest_year() {
        let days = [("2024-12-31", 1.0), ("2025-06-01", 1.0), ("2025-12-31", 1.0)];
        let whole = |outside: [Option<f64>; 3]| with(Kind::Difficulty, &days, |feed| feed.whole(&outside));
        assert_eq!(whole([Some(1.0), Some(1.0), None]), None);
        assert_eq!(whole([None, Some(1.0), Some(1.0)]), Some(1));
    }

    /// Sources of 90 and 100 for a day agree, those of 45 and 100 do not.
    #[test]
    fn sources_agree_within_a_factor_of_two() {
        let agreed = |value: f64| {
            with(Kind::Difficulty, &[("2025-01-01", value)], |feed| {
                feed.sources.insert(day("2025-01-01"), 100.0);
                feed.agreed(0)
            })
        };
        assert_eq!([90.0, 199.0, 201.0, 45.0].map(agreed), [true, true, false, false]);
    }

    /// Two wrong days of twenty are left out, three stop the run; those of three years ago do not.
    #[test]
    fn so_many_wrong_days_stop_the_run() {
        let job = Job::parse(
            include_str!("../../../../fixtures/miniature/job.toml"),
            std::path::Path::new("job.toml"),
        )
        .unwrap();
        let dates: Vec<String> =
            day("2025-09-01").iter_days().take(20).map(|date| date.to_string()).collect();
        let days: Vec<(&str, f64)> = dates.iter().map(|date| (date.as_str(), 1.4e14)).collect();
        let stops = |places: &[usize], as_of: &str| {
            with(Kind::Difficulty, &days, |feed| {
                let wrong: Vec<Wrong> = places
                    .iter()
                    .map(|index| Wrong { index: *index, expected: 1e13, against: "the days around it" })
                    .collect();
                let mut reading = Reading::new(&job.checks, 0);
                let stopped = feed.report_wrong(&mut reading, &job, (&wrong, day(as_of)));
                (stopped, reading.problems.len(), reading.warnings.len())
            })
        };
        assert_eq!(stops(&[], "2025-09-30"), (false, 0, 0));
        assert_eq!(stops(&[3, 9], "2025-09-30"), (false, 0, 2));
        assert_eq!(stops(&[3, 9, 15], "2025-09-30"), (true, 1, 0));
        assert_eq!(stops(&[3, 9, 15], "2028-09-30"), (false, 0, 3));
    }
}
