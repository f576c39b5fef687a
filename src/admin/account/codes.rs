//! Recovery codes: made, and shown once, in the answer to the form alone.

use actix_web::HttpResponse;
use askama::Template;

use crate::admin::error::AdminError;
use crate::admin::page::{Page, Shell, html};
use crate::admin::safe_redirect::ACCOUNT;
use crate::auth::{RECOVERY_CODES, RecoveryCode};
use crate::messages::{Lang, text};

#[derive(Template)]
#[template(path = "account/codes.html")]
struct CodesPage<'a> {
    page: Page,
    lang: Lang,
    codes: &'a [RecoveryCode],
}

/// Makes the codes of a user.
pub fn make() -> Result<Vec<RecoveryCode>, AdminError> {
    let codes = (0..RECOVERY_CODES).map(|_| RecoveryCode::random());
    codes.collect::<Result<_, _>>().map_err(AdminError::Key)
}

/// Shows them.
pub fn page(shell: &Shell, codes: &[RecoveryCode]) -> Result<HttpResponse, AdminError> {
    let mut page = shell.page(text!(shell.lang, "account-codes"));
    ACCOUNT.clone_into(&mut page.path);
    html(&CodesPage {
        page,
        lang: shell.lang,
        codes,
    })
}
