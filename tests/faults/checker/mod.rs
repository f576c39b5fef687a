//! The judge of a finished run: the history and the ledger in, everything in which they disagree out. Pure.
//!
//! It is for a run that has come to rest: nothing is under way any more, and every operation whose outcome was
//! unknown has been asked again under its key until it was told. Then, for each wallet:
//!
//! * `outcomes`: what a client was told of an operation is what the ledger holds of it. Applied: one row, with the
//!   very balance. Refused: no row. Whatever was unknown has become one of the two. Every row was asked for.
//! * `order`: the rows have no gap and follow from each other by [`Wallet::decide`]; and an operation that was answered
//!   before another was sent stands before it.
//! * `reads`: a balance that was read, and one that a refusal is due to, was the wallet's at some moment between
//!   the request and its answer. (Of reads less is promised by engines that do not know of each other; see there.)
//!
//! [`Wallet::decide`]: wallet_engine::domain::Wallet::decide

mod order;
mod outcomes;
mod reads;
mod spans;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use wallet_engine::domain::WalletId;

use crate::history::{Call, Request};
use crate::ledger::Account;
use spans::{Span, spans};

/// Something that the engine may not do, and did.
#[derive(Clone, Debug)]
pub struct Breach {
    pub wallet: WalletId,
    pub key: Option<String>,
    pub text: String,
    /// The numbers of the calls that show it.
    pub calls: Vec<usize>,
}

/// A call with its number.
type Numbered<'a> = (usize, &'a Call);

/// Everything about one wallet.
struct Case<'a> {
    account: &'a Account,
    /// Whether the engines know of each other (`WALLET_SHARED`).
    shared: bool,
    calls: Vec<Numbered<'a>>,
    /// For each row of the ledger, in order: when its operation happened.
    spans: Vec<Span<'a>>,
}

/// Everything in which the history and the ledger disagree; `shared`, if the engines know of each other.
pub fn check(calls: &[Call], ledger: &[Account], shared: bool) -> Vec<Breach> {
    let mut by_wallet: BTreeMap<WalletId, Vec<Numbered>> = BTreeMap::new();
    for (number, call) in calls.iter().enumerate() {
        by_wallet
            .entry(call.wallet)
            .or_default()
            .push((number, call));
    }
    let mut breaches = Vec::new();
    for account in ledger {
        let calls = by_wallet.remove(&account.wallet.id).unwrap_or_default();
        let case = Case {
            account,
            shared,
            spans: spans(account, &calls),
            calls,
        };
        outcomes::check(&case, &mut breaches);
        order::check(&case, &mut breaches);
        reads::check(&case, &mut breaches);
    }
    for (wallet, calls) in by_wallet {
        breaches.push(Breach {
            wallet,
            key: None,
            text: "the database has lost the wallet".to_owned(),
            calls: calls.iter().map(|(number, _)| *number).collect(),
        });
    }
    breaches
}

impl<'a> Case<'a> {
    /// The requests for each key's own operation, in the order in which they were sent.
    fn attempts(&self) -> BTreeMap<&'a str, Vec<Numbered<'a>>> {
        let mut attempts: BTreeMap<&str, Vec<Numbered>> = BTreeMap::new();
        for &(number, call) in &self.calls {
            if let Request::Operation { key, .. } = &call.request {
                attempts.entry(key).or_default().push((number, call));
            }
        }
        attempts
    }

    fn breach(&self, key: Option<&str>, calls: &[Numbered], text: String) -> Breach {
        Breach {
            wallet: self.account.wallet.id,
            key: key.map(str::to_owned),
            text,
            calls: calls.iter().map(|(number, _)| *number).collect(),
        }
    }
}
