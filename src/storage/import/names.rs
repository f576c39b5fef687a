//! Where the other service has its users and wallets: the names of its tables and columns.

use serde::Deserialize;

/// The limit of a name in bytes (PostgreSQL 15 to 18, `NAMEDATALEN`): it cuts off the rest of a longer one, and may find another.
const NAME_BYTES_MAX: usize = 63;

/// The names. Without any of them, those of Django's own models and of `wallets.Wallet`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Names {
    pub users: UserNames,
    pub wallets: WalletNames,
}

/// The table of users, and its columns.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserNames {
    pub table: String,
    pub id: String,
    pub username: String,
    pub email: String,
    pub password: String,
    pub is_active: String,
    pub is_staff: String,
    pub is_superuser: String,
    pub date_joined: String,
}

/// The table of wallets, and its columns.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WalletNames {
    pub table: String,
    pub id: String,
    /// The number of its user.
    pub user: String,
    pub balance: String,
}

/// Why there can be no table or column of that name.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is no name of a table or a column: it should have 1 to {NAME_BYTES_MAX} bytes, none of them U+0000"
)]
pub struct InvalidName(String);

impl Default for UserNames {
    fn default() -> Self {
        Self {
            table: "auth_user".to_owned(),
            id: "id".to_owned(),
            username: "username".to_owned(),
            email: "email".to_owned(),
            password: "password".to_owned(),
            is_active: "is_active".to_owned(),
            is_staff: "is_staff".to_owned(),
            is_superuser: "is_superuser".to_owned(),
            date_joined: "date_joined".to_owned(),
        }
    }
}

impl Default for WalletNames {
    fn default() -> Self {
        Self {
            table: "wallets_wallet".to_owned(),
            id: "id".to_owned(),
            user: "user_id".to_owned(),
            balance: "balance".to_owned(),
        }
    }
}

/// The parts of statements that are the same whichever is asked, with every name quoted.
#[derive(Debug)]
pub(super) struct Quoted {
    /// The table of users.
    pub users: String,
    pub user_id: String,
    /// The columns of a user as `SourceUser` reads them, of `u`.
    pub user_columns: String,
    pub username: String,
    pub email: String,
    /// The table of wallets.
    pub wallets: String,
    pub wallet_id: String,
    pub wallet_user: String,
    pub balance: String,
}

impl Names {
    /// Returns the names, quoted.
    pub(super) fn quoted(&self) -> Result<Quoted, InvalidName> {
        let of = &self.users;
        let text = |name: &str| quoted(name).map(|name| format!("u.{name}::text"));
        let flag = |name: &str| quoted(name).map(|name| format!("coalesce(u.{name}, false)"));
        Ok(Quoted {
            users: table(&of.table)?,
            user_id: quoted(&of.id)?,
            user_columns: [
                format!("u.{}::bigint AS id", quoted(&of.id)?),
                text(&of.username)? + " AS username",
                text(&of.email)? + " AS email",
                text(&of.password)? + " AS password",
                flag(&of.is_active)? + " AS is_active",
                flag(&of.is_staff)? + " AS is_staff",
                flag(&of.is_superuser)? + " AS is_superuser",
                format!(
                    "u.{}::timestamptz::text AS joined",
                    quoted(&of.date_joined)?
                ),
            ]
            .join(", "),
            username: quoted(&of.username)?,
            email: quoted(&of.email)?,
            wallets: table(&self.wallets.table)?,
            wallet_id: quoted(&self.wallets.id)?,
            wallet_user: quoted(&self.wallets.user)?,
            balance: quoted(&self.wallets.balance)?,
        })
    }
}

/// A table, which may be named with its schema.
fn table(name: &str) -> Result<String, InvalidName> {
    match name.split_once('.') {
        Some((schema, table)) => Ok(format!("{}.{}", quoted(schema)?, quoted(table)?)),
        None => quoted(name),
    }
}

fn quoted(name: &str) -> Result<String, InvalidName> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains('\0') {
        return Err(InvalidName(name.to_owned()));
    }
    Ok(format!("\"{}\"", name.replace('"', "\"\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_whatever_it_holds() {
        assert_eq!(quoted("user").unwrap(), "\"user\"");
        assert_eq!(quoted("a\"; DROP").unwrap(), "\"a\"\"; DROP\"");
        assert_eq!(table("app.wallet").unwrap(), "\"app\".\"wallet\"");
        for name in ["", ".wallet", "app.", "a\0b", &"x".repeat(64)] {
            table(name).unwrap_err();
        }
    }

    #[test]
    fn a_mapping_names_what_differs_and_nothing_that_is_unknown() {
        let names = r#"{"users": {"table": "accounts_user", "date_joined": "created"}}"#;
        let names: Names = serde_json::from_str(names).unwrap();
        assert_eq!(names.users.table, "accounts_user");
        assert_eq!(names.users.username, "username");
        assert_eq!(names.wallets.table, "wallets_wallet");
        serde_json::from_str::<Names>(r#"{"users": {"mail": "email"}}"#).unwrap_err();
    }
}
