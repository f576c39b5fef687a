//! `/admin/webhooks/{webhook}/rotate/`: asks, and gives a webhook another secret. The present one signs as well for a day.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tracing::info;

use super::facts::shown_url;
use super::made::{self, Refusal};
use super::{facts, form, path};
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html_with};
use crate::domain::staff_journal::{Action, Subject};
use crate::domain::{Principal, UserId};
use crate::events::webhooks::{Changed, Request, Webhook, WebhookSecret, Webhooks, request_hash};
use crate::messages::{Lang, text};

/// The form as sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    #[serde(rename = "form")]
    number: String,
}

#[derive(Template)]
#[template(path = "webhooks/rotate.html")]
struct RotatePage {
    page: Page,
    lang: Lang,
    webhook: Webhook,
    number: String,
    refusal: Option<Refusal>,
}

pub async fn show(
    shell: Shell,
    webhook: web::Path<String>,
    webhooks: web::Data<Webhooks>,
) -> Result<HttpResponse, AdminError> {
    let webhook = path::webhook(&webhooks, &webhook).await?.webhook;
    page(&shell, webhook, form::fresh(), None)
}

pub async fn make(
    shell: Shell,
    webhook: web::Path<String>,
    form: CheckedForm<Form>,
    webhooks: web::Data<Webhooks>,
) -> Result<HttpResponse, AdminError> {
    let CheckedForm(Form { mut number }) = form;
    let webhook = path::webhook(&webhooks, &webhook).await?.webhook;
    let key = form::key(&mut number);
    let secret = WebhookSecret::generate().map_err(AdminError::WebhookSecret)?;
    let principal = Principal::staff(UserId(shell.staff.id));
    let hash = request_hash("rotate", Some(webhook.id), &());
    let entry = shell.staff.did(Action::WebhookRotated);
    let entry = entry
        .to(Subject::Webhook(webhook.id.0))
        .with("url", shown_url(&webhook.url));
    let request = Request {
        principal: Some(&principal),
        entry: Some(&entry),
        reach: None,
        key: key.as_ref().map(|key| (key, hash)),
    };
    let store = webhooks.store();
    let rotated = store.rotate(webhook.id, secret.as_bytes(), request).await;
    if let Ok(Changed::Done(webhook)) = &rotated {
        info!(staff.id = shell.staff.id, webhook.id = %webhook.id, "webhook's secret rotated");
    }
    match made::answer(&shell, rotated, &secret)? {
        Ok(shown) => Ok(shown),
        Err(refusal) => {
            if refusal.form_is_used {
                number = form::fresh();
            }
            page(&shell, webhook, number, Some(refusal))
        }
    }
}

fn page(
    shell: &Shell,
    webhook: Webhook,
    number: String,
    refusal: Option<Refusal>,
) -> Result<HttpResponse, AdminError> {
    let status = refusal
        .as_ref()
        .map_or(StatusCode::OK, |refusal| refusal.status);
    let mut page = shell.page(text!(shell.lang, "webhooks-rotate-title"));
    page.path = path::rotate_of(webhook.id);
    let rotate = RotatePage {
        page,
        lang: shell.lang,
        webhook,
        number,
        refusal,
    };
    html_with(status, &rotate)
}
