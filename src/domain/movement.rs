//! What is asked of a wallet's money: a deposit, a withdrawal, or a transfer to another wallet.

use super::{Amount, Operation, OperationKind, WalletId};

/// A movement of money, as a client asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// A deposit to the wallet, or a withdrawal from it.
    Operation(Operation),
    /// Moves the amount to another wallet.
    Transfer { to: WalletId, amount: Amount },
}

impl Movement {
    /// The kinds of the rows that movements make in the ledger of their own wallet.
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

    /// Returns the movement of this [`operation`](Self::operation) and [`receiver`](Self::receiver); `None` if no
    /// movement has both.
    #[must_use]
    pub fn of(operation: Operation, receiver: Option<WalletId>) -> Option<Self> {
        let Operation { kind, amount } = operation;
        let fits = Self::KINDS.contains(&kind) && receiver.is_some() == Self::has_receiver(kind);
        fits.then_some(match receiver {
            Some(to) => Self::Transfer { to, amount },
            None => Self::Operation(operation),
        })
    }

    /// The kind and the amount of the row in the wallet's own ledger.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match *self {
            Self::Operation(operation) => operation,
            Self::Transfer { amount, .. } => Operation {
                kind: OperationKind::TransferOut,
                amount,
            },
        }
    }

    /// The wallet that a transfer pays.
    #[must_use]
    pub fn receiver(&self) -> Option<WalletId> {
        match *self {
            Self::Operation(_) => None,
            Self::Transfer { to, .. } => Some(to),
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
            for (movement, to) in made.into_iter().zip([None, Some(receiver)]) {
                let Some(movement) = movement else { continue };
                assert_eq!((movement.operation(), movement.receiver()), (operation, to));
            }
            let is_asked_for = Movement::KINDS.contains(&kind);
            assert_eq!(made.iter().flatten().count(), usize::from(is_asked_for));
        }
    }
}
