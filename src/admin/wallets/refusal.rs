//! Why the engine did not do what a form of staff asked for.

use actix_web::http::StatusCode;
use tracing::warn;

use super::rules_text;
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::domain::{OperationRefused, WalletId};
use crate::engine::{EngineError, LinkedError};
use crate::messages::{Lang, text};
use crate::telemetry::chain;

/// The answer to a form that was not applied.
pub struct Refusal {
    pub text: String,
    pub status: StatusCode,
    /// The operation may have happened, or may still happen: the form keeps its key.
    pub unknown: bool,
}

/// What was asked for.
#[derive(Clone, Copy)]
pub struct Attempt {
    pub wallet: WalletId,
    /// It moves money between two wallets.
    pub is_between: bool,
    /// The first one under its key; otherwise the outcome of another one may be unknown.
    pub is_new: bool,
    pub lang: Lang,
}

impl Refusal {
    /// Nothing happened, nor will.
    pub fn final_refusal(text: impl Into<String>, status: StatusCode) -> Self {
        Self {
            text: text.into(),
            status,
            unknown: false,
        }
    }

    /// The database did not say whether something happened.
    pub fn unknown(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            status: StatusCode::SERVICE_UNAVAILABLE,
            unknown: true,
        }
    }

    /// Maps the engine's error; what does not exist has no page.
    pub fn of(error: &LinkedError, attempt: Attempt) -> Result<Self, AdminError> {
        let Attempt {
            wallet,
            is_new,
            lang,
            ..
        } = attempt;
        let conflict = |text: &str| Ok(Self::final_refusal(text, StatusCode::CONFLICT));
        let full = |text: &str| Ok(Self::final_refusal(text, StatusCode::SERVICE_UNAVAILABLE));
        match error {
            LinkedError::Refused(refused) => conflict(&attempt.refused(refused.reason)),
            LinkedError::SameWallet => Ok(Self::final_refusal(
                text!(lang, "wallets-receiver-same"),
                StatusCode::UNPROCESSABLE_ENTITY,
            )),
            LinkedError::KeyReused(_) => conflict(text!(lang, "wallets-key-reused")),
            LinkedError::WalletNotFound(_)
            | LinkedError::Engine(
                EngineError::WalletNotFound
                | EngineError::OperationNotFound
                | EngineError::HoldNotFound,
            ) => Err(AdminError::NotFound),
            LinkedError::Engine(EngineError::NotReversible) => {
                conflict(text!(lang, "not-reversible"))
            }
            LinkedError::Engine(EngineError::Overloaded(_)) if is_new => {
                full(text!(lang, "wallets-overloaded"))
            }
            LinkedError::Engine(EngineError::Stopping) if is_new => {
                full(text!(lang, "wallets-stopping"))
            }
            LinkedError::Engine(EngineError::NotDone(error)) if is_new => {
                warn!(wallet.id = %wallet, error = %chain(&**error), "operation of staff not applied");
                full(text!(lang, "wallets-unreachable"))
            }
            error @ LinkedError::Engine(_) => {
                warn!(wallet.id = %wallet, error = %chain(error), "outcome of an operation of staff unknown");
                Ok(Self::unknown(text!(lang, "wallets-outcome-unknown")))
            }
        }
    }
}

impl Attempt {
    /// Returns why a wallet refused it.
    fn refused(self, reason: OperationRefused) -> String {
        let lang = self.lang;
        let text = match reason {
            OperationRefused::InsufficientFunds => text!(lang, "wallets-insufficient-funds"),
            // What moves to another wallet is taken from this one.
            OperationRefused::BalanceLimit if self.is_between => {
                text!(lang, "wallets-receiver-limit")
            }
            OperationRefused::BalanceLimit => text!(lang, "wallets-balance-limit"),
            OperationRefused::Frozen if self.is_between => text!(lang, "wallets-either-frozen"),
            OperationRefused::Frozen => text!(lang, "wallets-frozen"),
            OperationRefused::Closed if self.is_between => text!(lang, "wallets-either-closed"),
            OperationRefused::Closed => text!(lang, "wallets-closed"),
            OperationRefused::LimitExceeded { limit, remaining } => {
                let limit = rules_text::limit_name(limit, lang);
                return match remaining.map(|remaining| format::money(remaining, lang)) {
                    Some(remaining) => text!(
                        lang,
                        "wallets-limit-exceeded",
                        limit = limit,
                        remaining = remaining
                    ),
                    None => text!(lang, "wallets-limit-reached", limit = limit),
                };
            }
            OperationRefused::NoOpenHold => text!(lang, "holds-not-open"),
            OperationRefused::ExceedsHold => text!(lang, "exceeds-hold"),
            OperationRefused::AlreadyReversed => text!(lang, "already-reversed"),
            OperationRefused::ExceedsOriginal => text!(lang, "exceeds-original"),
            OperationRefused::NotEmpty => text!(lang, "rules-not-empty"),
            // `Engine::reverse` reads the original again, and no form places a hold.
            OperationRefused::OriginalOutdated | OperationRefused::ExpiryOutOfRange => {
                text!(lang, "unavailable")
            }
        };
        text.to_owned()
    }
}
