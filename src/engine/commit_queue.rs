//! The sets that wait to be written, of all threads, and whose turn it is to write them.
//!
//! 1. Each thread with actors gets a committer, up to `WALLET_COMMITTERS` of them.
//! 2. Whoever has the *turn* takes what waits; there is one turn. Its holder keeps it until its group is written, so
//!    that what comes meanwhile makes one group and not many small ones: a commit costs the same for one operation
//!    as for ten. But [`TURN`] at most: nothing waits behind a large group, a slow answer or an unknown outcome.
//! 3. A set that comes while nobody has the turn wakes a committer: that of its own thread, if it sleeps. So an
//!    operation of a quiet wallet crosses no thread on its way to the database and back.
//!
//! A set that a caller recalled (see [`withdrawal`](super::withdrawal)) goes back to its wallet instead of into a group.
//!
//! What each committer is at is written down where the turn is passed anyway, for whoever looks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use actix::Arbiter;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::committer::{CommitProblem, Committer, Request, Written};
use super::metrics::EngineMetrics;
use super::withdrawal::Handover;
use super::{Journal, WriteSet};
use crate::config::EngineConfig;
use crate::telemetry::traces::Span;

/// How long a commit may keep others from taking what waits: a little longer than a small one takes.
pub(super) const TURN: Duration = Duration::from_millis(3);

/// Where actors put their sets. Committers leave when the last clone is dropped.
#[derive(Clone)]
pub(super) struct CommitQueue(Arc<Owner>);

struct Owner {
    turns: Arc<Turns>,
    journal: Arc<dyn Journal>,
    metrics: Arc<EngineMetrics>,
    config: EngineConfig,
}

/// What the committers share.
pub(super) struct Turns {
    state: Mutex<State>,
    /// Operations in a group, unless its last set holds more.
    batch_max: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Request>,
    seats: Vec<Seat>,
    /// The lane of the committer that has the turn, or is about to wake and find it.
    taken: Option<usize>,
    closed: bool,
}

/// A committer's place among the others.
struct Seat {
    lane: usize,
    thread: ThreadId,
    mood: Mood,
    call: Arc<Notify>,
    /// What it took last, and when, unless that is written.
    group: Option<(Instant, Group)>,
}

/// A group that is being written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub wallets: usize,
    pub operations: usize,
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Awake,
    Asleep,
    /// Asleep, and has the turn.
    Called,
}

impl CommitQueue {
    pub fn new(
        config: &EngineConfig,
        journal: &Arc<dyn Journal>,
        metrics: &Arc<EngineMetrics>,
    ) -> Self {
        Self(Arc::new(Owner {
            turns: Arc::new(Turns {
                state: Mutex::default(),
                batch_max: config.batch_max,
            }),
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
        if state.taken.is_none() {
            state.call(here);
        }
        drop(state);
        if let Some(newcomer) = newcomer {
            Arbiter::current().spawn(newcomer.run());
        }
        receiver
    }

    /// A committer for that thread, on a lane that is free.
    fn seat_committer(&self, state: &mut State, thread: ThreadId) -> Committer {
        let free = |lane: &usize| state.seats.iter().all(|seat| seat.lane != *lane);
        let lane = (0..self.0.config.committers).find(free).unwrap_or_default();
        let call = Arc::new(Notify::new());
        state.seats.push(Seat {
            lane,
            thread,
            mood: Mood::Awake,
            call: Arc::clone(&call),
            group: None,
        });
        let turns = Arc::clone(&self.0.turns);
        let member = Member { lane, call, turns };
        let Owner {
            config,
            journal,
            metrics,
            ..
        } = &*self.0;
        Committer::new(member, config, Arc::clone(journal), Arc::clone(metrics))
    }

    /// What the committers are at now.
    pub fn committers(&self) -> Committers {
        let state = self.0.turns.state();
        let seated = state.seats.iter().map(|seat| CommitterState {
            lane: seat.lane,
            has_turn: state.taken == Some(seat.lane),
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

impl Turns {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Gives the turn, which nobody has, to a committer that sleeps, if there is one; if there is none, whoever is
    /// awake looks for it before it sleeps.
    fn call(&mut self, here: ThreadId) {
        let asleep = |seat: &&mut Seat| seat.mood == Mood::Asleep;
        let sleepers = self.seats.iter_mut().filter(asleep);
        let Some(seat) = sleepers.max_by_key(|seat| seat.thread == here) else {
            return;
        };
        seat.mood = Mood::Called;
        seat.call.notify_one();
        self.taken = Some(seat.lane);
    }

    /// Gives the turn up.
    fn hand_on(&mut self) {
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
    call: Arc<Notify>,
    turns: Arc<Turns>,
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
        let free = state.taken.is_none() && !state.waiting.is_empty();
        let over = state.closed && state.waiting.is_empty();
        let seat = state.seat(self.lane)?;
        let takes = free || seat.mood == Mood::Called;
        seat.mood = if takes { Mood::Awake } else { Mood::Asleep };
        seat.group = None;
        if takes {
            state.taken = Some(self.lane);
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
                state.hand_on();
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
    /// What waits, up to the size of a group; `None` if nothing does. The smallest set comes first and is answered first:
    /// one operation must not wait until its thread has written the hundreds of answers of a busy neighbour.
    pub fn gather(&self) -> Option<Vec<Request>> {
        let mut state = self.turns.state();
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
        if let Some(seat) = state.seat(self.lane) {
            let group = Group {
                wallets: taken.len(),
                operations: size,
            };
            seat.group = Some((Instant::now(), group));
        }
        Some(taken)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.state().hand_on();
    }
}
