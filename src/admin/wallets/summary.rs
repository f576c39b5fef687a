//! Whose wallet a form is for, and what its balance is now and would be afterwards.
//!
//! It is read from the database when the page is made. Another operation may come in between: the engine decides on the balance
//! that it then finds, and a form that was confirmed is not asked about again.

use askama::Template;

use crate::admin::format;
use crate::domain::{Amount, Balance, Movement, Sign, WalletId};
use crate::messages::{Lang, text};
use crate::storage::admin::{ListedWallet, Owner};
use crate::storage::{Database, StorageError};

/// One or two wallets, as a part of a page.
#[derive(Template)]
#[template(path = "wallets/summary.html")]
pub struct Summary {
    lang: Lang,
    own: Side,
    /// The other one, if money moves between two.
    other: Option<Side>,
}

/// A wallet, and what is to happen to its balance.
pub struct Side {
    id: WalletId,
    /// `None` if the user was deleted by hand.
    owner: Option<Owner>,
    /// `None` if it cannot be read.
    balance: Option<Balance>,
    held: Option<Balance>,
    after: After,
}

/// The balance afterwards.
enum After {
    /// Nothing is to happen to it, or nothing is known.
    Same,
    Is(Balance),
    /// The wallet has too little, or would have too much.
    Impossible,
}

/// What is to happen to a balance.
#[derive(Clone, Copy)]
pub struct Effect {
    pub sign: Sign,
    pub amount: Amount,
}

/// A wallet that a form names does not exist.
pub enum Missing {
    Own,
    Other,
}

impl Effect {
    const NONE: Self = Self {
        sign: Sign::Zero,
        amount: Amount::ZERO,
    };

    /// What it does to the other wallet.
    fn opposite(self) -> Self {
        let sign = match self.sign {
            Sign::Plus => Sign::Minus,
            Sign::Minus => Sign::Plus,
            Sign::Zero => Sign::Zero,
        };
        Self { sign, ..self }
    }
}

impl Summary {
    /// Returns a wallet as it is.
    pub async fn now(
        database: &Database,
        id: WalletId,
        lang: Lang,
    ) -> Result<Result<Self, Missing>, StorageError> {
        Self::after(database, (id, Effect::NONE), None, lang).await
    }

    /// Returns what an adjustment does.
    pub async fn of(
        database: &Database,
        id: WalletId,
        movement: &Movement,
        lang: Lang,
    ) -> Result<Result<Self, Missing>, StorageError> {
        let operation = movement.operation();
        let effect = Effect {
            sign: operation.kind.balance_sign(),
            amount: operation.amount,
        };
        Self::after(database, (id, effect), movement.other(), lang).await
    }

    /// Returns what an effect on a wallet does, and its opposite on another one.
    pub async fn after(
        database: &Database,
        (id, effect): (WalletId, Effect),
        other: Option<WalletId>,
        lang: Lang,
    ) -> Result<Result<Self, Missing>, StorageError> {
        let Some(own) = database.wallet_find(id).await? else {
            return Ok(Err(Missing::Own));
        };
        let other = match other {
            None => None,
            Some(other) => match database.wallet_find(other).await? {
                Some(wallet) => Some(Side::of(wallet, effect.opposite())),
                None => return Ok(Err(Missing::Other)),
            },
        };
        Ok(Ok(Self {
            lang,
            own: Side::of(own, effect),
            other,
        }))
    }
}

impl Side {
    fn of(wallet: ListedWallet, effect: Effect) -> Self {
        let after = match (effect.sign, wallet.balance, wallet.available()) {
            (Sign::Plus, Some(balance), _) => Some(balance.plus(effect.amount)),
            (Sign::Minus, Some(balance), Some(available)) => {
                let suffices = available.minus(effect.amount).is_some();
                Some(balance.minus(effect.amount).filter(|_| suffices))
            }
            _ => None,
        };
        Self {
            id: wallet.id,
            balance: wallet.balance,
            held: wallet.held.filter(|held| *held > Balance::ZERO),
            after: match after {
                None => After::Same,
                Some(Some(balance)) => After::Is(balance),
                Some(None) => After::Impossible,
            },
            owner: wallet.owner,
        }
    }
}
