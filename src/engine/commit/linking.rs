//! The linked sets that wait, and which of their wallets are present.
//!
//! 1. A wallet is *present* for a linked set while a set of its actor that attends the linked set waits in the queue. An actor
//!    that has nothing to write submits an empty set for that.
//! 2. A linked set is *ready* while all of its wallets are present. Whoever takes a group decides every linked set that is
//!    ready, in the order of arrival, and takes the sets of its wallets along.
//! 3. Presence is shared: one set may attend any number of linked sets, and is kept for none. So there is no order of locks,
//!    and no deadlock. A linked set that lacks a wallet waits, and its other wallets are written meanwhile.
//! 4. So that busy wallets do not miss each other for ever, the oldest linked set that has waited for [`HOLD_AFTER`] *holds*
//!    the sets that attend it, until the rest have come, [`HOLD_MAX`] at most: all that the rest are doing is to finish a write.
//!    If it takes longer, the next oldest may hold, and this one again after the same time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::domain::WalletId;
use crate::domain::linked::{LinkedSet, StepReceipt};
use crate::engine::{EngineError, LinkedError, Recorded};
use crate::telemetry::traces::Span;

/// How long a linked set waits for its wallets before it holds those that are there.
pub(super) const HOLD_AFTER: Duration = Duration::from_millis(4);

/// How long it holds them; longer than a commit takes.
pub(super) const HOLD_MAX: Duration = Duration::from_millis(50);

/// A linked set's place in the order of arrival.
pub(in crate::engine) type LinkedId = u64;

/// A set's place in the queue.
pub(in crate::engine) type SetNumber = i64;

pub(in crate::engine) type LinkedVerdict = Result<Vec<StepReceipt>, LinkedError>;

/// A linked set, shared by its caller, the actors of its wallets and the queue.
#[derive(Debug)]
pub(in crate::engine) struct LinkedRequest {
    pub set: LinkedSet,
    /// From its request to its verdict.
    pub span: Span,
    /// It was answered, or never will be: no actor need attend it.
    over: AtomicBool,
    /// An actor left that should have attended it.
    abandoned: AtomicBool,
}

/// A linked set that its caller and the actors of its wallets know of.
#[derive(Clone, Debug)]
pub(in crate::engine) struct LinkedTicket {
    pub id: LinkedId,
    pub request: Arc<LinkedRequest>,
}

/// A linked set with where its caller waits.
#[derive(Debug)]
pub(super) struct Linked {
    pub id: LinkedId,
    pub request: Arc<LinkedRequest>,
    pub reply: oneshot::Sender<LinkedVerdict>,
    /// What the ledger is known to hold under the keys of its steps.
    pub known: Vec<Option<Recorded>>,
    /// Of each wallet, whether it was loaded again while its caller waited.
    pub reloaded: Vec<bool>,
    /// When it began to wait for its wallets.
    pub waits_since: Instant,
}

/// A linked set's answer, on its way to its caller: it leaves when the actors of all wallets have dropped their share of it.
/// So whoever is answered and reads one of the wallets, reads what the answer says.
#[derive(Debug)]
pub(in crate::engine) struct LinkedAnswer(Option<(oneshot::Sender<LinkedVerdict>, LinkedVerdict)>);

/// A linked set that waits.
#[derive(Debug)]
struct Waiting {
    linked: Linked,
    /// By wallet, in the order of the set's: the set that attends.
    present: Vec<Option<SetNumber>>,
    missing: usize,
    /// It holds from then on, if it is the oldest.
    holds_at: Instant,
}

/// Everything that waits to be linked.
#[derive(Debug, Default)]
pub(super) struct Linking {
    next: LinkedId,
    waiting: BTreeMap<LinkedId, Waiting>,
    ready: BTreeSet<LinkedId>,
    held: Option<(LinkedId, Instant)>,
}

impl LinkedRequest {
    pub fn new(set: LinkedSet, span: Span) -> Arc<Self> {
        Arc::new(Self {
            set,
            span,
            over: AtomicBool::new(false),
            abandoned: AtomicBool::new(false),
        })
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    pub fn set_over(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// An actor leaves that should attend it.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Release);
    }

    pub fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }
}

impl LinkedAnswer {
    pub fn new(reply: oneshot::Sender<LinkedVerdict>, verdict: LinkedVerdict) -> Arc<Self> {
        Arc::new(Self(Some((reply, verdict))))
    }
}

impl Drop for LinkedAnswer {
    fn drop(&mut self) {
        if let Some((reply, verdict)) = self.0.take() {
            // A caller that left in the meantime misses it.
            let _ = reply.send(verdict);
        }
    }
}

/// Why a linked set was given up before it was decided.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum LinkingProblem {
    #[error("the actor of a wallet left before the linked set was decided")]
    ActorLeft,
    #[error("there is no committer left")]
    NoCommitter,
}

impl Linked {
    /// Answers that nothing of it happened.
    pub fn fail(self, problem: LinkingProblem) {
        let error = EngineError::NotDone(Arc::new(problem));
        self.answer(Err(LinkedError::Engine(error)));
    }

    /// Answers at once: nothing of the verdict depends on a commit.
    pub fn answer(self, verdict: LinkedVerdict) {
        self.request.set_over();
        let _ = self.reply.send(verdict);
    }
}

impl Linking {
    /// A linked set arrives; none of its wallets is present yet.
    pub fn arrive(
        &mut self,
        request: Arc<LinkedRequest>,
        reply: oneshot::Sender<LinkedVerdict>,
        now: Instant,
    ) -> LinkedId {
        let id = self.next;
        self.next += 1;
        let known = vec![None; request.set.steps().len()];
        let reloaded = vec![false; request.set.wallets().len()];
        let linked = Linked {
            id,
            request,
            reply,
            known,
            reloaded,
            waits_since: now,
        };
        self.put_back(linked, now);
        id
    }

    /// A linked set waits again, at its place in the order of arrival, for all of its wallets.
    pub fn put_back(&mut self, mut linked: Linked, now: Instant) {
        linked.waits_since = now;
        let wallets = linked.request.set.wallets().len();
        let waiting = Waiting {
            present: vec![None; wallets],
            missing: wallets,
            holds_at: now + HOLD_AFTER,
            linked,
        };
        self.waiting.insert(waiting.linked.id, waiting);
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether a linked set can be decided.
    pub fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The wallet's set waits, and attends the linked set, if that waits still.
    pub fn attend(&mut self, id: LinkedId, wallet: WalletId, number: SetNumber) {
        if let Some(waiting) = self.waiting.get_mut(&id)
            && let Some(place) = waiting.place(wallet)
            && waiting.present[place].replace(number).is_none()
        {
            waiting.missing -= 1;
            if waiting.missing == 0 {
                self.ready.insert(id);
            }
        }
    }

    /// The wallet's set does not wait any more.
    pub fn leave(&mut self, id: LinkedId, wallet: WalletId) {
        if let Some(waiting) = self.waiting.get_mut(&id)
            && let Some(place) = waiting.place(wallet)
            && waiting.present[place].take().is_some()
        {
            waiting.missing += 1;
            self.ready.remove(&id);
        }
    }

    /// The first linked set that can be decided, and the sets of its wallets.
    pub fn first_ready(&self, from: LinkedId) -> Option<(LinkedId, Vec<SetNumber>)> {
        let id = *self.ready.range(from..).next()?;
        let present = self.waiting.get(&id)?.present.iter();
        Some((id, present.copied().flatten().collect()))
    }

    /// Takes the linked set out, with the sets that attended it; `None` if it does not wait.
    pub fn take(&mut self, id: LinkedId) -> Option<(Linked, Vec<SetNumber>)> {
        let waiting = self.waiting.remove(&id)?;
        self.ready.remove(&id);
        if self.held.is_some_and(|(held, _)| held == id) {
            self.held = None;
        }
        Some((
            waiting.linked,
            waiting.present.into_iter().flatten().collect(),
        ))
    }

    /// The linked set that holds the sets which attend it, if one does now.
    pub fn holder(&mut self, now: Instant) -> Option<LinkedId> {
        if let Some((id, until)) = self.held {
            if now < until {
                return Some(id);
            }
            if let Some(waiting) = self.waiting.get_mut(&id) {
                waiting.holds_at = now + HOLD_MAX;
            }
        }
        let mut oldest = self.waiting.values();
        let holder = oldest.find(|waiting| waiting.missing > 0 && waiting.holds_at <= now);
        self.held = holder.map(|waiting| (waiting.linked.id, now + HOLD_MAX));
        self.held.map(|(id, _)| id)
    }

    /// The sets that the holder, if there is one, holds.
    pub fn held(&self) -> Vec<SetNumber> {
        let holder = self.held.and_then(|(id, _)| self.waiting.get(&id));
        let present = holder.into_iter().flat_map(|holder| &holder.present);
        present.copied().flatten().collect()
    }

    /// Gives up everything that waits.
    pub fn clear(&mut self) {
        for (_, waiting) in std::mem::take(&mut self.waiting) {
            waiting.linked.fail(LinkingProblem::NoCommitter);
        }
        self.ready.clear();
        self.held = None;
    }
}

impl Waiting {
    fn place(&self, wallet: WalletId) -> Option<usize> {
        let place = self.linked.request.set.wallets().binary_search(&wallet);
        debug_assert!(
            place.is_ok(),
            "a wallet attends a linked set that is not its"
        );
        place.ok()
    }
}
