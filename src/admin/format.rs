//! Formats of numbers and times on the pages.

use std::fmt::Display;
use std::time::Duration;

use rust_decimal::Decimal;
use time::OffsetDateTime;

use crate::domain::statement::Sum;
use crate::domain::{Amount, Sign, time_text};
use crate::messages::{Lang, text};

/// Between groups of three digits: narrow, and without a line break.
const THIN: char = '\u{202f}';
/// As wide as a plus, and read out as a minus, unlike a hyphen.
const MINUS: &str = "\u{2212}";

/// Formats money with both its places: `1 234.50`, in Russian `1 234,50`.
pub fn money(amount: impl Into<Decimal>, lang: Lang) -> String {
    with_places(&format!("{:.2}", amount.into()), lang)
}

/// Formats an amount with the sign of its effect on the balance: `+1 234.50`. One without an effect has none.
pub fn signed(amount: Amount, sign: impl Into<Option<Sign>>, lang: Lang) -> String {
    let sign = match sign.into() {
        Some(Sign::Plus) => "+",
        Some(Sign::Minus) => MINUS,
        Some(Sign::Zero) | None => "",
    };
    format!("{sign}{}", money(amount, lang))
}

/// Returns the CSS class of an amount with that effect on the balance.
pub fn sign_class(sign: impl Into<Option<Sign>>) -> &'static str {
    match sign.into() {
        Some(Sign::Plus) => "amount--in",
        Some(Sign::Minus) => "amount--out",
        Some(Sign::Zero) | None => "",
    }
}

/// Formats a sum of money as money.
pub fn sum(sum: Sum, lang: Lang) -> String {
    with_places(&sum.to_string(), lang)
}

fn with_places(plain: &str, lang: Lang) -> String {
    let (whole, places) = plain.split_once('.').unwrap_or((plain, "00"));
    format!("{}{}{places}", grouped(whole), lang.of(',', '.'))
}

/// Formats a whole number in groups of three digits.
pub fn count(number: impl Display) -> String {
    grouped(&number.to_string())
}

/// Formats a time in UTC: `2026-11-26 17:03:05`.
pub fn time(at: OffsetDateTime) -> String {
    time_text::utc(at, time_text::TO_SECOND)
}

/// Formats a time for the attribute `datetime`.
pub fn datetime(at: OffsetDateTime) -> String {
    time_text::utc(at, time_text::RFC_3339)
}

/// Formats a time that passed, in its largest unit.
pub fn ago(passed: Duration, lang: Lang) -> String {
    match passed.as_secs() {
        0 => text!(lang, "panel-now").to_owned(),
        s @ 1..60 => text!(lang, "panel-seconds-ago", count = s),
        s @ 60..3_600 => text!(lang, "panel-minutes-ago", count = s / 60),
        s => text!(lang, "panel-hours-ago", count = s / 3_600),
    }
}

fn grouped(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => (MINUS, digits),
        None => ("", number),
    };
    let mut text = sign.to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(THIN);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use time::UtcOffset;

    use super::*;

    #[test]
    fn digits_are_in_groups_of_three() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1\u{202f}000"),
            (-1_234_567, "\u{2212}1\u{202f}234\u{202f}567"),
        ] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn money_has_two_places_after_the_language_s_separator() {
        let amount = Decimal::new(123_450, 2);
        assert_eq!(money(amount, Lang::En), "1\u{202f}234.50");
        assert_eq!(money(amount, Lang::Ru), "1\u{202f}234,50");
        assert_eq!(money(Decimal::new(5, 0), Lang::En), "5.00");
        // More than any balance.
        let all = Sum::from_cents(123_456_789_012_345);
        assert_eq!(
            sum(all, Lang::Ru),
            "1\u{202f}234\u{202f}567\u{202f}890\u{202f}123,45"
        );
    }

    #[test]
    fn an_amount_has_the_sign_of_its_effect() {
        let amount = Amount::from_cents(123_450).unwrap();
        for (sign, text, class) in [
            (Some(Sign::Plus), "+1\u{202f}234.50", "amount--in"),
            (Some(Sign::Minus), "\u{2212}1\u{202f}234.50", "amount--out"),
            (Some(Sign::Zero), "1\u{202f}234.50", ""),
            (None, "1\u{202f}234.50", ""),
        ] {
            assert_eq!(signed(amount, sign, Lang::En), text);
            assert_eq!(sign_class(sign), class, "{sign:?}");
        }
    }

    #[test]
    fn times_are_in_utc() {
        let at = OffsetDateTime::from_unix_timestamp(1_795_712_585).unwrap();
        let at = at.to_offset(UtcOffset::from_hms(3, 0, 0).unwrap());
        assert_eq!(time(at), "2026-11-26 17:03:05");
        assert_eq!(datetime(at), "2026-11-26T17:03:05Z");
    }
}
