//! Text in a cell of a CSV file in which no spreadsheet finds a formula: a key or a reference that a client chose must not
//! run on the computer that opens the file.
//!
//! * The file separates its cells by commas. A spreadsheet splits it where its user's settings say: at commas, semicolons or
//!   tabs. One that splits at semicolons takes quotes inside its cells for text, so one of its cells may begin after any
//!   separator or line end within ours.
//! * Wherever a cell may begin with a formula's sign, an apostrophe goes before the sign. Blanks, quotes and invisible
//!   characters before it do not count, as some readers skip them: a tab or a line end at the beginning saves no formula.
//! * The text can be restored exactly: where a cell may begin, there is one more apostrophe before such a sign than before.
//!   `docs/admin.md` has the expression that removes it, and `tests/admin/spreadsheets.rs` runs it.
//! * Text is always quoted, so that it is what follows quotes, too, wherever a reader splits. Numbers, times and ids are not
//!   text: they are written as they are, and never begin with a sign that the ledger did not put there.
//!
//! A spreadsheet that is told to split at other characters, such as spaces, finds what it was told to find: after every space
//! an apostrophe would spoil ordinary text (`refund - late`).
//!
//! The csv crate has no guard against formulas, and quotes all cells, those that are no numbers, or those that must be, never
//! just text; so text is quoted here, and its writer quotes nothing.

/// The signs that a formula begins with, also in full width and as small forms, which some readers take for the others.
const FORMULA: [char; 13] = [
    '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '−',
];

/// Returns the text as a cell with its quotes.
///
/// ```
/// use wallet_engine::statements::csv_cell::quoted;
/// assert_eq!(quoted("rent"), "\"rent\"");
/// assert_eq!(quoted("a;=1+1;b"), "\"a;'=1+1;b\"");
/// ```
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut cell = String::with_capacity(text.len() + 2);
    cell.push('"');
    let mut may_begin = true;
    for (at, c) in text.char_indices() {
        if may_begin && is_formula(&text[at..]) {
            cell.push('\'');
        }
        may_begin = begins_cell(c, may_begin);
        if c == '"' {
            cell.push('"');
        }
        cell.push(c);
    }
    cell.push('"');
    cell
}

/// Returns whether the text begins with a formula's sign, after any apostrophes.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// Returns whether a reader may begin a cell after this character: because it splits there or takes it for a line end, or
/// because it began a cell before and skips what is before its text.
fn begins_cell(c: char, begun: bool) -> bool {
    let splits = matches!(c, ',' | ';' | '\u{2028}' | '\u{2029}') || c.is_control();
    splits || begun && is_skipped(c)
}

/// Returns whether a reader may skip the character at the beginning of a cell.
fn is_skipped(c: char) -> bool {
    let invisible = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    c == '"' || c.is_whitespace() || invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_like_a_formula_wherever_a_reader_splits() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1", "'＝1"),
            ("﹦1;﹢1", "'﹦1;'﹢1"),
            ("−1", "'−1"),
            ("a;=1+1;b", "a;'=1+1;b"),
            ("x,+1;-1\t@a", "x,'+1;'-1\t'@a"),
            ("a;;=1", "a;;'=1"),
            ("a; \u{a0}=1", "a; \u{a0}'=1"),
            ("a;\u{feff}\u{200b}=1", "a;\u{feff}\u{200b}'=1"),
            ("a;\r\n\t＋1", "a;\r\n\t'＋1"),
            (" =1", " '=1"),
            ("\t=1", "\t'=1"),
            ("\r-1\n+1", "\r'-1\n'+1"),
            ("a\u{2028}=1\u{1}=2", "a\u{2028}'=1\u{1}'=2"),
            ("a;\"=1", "a;\"\"'=1"),
            ("\"\" =1", "\"\"\"\" '=1"),
            // One more apostrophe than before.
            ("'=1", "''=1"),
            ("a;''=1", "a;'''=1"),
            // None where no cell begins, or no formula.
            ("a=1", "a=1"),
            ("refund - late", "refund - late"),
            ("a\u{200b}=1", "a\u{200b}=1"),
            ("a;'b", "a;'b"),
            ("'", "'"),
            ("", ""),
        ] {
            assert_eq!(quoted(text), format!("\"{cell}\""), "{text:?}");
        }
    }

    /// Returns the text that was written, from the cell of a reader that splits at commas.
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

    /// Returns the cells of a line in a reader that splits at `separator`: quotes count where a cell begins.
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
        fn any_text_is_safe_in_every_reader_and_comes_back(
            text in "[,;\t\r\n \"'=+@－﹦−a\u{a0}\u{200b}\u{feff}\u{2028}-]{0,12}",
        ) {
            let line = format!("1,{0},{0}", quoted(&text));
            let cells = split(&line, ',');
            proptest::prop_assert_eq!(cells.len(), 3);
            proptest::prop_assert_eq!(restored(&cells[1]), &*text);
            for separator in [',', ';', '\t'] {
                for cell in split(&line, separator) {
                    let begins = cell.trim_start_matches(is_skipped);
                    proptest::prop_assert!(!begins.starts_with(FORMULA), "{:?}: {:?}", separator, cell);
                }
            }
        }
    }
}
