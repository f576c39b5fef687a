//! Linked sets: operations of one or several wallets that happen together or not at all.
//!
//! The decision is pure: wallets and steps in, wallets and ledger rows out, or the first step that was refused. Steps are
//! decided in their order, and later ones see what earlier ones did.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

pub use super::counterpart::{Counterpart, TransferId};
use super::entry::Entry;
use super::hold::Hold;
use super::movement::Capture;
use super::wallet::Accepted;
use super::{
    Balance, Moment, Movement, Operation, OperationKind, OperationRefused, OperationRequest,
    Wallet, WalletId,
};

/// Wallets of a linked set at most.
pub const LINKED_WALLETS_MAX: usize = 100;

/// One step of a linked set, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The wallet in whose ledger the key is; of a transfer, the sender.
    pub wallet: WalletId,
    pub request: OperationRequest,
}

/// A row of a wallet's ledger that a linked set makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedRow {
    /// The step that makes it; `None`: a hold had expired.
    pub step: Option<usize>,
    pub wallet: WalletId,
    pub seq: i64,
    /// Its counterpart is `None` if nothing else depends on it.
    pub entry: Entry,
    /// Whether it is the one that answers its step.
    pub answers: bool,
    /// Of that row, if it concerns a hold: the hold after it.
    pub hold: Option<Arc<Hold>>,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepReceipt {
    /// The row in the ledger of the step's wallet.
    pub seq: i64,
    pub balance: Balance,
    pub transfer: Option<TransferId>,
    /// As [`Receipt::hold`](super::Receipt::hold).
    pub hold: Option<Arc<Hold>>,
    /// It had happened before, under its key.
    pub replayed: bool,
}

/// A linked set: steps over distinct wallets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedSet {
    wallets: Vec<WalletId>,
    steps: Vec<Step>,
    /// Of a step whose wallet has an earlier one under the same key: that one.
    repeats: Vec<Option<usize>>,
}

/// Why no linked set can be made of the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLinkedSet {
    #[error("there is no step")]
    Empty,
    #[error("more than {LINKED_WALLETS_MAX} wallets")]
    TooManyWallets,
    /// The step of that index moves money from a wallet to itself.
    #[error("a wallet cannot pay itself")]
    SameWallet(usize),
}

/// The first step that was refused. No wallet was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("step {step} was refused")]
pub struct LinkedRefused {
    pub step: usize,
    #[source]
    pub reason: OperationRefused,
}

impl LinkedSet {
    /// Makes a set of the steps.
    ///
    /// # Errors
    /// [`InvalidLinkedSet`].
    pub fn new(steps: Vec<Step>) -> Result<Self, InvalidLinkedSet> {
        if steps.is_empty() {
            return Err(InvalidLinkedSet::Empty);
        }
        let mut wallets = Vec::with_capacity(2);
        for (index, step) in steps.iter().enumerate() {
            wallets.push(step.wallet);
            if let Some(other) = step.request.movement.other() {
                if other == step.wallet {
                    return Err(InvalidLinkedSet::SameWallet(index));
                }
                wallets.push(other);
            }
        }
        wallets.sort_unstable();
        wallets.dedup();
        if wallets.len() > LINKED_WALLETS_MAX {
            return Err(InvalidLinkedSet::TooManyWallets);
        }
        let mut firsts = HashMap::new();
        let repeats = steps.iter().enumerate().map(|(index, step)| {
            let key = step.request.key.clone()?;
            let first = *firsts.entry((step.wallet, key)).or_insert(index);
            (first < index).then_some(first)
        });
        let repeats = repeats.collect();
        Ok(Self {
            wallets,
            steps,
            repeats,
        })
    }

    /// The wallets, each once, in the order of their ids.
    #[must_use]
    pub fn wallets(&self) -> &[WalletId] {
        &self.wallets
    }

    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The earlier step of the same wallet and key.
    #[must_use]
    pub fn repeated(&self, step: usize) -> Option<usize> {
        self.repeats[step]
    }

    /// Decides the steps that are not `done` already. The wallets are those of [`wallets`](Self::wallets), in their
    /// order; on success they are as the rows leave them, otherwise untouched.
    ///
    /// # Errors
    /// The first step that its wallet refuses.
    pub fn decide(
        &self,
        wallets: &mut [Wallet],
        at: Moment,
        done: impl Fn(usize) -> bool,
    ) -> Result<Vec<LinkedRow>, LinkedRefused> {
        debug_assert!(
            wallets
                .iter()
                .map(|wallet| wallet.id)
                .eq(self.wallets.iter().copied()),
            "the wallets are not the set's"
        );
        let mut decision = Decision {
            at,
            then: wallets.to_vec(),
            rows: Vec::with_capacity(2 * self.steps.len()),
        };
        for (index, step) in self.steps.iter().enumerate() {
            if !done(index) {
                let refused = |reason| LinkedRefused {
                    step: index,
                    reason,
                };
                decision.take(index, step).map_err(refused)?;
            }
        }
        decision.close_ring();
        wallets.clone_from_slice(&decision.then);
        Ok(decision.rows)
    }
}

struct Decision {
    at: Moment,
    then: Vec<Wallet>,
    rows: Vec<LinkedRow>,
}

impl Decision {
    fn take(&mut self, step: usize, asked: &Step) -> Result<(), OperationRefused> {
        let at = self.at;
        let sent = self.on(asked.wallet, step, |wallet, entries| {
            wallet.decide(&asked.request, at, entries)
        })?;
        let amount = self.rows[sent].entry.operation.amount;
        let received = match &asked.request.movement {
            Movement::Transfer { to, .. } | Movement::Capture(Capture { to: Some(to), .. }) => {
                let kind = OperationKind::TransferIn;
                self.receive(*to, step, |wallet| {
                    wallet.post(Operation { kind, amount }, at.now)
                })?
            }
            Movement::Reversal(reversal) => {
                let Some(other) = reversal.original.other() else {
                    return Ok(());
                };
                let kind = match self.rows[sent].entry.operation.kind {
                    OperationKind::ReversalIn => OperationKind::ReversalOut,
                    _ => OperationKind::ReversalIn,
                };
                self.receive(other.wallet, step, |wallet| {
                    wallet.post_reversal(other.seq, Operation { kind, amount }, at.now)
                })?
            }
            _ => return Ok(()),
        };
        let transfer = Some(TransferId(Uuid::now_v7()));
        self.link(sent, received, transfer);
        self.link(received, sent, transfer);
        let OperationRequest {
            reference, reason, ..
        } = &asked.request;
        self.rows[received]
            .entry
            .describe(reference.as_ref(), reason.as_ref());
        Ok(())
    }

    /// Decides the half of a step that the other wallet has; returns the index of its row.
    fn receive(
        &mut self,
        id: WalletId,
        step: usize,
        post: impl FnOnce(&mut Wallet) -> Result<Entry, OperationRefused>,
    ) -> Result<usize, OperationRefused> {
        let row = self.on(id, step, |wallet, entries| {
            entries.push(post(wallet).map_err(OperationRefused::of_other_wallet)?);
            Ok(Accepted {
                answer: entries.len() - 1,
                hold: None,
            })
        })?;
        self.rows[row].answers = false;
        Ok(row)
    }

    /// Decides on a wallet, whose expired holds are released first, and takes its rows; returns the index of the one that answers.
    fn on(
        &mut self,
        id: WalletId,
        step: usize,
        decide: impl FnOnce(&mut Wallet, &mut Vec<Entry>) -> Result<Accepted, OperationRefused>,
    ) -> Result<usize, OperationRefused> {
        let at = self.then.binary_search_by_key(&id, |wallet| wallet.id);
        debug_assert!(at.is_ok(), "a step of a wallet that is not the set's");
        let wallet = &mut self.then[at.unwrap_or_default()];
        let mut entries = Vec::with_capacity(1);
        let before = wallet.version;
        wallet.expire(self.at.now, &mut entries);
        let expired = entries.len();
        let Accepted { answer, mut hold } = decide(wallet, &mut entries)?;
        let first = self.rows.len();
        let rows = (before + 1..).zip(entries).enumerate();
        self.rows
            .extend(rows.map(|(place, (seq, entry))| LinkedRow {
                step: (place >= expired).then_some(step),
                wallet: id,
                seq,
                entry,
                answers: place == answer,
                hold: if place == answer { hold.take() } else { None },
            }));
        Ok(first + answer)
    }

    fn link(&mut self, from: usize, to: usize, transfer: Option<TransferId>) {
        let LinkedRow { wallet, seq, .. } = self.rows[to];
        self.rows[from].entry.details_mut().counterpart = Some(Counterpart {
            wallet,
            seq,
            transfer,
        });
    }

    /// Rows of no transfer name the next of their kind, the last one the first, if they are of several wallets.
    fn close_ring(&mut self) {
        let is_single = |index: &usize| {
            let row = &self.rows[*index];
            row.answers && row.entry.counterpart().is_none()
        };
        let singles: Vec<usize> = (0..self.rows.len()).filter(is_single).collect();
        let one_wallet = |pair: &[usize]| self.rows[pair[0]].wallet == self.rows[pair[1]].wallet;
        if singles.windows(2).all(one_wallet) {
            return;
        }
        for (place, &row) in singles.iter().enumerate() {
            let next = singles[(place + 1) % singles.len()];
            self.link(row, next, None);
        }
    }
}

#[cfg(test)]
mod tests;
