//! The second step of signing in: a code of the user's second factor, or a recovery code.
//!
//! 1. A session that awaits a code reaches this page alone ([`session`]), for some minutes.
//! 2. The code is counted as an attempt, before it is compared, so that codes cannot be guessed ([`code_accepted`]).
//! 3. One statement accepts the code, once over all engines, and opens the session under a new token: a token that was known before is
//!    no session.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tracing::{info, warn};

use super::credentials::code_accepted;
use super::error::AdminError;
use super::form::CheckedForm;
use super::page::html_with;
use super::route;
use super::safe_redirect::{SECOND_STEP, path_or_home, see_other};
use super::session;
use super::sign_in_frame::{Next, SignInFrame, SignInTexts};
use super::token::{Token, add_cookie};
use crate::domain::staff_journal::{Action, Actor, Subject};
use crate::messages::{id, text};
use crate::storage::Database;
use crate::storage::admin::SessionFactor;
use crate::web::client;

const TEXTS: SignInTexts = SignInTexts {
    address: SECOND_STEP,
    title: id!("second-step-title"),
    lead: id!("second-step-lead"),
    refused: id!("second-step-refused"),
};

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/second-factor/")
            .route(route::page(route::get().to(show)))
            .route(route::page(web::post().to(verify))),
    );
}

#[derive(Template)]
#[template(path = "sign_in/second_step.html")]
struct SecondStepPage {
    frame: SignInFrame,
    username: String,
}

#[derive(Deserialize)]
struct CodeForm {
    code: String,
    #[serde(default)]
    next: String,
}

async fn show(request: HttpRequest, query: web::Query<Next>) -> Result<HttpResponse, AdminError> {
    let next = path_or_home(&query.next);
    match session::current(&request).await? {
        Some((token, session)) if session.factor == SessionFactor::Awaited => {
            page(&request, &token, next, session.username, false)
        }
        Some(_) => Ok(see_other(next)),
        None => Err(not_signed_in(next)),
    }
}

async fn verify(
    request: HttpRequest,
    CheckedForm(form): CheckedForm<CodeForm>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let next = path_or_home(&form.next);
    let Some((token, session)) = session::current(&request).await? else {
        return Err(not_signed_in(next));
    };
    if session.factor != SessionFactor::Awaited {
        return Ok(see_other(next));
    }
    let address = client::address(&request).to_string();
    let actor = Actor {
        staff: Some(session.user),
        username: Some(session.username.clone()),
        address: Some(address.clone()),
    };
    let own = Subject::User(session.user);
    let entry = actor.clone().did(Action::SignIn).to(own.clone());
    let opened = Token::random()?;
    let (old, new) = (token.hash(), opened.hash());
    let refused = |reason: &str| {
        warn!(
            user.id = session.user.0,
            client.address = address,
            reason,
            "code of a second factor refused"
        );
    };
    let accepted = code_accepted(
        &request,
        session.user,
        &form.code,
        &database,
        async |secret, proof| {
            database
                .factor_verify([&old, &new], session.user, &secret, proof, &entry)
                .await
        },
    );
    let accepted = accepted.await.inspect_err(|error| {
        if matches!(error, AdminError::TooManyAttempts { .. }) {
            refused("too many attempts");
        }
    })?;
    if !accepted {
        refused("it is wrong or was used");
        let entry = actor
            .did(Action::SignInRefused)
            .to(own)
            .with("reason", "code");
        let written = database.journal_write(&entry).await;
        written.map_err(AdminError::Storage)?;
        return page(&request, &token, next, session.username, true);
    }
    info!(
        user.id = session.user.0,
        client.address = address,
        "signed in to the panel"
    );
    let mut response = see_other(next);
    add_cookie(&mut response, &opened.cookie(&request))?;
    Ok(response)
}

fn not_signed_in(next: &str) -> AdminError {
    AdminError::NotSignedIn {
        next: next.to_owned(),
    }
}

fn page(
    request: &HttpRequest,
    token: &Token,
    next: &str,
    username: String,
    refused: bool,
) -> Result<HttpResponse, AdminError> {
    let frame = SignInFrame::of(request, &TEXTS, token, next, refused);
    html_with(frame.status(), &SecondStepPage { frame, username })
}
