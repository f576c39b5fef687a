//! A ledger as CSV (RFC 4180): a header, a row an operation, in UTF-8.
//!
//! * The file begins with a byte order mark: without it a spreadsheet reads Cyrillic reasons as Latin-1. Programs that
//!   would mind have the API.
//! * A cell of text is quoted, and if it begins like a formula, an apostrophe goes before it: what a client wrote into a key
//!   must not run on the machine of whoever opens the file.

use std::fmt::Write as _;

use time::{OffsetDateTime, UtcOffset};

use crate::storage::admin::LedgerRow;

/// What the file begins with.
pub const HEAD: &str =
    "\u{feff}number,time,kind,amount,balance_after,idempotency_key,reason,staff\r\n";

/// Adds the operation's row.
pub fn write_row(out: &mut String, row: &LedgerRow) {
    let past = &row.past;
    let (reason, staff) = match &row.correction {
        None => (None, None),
        Some(correction) => (
            Some(correction.reason.as_str()),
            correction.staff.as_deref(),
        ),
    };
    // Nothing that is written to memory fails.
    let _ = write!(
        out,
        "{},{},{},{},{}",
        past.seq,
        written(past.created_at),
        past.operation.kind.as_str(),
        past.operation.amount,
        past.balance_after
    );
    for text in [row.key.as_deref(), reason, staff] {
        out.push(',');
        if let Some(text) = text {
            write_text(out, text);
        }
    }
    out.push_str("\r\n");
}

fn write_text(out: &mut String, text: &str) {
    let formula = |c| "=+-@\t\r\n＝＋－＠".contains(c);
    out.push('"');
    if text.starts_with(formula) {
        out.push('\'');
    }
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

/// A time, in UTC and to the microsecond, which is what the ledger keeps.
fn written(time: OffsetDateTime) -> String {
    let time = time.to_offset(UtcOffset::UTC);
    let (date, clock) = (time.date(), time.time());
    format!(
        "{date}T{:02}:{:02}:{:02}.{:06}Z",
        clock.hour(),
        clock.minute(),
        clock.second(),
        clock.microsecond()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::history::PastOperation;
    use crate::domain::{Amount, Balance, Operation, OperationKind};
    use crate::storage::admin::RowCorrection;

    fn row(key: Option<&str>, reason: Option<&str>) -> String {
        let row = LedgerRow {
            past: PastOperation {
                seq: 7,
                operation: Operation {
                    kind: OperationKind::Withdraw,
                    amount: Amount::from_cents(150).unwrap(),
                },
                balance_after: Balance::from_cents(5).unwrap(),
                created_at: OffsetDateTime::from_unix_timestamp_nanos(1_795_712_585_000_042_000)
                    .unwrap(),
            },
            key: key.map(str::to_owned),
            correction: reason.map(|reason| RowCorrection {
                reason: reason.to_owned(),
                staff_id: 1,
                staff: Some("boss".to_owned()),
            }),
        };
        let mut out = String::new();
        write_row(&mut out, &row);
        out
    }

    #[test]
    fn a_row_has_a_cell_for_each_column_of_the_header() {
        let plain = "7,2026-11-26T17:03:05.000042Z,WITHDRAW,1.50,0.05";
        assert_eq!(row(None, None), format!("{plain},,,\r\n"));
        assert_eq!(
            row(Some("k"), Some("cash, and \"more\"\u{2028}")),
            format!("{plain},\"k\",\"cash, and \"\"more\"\"\u{2028}\",\"boss\"\r\n")
        );
        assert_eq!(
            HEAD.matches(',').count(),
            row(None, None).matches(',').count()
        );
    }

    #[test]
    fn no_text_is_taken_for_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "＝1"] {
            assert!(
                row(Some(text), None).contains(&format!(",\"'{text}\",")),
                "{text}"
            );
        }
        assert!(row(Some("a=1"), None).contains(",\"a=1\","));
    }
}
