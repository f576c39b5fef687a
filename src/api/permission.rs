//! What a registered endpoint takes of its caller.

use crate::auth::{Scope, Scopes};

/// Who may call an endpoint, if `WALLET_AUTH` is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Anybody.
    Public,
    /// Whoever has one of these scopes; where the address names a wallet, on that wallet.
    AnyOf(Scopes),
    /// An owner, by their token.
    Owner,
}

impl Permission {
    /// Whoever has the scope.
    pub const fn of(scope: Scope) -> Self {
        Self::AnyOf(Scopes::of(&[scope]))
    }
}
