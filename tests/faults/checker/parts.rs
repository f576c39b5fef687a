//! What a linked request means for each of its wallets: a call for each row that it asks for, so that every wallet is
//! judged as if it were alone. `linked` judges what they have in common.

use std::collections::HashMap;

use uuid::Uuid;
use wallet_engine::domain::Movement;
use wallet_engine::domain::{Balance, Operation, OperationKind, WalletId};

use crate::branch::Failover;
use crate::history::{Answer, Call, Receipt, Request, Step};
use crate::ledger::{Account, Row};

/// A call for one wallet alone, and the number of the call that it is a part of.
pub type Part = (usize, Call);

/// Every row, in the ledger or lost, with its wallet.
pub(super) fn all_rows<'a>(
    ledger: &'a [Account],
    failovers: &'a [Failover],
) -> impl Iterator<Item = (WalletId, &'a Row)> {
    let recorded = ledger
        .iter()
        .flat_map(|account| account.rows.iter().map(|row| (account.wallet.id, row)));
    let forks = failovers.iter().flat_map(|failover| &failover.forks);
    let lost = forks.flat_map(|(wallet, fork)| fork.lost.iter().map(|row| (*wallet, row)));
    recorded.chain(lost)
}

/// The parts of every call, in the calls' order.
pub fn parts(calls: &[Call], ledger: &[Account], failovers: &[Failover]) -> Vec<Part> {
    let mut received = HashMap::new();
    for (wallet, row) in all_rows(ledger, failovers) {
        if let Some(transfer) = row.link.and_then(|link| link.transfer)
            && row.operation.kind == OperationKind::TransferIn
        {
            let balance = row.balance_after;
            received.entry((wallet, transfer)).or_insert(balance);
        }
    }
    let mut parts = Vec::with_capacity(calls.len());
    for (number, call) in calls.iter().enumerate() {
        let Request::Linked(steps) = &call.request else {
            parts.push((number, call.clone()));
            continue;
        };
        for (index, step) in steps.iter().enumerate() {
            for (wallet, key, operation) in step.rows() {
                let answer = part_answer(&call.answer, steps, index, wallet, &received);
                let request = Request::Operation { key, operation };
                let part = Call {
                    wallet,
                    request,
                    answer,
                    ..call.clone()
                };
                parts.push((number, part));
            }
        }
    }
    parts
}

/// What the wallet's part of that step was told.
fn part_answer(
    answer: &Answer,
    steps: &[Step],
    index: usize,
    wallet: WalletId,
    received: &HashMap<(WalletId, Uuid), Balance>,
) -> Answer {
    let is_own = wallet == steps[index].wallet;
    match answer {
        Answer::Together(receipts) => match receipts.get(index) {
            Some(receipt) => told(receipt, is_own, wallet, received),
            None => Answer::Unexpected("no receipt for a step".to_owned()),
        },
        Answer::RefusedAt(at) => {
            let before = (is_own && *at == index).then(|| operations_of(wallet, &steps[..index]));
            Answer::PartRefused(before)
        }
        Answer::Balance(_) | Answer::Applied { .. } | Answer::Refused => {
            Answer::Unexpected(answer.to_string())
        }
        other => other.clone(),
    }
}

/// The receiver's balance is told by its row, which has the transfer's id.
fn told(
    receipt: &Receipt,
    is_own: bool,
    wallet: WalletId,
    received: &HashMap<(WalletId, Uuid), Balance>,
) -> Answer {
    let balance = if is_own {
        Some(receipt.balance)
    } else {
        let transfer = receipt.transfer;
        transfer.and_then(|transfer| received.get(&(wallet, transfer)).copied())
    };
    match balance {
        Some(balance) => Answer::Applied {
            balance,
            replayed: receipt.replayed,
        },
        None => Answer::Unexpected("acknowledged, but the receiver has no row of it".to_owned()),
    }
}

/// What the steps do to the wallet.
fn operations_of(wallet: WalletId, steps: &[Step]) -> Vec<Operation> {
    let rows = steps.iter().flat_map(Step::rows);
    rows.filter(|(of, ..)| *of == wallet)
        .map(|(_, _, operation)| operation)
        .collect()
}

/// For each row's name, the linked request that makes it, by the name of its first.
pub(super) fn units(calls: &[Call]) -> HashMap<(WalletId, String), String> {
    let mut units = HashMap::new();
    for call in calls {
        let Request::Linked(steps) = &call.request else {
            continue;
        };
        let Some(unit) = call.request.key() else {
            continue;
        };
        for (wallet, name, _) in steps.iter().flat_map(Step::rows) {
            units.insert((wallet, name), unit.to_owned());
        }
    }
    units
}

/// Whether the step moves money between two wallets.
pub(super) fn is_transfer(step: &Step) -> bool {
    matches!(step.movement, Movement::Transfer { .. })
}
