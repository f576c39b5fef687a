//! The state of an actor for observers: [`Engine::actor_state`](super::Engine::actor_state) neither sends the actor a
//! message, nor wakes it, nor keeps it active.
//!
//! The actor publishes it by a few relaxed stores and one clock reading a batch: about ten nanoseconds beside a commit of
//! some hundred microseconds. So an observer may see the phase of one moment with the batch of the next.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use super::clock::Clock;

/// A phase of an actor: see `wallet/actor.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ActorPhase {
    Idle,
    Writing,
    Reloading,
    Unsettled,
}

/// An active wallet's actor at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorState {
    pub phase: ActorPhase,
    /// Unanswered operations, including those that are being written.
    pub waiting: usize,
    /// The limit of `waiting`.
    pub waiting_max: usize,
    pub last_batch: Option<LastBatch>,
    /// Time since the wallet was last used.
    pub unused: Duration,
    /// The name of the thread that it lives on.
    pub thread: Option<String>,
}

/// The last committed batch of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastBatch {
    /// Its accepted operations.
    pub operations: u64,
    /// Time since its commit.
    pub ago: Duration,
}

/// What the actor publishes.
pub(super) struct ActorStatus {
    phase: AtomicU8,
    batch_operations: AtomicU32,
    /// On the engine's clock.
    batch_at_ms: AtomicU32,
    thread: Thread,
}

impl ActorStatus {
    /// Returns the status of an actor on this thread.
    pub fn here() -> Self {
        Self {
            phase: AtomicU8::new(ActorPhase::Idle as u8),
            batch_operations: AtomicU32::new(0),
            batch_at_ms: AtomicU32::new(0),
            thread: thread::current(),
        }
    }

    pub fn enter(&self, phase: ActorPhase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    /// Records a commit. One without operations, of a set that had only keys, is ignored.
    pub fn committed(&self, operations: u64, clock: &Clock) {
        if operations == 0 {
            return;
        }
        let operations = u32::try_from(operations).unwrap_or(u32::MAX);
        self.batch_operations.store(operations, Ordering::Relaxed);
        self.batch_at_ms.store(clock.now_ms(), Ordering::Relaxed);
    }

    pub fn phase(&self) -> ActorPhase {
        match self.phase.load(Ordering::Relaxed) {
            1 => ActorPhase::Writing,
            2 => ActorPhase::Reloading,
            3 => ActorPhase::Unsettled,
            phase => {
                debug_assert_eq!(phase, ActorPhase::Idle as u8, "there is no such phase");
                ActorPhase::Idle
            }
        }
    }

    pub fn last_batch(&self, clock: &Clock) -> Option<LastBatch> {
        let operations = self.batch_operations.load(Ordering::Relaxed);
        let at_ms = self.batch_at_ms.load(Ordering::Relaxed);
        (operations > 0).then(|| LastBatch {
            operations: operations.into(),
            ago: clock.since(at_ms),
        })
    }

    pub fn thread(&self) -> Option<String> {
        self.thread.name().map(str::to_owned)
    }
}
