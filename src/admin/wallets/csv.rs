//! A ledger as CSV (RFC 4180): a header, a row an operation, in UTF-8.
//!
//! * The file begins with a byte order mark: without it a spreadsheet reads Cyrillic reasons as Latin-1. Programs that
//!   would mind have the API.
//! * A cell of text is quoted, and no spreadsheet finds a formula in it, whether it splits the file at commas, semicolons or
//!   tabs: what a client wrote into a key must not run on the machine of whoever opens the file. One that splits at
//!   semicolons takes quotes in the middle of its cells for text, so a cell of its own may begin after any separator within
//!   ours. Where a cell may begin with a formula's sign, an apostrophe goes before the sign.
//! * The text comes back exactly: where a cell may begin, the apostrophes before such a sign are one more than there were.
//!
//! Rows are written here and not by the csv crate, which tests read them with: it has no guard against formulas, and quotes
//! all cells, those that are no numbers, or those that must be, never just those of text.

use std::fmt::Write as _;

use crate::domain::time_text;
use crate::storage::admin::LedgerRow;

/// What the file begins with.
pub const HEAD: &str =
    "\u{feff}number,time,kind,amount,balance_after,idempotency_key,reason,staff\r\n";

/// What a formula begins with, also in the letters of full width that some readers take for the others.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Adds the operation's row.
pub fn write_row(out: &mut String, row: &LedgerRow) {
    let (reason, staff) = match &row.adjustment {
        None => (None, None),
        Some(adjustment) => (
            Some(adjustment.reason.as_str()),
            adjustment.staff.as_deref(),
        ),
    };
    // Nothing that is written to memory fails.
    let _ = write!(
        out,
        "{},{},{},{},{}",
        row.seq,
        time_text::utc(row.created_at, time_text::LEDGER),
        row.kind,
        row.amount,
        row.balance_after
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
    out.push('"');
    let mut may_begin = true;
    for (at, c) in text.char_indices() {
        if may_begin && is_formula(&text[at..]) {
            out.push('\'');
        }
        may_begin = begins_cell(c, may_begin);
        if c == '"' {
            out.push('"');
        }
        out.push(c);
    }
    out.push('"');
}

/// Whether a formula's sign comes, after any apostrophes.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// Whether some reader may begin a cell after this character: it splits there, or takes it for the end of a line, or has
/// begun one before and leaves out blanks and quotes.
fn begins_cell(c: char, begun: bool) -> bool {
    let splits = matches!(c, ',' | ';' | '\u{2028}' | '\u{2029}') || c.is_control();
    splits || begun && (c == '"' || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::domain::{Amount, Balance, Sign};
    use crate::storage::admin::RowAdjustment;

    fn row(key: Option<&str>, reason: Option<&str>) -> String {
        let row = LedgerRow {
            seq: 7,
            kind: "WITHDRAW".to_owned(),
            sign: Some(Sign::Minus),
            amount: Amount::from_cents(150).unwrap(),
            balance_after: Balance::from_cents(5).unwrap(),
            created_at: OffsetDateTime::from_unix_timestamp_nanos(1_795_712_585_000_042_000)
                .unwrap(),
            key: key.map(str::to_owned),
            adjustment: reason.map(|reason| RowAdjustment {
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

    fn quoted(text: &str) -> String {
        let mut out = String::new();
        write_text(&mut out, text);
        out
    }

    #[test]
    fn no_cell_begins_like_a_formula_wherever_a_reader_splits() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1", "'＝1"),
            ("x;=1+1;y", "x;'=1+1;y"),
            ("x,+1;-1\t@a", "x,'+1;'-1\t'@a"),
            ("a;;=1", "a;;'=1"),
            ("a; \u{a0}=1", "a; \u{a0}'=1"),
            ("a;\r\n\t＋1", "a;\r\n\t'＋1"),
            (" =1", " '=1"),
            ("a\u{2028}=1\u{1}=2", "a\u{2028}'=1\u{1}'=2"),
            ("a;\"=1", "a;\"\"'=1"),
            ("\"\" =1", "\"\"\"\" '=1"),
            // An apostrophe that was there before is one more.
            ("'=1", "''=1"),
            ("a;''=1", "a;'''=1"),
            // Nothing is written where no cell begins, and where no formula does.
            ("a=1", "a=1"),
            ("refund - late", "refund - late"),
            ("a;'b", "a;'b"),
            ("'", "'"),
            ("", ""),
        ] {
            assert_eq!(quoted(text), format!("\"{cell}\""), "{text:?}");
        }
    }

    /// What was written, from the cell that a reader of commas has.
    fn restored(cell: &str) -> String {
        let mut text = String::new();
        let mut may_begin = true;
        for (at, c) in cell.char_indices() {
            let is_mark = may_begin && c == '\'' && is_formula(&cell[at..]);
            may_begin = begins_cell(c, may_begin);
            if !is_mark {
                text.push(c);
            }
        }
        text
    }

    /// The cells of a line in a reader that splits at `separator`: quotes count where a cell begins.
    fn split(line: &str, separator: char) -> Vec<String> {
        let records = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator.try_into().unwrap())
            .from_reader(line.as_bytes())
            .into_records();
        records
            .flat_map(|record| record.unwrap().deserialize::<Vec<String>>(None).unwrap())
            .collect()
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_safe_in_every_reader_and_comes_back(text in "[,;\t\r\n \"'=+@－a\u{a0}\u{2028}-]{0,12}") {
            let line = format!("1,{0},{0}", quoted(&text));
            let cells = split(&line, ',');
            proptest::prop_assert_eq!(cells.len(), 3);
            proptest::prop_assert_eq!(restored(&cells[1]), &*text);
            for separator in [',', ';', '\t'] {
                for cell in split(&line, separator) {
                    let begins = cell.trim_start_matches(|c: char| c == '"' || c.is_whitespace());
                    proptest::prop_assert!(!begins.starts_with(FORMULA), "{:?}: {:?}", separator, cell);
                }
            }
        }
    }
}
