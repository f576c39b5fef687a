//! Statements as files: one module a format, each written in pieces, so that no ledger is too long for memory.
//!
//! 1. [`Writer::head`] writes what comes before the entries. A format that has its totals there ([`Format::totals_first`]) gets
//!    them next, by [`Writer::totals`].
//! 2. [`Writer::entries`] writes a page of operations, oldest first, as often as there are pages.
//! 3. [`Writer::foot`] writes what comes after them, with the totals of what was written.
//!
//! A file says nothing of the moment at which it was made, and nothing that may change afterwards: a statement that is final has
//! the same bytes for ever. All times are in UTC, all amounts have two places. JSON and CSV have every operation; OFX and camt.053
//! are read by accounting programs, and have those that changed the balance. `csv_cell` is text in a cell of a CSV file that a spreadsheet
//! may open.

pub mod camt053;
pub mod csv;
pub mod csv_cell;
mod form;
pub mod json;
pub mod ofx;
pub mod stream;
mod xml;

use std::fmt;

use self::form::Form;
use crate::domain::statement::{Statement, StatementEntry, Totals};
use crate::domain::time_text;

/// A format of statements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Json,
    Csv,
    Ofx,
    Camt053,
}

/// Writes a statement in a format.
pub struct Writer {
    statement: Statement,
    form: Box<dyn Form + Send>,
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Json, Self::Csv, Self::Ofx, Self::Camt053];
    /// The names of all formats.
    pub const NAMES: [&str; 4] = ["json", "csv", "ofx", "camt053"];

    /// Returns the format of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter().zip(Self::NAMES);
        all.find_map(|(format, known)| (known == name).then_some(format))
    }

    /// Returns the value of `Content-Type`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ofx => "application/x-ofx",
            Self::Camt053 => "application/xml",
        }
    }

    /// Returns whether the totals come before the entries, so that the ledger is read twice.
    #[must_use]
    pub fn totals_first(self) -> bool {
        self == Self::Camt053
    }

    /// Returns the name of the file: the same for every download of the same statement.
    #[must_use]
    pub fn file_name(self, statement: &Statement) -> String {
        let extension = match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Ofx => "ofx",
            Self::Camt053 => "camt053.xml",
        };
        let [from, to] = [statement.interval.from, statement.interval.to]
            .map(|time| time_text::utc(time, time_text::COMPACT));
        format!("wallet-{}-{from}-{to}.{extension}", statement.wallet)
    }
}

impl Writer {
    /// Returns the writer of a statement in the format. The currency is an ISO 4217 code, which OFX and camt.053 name.
    #[must_use]
    pub fn new(format: Format, statement: &Statement, currency: &str) -> Self {
        let currency = currency.to_owned();
        Self {
            statement: *statement,
            form: match format {
                Format::Json => Box::new(json::Json::default()),
                Format::Csv => Box::new(csv::Csv),
                Format::Ofx => Box::new(ofx::Ofx::new(currency)),
                Format::Camt053 => Box::new(camt053::Camt053::new(currency)),
            },
        }
    }

    /// Returns what comes before the entries.
    ///
    /// # Errors
    /// None of its own, as for all of these: a value that cannot be written does not exist.
    pub fn head(&mut self) -> Result<String, fmt::Error> {
        let mut out = String::new();
        self.form.head(&self.statement, &mut out)?;
        Ok(out)
    }

    /// Returns the totals, for a format that has them [first](Format::totals_first).
    ///
    /// # Errors
    /// See [`head`](Self::head).
    pub fn totals(&mut self, totals: &Totals) -> Result<String, fmt::Error> {
        let mut out = String::new();
        self.form.totals(totals, &mut out)?;
        Ok(out)
    }

    /// Returns the next entries.
    ///
    /// # Errors
    /// See [`head`](Self::head).
    pub fn entries(&mut self, entries: &[StatementEntry]) -> Result<String, fmt::Error> {
        let mut out = String::new();
        for entry in entries {
            self.form.entry(entry, &mut out)?;
        }
        Ok(out)
    }

    /// Returns what comes after the entries, of which these are the totals.
    ///
    /// # Errors
    /// See [`head`](Self::head).
    pub fn foot(&mut self, totals: &Totals) -> Result<String, fmt::Error> {
        let mut out = String::new();
        self.form.foot(&self.statement, totals, &mut out)?;
        Ok(out)
    }
}
