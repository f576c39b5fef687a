//! The buttons that end the user's other sessions. This one ends by signing out.

use actix_web::{HttpResponse, web};
use tracing::info;

use crate::admin::error::AdminError;
use crate::admin::form::{CheckedForm, NoFields};
use crate::admin::page::{FlashMessage, Shell};
use crate::admin::safe_redirect::ACCOUNT;
use crate::domain::UserId;
use crate::domain::staff_journal::Action;
use crate::messages::{Id, id};
use crate::storage::Database;

/// Ends one session of the user.
pub async fn end_one(
    shell: Shell,
    session: web::Path<i64>,
    _: CheckedForm<NoFields>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let own = shell.staff.token.hash();
    let user = UserId(shell.staff.id);
    let entry = shell.staff.did_to_self(Action::SessionEnded);
    let ended = database.session_end_one(user, *session, &own, &entry);
    if !ended.await.map_err(AdminError::Storage)? {
        return Err(AdminError::NotFound);
    }
    done(&shell, id!("account-session-ended")).await
}

/// Ends all sessions of the user but this one.
pub async fn end_others(
    shell: Shell,
    _: CheckedForm<NoFields>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let own = shell.staff.token.hash();
    let user = UserId(shell.staff.id);
    let entry = shell.staff.did_to_self(Action::SessionEnded);
    let entry = entry.with("what", "others");
    let ended = database.sessions_end_others(user, &own, &entry);
    ended.await.map_err(AdminError::Storage)?;
    done(&shell, id!("account-others-ended")).await
}

async fn done(shell: &Shell, text: Id) -> Result<HttpResponse, AdminError> {
    info!(staff.id = shell.staff.id, "own sessions ended");
    let text = FlashMessage::done(shell.lang.text(text));
    shell.redirect(ACCOUNT, text).await
}
