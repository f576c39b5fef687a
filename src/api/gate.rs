//! Who may call which endpoint, if `WALLET_AUTH` is on: checked before anything of a body is read.
//!
//! 1. The credential of the `Authorization` header is found ([`Access`]): without a valid one, 401. A client whose credentials are
//!    refused again and again is refused for a while without another look (429), as each look costs a query; who was found before
//!    is not.
//! 2. The rate of its key or owner: 429.
//! 3. A scope that the endpoint names in its registration ([`Permission`]): without one of them, 403.
//! 4. The wallet in the address: out of reach, it is a wallet that does not exist, whether or not it does, in the same time.
//!
//! A method that a resource does not have takes a credential as well, unless one of the resource is public. With `WALLET_AUTH` off,
//! everybody may do everything, and the header is not looked at.

use std::num::NonZeroU32;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest};
use tokio::time::timeout_at;

use super::error::Error;
use super::permission::Permission;
use super::refused_access::Unauthenticated;
use crate::auth::{Access, Cause, Credential, Digest, Identity, Reach, Scope, Scopes, Subject};
use crate::config::ClientRate;
use crate::domain::{Principal, WalletId};
use crate::engine::{Engine, EngineError};
use crate::web::access_metrics::{AccessMetrics, Outcome};
use crate::web::client::{self, Network};
use crate::web::error::Refusal;
use crate::web::rate::{RateExceeded, RateLimit};

/// Refused credentials of one client: so many a second, and so many at once.
const REFUSED_RATE: ClientRate = ClientRate {
    per_s: NonZeroU32::MIN.saturating_add(19),
    burst: NonZeroU32::MIN.saturating_add(99),
};

/// Who calls an endpoint.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Anybody: `WALLET_AUTH` is off, or the endpoint is public.
    Anyone,
    Known(Arc<Identity>, Digest),
}

/// The check of every request. Part of the application's data.
pub struct Gate {
    /// `None`: `WALLET_AUTH` is off.
    access: Option<Access>,
    /// By key and by owner.
    rate: Option<RateLimit<Subject>>,
    refused: RateLimit<Network>,
    metrics: AccessMetrics,
}

impl Gate {
    /// With `WALLET_AUTH` on.
    #[must_use]
    pub fn closed(access: Access, rate: Option<ClientRate>, metrics: AccessMetrics) -> Self {
        Self {
            access: Some(access),
            rate: rate.map(RateLimit::new),
            refused: RateLimit::new(REFUSED_RATE),
            metrics,
        }
    }

    /// With `WALLET_AUTH` off.
    #[must_use]
    pub fn open(metrics: AccessMetrics) -> Self {
        Self {
            access: None,
            rate: None,
            refused: RateLimit::new(REFUSED_RATE),
            metrics,
        }
    }

    /// Who may do what; `None` if `WALLET_AUTH` is off.
    pub fn access(&self) -> Option<&Access> {
        self.access.as_ref()
    }

    /// Returns who calls, if they may do what takes this permission (`None`: any valid credential) on the wallet of the address.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], [`Error::Forbidden`], that there is no such wallet, that a rate is exceeded, or that access could
    /// not be checked.
    pub async fn admit(
        &self,
        request: &HttpRequest,
        (permission, wallet): (Option<Permission>, Option<WalletId>),
        engine: &Engine,
    ) -> Result<Caller, Error> {
        let Some(access) = &self.access else {
            return Ok(Caller::Anyone);
        };
        if permission == Some(Permission::Public) {
            return Ok(Caller::Anyone);
        }
        let (identity, digest) = match self.authenticate(access, request, engine).await {
            Ok(known) => known,
            Err(error) => {
                match error {
                    Error::Unauthenticated(_) => {
                        self.metrics.count(None, Outcome::Unauthenticated);
                    }
                    Error::Web(_) => self.metrics.count(None, Outcome::RateLimited),
                    // Whether it is authenticated is not known.
                    _ => {}
                }
                return Err(error);
            }
        };
        // For the log and the span.
        request
            .extensions_mut()
            .insert(Principal::clone(&identity.principal));
        let admitted = self.check(&identity, permission, wallet);
        let outcome = match &admitted {
            Ok(()) => Outcome::Admitted,
            Err(Error::Web(_)) => Outcome::RateLimited,
            Err(_) => Outcome::Forbidden,
        };
        self.metrics.count(Some(identity.subject), outcome);
        admitted?;
        Ok(Caller::Known(identity, digest))
    }

    fn check(
        &self,
        identity: &Identity,
        permission: Option<Permission>,
        wallet: Option<WalletId>,
    ) -> Result<(), Error> {
        if let Some(rate) = &self.rate {
            let taken = rate.take(identity.subject);
            taken.map_err(|RateExceeded(wait)| Error::Web(Refusal::RateLimited { wait }))?;
        }
        match permission {
            Some(Permission::AnyOf(scopes)) if !identity.may(scopes) => {
                return Err(Error::Forbidden(scopes));
            }
            Some(Permission::Owner) if !matches!(identity.subject, Subject::Owner(_)) => {
                return Err(Error::Forbidden(Scopes::NONE));
            }
            _ => {}
        }
        match wallet {
            Some(wallet) if !identity.reach.has(wallet) => {
                Err(Error::Engine(EngineError::WalletNotFound))
            }
            _ => Ok(()),
        }
    }

    async fn authenticate(
        &self,
        access: &Access,
        request: &HttpRequest,
        engine: &Engine,
    ) -> Result<(Arc<Identity>, Digest), Error> {
        let values = request.headers().get_all(header::AUTHORIZATION);
        let credential = Credential::read(values.map(header::HeaderValue::as_bytes));
        let credential = credential
            .map_err(|error| Error::Unauthenticated(Unauthenticated::Header(error)))?
            .ok_or(Error::Unauthenticated(Unauthenticated::Missing))?;
        let now = engine.now();
        if let Some(identity) = access.known(&credential, now) {
            return Ok((identity, credential.digest));
        }
        let client = Network::of(client::address(request));
        // What was found once is not made up: it is asked for again whatever its neighbours send.
        if !access.remembers(&credential) {
            let limited = |RateExceeded(wait)| Error::Web(Refusal::RateLimited { wait });
            self.refused.check(client).map_err(limited)?;
        }
        // Nearly every caller is known, so the future of a request is small.
        let found = Box::pin(timeout_at(engine.deadline(), access.find(&credential, now))).await;
        let found = found
            .unwrap_or_else(|_| Err(Arc::new(TooSlow) as Cause))
            .map_err(|cause| Error::Engine(EngineError::NotDone(cause)))?;
        let Some(identity) = found else {
            // Whether it exceeds the rate counts for the next one.
            let _ = self.refused.take(client);
            let invalid = Unauthenticated::Invalid(credential.scheme);
            return Err(Error::Unauthenticated(invalid));
        };
        Ok((identity, credential.digest))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the directory of keys and tokens did not answer in time")]
struct TooSlow;

impl Caller {
    /// As the ledger names them, if they are known.
    #[must_use]
    pub fn principal(&self) -> Option<Principal> {
        match self {
            Self::Anyone => None,
            Self::Known(identity, _) => Some(identity.principal.clone()),
        }
    }

    /// Whether the wallet is within reach. What is not does not exist, for this caller.
    #[must_use]
    pub fn reaches(&self, wallet: WalletId) -> bool {
        match self {
            Self::Anyone => true,
            Self::Known(identity, _) => identity.reach.has(wallet),
        }
    }

    /// The wallets within reach; `None`: all.
    #[must_use]
    pub fn reach(&self) -> Option<&[WalletId]> {
        match self {
            Self::Anyone => None,
            Self::Known(identity, _) => match &identity.reach {
                Reach::All => None,
                Reach::Wallets(wallets) => Some(wallets),
            },
        }
    }

    /// Whether some wallets are out of reach.
    #[must_use]
    pub fn is_tied(&self) -> bool {
        match self {
            Self::Anyone => false,
            Self::Known(identity, _) => identity.reach != Reach::All,
        }
    }

    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        match self {
            Self::Anyone => true,
            Self::Known(identity, _) => identity.has(scope),
        }
    }
}
