//! The [`Deliveries`] of webhooks: leases and progress.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

use super::super::database::Database;
use super::super::error::{StorageError, query_failed};
use super::super::sql;
use super::record;
use crate::domain::WalletId;
use crate::events::Cursor;
use crate::events::webhooks::{
    Again, Cause, Deliveries, Leased, Outcome, Reason, Record, Recording, Waiting, WebhookId,
    WebhookSecret,
};

impl Deliveries for Database {
    fn lease(&self, engine: Uuid, lasts: Duration) -> BoxFuture<'_, Result<Vec<Leased>, Cause>> {
        async move {
            let rows = self
                .rows(
                    "renew leases of webhooks",
                    sql::WEBHOOK_LEASE,
                    &[&engine, &lasts.as_secs_f64()],
                )
                .await;
            let rows = rows.map_err(Cause::from)?;
            let leased: Result<_, _> = rows.iter().map(leased).collect();
            leased.map_err(Cause::from)
        }
        .boxed()
    }

    fn give_back(&self, engine: Uuid) -> BoxFuture<'_, Result<(), Cause>> {
        async move {
            let ended = self
                .rows(
                    "give back leases of webhooks",
                    sql::WEBHOOK_LEASE_END,
                    &[&engine],
                )
                .await;
            ended.map(drop).map_err(Cause::from)
        }
        .boxed()
    }

    fn waiting(&self, webhook: WebhookId) -> BoxFuture<'_, Result<Vec<Waiting>, Cause>> {
        async move {
            let rows = self
                .rows(
                    "read what waits of a webhook",
                    sql::WEBHOOK_WAITING,
                    &[&webhook.0],
                )
                .await;
            let rows = rows.map_err(Cause::from)?;
            let waiting: Result<_, _> = rows.iter().map(waiting).collect();
            waiting.map_err(Cause::from)
        }
        .boxed()
    }

    fn record<'a>(
        &'a self,
        engine: Uuid,
        webhook: WebhookId,
        since: OffsetDateTime,
        record: &'a Record,
    ) -> BoxFuture<'a, Result<Recording, Cause>> {
        async move {
            let columns = record::Columns::of(record);
            let rows = self
                .rows(
                    "record the progress of a webhook",
                    sql::WEBHOOK_RECORD,
                    &columns.parameters(&webhook.0, &engine, &since),
                )
                .await;
            let moved = rows.map_err(Cause::from)?;
            let Some(moved) = moved.first() else {
                return Ok(Recording::Lost);
            };
            let is_full = moved
                .try_get("is_full")
                .map_err(query_failed("read whether a webhook is full"));
            Ok(if is_full.map_err(Cause::from)? {
                Recording::Full
            } else {
                Recording::Done
            })
        }
        .boxed()
    }

    fn disable(&self, engine: Uuid, webhook: WebhookId) -> BoxFuture<'_, Result<(), Cause>> {
        async move {
            let disabled = self
                .rows(
                    "disable a webhook",
                    sql::WEBHOOK_DISABLE,
                    &[&webhook.0, &engine],
                )
                .await;
            disabled.map(drop).map_err(Cause::from)
        }
        .boxed()
    }

    fn again(&self, webhook: WebhookId, max: i64) -> BoxFuture<'_, Result<Vec<Again>, Cause>> {
        async move {
            let rows = self
                .rows(
                    "find events to send again",
                    sql::WEBHOOK_AGAIN,
                    &[&webhook.0, &max],
                )
                .await;
            let rows = rows.map_err(Cause::from)?;
            let again: Result<_, _> = rows.iter().map(again).collect();
            again.map_err(Cause::from)
        }
        .boxed()
    }

    fn sent_again(
        &self,
        webhook: WebhookId,
        given_up: i64,
        outcome: Outcome,
    ) -> BoxFuture<'_, Result<(), Cause>> {
        async move {
            let is_delivered = outcome == Outcome::Delivered;
            let sent = self
                .rows(
                    "record that an event was sent again",
                    sql::WEBHOOK_SENT_AGAIN,
                    &[
                        &webhook.0,
                        &given_up,
                        &is_delivered,
                        &outcome.status().map(i32::from),
                        &outcome.as_str(),
                    ],
                )
                .await;
            sent.map(drop).map_err(Cause::from)
        }
        .boxed()
    }
}

fn leased(row: &Row) -> Result<Leased, StorageError> {
    let failed = query_failed("read a lease of a webhook");
    let wallet: Option<Uuid> = row.try_get("wallet_id").map_err(&failed)?;
    let secret: Option<&[u8]> = row.try_get("secret").map_err(&failed)?;
    let old_secret: Option<&[u8]> = row.try_get("old_secret").map_err(&failed)?;
    // The old one first: it is what most receivers still have.
    let secrets = [old_secret, secret].into_iter().flatten();
    let secrets: Option<Vec<_>> = secrets.map(WebhookSecret::stored).collect();
    Ok(Leased {
        id: WebhookId(row.try_get("id").map_err(&failed)?),
        url: row.try_get("url").map_err(&failed)?,
        secrets: secrets.ok_or(StorageError::Corrupt {
            what: "the secret of a webhook",
        })?,
        types: row.try_get("types").map_err(&failed)?,
        wallet: wallet.map(WalletId),
        after: cursor(row)?,
        version: row.try_get("version").map_err(&failed)?,
        since: row.try_get("since").map_err(&failed)?,
        has_again: row.try_get("has_again").map_err(&failed)?,
        now: row.try_get("now").map_err(&failed)?,
    })
}

fn waiting(row: &Row) -> Result<Waiting, StorageError> {
    let failed = query_failed("read a wallet that waits");
    let attempts: i32 = row.try_get("attempts").map_err(&failed)?;
    let due_in_s: f64 = row.try_get("due_in_s").map_err(&failed)?;
    let status: Option<i32> = row.try_get("last_status").map_err(&failed)?;
    let word: Option<&str> = row.try_get("last_error").map_err(&failed)?;
    Ok(Waiting {
        wallet: WalletId(row.try_get("wallet_id").map_err(&failed)?),
        after: cursor(row)?,
        failures: attempts.unsigned_abs(),
        due_in: Duration::try_from_secs_f64(due_in_s).unwrap_or_default(),
        failed_at: row.try_get("first_failed_at").map_err(&failed)?,
        reason: Reason {
            status: status.and_then(|status| status.try_into().ok()),
            word: word.unwrap_or_default().into(),
        },
    })
}

fn again(row: &Row) -> Result<Again, StorageError> {
    let failed = query_failed("read an event to send again");
    let wallet: Option<Uuid> = row.try_get("wallet_id").map_err(&failed)?;
    Ok(Again {
        id: row.try_get("id").map_err(&failed)?,
        wallet: wallet.map(WalletId),
        cursor: cursor(row)?,
    })
}

fn cursor(row: &Row) -> Result<Cursor, StorageError> {
    let text: &str = row
        .try_get("cursor")
        .map_err(query_failed("read a cursor of the feed"))?;
    Cursor::parse(text).ok_or(StorageError::Corrupt {
        what: "a cursor of the feed",
    })
}
