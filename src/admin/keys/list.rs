//! `GET /admin/keys/`: all keys, or those of a name, a page at a time.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::facts::{KeyState, WALLETS_SHOWN};
use super::path;
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html};
use crate::admin::paging::{self, Cursor, List, Pager};
use crate::config::AuthMode;
use crate::messages::{Lang, text};
use crate::storage::{Database, ListedKey};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    name: String,
    after: String,
}

#[derive(Template)]
#[template(path = "keys/list.html")]
struct KeysPage {
    page: Page,
    lang: Lang,
    /// Keys have an effect.
    is_on: bool,
    /// Whose keys alone are shown; empty: all.
    name: String,
    keys: Vec<ListedKey>,
    pager: Pager,
}

pub async fn show(
    shell: Shell,
    query: web::Query<Query>,
    auth: web::Data<AuthMode>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let lang = shell.lang;
    let name = query.name.trim();
    let below: Option<i64> = Cursor::parse(&query.after);
    // One more than fits says whether there is another page.
    let max = i64::from(paging::KEYS) + 1;
    let read = if name.is_empty() {
        database.keys(below, max).await
    } else {
        database.keys_named(name, below, max).await
    };
    let mut keys = read.map_err(AdminError::Storage)?;
    let has_more = keys.len() > usize::from(paging::KEYS);
    keys.truncate(paging::KEYS.into());
    let next = keys.last().filter(|_| has_more).map(|key| key.id);
    let list = List {
        path: path::LIST,
        query: &[("name", name)],
        anchor: "",
    };
    html(&KeysPage {
        page: shell.page(text!(lang, "panel-keys")),
        lang,
        is_on: auth.is_on(),
        name: name.to_owned(),
        pager: list.pager((text!(lang, "panel-keys"), lang), below, next),
        keys,
    })
}
