//! JSON: the balances, then the entries, one a line, then the totals.
//!
//! An entry has the names of the history's. `reversed_by` is not among them, as it may grow afterwards; what rules became, who
//! asked and why are in the history.

use std::fmt::{self, Write as _};

use serde::Serialize;

use super::form::Form;
use crate::domain::statement::{Standing, Statement, StatementEntry, Total, Totals};
use crate::domain::{Reference, time_text};

/// The format.
#[derive(Default)]
pub struct Json {
    has_entries: bool,
}

#[derive(Serialize)]
struct Head {
    wallet: String,
    from: String,
    to: String,
    opening: Balances,
    closing: Balances,
}

#[derive(Serialize)]
struct Balances {
    balance: String,
    held: String,
    version: i64,
}

#[derive(Serialize)]
struct Entry<'e> {
    id: i64,
    kind: &'static str,
    amount: String,
    balance_after: String,
    held_after: String,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_wallet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reverses: Option<i64>,
}

#[derive(Serialize)]
struct Foot {
    total_in: Sums,
    total_out: Sums,
}

#[derive(Serialize)]
struct Sums {
    count: u64,
    amount: String,
}

impl Form for Json {
    fn head(&mut self, statement: &Statement, out: &mut String) -> fmt::Result {
        let head = json(&Head {
            wallet: statement.wallet.to_string(),
            from: time_text::utc(statement.interval.from, time_text::LEDGER),
            to: time_text::utc(statement.interval.to, time_text::LEDGER),
            opening: Balances::from(&statement.opening),
            closing: Balances::from(&statement.closing),
        })?;
        let members = head.strip_suffix('}').ok_or(fmt::Error)?;
        write!(out, "{members},\"entries\":[")
    }

    fn entry(&mut self, entry: &StatementEntry, out: &mut String) -> fmt::Result {
        let separator = if self.has_entries { ",\n" } else { "\n" };
        self.has_entries = true;
        let transfer = entry.transfer.as_ref();
        let entry = json(&Entry {
            id: entry.seq,
            kind: entry.operation.kind.as_str(),
            amount: entry.operation.amount.to_string(),
            balance_after: entry.balance_after.to_string(),
            held_after: entry.held_after.to_string(),
            created_at: time_text::utc(entry.created_at, time_text::LEDGER),
            transfer: transfer.map(|transfer| transfer.id.0.to_string()),
            other_wallet: transfer.map(|transfer| transfer.other_wallet.to_string()),
            reference: entry.reference.as_ref().map(Reference::as_str),
            hold: entry.hold,
            reverses: entry.reverses,
        })?;
        write!(out, "{separator}{entry}")
    }

    fn foot(&mut self, _: &Statement, totals: &Totals, out: &mut String) -> fmt::Result {
        let foot = json(&Foot {
            total_in: Sums::from(&totals.incoming),
            total_out: Sums::from(&totals.outgoing),
        })?;
        let members = foot.strip_prefix('{').ok_or(fmt::Error)?;
        let end = if self.has_entries { "\n" } else { "" };
        writeln!(out, "{end}],{members}")
    }
}

fn json(value: &impl Serialize) -> Result<String, fmt::Error> {
    serde_json::to_string(value).map_err(|_| fmt::Error)
}

impl From<&Standing> for Balances {
    fn from(standing: &Standing) -> Self {
        Self {
            balance: standing.balance.to_string(),
            held: standing.held.to_string(),
            version: standing.version,
        }
    }
}

impl From<&Total> for Sums {
    fn from(total: &Total) -> Self {
        Self {
            count: total.count,
            amount: total.sum.to_string(),
        }
    }
}
