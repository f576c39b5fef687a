//! The addresses of the keys' pages.

use crate::admin::error::AdminError;
use crate::storage::{Database, ListedKey};
use crate::web::redirect;

pub const LIST: &str = "/admin/keys/";
pub const NEW: &str = "/admin/keys/new/";
pub const MAKE: &str = "/admin/keys/new/make/";

/// Returns the key that a path names.
pub async fn key(database: &Database, named: &str) -> Result<ListedKey, AdminError> {
    let id: i64 = named.parse().map_err(|_| AdminError::NotFound)?;
    let found = database.key_find(id).await.map_err(AdminError::Storage)?;
    found.ok_or(AdminError::NotFound)
}

/// Returns the address of the keys of a name.
pub fn of_name(name: &str) -> String {
    redirect::address(LIST, &[("name", name)])
}

pub fn rotate_of(key: i64) -> String {
    format!("{LIST}{key}/rotate/")
}

pub fn rotate_make_of(key: i64) -> String {
    format!("{}make/", rotate_of(key))
}

pub fn revoke_of(key: i64) -> String {
    format!("{LIST}{key}/revoke/")
}

pub fn revoke_confirm_of(key: i64) -> String {
    format!("{}confirm/", revoke_of(key))
}
