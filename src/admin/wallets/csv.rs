//! A ledger as CSV (RFC 4180) in UTF-8: a header, and a row for each operation.
//!
//! * The file begins with a byte order mark: without it spreadsheets read Cyrillic reasons as Latin-1. Programs that would
//!   mind it have the API.
//! * Text is quoted, and no spreadsheet finds a formula in it (`statements::csv_cell`).

use csv::{QuoteStyle, Terminator, WriterBuilder};
use uuid::Uuid;

use super::actor;
use crate::domain::time_text;
use crate::statements::csv_cell::quoted;
use crate::storage::admin::{Approver, FoundOperation, LedgerRow};

pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A new one goes to the end: programs may read the file by position.
const COLUMNS: [&str; 17] = [
    "number",
    "time",
    "kind",
    "amount",
    "balance_after",
    "idempotency_key",
    "reason",
    "staff",
    "transfer",
    "other_wallet",
    "reference",
    "held_after",
    "hold",
    "expires_at",
    "reverses",
    "rules",
    "approved_by",
];

/// Returns the beginning of the file, without rows.
pub fn header() -> Result<Vec<u8>, csv::Error> {
    let header = written([COLUMNS])?;
    Ok([BYTE_ORDER_MARK.as_bytes(), &header].concat())
}

/// Returns the beginning of the file of what was found over all wallets: its first column is the wallet.
pub fn header_of_found() -> Result<Vec<u8>, csv::Error> {
    let header = written([["wallet"].into_iter().chain(COLUMNS)])?;
    Ok([BYTE_ORDER_MARK.as_bytes(), &header].concat())
}

/// Returns the rows of what was found.
pub fn rows_of_found(operations: &[FoundOperation]) -> Result<Vec<u8>, csv::Error> {
    let cells: Vec<Vec<String>> = operations
        .iter()
        .map(|found| {
            let mut cells = vec![found.wallet.to_string()];
            cells.extend(record(&found.row));
            cells
        })
        .collect();
    written(cells)
}

/// Returns the rows of the operations.
pub fn rows(operations: &[LedgerRow]) -> Result<Vec<u8>, csv::Error> {
    written(operations.iter().map(record))
}

fn written<R>(records: impl IntoIterator<Item = R>) -> Result<Vec<u8>, csv::Error>
where
    R: IntoIterator<Item: AsRef<[u8]>>,
{
    let mut writer = WriterBuilder::new()
        .quote_style(QuoteStyle::Never)
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    for record in records {
        writer.write_record(record)?;
    }
    Ok(writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?)
}

fn record(row: &LedgerRow) -> [String; COLUMNS.len()] {
    let text = |text: Option<&str>| text.map(quoted).unwrap_or_default();
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let time = |at| time_text::utc(at, time_text::LEDGER);
    let note = row.note.as_ref();
    let approver = note.and_then(|note| note.approver.as_ref());
    let by = note.and_then(|note| note.actor.as_ref());
    [
        row.seq.to_string(),
        time(row.created_at),
        row.kind.clone(),
        row.amount.to_string(),
        row.balance_after.to_string(),
        text(row.key.as_deref()),
        text(note.and_then(|note| note.reason.as_deref())),
        text(by.map(actor::csv).as_deref()),
        id(row.transfer.map(|transfer| transfer.id.0)),
        id(row.transfer.map(|transfer| transfer.other_wallet.0)),
        text(row.reference.as_deref()),
        row.held_after.to_string(),
        number(row.hold),
        row.expires_at.map(time).unwrap_or_default(),
        number(row.reverses),
        text(row.rules.as_deref()),
        text(approver.map(Approver::name).as_deref()),
    ]
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::domain::linked::TransferId;
    use crate::domain::{Amount, Balance, Sign, WalletId};
    use crate::storage::admin::{Actor, RowNote, RowTransfer};

    fn plain() -> LedgerRow {
        LedgerRow {
            seq: 7,
            kind: "WITHDRAW".to_owned(),
            sign: Some(Sign::Minus),
            amount: Amount::from_cents(150).unwrap(),
            balance_after: Balance::from_cents(5).unwrap(),
            created_at: OffsetDateTime::from_unix_timestamp_nanos(1_795_712_585_000_042_000)
                .unwrap(),
            key: None,
            reference: None,
            transfer: None,
            held_after: Balance::ZERO,
            hold: None,
            expires_at: None,
            reverses: None,
            reversed_by: Vec::new(),
            reversed: Balance::ZERO,
            rules: None,
            note: None,
        }
    }

    #[test]
    fn a_row_has_a_cell_for_each_column_of_the_header() {
        let header = String::from_utf8(header().unwrap()).unwrap();
        assert_eq!(
            header,
            "\u{feff}number,time,kind,amount,balance_after,idempotency_key,reason,staff,\
             transfer,other_wallet,reference,held_after,hold,expires_at,reverses,rules,approved_by\r\n"
        );
        let full = LedgerRow {
            key: Some("k".to_owned()),
            reference: Some("=rent".to_owned()),
            transfer: Some(RowTransfer {
                id: TransferId(Uuid::from_u128(1)),
                other_wallet: WalletId(Uuid::from_u128(2)),
                other_seq: 3,
            }),
            held_after: Balance::from_cents(3).unwrap(),
            hold: Some(2),
            expires_at: Some(plain().created_at),
            reverses: Some(1),
            rules: Some("{\"closed\": true}".to_owned()),
            note: Some(RowNote {
                reason: Some("cash, and \"more\"\u{2028}".to_owned()),
                actor: Some(Actor::Other("boss".to_owned())),
                is_adjustment: true,
                approver: Some(Approver {
                    id: 4,
                    username: Some("second".to_owned()),
                }),
            }),
            ..plain()
        };
        let rows = String::from_utf8(rows(&[plain(), full]).unwrap()).unwrap();
        let always = "7,2026-11-26T17:03:05.000042Z,WITHDRAW,1.50,0.05";
        let ids = "00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002";
        assert_eq!(
            rows,
            format!(
                "{always},,,,,,,0.00,,,,,\r\n\
                 {always},\"k\",\"cash, and \"\"more\"\"\u{2028}\",\"boss\",{ids},\"'=rent\",\
                 0.03,2,2026-11-26T17:03:05.000042Z,1,\"{{\"\"closed\"\": true}}\",\"second\"\r\n"
            )
        );
    }
}
