//! Formats of numbers on the overview, besides money and counts.

use crate::admin::format;
use crate::messages::{Id, Lang, id, text};

/// Formats a number with decimal places: `1 234.5`, in Russian `1 234,5`.
pub fn number(value: f64, places: usize, lang: Lang) -> String {
    let written = format!("{:.places$}", value.max(0.0));
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    let whole = format::count(whole);
    if fraction.is_empty() {
        whole
    } else {
        format!("{whole}{}{fraction}", lang.of(',', '.'))
    }
}

/// Formats a number with as many places as its size needs: 0.25, 3.4, 120.
pub fn rounded(value: f64, lang: Lang) -> String {
    let places = match value {
        value if value < 1.0 && value > 0.0 => 2,
        value if value < 100.0 && value.fract() != 0.0 => 1,
        _ => 0,
    };
    number(value, places, lang)
}

/// Formats seconds as milliseconds.
pub fn milliseconds(seconds: f64, lang: Lang) -> String {
    format!(
        "{} {}",
        rounded(seconds * 1_000.0, lang),
        text!(lang, "overview-milliseconds")
    )
}

/// Formats minutes and seconds: `0:45`, `12:03`.
pub fn clock(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is cut to whole seconds, none below zero"
    )]
    let seconds = seconds.max(0.0) as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Each is 1 024 times the previous one.
const UNITS: [Id; 4] = [
    id!("overview-unit-b"),
    id!("overview-unit-kib"),
    id!("overview-unit-mib"),
    id!("overview-unit-gib"),
];

/// Formats a size.
pub fn bytes(bytes: i64, lang: Lang) -> String {
    let [mut unit, larger @ ..] = UNITS;
    #[expect(clippy::cast_precision_loss, reason = "one place is shown")]
    let mut value = bytes as f64;
    for next in larger {
        if value < 1_024.0 {
            break;
        }
        value /= 1_024.0;
        unit = next;
    }
    format!("{} {}", rounded(value, lang), lang.text(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_as_many_places_as_its_size_needs() {
        for (value, written) in [
            (0.0, "0"),
            (0.254, "0.25"),
            (3.42, "3.4"),
            (7.0, "7"),
            (120.4, "120"),
            (12_345.6, "12\u{202f}346"),
        ] {
            assert_eq!(rounded(value, Lang::En), written);
        }
        assert_eq!(rounded(3.42, Lang::Ru), "3,4");
        assert_eq!(number(1_234.5, 2, Lang::Ru), "1\u{202f}234,50");
    }

    #[test]
    fn bytes_have_a_unit() {
        let lang = Lang::En;
        assert_eq!(bytes(512, lang), "512 B");
        assert_eq!(bytes(8_000_000, lang), "7.6 MiB");
        assert_eq!(
            bytes(i64::MAX, lang),
            "8\u{202f}589\u{202f}934\u{202f}592 GiB"
        );
    }

    #[test]
    fn a_duration_is_in_minutes_and_seconds() {
        assert_eq!(clock(45.9), "0:45");
        assert_eq!(clock(723.0), "12:03");
    }
}
