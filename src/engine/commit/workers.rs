//! The committers of all threads: each thread with actors gets one, up to `WALLET_COMMITTERS` of them.

use std::future::Future;
use std::sync::Arc;
use std::thread;

use actix::Arbiter;
use tokio::sync::oneshot;

use super::committer::Committer;
use super::queue::CommitQueue;
use super::request::{CommitProblem, Handover, Outcome, Request, SetError};
use super::status::Committers;
use crate::config::EngineConfig;
use crate::engine::metrics::EngineMetrics;
use crate::engine::{Journal, WriteSet};
use crate::telemetry::traces::Span;

/// Where actors submit their sets. The committers end when the last clone is dropped.
#[derive(Clone)]
pub(in crate::engine) struct CommitWorkers(Arc<Inner>);

struct Inner {
    queue: Arc<CommitQueue>,
    journal: Arc<dyn Journal>,
    metrics: Arc<EngineMetrics>,
    config: EngineConfig,
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
        }))
    }

    /// Submits the set. The receiver fails if the committer that takes it dies. An actix system must be running on this
    /// thread.
    ///
    /// There is room for every admitted operation, and a set holds at least one. What is left of a recalled set has waited
    /// already, and comes first.
    pub fn submit(
        &self,
        set: WriteSet,
        handover: &Arc<Handover>,
        was_recalled: bool,
        spans: Vec<Span>,
    ) -> oneshot::Receiver<Outcome> {
        let Inner { queue, config, .. } = &*self.0;
        let (reply, receiver) = oneshot::channel();
        let here = thread::current().id();
        let mut state = queue.state();
        if state.waiting.len() >= config.inflight_max {
            let _ = reply.send(Err(SetError::NotSent(Arc::new(CommitProblem::Full))));
            return receiver;
        }
        let newcomer = queue.add_worker(&mut state, here, config.committers);
        let request = Request {
            set,
            reply,
            handover: Arc::clone(handover),
            spans,
        };
        if was_recalled {
            state.waiting.push_front(request);
        } else {
            state.waiting.push_back(request);
        }
        queue.wake_worker(state, here);
        if let Some(worker) = newcomer {
            let Inner {
                journal, metrics, ..
            } = &*self.0;
            let committer =
                Committer::new(worker, config, Arc::clone(journal), Arc::clone(metrics));
            Arbiter::current().spawn(committer.run());
        }
        receiver
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
