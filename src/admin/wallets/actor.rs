//! Who made a row of a ledger, as the pages and the CSV name them.

use std::borrow::Cow;

use crate::admin::keys;
use crate::domain::{Principal, UserId};
use crate::messages::{Id, id};
use crate::storage::admin::{Actor, RowNote};

/// Returns what is written before the name.
pub fn label(note: &RowNote) -> Id {
    match &note.actor {
        _ if note.is_adjustment => id!("wallets-adjustment-by"),
        Some(Actor::Key(_)) => id!("wallets-by-key"),
        Some(Actor::Owner { .. }) => id!("wallets-by-owner"),
        Some(Actor::Staff { .. } | Actor::Other(_)) | None => id!("wallets-by"),
    }
}

/// Returns the address of their page, if they have one.
pub fn address(actor: &Actor) -> Option<String> {
    match actor {
        Actor::Staff { id, .. } | Actor::Owner { id, .. } => Some(format!("/admin/users/{id}/")),
        Actor::Key(name) => Some(keys::of_name(name)),
        Actor::Other(_) => None,
    }
}

/// Returns the text of the CSV: the name of a member of the staff, and who else there is as the ledger names them, so that no key
/// passes for one of the staff.
pub fn csv(actor: &Actor) -> Cow<'_, str> {
    match actor {
        Actor::Staff { username, .. } => username.into(),
        Actor::Key(name) => Principal::key(name).as_str().to_owned().into(),
        Actor::Owner { id, .. } => Principal::owner(UserId(*id)).as_str().to_owned().into(),
        Actor::Other(text) => text.into(),
    }
}
