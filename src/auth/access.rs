//! Finds whose a credential is: in memory, or in the directory.
//!
//! * Identities are remembered, up to [`IDENTITIES_MAX`]. What was not found is asked for again: nothing that a client makes up
//!   takes the place of what is known.
//! * `watch` learns of changes within a second and forgets whom they concern. An answer that was asked for before a change was
//!   learnt is not remembered. Each identity is asked for again after [`AGAIN_AFTER`], so that what is changed by hand counts too.
//! * While the directory cannot be asked, what is known goes on, as long as the settings say.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use super::credential::{Credential, Scheme};
use super::directory::{Cause, Directory};
use super::identity::{Identity, Subject};
use super::scope::Scopes;
use super::secret::Digest;

/// Identities that are remembered, in some 40 MB.
const IDENTITIES_MAX: usize = 131_072;
/// How long an identity is believed without asking again, unless a change is learnt.
const AGAIN_AFTER: Duration = Duration::from_secs(300);
/// Questions to the directory at once: what clients make up must not take its connections from everything else.
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
    known: Cache<u64, Known>,
    /// Counts what was learnt.
    learnt: AtomicU64,
    questions: Semaphore,
}

#[derive(Clone)]
struct Known {
    digest: Digest,
    identity: Arc<Identity>,
    asked: Instant,
}

impl Access {
    #[must_use]
    pub fn new(directory: Arc<dyn Directory>, terms: Terms) -> Self {
        Self(Arc::new(Inner {
            directory,
            terms,
            known: Cache::new(IDENTITIES_MAX),
            learnt: AtomicU64::new(0),
            questions: Semaphore::new(QUESTIONS_MAX),
        }))
    }

    /// Returns whose the credential is, if it is known here and need not be asked for.
    #[must_use]
    pub fn known(&self, credential: &Credential, now: OffsetDateTime) -> Option<Arc<Identity>> {
        let known = self.0.known.get(&credential.digest.place())?;
        let is_it = known.digest == credential.digest && known.asked.elapsed() < AGAIN_AFTER;
        (is_it && !known.identity.has_expired(now)).then(|| {
            known.identity.touch();
            known.identity
        })
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
        let place = credential.digest.place();
        let inner = &self.0;
        let _question = inner.questions.acquire().await;
        // Another request may have asked for it meanwhile.
        if let Some(identity) = self.known(credential, now) {
            return Ok(Some(identity));
        }
        let learnt = inner.learnt.load(Ordering::Acquire);
        let asked = Instant::now();
        let found = match credential.scheme {
            Scheme::Bearer => inner.directory.key(credential.digest).await,
            Scheme::Token => {
                let scopes = inner.terms.owner_scopes;
                inner.directory.token(credential.digest, scopes).await
            }
        };
        match found {
            Ok(Some(identity)) => {
                let identity = Arc::new(identity);
                identity.touch();
                if inner.learnt.load(Ordering::Acquire) == learnt {
                    let known = Known {
                        digest: credential.digest,
                        identity: Arc::clone(&identity),
                        asked,
                    };
                    inner.known.insert(place, known);
                    // What was learnt between the look and the insertion concerns it as well.
                    if inner.learnt.load(Ordering::Acquire) != learnt {
                        inner.known.remove(&place);
                    }
                }
                Ok(Some(identity))
            }
            Ok(None) => {
                inner.known.remove(&place);
                Ok(None)
            }
            // What is known goes on until `watch` forgets it.
            Err(cause) => match inner.known.get(&place) {
                Some(known)
                    if known.digest == credential.digest && !known.identity.has_expired(now) =>
                {
                    Ok(Some(known.identity))
                }
                _ => Err(cause),
            },
        }
    }

    /// Forgets these, wherever they are changed: at once here, and on the other engines as they learn of it.
    pub fn forget(&self, subjects: &[Subject]) {
        let inner = &self.0;
        inner.learnt.fetch_add(1, Ordering::AcqRel);
        inner
            .known
            .retain(|_, known| !subjects.contains(&known.identity.subject));
    }

    /// Forgets all of them.
    pub(super) fn forget_all(&self) {
        self.0.learnt.fetch_add(1, Ordering::AcqRel);
        self.0.known.clear();
    }

    /// Returns the keys that were used since the last call, at most so many.
    pub(super) fn take_used(&self, max: usize) -> Vec<i64> {
        let mut used = Vec::new();
        for (_, known) in self.0.known.iter() {
            if used.len() == max {
                break;
            }
            if let Subject::Key(id) = known.identity.subject
                && known.identity.used.swap(false, Ordering::Relaxed)
            {
                used.push(id);
            }
        }
        used
    }
}
