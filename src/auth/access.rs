//! Finds whose a credential is: in memory, or in the directory.
//!
//! 1. Identities are remembered, in [`MEMORY_MAX`]. What was not found is asked for again: nothing that a client makes up takes the
//!    place of what is known.
//! 2. `watch` learns of changes within a second, and what concerns whom they concern is believed no more (`learnt`), whenever it
//!    arrived. Each identity is asked for again after [`AGAIN_AFTER`], so that what is changed by hand counts too.
//! 3. While the directory cannot be asked, what is known goes on, as long as the settings say.
//! 4. Few questions are asked at once, and what was known before does not wait behind what was not: made-up credentials delay new
//!    ones, and nobody else.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::credential::{Credential, Scheme};
use super::directory::{Cause, Directory};
use super::identity::{Identity, Reach, Subject};
use super::learnt::{Asked, Learnt, OUTAGE_MIN};
use super::scope::Scopes;
use super::secret::Digest;

/// What identities may take, in bytes.
const MEMORY_MAX: usize = 32 * 1024 * 1024;
/// What one takes in memory, about, besides its wallets.
const IDENTITY_BYTES: usize = 256;
const WALLET_BYTES: usize = 16;
/// How long an identity is believed without asking again, unless a change is learnt.
const AGAIN_AFTER: Duration = Duration::from_secs(300);
/// How long what is known waits for the answer when it is asked for again.
const AGAIN_WAIT: Duration = Duration::from_secs(1);
/// Questions to the directory at once, of each kind: they must not take its connections from everything else.
const QUESTIONS_MAX: usize = 4;

/// Who may do what. Cheap to clone.
#[derive(Clone)]
pub struct Access(pub(super) Arc<Inner>);

/// What the settings say.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// What owners may do with their own wallet.
    pub owner_scopes: Scopes,
    /// How long a token lasts.
    pub token: Duration,
    /// How long what is known goes on while the directory cannot be asked.
    pub outage: Duration,
}

pub(super) struct Inner {
    pub directory: Arc<dyn Directory>,
    pub terms: Terms,
    pub learnt: Learnt,
    known: Cache<u64, Known, Weight>,
    /// Permits of questions for what was not known before.
    first: Semaphore,
    /// Permits of questions for what was known before.
    again: Semaphore,
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
}

#[derive(Clone)]
struct Known {
    digest: Digest,
    identity: Arc<Identity>,
    asked: Asked,
}

#[derive(Clone)]
struct Weight;

impl Weighter<u64, Known> for Weight {
    fn weight(&self, _: &u64, known: &Known) -> u64 {
        let wallets = match &known.identity.reach {
            Reach::All => 0,
            Reach::Wallets(wallets) => wallets.len(),
        };
        (IDENTITY_BYTES + wallets * WALLET_BYTES) as u64
    }
}

impl Access {
    #[must_use]
    pub fn new(directory: Arc<dyn Directory>, terms: Terms) -> Self {
        Self::with_clock(directory, terms, Box::new(Instant::now))
    }

    pub(super) fn with_clock(
        directory: Arc<dyn Directory>,
        terms: Terms,
        clock: Box<dyn Fn() -> Instant + Send + Sync>,
    ) -> Self {
        Self(Arc::new(Inner {
            directory,
            terms,
            learnt: Learnt::new(clock()),
            known: Cache::with_weighter(MEMORY_MAX / IDENTITY_BYTES, MEMORY_MAX as u64, Weight),
            first: Semaphore::new(QUESTIONS_MAX),
            again: Semaphore::new(QUESTIONS_MAX),
            clock,
        }))
    }

    /// Returns whose the credential is, if it is known here and need not be asked for.
    #[must_use]
    pub fn known(&self, credential: &Credential, now: OffsetDateTime) -> Option<Arc<Identity>> {
        let known = self.0.remembered(credential.digest)?;
        let at = self.0.now();
        // In an outage there is nobody to ask.
        let is_recent = at.saturating_duration_since(known.asked.at()) < AGAIN_AFTER
            || self.0.learnt.silence(at) > OUTAGE_MIN;
        if !is_recent || !self.0.believes(&known, at, now) {
            return None;
        }
        known.identity.touch();
        Some(known.identity)
    }

    /// Whether the credential was somebody's when it was last asked for, believed or not.
    #[must_use]
    pub fn remembers(&self, credential: &Credential) -> bool {
        self.0.remembered(credential.digest).is_some()
    }

    /// Returns whose the credential is; `None` if it is nobody's.
    ///
    /// # Errors
    /// The directory did not answer, and nothing is known.
    pub async fn find(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
    ) -> Result<Option<Arc<Identity>>, Cause> {
        if let Some(identity) = self.known(credential, now) {
            return Ok(Some(identity));
        }
        let fallback = || {
            let known = self.0.remembered(credential.digest)?;
            let is_believed = self.0.believes(&known, self.0.now(), now);
            is_believed.then_some(known.identity)
        };
        if fallback().is_none() {
            return self.ask_in_turn(credential, now).await;
        }
        let found = match timeout(AGAIN_WAIT, self.ask_in_turn(credential, now)).await {
            Ok(found) => found,
            Err(_) => Err(Arc::new(TooSlow) as Cause),
        };
        // Whether it is believed is decided anew: it may have been revoked meanwhile.
        found.or_else(|cause| fallback().map(Some).ok_or(cause))
    }

    async fn ask_in_turn(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
    ) -> Result<Option<Arc<Identity>>, Cause> {
        let was_known = self.0.remembered(credential.digest).is_some();
        let permits = if was_known {
            &self.0.again
        } else {
            &self.0.first
        };
        let _permit = permits.acquire().await;
        // Another request may have asked for it meanwhile.
        match self.known(credential, now) {
            Some(identity) => Ok(Some(identity)),
            None => self.ask(credential).await,
        }
    }

    async fn ask(&self, credential: &Credential) -> Result<Option<Arc<Identity>>, Cause> {
        let inner = &self.0;
        let digest = credential.digest;
        let asked = inner.learnt.asks(inner.now());
        let found = match credential.scheme {
            Scheme::Bearer => inner.directory.key(digest).await?,
            Scheme::Token => {
                let scopes = inner.terms.owner_scopes;
                inner.directory.token(digest, scopes).await?
            }
        };
        let Some(identity) = found.map(Arc::new) else {
            let is_it = |known: &Known| known.digest == digest;
            inner.known.remove_if(&digest.place(), is_it);
            return Ok(None);
        };
        identity.touch();
        let known = Known {
            digest,
            identity: Arc::clone(&identity),
            asked,
        };
        inner.known.insert(digest.place(), known);
        Ok(Some(identity))
    }

    /// Believes nothing that was asked for about these before now. They have changed: at once here, and on the other engines as they
    /// learn of it.
    pub fn forget(&self, subjects: &[Subject]) {
        self.0.learnt.changed(subjects.iter().copied());
    }

    /// Returns the keys that were used since the last call.
    pub(super) fn take_used(&self) -> Vec<i64> {
        let known = self.0.known.iter();
        let used = known.filter_map(|(_, known)| match known.identity.subject {
            Subject::Key(id) if known.identity.used.swap(false, Ordering::Relaxed) => Some(id),
            _ => None,
        });
        used.collect()
    }

    /// How many are remembered, believed or not.
    #[cfg(test)]
    pub(super) fn remembered_count(&self) -> usize {
        self.0.known.len()
    }

    /// What they take, and may take, as [`Weight`] estimates it.
    #[cfg(test)]
    pub(super) fn memory(&self) -> (u64, u64) {
        (self.0.known.weight(), self.0.known.capacity())
    }
}

impl Inner {
    pub fn now(&self) -> Instant {
        (self.clock)()
    }

    fn remembered(&self, digest: Digest) -> Option<Known> {
        let known = self.known.get(&digest.place())?;
        (known.digest == digest).then_some(known)
    }

    /// Whether nothing speaks against it, however old it is.
    fn believes(&self, known: &Known, at: Instant, now: OffsetDateTime) -> bool {
        !known.identity.has_expired(now)
            && self
                .learnt
                .is_unchanged(known.identity.subject, known.asked)
            && self.learnt.silence(at) <= self.terms.outage.max(OUTAGE_MIN)
    }
}

/// Why what is known is used without an answer. No client sees it.
#[derive(Debug, thiserror::Error)]
#[error("the directory did not answer in time")]
struct TooSlow;
