//! What an actor is at, for an onlooker: [`Engine::peek`](super::Engine::peek) neither asks the actor, nor wakes it, nor keeps it awake.
//!
//! The actor notes it with a few relaxed stores and one look at the clock a batch: some ten nanoseconds beside a commit of
//! some hundred microseconds. So an onlooker may see a phase of one moment with a batch of the next.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use super::clock::Clock;

/// The phases of an actor: see `wallet/actor.rs`.
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
    /// Operations that wait for their answers, those that are being written among them.
    pub waiting: usize,
    /// As many may wait.
    pub waiting_max: usize,
    pub last_batch: Option<LastBatch>,
    /// Since somebody used the wallet.
    pub unused: Duration,
    /// The name of the thread that it lives on.
    pub thread: Option<String>,
}

/// The last batch that an actor had committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastBatch {
    /// Operations of it that were accepted.
    pub operations: u64,
    /// Since its commit.
    pub ago: Duration,
}

/// What the actor notes.
pub(super) struct Activity {
    phase: AtomicU8,
    batch_operations: AtomicU64,
    /// Milliseconds since the actor was spawned.
    batch_at_ms: AtomicU64,
    clock: Clock,
    thread: Thread,
}

impl Activity {
    /// Of an actor that lives on this thread.
    pub fn here() -> Self {
        Self {
            phase: AtomicU8::new(ActorPhase::Idle as u8),
            batch_operations: AtomicU64::new(0),
            batch_at_ms: AtomicU64::new(0),
            clock: Clock::start(),
            thread: thread::current(),
        }
    }

    pub fn enter(&self, phase: ActorPhase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    /// Notes the commit of so many operations; of none, when a set only asked for its keys.
    pub fn committed(&self, operations: u64) {
        if operations == 0 {
            return;
        }
        self.batch_operations.store(operations, Ordering::Relaxed);
        self.batch_at_ms
            .store(self.clock.now_ms(), Ordering::Relaxed);
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

    pub fn last_batch(&self) -> Option<LastBatch> {
        let operations = self.batch_operations.load(Ordering::Relaxed);
        let at_ms = self.batch_at_ms.load(Ordering::Relaxed);
        (operations > 0).then(|| LastBatch {
            operations,
            ago: self.clock.since(at_ms),
        })
    }

    pub fn thread(&self) -> Option<String> {
        self.thread.name().map(str::to_owned)
    }
}
