//! The sets that wait to be written, of all threads.
//!
//! Each thread with actors gets a committer, up to `WALLET_COMMITTERS` of them, and they take [turns](super::queue).

use std::future::Future;
use std::sync::Arc;
use std::thread::{self, ThreadId};
use std::time::Duration;

use actix::Arbiter;
use tokio::sync::oneshot;

use super::committer::{CommitProblem, Committer, Request, Written};
use super::queue::{Group, Member, State, Turns};
use crate::config::EngineConfig;
use crate::engine::metrics::EngineMetrics;
use crate::engine::wallet::Handover;
use crate::engine::{Journal, WriteSet};
use crate::telemetry::traces::Span;

/// Where actors put their sets. Committers leave when the last clone is dropped.
#[derive(Clone)]
pub(in crate::engine) struct CommitQueue(Arc<Owner>);

struct Owner {
    turns: Arc<Turns>,
    journal: Arc<dyn Journal>,
    metrics: Arc<EngineMetrics>,
    config: EngineConfig,
}

/// What committers are at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committers {
    /// Those that there are, by lane.
    pub seated: Vec<CommitterState>,
    /// Wallets with a set that nobody has taken yet.
    pub waiting_wallets: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitterState {
    pub lane: usize,
    /// What waits is this one's to take.
    pub has_turn: bool,
    /// What it is writing, and for how long.
    pub writing: Option<(Group, Duration)>,
}

impl CommitQueue {
    pub fn new(
        config: &EngineConfig,
        journal: &Arc<dyn Journal>,
        metrics: &Arc<EngineMetrics>,
    ) -> Self {
        Self(Arc::new(Owner {
            turns: Arc::new(Turns::new(config.batch_max)),
            journal: Arc::clone(journal),
            metrics: Arc::clone(metrics),
            config: config.clone(),
        }))
    }

    /// Hands the set to the committers. The receiver fails if the one that takes it dies. An actix system must be
    /// running on this thread.
    ///
    /// There is room for every operation that admission lets in, and a set holds at least one. What is left of a recalled
    /// set has waited already, and comes first.
    pub fn submit(
        &self,
        set: WriteSet,
        handover: &Arc<Handover>,
        was_recalled: bool,
        spans: Vec<Span>,
    ) -> oneshot::Receiver<Written> {
        let Owner { turns, config, .. } = &*self.0;
        let (written, receiver) = oneshot::channel();
        let here = thread::current().id();
        let mut state = turns.state();
        if state.waiting.len() >= config.inflight_max {
            let _ = written.send(Written::NotSent(Arc::new(CommitProblem::Full)));
            return receiver;
        }
        let none_here = state.seats.iter().all(|seat| seat.thread != here);
        let newcomer = (none_here && state.seats.len() < config.committers)
            .then(|| self.seat_committer(&mut state, here));
        let request = Request {
            set,
            written,
            handover: Arc::clone(handover),
            spans,
        };
        if was_recalled {
            state.waiting.push_front(request);
        } else {
            state.waiting.push_back(request);
        }
        turns.call_for(state, here);
        if let Some(newcomer) = newcomer {
            Arbiter::current().spawn(newcomer.run());
        }
        receiver
    }

    /// A committer for that thread, on a lane that is free.
    fn seat_committer(&self, state: &mut State, thread: ThreadId) -> Committer {
        let Owner {
            turns,
            journal,
            metrics,
            config,
        } = &*self.0;
        let free = |lane: &usize| state.seats.iter().all(|seat| seat.lane != *lane);
        let lane = (0..config.committers).find(free).unwrap_or_default();
        let member = Member {
            lane,
            call: state.seat_at(lane, thread),
            turns: Arc::clone(turns),
        };
        Committer::new(member, config, Arc::clone(journal), Arc::clone(metrics))
    }

    /// Looks after those that wait for too long, as long as the engine lives.
    pub fn watch(&self) -> impl Future<Output = ()> + use<> {
        Arc::clone(&self.0.turns).watch()
    }

    /// What the committers are at now.
    pub fn committers(&self) -> Committers {
        let state = self.0.turns.state();
        let seated = state.seats.iter().map(|seat| CommitterState {
            lane: seat.lane,
            has_turn: state.is_taken_by(seat.lane),
            writing: seat.group.map(|(since, group)| (group, since.elapsed())),
        });
        let mut seated: Vec<_> = seated.collect();
        seated.sort_unstable_by_key(|committer| committer.lane);
        Committers {
            seated,
            waiting_wallets: state.waiting.len(),
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        state.closed = true;
        for seat in &state.seats {
            seat.call.notify_one();
        }
    }
}
