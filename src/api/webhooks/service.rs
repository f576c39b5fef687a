//! The webhooks of the application, and what their errors are to a client.

use std::sync::Arc;

use actix_web::web;
use tokio::time::timeout_at;

use super::super::error::Error;
use super::super::faults::{Fault, Faults};
use super::super::gate::Caller;
use super::super::resource::Call;
use super::super::webhook_refused::WebhookRefused;
use super::asked::After;
use crate::domain::{IdempotencyKey, Principal, WalletId};
use crate::engine::{Cause, Engine, EngineError};
use crate::events::webhooks::{Changed, Guard, NoSecret, Request, Store, StoreError, Webhooks};
use crate::events::{Cursor, SourceError};

/// The webhooks, for one request.
pub struct Service<'r> {
    webhooks: &'r Webhooks,
    engine: &'r Engine,
}

impl<'r> Service<'r> {
    /// The webhooks of the application.
    ///
    /// # Errors
    /// The application has none.
    pub fn of(call: &Call<'r>) -> Result<Self, Error> {
        let webhooks = call.request.app_data::<web::Data<Webhooks>>();
        Ok(Self {
            webhooks: webhooks.ok_or(Error::NoSuchPath)?,
            engine: call.engine,
        })
    }

    pub fn store(&self) -> &'r dyn Store {
        self.webhooks.store()
    }

    /// Where deliveries may go.
    pub fn guard(&self) -> Guard {
        self.webhooks.guard()
    }

    /// Awaits a query.
    ///
    /// # Errors
    /// It failed, or was too slow.
    pub async fn read<T>(
        &self,
        query: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Error> {
        let answer = timeout_at(self.engine.deadline(), query).await;
        answer
            .map_err(|_| not_done(Arc::new(TooSlow)))?
            .map_err(|error| not_done(Arc::new(error)))
    }

    /// Awaits a change.
    ///
    /// # Errors
    /// It failed, or was too slow, and may have happened.
    pub async fn write<T>(
        &self,
        change: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Error> {
        let unknown = |cause| Error::Engine(EngineError::Unavailable(cause));
        let answer = timeout_at(self.engine.deadline(), change).await;
        answer
            .map_err(|_| unknown(Arc::new(TooSlow)))?
            .map_err(|error| match error {
                StoreError::NotDone(cause) => not_done(cause),
                StoreError::Unknown(cause) => unknown(cause),
            })
    }

    /// The place in the feed that is asked for.
    ///
    /// # Errors
    /// The feed failed, or was too slow.
    pub async fn cursor(&self, after: After) -> Result<Cursor, Error> {
        match after {
            After::Start => Ok(Cursor::START),
            After::Cursor(cursor) => Ok(cursor),
            After::Now => {
                let head = timeout_at(self.engine.deadline(), self.webhooks.head()).await;
                head.map_err(|_| not_done(Arc::new(TooSlow)))?
                    .map_err(of_the_feed)
            }
        }
    }

    /// Checks that the wallet exists for the caller.
    ///
    /// # Errors
    /// It does not, or this could not be found out.
    pub async fn check_wallet(&self, wallet: WalletId, caller: &Caller) -> Result<(), Error> {
        let missing = || Error::Fields(Faults::one("wallet", Fault::NoSuchWallet));
        if !caller.reaches(wallet) {
            return Err(missing());
        }
        match self.engine.wallet(wallet).await {
            Ok(_) => Ok(()),
            Err(EngineError::WalletNotFound) => Err(missing()),
            Err(error) => Err(Error::Engine(error)),
        }
    }
}

/// What the caller asks for, under its key if there is one.
pub fn request<'a>(
    call: &'a Call<'_>,
    principal: Option<&'a Principal>,
    key: Option<&'a IdempotencyKey>,
    hash: &[u8; 32],
) -> Request<'a> {
    Request {
        principal,
        reach: call.caller.reach(),
        key: key.map(|key| (key, *hash)),
        entry: None,
    }
}

/// What was changed, and whether that had happened before.
///
/// # Errors
/// Why it was not.
pub fn done<T>(changed: Changed<T>) -> Result<(T, bool), Error> {
    match changed {
        Changed::Done(value) => Ok((value, false)),
        Changed::Replayed(value) => Ok((value, true)),
        Changed::KeyReused => Err(Error::Engine(EngineError::KeyReused)),
        Changed::NotFound => Err(Error::Webhook(WebhookRefused::NotFound)),
        Changed::Full => Err(Error::Webhook(WebhookRefused::TooMany)),
    }
}

pub fn no_secret(error: NoSecret) -> Error {
    not_done(Arc::new(error))
}

fn of_the_feed(error: SourceError) -> Error {
    not_done(Arc::new(error))
}

fn not_done(cause: Cause) -> Error {
    Error::Engine(EngineError::NotDone(cause))
}

#[derive(Debug, thiserror::Error)]
#[error("the webhooks did not answer in time")]
struct TooSlow;
