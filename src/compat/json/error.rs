//! Errors of JSON.

use std::fmt;

/// A syntax error, in the words of Python's `json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}: line {line} column {column} (char {char})")]
pub struct JsonError {
    problem: Problem,
    line: usize,
    column: usize,
    char: usize,
}

/// What was expected, or what was found instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    NotUtf8,
    Value,
    Key,
    Colon,
    Comma,
    ExtraData,
    UnterminatedString,
    ControlCharacter,
    Escape,
    UnicodeEscape,
    LoneSurrogate,
    IntTooLong,
    TooDeep,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotUtf8 => "Invalid UTF-8",
            Self::Value => "Expecting value",
            Self::Key => "Expecting property name enclosed in double quotes",
            Self::Colon => "Expecting ':' delimiter",
            Self::Comma => "Expecting ',' delimiter",
            Self::ExtraData => "Extra data",
            Self::UnterminatedString => "Unterminated string starting at",
            Self::ControlCharacter => "Invalid control character at",
            Self::Escape => "Invalid \\escape",
            Self::UnicodeEscape => "Invalid \\uXXXX escape",
            Self::LoneSurrogate => "Lone surrogate",
            Self::IntTooLong => "Integer is too long",
            Self::TooDeep => "Nested too deeply",
        })
    }
}

impl JsonError {
    /// A problem right after `before`.
    pub fn new(problem: Problem, before: &str) -> Self {
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            problem,
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
            char: before.chars().count(),
        }
    }
}
