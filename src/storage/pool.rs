//! The pool of sessions for everything but group commits.
//!
//! * A session that has answered goes back. One whose question was given up, because its caller ran out of time or an error
//!   came, is closed, and what it was asked is cancelled on the server: it could wait there for ever, and take a place.
//! * A session of an earlier incarnation of the database (see [`server`](super::server)) is never handed out.
//! * Where the server has no room for another session, callers share those that there are.
//! * Those who need a session of their own ([`Sessions::open`]) come first: idle ones of the pool are closed for them.

use std::ops::Deref;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{
    self, Metrics, Object, PoolError, RecycleError, RecycleResult, TimeoutType,
};
use deadpool_postgres::ClientWrapper;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::{CancelToken, Client};
use tracing::debug;

use super::StorageError;
use super::connect::{Connector, Session};
use super::kept::Kept;
use super::settings::Settings;
use crate::config::DatabaseLimits;
use crate::telemetry::chain;

/// Between two attempts to find room on the server.
const ROOM_PAUSE: Duration = Duration::from_millis(25);
/// How long a session that takes no writes is answered with another attempt: a balancer may have led to a standby, and a
/// standby may be about to be promoted.
const BALANCED_MAX: Duration = Duration::from_secs(2);
/// How long the end of connections is waited for.
const CLOSE_MAX: Duration = Duration::from_secs(1);
/// The longest that a cancellation may take.
const CANCEL_MAX: Duration = Duration::from_secs(5);

/// The pool, and how sessions outside it are opened. Cheap to clone.
#[derive(Clone)]
pub(super) struct Sessions {
    connector: Connector,
    pool: managed::Pool<Opener>,
    /// How long a session is waited for.
    limit: Duration,
}

/// How many sessions the pool has, may have and lends, and how many questions wait for one.
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
            opening: Kept::default(),
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
        })
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
            // Others give theirs back.
            let shares = error.may_lack_room() && self.pool.status().size > 0;
            if !(shares || error.is_out_of_connections()) || Instant::now() > until {
                return Err(error);
            }
            sleep(ROOM_PAUSE).await;
        }
    }

    /// Opens a session that is its caller's own.
    pub async fn open(&self, settings: &Settings) -> Result<Session, StorageError> {
        let began = Instant::now();
        loop {
            match self.connector.open(settings).await {
                Err(error) if error.may_lack_room() && began.elapsed() < self.limit => {
                    self.pool.retain(|_, _| false);
                }
                Err(StorageError::ReadOnly) if began.elapsed() < BALANCED_MAX => {}
                opened => return opened,
            }
            sleep(ROOM_PAUSE).await;
        }
    }

    /// Opens a session that is its caller's own, and that a task drives.
    pub async fn connect(&self, settings: &Settings) -> Result<Client, StorageError> {
        let session = self.open(settings).await?;
        let (client, _) = session.line.detach(self.connector.driven());
        Ok(client)
    }

    pub fn in_use(&self) -> PoolInUse {
        let status = self.pool.status();
        PoolInUse {
            size: status.size,
            max: status.max_size,
            used: status.size.saturating_sub(status.available),
            waiting: status.waiting,
        }
    }

    /// Closes the pool: sessions in use end when they are given back. Waits for the end of all, but not long.
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
    opening: Kept<Result<Session, StorageError>>,
}

/// A session as the pool keeps it.
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
        let is_good = |opened: &mut Result<Session, _>| {
            let good = opened
                .as_mut()
                .map(|session| session.is_usable(&self.connector));
            good.unwrap_or(false)
        };
        let opened = self.opening.make(is_good, move || async move {
            let settings = connector.settings();
            connector.open(&settings).await
        });
        let session = opened.await.map_err(StorageError::Aborted)??;
        let (client, driving) = session.line.detach(self.connector.driven());
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
            Err(RecycleError::message("the database is another one"))
        } else {
            Ok(())
        }
    }
}

/// A session taken from the pool. Only one that has answered goes back ([`Pooled::give_back`]).
pub(super) struct Pooled(Option<Object<Opener>>);

impl Pooled {
    pub fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Deref for Pooled {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        match &self.0 {
            Some(object) => &object.client,
            None => unreachable!("it is taken out only by `give_back`, which consumes"),
        }
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

/// Ends on the server what was given up here.
pub(super) fn cancel(token: CancelToken, connector: &Connector) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return; // The process ends.
    };
    let tls = connector.tls().clone();
    runtime.spawn(async move {
        match timeout(CANCEL_MAX, token.cancel_query(tls)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => debug!(error = %chain(&error), "a statement could not be cancelled"),
            Err(_) => debug!("a statement could not be cancelled in time"),
        }
    });
}
