//! The form of a user's password.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use tracing::info;

use super::new_password::{too_short_for_staff, typed_twice};
use super::user::{Mistakes, address, done, page};
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::page::Shell;
use crate::admin::safe_redirect::see_other;
use crate::domain::staff_journal::{Action, Subject};
use crate::domain::{Role, UserId};
use crate::engine::Engine;
use crate::messages::id;
use crate::storage::Database;

#[derive(Deserialize)]
pub struct PasswordForm {
    password: String,
    repeated: String,
}

pub async fn set(
    shell: Shell,
    id: web::Path<i64>,
    CheckedForm(form): CheckedForm<PasswordForm>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let user = UserId(*id);
    let refused = async |mistake: String| {
        let mistakes = Mistakes {
            password: Some(mistake),
            ..Mistakes::default()
        };
        page(&shell, &database, user, None, None, mistakes).await
    };
    let password = match typed_twice(&form.password, &form.repeated, shell.lang) {
        Ok(password) => password,
        Err(mistake) => return refused(mistake).await,
    };
    let hash = engine.password_hash(&password).await;
    let hash = hash.map_err(AdminError::Engine)?;
    let staff = UserId(shell.staff.id);
    let suits_staff = password.suits_staff();
    let of_staff = shell.staff.role == Role::Administrator;
    let entry = shell.staff.did(Action::PasswordSet).to(Subject::User(user));
    let is_set =
        database.user_password_set(staff, user, &hash, suits_staff, of_staff, Some(&entry));
    if !is_set.await.map_err(AdminError::Storage)? {
        // Or there is no such user, whose page is not found.
        if suits_staff && !of_staff {
            let least = Role::Administrator;
            return Err(AdminError::NotPermitted { least });
        }
        return refused(too_short_for_staff(shell.lang)).await;
    }
    info!(staff.id = staff.0, user.id = user.0, "user's password set");
    if staff == user {
        // The session ended with the password, so it has no next page for a message.
        return Ok(see_other(&address(user)));
    }
    done(&shell, user, id!("users-password-set")).await
}
