//! What one operator moves alone within a day.

use std::fmt;
use std::str::FromStr;

/// Digits before the point: those of a balance.
const WHOLE_DIGITS_MAX: usize = 10;
/// Digits after the point.
const PLACES: usize = 2;

/// The sum that an operator may move by adjustments and reversals within 24 hours; zero: nothing without a second person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdjustCeiling {
    pub cents: i64,
}

/// A text is no amount.
#[derive(Debug, thiserror::Error)]
#[error("not an amount with at most ten digits before the point and two after it")]
pub struct InvalidCeiling;

impl Default for AdjustCeiling {
    fn default() -> Self {
        Self { cents: 100_000 }
    }
}

impl FromStr for AdjustCeiling {
    type Err = InvalidCeiling;

    fn from_str(text: &str) -> Result<Self, InvalidCeiling> {
        let (whole, places) = text.split_once('.').unwrap_or((text, "00"));
        let are_digits = |digits: &str, max| {
            (1..=max).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !are_digits(whole, WHOLE_DIGITS_MAX) || !are_digits(places, PLACES) {
            return Err(InvalidCeiling);
        }
        let cents = format!("{whole}{places:0<PLACES$}");
        let cents = cents.parse().map_err(|_| InvalidCeiling)?;
        Ok(Self { cents })
    }
}

impl fmt::Display for AdjustCeiling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{:02}", self.cents / 100, self.cents % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceiling_is_an_amount_with_at_most_two_places() {
        for (text, cents) in [
            ("0", 0),
            ("1000", 100_000),
            ("1000.00", 100_000),
            ("0.5", 50),
            ("9999999999.99", 999_999_999_999),
        ] {
            let ceiling: AdjustCeiling = text.parse().unwrap();
            assert_eq!(ceiling.cents, cents, "{text}");
        }
        for text in [
            "",
            ".5",
            "1.",
            "-1",
            "1e3",
            "1,5",
            "1.234",
            "10000000000",
            "NaN",
            "+1",
        ] {
            assert!(text.parse::<AdjustCeiling>().is_err(), "{text}");
        }
        assert_eq!(AdjustCeiling::default().to_string(), "1000.00");
    }
}
