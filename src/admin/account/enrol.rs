//! Turning a second factor on: a secret, and the first code of it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tracing::info;

use super::codes;
use super::qr::Qr;
use crate::admin::error::AdminError;
use crate::admin::form::{CheckedForm, NoFields};
use crate::admin::page::{FlashMessage, Page, Shell, html_with};
use crate::admin::safe_redirect::ACCOUNT;
use crate::admin::token::{Token, add_cookie};
use crate::auth::{FactorSecret, Proof, TypedCode};
use crate::domain::staff_journal::Action;
use crate::messages::{Lang, text};
use crate::storage::Database;

/// By which apps list the factor, beside the user's name.
const ISSUER: &str = "Wallet Engine";

#[derive(Template)]
#[template(path = "account/enrol.html")]
struct EnrolPage {
    page: Page,
    lang: Lang,
    /// `None` after a code that was wrong: the secret is shown once.
    shown: Option<Shown>,
}

/// The secret, as apps take it.
struct Shown {
    /// In groups, to type.
    groups: String,
    /// For an app on the same device.
    uri: Option<String>,
    qr: Option<Qr>,
}

#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
}

/// Makes a secret, and shows it.
pub async fn offer(
    shell: Shell,
    _: CheckedForm<NoFields>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let secret = FactorSecret::random().map_err(AdminError::Key)?;
    let token = shell.staff.token.hash();
    let offered = database.factor_offer(&token, &secret).await;
    if !offered.map_err(AdminError::Storage)? {
        let text = text!(shell.lang, "account-factor-is-on");
        return shell.redirect(ACCOUNT, FlashMessage::refused(text)).await;
    }
    let uri = secret.uri(ISSUER, &shell.staff.username);
    let shown = Shown {
        groups: secret.groups(),
        qr: uri.as_deref().and_then(Qr::of),
        uri,
    };
    page(&shell, Some(shown))
}

/// Puts the secret in force by a code of it, and shows the recovery codes.
pub async fn confirm(
    mut shell: Shell,
    request: HttpRequest,
    CheckedForm(form): CheckedForm<CodeForm>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let token = shell.staff.token.hash();
    let offered = database.factor_offered(&token).await;
    let Some(offered) = offered.map_err(AdminError::Storage)? else {
        return over(&shell).await;
    };
    let proof = match TypedCode::parse(&form.code) {
        Some(code @ TypedCode::Totp(_)) => code.proof(&offered.secret, offered.now_s),
        _ => None,
    };
    let Some(Proof::Step(step)) = proof else {
        return page(&shell, None);
    };
    let codes = codes::make()?;
    let new_token = Token::random()?;
    let new_hash = new_token.hash();
    let entry = shell.staff.did_to_self(Action::SecondFactorOn);
    let confirmed =
        database.factor_confirm([&token, &new_hash], &offered.secret, step, &codes, &entry);
    if !confirmed.await.map_err(AdminError::Storage)? {
        return over(&shell).await;
    }
    info!(staff.id = shell.staff.id, "second factor turned on");
    let cookie = new_token.cookie(&request);
    shell.staff.token = new_token;
    let mut response = codes::page(&shell, &codes)?;
    add_cookie(&mut response, &cookie)?;
    Ok(response)
}

/// The secret waits no more.
async fn over(shell: &Shell) -> Result<HttpResponse, AdminError> {
    let text = text!(shell.lang, "account-offer-is-over");
    shell.redirect(ACCOUNT, FlashMessage::refused(text)).await
}

fn page(shell: &Shell, shown: Option<Shown>) -> Result<HttpResponse, AdminError> {
    let status = if shown.is_some() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let mut page = shell.page(text!(shell.lang, "account-enrol"));
    ACCOUNT.clone_into(&mut page.path);
    let enrol = EnrolPage {
        page,
        lang: shell.lang,
        shown,
    };
    html_with(status, &enrol)
}
