//! The committers of all threads: each thread with actors gets one for each lane that they write on, up to `WALLET_COMMITTERS` of
//! them a lane, and one for the database as a whole, which takes linked sets over lanes.

use std::future::Future;
use std::sync::Arc;
use std::thread::{self, ThreadId};

use actix::Arbiter;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::committer::Committer;
use super::linked_request::{Linked, LinkedRequest, LinkedTicket, LinkedVerdict, LinkingProblem};
use super::linking::SetNumber;
use super::locked_commit::{LockedCommit, LockedCommits};
use super::queue::{CommitQueue, State, Worker};
use super::request::{CommitProblem, Handover, Outcome, Request, SetError};
use super::status::Committers;
use crate::config::EngineConfig;
use crate::domain::linked::LinkedSet;
use crate::domain::{Wallet, WalletId};
use crate::engine::metrics::EngineMetrics;
use crate::engine::{Journal, Lane, WriteSet};
use crate::telemetry::traces::Span;

/// Where actors submit their sets. The committers end when the last clone is dropped.
#[derive(Clone)]
pub(in crate::engine) struct CommitWorkers(Arc<Inner>);

/// What an actor submits.
pub(in crate::engine) struct Submission {
    /// The incarnation of the database that the wallet was loaded from.
    pub incarnation: u64,
    /// The wallet that the set was decided on, and the wallet after it.
    pub before: Wallet,
    pub then: Wallet,
    pub set: Option<WriteSet>,
    pub attends: Vec<LinkedTicket>,
    /// It is what is left of a recalled set, which has waited already: it comes first.
    pub was_recalled: bool,
    pub spans: Vec<Span>,
}

struct Inner {
    queue: Arc<CommitQueue>,
    journal: Arc<dyn Journal>,
    metrics: Arc<EngineMetrics>,
    config: EngineConfig,
    locked: Arc<LockedCommits>,
}

impl CommitWorkers {
    pub fn new(
        config: &EngineConfig,
        journal: &Arc<dyn Journal>,
        metrics: &Arc<EngineMetrics>,
    ) -> Self {
        Self(Arc::new(Inner {
            queue: Arc::new(CommitQueue::new(config.batch_max)),
            journal: Arc::clone(journal),
            metrics: Arc::clone(metrics),
            config: config.clone(),
            locked: Arc::new(LockedCommits::new(config, journal, metrics)),
        }))
    }

    /// Submits the set, on the lane of its wallet. The receiver fails if the committer that takes it dies. An actix system must be running on this
    /// thread.
    ///
    /// There is room for every operation that admission lets in, and a set holds at least one, or attends one.
    pub fn submit(
        &self,
        submission: Submission,
        handover: &Arc<Handover>,
    ) -> (SetNumber, oneshot::Receiver<Outcome>) {
        let Inner { queue, config, .. } = &*self.0;
        let (reply, receiver) = oneshot::channel();
        let here = thread::current().id();
        let lane = self.0.journal.lane(submission.before.id);
        let mut state = queue.state();
        if state.waiting.wallets() >= config.inflight_max {
            let _ = reply.send(Err(SetError::NotSent(Arc::new(CommitProblem::Full))));
            return (SetNumber::default(), receiver);
        }
        let newcomers = self.add_workers(&mut state, lane, here);
        let Submission {
            incarnation,
            before,
            then,
            set,
            attends,
            was_recalled,
            spans,
        } = submission;
        let request = Request {
            incarnation,
            before,
            then,
            set,
            attends,
            reply,
            handover: Arc::clone(handover),
            spans,
        };
        let number = state.waiting.add(lane, request, was_recalled);
        queue.wake_worker(state, lane, here);
        self.start(newcomers);
        (number, receiver)
    }

    /// Returns whether wallets can be written by [`commit_locked`](Self::commit_locked) at present.
    pub fn locks_wallets(&self) -> bool {
        self.0.journal.locks_wallets()
    }

    /// Begins to lock the wallet's row, so as to write what is decided then. An actix system must be running on this thread.
    pub fn commit_locked(&self, wallet: WalletId) -> LockedCommit {
        self.0.locked.start(wallet)
    }

    /// Registers the workers that this thread lacks for a set on the lane, which may be linked with sets of others.
    fn add_workers(&self, state: &mut State, lane: Lane, here: ThreadId) -> [Option<Worker>; 2] {
        let Inner { queue, config, .. } = &*self.0;
        let mut add = |lane| queue.add_worker(state, lane, here, config.committers);
        let worker = add(lane);
        let linker = if lane == Lane::WHOLE {
            None
        } else {
            add(Lane::WHOLE)
        };
        [worker, linker]
    }

    fn start(&self, newcomers: [Option<Worker>; 2]) {
        let Inner {
            journal,
            metrics,
            config,
            ..
        } = &*self.0;
        for worker in newcomers.into_iter().flatten() {
            let committer =
                Committer::new(worker, config, Arc::clone(journal), Arc::clone(metrics));
            Arbiter::current().spawn(committer.run());
        }
    }

    /// Returns whether all that was written of late was of one wallet.
    pub fn is_of_one_wallet(&self) -> bool {
        self.0.queue.is_of_one_wallet()
    }

    /// Takes back a set that has nothing to write, so that its actor can submit another one; `false`: it was taken.
    pub fn recall(&self, number: SetNumber) -> bool {
        self.0.queue.state().waiting.recall(number)
    }

    /// The set attends one more linked set; `false`: it was taken.
    pub fn attend(&self, number: SetNumber, linked: LinkedTicket) -> bool {
        let queue = &self.0.queue;
        let here = thread::current().id();
        let mut state = queue.state();
        let newcomers = self.add_workers(&mut state, number.lane, here);
        let attends = state.waiting.attend(number, linked);
        queue.wake_worker(state, number.lane, here);
        self.start(newcomers);
        attends
    }

    /// Lets a linked set wait for its wallets, whose actors are then asked to attend it.
    pub fn arrive(
        &self,
        set: LinkedSet,
        span: Span,
    ) -> (LinkedTicket, oneshot::Receiver<LinkedVerdict>) {
        let (reply, verdict) = oneshot::channel();
        let mut lanes = set.wallets().iter().map(|it| self.0.journal.lane(*it));
        let first = lanes.next();
        let over_lanes = lanes.any(|lane| Some(lane) != first);
        let request = LinkedRequest::new(set, span, over_lanes);
        let mut state = self.0.queue.state();
        let id = state
            .waiting
            .arrive(Arc::clone(&request), reply, Instant::now());
        (LinkedTicket { id, request }, verdict)
    }

    /// Withdraws a linked set; `false`: it was taken, and may happen or have happened.
    pub fn withdraw(&self, linked: &LinkedTicket) -> bool {
        self.take_out(linked).is_some()
    }

    /// Gives up a linked set that an actor was to attend which leaves.
    pub fn abandon(&self, linked: &LinkedTicket) {
        if linked.request.is_over() {
            return;
        }
        linked.request.abandon();
        if let Some(waiting) = self.take_out(linked) {
            waiting.fail(LinkingProblem::ActorLeft);
        }
    }

    fn take_out(&self, linked: &LinkedTicket) -> Option<Linked> {
        self.0.queue.withdraw(linked.id)
    }

    /// Wakes committers for sets that wait for too long.
    pub fn watch(&self) -> impl Future<Output = ()> + use<> {
        Arc::clone(&self.0.queue).watch()
    }

    /// Returns the state of the committers.
    pub fn committers(&self) -> Committers {
        self.0.queue.committers()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.close();
    }
}
