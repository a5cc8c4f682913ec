//! Which quarter has ended: the one thing that depends on today, and on where today is.

use std::fmt;

use chrono::{DateTime, FixedOffset, Local, NaiveDate, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use crate::domain::Month;

/// The as-of date of a run that was given none, and what it was chosen by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chosen {
    /// Last day of the last quarter that had ended.
    pub as_of: NaiveDate,
    /// The local date on which the run began.
    pub on: NaiveDate,
    /// What local time was ahead of UTC then.
    pub offset: FixedOffset,
    /// Where the zone comes from, in words.
    pub zone: String,
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "as of {}, the end of the last completed quarter: today is {} (UTC{}, {})",
            self.as_of, self.on, self.offset, self.zone
        )
    }
}

/// The last completed quarter at an instant, by the date in `zone`, or else in the zone of this system (the environment
/// variable `TZ`, or `/etc/localtime`).
///
/// At 06:00 on 1 October in Shanghai the third quarter is complete, although it is 30 September in UTC.
pub fn last_completed_quarter(now: DateTime<Utc>, zone: Option<Tz>) -> Chosen {
    match zone {
        Some(zone) => chosen(now, zone.offset_from_utc_datetime(&now.naive_utc()).fix(), format!("time_zone {zone}")),
        None => chosen(now, Local.offset_from_utc_datetime(&now.naive_utc()).fix(), of_system()),
    }
}

fn chosen(now: DateTime<Utc>, offset: FixedOffset, zone: String) -> Chosen {
    let on = now.with_timezone(&offset).date_naive();
    let as_of = (Month::of(on).quarter().first_month() - 1).last_day();
    Chosen { as_of, on, offset, zone }
}

fn of_system() -> String {
    match std::env::var("TZ") {
        Ok(name) if !name.is_empty() => format!("TZ={name}"),
        _ => "this system's zone".to_owned(),
    }
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
        let chosen = last_completed_quarter(instant.parse().unwrap(), Some(zone));
        (chosen.as_of.to_string(), chosen.to_string())
    }

    #[test]
    fn the_quarter_has_ended_where_the_maker_is() {
        // 06:00 on 1 October in Shanghai is 22:00 on 30 September in UTC.
        let instant = "2025-09-30T22:00:00Z";
        let (as_of, told) = at(instant, Tz::Asia__Shanghai);
        assert_eq!(as_of, "2025-09-30");
        assert_eq!(
            told,
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
}
