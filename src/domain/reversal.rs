//! Reversals: an earlier operation is given back, whole or in parts, never more than it was.

use super::counterpart::Counterpart;
use super::{Amount, Balance, Operation, OperationKind, Sign};

/// A reversal of an earlier operation of the same wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reversal {
    pub original: Original,
    /// `None`: what has not been reversed yet.
    pub amount: Option<Amount>,
}

/// What is known of the operation that is to be reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Original {
    pub seq: i64,
    pub operation: Operation,
    /// The other wallet's row, if it moved money between wallets.
    pub counterpart: Option<Counterpart>,
    /// What was reversed of it when the wallet had the version `as_of`.
    pub reversed: Balance,
    pub as_of: i64,
    /// The database's incarnation that it was read in.
    pub incarnation: u64,
}

impl Original {
    /// The wallet that a reversal moves money from or to, beside its own.
    #[must_use]
    pub fn other(&self) -> Option<Counterpart> {
        self.counterpart.filter(|other| other.transfer.is_some())
    }
}

impl OperationKind {
    /// Whether a row of this kind reverses another.
    #[must_use]
    pub fn is_reversal(self) -> bool {
        matches!(self, Self::ReversalIn | Self::ReversalOut)
    }

    /// The kind of the row that reverses a row of this kind; `None`: it cannot be reversed.
    #[must_use]
    pub fn reversed_by(self) -> Option<Self> {
        match self.balance_sign() {
            _ if self.is_reversal() || self.is_opening() => None,
            Sign::Zero => None,
            Sign::Plus => Some(Self::ReversalOut),
            Sign::Minus => Some(Self::ReversalIn),
        }
    }
}
