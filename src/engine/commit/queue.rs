//! The sets that wait to be written, of all threads, and the permits to take them.
//!
//! Each lane has workers and a permit of its own, and its sets are taken for it alone:
//!
//! 1. The worker that holds the lane's *permit* takes what waits; there is one permit. Its holder keeps it until its group is
//!    written, so that what comes meanwhile makes one group and not many small ones: a commit costs the same for one
//!    operation as for ten. It keeps it for [`PERMIT_TIME`] at most, so that nothing waits behind a large group, a slow
//!    response or an unknown outcome.
//! 2. A set that comes while the permit is free wakes a worker, preferably that of its own thread. So an operation of a
//!    quiet wallet crosses no thread on its way to the database and back.
//! 3. The holder returns the permit by a timer of its own thread, which may be busy, with large bodies for example; so may
//!    be the thread of a worker that was woken. So a set that finds the permit older than [`PERMIT_EXPIRES_AFTER`] wakes
//!    another worker, which takes it over; the old holder finds that it is no longer the holder. If no set comes, the
//!    [watch](CommitQueue::watch) does the same for those that wait, on whichever lane.
//!
//! A linked set over several lanes is taken for [`Lane::WHOLE`], with the sets of its wallets (see [`linking`](super::linking)).
//!
//! What a linked set holds back is nobody's to take, until the linked set is ready, is withdrawn, or has held it for too long: the
//! second wakes a worker, and the watch finds the third.
//!
//! A set that a caller recalled (see [`Handover`](super::Handover)) goes back to its wallet instead of into a group.
//!
//! A semaphore is not enough: it cannot prefer the worker of the thread that a set comes from, and its permits cannot be
//! taken over.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::lane_workers::{LaneWorkers, PERMIT_EXPIRES_AFTER};
use super::linked_request::{Linked, LinkedId};
use super::status::{Committers, Group};
use super::waiting::{Taken, Waiting};
use crate::domain::WalletId;
use crate::engine::lane::ByLane;
use crate::engine::{Lane, SessionNumber};

/// How long a worker keeps the permit: a little longer than a small commit takes.
pub(super) const PERMIT_TIME: Duration = Duration::from_millis(3);

/// Groups of one and the same wallet after which nothing else is expected to wait: some tenths of a second of a hot wallet.
const RUN: usize = 256;

/// What the workers share.
pub(super) struct CommitQueue {
    state: Mutex<State>,
    /// Operations in a group. Its last set may exceed it.
    batch_max: usize,
    /// Notifies the watch of a waiting set.
    waits: Notify,
    /// See [`Self::is_of_one_wallet`].
    of_one_wallet: AtomicBool,
}

#[derive(Default)]
pub(super) struct State {
    pub waiting: Waiting,
    lanes: ByLane<LaneWorkers>,
    /// The watch is checking, as long as sets wait.
    watched: bool,
    closed: bool,
    run: Run,
}

/// The last groups, as long as each was of one and the same wallet.
#[derive(Default)]
struct Run {
    wallet: Option<WalletId>,
    groups: usize,
}

impl CommitQueue {
    pub fn new(batch_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            batch_max,
            waits: Notify::new(),
            of_one_wallet: AtomicBool::new(false),
        }
    }

    /// Returns whether all that was taken of late was of one wallet, so that no other waits behind it.
    pub fn is_of_one_wallet(&self) -> bool {
        self.of_one_wallet.load(Ordering::Relaxed)
    }

    /// Registers a worker of the lane for this thread, unless it has one or every session is in use.
    pub fn add_worker(
        self: &Arc<Self>,
        state: &mut State,
        lane: Lane,
        here: ThreadId,
        sessions: usize,
    ) -> Option<Worker> {
        let workers = state.lanes.or_insert_with(lane, LaneWorkers::default);
        let (number, wake) = workers.register(here, sessions)?;
        Some(Worker {
            session: SessionNumber { lane, number },
            wake,
            queue: Arc::clone(self),
        })
    }

    /// Ensures that a worker takes the set that this thread queued on the lane, and the linked sets over lanes that it completes.
    pub fn wake_worker(&self, mut state: MutexGuard<'_, State>, lane: Lane, here: ThreadId) {
        state.wake(lane, here);
        let links = lane != Lane::WHOLE && state.waiting.is_takable(Lane::WHOLE);
        if links {
            state.wake(Lane::WHOLE, here);
        }
        // A worker of this thread needs no watch: it takes the set as soon as the thread could use the outcome.
        if !state.watched
            && !(state.is_held_on(lane, here) && (!links || state.is_held_on(Lane::WHOLE, here)))
        {
            self.notify_watch(state);
        }
    }

    /// Ensures that workers take what may be taken now, on any lane.
    fn wake_workers(&self, mut state: MutexGuard<'_, State>) {
        let here = thread::current().id();
        state.wake_all(here);
        let is_attended = (state.lanes.iter()).all(|(_, workers)| workers.is_held_on(here));
        if !state.watched && !is_attended {
            self.notify_watch(state);
        }
    }

    fn notify_watch(&self, mut state: MutexGuard<'_, State>) {
        state.watched = true;
        drop(state);
        self.waits.notify_one();
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

    /// Returns whether sets wait. Wakes workers for those that wait for too long.
    fn is_waited_for(&self) -> bool {
        let mut state = self.state();
        state.waiting.release(Instant::now());
        state.wake_all(thread::current().id());
        state.watched = !state.waiting.is_empty();
        state.watched
    }

    /// Closes the queue: the workers end once nothing waits.
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        for (_, workers) in state.lanes.iter() {
            workers.rouse_all();
        }
    }

    /// Returns the state of the workers.
    pub fn committers(&self) -> Committers {
        let state = self.state();
        let lanes = state.lanes.iter();
        let workers = lanes.flat_map(|(lane, workers)| workers.states(lane));
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
        self.wake_workers(state);
        Some(linked)
    }

    /// Linked sets that were taken wait again; others were answered.
    pub fn put_back(&self, linked: Vec<Linked>) {
        let mut state = self.state();
        state.waiting.put_back(linked, Instant::now());
        state.waiting.dismiss_idle();
        self.wake_workers(state);
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run {
    /// Returns the length of the run with this group.
    fn add(&mut self, taken: &Taken) -> usize {
        let wallet = match &taken.requests[..] {
            [request] => Some(request.before.id),
            _ => None,
        };
        self.groups = if wallet.is_some() && wallet == self.wallet {
            self.groups + 1
        } else {
            0
        };
        self.wallet = wallet;
        self.groups
    }
}

impl State {
    fn is_held_on(&self, lane: Lane, thread: ThreadId) -> bool {
        let workers = self.lanes.get(lane);
        workers.is_some_and(|workers| workers.is_held_on(thread))
    }

    /// Wakes a worker of the lane if there is something to take and its permit is free.
    fn wake(&mut self, lane: Lane, here: ThreadId) {
        if self.waiting.is_takable(lane)
            && let Some(workers) = self.lanes.get_mut(lane)
            && workers.is_free()
        {
            workers.wake(here);
        }
    }

    /// Does so for every lane.
    fn wake_all(&mut self, here: ThreadId) {
        self.wake_those(|_| true, here);
    }

    fn wake_those(&mut self, is_meant: impl Fn(Lane) -> bool, here: ThreadId) {
        for (lane, workers) in self.lanes.iter_mut() {
            if is_meant(lane) && self.waiting.is_takable(lane) && workers.is_free() {
                workers.wake(here);
            }
        }
    }

    /// Frees the lane's permit if the worker holds it.
    fn release(&mut self, session: SessionNumber) {
        let workers = self.lanes.get_mut(session.lane);
        if workers.is_some_and(|workers| workers.release(session.number)) {
            self.wake(session.lane, thread::current().id());
        }
    }
}

/// The registration of a worker, until it is dropped.
pub(super) struct Worker {
    pub session: SessionNumber,
    wake: Arc<Notify>,
    pub queue: Arc<CommitQueue>,
}

impl Worker {
    /// Waits for the permit; `None` once the queue is closed, and nothing waits for the lane.
    pub async fn permit(&self) -> Option<Permit> {
        loop {
            if let Some(permit) = self.try_permit()? {
                return Some(permit);
            }
            self.wake.notified().await;
        }
    }

    /// Takes the permit if it is free and something waits, or if the worker was woken to take it. `None`: the queue is
    /// closed, and nothing waits for the lane.
    #[expect(clippy::option_option, reason = "closed, not yet, or a permit")]
    fn try_permit(&self) -> Option<Option<Permit>> {
        let SessionNumber { lane, number } = self.session;
        let mut state = self.queue.state();
        let is_takable = state.waiting.is_takable(lane);
        let takes = state.lanes.get_mut(lane)?.try_permit(number, is_takable)?;
        if !takes && state.closed && !state.waiting.has_for(lane) {
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
        let SessionNumber { lane, number } = self.session;
        let mut state = self.queue.state();
        let Some(workers) = state.lanes.get_mut(lane) else {
            return;
        };
        if workers.unregister(number) {
            state.release(self.session);
        }
        // What no worker is left to write is given up. Its actors find the channels closed.
        if state.lanes.iter().all(|(_, workers)| workers.is_empty()) {
            state.waiting.clear();
        } else if state.lanes.get(lane).is_some_and(LaneWorkers::is_empty) {
            state.waiting.give_up(lane, Instant::now());
            self.queue.wake_workers(state);
        }
    }
}

/// The permit to take what waits for a lane, returned when dropped.
pub(super) struct Permit {
    session: SessionNumber,
    queue: Arc<CommitQueue>,
}

impl Permit {
    /// What waits for the lane, up to the size of a group; `None` if nothing does, or another worker holds the permit by now.
    pub fn take(&self) -> Option<Taken> {
        let SessionNumber { lane, number } = self.session;
        let mut state = self.queue.state();
        let workers = state.lanes.get(lane)?;
        if !workers.is_held_by(number) {
            return None;
        }
        let since = Instant::now();
        let taken = state.waiting.take(lane, self.queue.batch_max, since);
        if !state.watched && state.waiting.is_holding() {
            // No worker comes back for what is held.
            state.watched = true;
            self.queue.waits.notify_one();
        }
        if state.lanes.len() > 1 {
            // What was held back may be free for another lane now.
            state.wake_those(|other| other != lane, thread::current().id());
        }
        let taken = taken?;
        debug_assert_eq!(
            (taken.requests.iter().map(|request| request.before.id))
                .collect::<HashSet<_>>()
                .len(),
            taken.requests.len(),
            "a wallet's actor has one set in flight"
        );
        let run = state.run.add(&taken);
        self.queue
            .of_one_wallet
            .store(run >= RUN, Ordering::Relaxed);
        if let Some(workers) = state.lanes.get_mut(lane) {
            let group = Group {
                wallets: taken.requests.len(),
                operations: taken.size,
            };
            workers.writes(number, since, group);
        }
        Some(taken)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.queue.state().release(self.session);
    }
}
