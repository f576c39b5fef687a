//! `/admin/keys/{key}/rotate/`: another key of the same name, with the scopes and wallets of the one. Both are live until the
//! one is revoked, so its clients take the other in their own time.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::facts::{KeyState, WALLETS_SHOWN};
use super::form::{self, Wanted};
use super::made::{self, Refusal};
use super::path;
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html_with};
use crate::config::AuthMode;
use crate::domain::staff_journal::Action;
use crate::messages::{Lang, text};
use crate::storage::{Database, KeyName, ListedKey};

/// The form as sent, or as shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    #[serde(rename = "form")]
    number: String,
    days: String,
    #[serde(skip)]
    mistake: Option<String>,
}

#[derive(Template)]
#[template(path = "keys/rotate.html")]
struct RotatePage {
    page: Page,
    lang: Lang,
    is_on: bool,
    key: ListedKey,
    form: Form,
    refusal: Option<Refusal>,
}

pub async fn show(
    shell: Shell,
    key: web::Path<String>,
    auth: web::Data<AuthMode>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let key = path::key(&database, &key).await?;
    let lasts = key.expires_at.map(|at| at - key.created_at);
    let form = Form {
        number: form::fresh(),
        days: form::days_of(lasts),
        mistake: None,
    };
    page(&shell, **auth, key, form, None)
}

pub async fn make(
    shell: Shell,
    key: web::Path<String>,
    form: CheckedForm<Form>,
    auth: web::Data<AuthMode>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let CheckedForm(mut form) = form;
    let key = path::key(&database, &key).await?;
    let lasts = form::days(&form.days);
    if lasts.is_err() {
        form.mistake = Some(form::days_wrong(shell.lang));
    }
    let uuid = form::form(&mut form.number);
    let name = KeyName::parse(&key.name);
    let can_be = can_be_rotated(&key);
    let (true, Some(name), Some(uuid), Ok(lasts)) = (can_be, name, uuid, lasts) else {
        return page(&shell, **auth, key, form, None);
    };
    let wanted = Wanted {
        form: uuid,
        name,
        scopes: key.scopes,
        wallets: key.wallets.clone(),
        lasts,
    };
    match made::make(&shell, &database, auth.is_on(), wanted, Action::KeyRotated).await? {
        Ok(shown) => Ok(shown),
        Err(refusal) => {
            if refusal.form_is_used {
                form.number = form::fresh();
            }
            page(&shell, **auth, key, form, Some(refusal))
        }
    }
}

/// What was revoked may have been stolen, and comes back by a new key alone, which is asked for in full.
fn can_be_rotated(key: &ListedKey) -> bool {
    KeyState::of(key) != KeyState::Revoked
}

fn page(
    shell: &Shell,
    auth: AuthMode,
    key: ListedKey,
    form: Form,
    refusal: Option<Refusal>,
) -> Result<HttpResponse, AdminError> {
    let status = match &refusal {
        Some(refusal) => refusal.status,
        None if form.mistake.is_some() => StatusCode::UNPROCESSABLE_ENTITY,
        None if !can_be_rotated(&key) => StatusCode::CONFLICT,
        None => StatusCode::OK,
    };
    let mut page = shell.page(text!(
        shell.lang,
        "keys-rotate-title",
        name = key.name.as_str()
    ));
    page.path = path::rotate_of(key.id);
    let rotate = RotatePage {
        page,
        lang: shell.lang,
        is_on: auth.is_on(),
        key,
        form,
        refusal,
    };
    html_with(status, &rotate)
}

impl RotatePage {
    fn can_be_rotated(&self) -> bool {
        can_be_rotated(&self.key)
    }
}
