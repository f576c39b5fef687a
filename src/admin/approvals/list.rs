//! `GET /admin/approvals/`: the proposals that wait, and below them all there were.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::super::error::AdminError;
use super::super::format;
use super::super::page::{Page, Shell, html};
use super::super::paging::{List, Pager, Position};
use super::super::wallets::{kinds, path};
use super::state;
use crate::messages::{Lang, text};
use crate::storage::Database;
use crate::storage::admin::Approval;

/// Proposals on a page.
const APPROVALS: u16 = 25;
/// Proposals that wait, on the page; there are more only with many operators.
const WAITING: i64 = 100;

#[derive(Template)]
#[template(path = "approvals/list.html")]
struct ListPage {
    page: Page,
    lang: Lang,
    waiting: Option<Table>,
    all: Option<Table>,
    pager: Pager,
}

/// Proposals as a table.
#[derive(Template)]
#[template(path = "approvals/table.html")]
pub struct Table {
    pub lang: Lang,
    pub approvals: Vec<Approval>,
}

pub async fn show(
    shell: Shell,
    position: web::Query<Position>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let lang = shell.lang;
    let below = position.after();
    let waiting = database.approvals_waiting(WAITING).await;
    let waiting = waiting.map_err(AdminError::Storage)?;
    let all = database.approvals_page(below, APPROVALS).await;
    let all = all.map_err(AdminError::Storage)?;
    let list = List {
        path: "/admin/approvals/",
        query: &[],
        anchor: "all",
    };
    let title = text!(lang, "approvals-title");
    html(&ListPage {
        page: shell.page(title),
        lang,
        waiting: Table::of(waiting, lang),
        pager: list.pager((title, lang), below, all.next),
        all: Table::of(all.rows, lang),
    })
}

impl Table {
    /// Returns the table; `None` without rows.
    pub fn of(approvals: Vec<Approval>, lang: Lang) -> Option<Self> {
        let table = Self { lang, approvals };
        (!table.approvals.is_empty()).then_some(table)
    }

    fn kind(&self, approval: &Approval) -> String {
        let kind = approval.adjustment.movement.operation().kind;
        kinds::kind_name(kind.as_str(), self.lang).to_owned()
    }
}
