//! Registers users, each with an empty wallet.
//!
//! 0. A place for its password ([`hashing`](super::hashing)) comes first: without one it costs no query.
//! 1. The database is queried for names that are taken, and everything that is wrong with the form is refused at once.
//! 2. The password is hashed, which takes longer than all the rest.
//! 3. User, wallet and key, if there is one, are inserted in one transaction. Before this was sent, whatever fails leaves
//!    nothing behind, and the caller may retry; from then on the outcome is unknown until the database responds.
//!
//! Under a key a registration happens once. Its repetition finds its names taken, in step 1 or, while the first is running,
//! in step 3; then the key is looked up, and the user who was registered under it is compared with the request as they are
//! now: name, address, and the password by its hash. Nothing else is stored of the first request, so a changed password or
//! address ends the repetitions, and a client that knows a key but not the password learns only that it is used. Staff have
//! no repetitions: these would be a way to try passwords past the panel's limits. A new registration under a key costs no
//! query of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::admission::{Admission, Ticket};
use super::hashing::{Hashing, Place};
use super::time_limit::TimeLimit;
use super::{EngineError, Journal, NamesSought, NewUser, RegisterError};
use crate::domain::comparison::{Comparand, Comparison};
use crate::domain::registration::Password;
use crate::domain::{IdempotencyKey, NamesTaken, Registration, RegistrationForm, WalletId};

/// A user and their wallet, which was empty when they were registered.
#[derive(Clone, Debug)]
pub struct Registered {
    pub username: String,
    pub email: String,
    pub wallet: WalletId,
    /// It repeats an earlier registration under the same key.
    pub replayed: bool,
}

/// Room for a sign-in.
pub struct SignInRoom {
    _ticket: Ticket,
    place: Place,
}

/// The result of the first check of the names.
enum Checked {
    New {
        registration: Registration,
        hash: String,
    },
    Before(Registered),
}

pub(super) struct Registrations {
    pub admission: Arc<Admission>,
    pub hashing: Hashing,
    pub journal: Arc<dyn Journal>,
    pub time: TimeLimit,
}

impl Registrations {
    /// Registers a user with an empty wallet; under a key, once.
    pub async fn register(
        &self,
        form: RegistrationForm,
        key: Option<IdempotencyKey>,
    ) -> Result<Registered, EngineError> {
        let _ticket = self.admission.enter()?;
        let place = self.hashing.enter_registration()?;
        let until = self.time.deadline();
        let key = key.as_ref();
        let checked = self.check(&place, form, key);
        match self.time.read_until(until, checked).await? {
            Checked::Before(registered) => Ok(registered),
            Checked::New { registration, hash } => {
                self.insert(&place, &registration, &hash, key, until).await
            }
        }
    }

    /// Returns the password's hash, to be stored.
    pub async fn password_hash(&self, password: &Password) -> Result<String, EngineError> {
        let _ticket = self.admission.enter()?;
        let place = self.hashing.enter_sign_in()?;
        self.time.read(self.hashing.hash(&place, password)).await
    }

    /// Reserves room for a sign-in, before it costs a query. It is released when it is dropped.
    pub fn sign_in_room(&self) -> Result<SignInRoom, EngineError> {
        Ok(SignInRoom {
            _ticket: self.admission.enter()?,
            place: self.hashing.enter_sign_in()?,
        })
    }

    /// Compares the password with a stored one; where there is none that can be right, the work is the same.
    pub async fn password_compared(
        &self,
        room: &SignInRoom,
        password: &Password,
        with: Comparand,
    ) -> Result<Comparison, EngineError> {
        let compared = self.hashing.compare(&room.place, password, with);
        self.time.read(compared).await
    }

    /// Checks the form, and hashes its password if it is valid.
    async fn check(
        &self,
        place: &Place,
        form: RegistrationForm,
        key: Option<&IdempotencyKey>,
    ) -> Result<Checked, EngineError> {
        let taken = self.journal.names_taken(NamesSought::of(&form)).await;
        let taken = taken.map_err(EngineError::NotDone)?;
        let may_repeat = key.filter(|_| taken != NamesTaken::default() && form.is_well_formed());
        let Some(key) = may_repeat else {
            let registration = form.check(taken).map_err(EngineError::Registration)?;
            let hash = self.hashing.hash(place, &registration.password).await?;
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
        let refused = match timeout_at(until, self.journal.register(&user)).await {
            Ok(Ok(_)) => return Ok(Registered::of(registration, wallet, false)),
            Ok(Err(RegisterError::Taken(taken))) => EngineError::Registration(taken.into()),
            Ok(Err(RegisterError::KeyTaken)) => EngineError::KeyReused,
            Ok(Err(RegisterError::NotSent(cause))) => return Err(EngineError::NotDone(cause)),
            Ok(Err(error @ RegisterError::Failed(_))) => {
                return Err(EngineError::Unavailable(Arc::new(error)));
            }
            Err(_) if user.sent.load(Ordering::Acquire) => {
                return Err(self.time.unavailable());
            }
            Err(_) => return Err(self.time.not_done()),
        };
        let Some(key) = key else { return Err(refused) };
        // The first under this key was faster, and has committed.
        let before = self.registered_before(place, registration, key);
        self.time.read_until(until, before).await?.ok_or(refused)
    }

    /// Returns what was registered under the key, if it is what the request asks for.
    async fn registered_before(
        &self,
        place: &Place,
        registration: &Registration,
        key: &IdempotencyKey,
    ) -> Result<Option<Registered>, EngineError> {
        let user = self.journal.registered(key).await;
        let Some(user) = user.map_err(EngineError::NotDone)? else {
            return Ok(None);
        };
        let has_names = user.username == registration.username.as_str()
            && user.email == registration.email.as_str();
        if !has_names {
            return Err(EngineError::KeyReused);
        }
        let with = Comparand {
            stored: Some(user.password_hash),
            decoy: None,
            may_renew: false,
        };
        let compared = self.hashing.compare(place, &registration.password, with);
        match compared.await? {
            Comparison::Right { .. } => Ok(Some(Registered::of(registration, user.wallet, true))),
            Comparison::Wrong => Err(EngineError::KeyReused),
        }
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
