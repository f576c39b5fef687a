//! When operations were made, as a form has it: a day, or from a time to a time, in UTC.
//!
//! A time is a day, or has hours and minutes, and seconds if they matter: `2026-11-26`, `2026-11-26 17:03`, `2026-11-26 17:03:05`. What the
//! last one names belongs to the interval: the whole day, minute or second.

use time::{Duration, OffsetDateTime, Time};

use crate::admin::day as days;
use crate::messages::{Id, id};

/// From a time to before another; either may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    pub from: Option<OffsetDateTime>,
    pub to: Option<OffsetDateTime>,
}

/// The mistakes, by field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mistakes {
    pub day: Option<Id>,
    pub from: Option<Id>,
    pub to: Option<Id>,
}

/// What a text names: where it begins, and how long it is.
struct Named {
    begins: OffsetDateTime,
    length: Duration,
}

impl Interval {
    /// Reads the fields; the mistakes are in theirs.
    pub fn read(day: &str, from: &str, to: &str, mistakes: &mut Mistakes) -> Self {
        let (day, from, to) = (day.trim(), from.trim(), to.trim());
        if !day.is_empty() {
            let named = days::parse(day).map(|date| date.midnight().assume_utc());
            mistakes.day = match named {
                None => Some(id!("statement-day-wrong")),
                Some(_) if !from.is_empty() || !to.is_empty() => Some(id!("operations-day-alone")),
                Some(_) => None,
            };
            return Self {
                from: named,
                to: named.map(|begins| begins + Duration::DAY),
            };
        }
        let from = time(from, &mut mistakes.from).map(|named| named.begins);
        let to = time(to, &mut mistakes.to).map(|named| named.begins + named.length);
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            mistakes.to = Some(id!("operations-reversed"));
        }
        Self { from, to }
    }
}

fn time(text: &str, mistake: &mut Option<Id>) -> Option<Named> {
    if text.is_empty() {
        return None;
    }
    let named = named(text);
    if named.is_none() {
        *mistake = Some(id!("operations-time-wrong"));
    }
    named
}

fn named(text: &str) -> Option<Named> {
    let Some((day, clock)) = text.split_once([' ', 'T']) else {
        return Some(Named {
            begins: days::parse(text)?.midnight().assume_utc(),
            length: Duration::DAY,
        });
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let number = |text: &str| {
        let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u8>().ok().filter(|_| plain)
    };
    let (hour, minute, second, length) = match parts[..] {
        [hour, minute] => (hour, minute, "00", Duration::MINUTE),
        [hour, minute, second] => (hour, minute, second, Duration::SECOND),
        _ => return None,
    };
    let clock = Time::from_hms(number(hour)?, number(minute)?, number(second)?).ok()?;
    Some(Named {
        begins: days::parse(day)?.with_time(clock).assume_utc(),
        length,
    })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn read(day: &str, from: &str, to: &str) -> Result<Interval, Mistakes> {
        let mut mistakes = Mistakes::default();
        let interval = Interval::read(day, from, to, &mut mistakes);
        if mistakes == Mistakes::default() {
            Ok(interval)
        } else {
            Err(mistakes)
        }
    }

    #[test]
    fn what_the_last_time_names_belongs_to_the_interval() {
        let day = Interval {
            from: Some(datetime!(2026-11-26 00:00 UTC)),
            to: Some(datetime!(2026-11-27 00:00 UTC)),
        };
        assert_eq!(read(" 2026-11-26", "", ""), Ok(day));
        assert_eq!(read("", "2026-11-26", "2026-11-26"), Ok(day));
        let minutes = read("", "2026-11-26 17:03", "2026-11-26T17:04").unwrap();
        assert_eq!(minutes.from, Some(datetime!(2026-11-26 17:03 UTC)));
        assert_eq!(minutes.to, Some(datetime!(2026-11-26 17:05 UTC)));
        let second = read("", "", "2026-11-26 17:03:05").unwrap();
        assert_eq!(second.to, Some(datetime!(2026-11-26 17:03:06 UTC)));
        assert_eq!(second.from, None);
    }

    #[test]
    fn mistakes_are_in_their_fields_all_at_once() {
        for text in [
            "2026-02-30",
            "2026-11-26 24:00",
            "2026-11-26 1:00",
            "2026-11-26 17",
            "2026-11-26 17:03:05.5",
            "2026-11-26 17:03:05Z",
            "26.11.2026",
            "\0",
            "99999999-01-01",
        ] {
            let mistakes = read("", text, text).unwrap_err();
            let wrong = Some(id!("operations-time-wrong"));
            assert_eq!((mistakes.from, mistakes.to), (wrong, wrong), "{text:?}");
        }
        let day = read("x", "", "").unwrap_err().day;
        assert_eq!(day, Some(id!("statement-day-wrong")));
        let both = read("2026-11-26", "2026-11-26", "").unwrap_err().day;
        assert_eq!(both, Some(id!("operations-day-alone")));
        let reversed = read("", "2026-11-26 17:04", "2026-11-26 17:03").unwrap_err();
        assert_eq!(reversed.to, Some(id!("operations-reversed")));
    }
}
