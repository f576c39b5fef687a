//! The errors of a page's query, and their messages, in the style of the contract's.

use std::borrow::Cow;

use crate::domain::history::PAGE_MAX;

/// The errors of a query, by field.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct InvalidQuery {
    pub limit: Option<LimitError>,
    /// Malformed, or of other filters.
    pub cursor: bool,
    /// The value, which is not a kind.
    pub kind: Option<String>,
    /// Malformed.
    pub from: bool,
    /// Malformed.
    pub to: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitError {
    NotAnInteger,
    TooSmall,
    TooGreat,
}

/// The message about a time.
pub const TIME: &str = "Datetime has wrong format. Use one of these formats instead: \
    YYYY-MM-DDThh:mm:ss[.uuuuuu][+HH:MM|-HH:MM|Z].";
/// The message about a cursor.
pub const CURSOR: &str = "Invalid cursor.";

/// The message about the `limit` of a page.
pub fn limit_message<'e>(error: LimitError) -> Cow<'e, str> {
    match error {
        LimitError::NotAnInteger => "A valid integer is required.".into(),
        LimitError::TooSmall => "Ensure this value is greater than or equal to 1.".into(),
        LimitError::TooGreat => {
            format!("Ensure this value is less than or equal to {PAGE_MAX}.").into()
        }
    }
}
