//! What may be asked of a wallet, and what comes back.

use uuid::Uuid;

use super::{Amount, Balance};

/// What an operation's amount does to a sum that its wallet keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Minus = -1,
    Zero = 0,
    Plus = 1,
}

impl Sign {
    /// The sign as the database keeps it.
    #[must_use]
    pub fn from_number(number: i16) -> Option<Self> {
        [Self::Minus, Self::Zero, Self::Plus]
            .into_iter()
            .find(|sign| sign.number() == number)
    }

    #[must_use]
    pub fn number(self) -> i16 {
        self as i16
    }
}

macro_rules! kinds {
    ($($kind:ident $name:literal $balance:ident $held:ident;)+) => {
        /// A label with two signs; whatever else is to be known of a kind follows from them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum OperationKind {
            $($kind),+
        }

        impl OperationKind {
            /// Every kind, each at the place of its number.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$kind),+];

            const fn row(self) -> (&'static str, Sign, Sign) {
                match self {
                    $(Self::$kind => ($name, Sign::$balance, Sign::$held)),+
                }
            }
        }
    };
}

// The kinds: the name in the ledger and the API, the sign for the balance, the sign for what is held of it. The database
// has the same table (operation_kinds), and operations_kind_check lets in no other name; a test holds all three equal.
kinds! {
    Deposit "DEPOSIT" Plus Zero;
    Withdraw "WITHDRAW" Minus Zero;
}

impl OperationKind {
    /// What can be asked of a wallet by the name of a kind: the contract's two words. Other kinds come of other requests.
    pub const ASKED_FOR: [Self; 2] = [Self::Deposit, Self::Withdraw];

    /// The kind of this name, case-sensitive, with nothing around it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The kind of this name, if it is one of [`ASKED_FOR`](Self::ASKED_FOR).
    #[must_use]
    pub fn parse_asked_for(text: &str) -> Option<Self> {
        Self::parse(text).filter(|kind| Self::ASKED_FOR.contains(kind))
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// What it does to the balance.
    #[must_use]
    pub const fn balance_sign(self) -> Sign {
        self.row().1
    }

    /// What it does to the part of the balance that is held.
    #[must_use]
    pub const fn held_sign(self) -> Sign {
        self.row().2
    }
}

/// An operation that is well formed; whether the wallet allows it is
/// [`Wallet::decide`](super::Wallet::decide)'s to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    pub kind: OperationKind,
    pub amount: Amount,
}

/// One accepted operation's identity in the ledger, by which its fate is found after a lost answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub Uuid);

impl OperationId {
    /// A new identity; version 7, so that neighbours in time are neighbours on disk.
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl Default for OperationId {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a wallet refuses a well-formed operation. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperationRefused {
    #[error("insufficient funds")]
    InsufficientFunds,
    #[error("the balance would exceed {}", Balance::MAX)]
    BalanceLimit,
}

/// Proof of a committed operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The balance right after this very operation, whatever followed it.
    pub balance: Balance,
    /// It had been asked for before under the same key, and happened then.
    pub replayed: bool,
}
