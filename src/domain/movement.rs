//! What is asked of a wallet.

use super::hold::Expiry;
use super::reversal::Reversal;
use super::rules::RulesChange;
use super::{Amount, Operation, OperationKind, WalletId};

/// What a client asks of a wallet, valid by itself. [`Wallet::decide`](super::Wallet::decide) decides whether the wallet accepts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Movement {
    /// A deposit to the wallet, or a withdrawal from it.
    Operation(Operation),
    /// Moves the amount to another wallet.
    Transfer { to: WalletId, amount: Amount },
    /// Reserves the amount.
    Hold { amount: Amount, expiry: Expiry },
    /// Takes money that is held.
    Capture(Capture),
    /// Gives back what remains of the hold of this number.
    Void { hold: i64 },
    /// Gives an earlier operation back.
    Reversal(Box<Reversal>),
    /// Changes the wallet's rules.
    Rules(Box<RulesChange>),
}

/// A capture of a hold, or of a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capture {
    /// The number of the row that placed the hold.
    pub hold: i64,
    /// `None`: all that remains.
    pub amount: Option<Amount>,
    /// Whether the rest is released.
    pub is_final: bool,
    /// The wallet that is paid; `None`: the money leaves, as by a withdrawal.
    pub to: Option<WalletId>,
}

impl Movement {
    /// The kinds that staff may submit by themselves.
    pub const KINDS: [OperationKind; 3] = [
        OperationKind::Deposit,
        OperationKind::Withdraw,
        OperationKind::TransferOut,
    ];

    /// Returns whether a movement of this kind pays another wallet.
    #[must_use]
    pub fn has_receiver(kind: OperationKind) -> bool {
        kind == OperationKind::TransferOut
    }

    /// Returns the movement of one of [`KINDS`](Self::KINDS) and its [`other`](Self::other) wallet; `None` if no movement has both.
    #[must_use]
    pub fn of(operation: Operation, receiver: Option<WalletId>) -> Option<Self> {
        let Operation { kind, amount } = operation;
        let fits = Self::KINDS.contains(&kind) && receiver.is_some() == Self::has_receiver(kind);
        fits.then_some(match receiver {
            Some(to) => Self::Transfer { to, amount },
            None => Self::Operation(operation),
        })
    }

    /// The kind of its row in the wallet's own ledger; of a change of rules, [`Limit`](OperationKind::Limit), whatever it changes.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::Operation(operation) => operation.kind,
            Self::Transfer { .. } => OperationKind::TransferOut,
            Self::Hold { .. } => OperationKind::Hold,
            Self::Capture(_) => OperationKind::Capture,
            Self::Void { .. } => OperationKind::Release,
            Self::Reversal(reversal) => {
                let kind = reversal.original.operation.kind.reversed_by();
                kind.unwrap_or(OperationKind::ReversalOut)
            }
            Self::Rules(_) => OperationKind::Limit,
        }
    }

    /// The amount that it names, if it names one.
    #[must_use]
    pub fn amount(&self) -> Option<Amount> {
        match self {
            Self::Operation(operation) => Some(operation.amount),
            Self::Transfer { amount, .. } | Self::Hold { amount, .. } => Some(*amount),
            Self::Capture(capture) => capture.amount,
            Self::Reversal(reversal) => reversal.amount,
            Self::Void { .. } | Self::Rules(_) => None,
        }
    }

    /// Its row in the wallet's own ledger, without an amount where it names none.
    #[must_use]
    pub fn operation(&self) -> Operation {
        Operation {
            kind: self.kind(),
            amount: self.amount().unwrap_or(Amount::ZERO),
        }
    }

    /// The other wallet that it changes, if it changes one.
    #[must_use]
    pub fn other(&self) -> Option<WalletId> {
        match self {
            Self::Transfer { to, .. } => Some(*to),
            Self::Capture(capture) => capture.to,
            Self::Reversal(reversal) => Some(reversal.original.other()?.wallet),
            Self::Operation(_) | Self::Hold { .. } | Self::Void { .. } | Self::Rules(_) => None,
        }
    }
}

impl From<Operation> for Movement {
    fn from(operation: Operation) -> Self {
        Self::Operation(operation)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_movement_is_made_again_of_its_operation_and_its_receiver() {
        let receiver = WalletId(Uuid::from_u128(1));
        for kind in OperationKind::ALL {
            let amount = Amount::from_cents(5).unwrap();
            let operation = Operation { kind, amount };
            let made = [None, Some(receiver)].map(|to| Movement::of(operation, to));
            for (movement, to) in made.iter().zip([None, Some(receiver)]) {
                let Some(movement) = movement else { continue };
                assert_eq!((movement.kind(), movement.other()), (kind, to));
            }
            let is_asked_for = Movement::KINDS.contains(&kind);
            assert_eq!(made.iter().flatten().count(), usize::from(is_asked_for));
        }
    }
}
