//! Whether the database takes deposits, watched all the time.
//!
//! A session of the watch's own sends every [`EVERY`] what a deposit needs: the guarded write itself, of a wallet that
//! does not exist. So a server that takes no writes, a role without a privilege and a server that is silent show before a
//! client meets them, and so does a database that has become another one (see [`server`](super::server)). The
//! watch is no request: however long a session takes to open, it goes on being opened.
//!
//! What only a real commit meets is seen by [`CommitHealth`](super::commit_health::CommitHealth).

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::connect::Session;
use super::pool::{Sessions, cancel};
use super::server::SessionId;
use super::{Database, StorageError, query_failed, sql};

/// Between two checks.
const EVERY: Duration = Duration::from_millis(250);
/// An answer that takes longer is none.
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// What was found counts for as long: a check, and one that was not answered.
const FRESH: Duration = Duration::from_millis(2_500);

type Found = Result<(), Arc<StorageError>>;

/// What the watch found last, and when. `None` before its first check.
pub(super) type LastFound = watch::Sender<Option<(Instant, Found)>>;

impl Database {
    /// Watches the database until its pool is closed.
    pub async fn watch(self) {
        let mut session = None;
        while !self.sessions.is_closed() {
            let found = self.check(&mut session).await;
            if found.is_err() {
                session = None;
            }
            self.found
                .send_replace(Some((Instant::now(), found.map_err(Arc::new))));
            sleep(EVERY).await;
        }
    }

    /// Whether a deposit would find a database that takes it.
    ///
    /// # Errors
    /// Why not.
    pub async fn answers(&self) -> Result<(), Arc<StorageError>> {
        if let Some(vain) = self.commit_health.stalled() {
            return Err(Arc::new(StorageError::Stalled(vain)));
        }
        let mut watched = self.found.subscribe();
        // At the start the first check is waited for.
        let first = timeout(ANSWER_MAX, watched.wait_for(Option::is_some)).await;
        let found = match first {
            Ok(Ok(found)) => found.clone(),
            _ => None,
        };
        match found {
            Some((at, found)) if at.elapsed() < FRESH => found,
            Some((_, Err(error))) => Err(error),
            _ => Err(Arc::new(StorageError::Silent(ANSWER_MAX))),
        }
    }

    async fn check(&self, kept: &mut Option<Watching>) -> Result<(), StorageError> {
        // A session of an earlier incarnation must not speak for the present one, though its server may still answer.
        let connector = self.sessions.connector();
        let mut usable = kept.take();
        let usable = usable.take_if(|watching| watching.session.is_usable(connector));
        let mut watching = match usable {
            Some(watching) => watching,
            None => Watching::open(&self.sessions).await?,
        };
        let Ok(checked) = timeout(ANSWER_MAX, watching.check(&self.sessions)).await else {
            let token = watching.session.line.cancel_token();
            cancel(token, connector);
            return Err(StorageError::Silent(ANSWER_MAX));
        };
        checked?;
        *kept = Some(watching);
        Ok(())
    }
}

/// The watch's session.
struct Watching {
    session: Session,
    commit_operation: Statement,
}

impl Watching {
    async fn open(sessions: &Sessions) -> Result<Self, StorageError> {
        let mut session = sessions.open(&sessions.connector().settings()).await?;
        let prepared = session
            .line
            .ask(|client| client.prepare(sql::COMMIT_OPERATION));
        let commit_operation = prepared.await.map_err(query_failed(CHECK))?;
        Ok(Self {
            session,
            commit_operation,
        })
    }

    async fn check(&mut self, sessions: &Sessions) -> Result<(), StorageError> {
        let line = &mut self.session.line;
        let (nobody, nothing) = (Uuid::nil(), Decimal::ZERO);
        let (key, hash): (Option<&str>, Option<Vec<u8>>) = (None, None);
        let write: [&(dyn ToSql + Sync); 9] = [
            &nobody, &0_i64, &nothing, &nothing, &nobody, &"", &nothing, &key, &hash,
        ];
        let asked = line.ask(async |client| {
            tokio::try_join!(
                client.query_typed(sql::SESSION_IDENTITY, &[]),
                client.query(&self.commit_operation, &write),
            )
        });
        let (identity, _) = asked.await.map_err(query_failed(CHECK))?;
        let id = SessionId::read(identity.first().ok_or(StorageError::Unseen)?)?;
        sessions.connector().incarnations().meet(id.server)?;
        Ok(())
    }
}

const CHECK: &str = "check whether the database takes writes";
