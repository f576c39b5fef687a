//! What a wallet is and which operations it accepts: values and pure decisions, no I/O and no async.
//!
//! A value of a type here is valid by construction; nothing outside checks it again. Refusals are facts
//! ([`OperationRefused`], [`AmountError`], [`FieldError`](registration::FieldError)); only `api` maps them to a status and a
//! text.

pub mod comparison;
mod counterpart;
pub mod entry;
pub mod history;
pub mod hold;
pub mod idempotency;
mod limit;
pub mod linked;
pub mod money;
pub mod movement;
pub mod number;
pub mod operation;
mod principal;
pub mod reference;
pub mod registration;
pub mod reversal;
mod role;
pub mod rules;
pub mod staff_journal;
pub mod statement;
pub mod terms;
pub mod time_text;
pub mod wallet;
mod wallet_id;

pub use entry::Entry;
pub use idempotency::{IdempotencyKey, OperationRequest, RequestHash};
pub use money::{Amount, AmountError, Balance};
pub use movement::Movement;
pub use operation::{Operation, OperationId, OperationKind, OperationRefused, Receipt, Sign};
pub use principal::Principal;
pub use reference::Reference;
pub use registration::{NamesTaken, Registration, RegistrationErrors, RegistrationForm};
pub use role::Role;
pub use wallet::{Moment, Wallet};
pub use wallet_id::{UserId, WalletId};
