//! How long something lasts, as an argument: `90d`.

use std::time::Duration;

/// The longest.
const DAYS_MAX: u64 = 3_650;
const DAY_S: u64 = 24 * 3_600;

/// The units, with their seconds.
const UNITS: [(char, u64); 5] = [
    ('s', 1),
    ('m', 60),
    ('h', 3_600),
    ('d', DAY_S),
    ('w', 7 * DAY_S),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it should be a whole number and s, m, h, d or w, such as 90d, from 1s to {DAYS_MAX}d")]
pub(super) struct InvalidLifetime;

/// Reads a whole number with its unit.
pub(super) fn parse(text: &str) -> Result<Duration, InvalidLifetime> {
    let unit = text.chars().next_back().ok_or(InvalidLifetime)?;
    let (_, seconds) = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or(InvalidLifetime)?;
    let number = text.strip_suffix(unit).ok_or(InvalidLifetime)?;
    // The standard parser also reads a sign.
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidLifetime);
    }
    let number: u64 = number.parse().map_err(|_| InvalidLifetime)?;
    let whole = number.checked_mul(*seconds).ok_or(InvalidLifetime)?;
    if (1..=DAYS_MAX * DAY_S).contains(&whole) {
        Ok(Duration::from_secs(whole))
    } else {
        Err(InvalidLifetime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_has_a_unit_and_ends_at_ten_years() {
        for (text, seconds) in [
            ("1s", 1),
            ("15m", 900),
            ("12h", 43_200),
            ("90d", 7_776_000),
            ("2w", 1_209_600),
            ("3650d", 315_360_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "d",
            "90",
            "0d",
            "-1d",
            "+1d",
            "1.5h",
            "1 d",
            "1D",
            "3651d",
            "90 days",
            "1y",
            "9999999999999999999w",
            "1\u{e9}",
        ] {
            assert_eq!(parse(text), Err(InvalidLifetime), "{text}");
        }
    }
}
