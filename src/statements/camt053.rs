//! camt.053.001.08 (ISO 20022): a bank-to-customer statement.
//!
//! * Identifiers have 35 characters at most, and an account's 34: UUIDs are written without hyphens. The message's and the statement's
//!   are made from wallet and interval, and `CreDtTm` is the end of the interval, so that the same statement has the same bytes.
//! * `OPBD` is dated by the interval's first moment, `CLBD` by its last one: a statement of January closes on 31 January. `CLAV` is
//!   what of the closing balance is available.
//! * `CdtDbtInd` says what an entry did to the balance. `RvslInd` marks an entry that reverses an earlier one, and is then `true`: some
//!   readers do not know `1`.
//! * The kind of an operation is its proprietary bank transaction code. Booking dates are days; the exact time is `TxDtTm`.

use std::fmt::{self, Write as _};

use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::form::Form;
use super::xml::Text;
use crate::domain::statement::{Statement, StatementEntry, Total, Totals};
use crate::domain::{Balance, time_text};

/// The format.
pub struct Camt053 {
    currency: String,
}

impl Camt053 {
    /// Returns the format for statements in the currency.
    #[must_use]
    pub fn new(currency: String) -> Self {
        Self { currency }
    }

    /// An amount of the account's currency.
    fn amount(&self, amount: impl fmt::Display) -> String {
        format!("<Amt Ccy=\"{}\">{amount}</Amt>", self.currency)
    }

    fn balance(
        &self,
        out: &mut String,
        code: &str,
        balance: Balance,
        at: OffsetDateTime,
    ) -> fmt::Result {
        writeln!(
            out,
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{}<CdtDbtInd>CRDT</CdtDbtInd>\
             <Dt><Dt>{}</Dt></Dt></Bal>",
            self.amount(balance),
            day(at),
        )
    }
}

impl Form for Camt053 {
    fn head(&mut self, statement: &Statement, out: &mut String) -> fmt::Result {
        let id = id(statement)?;
        let [from, to] = [statement.interval.from, statement.interval.to].map(written);
        let account = statement.wallet.0.simple();
        let (opening, closing) = (&statement.opening, &statement.closing);
        out.push_str(concat!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt>\n",
        ));
        writeln!(
            out,
            "<GrpHdr><MsgId>{id}</MsgId><CreDtTm>{to}</CreDtTm></GrpHdr>"
        )?;
        writeln!(
            out,
            "<Stmt><Id>{id}</Id><CreDtTm>{to}</CreDtTm>\
             <FrToDt><FrDtTm>{from}</FrDtTm><ToDtTm>{to}</ToDtTm></FrToDt>"
        )?;
        writeln!(
            out,
            "<Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>{}</Ccy></Acct>",
            self.currency
        )?;
        let last = statement.interval.last_moment();
        self.balance(out, "OPBD", opening.balance, statement.interval.from)?;
        self.balance(out, "CLBD", closing.balance, last)?;
        self.balance(out, "CLAV", closing.balance.above(closing.held), last)
    }

    fn totals(&mut self, totals: &Totals, out: &mut String) -> fmt::Result {
        let (net, is_debit) = totals.net();
        write!(
            out,
            "<TxsSummry><TtlNtries><NbOfNtries>{}</NbOfNtries><Sum>{}</Sum>\
             <TtlNetNtry><Amt>{net}</Amt><CdtDbtInd>{}</CdtDbtInd></TtlNetNtry></TtlNtries>",
            totals.count(),
            totals.sum(),
            indicator(is_debit),
        )?;
        let total = |name: &str, total: &Total, out: &mut String| {
            write!(
                out,
                "<{name}><NbOfNtries>{}</NbOfNtries><Sum>{}</Sum></{name}>",
                total.count, total.sum
            )
        };
        total("TtlCdtNtries", &totals.incoming, out)?;
        total("TtlDbtNtries", &totals.outgoing, out)?;
        out.push_str("</TxsSummry>\n");
        Ok(())
    }

    fn entry(&mut self, entry: &StatementEntry, out: &mut String) -> fmt::Result {
        if !entry.moves_money() {
            return Ok(());
        }
        let is_debit = entry.change().is_negative();
        let indicator = indicator(is_debit);
        let amount = self.amount(entry.operation.amount);
        let (day, seq) = (day(entry.created_at), entry.seq);
        write!(
            out,
            "<Ntry><NtryRef>{seq}</NtryRef>{amount}<CdtDbtInd>{indicator}</CdtDbtInd>"
        )?;
        if entry.reverses.is_some() {
            out.push_str("<RvslInd>true</RvslInd>");
        }
        write!(
            out,
            "<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>\
             <AcctSvcrRef>{seq}</AcctSvcrRef><BkTxCd><Prtry><Cd>{}</Cd></Prtry></BkTxCd><NtryDtls><TxDtls>",
            entry.operation.kind.as_str(),
        )?;
        if let Some(transfer) = &entry.transfer {
            let other = transfer.other_wallet.0.simple();
            let side = if is_debit { "CdtrAcct" } else { "DbtrAcct" };
            write!(
                out,
                "<Refs><TxId>{}</TxId></Refs>{amount}<CdtDbtInd>{indicator}</CdtDbtInd>\
                 <RltdPties><{side}><Id><Othr><Id>{other}</Id></Othr></Id></{side}></RltdPties>",
                transfer.id.0.simple(),
            )?;
        } else {
            write!(out, "{amount}<CdtDbtInd>{indicator}</CdtDbtInd>")?;
        }
        if let Some(reference) = &entry.reference {
            let text = Text(reference.as_str());
            write!(out, "<RmtInf><Ustrd>{text}</Ustrd></RmtInf>")?;
        }
        writeln!(
            out,
            "<RltdDts><TxDtTm>{}</TxDtTm></RltdDts></TxDtls></NtryDtls></Ntry>",
            written(entry.created_at)
        )
    }

    fn foot(&mut self, _: &Statement, _: &Totals, out: &mut String) -> fmt::Result {
        out.push_str("</Stmt></BkToCstmrStmt></Document>\n");
        Ok(())
    }
}

fn indicator(is_debit: bool) -> &'static str {
    if is_debit { "DBIT" } else { "CRDT" }
}

fn written(time: OffsetDateTime) -> String {
    time_text::utc(time, time_text::LEDGER)
}

fn day(time: OffsetDateTime) -> String {
    time_text::utc(time, time_text::DATE)
}

/// Returns what tells a statement from all others, in 32 characters.
fn id(statement: &Statement) -> Result<String, fmt::Error> {
    let mut hash = Sha256::new();
    hash.update(statement.wallet.0.as_bytes());
    hash.update(written(statement.interval.from));
    hash.update(written(statement.interval.to));
    let hash = hash.finalize();
    let mut id = String::new();
    for byte in hash.iter().take(16) {
        write!(id, "{byte:02x}")?;
    }
    Ok(id)
}
