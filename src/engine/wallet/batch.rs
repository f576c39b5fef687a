//! A batch: what an actor decides at once, in order, with a verdict on each operation.
//!
//! * Accepted: it becomes a row of the ledger. It is decided on the balance after the rows before it.
//! * Refused: nothing of it is written. With a key it may repeat an operation that was accepted when the balance allowed
//!   it, so the set has the key looked up in the ledger.
//! * Under the key of an operation that was accepted earlier in the batch: the result of that one, or that the key is used
//!   already.
//!
//! All verdicts are true once the set is committed, since no key of it was in the ledger then. If some were, nothing of
//! the set is written: their operations are answered from the ledger, and the others are decided again. So a new key, as
//! nearly all are, costs no round trip of its own.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use time::OffsetDateTime;
use tokio::task::yield_now;

use super::mailbox::Apply;
use crate::domain::wallet::Accepted;
use crate::domain::{
    IdempotencyKey, Moment, Movement, OperationRefused, OperationRequest, Receipt, Wallet,
};
use crate::engine::commit::Handover;
use crate::engine::{EngineError, LedgerEntry, Recorded, WriteSet};
use crate::telemetry::traces::Span;

/// How many answers are sent before the thread yields: a few tenths of a millisecond.
const ANSWERED_AT_ONCE: usize = 32;

type Verdict = Result<Receipt, EngineError>;

/// An operation with its verdict, which is not sent before it is true.
struct Decided {
    apply: Apply,
    verdict: Verdict,
}

/// What of a batch is to be written.
struct Writes {
    at: Moment,
    entries: Vec<LedgerEntry>,
    sought: Vec<IdempotencyKey>,
    /// Keys of the entries, with their places.
    accepted: HashMap<IdempotencyKey, usize>,
    /// The wallet's version before the first entry.
    version: i64,
}

pub(super) struct Batch {
    decided: Vec<Decided>,
    /// The wallet once the batch is committed.
    pub then: Wallet,
    /// Whether a committer has taken the set.
    pub handover: Arc<Handover>,
}

impl Batch {
    /// Decides operations from the head of the queue, `operations_max` at most and until the set has `size_max`.
    ///
    /// Without a set, the verdicts depend on nothing.
    pub fn decide(
        wallet: &Wallet,
        at: Moment,
        queue: &mut VecDeque<Apply>,
        operations_max: usize,
        size_max: usize,
    ) -> (Self, Option<WriteSet>) {
        let room = operations_max.min(queue.len()).min(size_max);
        let mut batch = Self {
            decided: Vec::with_capacity(room),
            then: wallet.clone(),
            handover: Arc::default(),
        };
        let mut writes = Writes {
            at,
            entries: Vec::with_capacity(room),
            sought: Vec::new(),
            accepted: HashMap::new(),
            version: wallet.version,
        };
        writes.release_expired(&mut batch.then);
        for _ in 0..operations_max {
            if writes.size() >= size_max || batch.then.has_to_be_loaded() {
                break;
            }
            let Some(apply) = queue.pop_front() else {
                break;
            };
            if apply.reply.is_closed() || !apply.withdrawal.enter(&batch.handover) {
                continue; // The caller has gone, or withdrew it, before it was decided: nothing happens.
            }
            apply.span.event("decided");
            let verdict = writes
                .repeated(&apply.request)
                .unwrap_or_else(|| writes.judge(&mut batch.then, &apply.request));
            batch.decided.push(Decided { apply, verdict });
        }
        let set = WriteSet::new(wallet, writes.entries, writes.sought);
        let set = set.map(|set| set.leaving(&batch.then));
        debug_assert!(
            set.is_some() || batch.then == *wallet,
            "something was decided, and nothing is to be written"
        );
        (batch, set)
    }

    /// Without any operation.
    pub fn empty(wallet: Wallet) -> Self {
        Self {
            decided: Vec::new(),
            then: wallet,
            handover: Arc::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.decided.len()
    }

    pub fn is_empty(&self) -> bool {
        self.decided.is_empty()
    }

    /// Returns the spans of the traced operations.
    pub fn spans(&self) -> Vec<Span> {
        let spans = self.decided.iter().map(|decided| &decided.apply.span);
        spans.filter(|span| span.is_recorded()).cloned().collect()
    }

    /// Sends each caller its verdict, which is true by now; what was written is of that time in the ledger.
    ///
    /// Each answer wakes a task that writes a response. Of many, a few at a time are sent, so that the thread serves its
    /// other wallets in between. An actix system must be running on this thread.
    pub fn answer(mut self, at: Option<OffsetDateTime>) {
        if let Some(at) = at {
            for decided in &mut self.decided {
                if let Ok(Receipt {
                    hold: Some(hold), ..
                }) = &mut decided.verdict
                {
                    Arc::make_mut(hold).created_at.get_or_insert(at);
                }
            }
        }
        let mut decided = self.decided.into_iter();
        answer_some(&mut decided);
        if decided.len() > 0 {
            actix_rt::spawn(async move {
                while decided.len() > 0 {
                    yield_now().await;
                    answer_some(&mut decided);
                }
            });
        }
    }

    /// Answers those whose keys the ledger holds, and returns the others, in order.
    pub fn answer_recorded(self, recorded: Vec<Recorded>) -> Vec<Apply> {
        let recorded: HashMap<_, _> = recorded.into_iter().map(|r| (r.key.clone(), r)).collect();
        let mut others = Vec::with_capacity(self.len());
        for apply in self.into_operations() {
            let key = apply.request.key.as_ref();
            match key.and_then(|key| recorded.get(key)) {
                None => others.push(apply),
                Some(first) => {
                    let verdict = if first.request == apply.request.hash() {
                        Ok(Receipt {
                            seq: first.seq,
                            balance: first.balance_after,
                            hold: None,
                            replayed: true,
                        })
                    } else {
                        Err(EngineError::KeyReused)
                    };
                    apply.answer(verdict);
                }
            }
        }
        others
    }

    /// Returns the operations without their verdicts, in order.
    pub fn into_operations(self) -> impl DoubleEndedIterator<Item = Apply> {
        self.decided.into_iter().map(|decided| decided.apply)
    }
}

impl Writes {
    fn size(&self) -> usize {
        self.entries.len() + self.sought.len()
    }

    /// Returns the verdict on an operation whose key was accepted before it in its batch.
    fn repeated(&self, request: &OperationRequest) -> Option<Verdict> {
        let place = *self.accepted.get(request.key.as_ref()?)?;
        let (_, first) = self.entries[place].key.as_ref()?;
        Some(if *first == request.hash() {
            Ok(Receipt {
                replayed: true,
                ..self.receipt(place)
            })
        } else {
            Err(EngineError::KeyReused)
        })
    }

    /// Returns the receipt of an entry.
    #[expect(clippy::cast_possible_wrap, reason = "a set is small")]
    fn receipt(&self, place: usize) -> Receipt {
        Receipt {
            seq: self.version + 1 + place as i64,
            balance: self.entries[place].entry.balance_after,
            hold: None,
            replayed: false,
        }
    }

    /// Releases the holds that have expired.
    fn release_expired(&mut self, wallet: &mut Wallet) {
        if wallet.is_due(self.at.now) {
            let mut released = Vec::new();
            wallet.expire(self.at.now, &mut released);
            self.entries
                .extend(released.into_iter().map(LedgerEntry::unasked));
        }
    }

    /// Decides an operation on the wallet, which becomes what the operation makes of it.
    fn judge(&mut self, wallet: &mut Wallet, request: &OperationRequest) -> Verdict {
        let receipt = match &request.movement {
            Movement::Operation(operation)
                if request.reference.is_none() && request.reason.is_none() =>
            {
                let entry = wallet.post(*operation, self.at.now);
                entry.map(|entry| {
                    self.entries.push(LedgerEntry::of(request, entry));
                    self.receipt(self.entries.len() - 1)
                })
            }
            _ => self.judge_any(wallet, request),
        };
        match receipt {
            Ok(receipt) => {
                if let Some(key) = &request.key {
                    let place = usize::try_from(receipt.seq - self.version - 1);
                    if self.accepted.is_empty() {
                        self.accepted.reserve(self.entries.capacity());
                    }
                    self.accepted.insert(key.clone(), place.unwrap_or_default());
                }
                Ok(receipt)
            }
            Err(refused) => {
                self.sought.extend(request.key.clone());
                Err(EngineError::Refused(refused))
            }
        }
    }

    fn judge_any(
        &mut self,
        wallet: &mut Wallet,
        request: &OperationRequest,
    ) -> Result<Receipt, OperationRefused> {
        debug_assert!(
            request.movement.other().is_none(),
            "half of what changes two wallets"
        );
        let mut entries = Vec::with_capacity(1);
        let Accepted { answer, hold } = wallet.decide(request, self.at, &mut entries)?;
        let first = self.entries.len();
        let rows = entries.into_iter().enumerate();
        self.entries.extend(rows.map(|(place, entry)| {
            if place == answer {
                LedgerEntry::of(request, entry)
            } else {
                LedgerEntry::beside(request, entry)
            }
        }));
        Ok(Receipt {
            hold,
            ..self.receipt(first + answer)
        })
    }
}

/// Answers the next few.
fn answer_some(decided: &mut impl Iterator<Item = Decided>) {
    for Decided { apply, verdict } in decided.take(ANSWERED_AT_ONCE) {
        apply.answer(verdict);
    }
}
