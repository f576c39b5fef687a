//! `GET /admin/wallets/{wallet}/holds/`: the holds of a wallet, by their status, a page at a time.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::path;
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html};
use crate::admin::paging::{self, Cursor, List, Pager};
use crate::domain::WalletId;
use crate::domain::history::HoldsQuery;
use crate::domain::hold::{Hold, HoldStatus};
use crate::engine::Engine;
use crate::messages::{Lang, text};

/// The fields of the filter, as sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    status: String,
    after: String,
}

#[derive(Template)]
#[template(path = "wallets/holds.html")]
struct HoldsPage {
    page: Page,
    lang: Lang,
    id: WalletId,
    status: Option<HoldStatus>,
    holds: HoldsTable,
    pager: Pager,
}

/// Holds of a wallet, as a table.
#[derive(Template)]
#[template(path = "wallets/holds_table.html")]
pub struct HoldsTable {
    pub lang: Lang,
    pub id: WalletId,
    pub holds: Vec<Hold>,
}

pub async fn show(
    shell: Shell,
    wallet: web::Path<String>,
    filter: web::Query<Filter>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, AdminError> {
    let id = path::wallet(&wallet)?;
    let lang = shell.lang;
    let below = Cursor::parse(&filter.after);
    let status = HoldStatus::parse(&filter.status);
    let query = HoldsQuery {
        status,
        below,
        limit: paging::HOLDS,
    };
    let found = engine.holds(id, &query).await.map_err(AdminError::Engine)?;
    let next = found.next_below;
    let path = path::holds_of(id);
    let list = List {
        path: &path,
        query: &[("status", status.map_or("", HoldStatus::as_str))],
        anchor: "",
    };
    html(&HoldsPage {
        page: shell.page(text!(lang, "holds-title")),
        lang,
        id,
        status,
        pager: list.pager((text!(lang, "holds-title"), lang), below, next),
        holds: HoldsTable {
            lang,
            id,
            holds: found.holds,
        },
    })
}

/// Returns the name of a status.
pub fn status_name(status: HoldStatus, lang: Lang) -> &'static str {
    match status {
        HoldStatus::Open => text!(lang, "holds-open"),
        HoldStatus::Captured => text!(lang, "holds-captured"),
        HoldStatus::Voided => text!(lang, "holds-voided"),
        HoldStatus::Expired => text!(lang, "holds-expired"),
    }
}

/// The CSS class of a status.
pub fn status_badge(status: HoldStatus) -> &'static str {
    match status {
        HoldStatus::Open => "badge--accent",
        HoldStatus::Captured => "badge--good",
        HoldStatus::Voided | HoldStatus::Expired => "",
    }
}
