//! The load sessions of a side, and which of them loaded on which thread.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};

#[derive(Default)]
pub struct LoadSessions {
    count: AtomicUsize,
    /// The session and the thread of each load.
    used: Mutex<Vec<(Option<usize>, ThreadId)>>,
    in_use: Mutex<HashSet<usize>>,
}

/// A load that is running.
pub struct InUse<'s> {
    sessions: &'s LoadSessions,
    session: Option<usize>,
}

impl LoadSessions {
    /// Gives the engine that starts next so many.
    pub fn set(&self, count: usize) {
        self.count.store(count, Ordering::SeqCst);
    }

    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Returns the session and the thread of each load.
    pub fn used(&self) -> Vec<(Option<usize>, ThreadId)> {
        self.used.lock().unwrap().clone()
    }

    /// A load begins on this thread.
    pub fn use_one(&self, session: Option<usize>) -> InUse<'_> {
        let here = thread::current().id();
        self.used.lock().unwrap().push((session, here));
        if let Some(session) = session {
            let is_free = self.in_use.lock().unwrap().insert(session);
            assert!(is_free, "two loads at once on session {session}");
        }
        InUse {
            sessions: self,
            session,
        }
    }
}

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.session {
            self.sessions.in_use.lock().unwrap().remove(&session);
        }
    }
}
