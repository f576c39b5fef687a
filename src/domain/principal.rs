//! Who asks for something.

use std::fmt;
use std::sync::Arc;

use super::UserId;

/// The prefix of a member of the staff.
const STAFF: &str = "staff:";
/// The prefix of an API key.
const KEY: &str = "key:";
/// The prefix of a wallet's owner.
const OWNER: &str = "user:";

/// Who asks for something, as the ledger and the log name them: `staff:7`, `key:shop` or `user:7`. The ledger stores it, so the
/// texts never change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal(Arc<str>);

impl Principal {
    /// Returns a member of the staff, who works in the panel.
    #[must_use]
    pub fn staff(user: UserId) -> Self {
        Self(format!("{STAFF}{}", user.0).into())
    }

    /// Returns the holder of the API key of this name.
    #[must_use]
    pub fn key(name: &str) -> Self {
        Self(format!("{KEY}{name}").into())
    }

    /// Returns the owner of a wallet, who signed in.
    #[must_use]
    pub fn owner(user: UserId) -> Self {
        Self(format!("{OWNER}{}", user.0).into())
    }

    /// Returns the principal that the ledger names.
    #[must_use]
    pub fn recorded(text: &str) -> Self {
        Self(text.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the user's number, if it is a member of the staff.
    #[must_use]
    pub fn staff_id(&self) -> Option<UserId> {
        self.0.strip_prefix(STAFF)?.parse().ok().map(UserId)
    }

    /// Returns the user's number, if it is the owner of a wallet.
    #[must_use]
    pub fn owner_id(&self) -> Option<UserId> {
        self.0.strip_prefix(OWNER)?.parse().ok().map(UserId)
    }

    /// Returns the name of the API key, if it is the holder of one.
    #[must_use]
    pub fn key_name(&self) -> Option<&str> {
        self.0.strip_prefix(KEY)
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_principal_is_the_one_that_ledgers_have_already() {
        let staff = Principal::staff(UserId(7));
        assert_eq!(staff.as_str(), "staff:7");
        assert_eq!(staff.staff_id(), Some(UserId(7)));
        assert_eq!(Principal::owner(UserId(7)).owner_id(), Some(UserId(7)));
        assert_eq!(Principal::key("shop").key_name(), Some("shop"));
        assert_eq!((staff.owner_id(), staff.key_name()), (None, None));
        for (other, text) in [
            (Principal::key("shop"), "key:shop"),
            (Principal::owner(UserId(7)), "user:7"),
        ] {
            assert_eq!(other, Principal::recorded(text));
            assert_eq!(other.staff_id(), None);
        }
    }
}
