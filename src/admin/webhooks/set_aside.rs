//! `/admin/webhooks/{webhook}/set-aside/`: events that were given up, with a button to send each again.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tracing::info;

use super::path;
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html};
use crate::admin::paging::{self, List, Pager, Position};
use crate::domain::staff_journal::{Action, Subject};
use crate::domain::{Principal, UserId};
use crate::events::webhooks::{Changed, Request, SetAside, WebhookId, Webhooks};
use crate::messages::{Lang, text};

/// The form of a row.
#[derive(Debug, Deserialize)]
pub struct Form {
    event: i64,
}

#[derive(Template)]
#[template(path = "webhooks/set_aside.html")]
struct SetAsidePage {
    page: Page,
    lang: Lang,
    id: WebhookId,
    events: Vec<SetAside>,
    pager: Pager,
}

pub async fn show(
    shell: Shell,
    webhook: web::Path<String>,
    position: web::Query<Position>,
    webhooks: web::Data<Webhooks>,
) -> Result<HttpResponse, AdminError> {
    let lang = shell.lang;
    let id = path::webhook(&webhooks, &webhook).await?.webhook.id;
    let below: Option<i64> = position.after();
    // One more than fits says whether there is another page.
    let max = i64::from(paging::EVENTS) + 1;
    let events = webhooks.store().set_aside(id, below, max).await;
    let mut events = events.map_err(AdminError::Webhooks)?;
    let has_more = events.len() > usize::from(paging::EVENTS);
    events.truncate(paging::EVENTS.into());
    let next = events.last().filter(|_| has_more).map(|event| event.id);
    let address = path::set_aside_of(id);
    let list = List {
        path: &address,
        query: &[],
        anchor: "",
    };
    let title = text!(lang, "webhooks-set-aside");
    let mut page = shell.page(title);
    if page.path == path::send_of(id) {
        page.path.clone_from(&address);
    }
    html(&SetAsidePage {
        page,
        lang,
        id,
        pager: list.pager((title, lang), below, next),
        events,
    })
}

pub async fn send(
    shell: Shell,
    webhook: web::Path<String>,
    form: CheckedForm<Form>,
    webhooks: web::Data<Webhooks>,
) -> Result<HttpResponse, AdminError> {
    let CheckedForm(Form { event }) = form;
    let id = path::webhook(&webhooks, &webhook).await?.webhook.id;
    let principal = Principal::staff(UserId(shell.staff.id));
    let entry = shell.staff.did(Action::EventSentAgain);
    let entry = entry.to(Subject::Webhook(id.0)).with("event", event);
    let request = Request {
        principal: Some(&principal),
        entry: Some(&entry),
        ..Request::default()
    };
    let sent = webhooks.store().send_again(id, event, request).await;
    let message = match sent.map_err(AdminError::Webhooks)? {
        Changed::Done(event) | Changed::Replayed(event) => {
            let number = event.id;
            info!(staff.id = shell.staff.id, webhook.id = %id, event.id = number, "event to be sent again");
            FlashMessage::done(text!(shell.lang, "webhooks-sent", number = number))
        }
        // Delivered since the page was shown.
        _ => FlashMessage::refused(text!(shell.lang, "webhooks-not-sent")),
    };
    shell.redirect(&path::set_aside_of(id), message).await
}
