//! What the pages say of a key.

use crate::messages::{Id, id};
use crate::storage::ListedKey;

/// Wallets of a key that a row of the list shows.
pub const WALLETS_SHOWN: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    Live,
    Expired,
    Revoked,
}

impl KeyState {
    pub fn of(key: &ListedKey) -> Self {
        if key.is_live {
            return Self::Live;
        }
        // One that made room for another of its name after it had expired is recorded as revoked at that time.
        match key.revoked_at {
            Some(at) if key.expires_at != Some(at) => Self::Revoked,
            _ => Self::Expired,
        }
    }

    pub fn name(self) -> Id {
        match self {
            Self::Live => id!("keys-live"),
            Self::Expired => id!("keys-expired"),
            Self::Revoked => id!("keys-revoked"),
        }
    }

    /// The CSS class of its badge.
    pub fn badge(self) -> &'static str {
        match self {
            Self::Live => "badge--good",
            Self::Expired => "badge--warn",
            Self::Revoked => "badge--bad",
        }
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::auth::Scopes;

    #[test]
    fn a_key_that_made_room_after_it_had_expired_was_revoked_by_nobody() {
        let [early, late] = [1_000, 2_000].map(|at| OffsetDateTime::from_unix_timestamp(at).ok());
        let key = |is_live, expires_at, revoked_at| ListedKey {
            id: 1,
            name: "shop".to_owned(),
            scopes: Scopes::NONE,
            wallets: None,
            created_at: OffsetDateTime::UNIX_EPOCH,
            created_by: None,
            expires_at,
            last_used_at: None,
            revoked_at,
            revoked_by: None,
            is_live,
        };
        for (key, state) in [
            (key(true, late, None), KeyState::Live),
            (key(false, early, None), KeyState::Expired),
            (key(false, early, early), KeyState::Expired),
            (key(false, late, early), KeyState::Revoked),
            (key(false, None, early), KeyState::Revoked),
        ] {
            assert_eq!(KeyState::of(&key), state, "{key:?}");
        }
    }
}
