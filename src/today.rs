//! Which quarter has ended: the one thing that depends on today, and on where today is.

use std::fmt;

use chrono::{DateTime, FixedOffset, Local, NaiveDate, Offset as _, TimeZone, Utc};
use chrono_tz::Tz;

use crate::domain::{FiscalYear, Month, Quarter};

/// The as-of date of a run that was given none, and what it was chosen by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chosen {
    /// Last day of the last quarter that had ended.
    pub as_of: NaiveDate,
    /// That quarter, where it is one of a fiscal year that does not start in January.
    pub quarter: Option<Quarter>,
    /// The local date on which the run began.
    pub on: NaiveDate,
    /// What local time was ahead of UTC then.
    pub offset: FixedOffset,
    /// Where the zone comes from, in words.
    pub zone: String,
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quarter = self.quarter.map(|quarter| format!(", {quarter}")).unwrap_or_default();
        write!(
            f,
            "as of {}, the end of the last completed quarter{quarter}: today is {} (UTC{}, {})",
            self.as_of, self.on, self.offset, self.zone
        )
    }
}

/// The last completed quarter at an instant, by the date in `zone`, or else in the zone of this system: the environment
/// variable `TZ`, or `/etc/localtime`.
///
/// At 06:00 on 1 October in Shanghai the third quarter is complete, although it is 30 September in UTC.
pub fn last_completed_quarter(now: DateTime<Utc>, zone: Option<Tz>, year: FiscalYear) -> Chosen {
    if let Some(zone) = zone {
        return chosen(now, offset(&zone, now), year, format!("time_zone {zone}"));
    }
    match std::env::var("TZ").ok().filter(|name| !name.is_empty()) {
        None => chosen(now, offset(&Local, now), year, "this system's zone".to_owned()),
        Some(name) => match named(&name) {
            Zone::Known(zone) => chosen(now, offset(&zone, now), year, format!("TZ={name}")),
            Zone::Rule => chosen(now, offset(&Local, now), year, format!("TZ={name}")),
            Zone::Unknown => {
                let zone = format!("TZ={name} is not known and UTC is taken; give time_zone in the job");
                chosen(now, offset(&Utc, now), year, zone)
            }
        },
    }
}

fn offset(zone: &impl TimeZone, now: DateTime<Utc>) -> FixedOffset {
    zone.offset_from_utc_datetime(&now.naive_utc()).fix()
}

/// What a value of `TZ` is (POSIX, XBD 8.3).
#[derive(PartialEq, Eq, Debug)]
enum Zone {
    /// A name of IANA's database, of which this program has a copy: a small system may have none.
    Known(Tz),
    /// An offset or a rule, or a file of the system's own.
    Rule,
    /// A name that nobody knows, for which systems take UTC without a word.
    Unknown,
}

fn named(tz: &str) -> Zone {
    let name = tz.strip_prefix(':').unwrap_or(tz);
    let in_database = name.rsplit_once("zoneinfo/").map_or(name, |(_, name)| name);
    match in_database.parse() {
        Ok(zone) => Zone::Known(zone),
        Err(_) if name.starts_with('/') && std::path::Path::new(name).is_file() => Zone::Rule,
        // `CST-8`, `<+08>-8`, `EST5EDT,M3.2.0,M11.1.0`: a name of letters, then hours.
        Err(_) => {
            let hours = name.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '<' || c == '>');
            let hours =
                if name.starts_with('<') { name.split_once('>').map_or("", |(_, h)| h) } else { hours };
            let digits = hours.trim_start_matches(['+', '-']);
            if digits.starts_with(|c: char| c.is_ascii_digit()) { Zone::Rule } else { Zone::Unknown }
        }
    }
}

fn chosen(now: DateTime<Utc>, offset: FixedOffset, year: FiscalYear, zone: String) -> Chosen {
    let on = now.with_timezone(&offset).date_naive();
    let end = year.last_end_before(Month::of(on));
    let quarter = (year != FiscalYear::CALENDAR).then(|| year.quarter(end));
    Chosen { as_of: end.last_day(), quarter, on, offset, zone }
}

/// This instant.
pub fn now() -> DateTime<Utc> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the default as-of date is the one thing that depends on today"
    )]
    std::time::SystemTime::now().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(instant: &str, zone: Tz) -> (String, String) {
        let chosen = last_completed_quarter(instant.parse().unwrap(), Some(zone), FiscalYear::CALENDAR);
        (chosen.as_of.to_string(), chosen.to_string())
    }

    #[test]
    fn the_quarter_has_ended_where_the_maker_is() {
        // 06:00 on 1 October in Shanghai is 22:00 on 30 September in UTC.
        let instant = "2025-09-30T22:00:00Z";
        let (as_of, reported) = at(instant, Tz::Asia__Shanghai);
        assert_eq!(as_of, "2025-09-30");
        assert_eq!(
            reported,
            "as of 2025-09-30, the end of the last completed quarter: today is 2025-10-01 (UTC+08:00, time_zone Asia/Shanghai)"
        );
        assert_eq!(at(instant, Tz::UTC).0, "2025-06-30");
        assert_eq!(at(instant, Tz::America__New_York).0, "2025-06-30");
        // 20:00 on 31 December in New York, 01:00 on 1 January in UTC.
        assert_eq!(at("2026-01-01T01:00:00Z", Tz::America__New_York).0, "2025-09-30");
        assert_eq!(at("2026-01-01T01:00:00Z", Tz::UTC).0, "2025-12-31");
        // Summer time: 04:30 UTC is 00:30 in New York in July and 23:30 the day before in winter.
        assert_eq!(at("2025-07-01T04:30:00Z", Tz::America__New_York).0, "2025-06-30");
        assert_eq!(at("2026-01-01T04:30:00Z", Tz::America__New_York).0, "2025-09-30");
    }

    /// A fiscal year from February: October ends its third quarter, and September ends none.
    #[test]
    fn the_quarter_is_one_of_the_fiscal_year() {
        let of = |instant: &str| {
            let year = FiscalYear::starting_in(2).unwrap();
            last_completed_quarter(instant.parse().unwrap(), Some(Tz::Asia__Shanghai), year)
        };
        assert_eq!(of("2025-10-31T12:00:00Z").as_of.to_string(), "2025-07-31");
        assert_eq!(
            of("2025-10-31T22:00:00Z").to_string(),
            "as of 2025-10-31, the end of the last completed quarter, FY2026Q3: today is 2025-11-01 (UTC+08:00, time_zone Asia/Shanghai)"
        );
    }

    #[test]
    fn a_zone_of_the_environment_is_a_name_a_rule_or_unknown() {
        for name in ["Asia/Shanghai", ":Asia/Shanghai", "/usr/share/zoneinfo/Asia/Shanghai"] {
            assert_eq!(named(name), Zone::Known(Tz::Asia__Shanghai), "{name}");
        }
        for rule in ["CST-8", "<+08>-8", "EST5EDT4,M3.2.0,M11.1.0"] {
            assert_eq!(named(rule), Zone::Rule, "{rule}");
        }
        for unknown in ["Nonsense/Zone", "Shanghai", "/no/such/file", "<+08>"] {
            assert_eq!(named(unknown), Zone::Unknown, "{unknown}");
        }
    }
}
