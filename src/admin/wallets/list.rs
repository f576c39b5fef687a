//! `GET /admin/wallets/`: wallets by search, filter and order, a page at a time.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::query::{Asked, Mistake, Mistakes};
use super::words::{self, Words};
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html};
use crate::domain::Balance;
use crate::storage::Database;
use crate::storage::admin::WalletList;

#[derive(Template)]
#[template(path = "wallets/list.html")]
struct ListPage {
    page: Page,
    words: &'static Words,
    asked: Asked,
    from_mistake: Option<&'static str>,
    to_mistake: Option<&'static str>,
    list: WalletList,
}

pub async fn show(
    shell: Shell,
    asked: web::Query<Asked>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let words = words::words(shell.lang);
    let asked = asked.into_inner();
    let (list, mistakes) = match asked.query() {
        Ok(query) => {
            let list = database.wallets_list(&query).await;
            (list.map_err(AdminError::Storage)?, Mistakes::default())
        }
        Err(mistakes) => (WalletList::default(), mistakes),
    };
    html(&ListPage {
        page: shell.page(words.title),
        words,
        asked,
        from_mistake: mistakes.from.map(|mistake| said(mistake, words)),
        to_mistake: mistakes.to.map(|mistake| said(mistake, words)),
        list,
    })
}

impl ListPage {
    fn money(&self, balance: Balance) -> String {
        format::money(balance.into(), self.page.lang)
    }
}

fn said(mistake: Mistake, words: &Words) -> &'static str {
    match mistake {
        Mistake::NoBalance => words.no_balance,
        Mistake::Reversed => words.reversed,
    }
}
