//! The user that the form names: a number, a name or an address, or a part of one if only one user has it.

use crate::admin::error::AdminError;
use crate::domain::WalletId;
use crate::storage::Database;
use crate::storage::admin::{TextSearch, User, UserFlags, UserOrder, UserQuery};

/// Users that the reader may choose from.
const CHOICES: u16 = 20;

/// Whose operations are sought.
pub enum Owner {
    Anyone,
    Wallet(WalletId),
    /// Several users match, of whom these are the first; none, if nobody does.
    Choose(Vec<User>),
}

impl Owner {
    /// Finds the user of the text.
    pub async fn find(database: &Database, text: &str) -> Result<Self, AdminError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::Anyone);
        }
        let query = UserQuery {
            flags: UserFlags::default(),
            order: UserOrder::Username,
            after: None,
            limit: CHOICES,
        };
        let found = database.users_found(&TextSearch::new(text), &query).await;
        let mut users = found.map_err(AdminError::Storage)?.rows;
        let same = |user: &User| {
            let is = |other: &str| other.eq_ignore_ascii_case(text);
            is(&user.username) || is(&user.email) || is(&user.id.0.to_string())
        };
        // Who has just this name is meant, whoever else has it as a part of theirs.
        if users.iter().filter(|user| same(user)).count() == 1 {
            users.retain(same);
        }
        let [user] = &users[..] else {
            return Ok(Self::Choose(users));
        };
        let found = database.user_find(user.id).await;
        let found = found.map_err(AdminError::Storage)?;
        Ok(found.map_or_else(
            || Self::Choose(Vec::new()),
            |(_, wallet)| Self::Wallet(wallet.id),
        ))
    }
}
