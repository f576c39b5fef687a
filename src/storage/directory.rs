//! The [`Directory`] of `auth` on PostgreSQL.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::timeout;
use tokio_postgres::{Row, Statement};
use uuid::Uuid;

use super::connect::{Connector, Session};
use super::database::Database;
use super::error::{StorageError, query_failed};
use super::pool::cancel;
use super::sql;
use crate::auth::{
    Attempt, AttemptSubject, Cause, Changes, Digest, Directory, Identity, Named, Reach, Scope,
    Scopes, SignInUser, Subject,
};
use crate::domain::{Principal, UserId, WalletId};

/// The timeout of a question.
const ANSWER_MAX: Duration = Duration::from_secs(2);

impl Directory for Database {
    fn key(&self, digest: Digest) -> BoxFuture<'_, Result<Option<Identity>, Cause>> {
        const DOING: &str = "find a key";
        async move {
            let rows = self
                .rows(DOING, sql::ACCESS_KEY, &[&digest.as_bytes()])
                .await;
            let rows = rows.map_err(Cause::from)?;
            rows.first().map(key_of).transpose().map_err(Cause::from)
        }
        .boxed()
    }

    fn token(
        &self,
        digest: Digest,
        scopes: Scopes,
    ) -> BoxFuture<'_, Result<Option<Identity>, Cause>> {
        const DOING: &str = "find a token";
        async move {
            let rows = self
                .rows(DOING, sql::ACCESS_TOKEN, &[&digest.as_bytes()])
                .await;
            let rows = rows.map_err(Cause::from)?;
            let owner = rows.first().map(|row| owner_of(row, scopes));
            owner.transpose().map_err(Cause::from)
        }
        .boxed()
    }

    fn listen(&self) -> BoxFuture<'_, Result<Box<dyn Changes>, Cause>> {
        async move {
            let listener = Listener::open(self).await.map_err(Cause::from)?;
            Ok(Box::new(listener) as Box<dyn Changes>)
        }
        .boxed()
    }

    fn used<'a>(&'a self, keys: &'a [i64]) -> BoxFuture<'a, Result<(), Cause>> {
        async move {
            let used = self
                .rows("record the use of keys", sql::ACCESS_KEYS_USED, &[&keys])
                .await;
            used.map(drop).map_err(Cause::from)
        }
        .boxed()
    }

    fn user<'a>(&'a self, username: &'a str) -> BoxFuture<'a, Result<Named, Cause>> {
        self.sign_in_user(username)
            .map(|user| user.map_err(Cause::from))
            .boxed()
    }

    fn owner(&self, user: UserId) -> BoxFuture<'_, Result<Option<SignInUser>, Cause>> {
        self.sign_in_owner(user)
            .map(|user| user.map_err(Cause::from))
            .boxed()
    }

    fn token_begin<'a>(
        &'a self,
        token: Digest,
        user: UserId,
        checked: &'a str,
        lasts: Duration,
    ) -> BoxFuture<'a, Result<bool, Cause>> {
        self.user_token_begin(token, user, checked, lasts)
            .map(|begun| begun.map_err(Cause::from))
            .boxed()
    }

    fn token_end(&self, token: Digest) -> BoxFuture<'_, Result<(), Cause>> {
        self.user_token_end(token)
            .map(|ended| ended.map_err(Cause::from))
            .boxed()
    }

    fn password_set<'a>(
        &'a self,
        user: UserId,
        checked: &'a str,
        hash: &'a str,
    ) -> BoxFuture<'a, Result<bool, Cause>> {
        self.user_password_change(user, checked, hash)
            .map(|set| set.map_err(Cause::from))
            .boxed()
    }

    fn password_renew<'a>(
        &'a self,
        user: UserId,
        compared: &'a str,
        hash: &'a str,
    ) -> BoxFuture<'a, Result<bool, Cause>> {
        self.user_password_renew(user, compared, hash)
            .map(|renewed| renewed.map_err(Cause::from))
            .boxed()
    }

    fn attempt<'a>(
        &'a self,
        subject: &'a AttemptSubject,
        window: Duration,
    ) -> BoxFuture<'a, Result<Attempt, Cause>> {
        async move {
            self.sign_in_forget().await.map_err(Cause::from)?;
            self.sign_in_attempt(subject, window)
                .await
                .map_err(Cause::from)
        }
        .boxed()
    }

    fn succeeded<'a>(
        &'a self,
        account: &'a AttemptSubject,
        address: &'a AttemptSubject,
    ) -> BoxFuture<'a, Result<(), Cause>> {
        self.sign_in_succeeded(account, address)
            .map(|done| done.map_err(Cause::from))
            .boxed()
    }

    fn not_judged<'a>(
        &'a self,
        account: &'a AttemptSubject,
        address: &'a AttemptSubject,
    ) -> BoxFuture<'a, Result<(), Cause>> {
        self.sign_in_not_judged(account, address)
            .map(|done| done.map_err(Cause::from))
            .boxed()
    }
}

/// A session that listens.
struct Listener {
    session: Session,
    changes: Statement,
    connector: Connector,
}

impl Listener {
    async fn open(database: &Database) -> Result<Self, StorageError> {
        let connector = database.sessions.connector().clone();
        let mut session = database.sessions.open(&connector.settings()).await?;
        let connection = &mut session.connection;
        let changes = connection.run(async |client| {
            client.batch_execute(sql::ACCESS_LISTEN).await?;
            client.prepare(sql::ACCESS_CHANGES).await
        });
        let changes = changes.await.map_err(query_failed(DOING))?;
        Ok(Self {
            session,
            changes,
            connector,
        })
    }

    async fn ask(&mut self, window: Duration) -> Result<Vec<(i64, Subject)>, StorageError> {
        if !self.session.is_usable(&self.connector) {
            return Err(StorageError::Outdated);
        }
        let Self {
            session, changes, ..
        } = self;
        let seconds = window.as_secs_f64();
        let rows = session
            .connection
            .run(async |client| client.query(&*changes, &[&seconds]).await);
        let rows = rows.await.map_err(query_failed(DOING))?;
        rows.iter().map(change_of).collect()
    }
}

impl Changes for Listener {
    fn next(
        &mut self,
        at_most: Duration,
        window: Duration,
    ) -> BoxFuture<'_, Result<Vec<(i64, Subject)>, Cause>> {
        async move {
            let _ = timeout(at_most, self.session.connection.notified()).await;
            let token = self.session.connection.cancel_token();
            let Ok(changes) = timeout(ANSWER_MAX, self.ask(window)).await else {
                cancel(token, &self.connector);
                return Err(StorageError::Silent(ANSWER_MAX).into());
            };
            changes.map_err(Cause::from)
        }
        .boxed()
    }
}

fn key_of(row: &Row) -> Result<Identity, StorageError> {
    let failed = query_failed("read a key");
    let id: i64 = row.try_get("id").map_err(&failed)?;
    let name: &str = row.try_get("name").map_err(&failed)?;
    let wallets: Option<Vec<Uuid>> = row.try_get("wallets").map_err(&failed)?;
    let reach = wallets.map_or(Reach::All, |wallets| {
        Reach::of(wallets.into_iter().map(WalletId).collect())
    });
    Ok(Identity::new(
        Subject::Key(id),
        Principal::key(name),
        scopes_of(row)?,
        reach,
        row.try_get("expires_at").map_err(&failed)?,
    ))
}

/// Reads the scopes. One that this version does not know permits nothing.
pub(super) fn scopes_of(row: &Row) -> Result<Scopes, StorageError> {
    let names: Vec<&str> = row
        .try_get("scopes")
        .map_err(query_failed("read the scopes of a key"))?;
    Ok(names
        .into_iter()
        .filter_map(|name| Scope::parse(name).ok())
        .collect())
}

fn owner_of(row: &Row, scopes: Scopes) -> Result<Identity, StorageError> {
    let failed = query_failed("read a token");
    let user = UserId(row.try_get("user_id").map_err(&failed)?);
    let wallet = WalletId(row.try_get("wallet_id").map_err(&failed)?);
    Ok(Identity::new(
        Subject::Owner(user),
        Principal::owner(user),
        scopes,
        Reach::of(vec![wallet]),
        row.try_get("expires_at").map_err(&failed)?,
    ))
}

fn change_of(row: &Row) -> Result<(i64, Subject), StorageError> {
    let failed = query_failed("read a change of access");
    let id = row.try_get("id").map_err(&failed)?;
    let key: Option<i64> = row.try_get("key_id").map_err(&failed)?;
    let user: Option<i64> = row.try_get("user_id").map_err(&failed)?;
    let subject = match (key, user) {
        (Some(key), _) => Subject::Key(key),
        (None, Some(user)) => Subject::Owner(UserId(user)),
        (None, None) => {
            return Err(StorageError::Corrupt {
                what: "a change of access",
            });
        }
    };
    Ok((id, subject))
}

const DOING: &str = "learn what has changed of keys and tokens";
