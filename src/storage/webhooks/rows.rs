//! Rows of webhooks, and of what was set aside.

use tokio_postgres::Row;
use uuid::Uuid;

use super::super::error::{StorageError, query_failed};
use crate::domain::{Principal, WalletId};
use crate::events::webhooks::{Progress, SetAside, Webhook, WebhookId, WebhookState};

pub(super) fn webhook(row: &Row) -> Result<Webhook, StorageError> {
    let failed = query_failed("read a webhook");
    let wallet: Option<Uuid> = row.try_get("wallet_id").map_err(&failed)?;
    let actor: Option<&str> = row.try_get("actor").map_err(&failed)?;
    Ok(Webhook {
        id: WebhookId(row.try_get("id").map_err(&failed)?),
        url: row.try_get("url").map_err(&failed)?,
        types: row.try_get("types").map_err(&failed)?,
        wallet: wallet.map(WalletId),
        is_enabled: row.try_get("enabled").map_err(&failed)?,
        since: row.try_get("since").map_err(&failed)?,
        created_at: row.try_get("created_at").map_err(&failed)?,
        updated_at: row.try_get("updated_at").map_err(&failed)?,
        old_secret_until: row.try_get("old_secret_until").map_err(&failed)?,
        actor: actor.map(Principal::recorded),
        version: row.try_get("version").map_err(&failed)?,
    })
}

pub(super) fn state(row: &Row) -> Result<WebhookState, StorageError> {
    let failed = query_failed("read the progress of a webhook");
    Ok(WebhookState {
        webhook: webhook(row)?,
        progress: Progress {
            cursor: row.try_get("cursor").map_err(&failed)?,
            last_success_at: row.try_get("last_success_at").map_err(&failed)?,
            last_failure_at: row.try_get("last_failure_at").map_err(&failed)?,
            last_failure: row.try_get("last_failure").map_err(&failed)?,
            waiting: row.try_get("waiting").map_err(&failed)?,
            set_aside: row.try_get("set_aside").map_err(&failed)?,
        },
    })
}

pub(super) fn set_aside(row: &Row) -> Result<SetAside, StorageError> {
    let failed = query_failed("read an event that was set aside");
    let wallet: Option<Uuid> = row.try_get("wallet_id").map_err(&failed)?;
    Ok(SetAside {
        id: row.try_get("id").map_err(&failed)?,
        cursor: row.try_get("cursor").map_err(&failed)?,
        kind: row.try_get("type").map_err(&failed)?,
        wallet: wallet.map(WalletId),
        seq: row.try_get("seq").map_err(&failed)?,
        set_aside_at: row.try_get("set_aside_at").map_err(&failed)?,
        attempts: row.try_get("attempts").map_err(&failed)?,
        last_status: row.try_get("last_status").map_err(&failed)?,
        last_error: row.try_get("last_error").map_err(&failed)?,
        send_requested_at: row.try_get("send_requested_at").map_err(&failed)?,
    })
}
