//! Who may use the API, as the settings say: the gate of its endpoints.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::rt::task::JoinHandle;

use crate::api::Gate;
use crate::auth::{Access, Scope, Scopes, Terms};
use crate::config::{AuthMode, ClientRate, Mistake, Mistakes, ServerConfig};
use crate::storage::Database;
use crate::web::access_metrics::AccessMetrics;

/// Reads what the settings say of access; `None` if it is off. Only what serves minds: other commands run with any of them.
///
/// # Errors
/// Every setting with which no engine may serve.
pub(super) fn terms(config: &ServerConfig) -> Result<Option<Terms>, Mistakes> {
    let mut mistakes = Vec::new();
    if config.auth == AuthMode::Unsaid {
        let problem = format!(
            "should be on or off, as WALLET_BIND {} is not loopback: on takes a key or a token of each request; with off, \
             whoever reaches the address may use the API",
            config.bind
        );
        mistakes.push(Mistake {
            name: "WALLET_AUTH",
            problem,
            text: None,
        });
    }
    let owner_scopes = owner_scopes(&config.access.owner_scopes).unwrap_or_else(|mistake| {
        mistakes.push(mistake);
        Scopes::NONE
    });
    if !mistakes.is_empty() {
        return Err(Mistakes::of(mistakes));
    }
    Ok(config.auth.is_on().then_some(Terms {
        owner_scopes,
        token: config.access.token,
        outage: config.access.outage,
    }))
}

/// Refuses settings with which no engine may serve.
///
/// # Errors
/// All of them.
pub fn check_access(config: &ServerConfig) -> Result<(), Mistakes> {
    terms(config).map(drop)
}

/// What owners may do on their wallet.
fn owner_scopes(text: &str) -> Result<Scopes, Mistake> {
    let scopes = Scopes::parse(text).unwrap_or_default();
    if !scopes.is_empty() && scopes.iter().all(Scope::is_of_a_wallet) {
        return Ok(scopes);
    }
    let all = Scope::ALL.iter().filter(|scope| scope.is_of_a_wallet());
    let all: Vec<_> = all.map(|scope| scope.as_str()).collect();
    Err(Mistake {
        name: "WALLET_OWNER_SCOPES",
        problem: format!("should be some of {}, separated by commas", all.join(", ")),
        text: Some(text.to_owned()),
    })
}

/// Watches for revocations until it is dropped.
pub(super) struct AccessWatch(JoinHandle<()>);

impl Drop for AccessWatch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Returns the gate, with what watches for revocations if it is closed.
pub(super) fn gate(
    terms: Option<Terms>,
    rate: Option<ClientRate>,
    database: &Database,
    metrics: &AccessMetrics,
) -> (Gate, Option<AccessWatch>) {
    let Some(terms) = terms else {
        return (Gate::open(metrics.clone()), None);
    };
    let access = Access::new(Arc::new(database.clone()), terms);
    let watch = AccessWatch(actix_web::rt::spawn(access.clone().watch()));
    (Gate::closed(access, rate, metrics.clone()), Some(watch))
}

/// Says who may use the API.
pub(super) fn log(auth: AuthMode, address: SocketAddr) {
    if auth.is_on() {
        tracing::info!("WALLET_AUTH is on: requests take a key or a token");
    } else if address.ip().to_canonical().is_loopback() {
        tracing::info!("WALLET_AUTH is off: whoever reaches {address} may use the API");
    } else {
        tracing::warn!("WALLET_AUTH is off: whoever reaches {address} may use the API");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Source};

    fn mistakes(settings: &[(&str, &str)]) -> Vec<&'static str> {
        let config = Config::read(&Source::of(settings)).unwrap();
        match check_access(&config.server) {
            Ok(()) => Vec::new(),
            Err(mistakes) => mistakes.iter().map(|mistake| mistake.name).collect(),
        }
    }

    #[test]
    fn an_address_that_others_reach_takes_a_word_on_who_may_use_it() {
        for loopback in ["127.0.0.1:0", "[::1]:0", "[::ffff:127.0.0.1]:0"] {
            assert_eq!(mistakes(&[("WALLET_BIND", loopback)]), [""; 0]);
        }
        for bind in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8000"] {
            assert_eq!(mistakes(&[("WALLET_BIND", bind)]), ["WALLET_AUTH"]);
            for word in ["on", "off"] {
                let settings = [("WALLET_BIND", bind), ("WALLET_AUTH", word)];
                assert_eq!(mistakes(&settings), [""; 0]);
            }
        }
    }

    #[test]
    fn owners_have_scopes_of_wallets_alone_and_every_mistake_is_found_at_once() {
        for scopes in ["wallets:read", "wallets:read, holds:write", "events:read"] {
            assert_eq!(mistakes(&[("WALLET_OWNER_SCOPES", scopes)]), [""; 0]);
        }
        for scopes in [
            "wallets",
            ",",
            "all",
            "users:write",
            "wallets:read,webhooks:write",
        ] {
            let settings = [("WALLET_OWNER_SCOPES", scopes), ("WALLET_BIND", "[::]:0")];
            let both = ["WALLET_AUTH", "WALLET_OWNER_SCOPES"];
            assert_eq!(mistakes(&settings), both, "{scopes}");
        }
    }
}
