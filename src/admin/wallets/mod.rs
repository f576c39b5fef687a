//! The area "wallets".

mod words;

use actix_web::{HttpResponse, web};
use askama::Template;

use super::error::AdminError;
use super::get;
use super::page::{Page, Shell, html};
use words::Words;

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/wallets/").route(get().to(show)));
}

#[derive(Template)]
#[template(path = "wallets/page.html")]
struct WalletsPage {
    page: Page,
    words: &'static Words,
}

async fn show(shell: Shell) -> Result<HttpResponse, AdminError> {
    let words = words::words(shell.lang);
    html(&WalletsPage {
        page: shell.page(words.title),
        words,
    })
}
