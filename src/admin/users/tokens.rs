//! The button that ends all tokens of a user.

use actix_web::{HttpResponse, web};
use tracing::info;

use super::user::done;
use crate::admin::error::AdminError;
use crate::admin::form::{CheckedForm, NoFields};
use crate::admin::page::Shell;
use crate::domain::UserId;
use crate::domain::staff_journal::{Action, Subject};
use crate::messages::id;
use crate::storage::Database;

pub async fn end(
    shell: Shell,
    id: web::Path<i64>,
    _: CheckedForm<NoFields>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let user = UserId(*id);
    let entry = shell.staff.did(Action::TokensEnded).to(Subject::User(user));
    let ended = database.user_tokens_end(user, Some(&entry)).await;
    if !ended.map_err(AdminError::Storage)? {
        return Err(AdminError::NotFound);
    }
    info!(
        staff.id = shell.staff.id,
        user.id = user.0,
        "user's tokens ended"
    );
    done(&shell, user, id!("users-tokens-ended")).await
}
