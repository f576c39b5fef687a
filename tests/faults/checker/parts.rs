//! What a linked request means for each of its wallets: a call for each row that it asks for, so that every wallet is
//! judged as if it were alone. `linked` judges what they have in common.

use std::collections::HashMap;

use uuid::Uuid;
use wallet_engine::domain::{Movement, Operation, WalletId};

use crate::branch::Failover;
use crate::history::{Answer, Call, Request, Step};
use crate::ledger::{Account, Row};
use crate::told::{Receipt, Told};

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

/// The rows that move money between two wallets.
struct Pairs<'a> {
    /// By their wallet and what both share.
    by_transfer: HashMap<(WalletId, Uuid), &'a Row>,
    by_key: HashMap<(WalletId, &'a str), Vec<&'a Row>>,
}

impl<'a> Pairs<'a> {
    fn of(ledger: &'a [Account], failovers: &'a [Failover]) -> Self {
        let mut pairs = Self {
            by_transfer: HashMap::new(),
            by_key: HashMap::new(),
        };
        for (wallet, row) in all_rows(ledger, failovers) {
            if let Some(transfer) = row.link.and_then(|link| link.transfer) {
                pairs.by_transfer.entry((wallet, transfer)).or_insert(row);
                if let Some(key) = row.key.as_deref() {
                    pairs.by_key.entry((wallet, key)).or_default().push(row);
                }
            }
        }
        pairs
    }

    /// What a receipt says of the row in the other wallet.
    fn other(&self, step: &Step, receipt: &Receipt, wallet: WalletId) -> Option<Told> {
        let transfer = receipt.transfer.or_else(|| {
            let rows = self.by_key.get(&(step.wallet, step.key.as_str()))?;
            let row = rows.iter().find(|row| receipt.told.is_of(row))?;
            row.link?.transfer
        });
        let row = self.by_transfer.get(&(wallet, transfer?))?;
        Some(Told {
            balance: Some(row.balance_after),
            seq: Some(row.seq),
            hold: None,
        })
    }
}

/// The parts of every call, in the calls' order.
pub fn parts(calls: &[Call], ledger: &[Account], failovers: &[Failover]) -> Vec<Part> {
    let pairs = Pairs::of(ledger, failovers);
    let mut parts = Vec::with_capacity(calls.len());
    for (number, call) in calls.iter().enumerate() {
        let Request::Linked(steps) = &call.request else {
            parts.push((number, call.clone()));
            continue;
        };
        for (index, step) in steps.iter().enumerate() {
            for (wallet, key, movement) in step.rows() {
                let answer = part_answer(&call.answer, steps, index, wallet, &pairs);
                let request = Request::Operation { key, movement };
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
    pairs: &Pairs,
) -> Answer {
    let step = &steps[index];
    match answer {
        Answer::Together(receipts) => match receipts.get(index) {
            Some(receipt) => told(receipt, step, wallet, pairs),
            None => Answer::Unexpected("no receipt for a step".to_owned()),
        },
        Answer::RefusedAt(at, reason) => {
            let before = (*at == index).then(|| operations_of(wallet, &steps[..index]));
            Answer::PartRefused(before.map(|before| (before, *reason)))
        }
        Answer::Balance(_) | Answer::Applied { .. } | Answer::Refused(_) => {
            Answer::Unexpected(answer.to_string())
        }
        other => other.clone(),
    }
}

fn told(receipt: &Receipt, step: &Step, wallet: WalletId, pairs: &Pairs) -> Answer {
    let told = if wallet == step.wallet {
        Some(receipt.told)
    } else {
        pairs.other(step, receipt, wallet)
    };
    match told {
        Some(told) => Answer::Applied {
            told,
            replayed: receipt.replayed,
        },
        None => Answer::Unexpected("acknowledged, but the receiver has no row of it".to_owned()),
    }
}

/// What the steps do to the wallet.
fn operations_of(wallet: WalletId, steps: &[Step]) -> Vec<Operation> {
    let rows = steps.iter().flat_map(Step::rows);
    rows.filter(|(of, ..)| *of == wallet)
        .map(|(_, _, movement)| movement.operation())
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

/// Whether the step is a transfer.
pub(super) fn is_transfer(step: &Step) -> bool {
    matches!(step.movement, Movement::Transfer { .. })
}
