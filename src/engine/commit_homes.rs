//! Which committer a thread's actors write through.
//!
//! An actor lives on the thread that its wallet's first request came in on, and hands its sets to a committer of
//! the same thread, so that an operation of a quiet wallet crosses no thread on its way to the database and back.
//! The first `WALLET_COMMITTERS` threads that ask get a committer each; whoever asks later shares, in turn.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use actix::Arbiter;

use super::Journal;
use super::committer::{CommitQueue, committer};
use crate::config::EngineConfig;

pub(super) struct CommitHomes {
    homes: Mutex<Vec<Home>>,
    journal: Arc<dyn Journal>,
    config: EngineConfig,
}

struct Home {
    threads: Vec<ThreadId>,
    queue: CommitQueue,
}

impl CommitHomes {
    pub fn new(config: &EngineConfig, journal: &Arc<dyn Journal>) -> Self {
        Self {
            homes: Mutex::new(Vec::new()),
            journal: Arc::clone(journal),
            config: config.clone(),
        }
    }

    /// The queue for actors of this thread; its committer is started here if there may be another. An actix
    /// system must be running on this thread.
    pub fn queue_here(&self) -> CommitQueue {
        let here = thread::current().id();
        let mut homes = self.homes.lock().unwrap_or_else(PoisonError::into_inner);
        let known = homes
            .iter()
            .find(|home| home.threads.contains(&here) && !home.queue.is_closed());
        if let Some(home) = known {
            return home.queue.clone();
        }
        // A thread that ended took its committer with it; its lane goes to a new one.
        let lane = homes.iter().position(|home| home.queue.is_closed());
        let lane = lane.or((homes.len() < self.config.committers).then_some(homes.len()));
        let Some(lane) = lane else {
            let fewest = homes.iter_mut().min_by_key(|home| home.threads.len());
            return match fewest {
                Some(home) => {
                    home.threads.push(here);
                    home.queue.clone()
                }
                None => unreachable!("the configuration asks for one committer at least"),
            };
        };
        let (queue, committer) = committer(lane, &self.config, &self.journal);
        Arbiter::current().spawn(committer.run());
        let home = Home {
            threads: vec![here],
            queue: queue.clone(),
        };
        if lane < homes.len() {
            homes[lane] = home;
        } else {
            homes.push(home);
        }
        queue
    }

    /// Lets the committers go, when the last actor has.
    pub fn close(&self) {
        self.homes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
