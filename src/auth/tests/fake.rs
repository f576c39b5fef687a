//! A directory in memory, which counts its questions, and which is asked in vain, or does not answer, when a test says so.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use time::OffsetDateTime;
use tokio::sync::{Semaphore, mpsc};

use super::super::access::{Access, Terms};
use super::super::credential::{Credential, Scheme};
use super::super::directory::{
    Attempt, AttemptSubject, Cause, Changes, Directory, Named, SignInUser,
};
use super::super::identity::{Identity, Reach, Subject};
use super::super::scope::{Scope, Scopes};
use super::super::secret::Digest;
use crate::domain::{Principal, UserId, WalletId};

pub const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

/// What [`Changes::next`] returns, or why not.
pub type Told = Result<Vec<(i64, Subject)>, Cause>;

/// Whose a digest is, and until when.
type Valid = HashMap<[u8; 32], (Subject, Option<OffsetDateTime>)>;

pub struct Fake {
    valid: Mutex<Valid>,
    /// Questions for keys and tokens so far.
    asked: AtomicUsize,
    /// Whether questions fail.
    pub is_away: AtomicBool,
    /// Answers that may be given. They are looked up before.
    pub answers: Semaphore,
    /// What the next session is told.
    told: Mutex<Option<mpsc::UnboundedReceiver<Told>>>,
    /// Keys whose use was recorded.
    pub used: Mutex<Vec<i64>>,
}

impl Fake {
    /// A directory that answers at once.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            valid: Mutex::default(),
            asked: AtomicUsize::new(0),
            is_away: AtomicBool::new(false),
            answers: Semaphore::new(Semaphore::MAX_PERMITS),
            told: Mutex::default(),
            used: Mutex::default(),
        })
    }

    /// Has the next session return what is sent, one after the other.
    pub fn session(&self) -> mpsc::UnboundedSender<Told> {
        let (tell, told) = mpsc::unbounded_channel();
        *self.told.lock().unwrap() = Some(told);
        tell
    }

    pub fn add(&self, number: u8, subject: Subject) {
        self.add_until(number, subject, None);
    }

    pub fn add_until(&self, number: u8, subject: Subject, expires_at: Option<OffsetDateTime>) {
        let digest = credential(number).digest.as_bytes().try_into().unwrap();
        let mut valid = self.valid.lock().unwrap();
        valid.insert(digest, (subject, expires_at));
    }

    pub fn remove(&self, number: u8) {
        let digest = credential(number).digest;
        let mut valid = self.valid.lock().unwrap();
        valid.remove(digest.as_bytes());
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn find(&self, digest: Digest) -> BoxFuture<'_, Result<Option<Identity>, Cause>> {
        async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let found = self.valid.lock().unwrap().get(digest.as_bytes()).copied();
            self.answers.acquire().await.unwrap().forget();
            if self.is_away.load(Ordering::SeqCst) {
                return Err(away());
            }
            Ok(found.map(|(subject, expires_at)| {
                let reach = Reach::of(vec![WalletId(uuid::Uuid::nil())]);
                let scopes = Scopes::of(&[Scope::WalletsRead]);
                Identity::new(subject, Principal::key("a"), scopes, reach, expires_at)
            }))
        }
        .boxed()
    }
}

pub fn away() -> Cause {
    Arc::new(io::Error::other("away"))
}

/// A key, each number another one.
pub fn credential(number: u8) -> Credential {
    Credential {
        scheme: Scheme::Bearer,
        digest: Digest::of(&format!("key {number}")),
    }
}

/// A clock that a test moves.
#[derive(Clone)]
pub struct Clock {
    begun: Instant,
    passed_s: Arc<AtomicU64>,
}

impl Clock {
    pub fn new() -> Self {
        Self {
            begun: Instant::now(),
            passed_s: Arc::default(),
        }
    }

    pub fn pass(&self, seconds: u64) {
        self.passed_s.fetch_add(seconds, Ordering::SeqCst);
    }

    fn now(&self) -> Instant {
        self.begun + Duration::from_secs(self.passed_s.load(Ordering::SeqCst))
    }
}

pub fn access(directory: &Arc<Fake>, outage_s: u64) -> (Access, Clock) {
    let terms = Terms {
        owner_scopes: Scopes::NONE,
        token: Duration::from_secs(3_600),
        outage: Duration::from_secs(outage_s),
    };
    let directory = Arc::clone(directory) as Arc<dyn Directory>;
    let clock = Clock::new();
    let times = clock.clone();
    let access = Access::with_clock(directory, terms, Box::new(move || times.now()));
    (access, clock)
}

/// Whom the access finds.
pub async fn find(access: &Access, number: u8) -> Option<Subject> {
    let found = access.find(&credential(number), NOW).await.unwrap();
    found.map(|identity| identity.subject)
}

struct Session(mpsc::UnboundedReceiver<Told>);

impl Changes for Session {
    fn next(&mut self, _: Duration, _: Duration) -> BoxFuture<'_, Told> {
        async {
            match self.0.recv().await {
                Some(told) => told,
                None => Err(away()),
            }
        }
        .boxed()
    }
}

impl Directory for Fake {
    fn key(&self, digest: Digest) -> BoxFuture<'_, Result<Option<Identity>, Cause>> {
        self.find(digest)
    }

    fn token(&self, digest: Digest, _: Scopes) -> BoxFuture<'_, Result<Option<Identity>, Cause>> {
        self.find(digest)
    }

    fn listen(&self) -> BoxFuture<'_, Result<Box<dyn Changes>, Cause>> {
        let told = self.told.lock().unwrap().take();
        let session = told.ok_or_else(away);
        async move { Ok(Box::new(Session(session?)) as Box<dyn Changes>) }.boxed()
    }

    fn used<'a>(&'a self, keys: &'a [i64]) -> BoxFuture<'a, Result<(), Cause>> {
        self.used.lock().unwrap().extend(keys);
        async { Ok(()) }.boxed()
    }

    fn user<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Named, Cause>> {
        unreachable!("no test of access asks for a user")
    }

    fn owner(&self, _: UserId) -> BoxFuture<'_, Result<Option<SignInUser>, Cause>> {
        unreachable!("no test of access asks for a user")
    }

    fn token_begin<'a>(
        &'a self,
        _: Digest,
        _: UserId,
        _: &'a str,
        _: Duration,
    ) -> BoxFuture<'a, Result<bool, Cause>> {
        unreachable!("no test of access asks for a user")
    }

    fn token_end(&self, _: Digest) -> BoxFuture<'_, Result<(), Cause>> {
        unreachable!("no test of access asks for a user")
    }

    fn password_set<'a>(
        &'a self,
        _: UserId,
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<bool, Cause>> {
        unreachable!("no test of access asks for a user")
    }

    fn password_renew<'a>(
        &'a self,
        _: UserId,
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<bool, Cause>> {
        unreachable!("no test of access asks for a user")
    }

    fn attempt<'a>(
        &'a self,
        _: &'a AttemptSubject,
        _: Duration,
    ) -> BoxFuture<'a, Result<Attempt, Cause>> {
        unreachable!("no test of access asks for a user")
    }

    fn succeeded<'a>(
        &'a self,
        _: &'a AttemptSubject,
        _: &'a AttemptSubject,
    ) -> BoxFuture<'a, Result<(), Cause>> {
        unreachable!("no test of access asks for a user")
    }

    fn not_judged<'a>(
        &'a self,
        _: &'a AttemptSubject,
        _: &'a AttemptSubject,
    ) -> BoxFuture<'a, Result<(), Cause>> {
        unreachable!("no test of access asks for a user")
    }
}
