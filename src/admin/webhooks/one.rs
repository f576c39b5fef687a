//! `/admin/webhooks/{webhook}/`: one webhook, with how far its deliveries are; pauses, resumes and replays it.
//!
//! A button says what is to be, not that it is to be changed: pressed twice, it does the same.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tracing::info;

use super::facts::State;
use super::path;
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html_with};
use crate::domain::staff_journal::{Action, StaffAction, Subject};
use crate::domain::{Principal, UserId};
use crate::events::Cursor;
use crate::events::webhooks::{Changed, Changes, Request, WebhookState, Webhooks};
use crate::messages::{Lang, text};

/// The form of the button that pauses or resumes.
#[derive(Debug, Deserialize)]
pub struct Switch {
    enabled: bool,
}

/// The form of a replay, as sent or as shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Replay {
    from: String,
    cursor: String,
    #[serde(skip)]
    mistake: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "webhooks/one.html")]
struct OnePage {
    page: Page,
    lang: Lang,
    state: WebhookState,
    replay: Replay,
}

pub async fn show(
    shell: Shell,
    webhook: web::Path<String>,
    webhooks: web::Data<Webhooks>,
) -> Result<HttpResponse, AdminError> {
    let state = path::webhook(&webhooks, &webhook).await?;
    page(&shell, state, Replay::default())
}

pub async fn switch(
    shell: Shell,
    webhook: web::Path<String>,
    form: CheckedForm<Switch>,
    webhooks: web::Data<Webhooks>,
) -> Result<HttpResponse, AdminError> {
    let CheckedForm(Switch { enabled }) = form;
    let id = path::webhook(&webhooks, &webhook).await?.webhook.id;
    let changes = Changes {
        is_enabled: Some(enabled),
        ..Changes::default()
    };
    let principal = Principal::staff(UserId(shell.staff.id));
    let entry = shell.staff.did(Action::WebhookChanged);
    let entry = entry.to(Subject::Webhook(id.0)).with("enabled", enabled);
    let request = by(&principal, &entry);
    let done = webhooks.store().change(id, &changes, request).await;
    found(&done.map_err(AdminError::Webhooks)?)?;
    info!(staff.id = shell.staff.id, webhook.id = %id, webhook.enabled = enabled, "webhook switched");
    let text = if enabled {
        text!(shell.lang, "webhooks-resumed")
    } else {
        text!(shell.lang, "webhooks-was-paused")
    };
    shell
        .redirect(&path::one_of(id), FlashMessage::done(text))
        .await
}

pub async fn replay(
    shell: Shell,
    webhook: web::Path<String>,
    form: CheckedForm<Replay>,
    webhooks: web::Data<Webhooks>,
) -> Result<HttpResponse, AdminError> {
    let CheckedForm(mut form) = form;
    let state = path::webhook(&webhooks, &webhook).await?;
    let id = state.webhook.id;
    let cursor = match form.from.as_str() {
        "now" => Some(webhooks.head().await.map_err(AdminError::Feed)?),
        "start" => Some(Cursor::START),
        _ => Cursor::parse(form.cursor.trim()),
    };
    let Some(cursor) = cursor else {
        form.mistake = Some(text!(shell.lang, "webhooks-cursor-wrong"));
        return page(&shell, state, form);
    };
    let principal = Principal::staff(UserId(shell.staff.id));
    let cursor = cursor.to_string();
    let entry = shell.staff.did(Action::WebhookReplayed);
    let entry = entry.to(Subject::Webhook(id.0)).with("after", &cursor);
    let request = by(&principal, &entry);
    let replayed = webhooks.store().replay(id, &cursor, request).await;
    found(&replayed.map_err(AdminError::Webhooks)?)?;
    info!(staff.id = shell.staff.id, webhook.id = %id, feed.cursor = cursor, "webhook replayed");
    let text = text!(shell.lang, "webhooks-replayed");
    shell
        .redirect(&path::one_of(id), FlashMessage::done(text))
        .await
}

fn by<'a>(principal: &'a Principal, entry: &'a StaffAction) -> Request<'a> {
    Request {
        principal: Some(principal),
        entry: Some(entry),
        ..Request::default()
    }
}

fn found<T>(changed: &Changed<T>) -> Result<(), AdminError> {
    match changed {
        Changed::Done(_) => Ok(()),
        _ => Err(AdminError::NotFound),
    }
}

fn page(shell: &Shell, state: WebhookState, replay: Replay) -> Result<HttpResponse, AdminError> {
    let status = if replay.mistake.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let mut page = shell.page(text!(shell.lang, "webhooks-one"));
    page.path = path::one_of(state.webhook.id);
    let one = OnePage {
        page,
        lang: shell.lang,
        state,
        replay,
    };
    html_with(status, &one)
}
