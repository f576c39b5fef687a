//! Operations on a wallet, and their receipts.

use std::sync::Arc;

use uuid::Uuid;

use super::hold::Hold;
use super::limit::Limit;
use super::{Amount, Balance};

/// The effect of an operation's amount on the balance, or on the held part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Minus = -1,
    Zero = 0,
    Plus = 1,
}

impl Sign {
    /// Returns the sign of a number in the database.
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
        /// A label with two signs, from which all other properties of a kind follow.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum OperationKind {
            $($kind),+
        }

        impl OperationKind {
            /// Every kind, at the index of its discriminant.
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
// has the same table (operation_kinds), and operations_kind_check allows no other name; a test compares all three.
kinds! {
    Deposit "DEPOSIT" Plus Zero;
    Withdraw "WITHDRAW" Minus Zero;
    TransferOut "TRANSFER_OUT" Minus Zero;
    TransferIn "TRANSFER_IN" Plus Zero;
    Hold "HOLD" Zero Plus;
    Capture "CAPTURE" Minus Minus;
    Release "RELEASE" Zero Minus;
    ReversalIn "REVERSAL_IN" Plus Zero;
    ReversalOut "REVERSAL_OUT" Minus Zero;
    Freeze "FREEZE" Zero Zero;
    Unfreeze "UNFREEZE" Zero Zero;
    Close "CLOSE" Zero Zero;
    Reopen "REOPEN" Zero Zero;
    Limit "LIMIT" Zero Zero;
    Opening "OPENING" Plus Zero;
    OpeningReduction "OPENING_REDUCTION" Minus Zero;
}

impl OperationKind {
    /// The kinds that a request can name: the contract's two words. Others are made by other requests.
    pub const REQUESTABLE: [Self; 2] = [Self::Deposit, Self::Withdraw];

    /// The kinds by which a balance that another service had is brought in: the first adds to it, the second takes from it.
    pub const OPENINGS: [Self; 2] = [Self::Opening, Self::OpeningReduction];

    /// Returns the kind of this exact name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Returns the kind of this name, if it is one of [`REQUESTABLE`](Self::REQUESTABLE).
    #[must_use]
    pub fn parse_requestable(text: &str) -> Option<Self> {
        Self::parse(text).filter(|kind| Self::REQUESTABLE.contains(kind))
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// Returns its effect on the balance.
    #[must_use]
    pub const fn balance_sign(self) -> Sign {
        self.row().1
    }

    /// Returns whether it is one side of a transfer: the other wallet's row has the opposite sign and the same amount.
    #[must_use]
    pub const fn is_transfer(self) -> bool {
        matches!(self, Self::TransferOut | Self::TransferIn)
    }

    /// Returns whether it is one of [`OPENINGS`](Self::OPENINGS): no payment, and before any.
    #[must_use]
    pub const fn is_opening(self) -> bool {
        matches!(self, Self::Opening | Self::OpeningReduction)
    }

    /// Returns its effect on the held part of the balance.
    #[must_use]
    pub const fn held_sign(self) -> Sign {
        self.row().2
    }

    /// Returns whether it moves no money and holds none: a change of the wallet's rules, whose amount is zero.
    #[must_use]
    pub fn is_rule(self) -> bool {
        self.balance_sign() == Sign::Zero && self.held_sign() == Sign::Zero
    }
}

/// A well-formed operation. [`Wallet::decide`](super::Wallet::decide) decides whether the wallet accepts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    pub kind: OperationKind,
    pub amount: Amount,
}

/// The identity of an accepted operation, by which settling finds it in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub Uuid);

impl OperationId {
    /// Returns a new identity, of version 7, so that ids made together are stored together.
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
    /// More than is available.
    #[error("insufficient funds")]
    InsufficientFunds,
    #[error("the balance would exceed {}", Balance::MAX)]
    BalanceLimit,
    #[error("the wallet is frozen")]
    Frozen,
    #[error("the wallet is closed")]
    Closed,
    #[error("the limit {} would be exceeded", limit.as_str())]
    LimitExceeded {
        limit: Limit,
        /// How much would not exceed it; `None` of a number of holds, and of another wallet's limit, which is nobody else's business.
        remaining: Option<Balance>,
    },
    /// There is none of that number, or it is closed: the ledger knows which.
    #[error("there is no such open hold")]
    NoOpenHold,
    #[error("more than remains of the hold")]
    ExceedsHold,
    /// A hold would have expired already, or last too long.
    #[error("the hold would not expire in time")]
    ExpiryOutOfRange,
    /// Nothing of it is left to reverse.
    #[error("the operation was reversed already")]
    AlreadyReversed,
    /// More than is left to reverse.
    #[error("more than the operation was")]
    ExceedsOriginal,
    /// Something may have been reversed since the original was read: it has to be read again.
    #[error("the original operation was read too long ago")]
    OriginalOutdated,
    /// A wallet that is to be closed has money, or an open hold.
    #[error("the wallet is not empty")]
    NotEmpty,
}

impl OperationRefused {
    /// The refusal of another wallet than the one that asks: without what tells its balance.
    #[must_use]
    pub fn of_other_wallet(self) -> Self {
        match self {
            Self::LimitExceeded { limit, .. } => Self::LimitExceeded {
                limit,
                remaining: None,
            },
            refused => refused,
        }
    }
}

/// Proof of a committed operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its number in the wallet's ledger.
    pub seq: i64,
    /// The balance right after this operation.
    pub balance: Balance,
    /// Of an operation on a hold: the hold right after it; `None` of a repetition, for which the ledger has to be asked.
    pub hold: Option<Arc<Hold>>,
    /// It repeats an earlier request under the same key.
    pub replayed: bool,
}
