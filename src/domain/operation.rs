//! What may be asked of a wallet, and what comes back.

use uuid::Uuid;

use super::{Amount, Balance, IdempotencyKey};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperationKind {
    Deposit,
    Withdraw,
}

impl OperationKind {
    /// The contract's two words, case-sensitive, with nothing around them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "DEPOSIT" => Some(Self::Deposit),
            "WITHDRAW" => Some(Self::Withdraw),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deposit => "DEPOSIT",
            Self::Withdraw => "WITHDRAW",
        }
    }
}

/// A deposit or a withdrawal that is well formed; whether the wallet allows it is
/// [`Wallet::decide`](super::Wallet::decide)'s to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    pub kind: OperationKind,
    pub amount: Amount,
}

/// An operation as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationRequest {
    pub operation: Operation,
    /// With a key, the operation happens once, however often it is asked for.
    pub key: Option<IdempotencyKey>,
}

impl From<Operation> for OperationRequest {
    fn from(operation: Operation) -> Self {
        Self {
            operation,
            key: None,
        }
    }
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
