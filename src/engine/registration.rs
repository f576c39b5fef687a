//! Registers users, each with an empty wallet.
//!
//! 0. A place for its password ([`hashing`](super::hashing)) comes first: without one it costs no query.
//! 1. Which names are taken is asked of the database, and everything that is wrong with the form is refused at once.
//! 2. The password is hashed, which takes longer than all the rest.
//! 3. User, wallet and key, if there is one, are inserted in one transaction. Before this was sent, whatever fails leaves
//!    nothing behind, and the caller may come again; from then on the outcome is open until the database has answered.
//!
//! Under a key a registration happens once. Its repetition finds its names taken, in step 1 or, while the first is under way,
//! in step 3; then the key is looked for, and a user who was registered under it is compared with the request as they are
//! now: name, address, and the password by its hash. Nothing else is kept of the first request, so a changed password or
//! address ends the repetitions, and whoever knows a key and not the password learns that it is used and nothing more. Staff
//! have no repetitions: these would be a way to try their passwords past the panel's limits. A new registration under a key
//! costs no question of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::admission::Ticket;
use super::hashing::Place;
use super::{ApplyProblem, Engine, EngineError, NamesSought, NewUser, RegisterError};
use crate::domain::registration::Password;
use crate::domain::{IdempotencyKey, NamesTaken, Registration, RegistrationForm, WalletId};

/// A user and their wallet, which was empty when they were registered.
#[derive(Clone, Debug)]
pub struct Registered {
    pub username: String,
    pub email: String,
    pub wallet: WalletId,
    /// It had been asked for before under the same key, and happened then.
    pub replayed: bool,
}

/// Room for a sign-in.
pub struct SignInRoom {
    _ticket: Ticket,
    place: Place,
}

/// What the first look at the names came to.
enum Checked {
    New {
        registration: Registration,
        hash: String,
    },
    Before(Registered),
}

impl Engine {
    /// Registers a user with an empty wallet; under a key, once.
    ///
    /// # Errors
    /// [`EngineError::Registration`] with everything that is wrong with the form, `KeyReused`, `Overloaded`, `Stopping`,
    /// `NotDone`, `Unavailable`.
    pub async fn register(
        &self,
        form: RegistrationForm,
        key: Option<IdempotencyKey>,
    ) -> Result<Registered, EngineError> {
        let _ticket = self.0.admission.enter()?;
        let place = self.0.hashing.enter_registration()?;
        let until = Instant::now() + self.0.wait;
        let key = key.as_ref();
        let checked = self.check(&place, form, key);
        match self.in_time_until(until, checked).await? {
            Checked::Before(registered) => Ok(registered),
            Checked::New { registration, hash } => {
                self.insert(&place, &registration, &hash, key, until).await
            }
        }
    }

    /// The password's hash, to be stored.
    ///
    /// # Errors
    /// [`EngineError::Overloaded`], `Stopping`, `NotDone`, `Unavailable`.
    pub async fn password_hash(&self, password: &Password) -> Result<String, EngineError> {
        let _ticket = self.0.admission.enter()?;
        let place = self.0.hashing.enter_sign_in()?;
        self.in_time(self.0.hashing.hash(&place, password)).await
    }

    /// Room for a sign-in, to be asked for before anything of it costs a query. It is let go when it is dropped.
    ///
    /// # Errors
    /// [`EngineError::Overloaded`], `Stopping`.
    pub fn sign_in_room(&self) -> Result<SignInRoom, EngineError> {
        Ok(SignInRoom {
            _ticket: self.0.admission.enter()?,
            place: self.0.hashing.enter_sign_in()?,
        })
    }

    /// Whether the stored hash is the password's; without one it is not, and the work is the same.
    ///
    /// # Errors
    /// [`EngineError::NotDone`], `Unavailable`.
    pub async fn password_matches(
        &self,
        room: &SignInRoom,
        password: &Password,
        hash: Option<String>,
    ) -> Result<bool, EngineError> {
        let matches = self.0.hashing.verify(&room.place, password, hash);
        self.in_time(matches).await
    }

    /// Looks for what is wrong with the form, and hashes its password if nothing is.
    async fn check(
        &self,
        place: &Place,
        form: RegistrationForm,
        key: Option<&IdempotencyKey>,
    ) -> Result<Checked, EngineError> {
        let taken = self.0.journal.names_taken(NamesSought::of(&form)).await;
        let taken = taken.map_err(EngineError::NotDone)?;
        let may_repeat = key.filter(|_| taken != NamesTaken::default() && form.is_well_formed());
        let Some(key) = may_repeat else {
            let registration = form.check(taken).map_err(EngineError::Registration)?;
            let hash = self.0.hashing.hash(place, &registration.password).await?;
            return Ok(Checked::New { registration, hash });
        };
        let registration = form.check(NamesTaken::default());
        let registration = registration.map_err(EngineError::Registration)?;
        let before = self.registered_before(place, &registration, key).await?;
        before
            .map(Checked::Before)
            .ok_or_else(|| EngineError::Registration(taken.into()))
    }

    async fn insert(
        &self,
        place: &Place,
        registration: &Registration,
        password_hash: &str,
        key: Option<&IdempotencyKey>,
        until: Instant,
    ) -> Result<Registered, EngineError> {
        let wallet = WalletId(Uuid::new_v4());
        let user = NewUser {
            registration,
            password_hash,
            wallet,
            key,
            sent: AtomicBool::new(false),
        };
        let refused = match timeout_at(until, self.0.journal.register(&user)).await {
            Ok(Ok(_)) => return Ok(Registered::of(registration, wallet, false)),
            Ok(Err(RegisterError::Taken(taken))) => EngineError::Registration(taken.into()),
            Ok(Err(RegisterError::KeyTaken)) => EngineError::KeyReused,
            Ok(Err(RegisterError::NotSent(cause))) => return Err(EngineError::NotDone(cause)),
            Ok(Err(error @ RegisterError::Failed(_))) => {
                return Err(EngineError::Unavailable(Arc::new(error)));
            }
            Err(_) if user.sent.load(Ordering::Acquire) => {
                let problem = ApplyProblem::TooSlow(self.0.wait);
                return Err(EngineError::Unavailable(Arc::new(problem)));
            }
            Err(_) => return Err(self.too_slow()),
        };
        let Some(key) = key else { return Err(refused) };
        // The first under this key was faster, and has committed.
        let before = self.registered_before(place, registration, key);
        self.in_time_until(until, before).await?.ok_or(refused)
    }

    /// What was registered under the key, if that is what the registration asks for.
    async fn registered_before(
        &self,
        place: &Place,
        registration: &Registration,
        key: &IdempotencyKey,
    ) -> Result<Option<Registered>, EngineError> {
        let user = self.0.journal.registered(key).await;
        let Some(user) = user.map_err(EngineError::NotDone)? else {
            return Ok(None);
        };
        let has_names = user.username == registration.username.as_str()
            && user.email == registration.email.as_str();
        let password = &registration.password;
        if has_names
            && self
                .0
                .hashing
                .verify(place, password, Some(user.password_hash))
                .await?
        {
            return Ok(Some(Registered::of(registration, user.wallet, true)));
        }
        Err(EngineError::KeyReused)
    }
}

impl Registered {
    fn of(registration: &Registration, wallet: WalletId, replayed: bool) -> Self {
        Self {
            username: registration.username.as_str().to_owned(),
            email: registration.email.as_str().to_owned(),
            wallet,
            replayed,
        }
    }
}
