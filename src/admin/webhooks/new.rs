//! `/admin/webhooks/new/`: the form of a new webhook.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use tracing::info;

use super::facts::shown_url;
use super::form::{Form, Wanted, fresh};
use super::made::{self, Refusal};
use super::path;
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::page::{Page, Shell, html_with};
use crate::domain::staff_journal::Action;
use crate::domain::{Principal, UserId};
use crate::engine::{Engine, EngineError};
use crate::events::webhooks::{
    Changed, NewWebhook, Request, WebhookSecret, Webhooks, request_hash,
};
use crate::events::{Cursor, type_names};
use crate::messages::{Lang, text};

#[derive(Template)]
#[template(path = "webhooks/new.html")]
struct NewPage {
    page: Page,
    lang: Lang,
    types: Vec<&'static str>,
    form: Form,
    refusal: Option<Refusal>,
}

pub async fn show(shell: Shell) -> Result<HttpResponse, AdminError> {
    page(&shell, Form::fresh(), None, StatusCode::OK)
}

pub async fn make(
    shell: Shell,
    form: CheckedForm<Form>,
    engine: web::Data<Engine>,
    webhooks: web::Data<Webhooks>,
) -> Result<HttpResponse, AdminError> {
    let CheckedForm(mut form) = form;
    let wanted = form.check(webhooks.guard(), shell.lang);
    let Some(wanted) = wanted else {
        return page(&shell, form, None, StatusCode::UNPROCESSABLE_ENTITY);
    };
    if let Some(wallet) = wanted.wallet {
        match engine.wallet(wallet).await {
            Ok(_) => {}
            Err(EngineError::WalletNotFound) => {
                form.mistakes.wallet = Some(text!(shell.lang, "wallet-not-found").to_owned());
                return page(&shell, form, None, StatusCode::UNPROCESSABLE_ENTITY);
            }
            Err(error) => return Err(AdminError::Engine(error)),
        }
    }
    match create(&shell, &webhooks, &wanted, form.from_start).await? {
        Ok(shown) => Ok(shown),
        Err(refusal) => {
            if refusal.form_is_used {
                form.number = fresh();
            }
            let status = refusal.status;
            page(&shell, form, Some(refusal), status)
        }
    }
}

async fn create(
    shell: &Shell,
    webhooks: &Webhooks,
    wanted: &Wanted,
    from_start: bool,
) -> Result<Result<HttpResponse, Refusal>, AdminError> {
    let secret = WebhookSecret::generate().map_err(AdminError::WebhookSecret)?;
    let cursor = if from_start {
        Cursor::START
    } else {
        webhooks.head().await.map_err(AdminError::Feed)?
    };
    let cursor = cursor.to_string();
    let new = NewWebhook {
        url: &wanted.url,
        types: wanted.types.as_deref(),
        wallet: wanted.wallet,
        is_enabled: true,
        secret: secret.as_bytes(),
        cursor: &cursor,
    };
    let principal = Principal::staff(UserId(shell.staff.id));
    let wallet = wanted.wallet.map(|wallet| wallet.to_string());
    let asked = (&wanted.url, &wanted.types, wallet, from_start);
    let entry = shell.staff.did(Action::WebhookMade);
    let entry = entry.with("url", shown_url(&wanted.url));
    let request = Request {
        principal: Some(&principal),
        entry: Some(&entry),
        reach: None,
        key: Some((&wanted.key, request_hash("form", None, &asked))),
    };
    let made = webhooks.store().create(&new, request).await;
    if let Ok(Changed::Done(webhook)) = &made {
        info!(staff.id = shell.staff.id, webhook.id = %webhook.id, "webhook made");
    }
    made::answer(shell, made, &secret)
}

fn page(
    shell: &Shell,
    form: Form,
    refusal: Option<Refusal>,
    status: StatusCode,
) -> Result<HttpResponse, AdminError> {
    let mut page = shell.page(text!(shell.lang, "webhooks-new"));
    path::NEW.clone_into(&mut page.path);
    let new = NewPage {
        page,
        lang: shell.lang,
        types: type_names().collect(),
        form,
        refusal,
    };
    html_with(status, &new)
}
