//! The readiness check: whether the database accepts deposits.
//!
//! A session of its own executes the guarded write of a deposit, for a wallet that does not exist, every [`EVERY`]. So a server
//! that accepts no writes, a missing privilege and a server that does not respond are detected before a request fails, and so is a
//! database that has changed (see [`server_identity`](super::server_identity)). The check is not a request: a session that is slow
//! to open is waited for.
//!
//! What only a real commit can meet is tracked by [`CommitHealth`](super::commit_health::CommitHealth).

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::connect::Session;
use super::database::Database;
use super::error::{StorageError, query_failed};
use super::feed_epoch;
use super::pool::{Sessions, cancel};
use super::sql;

/// The interval between two checks.
const EVERY: Duration = Duration::from_millis(250);
/// The timeout of a check.
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// How long a result is valid: a check, and one that timed out.
const FRESH: Duration = Duration::from_millis(2_500);

impl Database {
    /// Checks the database until its pool is closed.
    pub async fn watch(self) {
        let mut session = None;
        while !self.sessions.is_closed() {
            let checked = self.check(&mut session).await;
            if checked.is_err() {
                session = None;
            }
            self.last_check
                .send_replace(Some((Instant::now(), checked.map_err(Arc::new))));
            sleep(EVERY).await;
        }
    }

    /// Returns whether the database accepts deposits.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn answers(&self) -> Result<(), Arc<StorageError>> {
        let mut checks = self.last_check.subscribe();
        // At startup, waits for the first check.
        let first = timeout(ANSWER_MAX, checks.wait_for(Option::is_some)).await;
        let last = match first {
            Ok(Ok(last)) => last.clone(),
            _ => None,
        };
        match last {
            Some((at, Ok(()))) if at.elapsed() < FRESH => {}
            Some((_, Err(error))) => return Err(error),
            _ => return Err(Arc::new(StorageError::Silent(ANSWER_MAX))),
        }
        // A failed check names the cause; failing commits are one of its consequences.
        match self.commit_health.stalled() {
            Some(since) => Err(Arc::new(StorageError::Stalled(since))),
            None => Ok(()),
        }
    }

    async fn check(&self, idle: &mut Option<CheckSession>) -> Result<(), StorageError> {
        // A session of an earlier incarnation proves nothing about the present one, though its server may still respond.
        let connector = self.sessions.connector();
        let mut session = idle.take();
        let usable = session.take_if(|check| check.session.is_usable(connector));
        let mut check = match usable {
            Some(check) => check,
            None => CheckSession::open(&self.sessions).await?,
        };
        let Ok(checked) = timeout(ANSWER_MAX, check.run(&self.sessions)).await else {
            let token = check.session.connection.cancel_token();
            cancel(token, connector);
            return Err(StorageError::Silent(ANSWER_MAX));
        };
        checked?;
        *idle = Some(check);
        Ok(())
    }
}

/// The session of the check.
struct CheckSession {
    session: Session,
    feed_base: i64,
    commit_operation: Statement,
}

impl CheckSession {
    async fn open(sessions: &Sessions) -> Result<Self, StorageError> {
        let mut session = sessions.open(&sessions.connector().settings()).await?;
        // As a commit session does: whoever takes writes has to be able to begin an epoch.
        let feed_base = feed_epoch::base(&mut session).await?;
        let prepared = session
            .connection
            .run(|client| client.prepare(sql::COMMIT_OPERATION));
        let commit_operation = prepared.await.map_err(query_failed(CHECK))?;
        Ok(Self {
            session,
            feed_base,
            commit_operation,
        })
    }

    async fn run(&mut self, sessions: &Sessions) -> Result<(), StorageError> {
        let connection = &mut self.session.connection;
        let (no_wallet, nothing) = (Uuid::nil(), Decimal::ZERO);
        let (text, hash): (Option<&str>, Option<Vec<u8>>) = (None, None);
        let write: [&(dyn ToSql + Sync); 11] = [
            &no_wallet,
            &0_i64,
            &nothing,
            &nothing,
            &no_wallet,
            &"",
            &nothing,
            &text,
            &hash,
            &text,
            &self.feed_base,
        ];
        let asked = OffsetDateTime::now_utc();
        let results = connection.run(async |client| {
            tokio::try_join!(
                client.query_typed(sql::SESSION_IDENTITY, &[]),
                client.query(&self.commit_operation, &write),
            )
        });
        let (identity, _) = results.await.map_err(query_failed(CHECK))?;
        sessions.connector().identify(&identity, asked)?;
        Ok(())
    }
}

const CHECK: &str = "check whether the database accepts writes";
