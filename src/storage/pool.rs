//! The pool of sessions for everything but group commits.
//!
//! * A session whose queries have completed is returned. When the caller timed out or a query failed, the session is closed and
//!   the query cancelled on the server, where it could otherwise wait forever and occupy a connection.
//! * A session of an earlier incarnation of the database (see [`server_identity`](super::server_identity)) is never reused.
//! * When the server is at its connection limit, callers share the sessions that are open.
//! * Callers that need a session of their own ([`Sessions::open`]) have priority: idle ones of the pool are closed for them.
//! * Before all of them, sessions that are only there for speed are closed ([`Sessions::spare`]).

use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{
    self, Metrics, Object, PoolError, RecycleError, RecycleResult, TimeoutType,
};
use deadpool_postgres::ClientWrapper;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::{CancelToken, Client};
use tracing::debug;

use super::background_open::BackgroundOpen;
use super::connect::{Connector, Session};
use super::error::StorageError;
use super::settings::Settings;
use crate::config::DatabaseLimits;
use crate::telemetry::chain;

/// The delay before another attempt at a server that is at its connection limit.
const RETRY_DELAY: Duration = Duration::from_millis(25);
/// How long a read-only session is followed by another attempt: a load balancer may have chosen a standby, and a standby may be
/// about to be promoted.
const BALANCED_MAX: Duration = Duration::from_secs(2);
/// How long closing waits for connections to end.
const CLOSE_MAX: Duration = Duration::from_secs(1);
/// The timeout of a cancellation.
const CANCEL_MAX: Duration = Duration::from_secs(5);

/// The pool, and how sessions outside it are opened. Cheap to clone.
#[derive(Clone)]
pub(super) struct Sessions {
    connector: Connector,
    pool: managed::Pool<Opener>,
    /// How long callers wait for a session.
    limit: Duration,
    /// Closes sessions that others could use.
    give_way: Arc<OnceLock<GiveWay>>,
}

type GiveWay = Box<dyn Fn() + Send + Sync>;

/// The size of the pool, its limit, the sessions in use, and the callers that wait for one.
#[derive(Clone, Copy, Debug)]
pub struct PoolInUse {
    pub size: usize,
    pub max: usize,
    pub used: usize,
    pub waiting: usize,
}

impl Sessions {
    pub fn new(
        connector: Connector,
        max: usize,
        limits: &DatabaseLimits,
    ) -> Result<Self, StorageError> {
        let opener = Opener {
            connector: connector.clone(),
            opening: BackgroundOpen::default(),
        };
        let pool = managed::Pool::builder(opener)
            .max_size(max)
            .wait_timeout(Some(limits.pool))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(StorageError::MakePool)?;
        Ok(Self {
            connector,
            pool,
            limit: limits.pool,
            give_way: Arc::default(),
        })
    }

    /// Has sessions beside the pool closed by this while the server has none left for others.
    pub fn spare(&self, close: impl Fn() + Send + Sync + 'static) {
        let _ = self.give_way.set(Box::new(close));
    }

    fn give_way(&self) {
        if let Some(close) = self.give_way.get() {
            close();
        }
    }

    pub fn connector(&self) -> &Connector {
        &self.connector
    }

    /// Takes a session from the pool.
    pub async fn pooled(&self) -> Result<Pooled, StorageError> {
        let until = Instant::now() + self.limit;
        loop {
            let error = match self.pool.get().await {
                Ok(object) => return Ok(Pooled(Some(object))),
                Err(PoolError::Backend(error)) => error,
                Err(PoolError::Timeout(TimeoutType::Wait)) => {
                    return Err(StorageError::PoolEmpty(self.limit));
                }
                Err(_) => return Err(StorageError::PoolClosed),
            };
            if error.may_be_out_of_connections() {
                self.give_way();
            }
            // Other callers return theirs.
            let shares = error.may_be_out_of_connections() && self.pool.status().size > 0;
            if !(shares || error.is_out_of_connections()) || Instant::now() > until {
                return Err(error);
            }
            sleep(RETRY_DELAY).await;
        }
    }

    /// Opens a session outside the pool.
    pub async fn open(&self, settings: &Settings) -> Result<Session, StorageError> {
        let began = Instant::now();
        loop {
            match self.connector.open(settings).await {
                Err(error) if error.may_be_out_of_connections() && began.elapsed() < self.limit => {
                    self.give_way();
                    self.pool.retain(|_, _| false);
                }
                Err(StorageError::ReadOnly) if began.elapsed() < BALANCED_MAX => {}
                opened => return opened,
            }
            sleep(RETRY_DELAY).await;
        }
    }

    /// Opens a session outside the pool that is driven by a task.
    pub async fn connect(&self, settings: &Settings) -> Result<Client, StorageError> {
        let session = self.open(settings).await?;
        let (client, _) = session.connection.detach(self.connector.driven());
        Ok(client)
    }

    pub fn in_use(&self) -> PoolInUse {
        let status = self.pool.status();
        PoolInUse {
            size: status.size,
            max: status.max_size,
            used: status.size - status.available,
            waiting: status.waiting,
        }
    }

    /// Closes the pool: sessions in use end when they are returned. Waits for that, up to [`CLOSE_MAX`].
    pub async fn close(&self) {
        self.pool.close();
        let driven = self.connector.driven();
        driven.close();
        if timeout(CLOSE_MAX, driven.wait()).await.is_err() {
            debug!(
                "{} connections to the database are still open",
                driven.len()
            );
        }
    }

    pub fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }
}

/// Opens the pool's sessions.
struct Opener {
    connector: Connector,
    opening: BackgroundOpen<Result<Session, StorageError>>,
}

/// A session of the pool.
pub(super) struct PoolSession {
    client: ClientWrapper,
    incarnation: u64,
    connector: Connector,
}

impl managed::Manager for Opener {
    type Type = PoolSession;
    type Error = StorageError;

    async fn create(&self) -> Result<PoolSession, StorageError> {
        let connector = self.connector.clone();
        let is_usable = |opened: &mut Result<Session, _>| {
            let opened = opened.as_mut();
            opened.is_ok_and(|session| session.is_usable(&self.connector))
        };
        let opened = self.opening.open(is_usable, move || async move {
            let settings = connector.settings();
            connector.open(&settings).await
        });
        let session = opened.await.map_err(StorageError::Aborted)??;
        let (client, driving) = session.connection.detach(self.connector.driven());
        Ok(PoolSession {
            client: ClientWrapper::new(client, driving),
            incarnation: session.incarnation,
            connector: self.connector.clone(),
        })
    }

    async fn recycle(&self, session: &mut PoolSession, _: &Metrics) -> RecycleResult<StorageError> {
        if session.client.is_closed() {
            Err(RecycleError::message("the session was closed"))
        } else if session.incarnation != self.connector.incarnations().number() {
            Err(RecycleError::message("the database has changed"))
        } else {
            Ok(())
        }
    }
}

/// A session taken from the pool. Only one whose queries have completed is returned ([`Pooled::give_back`]).
pub(super) struct Pooled(Option<Object<Opener>>);

impl Pooled {
    pub fn give_back(mut self) {
        drop(self.0.take());
    }

    /// The incarnation of the database that everything on this session is read in.
    pub fn incarnation(&self) -> u64 {
        self.session().incarnation
    }

    fn session(&self) -> &PoolSession {
        match &self.0 {
            Some(object) => object,
            None => unreachable!("it is taken out only by `give_back`, which consumes"),
        }
    }
}

impl Deref for Pooled {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        &self.session().client
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            let session = Object::take(object);
            cancel(session.client.cancel_token(), &session.connector);
        }
    }
}

/// Cancels on the server a query that was abandoned here.
pub(super) fn cancel(token: CancelToken, connector: &Connector) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return; // The process is exiting.
    };
    let tls = connector.tls().clone();
    runtime.spawn(async move {
        match timeout(CANCEL_MAX, token.cancel_query(tls)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => debug!(error = %chain(&error), "could not cancel a statement"),
            Err(_) => debug!("timed out cancelling a statement"),
        }
    });
}
