//! `/admin/webhooks/{webhook}/delete/`: asks whether a webhook is to be deleted, and deletes it.

use actix_web::{HttpResponse, web};
use askama::Template;
use tracing::info;

use super::{facts, path};
use crate::admin::error::AdminError;
use crate::admin::form::{CheckedForm, NoFields};
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html};
use crate::domain::staff_journal::{Action, Subject};
use crate::events::webhooks::{Request, WebhookState, Webhooks};
use crate::messages::{Lang, text};

#[derive(Template)]
#[template(path = "webhooks/delete.html")]
struct DeletePage {
    page: Page,
    lang: Lang,
    state: WebhookState,
}

pub async fn show(
    shell: Shell,
    webhook: web::Path<String>,
    webhooks: web::Data<Webhooks>,
) -> Result<HttpResponse, AdminError> {
    let state = path::webhook(&webhooks, &webhook).await?;
    let mut page = shell.page(text!(shell.lang, "webhooks-delete-title"));
    page.path = path::delete_of(state.webhook.id);
    html(&DeletePage {
        page,
        lang: shell.lang,
        state,
    })
}

pub async fn delete(
    shell: Shell,
    webhook: web::Path<String>,
    _: CheckedForm<NoFields>,
    webhooks: web::Data<Webhooks>,
) -> Result<HttpResponse, AdminError> {
    let webhook = path::webhook(&webhooks, &webhook).await?.webhook;
    // Deleted by someone else meanwhile, it is deleted as well.
    let url = facts::shown_url(&webhook.url);
    let entry = shell.staff.did(Action::WebhookDeleted);
    let entry = entry.to(Subject::Webhook(webhook.id.0)).with("url", url);
    let request = Request {
        entry: Some(&entry),
        ..Request::default()
    };
    let deleted = webhooks.store().delete(webhook.id, request).await;
    if deleted.map_err(AdminError::Webhooks)? {
        info!(staff.id = shell.staff.id, webhook.id = %webhook.id, "webhook deleted");
    }
    let text = text!(shell.lang, "webhooks-delete-done", url = url);
    shell.redirect(path::LIST, FlashMessage::done(text)).await
}
