//! A linked set on its way: what its caller, the actors of its wallets and the queue share of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::domain::linked::{LinkedSet, StepReceipt};
use crate::engine::{EngineError, LinkedError, Recorded};
use crate::telemetry::traces::Span;

/// A linked set's place in the order of arrival.
pub(in crate::engine) type LinkedId = u64;

pub(in crate::engine) type LinkedVerdict = Result<Vec<StepReceipt>, LinkedError>;

/// A linked set, shared by its caller, the actors of its wallets and the queue.
#[derive(Debug)]
pub(in crate::engine) struct LinkedRequest {
    pub set: LinkedSet,
    /// From its request to its verdict.
    pub span: Span,
    /// Its wallets were of several lanes when it arrived.
    pub over_lanes: bool,
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

/// Why a linked set was given up before it was decided.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum LinkingProblem {
    #[error("the actor of a wallet left before the linked set was decided")]
    ActorLeft,
    #[error("there is no committer left")]
    NoCommitter,
}

impl LinkedRequest {
    pub fn new(set: LinkedSet, span: Span, over_lanes: bool) -> Arc<Self> {
        Arc::new(Self {
            set,
            span,
            over_lanes,
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
