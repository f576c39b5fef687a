//! Signing in and out.
//!
//! 0. Room for the comparison of the password is reserved first, so that an attempt without room costs no query.
//! 1. The attempt is counted, and the engine's hashers compare the password ([`auth::sign_in`](crate::auth::sign_in)).
//! 2. With the right password, a user who is not active or not staff gets a 403.
//! 3. A session begins under a new token, and the browser's previous session ends. Of a user with a second factor it is half open: it
//!    leads to [`second_step`](super::second_step), and to nothing else.

use std::fmt::Display;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tracing::{info, warn};

use super::credentials::user_of;
use super::error::AdminError;
use super::form::{CheckedForm, NoFields};
use super::page::html_with;
use super::route;
use super::safe_redirect::{SECOND_STEP, path_or_home, see_other};
use super::session::{LASTS, Staff};
use super::session_client;
use super::sign_in_frame::{Next, SignInFrame, SignInTexts};
use super::token::{Token, add_cookie};
use crate::domain::staff_journal::{Action, Actor};
use crate::engine::Engine;
use crate::messages::{id, text};
use crate::storage::Database;
use crate::web::client;
use crate::web::redirect;

const ADDRESS: &str = "/admin/sign-in/";
const TEXTS: SignInTexts = SignInTexts {
    address: ADDRESS,
    title: id!("sign-in-title"),
    lead: id!("sign-in-lead"),
    refused: id!("sign-in-refused"),
};

/// Characters of a username in the log: the longest that a user can have.
const NAME_LOGGED_MAX: usize = 150;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/sign-in/")
                .route(route::page(route::get().to(show)))
                .route(route::page(web::post().to(sign_in))),
        )
        .service(web::resource("/sign-out/").route(route::page(web::post().to(sign_out))));
}

#[derive(Template)]
#[template(path = "sign_in/page.html")]
struct SignInPage {
    frame: SignInFrame,
    username: String,
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
    #[serde(default)]
    next: String,
}

async fn show(
    request: HttpRequest,
    staff: Option<Staff>,
    query: web::Query<Next>,
) -> Result<HttpResponse, AdminError> {
    let next = path_or_home(&query.next);
    if staff.is_some() {
        return Ok(see_other(next));
    }
    page(&request, next, None)
}

async fn sign_in(
    request: HttpRequest,
    CheckedForm(form): CheckedForm<Credentials>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let refused = |error: &AdminError| report_refused(&request, &form.username, error);
    let room = engine.sign_in_room().map_err(AdminError::Engine);
    let room = room.inspect_err(refused)?;
    let typed = (&*form.username, &*form.password);
    let user = user_of(&request, typed, &engine, &room, &database).await;
    drop(room);
    let user = match user {
        Ok(Some(user)) if user.is_active && user.is_staff => user,
        Ok(Some(_)) => {
            refused(&AdminError::NotAdmitted);
            journal_refused(&request, &form.username, &database).await?;
            return Err(AdminError::NotAdmitted);
        }
        Ok(None) => {
            let reason = "the username or the password is wrong";
            report_refused(&request, &form.username, reason);
            journal_refused(&request, &form.username, &database).await?;
            let next = path_or_home(&form.next);
            return page(&request, next, Some(form.username));
        }
        Err(error) => {
            if matches!(error, AdminError::TooManyAttempts { .. }) {
                refused(&error);
            }
            return Err(error);
        }
    };
    if let Some(old) = Token::of_request(&request) {
        let ended = database.session_end(&old.hash(), None).await;
        ended.map_err(AdminError::Storage)?;
    }
    let token = Token::random()?;
    let (hash, client) = (token.hash(), session_client::of_request(&request));
    let begun = database.session_begin(&hash, user.id, &user.password_hash, LASTS, &client);
    let awaits_code = begun.await.map_err(AdminError::Storage)?;
    let next = path_or_home(&form.next);
    let mut response = if awaits_code {
        see_other(&redirect::address(SECOND_STEP, &[("next", next)]))
    } else {
        info!(
            user.id = user.id.0,
            client.address = client.address,
            "signed in to the panel"
        );
        see_other(next)
    };
    add_cookie(&mut response, &token.cookie(&request))?;
    Ok(response)
}

/// Logs a refused attempt. The username is any text that a client sent.
fn report_refused(request: &HttpRequest, username: &str, reason: impl Display) {
    let name: String = username.chars().take(NAME_LOGGED_MAX).collect();
    warn!(
        user.name = name,
        client.address = %client::address(request),
        %reason,
        "sign-in to the panel refused"
    );
}

/// Writes a refused attempt into the journal of the staff. One beyond the limits is in the log alone, so the journal grows by no more
/// than they let through.
async fn journal_refused(
    request: &HttpRequest,
    username: &str,
    database: &Database,
) -> Result<(), AdminError> {
    let actor = Actor {
        staff: None,
        username: Some(username.chars().take(NAME_LOGGED_MAX).collect()),
        address: Some(client::address(request).to_string()),
    };
    let entry = actor.did(Action::SignInRefused);
    let written = database.journal_write(&entry);
    written.await.map_err(AdminError::Storage)
}

async fn sign_out(
    request: HttpRequest,
    _: CheckedForm<NoFields>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    if let Some(token) = Token::of_request(&request) {
        let address = client::address(&request).to_string();
        let ended = database.session_end(&token.hash(), Some(&address)).await;
        ended.map_err(AdminError::Storage)?;
    }
    let mut response = see_other(ADDRESS);
    add_cookie(&mut response, &Token::removal(&request))?;
    Ok(response)
}

fn page(
    request: &HttpRequest,
    next: &str,
    refused: Option<String>,
) -> Result<HttpResponse, AdminError> {
    let held = Token::of_request(request);
    let token = match &held {
        Some(token) => token.clone(),
        None => Token::random()?,
    };
    let form = SignInPage {
        frame: SignInFrame::of(request, &TEXTS, &token, next, refused.is_some()),
        username: refused.unwrap_or_default(),
    };
    let mut response = html_with(form.frame.status(), &form)?;
    if held.is_none() {
        add_cookie(&mut response, &token.cookie(request))?;
    }
    Ok(response)
}
