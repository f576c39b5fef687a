//! The sessions on which a wallet's row is locked before it is written (see [`locked_commit`](super::locked_commit)).
//!
//! They are apart from those of the committers: a session may wait for a lock for [`LOCK_WAIT_MAX`], which must not delay the groups of
//! other wallets. Each is opened on its first use.

use std::borrow::Cow;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join, join3};
use tokio_postgres::{Client, Error, Row, Statement};

use super::commit_session::{Prepare, PreparedSession, settings};
use super::commit_statements::{CommitStatement, CommitStatements};
use super::error::{StorageError, query_failed};
use super::pool::Sessions;
use super::{feed_epoch, sql};
use crate::domain::WalletId;

/// How long a lock is waited for: the turns of many engines, and no longer than a caller has patience for several attempts.
const LOCK_WAIT_MAX: Duration = Duration::from_millis(500);

/// How long an engine may keep a lock without writing, which takes it the time of a decision. After that the server takes the lock
/// from one that is frozen or cut off.
const DECIDE_MAX: Duration = Duration::from_secs(2);

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// The statements, as a session has prepared them.
pub(super) struct LockedStatements {
    lock: Statement,
    load: Statement,
    commit: CommitStatements,
}

impl LockedStatements {
    async fn prepare(client: &Client) -> Result<Self, Error> {
        let (lock, load, commit) = tokio::try_join!(
            client.prepare(sql::WALLET_LOCK),
            client.prepare(sql::WALLETS_LOAD),
            CommitStatements::prepare(client, Cow::Borrowed),
        )?;
        Ok(Self { lock, load, commit })
    }
}

impl Prepare for LockedStatements {
    fn open(sessions: &Sessions) -> BoxFuture<'_, Result<PreparedSession<Self>, StorageError>> {
        async move {
            let settings = settings(sessions)
                .with("lock_timeout", LOCK_WAIT_MAX.as_millis())
                .with(
                    "idle_in_transaction_session_timeout",
                    DECIDE_MAX.as_millis(),
                );
            let mut session = sessions.open(&settings).await?;
            let feed_base = feed_epoch::base(&mut session).await?;
            let statements = session.connection.run(Self::prepare).await;
            Ok(PreparedSession {
                session,
                feed_base,
                statements: statements
                    .map_err(query_failed("prepare the commit of a locked row"))?,
            })
        }
        .boxed()
    }
}

impl PreparedSession<LockedStatements> {
    /// Begins a transaction and locks the wallet's row, in one round trip. Returns the rows of `wallets_load.sql`.
    pub async fn lock(&mut self, wallet: WalletId) -> Result<Vec<Row>, Error> {
        let LockedStatements { lock, load, .. } = &self.statements;
        let ids = [wallet.0];
        let ids = ids.as_slice();
        let connection = &mut self.session.connection;
        let (begun, locked, loaded) = connection
            .run(async |client| {
                join3(
                    client.batch_execute(BEGIN),
                    client.query(lock, &[&wallet.0]),
                    client.query(load, &[&ids]),
                )
                .await
            })
            .await;
        begun?;
        locked?;
        loaded
    }

    /// Writes and commits, in one round trip. What fails leaves nothing behind, as the COMMIT of a failed transaction is a ROLLBACK.
    pub async fn write(&mut self, statement: &CommitStatement<'_>) -> Result<Vec<Row>, Error> {
        let prepared = statement.prepared(&self.statements.commit);
        let parameters = statement.parameters(&self.feed_base);
        let connection = &mut self.session.connection;
        let (written, committed) = connection
            .run(async |client| {
                join(
                    client.query(prepared, &parameters),
                    client.batch_execute("COMMIT"),
                )
                .await
            })
            .await;
        let rows = written?;
        committed?;
        Ok(rows)
    }

    /// Ends the transaction without writing.
    pub async fn unlock(&mut self) -> Result<(), Error> {
        let connection = &mut self.session.connection;
        connection
            .run(|client| client.batch_execute("ROLLBACK"))
            .await
    }
}
