//! The workers of one lane, and its permit.

use std::sync::Arc;
use std::thread::ThreadId;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::status::{CommitterState, Group};
use crate::engine::{Lane, SessionNumber};

/// The age at which a permit is taken over, as its holder's thread is too busy to return it: longer than a timer is ever
/// late.
pub(super) const PERMIT_EXPIRES_AFTER: Duration = Duration::from_millis(6);

#[derive(Default)]
pub(super) struct LaneWorkers {
    workers: Vec<WorkerSlot>,
    permit: Option<Held>,
}

/// The permit while it is held.
#[derive(Clone, Copy)]
struct Held {
    /// The session of its holder, or of a worker that was woken to take it.
    session: usize,
    /// When the worker was woken, or took its group.
    since: Instant,
}

/// A registered worker.
struct WorkerSlot {
    session: usize,
    thread: ThreadId,
    state: WorkerState,
    wake: Arc<Notify>,
    /// The group that it is writing, and when it took it.
    group: Option<(Instant, Group)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum WorkerState {
    Awake,
    Asleep,
    /// Asleep, and has the permit.
    Woken,
}

impl LaneWorkers {
    /// Registers a worker for this thread, unless it has one or every session is in use. Returns its session, and what wakes it.
    pub fn register(&mut self, here: ThreadId, sessions: usize) -> Option<(usize, Arc<Notify>)> {
        if self.workers.iter().any(|worker| worker.thread == here) {
            return None;
        }
        let is_free = |session: &usize| {
            let mut workers = self.workers.iter();
            workers.all(|worker| worker.session != *session)
        };
        let session = (0..sessions).find(is_free)?;
        let wake = Arc::new(Notify::new());
        self.workers.push(WorkerSlot {
            session,
            thread: here,
            state: WorkerState::Awake,
            wake: Arc::clone(&wake),
            group: None,
        });
        Some((session, wake))
    }

    /// Removes a worker. Returns whether it was woken for a permit that it has not taken.
    pub fn unregister(&mut self, session: usize) -> bool {
        let mut workers = self.workers.iter();
        let Some(at) = workers.position(|it| it.session == session) else {
            return false;
        };
        self.workers.swap_remove(at).state == WorkerState::Woken
    }

    pub fn is_empty(&self) -> bool {
        self.workers.is_empty()
    }

    /// Returns whether the permit is not held, or has expired.
    pub fn is_free(&self) -> bool {
        let too_long = |held: Held| held.since.elapsed() > PERMIT_EXPIRES_AFTER;
        self.permit.is_none_or(too_long)
    }

    pub fn is_held_by(&self, session: usize) -> bool {
        self.permit.is_some_and(|held| held.session == session)
    }

    pub fn is_held_on(&self, thread: ThreadId) -> bool {
        let mut there = self.workers.iter().filter(|worker| worker.thread == thread);
        there.any(|worker| self.is_held_by(worker.session))
    }

    /// Gives the free permit to a sleeping worker. If there is none, a worker that is awake checks for it before it sleeps.
    pub fn wake(&mut self, here: ThreadId) {
        debug_assert!(self.is_free(), "the permit is held");
        let is_asleep = |worker: &&mut WorkerSlot| worker.state == WorkerState::Asleep;
        let sleepers = self.workers.iter_mut().filter(is_asleep);
        let Some(worker) = sleepers.max_by_key(|worker| worker.thread == here) else {
            return;
        };
        worker.state = WorkerState::Woken;
        worker.wake.notify_one();
        let session = worker.session;
        self.hold(session);
    }

    /// Wakes every worker, without a permit.
    pub fn rouse_all(&self) {
        for worker in &self.workers {
            worker.wake.notify_one();
        }
    }

    /// Lets a worker that is not writing take the permit: if there is something to take and the permit is free, or if the worker
    /// was woken to take it. Otherwise it falls asleep. `None`: it is not registered.
    pub fn try_permit(&mut self, session: usize, is_takable: bool) -> Option<bool> {
        let free = is_takable && self.is_free();
        let worker = self.worker(session)?;
        let takes = free || worker.state == WorkerState::Woken;
        worker.state = if takes {
            WorkerState::Awake
        } else {
            WorkerState::Asleep
        };
        worker.group = None;
        if takes {
            self.hold(session);
        }
        Some(takes)
    }

    /// Frees the permit. Returns whether the worker held it.
    pub fn release(&mut self, session: usize) -> bool {
        let held = self.is_held_by(session);
        if held {
            self.permit = None;
        }
        held
    }

    /// The holder of the permit writes a group now.
    pub fn writes(&mut self, session: usize, since: Instant, group: Group) {
        self.permit = Some(Held { session, since });
        if let Some(worker) = self.worker(session) {
            worker.group = Some((since, group));
        }
    }

    /// Returns the state of each worker.
    pub fn states(&self, lane: Lane) -> impl Iterator<Item = CommitterState> {
        self.workers.iter().map(move |worker| CommitterState {
            session: SessionNumber {
                lane,
                number: worker.session,
            },
            has_permit: self.is_held_by(worker.session),
            writing: worker.group.map(|(since, group)| (group, since.elapsed())),
        })
    }

    /// Makes the worker the holder of the permit.
    fn hold(&mut self, session: usize) {
        let since = Instant::now();
        let before = self.permit.replace(Held { session, since });
        let before = before.filter(|before| before.session != session);
        if let Some(worker) = before.and_then(|before| self.worker(before.session))
            && worker.state == WorkerState::Woken
        {
            // It was woken for a permit that has been taken over, and sleeps on.
            worker.state = WorkerState::Asleep;
        }
        debug_assert!(
            self.workers
                .iter()
                .all(|worker| worker.session == session || worker.state != WorkerState::Woken),
            "two workers were woken to take the permit"
        );
    }

    fn worker(&mut self, session: usize) -> Option<&mut WorkerSlot> {
        let mut workers = self.workers.iter_mut();
        workers.find(|worker| worker.session == session)
    }
}
