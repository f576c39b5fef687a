//! What is wrong with the query of a page, and the messages about it, in the style of the contract's.

use std::borrow::Cow;

use crate::domain::history::PAGE_MAX;

/// What is wrong with a query, by field.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct InvalidQuery {
    pub limit: Option<LimitError>,
    /// It is no cursor, or not one of these filters.
    pub cursor: bool,
    /// Not one of the two words, but this.
    pub kind: Option<String>,
    /// Not a time.
    pub from: bool,
    /// Not a time.
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
