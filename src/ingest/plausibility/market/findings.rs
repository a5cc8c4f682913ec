//! What is said of a market export that cannot be right as a whole, of its wrong days, and of days without value.

use chrono::{Duration, NaiveDate};

use crate::diagnostic::{Code, Place, Severity};
use crate::ingest::frames::MarketDays;
use crate::ingest::market::identity::unit_slip;
use crate::ingest::market::series::{Daily, Kind};
use crate::ingest::plausibility::median::median;
use crate::ingest::rows::reading::Reading;
use crate::job::Job;

use super::bounds::{self, Quantity, usual};
use super::feed::{Feed, Wrong, number};
use super::still;
use super::units::looks_like;

/// Days within which more than this share of wrong ones is no slip.
const RECENT_DAYS: i64 = 730;
const MOST_WRONG: f64 = 0.05;

/// Days of the newest year.
const YEAR_DAYS: i64 = 365;

/// Days looked back for a feed that stands still: what growth and volatility are measured on.
const STILL_SINCE_DAYS: i64 = 1830;

impl Feed<'_> {
    /// Why the export as a whole, from a day of the newest year on, cannot be right.
    pub(super) fn of_the_whole(&self, start: usize, difficulty: &[Daily], job: &Job) -> (Code, String) {
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
            && let Ok(days) = MarketDays::new(&self.days, difficulty, halving)
            && let Some(slip) = unit_slip(&days, self.series.kind == Kind::Revenue, &self.place(start).path)
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

    /// Reports the wrong days; whether they stop the run.
    pub(super) fn report_wrong(
        &self,
        reading: &mut Reading<'_>,
        job: &Job,
        (wrong, as_of): (&[Wrong], NaiveDate),
    ) -> bool {
        let longest = Duration::days(i64::from(job.reading.stale_days));
        let mut stopped = false;
        for run in wrong.chunk_by(|a, b| a.index + 1 == b.index) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let (from, until) = (self.days[first.index].date, self.days[last.index].date);
            if until - from < longest {
                continue;
            }
            stopped = true;
            let mut off: Vec<f64> =
                run.iter().map(|w| (self.days[w.index].value / w.expected).ln()).collect();
            let off = median(&mut off).unwrap_or_default().exp();
            let price = bounds::price(until, job.market.next_halving);
            let name = looks_like(self.series.taken(), off, self.series.per, price)
                .map_or_else(String::new, |name| format!("; they look like {name}"));
            let reason = format!(
                "from {from} to {until} (line {}), {} days, values are about {} times {}{name}: the export must be in one unit throughout",
                self.place(last.index).line,
                run.len(),
                number(off),
                first.against
            );
            reading.check(Code::ImplausibleMarket, Severity::Error, self.place(first.index), reason);
        }
        let recent = |date: NaiveDate| date > as_of - Duration::days(RECENT_DAYS);
        let all = self.days.iter().filter(|day| recent(day.date)).count();
        let bad = wrong.iter().filter(|w| recent(self.days[w.index].date)).count();
        if !stopped && bad as f64 > (MOST_WRONG * all as f64).max(2.0) {
            stopped = true;
            let reason = format!(
                "{bad} of the {all} days of the last two years cannot be right, this the first: too many to leave out"
            );
            let first = wrong.iter().find(|w| recent(self.days[w.index].date)).map_or(0, |w| w.index);
            reading.check(Code::ImplausibleMarket, Severity::Error, self.place(first), reason);
        }
        if stopped {
            return true;
        }
        for wrong in wrong {
            let day = self.days[wrong.index];
            let place = self.place(wrong.index);
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
    pub(super) fn zeros(&self, reading: &mut Reading<'_>) {
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

    /// Reports days that are those of another time; those of the newest year stop the run.
    pub(super) fn repeated(&self, reading: &mut Reading<'_>, as_of: NaiveDate) {
        // Difficulty goes back and forth between two values on the days around a retarget.
        if matches!(self.series.kind, Kind::Difficulty | Kind::Retargets) {
            return;
        }
        let Some(found) = still::repeated(&self.days) else { return };
        let recent = found.last > as_of - Duration::days(YEAR_DAYS);
        let severity = if recent { Severity::Error } else { Severity::Warning };
        let reason = format!(
            "from {} to {} every value is that of the days from {} on, in the same order, which no market repeats: were days of another time copied in?",
            found.first, found.last, found.like
        );
        reading.check(Code::ImplausibleMarket, severity, self.place(found.at), reason);
    }

    /// Reports a feed that stands still.
    pub(super) fn still(&self, reading: &mut Reading<'_>, as_of: NaiveDate) {
        let since = as_of - Duration::days(STILL_SINCE_DAYS);
        let hashprice = self.quantity == Quantity::Hashprice;
        let filled = if hashprice { still::filled(&self.days, since) } else { None };
        let Some(run) = still::still(&self.days, since).or(filled) else { return };
        let at = self.days.partition_point(|day| day.date < run.first);
        let end = if self.days.last().is_some_and(|day| day.date == run.last) {
            "up to its end: it may have stopped being filled"
        } else if (run.last - run.first).num_days() > still::STILL_DAYS {
            "which is longer than a difficulty epoch"
        } else {
            "and no market does: they may have been filled with the value before"
        };
        let reason = format!(
            "stands still from {} to {}, {} days, {end}",
            run.first,
            run.last,
            (run.last - run.first).num_days() + 1
        );
        reading.check(Code::FlatFeed, Severity::Warning, self.place(at), reason);
    }
}
