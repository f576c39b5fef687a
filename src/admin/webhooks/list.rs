//! `GET /admin/webhooks/`: all webhooks, of which there are a hundred at most.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::facts::State;
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html};
use crate::events::webhooks::{WebhookState, Webhooks};
use crate::messages::{Lang, text};

#[derive(Template)]
#[template(path = "webhooks/list.html")]
struct ListPage {
    page: Page,
    lang: Lang,
    states: Vec<WebhookState>,
}

pub async fn show(shell: Shell, webhooks: web::Data<Webhooks>) -> Result<HttpResponse, AdminError> {
    let states = webhooks.store().list(None).await;
    html(&ListPage {
        page: shell.page(text!(shell.lang, "panel-webhooks")),
        lang: shell.lang,
        states: states.map_err(AdminError::Webhooks)?,
    })
}
