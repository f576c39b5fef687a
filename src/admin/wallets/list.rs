//! `GET /admin/wallets/`: wallets by search, filter and order, a page at a time.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, web};
use askama::Template;
use tracing::warn;

use super::query::{Asked, Mistake, Mistakes};
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html};
use crate::domain::Balance;
use crate::messages::{Id, Lang, id, text};
use crate::storage::admin::WalletList;
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

/// When the same search may do better, if the database has less to do: a scan is too much to be repeated at once.
const AGAIN_S: &str = "60";

#[derive(Template)]
#[template(path = "wallets/list.html")]
struct ListPage {
    page: Page,
    lang: Lang,
    asked: Asked,
    from_mistake: Option<Id>,
    to_mistake: Option<Id>,
    /// All wallets would have to be scanned, and there are too many.
    is_too_long: bool,
    /// `None`: there is nothing to be shown.
    list: Option<WalletList>,
}

/// What came of what was asked for.
enum Outcome {
    Listed(WalletList),
    Mistaken(Mistakes),
    TooLong,
}

pub async fn show(
    shell: Shell,
    asked: web::Query<Asked>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let asked = asked.into_inner();
    let outcome = asked.look(&database).await?;
    let is_too_long = matches!(outcome, Outcome::TooLong);
    let (list, mistakes) = match outcome {
        Outcome::Listed(list) => (Some(list), Mistakes::default()),
        Outcome::Mistaken(mistakes) => (None, mistakes),
        Outcome::TooLong => (None, Mistakes::default()),
    };
    let mut answer = html(&ListPage {
        page: shell.page(text!(shell.lang, "panel-wallets")),
        lang: shell.lang,
        asked,
        from_mistake: mistakes.from.map(mistake_text),
        to_mistake: mistakes.to.map(mistake_text),
        is_too_long,
        list,
    })?;
    if is_too_long {
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        let again = HeaderValue::from_static(AGAIN_S);
        answer.headers_mut().insert(RETRY_AFTER, again);
    }
    Ok(answer)
}

impl Asked {
    async fn look(&self, database: &Database) -> Result<Outcome, AdminError> {
        let query = match self.query() {
            Ok(query) => query,
            Err(mistakes) => return Ok(Outcome::Mistaken(mistakes)),
        };
        match database.wallets_list(&query).await {
            Ok(list) => Ok(Outcome::Listed(list)),
            Err(error @ StorageError::TooLong { .. }) => {
                warn!(error = %chain(&error), "there are too many wallets for a list");
                Ok(Outcome::TooLong)
            }
            Err(error) => Err(AdminError::Storage(error)),
        }
    }
}

impl ListPage {
    fn money(&self, balance: Balance) -> String {
        format::money(balance.into(), self.page.lang)
    }
}

fn mistake_text(mistake: Mistake) -> Id {
    match mistake {
        Mistake::NoBalance => id!("wallets-amount-wrong"),
        Mistake::Reversed => id!("wallets-reversed"),
    }
}
