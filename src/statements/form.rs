//! What a format is made of.

use std::fmt::{self, Write as _};

use crate::domain::statement::{Statement, StatementEntry, Totals};

/// A format, in the order in which its parts are written. Writing to a `String` never fails; the results are those of `write!`.
pub trait Form {
    /// What comes before the entries.
    fn head(&mut self, statement: &Statement, out: &mut String) -> fmt::Result;
    /// The totals before the entries, if they are there.
    fn totals(&mut self, _: &Totals, _: &mut String) -> fmt::Result {
        Ok(())
    }
    fn entry(&mut self, entry: &StatementEntry, out: &mut String) -> fmt::Result;
    /// What comes after the entries.
    fn foot(&mut self, statement: &Statement, totals: &Totals, out: &mut String) -> fmt::Result;
}

/// Writes what there is, and nothing otherwise.
pub fn optional(out: &mut String, value: Option<impl fmt::Display>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(out, "{value}"))
}
