//! What takes the password and a code of now: turning the second factor off, and making other recovery codes.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use tracing::{info, warn};

use super::codes;
use super::page::{Mistakes, page};
use crate::admin::credentials::{code_accepted, user_of};
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::page::{FlashMessage, Shell};
use crate::admin::safe_redirect::ACCOUNT;
use crate::auth::{FactorSecret, Proof};
use crate::domain::UserId;
use crate::domain::staff_journal::Action;
use crate::engine::Engine;
use crate::messages::{id, text};
use crate::storage::{Database, StorageError};

#[derive(Deserialize)]
pub struct ProofForm {
    password: String,
    code: String,
}

/// Turns the second factor off. The user's other sessions end.
pub async fn turn_off(
    shell: Shell,
    request: HttpRequest,
    CheckedForm(form): CheckedForm<ProofForm>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let token = shell.staff.token.hash();
    let user = UserId(shell.staff.id);
    let entry = shell.staff.did_to_self(Action::SecondFactorOff);
    let accept = async |secret: FactorSecret, proof| {
        database
            .factor_remove(&token, user, &secret, proof, &entry)
            .await
    };
    if !proven(&shell, &request, &form, &engine, &database, accept).await? {
        let mistakes = Mistakes {
            off: Some(id!("account-not-proven")),
            ..Mistakes::default()
        };
        return page(&shell, &request, &database, mistakes).await;
    }
    info!(staff.id = shell.staff.id, "second factor turned off");
    let text = text!(shell.lang, "account-factor-off");
    shell.redirect(ACCOUNT, FlashMessage::done(text)).await
}

/// Makes other recovery codes in place of the user's.
pub async fn renew_codes(
    shell: Shell,
    request: HttpRequest,
    CheckedForm(form): CheckedForm<ProofForm>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let made = codes::make()?;
    let user = UserId(shell.staff.id);
    let entry = shell.staff.did_to_self(Action::RecoveryCodesMade);
    let accept = async |secret: FactorSecret, proof| {
        database
            .recovery_codes_renew(user, &secret, proof, &made, &entry)
            .await
    };
    if !proven(&shell, &request, &form, &engine, &database, accept).await? {
        let mistakes = Mistakes {
            codes: Some(id!("account-not-proven")),
            ..Mistakes::default()
        };
        return page(&shell, &request, &database, mistakes).await;
    }
    info!(staff.id = shell.staff.id, "recovery codes made");
    codes::page(&shell, &made)
}

/// Returns whether the password is right, and the code was accepted by `accept`. A wrong password costs no code.
async fn proven(
    shell: &Shell,
    request: &HttpRequest,
    form: &ProofForm,
    engine: &Engine,
    database: &Database,
    accept: impl AsyncFnOnce(FactorSecret, Proof) -> Result<bool, StorageError>,
) -> Result<bool, AdminError> {
    let own = UserId(shell.staff.id);
    let room = engine.sign_in_room().map_err(AdminError::Engine)?;
    let typed = (&*shell.staff.username, &*form.password);
    let user = user_of(request, typed, engine, &room, database).await?;
    drop(room);
    let is_proven = user.is_some_and(|user| user.id == own)
        && code_accepted(request, own, &form.code, database, accept).await?;
    if !is_proven {
        warn!(
            staff.id = own.0,
            client.address = shell.staff.address,
            "password or code of a signed-in user refused"
        );
    }
    Ok(is_proven)
}
