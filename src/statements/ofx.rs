//! OFX 2.2 (XML): a bank statement.
//!
//! * An account's number has 22 characters at most (OFX 2.2, section 11.3.1). A wallet's id is written in them whole: its 16 bytes in
//!   base64 for URLs, without padding.
//! * `FITID` is the wallet's id and the operation's number: the same in every statement, so that a program that imports one twice
//!   skips what it has.
//! * Times are in UTC and say so: readers disagree on the day of any other zone.
//! * OFX has no opening balance; `BALLIST` has it, by the name `OPENING`.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::OffsetDateTime;

use super::form::Form;
use super::xml::Text;
use crate::domain::statement::{Statement, StatementEntry, Totals};
use crate::domain::{WalletId, time_text};

/// What stands for the bank's code, of at most nine characters.
const BANK_ID: &str = "WALLET";

/// The format.
pub struct Ofx {
    currency: String,
    wallet: Option<WalletId>,
}

impl Ofx {
    /// Returns the format for statements in the currency.
    #[must_use]
    pub fn new(currency: String) -> Self {
        Self {
            currency,
            wallet: None,
        }
    }
}

impl Form for Ofx {
    fn head(&mut self, statement: &Statement, out: &mut String) -> fmt::Result {
        self.wallet = Some(statement.wallet);
        let currency = &self.currency;
        let [from, to] = [statement.interval.from, statement.interval.to].map(written);
        let account = account(statement.wallet);
        out.push_str(concat!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n",
            "<?OFX OFXHEADER=\"200\" VERSION=\"220\" SECURITY=\"NONE\" OLDFILEUID=\"NONE\" NEWFILEUID=\"NONE\"?>\n",
            "<OFX>\n",
        ));
        writeln!(
            out,
            "<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>\
             <DTSERVER>{to}</DTSERVER><LANGUAGE>ENG</LANGUAGE></SONRS></SIGNONMSGSRSV1>"
        )?;
        writeln!(
            out,
            "<BANKMSGSRSV1><STMTTRNRS><TRNUID>0</TRNUID>\
             <STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>"
        )?;
        writeln!(
            out,
            "<STMTRS><CURDEF>{currency}</CURDEF><BANKACCTFROM><BANKID>{BANK_ID}</BANKID>\
             <ACCTID>{account}</ACCTID><ACCTTYPE>CHECKING</ACCTTYPE></BANKACCTFROM>"
        )?;
        writeln!(
            out,
            "<BANKTRANLIST><DTSTART>{from}</DTSTART><DTEND>{to}</DTEND>"
        )
    }

    fn entry(&mut self, entry: &StatementEntry, out: &mut String) -> fmt::Result {
        if !entry.moves_money() {
            return Ok(());
        }
        let (kind, change) = (entry.operation.kind, entry.change());
        let trntype = match (kind.is_transfer(), change.is_negative()) {
            (true, _) => "XFER",
            (false, true) => "DEBIT",
            (false, false) => "CREDIT",
        };
        let wallet = self.wallet.ok_or(fmt::Error)?;
        write!(
            out,
            "<STMTTRN><TRNTYPE>{trntype}</TRNTYPE><DTPOSTED>{}</DTPOSTED><TRNAMT>{change}</TRNAMT>\
             <FITID>{wallet}-{}</FITID><NAME>{}</NAME>",
            written(entry.created_at),
            entry.seq,
            kind.as_str(),
        )?;
        // White space around a text belongs to no element of OFX.
        let memo = entry.reference.as_ref().map(|text| text.as_str().trim());
        if let Some(memo) = memo.filter(|memo| !memo.is_empty()) {
            write!(out, "<MEMO>{}</MEMO>", Text(memo))?;
        }
        writeln!(out, "</STMTTRN>")
    }

    fn foot(&mut self, statement: &Statement, _: &Totals, out: &mut String) -> fmt::Result {
        let [from, to] = [statement.interval.from, statement.interval.to].map(written);
        let closing = &statement.closing;
        writeln!(
            out,
            "</BANKTRANLIST>\n<LEDGERBAL><BALAMT>{}</BALAMT><DTASOF>{to}</DTASOF></LEDGERBAL>",
            closing.balance
        )?;
        writeln!(
            out,
            "<AVAILBAL><BALAMT>{}</BALAMT><DTASOF>{to}</DTASOF></AVAILBAL>",
            closing.balance.above(closing.held)
        )?;
        writeln!(
            out,
            "<BALLIST><BAL><NAME>OPENING</NAME><DESC>Opening balance</DESC><BALTYPE>DOLLAR</BALTYPE>\
             <VALUE>{}</VALUE><DTASOF>{from}</DTASOF></BAL></BALLIST>",
            statement.opening.balance
        )?;
        writeln!(out, "</STMTRS></STMTTRNRS></BANKMSGSRSV1>\n</OFX>")
    }
}

fn written(time: OffsetDateTime) -> String {
    time_text::utc(time, time_text::OFX)
}

/// Returns the 22 digits of a wallet's id.
fn account(wallet: WalletId) -> String {
    URL_SAFE_NO_PAD.encode(wallet.0.as_bytes())
}
