//! Password hashing (argon2id), off the async threads and bounded.
//!
//! A hash costs tens of milliseconds of a core and 19 MiB by design, so at most `WALLET_HASHERS` are computed
//! at once and at most `WALLET_HASH_QUEUE_MAX` wait; past that the caller is refused at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use tokio::sync::Semaphore;

use super::{Cause, EngineError, Queue};
use crate::domain::registration::Password;

pub(super) struct Hashing {
    running: Arc<Semaphore>,
    /// Callers inside, hashing or waiting.
    inside: AtomicUsize,
    inside_max: usize,
}

#[derive(Debug, thiserror::Error)]
enum HashingProblem {
    #[error("could not hash the password: {0}")]
    Hash(argon2::password_hash::Error),
    #[error("the hashing thread died")]
    Died(#[source] tokio::task::JoinError),
    #[error("hashing is closed")]
    Closed,
}

impl Hashing {
    pub fn new(hashers: usize, queue_max: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(hashers)),
            inside: AtomicUsize::new(0),
            inside_max: hashers + queue_max,
        }
    }

    /// The password's hash as a PHC string, salted afresh.
    pub async fn hash(&self, password: &Password) -> Result<String, EngineError> {
        let _inside = self.enter()?;
        let unavailable = |problem| EngineError::Unavailable(Arc::new(problem) as Cause);
        let running = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(|_| unavailable(HashingProblem::Closed))?;
        let password = password.expose().to_vec();
        tokio::task::spawn_blocking(move || {
            // Held by the computation itself: a caller that leaves does not make room for another.
            let _running = running;
            Argon2::default()
                .hash_password(&password)
                .map(|hash| hash.to_string())
        })
        .await
        .map_err(|error| unavailable(HashingProblem::Died(error)))?
        .map_err(|error| unavailable(HashingProblem::Hash(error)))
    }

    fn enter(&self) -> Result<Inside<'_>, EngineError> {
        let inside = Inside(&self.inside);
        if self.inside.fetch_add(1, Ordering::AcqRel) >= self.inside_max {
            return Err(EngineError::Overloaded(Queue::PasswordHashing));
        }
        Ok(inside)
    }
}

struct Inside<'a>(&'a AtomicUsize);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
