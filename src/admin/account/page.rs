//! The page of the account.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html_with};
use crate::admin::safe_redirect::ACCOUNT;
use crate::admin::session;
use crate::domain::UserId;
use crate::messages::{Id, Lang, text};
use crate::storage::Database;
use crate::storage::admin::{Factor, ListedSession, SESSIONS_LISTED};

/// What is wrong with the form that was sent.
#[derive(Default)]
pub struct Mistakes {
    /// Of the form that turns the second factor off.
    pub off: Option<Id>,
    /// Of the form that makes recovery codes.
    pub codes: Option<Id>,
}

#[derive(Template)]
#[template(path = "account/page.html")]
struct AccountPage {
    page: Page,
    lang: Lang,
    is_required: bool,
    factor: Option<Factor>,
    sessions: Vec<ListedSession>,
    /// There are more than are listed.
    is_cut: bool,
    mistakes: Mistakes,
}

pub async fn show(
    shell: Shell,
    request: HttpRequest,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    page(&shell, &request, &database, Mistakes::default()).await
}

/// Shows the page. A form that was refused does not keep what was typed: all of it was secret.
pub async fn page(
    shell: &Shell,
    request: &HttpRequest,
    database: &Database,
    mistakes: Mistakes,
) -> Result<HttpResponse, AdminError> {
    let user = UserId(shell.staff.id);
    let factor = database.factor_find(user).await;
    let factor = factor.map_err(AdminError::Storage)?;
    let own = shell.staff.token.hash();
    let sessions = database.sessions_of(user, &own).await;
    let sessions = sessions.map_err(AdminError::Storage)?;
    let status = if mistakes.off.or(mistakes.codes).is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let mut page = shell.page(text!(shell.lang, "account-title"));
    ACCOUNT.clone_into(&mut page.path);
    let account = AccountPage {
        page,
        lang: shell.lang,
        is_required: session::is_factor_required(request),
        factor,
        is_cut: i64::try_from(sessions.len()).is_ok_and(|listed| listed == SESSIONS_LISTED),
        sessions,
        mistakes,
    };
    html_with(status, &account)
}
