//! What a session of the coordinator has prepared for commits over several nodes.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_postgres::{Client, Error, Statement};

use crate::storage::commit_session::{LOCK_WAIT, Prepare, PreparedSession};
use crate::storage::error::{StorageError, query_failed};
use crate::storage::pool::Sessions;
use crate::storage::sql;

pub(in crate::storage) struct AcrossStatements {
    pub guard: Statement,
    pub check: Statement,
    pub known: Statement,
    pub durable: Statement,
    pub place: Statement,
    pub position: Statement,
    pub rows: Statement,
    pub opened: Statement,
    pub changed: Statement,
    pub closed: Statement,
}

impl AcrossStatements {
    async fn prepare(client: &Client) -> Result<Self, Error> {
        Ok(Self {
            guard: client.prepare(sql::ACROSS_GUARD).await?,
            check: client.prepare(sql::ACROSS_CHECK).await?,
            known: client.prepare(sql::ACROSS_KNOWN).await?,
            durable: client.prepare(sql::ACROSS_DURABLE).await?,
            place: client.prepare(sql::ACROSS_PLACE).await?,
            position: client.prepare(sql::ACROSS_POSITION).await?,
            rows: client.prepare(sql::ACROSS_ROWS).await?,
            opened: client.prepare(sql::ACROSS_OPENED).await?,
            changed: client.prepare(sql::ACROSS_CHANGED).await?,
            closed: client.prepare(sql::ACROSS_CLOSED).await?,
        })
    }
}

impl Prepare for AcrossStatements {
    fn open(sessions: &Sessions) -> BoxFuture<'_, Result<PreparedSession<Self>, StorageError>> {
        async move {
            // A plan of a statement on several nodes is made with its values: a generic one is refused (0A000). A lock's timeout stays on
            // the coordinator unless it is set in a transaction and passed on.
            let settings = sessions.connector().settings();
            let settings = settings
                .with("plan_cache_mode", "force_custom_plan")
                .with("citus.propagate_set_commands", "local")
                .with("lock_timeout", LOCK_WAIT.as_millis());
            let mut session = sessions.open(&settings).await?;
            let statements = session.connection.run(Self::prepare).await;
            Ok(PreparedSession {
                session,
                // Each node has its own.
                feed_base: 0,
                statements: statements
                    .map_err(query_failed("prepare the commit over several nodes"))?,
            })
        }
        .boxed()
    }
}

/// What follows the BEGIN of such a transaction. In the same message it would be a warning of Citus (13.2.2), which begins one of its own.
pub(super) fn limit_waits() -> String {
    format!("SET LOCAL lock_timeout TO {}", LOCK_WAIT.as_millis())
}
