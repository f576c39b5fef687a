//! CSV (RFC 4180) in UTF-8: a header, a row for each operation, and a row before and after them for the balances.
//!
//! * Amounts are signed: `amount` is what the operation did to the balance, `held_change` what it did to the held part. Their sums are
//!   the differences of the balances, row by row.
//! * The first row is `OPENING_BALANCE`, the last one `CLOSING_BALANCE`, with the totals; both have no amount.
//! * A reference is safe in a spreadsheet: see [`csv_cell`](super::csv_cell).
//! * The file has no byte order mark: programs read it.

use std::fmt::{self, Write as _};

use time::OffsetDateTime;

use super::csv_cell;
use super::form::{Form, optional};
use crate::domain::statement::{Standing, Statement, StatementEntry, Totals};
use crate::domain::time_text;

/// A new one goes to the end: programs may read the file by position.
pub const COLUMNS: [&str; 15] = [
    "date",
    "time",
    "id",
    "kind",
    "amount",
    "balance",
    "held_change",
    "held",
    "reference",
    "transfer",
    "other_wallet",
    "hold",
    "reverses",
    "total_in",
    "total_out",
];

/// The kinds of the rows that are no operations.
pub const OPENING: &str = "OPENING_BALANCE";
pub const CLOSING: &str = "CLOSING_BALANCE";

/// The format.
pub struct Csv;

impl Form for Csv {
    fn head(&mut self, statement: &Statement, out: &mut String) -> fmt::Result {
        write!(out, "{}\r\n", COLUMNS.join(","))?;
        let from = statement.interval.from;
        balance(out, (from, from), OPENING, &statement.opening)?;
        out.push_str(",,,,,,,\r\n");
        Ok(())
    }

    fn entry(&mut self, entry: &StatementEntry, out: &mut String) -> fmt::Result {
        let time = entry.created_at;
        times(out, (time, time))?;
        write!(
            out,
            ",{},{},{},{},{},{},",
            entry.seq,
            entry.operation.kind.as_str(),
            entry.change(),
            entry.balance_after,
            entry.held_change(),
            entry.held_after,
        )?;
        if let Some(reference) = &entry.reference {
            out.push_str(&csv_cell::quoted(reference.as_str()));
        }
        let transfer = entry.transfer.as_ref();
        out.push(',');
        optional(out, transfer.map(|transfer| transfer.id.0))?;
        out.push(',');
        optional(out, transfer.map(|transfer| transfer.other_wallet))?;
        out.push(',');
        optional(out, entry.hold)?;
        out.push(',');
        optional(out, entry.reverses)?;
        out.push_str(",,\r\n");
        Ok(())
    }

    fn foot(&mut self, statement: &Statement, totals: &Totals, out: &mut String) -> fmt::Result {
        let interval = &statement.interval;
        let ends = (interval.last_moment(), interval.to);
        balance(out, ends, CLOSING, &statement.closing)?;
        let (incoming, outgoing) = (totals.incoming.sum, totals.outgoing.sum);
        write!(out, ",,,,,,{incoming},{outgoing}\r\n")
    }
}

/// The first columns of a row that is a balance.
fn balance(
    out: &mut String,
    at: (OffsetDateTime, OffsetDateTime),
    kind: &str,
    standing: &Standing,
) -> fmt::Result {
    times(out, at)?;
    let (balance, held) = (standing.balance, standing.held);
    write!(out, ",,{kind},,{balance},,{held}")
}

/// The day of the one, and the other.
fn times(out: &mut String, (day, time): (OffsetDateTime, OffsetDateTime)) -> fmt::Result {
    let day = time_text::utc(day, time_text::DATE);
    write!(out, "{day},{}", time_text::utc(time, time_text::LEDGER))
}
