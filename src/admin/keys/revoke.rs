//! `/admin/keys/{key}/revoke/`: asks whether a key is to be revoked, and revokes it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use tracing::info;

use super::facts::{KeyState, WALLETS_SHOWN};
use super::path;
use crate::admin::error::AdminError;
use crate::admin::form::{CheckedForm, NoFields};
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html_with};
use crate::domain::staff_journal::{Action, Subject};
use crate::messages::{Lang, text};
use crate::storage::{Database, ListedKey};

#[derive(Template)]
#[template(path = "keys/revoke.html")]
struct RevokePage {
    page: Page,
    lang: Lang,
    key: ListedKey,
}

pub async fn show(
    shell: Shell,
    key: web::Path<String>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let key = path::key(&database, &key).await?;
    page(&shell, key, StatusCode::OK)
}

pub async fn revoke(
    shell: Shell,
    key: web::Path<String>,
    _: CheckedForm<NoFields>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let key = path::key(&database, &key).await?;
    let entry = shell.staff.did(Action::KeyRevoked);
    let entry = entry.to(Subject::Key(key.id)).with("name", &key.name);
    let revoked = database.key_revoke(key.id, Some(&entry)).await;
    if !revoked.map_err(AdminError::Storage)? {
        // Someone else did, since this page was shown.
        let key = path::key(&database, &key.id.to_string()).await?;
        return page(&shell, key, StatusCode::CONFLICT);
    }
    info!(
        staff.id = shell.staff.id,
        key.id = key.id,
        key.name = key.name,
        "key revoked"
    );
    let lang = shell.lang;
    let text = text!(
        lang,
        "keys-revoke-done",
        name = key.name.as_str(),
        number = key.id
    );
    shell.redirect(path::LIST, FlashMessage::done(text)).await
}

fn page(shell: &Shell, key: ListedKey, status: StatusCode) -> Result<HttpResponse, AdminError> {
    let mut page = shell.page(text!(
        shell.lang,
        "keys-revoke-title",
        name = key.name.as_str()
    ));
    page.path = path::revoke_of(key.id);
    let revoke = RevokePage {
        page,
        lang: shell.lang,
        key,
    };
    html_with(status, &revoke)
}
