//! Password hashing, off the async threads and bounded.
//!
//! 1. A hash costs tens of milliseconds of a core and 19 MiB by design, and up to some seconds if another program stored it
//!    ([`passwords`]), so at most `WALLET_HASHERS` are computed at once,
//!    on as many threads of their own, which give way to all others ([`NICENESS`]): on the same cores, a hash is a hundred
//!    times the work of an operation.
//! 2. A caller takes a [`Place`] first, before it queries the database: the surplus is refused at once and has cost
//!    nothing. There are places for the hashers and for `WALLET_HASH_QUEUE_MAX` that wait.
//! 3. Registrations and sign-ins have separate places, and only as many registrations as there are hashers contend for
//!    them. So however many wait, a sign-in waits for one hash of each hasher, and at most one more.

use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::passwords::{self, NotCompared};
use super::{Cause, EngineError, Queue};
use crate::domain::comparison::{Comparand, Comparison};
use crate::domain::registration::Password;

/// What is added to the niceness of hashers. On a core with a thread that never waits, such a hasher still gets a quarter, so that
/// registrations and sign-ins do not time out on a machine that is busy.
const NICENESS: i32 = 5;

pub(super) struct Hashing {
    threads: Threads,
    hashers: Arc<Semaphore>,
    registrations: Class,
    sign_ins: Class,
}

/// One purpose of hashing, with its own limits.
struct Class {
    places: Arc<Semaphore>,
    /// Those that may contend for the hashers.
    contenders: Arc<Semaphore>,
}

/// A place in the queue for hashing.
pub(super) struct Place {
    contenders: Arc<Semaphore>,
    _place: OwnedSemaphorePermit,
}

#[derive(Debug, thiserror::Error)]
enum HashingProblem {
    #[error(transparent)]
    NotCompared(NotCompared),
    #[error("the hashing thread died")]
    Died(#[source] tokio::task::JoinError),
    #[error("hashing is closed")]
    Closed,
}

impl Hashing {
    pub fn new(hashers: usize, queue_max: usize) -> Self {
        let places = hashers + queue_max;
        Self {
            threads: Threads::new(hashers),
            hashers: Arc::new(Semaphore::new(hashers)),
            registrations: Class::new(places, hashers),
            sign_ins: Class::new(places, places),
        }
    }

    /// A place for a registration's password.
    pub fn enter_registration(&self) -> Result<Place, EngineError> {
        self.registrations.enter()
    }

    /// A place for the password of someone who signs in, or that staff set.
    pub fn enter_sign_in(&self) -> Result<Place, EngineError> {
        self.sign_ins.enter()
    }

    /// The password's hash as a PHC string, salted afresh.
    pub async fn hash(&self, place: &Place, password: &Password) -> Result<String, EngineError> {
        let password = password.expose().to_vec();
        self.compute(place, move || passwords::hashed(&password))
            .await
    }

    /// Compares the password with a stored one. Where there is none that can be right, it takes as long, so that the caller cannot
    /// distinguish the two.
    pub async fn compare(
        &self,
        place: &Place,
        password: &Password,
        with: Comparand,
    ) -> Result<Comparison, EngineError> {
        let password = password.expose().to_vec();
        self.compute(place, move || passwords::compare(&password, &with))
            .await
    }

    async fn compute<T: Send + 'static>(
        &self,
        place: &Place,
        work: impl FnOnce() -> Result<T, NotCompared> + Send + 'static,
    ) -> Result<T, EngineError> {
        let unavailable = |problem| EngineError::Unavailable(Arc::new(problem) as Cause);
        let permit = async |semaphore: &Arc<Semaphore>| {
            let permit = Arc::clone(semaphore).acquire_owned().await;
            permit.map_err(|_| unavailable(HashingProblem::Closed))
        };
        let contends = permit(&place.contenders).await?;
        let hasher = permit(&self.hashers).await?;
        self.threads
            .run(move || {
                // Held by the computation itself: a caller that goes does not make room for another. The hasher is
                // released first, to one that waits for it already.
                let _hold = (hasher, contends);
                work()
            })
            .await
            .map_err(|error| unavailable(HashingProblem::Died(error)))?
            .map_err(|error| match error {
                NotCompared::Stored(error) => EngineError::UnverifiablePassword(error),
                error => unavailable(HashingProblem::NotCompared(error)),
            })
    }
}

impl Class {
    fn new(places: usize, contenders: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            contenders: Arc::new(Semaphore::new(contenders)),
        }
    }

    fn enter(&self) -> Result<Place, EngineError> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        Ok(Place {
            contenders: Arc::clone(&self.contenders),
            _place: place.map_err(|_| EngineError::Overloaded(Queue::PasswordHashing))?,
        })
    }
}

/// The threads of the hashers: a runtime with these alone. The runtimes of the HTTP threads would each have blocking
/// threads of their own.
struct Threads(Option<Runtime>);

impl Threads {
    fn new(max: usize) -> Self {
        let mut builder = Builder::new_current_thread();
        builder.max_blocking_threads(max.max(1));
        builder.thread_name("hasher");
        builder.on_thread_start(give_way);
        // Without drivers it needs no resources of the system.
        Self(builder.build().ok())
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, tokio::task::JoinError> {
        match &self.0 {
            Some(runtime) => runtime.spawn_blocking(work).await,
            None => tokio::task::spawn_blocking(work).await,
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // An engine may be dropped where blocking is not allowed.
            runtime.shutdown_background();
        }
    }
}

/// Lowers the priority of this thread.
fn give_way() {
    // Elsewhere that is the priority of the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "a hasher keeps its priority");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::{Mutex, mpsc};
    use std::thread::{self, ThreadId};

    use futures_util::future::join_all;
    use futures_util::{FutureExt, poll};

    use super::*;

    async fn thread_of_one(hashing: &Hashing) -> ThreadId {
        let place = hashing.enter_registration().unwrap();
        let work = || Ok(thread::current().id());
        hashing.compute(&place, work).await.unwrap()
    }

    #[actix_web::test]
    async fn a_sign_in_goes_before_registrations_that_wait() {
        let hashing = Hashing::new(1, 10);
        let order = Arc::new(Mutex::new(Vec::new()));
        let (go, until) = mpsc::channel::<()>();
        let first = hashing.enter_registration().unwrap();
        let first = hashing.compute(&first, move || Ok(until.recv()));
        let mut first = std::pin::pin!(first);
        assert!(poll!(&mut first).is_pending());

        let compute = async |place: Result<Place, EngineError>, name: &'static str| {
            let order = Arc::clone(&order);
            let work = move || {
                order.lock().unwrap().push(name);
                Ok(())
            };
            hashing.compute(&place.unwrap(), work).await.unwrap();
        };
        let registrations = (0..5).map(|_| compute(hashing.enter_registration(), "registration"));
        let mut registrations = join_all(registrations).boxed_local();
        assert!(poll!(&mut registrations).is_pending());
        let mut sign_in = compute(hashing.enter_sign_in(), "sign-in").boxed_local();
        assert!(poll!(&mut sign_in).is_pending());
        drop(go);
        futures_util::join!(first, registrations, sign_in)
            .0
            .unwrap()
            .unwrap_err();

        assert_eq!(order.lock().unwrap()[0], "sign-in");
        assert_eq!(order.lock().unwrap().len(), 6);
    }

    #[cfg(target_os = "linux")]
    #[actix_web::test]
    async fn hashers_give_way_and_no_other_thread_does() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let hashing = Hashing::new(1, 0);
        let place = hashing.enter_registration().unwrap();
        let here = niceness();
        let of_hasher = hashing.compute(&place, move || Ok(niceness())).await;
        assert_eq!(of_hasher.unwrap(), (here + NICENESS).min(19));
        assert_eq!(niceness(), here);
    }

    #[actix_web::test]
    async fn registrations_leave_sign_ins_their_places() {
        let hashing = Hashing::new(1, 2);
        let all: Vec<_> = (0..3)
            .map(|_| hashing.enter_registration().unwrap())
            .collect();
        assert!(hashing.enter_registration().is_err());
        let sign_ins: Vec<_> = (0..3).map(|_| hashing.enter_sign_in().unwrap()).collect();
        assert!(hashing.enter_sign_in().is_err());
        drop((all, sign_ins));
        assert!(hashing.enter_registration().is_ok() && hashing.enter_sign_in().is_ok());
    }

    #[test]
    fn there_are_no_more_threads_than_hashers_however_many_call() {
        let hashing = Arc::new(Hashing::new(2, 100));
        let callers = (0..8).map(|_| {
            let hashing = Arc::clone(&hashing);
            thread::spawn(move || {
                let runtime = Builder::new_current_thread().build().unwrap();
                let threads = (0..10).map(|_| thread_of_one(&hashing));
                runtime.block_on(join_all(threads))
            })
        });
        let callers: Vec<_> = callers.collect();
        let threads = callers
            .into_iter()
            .flat_map(|caller| caller.join().unwrap());
        assert!(threads.collect::<HashSet<_>>().len() <= 2);
    }
}
