//! The sets that wait to be written, of all threads, and the permit to take them.
//!
//! 1. The worker that holds the *permit* takes what waits; there is one permit. Its holder keeps it until its group is
//!    written, so that what comes meanwhile makes one group and not many small ones: a commit costs the same for one
//!    operation as for ten. It keeps it for [`PERMIT_TIME`] at most, so that nothing waits behind a large group, a slow
//!    response or an unknown outcome.
//! 2. A set that comes while the permit is free wakes a worker, preferably that of its own thread. So an operation of a
//!    quiet wallet crosses no thread on its way to the database and back.
//! 3. The holder returns the permit by a timer of its own thread, which may be busy, with large bodies for example; so may
//!    be the thread of a worker that was woken. So a set that finds the permit older than [`PERMIT_EXPIRES_AFTER`] wakes
//!    another worker, which takes it over; the old holder finds that it is no longer the holder. If no set comes, the
//!    [watch](CommitQueue::watch) does the same for those that wait.
//!
//! What a linked set holds back is nobody's to take, until the linked set is ready, is withdrawn, or has held it for too long: the
//! second wakes a worker, and the watch finds the third.
//!
//! A set that a caller recalled (see [`Handover`](super::Handover)) goes back to its wallet instead of into a group.
//!
//! A semaphore is not enough: it cannot prefer the worker of the thread that a set comes from, and its permits cannot be
//! taken over.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::linking::{Linked, LinkedId};
use super::status::{CommitterState, Committers, Group};
use super::waiting::{Taken, Waiting};

/// How long a worker keeps the permit: a little longer than a small commit takes.
pub(super) const PERMIT_TIME: Duration = Duration::from_millis(3);

/// The age at which a permit is taken over, as its holder's thread is too busy to return it: longer than a timer is ever
/// late.
const PERMIT_EXPIRES_AFTER: Duration = Duration::from_millis(6);

/// What the workers share.
pub(super) struct CommitQueue {
    state: Mutex<State>,
    /// Operations in a group. Its last set may exceed it.
    batch_max: usize,
    /// Notifies the watch of a waiting set.
    waits: Notify,
}

#[derive(Default)]
pub(super) struct State {
    pub waiting: Waiting,
    workers: Vec<WorkerSlot>,
    permit: Option<Held>,
    /// The watch is checking, as long as sets wait.
    watched: bool,
    closed: bool,
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

impl CommitQueue {
    pub fn new(batch_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            batch_max,
            waits: Notify::new(),
        }
    }

    /// Registers a worker for this thread, unless it has one or every session is in use.
    pub fn add_worker(
        self: &Arc<Self>,
        state: &mut State,
        here: ThreadId,
        sessions: usize,
    ) -> Option<Worker> {
        if state.workers.iter().any(|worker| worker.thread == here) {
            return None;
        }
        let is_free = |session: &usize| {
            state
                .workers
                .iter()
                .all(|worker| worker.session != *session)
        };
        let session = (0..sessions).find(is_free)?;
        let wake = Arc::new(Notify::new());
        state.workers.push(WorkerSlot {
            session,
            thread: here,
            state: WorkerState::Awake,
            wake: Arc::clone(&wake),
            group: None,
        });
        Some(Worker {
            session,
            wake,
            queue: Arc::clone(self),
        })
    }

    /// Ensures that a worker takes the set that this thread queued.
    pub fn wake_worker(&self, mut state: MutexGuard<'_, State>, here: ThreadId) {
        if state.waiting.is_takable() && state.is_free() {
            state.wake(here);
        }
        // A worker of this thread needs no watch: it takes the set as soon as the thread could use the outcome.
        if !state.watched && !state.is_held_on(here) {
            state.watched = true;
            drop(state);
            self.waits.notify_one();
        }
    }

    /// Wakes workers for waiting sets while the holder does not return its permit. To be run on a thread with little other
    /// work.
    pub async fn watch(self: Arc<Self>) {
        loop {
            self.waits.notified().await;
            while self.is_waited_for() {
                sleep(PERMIT_EXPIRES_AFTER).await;
            }
        }
    }

    /// Returns whether sets wait. Wakes a worker for those that wait for too long.
    fn is_waited_for(&self) -> bool {
        let mut state = self.state();
        state.waiting.release(Instant::now());
        if state.waiting.is_takable() && state.is_free() {
            state.wake(thread::current().id());
        }
        state.watched = !state.waiting.is_empty();
        state.watched
    }

    /// Closes the queue: the workers end once nothing waits.
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        for worker in &state.workers {
            worker.wake.notify_one();
        }
    }

    /// Returns the state of the workers.
    pub fn committers(&self) -> Committers {
        let state = self.state();
        let workers = state.workers.iter().map(|worker| CommitterState {
            session: worker.session,
            has_permit: state.is_held_by(worker.session),
            writing: worker.group.map(|(since, group)| (group, since.elapsed())),
        });
        let mut workers: Vec<_> = workers.collect();
        workers.sort_unstable_by_key(|worker| worker.session);
        Committers {
            workers,
            waiting_wallets: state.waiting.wallets(),
        }
    }

    /// Takes out a linked set that waits, and has taken what it held; `None`: it was taken.
    pub fn withdraw(&self, id: LinkedId) -> Option<Linked> {
        let mut state = self.state();
        let linked = state.waiting.withdraw(id, Instant::now())?;
        self.wake_worker(state, thread::current().id());
        Some(linked)
    }

    /// Linked sets that were taken wait again; others were answered.
    pub fn put_back(&self, linked: Vec<Linked>) {
        let mut state = self.state();
        state.waiting.put_back(linked, Instant::now());
        state.waiting.dismiss_idle();
        self.wake_worker(state, thread::current().id());
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns whether the permit is not held, or has expired.
    fn is_free(&self) -> bool {
        let too_long = |held: Held| held.since.elapsed() > PERMIT_EXPIRES_AFTER;
        self.permit.is_none_or(too_long)
    }

    fn is_held_by(&self, session: usize) -> bool {
        self.permit.is_some_and(|held| held.session == session)
    }

    fn is_held_on(&self, thread: ThreadId) -> bool {
        let mut there = self.workers.iter().filter(|worker| worker.thread == thread);
        there.any(|worker| self.is_held_by(worker.session))
    }

    /// Gives the free permit to a sleeping worker. If there is none, a worker that is awake checks for it before it sleeps.
    fn wake(&mut self, here: ThreadId) {
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

    /// Frees the permit if the worker holds it.
    fn release(&mut self, session: usize) {
        if !self.is_held_by(session) {
            return;
        }
        self.permit = None;
        if self.waiting.is_takable() {
            self.wake(thread::current().id());
        }
    }

    fn worker(&mut self, session: usize) -> Option<&mut WorkerSlot> {
        self.workers
            .iter_mut()
            .find(|worker| worker.session == session)
    }
}

/// The registration of a worker, until it is dropped.
pub(super) struct Worker {
    pub session: usize,
    wake: Arc<Notify>,
    pub queue: Arc<CommitQueue>,
}

impl Worker {
    /// Waits for the permit; `None` once the queue is closed and empty.
    pub async fn permit(&self) -> Option<Permit> {
        loop {
            if let Some(permit) = self.try_permit()? {
                return Some(permit);
            }
            self.wake.notified().await;
        }
    }

    /// Takes the permit if it is free and something waits, or if the worker was woken to take it. `None`: the queue is
    /// closed and empty.
    #[expect(clippy::option_option, reason = "closed, not yet, or a permit")]
    fn try_permit(&self) -> Option<Option<Permit>> {
        let mut state = self.queue.state();
        let free = state.waiting.is_takable() && state.is_free();
        let over = state.closed && state.waiting.is_empty();
        let worker = state.worker(self.session)?;
        let takes = free || worker.state == WorkerState::Woken;
        worker.state = if takes {
            WorkerState::Awake
        } else {
            WorkerState::Asleep
        };
        worker.group = None;
        if takes {
            state.hold(self.session);
        } else if over {
            return None;
        }
        Some(takes.then(|| Permit {
            session: self.session,
            queue: Arc::clone(&self.queue),
        }))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        let at = state
            .workers
            .iter()
            .position(|it| it.session == self.session);
        if let Some(at) = at {
            let worker = state.workers.swap_remove(at);
            if worker.state == WorkerState::Woken {
                state.release(self.session);
            }
        }
        if state.workers.is_empty() {
            // No worker is left to write them. Their actors find the channels closed.
            state.waiting.clear();
        }
    }
}

/// The permit to take what waits, returned when dropped.
pub(super) struct Permit {
    session: usize,
    queue: Arc<CommitQueue>,
}

impl Permit {
    /// What waits, up to the size of a group; `None` if nothing does, or another worker holds the permit by now.
    pub fn take(&self) -> Option<Taken> {
        let mut state = self.queue.state();
        if !state.is_held_by(self.session) {
            return None;
        }
        let since = Instant::now();
        let taken = state.waiting.take(self.queue.batch_max, since);
        if !state.watched && state.waiting.is_holding() {
            // No worker comes back for what is held.
            state.watched = true;
            self.queue.waits.notify_one();
        }
        let taken = taken?;
        debug_assert_eq!(
            (taken.requests.iter().map(|request| request.before.id))
                .collect::<HashSet<_>>()
                .len(),
            taken.requests.len(),
            "a wallet's actor has one set in flight"
        );
        let session = self.session;
        state.permit = Some(Held { session, since });
        if let Some(worker) = state.worker(session) {
            let group = Group {
                wallets: taken.requests.len(),
                operations: taken.size,
            };
            worker.group = Some((since, group));
        }
        Some(taken)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.queue.state().release(self.session);
    }
}
