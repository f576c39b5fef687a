//! Who a key or a token is of, and what they may do.

use std::sync::atomic::{AtomicBool, Ordering};

use time::OffsetDateTime;

use super::scope::{Scope, Scopes};
use crate::domain::{Principal, UserId, WalletId};

/// What is revoked, and what a rate is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An API key, by its number.
    Key(i64),
    /// The owner of a wallet, with all their tokens.
    Owner(UserId),
}

/// The wallets that are within reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    All,
    /// In the order of their ids.
    Wallets(Box<[WalletId]>),
}

/// The bearer of a valid key or token.
#[derive(Debug)]
pub struct Identity {
    pub subject: Subject,
    /// As the ledger and the log name them.
    pub principal: Principal,
    pub scopes: Scopes,
    pub reach: Reach,
    /// `None`: never.
    pub expires_at: Option<OffsetDateTime>,
    /// Used since that was last recorded.
    pub(super) used: AtomicBool,
}

impl Reach {
    /// The reach of these wallets alone.
    #[must_use]
    pub fn of(mut wallets: Vec<WalletId>) -> Self {
        wallets.sort_unstable();
        wallets.dedup();
        Self::Wallets(wallets.into())
    }

    #[must_use]
    pub fn has(&self, wallet: WalletId) -> bool {
        match self {
            Self::All => true,
            Self::Wallets(wallets) => wallets.binary_search(&wallet).is_ok(),
        }
    }
}

impl Identity {
    #[must_use]
    pub fn new(
        subject: Subject,
        principal: Principal,
        scopes: Scopes,
        reach: Reach,
        expires_at: Option<OffsetDateTime>,
    ) -> Self {
        Self {
            subject,
            principal,
            scopes,
            reach,
            expires_at,
            used: AtomicBool::new(false),
        }
    }

    /// Whether it may do what takes one of these scopes.
    #[must_use]
    pub fn may(&self, scopes: Scopes) -> bool {
        self.scopes.meets(scopes)
    }

    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.has(scope)
    }

    #[must_use]
    pub fn has_expired(&self, now: OffsetDateTime) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Records that it was used.
    pub(super) fn touch(&self) {
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
    }
}
