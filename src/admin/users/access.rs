//! The buttons of an administrator on another's page: one resets their second factor, one ends all their sessions.
//!
//! Their own factor, nobody resets here: that would take neither their password nor a code.

use actix_web::{HttpResponse, web};
use tracing::info;

use super::user::{address, done};
use crate::admin::error::AdminError;
use crate::admin::form::{CheckedForm, NoFields};
use crate::admin::page::{FlashMessage, Shell};
use crate::domain::UserId;
use crate::domain::staff_journal::{Action, Subject};
use crate::messages::{id, text};
use crate::storage::Database;

/// Removes the second factor of a user who lost it. All their sessions end.
pub async fn reset_factor(
    shell: Shell,
    id: web::Path<i64>,
    _: CheckedForm<NoFields>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let user = UserId(*id);
    if user.0 == shell.staff.id {
        let text = FlashMessage::refused(text!(shell.lang, "users-own-factor"));
        return shell.redirect(&address(user), text).await;
    }
    let entry = shell.staff.did(Action::SecondFactorReset);
    let entry = entry.to(Subject::User(user));
    let reset = database.factor_reset(user, &entry).await;
    if !reset.map_err(AdminError::Storage)? {
        return Err(AdminError::NotFound);
    }
    info!(
        staff.id = shell.staff.id,
        user.id = user.0,
        "user's second factor reset"
    );
    done(&shell, user, id!("users-factor-was-reset")).await
}

/// Ends all sessions of a user; of oneself, all but this one.
pub async fn end_sessions(
    shell: Shell,
    id: web::Path<i64>,
    _: CheckedForm<NoFields>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let user = UserId(*id);
    let entry = shell.staff.did(Action::SessionEnded);
    let entry = entry.to(Subject::User(user)).with("what", "all");
    let own = shell.staff.token.hash();
    let ended = database.sessions_end_others(user, &own, &entry).await;
    ended.map_err(AdminError::Storage)?;
    info!(
        staff.id = shell.staff.id,
        user.id = user.0,
        "user's sessions ended"
    );
    done(&shell, user, id!("users-sessions-ended")).await
}
