//! Times as text, in UTC: the formats in which they are shown, sent or exported.

use time::format_description::StaticFormatDescription;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// `2026-11-26T17:03:05.000042Z`, to the microsecond, which is what the ledger keeps.
pub const LEDGER: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
/// `2026-11-26T17:03:05Z`.
pub const RFC_3339: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
/// `20261126T170305Z`, for the names of files.
pub const COMPACT: StaticFormatDescription =
    format_description!("[year][month][day]T[hour][minute][second]Z");
/// `20261126170305[0:GMT]`, as OFX writes a time with its zone.
pub const OFX: StaticFormatDescription =
    format_description!("[year][month][day][hour][minute][second][[0:GMT]");
/// `2026-11-26 17:03:05`.
pub const TO_SECOND: StaticFormatDescription =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
/// `2026-11-26`.
pub const DATE: StaticFormatDescription = format_description!("[year]-[month]-[day]");
/// `2026-11`.
pub const MONTH: StaticFormatDescription = format_description!("[year]-[month]");
/// `2026`.
pub const YEAR: StaticFormatDescription = format_description!("[year]");
/// `17:03:05`.
pub const CLOCK: StaticFormatDescription = format_description!("[hour]:[minute]:[second]");
/// `17:03`.
pub const CLOCK_TO_MINUTE: StaticFormatDescription = format_description!("[hour]:[minute]");

/// Formats the time in one of the forms above.
#[must_use]
pub fn utc(at: OffsetDateTime, form: StaticFormatDescription) -> String {
    let text = at.to_offset(UtcOffset::UTC).format(form);
    debug_assert!(
        text.is_ok(),
        "the form needs a component that a time does not have"
    );
    text.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn every_form_is_in_utc_and_keeps_its_zeros() {
        let at = datetime!(0987-01-02 02:04:05.000_042_999 +3);
        for (form, text) in [
            (LEDGER, "0987-01-01T23:04:05.000042Z"),
            (RFC_3339, "0987-01-01T23:04:05Z"),
            (COMPACT, "09870101T230405Z"),
            (OFX, "09870101230405[0:GMT]"),
            (TO_SECOND, "0987-01-01 23:04:05"),
            (DATE, "0987-01-01"),
            (MONTH, "0987-01"),
            (YEAR, "0987"),
            (CLOCK, "23:04:05"),
            (CLOCK_TO_MINUTE, "23:04"),
        ] {
            assert_eq!(utc(at, form), text);
        }
    }
}
