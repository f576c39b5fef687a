//! Whose turn it is to write what waits.
//!
//! 1. Whoever has the *turn* takes what waits; there is one turn. Its holder keeps it until its group is written, so
//!    that what comes meanwhile makes one group and not many small ones: a commit costs the same for one operation
//!    as for ten. But [`TURN`] at most: nothing waits behind a large group, a slow answer or an unknown outcome.
//! 2. A set that comes while nobody has the turn wakes a committer: that of its own thread, if it sleeps. So an
//!    operation of a quiet wallet crosses no thread on its way to the database and back.
//! 3. The holder gives the turn up by a timer of its own thread, which may be busy, with large bodies for one; so may be
//!    the thread of a committer that was woken. A set that finds a turn older than [`TURN_TAKEN_AFTER`] therefore wakes
//!    another committer, which takes it; the old holder finds that it is no longer the holder. If no set comes by, the
//!    [watch](Turns::watch) does the same for those that wait.
//!
//! A set that a caller recalled (see `wallet/withdrawal.rs`) goes back to its wallet instead of into a group.
//!
//! What each committer is at is written down where the turn is passed anyway, for whoever looks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::committer::{Request, Written};

/// How long a commit may keep others from taking what waits: a little longer than a small one takes.
pub(super) const TURN: Duration = Duration::from_millis(3);

/// How old a turn is that its holder's thread is too busy to give up: more than a timer in time is ever late.
const TURN_TAKEN_AFTER: Duration = Duration::from_millis(6);

/// What the committers share.
pub(super) struct Turns {
    state: Mutex<State>,
    /// Operations in a group, unless its last set holds more.
    batch_max: usize,
    /// Tells the watch that a set waits.
    waits: Notify,
}

#[derive(Default)]
pub(super) struct State {
    pub waiting: VecDeque<Request>,
    pub seats: Vec<Seat>,
    taken: Option<Taken>,
    /// The watch comes by while something waits.
    watched: bool,
    pub closed: bool,
}

/// Whose the turn is.
#[derive(Clone, Copy)]
struct Taken {
    /// Of the committer that has it, or is about to wake and find it.
    lane: usize,
    /// When that one was woken, or took its group.
    since: Instant,
}

/// A committer's place among the others.
pub(super) struct Seat {
    pub lane: usize,
    pub thread: ThreadId,
    mood: Mood,
    pub call: Arc<Notify>,
    /// What it took last, and when, unless that is written.
    pub group: Option<(Instant, Group)>,
}

/// A group that is being written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub wallets: usize,
    pub operations: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Awake,
    Asleep,
    /// Asleep, and has the turn.
    Called,
}

impl Turns {
    pub fn new(batch_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            batch_max,
            waits: Notify::new(),
        }
    }

    /// Sees to it that a committer comes for the set that this thread put where sets wait.
    pub fn call_for(&self, mut state: MutexGuard<'_, State>, here: ThreadId) {
        if state.is_free() {
            state.call(here);
        }
        // A committer of this very thread comes as soon as the thread could use its answer.
        if !state.watched && !state.is_taken_on(here) {
            state.watched = true;
            drop(state);
            self.waits.notify_one();
        }
    }

    /// Looks after sets that wait for a turn which its holder does not give up. To be run on a thread that has little
    /// else to do.
    pub async fn watch(self: Arc<Self>) {
        loop {
            self.waits.notified().await;
            while self.is_waited_for() {
                sleep(TURN_TAKEN_AFTER).await;
            }
        }
    }

    /// Whether sets wait; those that wait for too long get a committer.
    fn is_waited_for(&self) -> bool {
        let mut state = self.state();
        if !state.waiting.is_empty() && state.is_free() {
            state.call(thread::current().id());
        }
        state.watched = !state.waiting.is_empty();
        state.watched
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A place for a committer.
    pub fn seat_at(&mut self, lane: usize, thread: ThreadId) -> Arc<Notify> {
        let call = Arc::new(Notify::new());
        self.seats.push(Seat {
            lane,
            thread,
            mood: Mood::Awake,
            call: Arc::clone(&call),
            group: None,
        });
        call
    }

    /// Nobody has the turn, or has had it for too long.
    fn is_free(&self) -> bool {
        let too_long = |taken: Taken| taken.since.elapsed() > TURN_TAKEN_AFTER;
        self.taken.is_none_or(too_long)
    }

    pub fn is_taken_by(&self, lane: usize) -> bool {
        self.taken.is_some_and(|taken| taken.lane == lane)
    }

    fn is_taken_on(&self, thread: ThreadId) -> bool {
        let mut there = self.seats.iter().filter(|seat| seat.thread == thread);
        there.any(|seat| self.is_taken_by(seat.lane))
    }

    /// Gives the turn, which is free, to a committer that sleeps, if there is one; if there is none, whoever is
    /// awake looks for it before it sleeps.
    fn call(&mut self, here: ThreadId) {
        let asleep = |seat: &&mut Seat| seat.mood == Mood::Asleep;
        let sleepers = self.seats.iter_mut().filter(asleep);
        let Some(seat) = sleepers.max_by_key(|seat| seat.thread == here) else {
            return;
        };
        seat.mood = Mood::Called;
        seat.call.notify_one();
        let lane = seat.lane;
        self.take(lane);
    }

    /// The turn is that committer's, whosever it was.
    fn take(&mut self, lane: usize) {
        let since = Instant::now();
        let before = self.taken.replace(Taken { lane, since });
        let before = before.filter(|before| before.lane != lane);
        if let Some(seat) = before.and_then(|before| self.seat(before.lane))
            && seat.mood == Mood::Called
        {
            // It wakes too late, and sleeps on.
            seat.mood = Mood::Asleep;
        }
    }

    /// Gives the turn up, if it is that committer's.
    fn hand_on(&mut self, lane: usize) {
        if !self.is_taken_by(lane) {
            return;
        }
        self.taken = None;
        if !self.waiting.is_empty() {
            self.call(thread::current().id());
        }
    }

    fn seat(&mut self, lane: usize) -> Option<&mut Seat> {
        self.seats.iter_mut().find(|seat| seat.lane == lane)
    }
}

/// A committer's membership. It ends when this is dropped, however that happens.
pub(super) struct Member {
    pub lane: usize,
    pub call: Arc<Notify>,
    pub turns: Arc<Turns>,
}

impl Member {
    /// Waits for the turn; `None` when there will be no more.
    pub async fn turn(&self) -> Option<Turn> {
        loop {
            if let Some(turn) = self.take_turn()? {
                return Some(turn);
            }
            self.call.notified().await;
        }
    }

    /// The turn, if it is free and something waits, or was given to this one. `None`: it is over.
    #[expect(clippy::option_option, reason = "over, not yet, or a turn")]
    fn take_turn(&self) -> Option<Option<Turn>> {
        let mut state = self.turns.state();
        let free = !state.waiting.is_empty() && state.is_free();
        let over = state.closed && state.waiting.is_empty();
        let seat = state.seat(self.lane)?;
        let takes = free || seat.mood == Mood::Called;
        seat.mood = if takes { Mood::Awake } else { Mood::Asleep };
        seat.group = None;
        if takes {
            state.take(self.lane);
        } else if over {
            return None;
        }
        Some(takes.then(|| Turn {
            lane: self.lane,
            turns: Arc::clone(&self.turns),
        }))
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        if let Some(at) = state.seats.iter().position(|seat| seat.lane == self.lane) {
            let seat = state.seats.swap_remove(at);
            if seat.mood == Mood::Called {
                state.hand_on(self.lane);
            }
        }
        if state.seats.is_empty() {
            // Nobody is left to write them; their wallets see it.
            state.waiting.clear();
        }
    }
}

/// The turn. Dropping it lets somebody else have it.
pub(super) struct Turn {
    lane: usize,
    turns: Arc<Turns>,
}

impl Turn {
    /// What waits, up to the size of a group; `None` if nothing does, or another committer has the turn by now. The
    /// smallest set comes first and is answered first: one operation must not wait until its thread has written the hundreds of answers of a busy neighbour.
    pub fn gather(&self) -> Option<Vec<Request>> {
        let mut state = self.turns.state();
        if !state.is_taken_by(self.lane) {
            return None;
        }
        let mut size = 0;
        let mut group = Vec::new();
        while size < self.turns.batch_max
            && let Some(next) = state.waiting.pop_front()
        {
            if !next.handover.take() {
                let _ = next.written.send(Written::Recalled);
                continue;
            }
            size += next.set.size();
            group.push(next);
        }
        group.sort_by_key(|request| request.set.size());
        let taken = (!group.is_empty()).then_some(group)?;
        let (lane, since) = (self.lane, Instant::now());
        state.taken = Some(Taken { lane, since });
        if let Some(seat) = state.seat(lane) {
            let group = Group {
                wallets: taken.len(),
                operations: size,
            };
            seat.group = Some((since, group));
        }
        Some(taken)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.state().hand_on(self.lane);
    }
}
