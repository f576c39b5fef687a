//! What an answer says of what has happened, or why it has not.

use std::fmt;

use uuid::Uuid;
use wallet_engine::domain::hold::HoldStatus;
use wallet_engine::domain::{Balance, OperationRefused};

use crate::ledger::Row;

/// What a success says of the row that it stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub balance: Option<Balance>,
    pub seq: Option<i64>,
    /// Of a row that concerns a hold: the hold after it.
    pub hold: Option<HoldTold>,
}

/// A hold at some moment of its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldTold {
    pub id: i64,
    pub status: HoldStatus,
    pub amount: Balance,
    pub captured: Balance,
    pub released: Balance,
    pub remaining: Balance,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub told: Told,
    pub transfer: Option<Uuid>,
    pub replayed: bool,
}

/// Why something was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Funds,
    Frozen,
    Limit,
    ExceedsHold,
    HoldClosed,
    HoldExpired,
    HoldNotFound,
    OperationNotFound,
    NotReversible,
    AlreadyReversed,
    ExceedsOriginal,
}

impl Told {
    /// Whether it can be said of that row.
    pub fn is_of(&self, row: &Row) -> bool {
        self.balance
            .is_none_or(|balance| balance == row.balance_after)
            && self.seq.is_none_or(|seq| seq == row.seq)
    }
}

impl From<Balance> for Told {
    fn from(balance: Balance) -> Self {
        Self {
            balance: Some(balance),
            ..Self::default()
        }
    }
}

impl Reason {
    const ALL: [Self; 11] = [
        Self::Funds,
        Self::Frozen,
        Self::Limit,
        Self::ExceedsHold,
        Self::HoldClosed,
        Self::HoldExpired,
        Self::HoldNotFound,
        Self::OperationNotFound,
        Self::NotReversible,
        Self::AlreadyReversed,
        Self::ExceedsOriginal,
    ];

    /// Its code in the API.
    const fn code(self) -> &'static str {
        match self {
            Self::Funds => "insufficient_funds",
            Self::Frozen => "wallet_frozen",
            Self::Limit => "limit_exceeded",
            Self::ExceedsHold => "exceeds_hold",
            Self::HoldClosed => "hold_closed",
            Self::HoldExpired => "hold_expired",
            Self::HoldNotFound => "hold_not_found",
            Self::OperationNotFound => "operation_not_found",
            Self::NotReversible => "not_reversible",
            Self::AlreadyReversed => "already_reversed",
            Self::ExceedsOriginal => "exceeds_original",
        }
    }

    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// Reads a refusal in the recorded service's form.
    pub fn of_message(message: &str) -> Option<Self> {
        match message {
            "Недостаточно средств" => Some(Self::Funds),
            "Кошелек заморожен" => Some(Self::Frozen),
            "Превышен лимит кошелька" => Some(Self::Limit),
            _ => None,
        }
    }

    /// What the domain calls it; `None` of what it has no single word for.
    pub fn of(refused: OperationRefused) -> Option<Self> {
        match refused {
            OperationRefused::InsufficientFunds => Some(Self::Funds),
            OperationRefused::Frozen => Some(Self::Frozen),
            OperationRefused::LimitExceeded { .. } => Some(Self::Limit),
            OperationRefused::ExceedsHold => Some(Self::ExceedsHold),
            OperationRefused::AlreadyReversed => Some(Self::AlreadyReversed),
            OperationRefused::ExceedsOriginal => Some(Self::ExceedsOriginal),
            _ => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for HoldTold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "hold {} {}: {} captured, {} released, {} remaining of {}",
            self.id,
            self.status.as_str(),
            self.captured,
            self.released,
            self.remaining,
            self.amount
        )
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(balance) = self.balance {
            write!(f, ", balance {balance}")?;
        }
        if let Some(seq) = self.seq {
            write!(f, ", seq {seq}")?;
        }
        if let Some(hold) = &self.hold {
            write!(f, ", {hold}")?;
        }
        Ok(())
    }
}
