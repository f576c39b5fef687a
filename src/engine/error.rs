//! Why the engine did not do what was requested. Only `api` turns these into responses.

use std::error::Error;
use std::sync::Arc;

use super::passwords::Unverifiable;
use crate::domain::linked::LinkedRefused;
use crate::domain::{OperationRefused, RegistrationErrors, WalletId};

/// The cause of an error, for the log; shared, because one failed write fails many callers.
pub type Cause = Arc<dyn Error + Send + Sync>;

#[derive(Clone, Debug, thiserror::Error)]
pub enum EngineError {
    #[error("there is no such wallet")]
    WalletNotFound,
    /// The wallet has no operation of this number.
    #[error("there is no such operation")]
    OperationNotFound,
    /// The wallet has no hold of this number.
    #[error("there is no such hold")]
    HoldNotFound,
    /// The operation is of a kind that is never reversed.
    #[error("the operation cannot be reversed")]
    NotReversible,
    /// Decided on a committed balance; nothing was changed.
    #[error("the wallet refused the operation")]
    Refused(#[source] OperationRefused),
    /// Another operation was committed under its key. Nothing was changed.
    #[error("the idempotency key belongs to another operation")]
    KeyReused,
    /// Some field of a registration is wrong, or a name is taken.
    #[error("the registration is not acceptable")]
    Registration(RegistrationErrors),
    /// No password can be compared with what is stored: the user cannot sign in until a new one is set. It is not a wrong password.
    #[error("the stored password cannot be compared")]
    UnverifiablePassword(#[source] Unverifiable),
    /// A queue is full. The request had no effect and can be sent again.
    #[error("{0} is full")]
    Overloaded(Queue),
    /// The engine is shutting down. The request had no effect.
    #[error("the engine is stopping")]
    Stopping,
    /// The database was not reached, or a query timed out. No write was sent, nor will be: the request had no effect and
    /// can be sent again.
    #[error("the request was not done")]
    NotDone(#[source] Cause),
    /// A write timed out, or the engine or the database failed. The outcome of an operation is what the database holds
    /// when it is back.
    #[error("the engine could not finish the request")]
    Unavailable(#[source] Cause),
}

/// Why a linked set did not happen.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LinkedError {
    #[error("there is no wallet {0}")]
    WalletNotFound(WalletId),
    #[error("a wallet cannot pay itself")]
    SameWallet,
    #[error("one step of the linked set was refused")]
    Refused(#[source] LinkedRefused),
    #[error("the idempotency key of step {0} belongs to another operation")]
    KeyReused(usize),
    /// What is not its own to say.
    #[error("the linked set was not done")]
    Engine(#[source] EngineError),
}

/// A bounded queue of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    Wallet,
    Engine,
    PasswordHashing,
    History,
    Feed,
}

impl std::fmt::Display for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Wallet => "the queue of the wallet",
            Self::Engine => "the queue of the engine",
            Self::PasswordHashing => "the queue for password hashing",
            Self::History => "the queue for histories",
            Self::Feed => "the queue for the feed",
        })
    }
}

/// Why the journal did not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It was not reached, or the query failed or timed out.
    #[error("the query failed")]
    Unanswered(#[source] Cause),
    /// A retry does not help: it holds something that the engine does not understand.
    #[error("the result of the query cannot be read")]
    Unreadable(#[source] Cause),
}
