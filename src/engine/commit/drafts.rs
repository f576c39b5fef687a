//! The wallets of a group while linked sets are decided on them.
//!
//! A draft is what a wallet's actor submitted, and what the linked sets decided so far made of it. Each linked set is
//! decided on the drafts of its wallets; rows of an accepted one join the sets of the drafts, which become one unit.
//!
//! A step under a key that the ledger, or a draft, holds is answered from there, and the others are decided without it.

use std::collections::HashMap;

use super::linked_request::{Linked, LinkedRequest, LinkedVerdict};
use super::request::Request;
use crate::domain::linked::{LinkedRefused, LinkedRow, Step, StepReceipt};
use crate::domain::{
    IdempotencyKey, Moment, Movement, OperationRefused, OperationRequest, RequestHash, Wallet,
    WalletId,
};
use crate::engine::{LedgerEntry, LinkedError, Recorded, WriteSet};

/// The sets of a group while linked sets are decided on them.
pub(super) struct Drafts(Vec<Draft>);

struct Draft {
    request: Request,
    /// The draft that stands for all that are linked with this one, by a chain of places.
    root: usize,
    is_linked: bool,
    reload: bool,
    /// The keys of its rows with their numbers, once one is searched for.
    keys: Option<HashMap<IdempotencyKey, i64>>,
}

impl Drafts {
    pub fn new(requests: Vec<Request>) -> Self {
        let draft = |(root, request)| Draft {
            request,
            root,
            is_linked: false,
            reload: false,
            keys: None,
        };
        Self(requests.into_iter().enumerate().map(draft).collect())
    }

    /// Decides a linked set on the drafts of its wallets, which are in the order of the wallets.
    pub fn decide(&mut self, linked: &Linked, drafts: &[usize], at: Moment) -> LinkedVerdict {
        let LinkedRequest { set, span, .. } = &*linked.request;
        span.event("decided");
        let steps = set.steps();
        let draft_of = |wallet: WalletId| {
            let place = set.wallets().binary_search(&wallet);
            debug_assert!(place.is_ok(), "a step's wallet is one of its set's");
            drafts[place.unwrap_or_default()]
        };
        let mut receipts = self.repetitions(linked, draft_of)?;
        let wallets = drafts.iter().map(|at| self.0[*at].request.then.clone());
        let mut wallets: Vec<Wallet> = wallets.collect();
        let is_done = |step: usize| receipts[step].is_some() || set.repeated(step).is_some();
        // What was read of an original counts only for a wallet of the same incarnation.
        let outdated = |(index, step): (usize, &Step)| {
            let Movement::Reversal(reversal) = &step.request.movement else {
                return None;
            };
            let known = self.0[draft_of(step.wallet)].request.incarnation;
            (!is_done(index) && reversal.original.incarnation != known).then_some(index)
        };
        let decided = match steps.iter().enumerate().find_map(outdated) {
            Some(step) => Err(LinkedRefused {
                step,
                reason: OperationRefused::OriginalOutdated,
            }),
            None => set.decide(&mut wallets, at, is_done),
        };
        match decided {
            Ok(rows) => {
                if !rows.is_empty() {
                    self.link(drafts);
                }
                for row in rows {
                    if let Some(step) = row.step.filter(|_| row.answers) {
                        receipts[step] = Some(receipt_of(&row));
                    }
                    let request = row.step.map(|step| &steps[step].request);
                    self.0[draft_of(row.wallet)].push(request, row);
                }
                for (at, then) in drafts.iter().zip(wallets) {
                    self.0[*at].request.then = then;
                }
                for step in 0..steps.len() {
                    if let Some(first) = set.repeated(step) {
                        let replayed = |receipt| StepReceipt {
                            replayed: true,
                            hold: None,
                            ..receipt
                        };
                        receipts[step] = receipts[first].clone().map(replayed);
                    }
                }
                Ok(receipts.into_iter().flatten().collect())
            }
            Err(refused) => {
                // A key may be that of an operation which happened when the balance allowed it.
                for (step, receipt) in steps.iter().zip(&receipts) {
                    if let (Some(key), None) = (&step.request.key, receipt) {
                        self.0[draft_of(step.wallet)].seek(key.clone());
                    }
                }
                Err(LinkedError::Refused(refused))
            }
        }
    }

    /// The receipts of the steps that happened before, under their keys: those that the ledger is known to hold, and those
    /// that the drafts hold.
    fn repetitions(
        &mut self,
        linked: &Linked,
        draft_of: impl Fn(WalletId) -> usize,
    ) -> Result<Vec<Option<StepReceipt>>, LinkedError> {
        let set = &linked.request.set;
        let steps = set.steps().iter().zip(&linked.known);
        let receipts = steps.enumerate().map(|(index, (step, known))| {
            let Some(key) = &step.request.key else {
                return Ok(None);
            };
            if let Some(first) = set.repeated(index) {
                let first = &set.steps()[first];
                let is_same = first.request.hash() == step.request.hash();
                return is_same.then_some(None).ok_or(LinkedError::KeyReused(index));
            }
            let first = match known {
                Some(first) => Some((first.request, receipt_of_recorded(first))),
                None => self.0[draft_of(step.wallet)].find(key),
            };
            let Some((request, receipt)) = first else {
                return Ok(None);
            };
            let is_same = request == step.request.hash();
            is_same
                .then_some(Some(receipt))
                .ok_or(LinkedError::KeyReused(index))
        });
        receipts.collect()
    }

    /// Makes one unit of the drafts.
    fn link(&mut self, drafts: &[usize]) {
        let [first, others @ ..] = drafts else { return };
        for other in others {
            let (one, two) = (self.root(*first), self.root(*other));
            self.0[one.max(two)].root = one.min(two);
            self.0[*first].is_linked = true;
            self.0[*other].is_linked = true;
        }
    }

    fn root(&self, mut at: usize) -> usize {
        while self.0[at].root != at {
            at = self.0[at].root;
        }
        at
    }

    /// Whether there is something to commit for the wallet.
    pub fn has_set(&self, at: usize) -> bool {
        self.0[at].request.set.is_some()
    }

    /// Has the wallet loaded again, for which there is nothing to commit.
    pub fn reload(&mut self, at: usize) {
        debug_assert!(!self.has_set(at), "a set is not committed");
        self.0[at].reload = true;
    }

    /// Returns the requests, whose sets name their units, each with whether its wallet is to be loaded again.
    pub fn into_requests(self) -> impl Iterator<Item = (Request, bool)> {
        let unit = |at: usize| self.0[at].is_linked.then(|| self.root(at));
        let units: Vec<_> = (0..self.0.len()).map(unit).collect();
        (self.0.into_iter().zip(units)).map(|(draft, unit)| {
            let mut request = draft.request;
            let then = &request.then;
            request.set = request.set.map(|set| set.linked_in(unit).leaving(then));
            (request, draft.reload)
        })
    }
}

impl Draft {
    /// Adds a row that a linked set makes, with the request that made it.
    fn push(&mut self, request: Option<&OperationRequest>, row: LinkedRow) {
        let entry = match request {
            Some(request) if row.answers => LedgerEntry::of(request, row.entry),
            Some(request) => LedgerEntry::beside(request, row.entry),
            None => LedgerEntry::unasked(row.entry),
        };
        let answered = request.filter(|_| row.answers);
        match &mut self.request.set {
            Some(set) => set.push(entry),
            None => self.request.set = WriteSet::new(&self.request.before, vec![entry], Vec::new()),
        }
        if let (Some(keys), Some(key)) = (&mut self.keys, answered.and_then(|it| it.key.clone())) {
            keys.insert(key, row.seq);
        }
    }

    fn seek(&mut self, key: IdempotencyKey) {
        match &mut self.request.set {
            Some(set) => set.seek(key),
            None => self.request.set = WriteSet::new(&self.request.before, Vec::new(), vec![key]),
        }
    }

    /// What the draft's own rows hold under the key.
    fn find(&mut self, key: &IdempotencyKey) -> Option<(RequestHash, StepReceipt)> {
        let set = self.request.set.as_ref();
        let keys = self.keys.get_or_insert_with(|| {
            let rows = set.into_iter().flat_map(WriteSet::rows);
            rows.filter_map(|(seq, row)| Some((row.key.clone()?.0, seq)))
                .collect()
        });
        let seq = *keys.get(key)?;
        let row = set?.entry(seq)?;
        let receipt = StepReceipt {
            seq,
            balance: row.entry.balance_after,
            transfer: row.entry.counterpart().and_then(|other| other.transfer),
            hold: None,
            replayed: true,
        };
        Some((row.key.as_ref()?.1, receipt))
    }
}

fn receipt_of(row: &LinkedRow) -> StepReceipt {
    StepReceipt {
        seq: row.seq,
        balance: row.entry.balance_after,
        transfer: row.entry.counterpart().and_then(|other| other.transfer),
        hold: row.hold.clone(),
        replayed: false,
    }
}

fn receipt_of_recorded(first: &Recorded) -> StepReceipt {
    StepReceipt {
        seq: first.seq,
        balance: first.balance_after,
        transfer: first.transfer,
        hold: None,
        replayed: true,
    }
}
