//! The messages about what is wrong with the query of a page, in the style of the contract's.

use std::borrow::Cow;

use super::query::LimitError;
use crate::domain::history::PAGE_MAX;

/// Of a time.
pub const TIME: &str = "Datetime has wrong format. Use one of these formats instead: \
    YYYY-MM-DDThh:mm:ss[.uuuuuu][+HH:MM|-HH:MM|Z].";
/// Of a cursor.
pub const CURSOR: &str = "Invalid cursor.";

/// Of the `limit` of a page.
pub fn limit_message<'e>(error: LimitError) -> Cow<'e, str> {
    match error {
        LimitError::NotAnInteger => "A valid integer is required.".into(),
        LimitError::TooSmall => "Ensure this value is greater than or equal to 1.".into(),
        LimitError::TooGreat => {
            format!("Ensure this value is less than or equal to {PAGE_MAX}.").into()
        }
    }
}
