//! Which numbers of a text are figures: what was measured, and may change with the next measurement.

/// Units of what is measured. A number before one of them is a figure.
const UNITS: &[&str] = &[
    "ms",
    "µs",
    "us",
    "ns",
    "times",
    "KB",
    "MB",
    "bytes",
    "/s",
    "a second",
    "operations a second",
    "requests a second",
];

/// Figures in a text, each with its unit. Numbers of settings and limits have no unit of [`UNITS`] here.
pub(crate) fn figures(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let word = word.trim_matches(['(', ')', ',', ';', ':', '.', '|', '*']);
        if !word.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let rest = words[at + 1..].join(" ");
        // A group of digits behind a number is part of it.
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        let has_unit = |unit: &&&str| {
            let unit = **unit;
            let behind = rest.strip_prefix(unit);
            let whole = |after: &str| !after.starts_with(char::is_alphanumeric);
            word.ends_with(unit) || behind.is_some_and(whole)
        };
        if let Some(unit) = UNITS.iter().find(has_unit) {
            found.push(format!("{word} {unit}"));
        }
    }
    found
}
