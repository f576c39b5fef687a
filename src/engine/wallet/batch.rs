//! A batch: what an actor decides at once, in order, with a verdict on each operation.
//!
//! * Accepted: it becomes a row of the ledger. It is decided on the balance that the rows before it make.
//! * Refused: nothing of it is written. With a key it may be the repetition of an operation that happened when
//!   the balance allowed it, so the set asks the ledger for the key.
//! * Under the key of an operation that was accepted earlier in the batch: that one's result, or that the key
//!   is used already.
//!
//! All verdicts are true as soon as the set is committed, since no key of it was in the ledger then. If some were,
//! nothing of the set is written: their operations are answered by what the ledger holds, and the others are
//! decided again. Thus a key that is new, as nearly all are, costs no round trip of its own.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tokio::task::yield_now;

use super::mailbox::Apply;
use crate::domain::{
    Balance, IdempotencyKey, Operation, OperationId, OperationRequest, Receipt, RequestHash, Wallet,
};
use crate::engine::commit::Handover;
use crate::engine::{EngineError, LedgerEntry, Recorded, WriteSet};
use crate::telemetry::traces::Span;

/// So many answers take a thread a few tenths of a millisecond.
const ANSWERED_AT_ONCE: usize = 32;

type Verdict = Result<Receipt, EngineError>;

/// An operation with its verdict, which stays here until the verdict is true.
struct Decided {
    apply: Apply,
    verdict: Verdict,
}

/// What of a batch is to be written.
struct Writes {
    entries: Vec<LedgerEntry>,
    sought: Vec<IdempotencyKey>,
    accepted: HashMap<IdempotencyKey, (Operation, Balance)>,
}

pub(super) struct Batch {
    decided: Vec<Decided>,
    /// The wallet once the batch is committed.
    pub then: Wallet,
    /// Whether a committer has the set.
    pub handover: Arc<Handover>,
}

impl Batch {
    /// Decides operations from the head of the queue, `operations_max` at most and until the set has `size_max`.
    ///
    /// Without a set, the verdicts depend on nothing.
    pub fn decide(
        wallet: Wallet,
        queue: &mut VecDeque<Apply>,
        operations_max: usize,
        size_max: usize,
    ) -> (Self, Option<WriteSet>) {
        let room = operations_max.min(queue.len()).min(size_max);
        let mut batch = Self {
            decided: Vec::with_capacity(room),
            then: wallet,
            handover: Arc::default(),
        };
        let mut writes = Writes {
            entries: Vec::with_capacity(room),
            sought: Vec::new(),
            accepted: HashMap::new(),
        };
        for _ in 0..operations_max {
            if writes.size() >= size_max {
                break;
            }
            let Some(apply) = queue.pop_front() else {
                break;
            };
            if apply.reply.is_closed() || !apply.withdrawal.enter(&batch.handover) {
                continue; // The caller left, or withdrew it, before anything was decided: nothing happens.
            }
            apply.span.event("decided");
            let verdict = writes
                .repeated(&apply.request)
                .unwrap_or_else(|| writes.judge(&mut batch.then, apply.request.clone()));
            batch.decided.push(Decided { apply, verdict });
        }
        let set = WriteSet::new(&wallet, writes.entries, writes.sought);
        let made = |set: &WriteSet| (set.version(), set.balance());
        debug_assert_eq!(
            (batch.then.version, batch.then.balance),
            set.as_ref().map_or((wallet.version, wallet.balance), made),
            "the set does not make the wallet that was decided"
        );
        (batch, set)
    }

    pub fn len(&self) -> usize {
        self.decided.len()
    }

    pub fn is_empty(&self) -> bool {
        self.decided.is_empty()
    }

    /// The spans of those that are traced.
    pub fn spans(&self) -> Vec<Span> {
        let spans = self.decided.iter().map(|decided| &decided.apply.span);
        spans.filter(|span| span.is_recorded()).cloned().collect()
    }

    /// Tells each caller the verdict, which is true by now. A caller that left in the meantime misses it.
    ///
    /// Every caller told is a task that writes its answer. Of many, a few at a time are told, and the thread sees to its
    /// other wallets in between. An actix system must be running on this thread.
    pub fn answer(self) {
        let mut decided = self.decided.into_iter();
        tell(&mut decided);
        if decided.len() > 0 {
            actix_rt::spawn(async move {
                while decided.len() > 0 {
                    yield_now().await;
                    tell(&mut decided);
                }
            });
        }
    }

    /// Answers those whose keys the ledger holds, and gives back the others, in order.
    pub fn answer_recorded(self, recorded: Vec<Recorded>) -> Vec<Apply> {
        let recorded: HashMap<_, _> = recorded.into_iter().map(|r| (r.key.clone(), r)).collect();
        let operations = self.len();
        let mut others = Vec::with_capacity(operations);
        for apply in self.into_operations() {
            let OperationRequest { operation, key } = &apply.request;
            match key.as_ref().and_then(|key| recorded.get(key)) {
                None => others.push(apply),
                Some(first) => {
                    let same = first.request == RequestHash::of(operation);
                    let verdict = replay(same, first.balance_after);
                    apply.answer(verdict);
                }
            }
        }
        debug_assert!(
            others.len() < operations,
            "deciding the same operations again would never end"
        );
        others
    }

    /// The operations without their verdicts, in order.
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
        let (first, balance) = self.accepted.get(request.key.as_ref()?)?;
        Some(replay(*first == request.operation, *balance))
    }

    /// Decides an operation on the wallet, which becomes what the operation makes of it.
    fn judge(
        &mut self,
        wallet: &mut Wallet,
        OperationRequest { operation, key }: OperationRequest,
    ) -> Verdict {
        match wallet.decide(&operation) {
            Ok(next) => {
                *wallet = next;
                let balance = next.balance;
                if let Some(key) = &key {
                    self.accepted.insert(key.clone(), (operation, balance));
                }
                self.entries.push(LedgerEntry {
                    id: OperationId::new(),
                    operation,
                    balance_after: balance,
                    key,
                });
                Ok(Receipt {
                    balance,
                    replayed: false,
                })
            }
            Err(refused) => {
                self.sought.extend(key);
                Err(EngineError::Refused(refused))
            }
        }
    }
}

/// Tells the next few their verdict.
fn tell(decided: &mut impl Iterator<Item = Decided>) {
    for Decided { apply, verdict } in decided.take(ANSWERED_AT_ONCE) {
        apply.answer(verdict);
    }
}

fn replay(same: bool, balance: Balance) -> Verdict {
    if same {
        Ok(Receipt {
            balance,
            replayed: true,
        })
    } else {
        Err(EngineError::KeyReused)
    }
}
