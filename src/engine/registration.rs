//! Registers users, each with an empty wallet.
//!
//! 1. Which names are taken is asked of the database, and everything that is wrong with the form is refused at once.
//! 2. The password is hashed ([`hashing`](super::hashing)), which takes longer than all the rest.
//! 3. User and wallet are inserted in one transaction. Before this was sent, whatever fails leaves nothing behind, and the
//!    caller may come again; from then on the outcome is open until the database has answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::{ApplyProblem, Engine, EngineError, NamesSought, NewUser, RegisterError, not_done};
use crate::domain::registration::Password;
use crate::domain::{Registration, RegistrationForm, WalletId};

/// A user and their empty wallet, just registered.
#[derive(Clone, Debug)]
pub struct Registered {
    pub username: String,
    pub email: String,
    pub wallet: WalletId,
}

impl Engine {
    /// Registers a user with an empty wallet.
    ///
    /// # Errors
    /// [`EngineError::Registration`] with everything that is wrong with the form, `Overloaded`, `Stopping`, `NotDone`,
    /// `Unavailable`.
    pub async fn register(&self, form: RegistrationForm) -> Result<Registered, EngineError> {
        let _ticket = self.0.admission.enter()?;
        let until = Instant::now() + self.0.wait;
        let checked = timeout_at(until, self.checked(form)).await;
        let (registration, hash) = checked.unwrap_or_else(|_| Err(self.too_slow()))?;
        self.insert(&registration, &hash, until).await
    }

    /// The password's hash, to be stored.
    ///
    /// # Errors
    /// [`EngineError::Overloaded`], `Stopping`, `NotDone`, `Unavailable`.
    pub async fn password_hash(&self, password: &Password) -> Result<String, EngineError> {
        let _ticket = self.0.admission.enter()?;
        self.in_time(self.0.hashing.hash(password)).await
    }

    /// Whether the stored hash is the password's; without one it is not, and the work is the same.
    ///
    /// # Errors
    /// As [`Engine::password_hash`].
    pub async fn password_matches(
        &self,
        password: &Password,
        hash: Option<String>,
    ) -> Result<bool, EngineError> {
        let _ticket = self.0.admission.enter()?;
        self.in_time(self.0.hashing.verify(password, hash)).await
    }

    /// A registration that may be inserted, with its password's hash.
    async fn checked(&self, form: RegistrationForm) -> Result<(Registration, String), EngineError> {
        let taken = self.0.journal.names_taken(NamesSought::of(&form)).await;
        let taken = taken.map_err(EngineError::NotDone)?;
        let registration = form.check(taken).map_err(EngineError::Registration)?;
        let hash = self.0.hashing.hash(&registration.password).await?;
        Ok((registration, hash))
    }

    async fn insert(
        &self,
        registration: &Registration,
        password_hash: &str,
        until: Instant,
    ) -> Result<Registered, EngineError> {
        let wallet = WalletId(Uuid::new_v4());
        let user = NewUser {
            registration,
            password_hash,
            wallet,
            sent: AtomicBool::new(false),
        };
        match timeout_at(until, self.0.journal.register(&user)).await {
            Ok(Ok(_)) => Ok(Registered {
                username: registration.username.as_str().to_owned(),
                email: registration.email.as_str().to_owned(),
                wallet,
            }),
            Ok(Err(RegisterError::Taken(taken))) => Err(EngineError::Registration(taken.into())),
            Ok(Err(RegisterError::NotSent(cause))) => Err(EngineError::NotDone(cause)),
            Ok(Err(error @ RegisterError::Failed(_))) => {
                Err(EngineError::Unavailable(Arc::new(error)))
            }
            Err(_) if user.sent.load(Ordering::Acquire) => {
                let problem = ApplyProblem::TooSlow(self.0.wait);
                Err(EngineError::Unavailable(Arc::new(problem)))
            }
            Err(_) => Err(self.too_slow()),
        }
    }

    fn too_slow(&self) -> EngineError {
        not_done(ApplyProblem::TooSlow(self.0.wait))
    }
}
