//! `GET /admin/wallets/`: wallets by search, filter and order, a page at a time.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, web};
use askama::Template;
use tracing::warn;

use super::query::{Mistakes, SearchForm};
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html, html_with};
use crate::admin::paging::Pager;
use crate::messages::{Lang, text};
use crate::storage::admin::{ListedWallet, Reach};
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

/// Seconds until the same search may succeed, with less load on the database: a scan is too expensive to repeat at once.
const SCAN_RETRY_AFTER_S: &str = "60";

#[derive(Template)]
#[template(path = "wallets/list.html")]
struct ListPage {
    page: Page,
    lang: Lang,
    search: SearchForm,
    mistakes: Mistakes,
    /// The page needs a scan of all wallets, which did not end in time.
    is_too_long: bool,
    /// `None` if the search failed.
    list: Option<List>,
}

struct List {
    wallets: Vec<ListedWallet>,
    is_cut: bool,
    reach: Reach,
    pager: Pager,
}

pub async fn show(
    shell: Shell,
    search: web::Query<SearchForm>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let lang = shell.lang;
    let mut page = ListPage {
        page: shell.page(text!(lang, "panel-wallets")),
        lang,
        search: search.into_inner(),
        mistakes: Mistakes::default(),
        is_too_long: false,
        list: None,
    };
    let query = match page.search.query() {
        Ok(query) => query,
        Err(mistakes) => {
            page.mistakes = mistakes;
            return html(&page);
        }
    };
    match database.wallets_list(&query).await {
        Ok(found) => {
            page.list = Some(List {
                pager: page.search.pager(lang, found.next),
                wallets: found.rows,
                is_cut: found.is_cut,
                reach: found.reach,
            });
            html(&page)
        }
        Err(error @ StorageError::TooLong { .. }) => {
            warn!(error = %chain(&error), "there are too many wallets to scan for a list");
            page.is_too_long = true;
            let mut response = html_with(StatusCode::SERVICE_UNAVAILABLE, &page)?;
            let retry_after = HeaderValue::from_static(SCAN_RETRY_AFTER_S);
            response.headers_mut().insert(RETRY_AFTER, retry_after);
            Ok(response)
        }
        Err(error) => Err(AdminError::Storage(error)),
    }
}
