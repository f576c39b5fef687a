//! The addresses of a database, each with a separate configuration, so that each has its own timeout.

use std::net::IpAddr;

use tokio::net::lookup_host;
use tokio::time::timeout;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, LoadBalanceHosts, TargetSessionAttrs};
use uuid::Uuid;

use super::error::StorageError;

/// PostgreSQL's default port.
const PORT: u16 = 5432;

/// One address.
pub(super) struct Address {
    /// Its index in the list, which identifies it.
    pub place: usize,
    pub config: Config,
}

/// Returns every address in order. A host name is resolved to all its addresses; one that cannot be resolved is skipped
/// unless there is no other.
pub(super) async fn addresses(config: &Config) -> Result<Vec<Address>, StorageError> {
    let (hosts, hostaddrs, ports) = (
        config.get_hosts(),
        config.get_hostaddrs(),
        config.get_ports(),
    );
    let mut found = Vec::new();
    let mut unknown = None;
    for place in 0..hosts.len().max(hostaddrs.len()) {
        let port = match ports {
            [] => PORT,
            [one] => *one,
            // As many as hosts: config/address/hosts.rs.
            several => several[place],
        };
        let host = hosts.get(place);
        let mut add = |addr: Option<IpAddr>| {
            found.push(Address {
                place: found.len(),
                config: at(config, host, addr, port),
            });
        };
        match (host, hostaddrs.get(place)) {
            (_, Some(addr)) => add(Some(*addr)),
            (Some(Host::Tcp(name)), None) if name.parse::<IpAddr>().is_err() => {
                match resolve(config, name, port).await {
                    Ok(addrs) => addrs.into_iter().for_each(|addr| add(Some(addr))),
                    Err(error) => unknown = Some(error),
                }
            }
            (Some(_), None) => add(None),
            (None, None) => {}
        }
    }
    if config.get_load_balance_hosts() == LoadBalanceHosts::Random {
        found.sort_by_cached_key(|_| Uuid::new_v4());
    }
    match unknown {
        Some(error) if found.is_empty() => Err(error),
        _ => Ok(found),
    }
}

async fn resolve(config: &Config, name: &str, port: u16) -> Result<Vec<IpAddr>, StorageError> {
    let limit = config.get_connect_timeout().copied().unwrap_or_default();
    let lookup = lookup_host((name, port));
    let looked_up = if limit.is_zero() {
        lookup.await
    } else {
        let looked_up = timeout(limit, lookup).await;
        looked_up.map_err(|_| StorageError::ConnectTooSlow(limit))?
    };
    let mut addrs: Vec<IpAddr> = looked_up
        .map_err(|source| StorageError::Resolve {
            host: name.to_owned(),
            source,
        })?
        .map(|addr| addr.ip())
        .collect();
    addrs.dedup();
    Ok(addrs)
}

/// Returns the configuration for a node of the database: all else is as for the database.
pub(super) fn of_node(config: &Config, host: &str, port: u16) -> Config {
    at(config, Some(&Host::Tcp(host.to_owned())), None, port)
}

/// Returns the configuration for one address. A configuration's hosts cannot be replaced (tokio-postgres 0.7.18).
fn at(config: &Config, host: Option<&Host>, addr: Option<IpAddr>, port: u16) -> Config {
    let mut one = Config::new();
    if let Some(user) = config.get_user() {
        one.user(user);
    }
    if let Some(password) = config.get_password() {
        one.password(password);
    }
    if let Some(database) = config.get_dbname() {
        one.dbname(database);
    }
    if let Some(options) = config.get_options() {
        one.options(options);
    }
    if let Some(name) = config.get_application_name() {
        one.application_name(name);
    }
    match host {
        Some(Host::Tcp(name)) => _ = one.host(name),
        Some(Host::Unix(directory)) => _ = one.host_path(directory),
        None => {}
    }
    if let Some(addr) = addr {
        one.hostaddr(addr);
    }
    if let Some(limit) = config
        .get_connect_timeout()
        .filter(|limit| !limit.is_zero())
    {
        one.connect_timeout(*limit);
    }
    if let Some(limit) = config.get_tcp_user_timeout() {
        one.tcp_user_timeout(*limit);
    }
    one.keepalives(config.get_keepalives())
        .keepalives_idle(config.get_keepalives_idle());
    if let Some(interval) = config.get_keepalives_interval() {
        one.keepalives_interval(interval);
    }
    if let Some(retries) = config.get_keepalives_retries() {
        one.keepalives_retries(retries);
    }
    one.port(port)
        .ssl_mode(config.get_ssl_mode())
        .ssl_negotiation(config.get_ssl_negotiation())
        .channel_binding(config.get_channel_binding())
        // Every session is checked to accept writes.
        .target_session_attrs(TargetSessionAttrs::Any);
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn of(address: &str) -> Vec<Config> {
        let found = addresses(&address.parse().unwrap()).await.unwrap();
        found.into_iter().map(|address| address.config).collect()
    }

    #[tokio::test]
    async fn every_address_has_its_own_port_and_all_else_of_the_database() {
        let found =
            of("postgresql://u:p@10.0.0.1:5433,10.0.0.2/d?connect_timeout=7&application_name=a")
                .await;
        let places: Vec<_> = found
            .iter()
            .map(|one| (one.get_hosts(), one.get_ports()))
            .collect();
        let host = |name: &str| [Host::Tcp(name.to_owned())];
        assert_eq!(
            places,
            [
                (&host("10.0.0.1")[..], &[5433][..]),
                (&host("10.0.0.2")[..], &[5432][..])
            ]
        );
        for one in found {
            assert_eq!(one.get_user(), Some("u"));
            assert_eq!(one.get_password(), Some(&b"p"[..]));
            assert_eq!(one.get_dbname(), Some("d"));
            assert_eq!(one.get_application_name(), Some("a"));
            assert_eq!(
                one.get_connect_timeout().map(std::time::Duration::as_secs),
                Some(7)
            );
        }
    }

    #[tokio::test]
    async fn a_name_stands_for_its_addresses_and_keeps_its_name_for_certificates() {
        let found = of("host=localhost,10.0.0.9 port=5440").await;
        assert!(found.len() >= 2);
        for one in &found[..found.len() - 1] {
            assert_eq!(one.get_hosts(), [Host::Tcp("localhost".to_owned())]);
            assert!(one.get_hostaddrs()[0].is_loopback());
            assert_eq!(one.get_ports(), [5440]);
        }
        assert!(
            addresses(&"host=no-such-host.invalid".parse().unwrap())
                .await
                .is_err()
        );
        let one = of("host=no-such-host.invalid,10.0.0.9").await;
        assert_eq!(one.len(), 1);
    }

    #[tokio::test]
    async fn sockets_and_given_numbers_are_not_looked_up() {
        assert_eq!(of("host=/run/a").await.len(), 1);
        let found = of("hostaddr=10.1.1.1 host=b.invalid").await;
        assert_eq!(found[0].get_hostaddrs().len(), 1);
    }
}
