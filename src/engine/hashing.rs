//! Password hashing (argon2id), off the async threads and bounded.
//!
//! A hash costs tens of milliseconds of a core and 19 MiB by design, so at most `WALLET_HASHERS` are computed
//! at once and at most `WALLET_HASH_QUEUE_MAX` wait; past that the caller is refused at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::Argon2;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
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
    Hash(HashError),
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
        let password = password.expose().to_vec();
        self.compute(move |argon2| argon2.hash_password(&password).map(|hash| hash.to_string()))
            .await
    }

    /// Whether the hash is the password's. Without a hash it is not, and that takes as long to find out: who asks cannot
    /// tell the one from the other.
    pub async fn verify(
        &self,
        password: &Password,
        hash: Option<String>,
    ) -> Result<bool, EngineError> {
        let password = password.expose().to_vec();
        self.compute(move |argon2| match hash {
            None => argon2.hash_password(&password).map(|_| false),
            Some(hash) => match argon2.verify_password(&password, hash.as_str()) {
                Ok(()) => Ok(true),
                Err(HashError::PasswordInvalid) => Ok(false),
                Err(error) => Err(error),
            },
        })
        .await
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(Argon2<'static>) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let _inside = self.enter()?;
        let unavailable = |problem| EngineError::Unavailable(Arc::new(problem) as Cause);
        let running = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(|_| unavailable(HashingProblem::Closed))?;
        tokio::task::spawn_blocking(move || {
            // Held by the computation itself: a caller that leaves does not make room for another.
            let _running = running;
            work(Argon2::default())
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
