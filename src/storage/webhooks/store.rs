//! Webhooks as they are made, changed and listed.
//!
//! A change is one statement, which stores the key that it is made under with it. A key that is known is found first, or rejects the
//! statement where both are on their way at once: then it is found.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::super::commit_error::commit_error;
use super::super::constraint::is_duplicate;
use super::super::database::Database;
use super::super::error::{StorageError, query_failed};
use super::super::sql;
use super::super::staff_journal::SubjectOf;
use super::rows;
use crate::domain::Principal;
use crate::domain::staff_journal::Subject;
use crate::engine::CommitError;
use crate::events::webhooks::{
    Changed, Changes, NewWebhook, Request, SetAside, Store, StoreError, Webhook, WebhookId,
    WebhookReach, WebhookState,
};

/// How often a slot is tried that another session may take. Each failure is a webhook that was made.
const SLOT_ATTEMPTS_MAX: usize = 10;

type Parameters<'a> = [&'a (dyn ToSql + Sync)];
type Read<T> = fn(&Row) -> Result<T, StorageError>;

impl Store for Database {
    fn create<'a>(
        &'a self,
        new: &'a NewWebhook<'a>,
        request: Request<'a>,
    ) -> BoxFuture<'a, Result<Changed<Webhook>, StoreError>> {
        async move {
            let wallet = new.wallet.map(|wallet| wallet.0);
            let principal = request.principal.map(Principal::as_str);
            let (key, hash) = keyed(&request);
            let parameters: [&(dyn ToSql + Sync); 9] = [
                &new.url,
                &new.types,
                &wallet,
                &new.is_enabled,
                &new.secret,
                &principal,
                &new.cursor,
                &key,
                &hash,
            ];
            let made = self.webhook_changed(
                sql::WEBHOOK_INSERT,
                &parameters,
                &request,
                (sql::WEBHOOK_REQUEST, rows::webhook),
            );
            Ok(match made.await? {
                Changed::NotFound => Changed::Full,
                outcome => outcome,
            })
        }
        .boxed()
    }

    fn list<'a>(
        &'a self,
        reach: WebhookReach<'a>,
    ) -> BoxFuture<'a, Result<Vec<WebhookState>, StoreError>> {
        self.webhook_states(None, reach).boxed()
    }

    fn find<'a>(
        &'a self,
        id: WebhookId,
        reach: WebhookReach<'a>,
    ) -> BoxFuture<'a, Result<Option<WebhookState>, StoreError>> {
        self.webhook_states(Some(id), reach)
            .map(|found| found.map(|found| found.into_iter().next()))
            .boxed()
    }

    fn change<'a>(
        &'a self,
        id: WebhookId,
        changes: &'a Changes,
        request: Request<'a>,
    ) -> BoxFuture<'a, Result<Changed<Webhook>, StoreError>> {
        async move {
            let types = changes.types.as_ref();
            let of_change: [&(dyn ToSql + Sync); 4] = [
                &changes.url,
                &types.is_some(),
                &types.and_then(Option::as_ref),
                &changes.is_enabled,
            ];
            self.webhook_updated(sql::WEBHOOK_CHANGE, id, &of_change, request)
                .await
        }
        .boxed()
    }

    fn rotate<'a>(
        &'a self,
        id: WebhookId,
        secret: &'a [u8],
        request: Request<'a>,
    ) -> BoxFuture<'a, Result<Changed<Webhook>, StoreError>> {
        async move {
            self.webhook_updated(sql::WEBHOOK_ROTATE, id, &[&secret], request)
                .await
        }
        .boxed()
    }

    fn replay<'a>(
        &'a self,
        id: WebhookId,
        cursor: &'a str,
        request: Request<'a>,
    ) -> BoxFuture<'a, Result<Changed<Webhook>, StoreError>> {
        async move {
            self.webhook_updated(sql::WEBHOOK_REPLAY, id, &[&cursor], request)
                .await
        }
        .boxed()
    }

    fn delete<'a>(
        &'a self,
        id: WebhookId,
        request: Request<'a>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move {
            let deleted = self
                .rows_with(
                    "delete a webhook",
                    sql::WEBHOOK_DELETE,
                    &[&id.0, &within(request.reach)],
                    request.entry,
                    None,
                )
                .await;
            Ok(!deleted.map_err(of_a_write)?.is_empty())
        }
        .boxed()
    }

    fn set_aside(
        &self,
        id: WebhookId,
        below: Option<i64>,
        max: i64,
    ) -> BoxFuture<'_, Result<Vec<SetAside>, StoreError>> {
        async move {
            let page = self
                .rows(
                    "list what a webhook set aside",
                    sql::WEBHOOK_SET_ASIDE_PAGE,
                    &[&id.0, &below, &max],
                )
                .await;
            let page = page.map_err(not_done)?;
            let page: Result<_, _> = page.iter().map(rows::set_aside).collect();
            page.map_err(not_done)
        }
        .boxed()
    }

    fn send_again<'a>(
        &'a self,
        id: WebhookId,
        number: i64,
        request: Request<'a>,
    ) -> BoxFuture<'a, Result<Changed<SetAside>, StoreError>> {
        async move {
            let answer: (&str, Read<_>) = (sql::WEBHOOK_SET_ASIDE_REQUEST, rows::set_aside);
            self.webhook_updated_as(sql::WEBHOOK_SEND_AGAIN, id, &[&number], request, answer)
                .await
        }
        .boxed()
    }
}

impl Database {
    async fn webhook_states(
        &self,
        id: Option<WebhookId>,
        reach: WebhookReach<'_>,
    ) -> Result<Vec<WebhookState>, StoreError> {
        let id = id.map(|id| id.0);
        let found = self
            .rows("list webhooks", sql::WEBHOOK_STATES, &[&id, &within(reach)])
            .await;
        let states: Result<_, _> = found.map_err(not_done)?.iter().map(rows::state).collect();
        states.map_err(not_done)
    }

    async fn webhook_updated(
        &self,
        statement: &str,
        id: WebhookId,
        of_change: &Parameters<'_>,
        request: Request<'_>,
    ) -> Result<Changed<Webhook>, StoreError> {
        let answer: (&str, Read<_>) = (sql::WEBHOOK_REQUEST, rows::webhook);
        self.webhook_updated_as(statement, id, of_change, request, answer)
            .await
    }

    /// Runs a statement whose first parameters are those of every change.
    async fn webhook_updated_as<T>(
        &self,
        statement: &str,
        id: WebhookId,
        of_change: &Parameters<'_>,
        request: Request<'_>,
        answer: (&str, Read<T>),
    ) -> Result<Changed<T>, StoreError> {
        let principal = request.principal.map(Principal::as_str);
        let (key, hash) = keyed(&request);
        let reach = within(request.reach);
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&id.0, &reach, &principal, &key, &hash];
        parameters.extend_from_slice(of_change);
        self.webhook_changed(statement, &parameters, &request, answer)
            .await
    }

    /// Runs a statement that changes something once under the key of the request; `answer` is how the row is read, and the statement
    /// that finds the one of a known key.
    async fn webhook_changed<T>(
        &self,
        statement: &str,
        parameters: &Parameters<'_>,
        request: &Request<'_>,
        (known, read): (&str, Read<T>),
    ) -> Result<Changed<T>, StoreError> {
        if let Some(replayed) = self.webhook_request(request, known, read).await? {
            return Ok(replayed);
        }
        // That of a webhook that is made is known from its row alone.
        let is_known = request.entry.is_none_or(|entry| entry.subject.is_some());
        let subject = (!is_known).then_some(made as SubjectOf);
        let mut last = None;
        for _ in 0..SLOT_ATTEMPTS_MAX {
            let changed = self.rows_with(DOING, statement, parameters, request.entry, subject);
            let rows = match changed.await {
                Ok(rows) => rows,
                Err(StorageError::Query { source, .. })
                    if is_duplicate(&source, "webhook_requests_pkey") =>
                {
                    let replayed = self.webhook_request(request, known, read).await?;
                    // The key's row is there for ever.
                    let missing = StorageError::Corrupt {
                        what: "an idempotency key without its answer",
                    };
                    return replayed.ok_or_else(|| not_done(missing));
                }
                Err(StorageError::Query { source, doing })
                    if is_duplicate(&source, "webhooks_slot_key") =>
                {
                    last = Some(StorageError::Query { doing, source });
                    continue;
                }
                Err(error) => return Err(of_a_write(error)),
            };
            let Some(row) = rows.first() else {
                return Ok(Changed::NotFound);
            };
            let done = read(row).map(Changed::Done);
            return done.map_err(|error| StoreError::Unknown(error.into()));
        }
        Err(not_done(
            last.unwrap_or(StorageError::Busy { doing: DOING }),
        ))
    }

    /// Returns what was answered under the key of the request, if it is known.
    async fn webhook_request<T>(
        &self,
        request: &Request<'_>,
        statement: &str,
        read: Read<T>,
    ) -> Result<Option<Changed<T>>, StoreError> {
        const DOING: &str = "find the answer to a request of webhooks";
        let (Some(key), Some(hash)) = keyed(request) else {
            return Ok(None);
        };
        let principal = request.principal.map_or("", Principal::as_str);
        let rows = self
            .rows(DOING, statement, &[&principal, &key, &hash])
            .await;
        let rows = rows.map_err(not_done)?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let is_same = row.try_get("is_same").map_err(query_failed(DOING));
        Ok(Some(if is_same.map_err(not_done)? {
            Changed::Replayed(read(row).map_err(not_done)?)
        } else {
            Changed::KeyReused
        }))
    }
}

const DOING: &str = "change webhooks";

fn keyed<'r>(request: &'r Request<'_>) -> (Option<&'r str>, Option<&'r [u8]>) {
    let key = request.key.as_ref();
    (
        key.map(|(key, _)| key.as_str()),
        key.map(|(_, hash)| hash.as_slice()),
    )
}

fn within(reach: WebhookReach<'_>) -> Option<Vec<Uuid>> {
    reach.map(|wallets| wallets.iter().map(|wallet| wallet.0).collect())
}

fn not_done(error: StorageError) -> StoreError {
    StoreError::NotDone(error.into())
}

/// An error of a statement that writes: what was sent may have been done, unless the server says otherwise.
fn of_a_write(error: StorageError) -> StoreError {
    match error {
        StorageError::Query { source, .. } => match commit_error(source) {
            CommitError::NotSent(cause) | CommitError::Busy(cause) => StoreError::NotDone(cause),
            CommitError::Rejected(cause) | CommitError::Unknown(cause) => {
                StoreError::Unknown(cause)
            }
        },
        error => not_done(error),
    }
}

/// The webhook of the row that was made.
fn made(row: &Row) -> Result<Subject, StorageError> {
    let id = row.try_get("id").map_err(query_failed(DOING))?;
    Ok(Subject::Webhook(id))
}
