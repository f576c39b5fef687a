//! What happens together happens whole or not at all, and no transfer makes money.
//!
//! * Each row that belongs to another names it, in the ledger and in what an old primary had: of a transfer, and of a capture
//!   or a reversal between two wallets, that one names it back, with the same id and amount; of other rows of a batch, each names
//!   the next, in a ring. Two rows that reverse reverse two that belong together.
//! * Of a request's rows, the ledger has all or none; so had an old primary.
//! * A receipt of a transfer names the id that its rows have, and receipts of one request are replays all or none.
//! * All balances together are what came from outside, less what went there.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;
use wallet_engine::domain::{OperationKind, WalletId};

use super::Breach;
use super::eras::Eras;
use super::parts::{all_rows, is_transfer};
use crate::branch::Failover;
use crate::history::{Answer, Call, Request, Step};
use crate::ledger::{Account, Link, Row};

/// What stands for all wallets in a breach.
const ALL: WalletId = WalletId(Uuid::nil());

/// The rows of one branch by wallet and seq.
type Branch<'a> = HashMap<(WalletId, i64), &'a Row>;

pub(super) fn check(
    calls: &[Call],
    ledger: &[Account],
    failovers: &[Failover],
    eras: &Eras,
    breaches: &mut Vec<Breach>,
) {
    let mut branches = vec![ledger_branch(ledger)];
    branches.extend((0..failovers.len()).map(|era| old_branch(ledger, eras, era)));
    for branch in &branches {
        counterparts(branch, breaches);
        wholes(calls, branch, breaches);
    }
    receipts(calls, ledger, failovers, breaches);
    total(ledger, breaches);
}

fn ledger_branch(ledger: &[Account]) -> Branch<'_> {
    let rows = ledger
        .iter()
        .flat_map(|account| account.rows.iter().map(|row| (account.wallet.id, row)));
    rows.map(|(wallet, row)| ((wallet, row.seq), row)).collect()
}

/// What the primary of the era had at its end.
fn old_branch<'a>(ledger: &'a [Account], eras: &Eras<'a>, era: usize) -> Branch<'a> {
    let mut branch = Branch::new();
    for account in ledger {
        for placed in eras.placed(account) {
            let was_there = if placed.is_lost {
                placed.last == era
            } else {
                placed.born <= era
            };
            if was_there {
                branch.insert((account.wallet.id, placed.row.seq), placed.row);
            }
        }
    }
    branch
}

/// Each row's counterpart is there and is one.
fn counterparts(branch: &Branch, breaches: &mut Vec<Breach>) {
    let mut named = HashSet::new();
    for (&(wallet, seq), row) in branch {
        let mut breach = |text: String| breaches.push(breach_of(wallet, row.key.clone(), text));
        let kind = row.operation.kind;
        let Some(link) = row.link else {
            if kind.is_transfer() {
                breach(format!("seq {seq} is a transfer's and names no other row"));
            }
            continue;
        };
        let may_be_either = kind == OperationKind::Capture || kind.is_reversal();
        if kind.is_transfer() != link.transfer.is_some() && !may_be_either {
            breach(format!("seq {seq} has the id of a transfer, or lacks it"));
        }
        if !named.insert((link.wallet, link.seq)) {
            breach(format!("seq {seq} names a row that another one names"));
        }
        match branch.get(&(link.wallet, link.seq)) {
            None => breach(format!(
                "seq {seq} belongs to seq {} of wallet {}, which is not there",
                link.seq, link.wallet
            )),
            Some(other) if is_counterpart(wallet, row, link, other) => {
                if !reverse_one(branch, wallet, row, link.wallet, other) {
                    breach(format!("seq {seq} reverses only one of two rows"));
                }
            }
            Some(_) => breach(format!(
                "seq {seq} belongs to seq {} of wallet {}, which is another's",
                link.seq, link.wallet
            )),
        }
    }
}

fn is_counterpart(wallet: WalletId, row: &Row, link: Link, other: &Row) -> bool {
    let Some(back) = other.link else {
        return false;
    };
    if link.transfer.is_none() {
        return back.transfer.is_none();
    }
    (back.wallet, back.seq, back.transfer) == (wallet, row.seq, link.transfer)
        && other.operation.amount == row.operation.amount
        && other.operation.kind != row.operation.kind
}

/// Whether what both reverse belongs together, if they do.
fn reverse_one(
    branch: &Branch,
    wallet: WalletId,
    row: &Row,
    other_wallet: WalletId,
    other: &Row,
) -> bool {
    match (row.reverses, other.reverses) {
        (Some(seq), Some(other_seq)) => branch
            .get(&(wallet, seq))
            .and_then(|original| original.link)
            .is_some_and(|link| (link.wallet, link.seq) == (other_wallet, other_seq)),
        (None, None) => true,
        _ => false,
    }
}

/// Of what a request asks for, all rows are there or none.
fn wholes(calls: &[Call], branch: &Branch, breaches: &mut Vec<Breach>) {
    let names: HashSet<(WalletId, &str)> = branch
        .iter()
        .filter_map(|((wallet, _), row)| Some((*wallet, row.key.as_deref()?)))
        .collect();
    for (number, steps) in units(calls) {
        let rows: Vec<_> = steps.iter().flat_map(Step::rows).collect();
        let is_there =
            |(wallet, name, _): &&(WalletId, String, _)| names.contains(&(*wallet, name.as_str()));
        let there = rows.iter().filter(is_there).count();
        if there != 0 && there != rows.len() {
            let text = format!("happened in part: {there} of {} rows", rows.len());
            breaches.push(Breach {
                calls: vec![number],
                ..breach_of(steps[0].wallet, Some(steps[0].key.clone()), text)
            });
        }
    }
}

/// Each linked request once, with the number of its first call.
fn units(calls: &[Call]) -> impl Iterator<Item = (usize, &[Step])> {
    let mut units: BTreeMap<&str, (usize, &[Step])> = BTreeMap::new();
    for (number, call) in calls.iter().enumerate() {
        if let Request::Linked(steps) = &call.request {
            units
                .entry(&steps[0].key)
                .or_insert((number, steps.as_slice()));
        }
    }
    units.into_values()
}

fn receipts(
    calls: &[Call],
    ledger: &[Account],
    failovers: &[Failover],
    breaches: &mut Vec<Breach>,
) {
    let mut ids: HashSet<(WalletId, Option<&str>, Option<Uuid>)> = HashSet::new();
    for (wallet, row) in all_rows(ledger, failovers) {
        let transfer = row.link.and_then(|link| link.transfer);
        ids.insert((wallet, row.key.as_deref(), transfer));
    }
    for (number, call) in calls.iter().enumerate() {
        let (Request::Linked(steps), Answer::Together(told)) = (&call.request, &call.answer) else {
            continue;
        };
        let mut breach = |text: &str| {
            breaches.push(Breach {
                calls: vec![number],
                ..breach_of(
                    call.wallet,
                    call.request.key().map(str::to_owned),
                    text.to_owned(),
                )
            });
        };
        if told.len() != steps.len() {
            breach("not one receipt a step");
        }
        if told
            .iter()
            .any(|receipt| receipt.replayed != told[0].replayed)
        {
            breach("replayed in part");
        }
        for (step, receipt) in steps.iter().zip(told) {
            let id = (step.wallet, Some(step.key.as_str()), receipt.transfer);
            // Only transfers are answered with it.
            let is_other = step.movement.other().is_some() && !is_transfer(step);
            let is_known = is_other || ids.contains(&id);
            if is_transfer(step) != receipt.transfer.is_some() || !is_known {
                breach("answered with the id of a transfer that its row has not");
            }
        }
    }
}

/// Only what belongs to no other wallet's row changes how much there is.
fn total(ledger: &[Account], breaches: &mut Vec<Breach>) {
    let balances: i64 = ledger
        .iter()
        .map(|account| account.wallet.balance.cents())
        .sum();
    let rows = ledger.iter().flat_map(|account| &account.rows);
    let moved = rows.filter(|row| row.link.is_none_or(|link| link.transfer.is_none()));
    let moved = moved.filter(|row| !row.operation.kind.is_transfer());
    let from_outside: i64 = moved
        .map(|row| {
            let Row { operation, .. } = row;
            i64::from(operation.kind.balance_sign().number()) * operation.amount.cents()
        })
        .sum();
    if balances != from_outside {
        let text = format!(
            "all balances together are {balances} cents, of which {from_outside} came from outside"
        );
        breaches.push(breach_of(ALL, None, text));
    }
}

fn breach_of(wallet: WalletId, key: Option<String>, text: String) -> Breach {
    Breach {
        wallet,
        key,
        text,
        calls: Vec::new(),
    }
}
