//! Password hashing, off the async threads and bounded.
//!
//! 1. A hash costs tens of milliseconds of a core and 19 MiB by design, and up to some seconds if another program stored it
//!    ([`passwords`]), so at most `WALLET_HASHERS` are computed at once, on threads of their own.
//! 2. These threads run while a core has nothing else to do (`SCHED_IDLE`, where there is that): on the same cores, a hash is a
//!    thousand times the work of an operation. What is late, after a quarter of a request's timeout, is computed on as many
//!    other threads, of the usual priority: where no core is ever idle, registrations and sign-ins are slow, but do not time out.
//! 3. A caller takes a [`Place`] first, before it queries the database: the surplus is refused at once and has cost
//!    nothing. There are places for the hashers and for `WALLET_HASH_QUEUE_MAX` that wait.
//! 4. Registrations and sign-ins have separate places, and only as many registrations as there are hashers contend for
//!    them. So however many wait, a sign-in waits for one hash of each hasher, and at most one more.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::passwords::{self, NotCompared};
use super::{Cause, EngineError, Queue};
use crate::domain::comparison::{Comparand, Comparison};
use crate::domain::registration::Password;

pub(super) struct Hashing {
    patient: Hashers,
    late: Hashers,
    patience: Duration,
    registrations: Arc<Semaphore>,
    sign_ins: Arc<Semaphore>,
}

#[derive(Clone, Copy)]
enum Purpose {
    Registration,
    SignIn,
}

/// A place in the queue for hashing.
pub(super) struct Place {
    purpose: Purpose,
    since: Instant,
    _permit: OwnedSemaphorePermit,
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
    /// Takes the timeout of a request besides the two limits.
    pub fn new(hashers: usize, queue_max: usize, timeout: Duration) -> Self {
        let places = || Arc::new(Semaphore::new(hashers + queue_max));
        Self {
            patient: Hashers::new(hashers, when_idle),
            late: Hashers::new(hashers, || ()),
            patience: timeout / 4,
            registrations: places(),
            sign_ins: places(),
        }
    }

    /// A place for a registration's password.
    pub fn enter_registration(&self) -> Result<Place, EngineError> {
        Place::of(Purpose::Registration, &self.registrations)
    }

    /// A place for the password of someone who signs in, or that staff set.
    pub fn enter_sign_in(&self) -> Result<Place, EngineError> {
        Place::of(Purpose::SignIn, &self.sign_ins)
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
        let (password, with) = (password.expose().to_vec(), Arc::new(with));
        self.compute(place, move || passwords::compare(&password, &with))
            .await
    }

    async fn compute<T: Send + 'static>(
        &self,
        place: &Place,
        work: impl Fn() -> Result<T, NotCompared> + Clone + Send + 'static,
    ) -> Result<T, EngineError> {
        let patient = self.patient.compute(place.purpose, work.clone());
        match timeout_at(place.since + self.patience, patient).await {
            Ok(computed) => computed,
            Err(_) => self.late.compute(place.purpose, work).await,
        }
    }
}

impl Place {
    fn of(purpose: Purpose, places: &Arc<Semaphore>) -> Result<Self, EngineError> {
        let permit = Arc::clone(places).try_acquire_owned();
        Ok(Self {
            purpose,
            since: Instant::now(),
            _permit: permit.map_err(|_| EngineError::Overloaded(Queue::PasswordHashing))?,
        })
    }
}

/// Threads that compute hashes.
struct Hashers {
    threads: Threads,
    free: Arc<Semaphore>,
    /// Registrations that may contend for those that are free.
    registrations: Arc<Semaphore>,
}

impl Hashers {
    fn new(count: usize, on_start: fn()) -> Self {
        Self {
            threads: Threads::new(count, on_start),
            free: Arc::new(Semaphore::new(count)),
            registrations: Arc::new(Semaphore::new(count)),
        }
    }

    async fn compute<T: Send + 'static>(
        &self,
        purpose: Purpose,
        work: impl FnOnce() -> Result<T, NotCompared> + Send + 'static,
    ) -> Result<T, EngineError> {
        let unavailable = |problem| EngineError::Unavailable(Arc::new(problem) as Cause);
        let permit = async |semaphore: &Arc<Semaphore>| {
            let permit = Arc::clone(semaphore).acquire_owned().await;
            permit.map_err(|_| unavailable(HashingProblem::Closed))
        };
        let contends = match purpose {
            Purpose::Registration => Some(permit(&self.registrations).await?),
            Purpose::SignIn => None,
        };
        let hasher = permit(&self.free).await?;
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

/// Threads of hashers: a runtime with these alone. The runtimes of the HTTP threads would each have blocking
/// threads of their own.
struct Threads(Option<Runtime>);

impl Threads {
    fn new(max: usize, on_start: fn()) -> Self {
        let mut builder = Builder::new_current_thread();
        builder.max_blocking_threads(max.max(1));
        builder.thread_name("hasher");
        builder.on_thread_start(on_start);
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

/// Lets this thread run only while nothing else would, where the system can do so.
fn when_idle() {
    #[cfg(target_os = "linux")]
    {
        use thread_priority::{
            NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
            set_thread_priority_and_policy, thread_native_id,
        };

        let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        let set = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy);
        if let Err(error) = set {
            tracing::debug!(?error, "a hasher keeps its priority");
        }
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

    /// Nothing is late.
    const TIMEOUT: Duration = Duration::from_secs(600);

    async fn thread_of_one(hashing: &Hashing) -> ThreadId {
        let place = hashing.enter_registration().unwrap();
        let work = || Ok(thread::current().id());
        hashing.compute(&place, work).await.unwrap()
    }

    #[actix_web::test]
    async fn a_sign_in_goes_before_registrations_that_wait() {
        let hashing = Hashing::new(1, 10, TIMEOUT);
        let order = Arc::new(Mutex::new(Vec::new()));
        let (go, until) = mpsc::channel::<()>();
        let until = Arc::new(Mutex::new(until));
        let first = hashing.enter_registration().unwrap();
        let first = hashing.compute(&first, move || Ok(until.lock().unwrap().recv()));
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
    async fn a_hash_is_computed_in_idle_time_until_it_is_late() {
        use thread_priority::{NormalThreadSchedulePolicy as Normal, ThreadSchedulePolicy};

        let policy = || thread_priority::thread_schedule_policy().unwrap();
        let of_hasher = async |hashing: &Hashing| {
            let place = hashing.enter_sign_in().unwrap();
            let policy = hashing.compute(&place, move || Ok(policy())).await;
            policy.unwrap()
        };
        let usual = ThreadSchedulePolicy::Normal(Normal::Other);
        let hashing = Hashing::new(1, 1, TIMEOUT);
        let idle = ThreadSchedulePolicy::Normal(Normal::Idle);
        assert_eq!(of_hasher(&hashing).await, idle);
        let hashing = Hashing::new(1, 1, Duration::from_millis(400));
        let _busy = hashing.patient.free.acquire().await.unwrap();
        assert_eq!(of_hasher(&hashing).await, usual);
        assert_eq!(policy(), usual);
    }

    #[actix_web::test]
    async fn a_hash_that_never_ends_holds_back_no_other_for_long() {
        let hashing = Hashing::new(1, 2, Duration::from_millis(400));
        let (go, until) = mpsc::channel::<()>();
        let starved = hashing
            .patient
            .compute(Purpose::Registration, move || Ok(until.recv()));
        let mut starved = std::pin::pin!(starved);
        assert!(poll!(&mut starved).is_pending());
        let place = hashing.enter_registration().unwrap();
        hashing.compute(&place, || Ok(())).await.unwrap();
        assert!(poll!(&mut starved).is_pending());
        drop(go);
        starved.await.unwrap().unwrap_err();
    }

    #[actix_web::test]
    async fn registrations_leave_sign_ins_their_places() {
        let hashing = Hashing::new(1, 2, TIMEOUT);
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
        let hashing = Arc::new(Hashing::new(2, 100, TIMEOUT));
        let callers = (0..8).map(|_| {
            let hashing = Arc::clone(&hashing);
            thread::spawn(move || {
                let runtime = Builder::new_current_thread().enable_time().build().unwrap();
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
