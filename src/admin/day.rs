//! Days in the fields of forms.

use time::{Date, Month};

use crate::messages::{Id, id};

/// The years that a ledger can be of; what is beyond is a slip of the hand.
pub const YEARS: std::ops::RangeInclusive<i32> = 1970..=9998;

/// Reads a day; `None` if the field is empty, or it is none, which is a mistake.
pub fn day(text: &str, mistake: &mut Option<Id>) -> Option<Date> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let day = parse(text);
    if day.is_none() {
        *mistake = Some(id!("statement-day-wrong"));
    }
    day
}

/// Parses `2026-11-26`, with all its zeros: a date that is written otherwise may be meant otherwise.
pub fn parse(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return None;
    };
    let number = |text: &str, digits: usize| {
        let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| plain)
    };
    let year = i32::from(number(year, 4)?);
    let month = Month::try_from(u8::try_from(number(month, 2)?).ok()?).ok()?;
    let day = u8::try_from(number(day, 2)?).ok()?;
    let date = Date::from_calendar_date(year, month, day).ok()?;
    YEARS.contains(&year).then_some(date)
}
