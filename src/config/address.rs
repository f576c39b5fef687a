//! The address of an external database, read as libpq reads it.
//!
//! tokio-postgres 0.7.18 reads `tcp_user_timeout` as seconds (libpq: milliseconds), calls `keepalives_count` otherwise, takes
//! `connect_timeout=0` for a missing one, knows neither `verify-full` nor `sslrootcert`, and names no mistake. Therefore:
//!
//! 1. [`parameters`] takes either form of an address apart: `postgresql://user:password@host:5432,host2/database?name=value`, and
//!    `host=host,host2 user='...'`. Of a parameter that is repeated, the last value counts.
//! 2. Each kind of parameter is read by a file of its own: [`hosts`], [`network`], [`tls`], and the rest here.
//! 3. What is then left is refused by its name, including what libpq knows and this engine does not support: a parameter
//!    must not be ignored silently. All mistakes are reported together, and never a value,
//!    since any may be the password or a part of it.
//!
//! Unlike libpq: the environment (`PGHOST`), service files, password files and `~/.postgresql` are not read.

mod error;
mod hosts;
mod names;
mod network;
mod parameter_reader;
mod parameters;
mod tls;

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::str::FromStr;

use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, Host, LoadBalanceHosts};

pub use error::AddressError;
pub use tls::CertificateCheck;

use error::Fault;
use parameter_reader::ParameterReader;

/// Where a database is, and what its server has to prove.
#[derive(Clone)]
pub struct DatabaseAddress {
    /// A `connect_timeout` of zero is none, and each address's own; every session is checked to take writes, so
    /// that `target_session_attrs` is always `any`.
    pub config: Config,
    pub certificate: CertificateCheck,
    /// Whether the address itself sets them: tokio-postgres does not distinguish a default.
    pub sets_keepalives_idle: bool,
    pub sets_keepalives_interval: bool,
}

impl From<Config> for DatabaseAddress {
    fn from(config: Config) -> Self {
        Self {
            certificate: CertificateCheck::Nothing,
            sets_keepalives_idle: config.get_keepalives_idle()
                != Config::new().get_keepalives_idle(),
            sets_keepalives_interval: config.get_keepalives_interval().is_some(),
            config,
        }
    }
}

impl From<&Config> for DatabaseAddress {
    fn from(config: &Config) -> Self {
        config.clone().into()
    }
}

impl FromStr for DatabaseAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let parameters = parameters::read(text)?;
        let has_late_at = parameters.has_late_at;
        let mut reader = ParameterReader::new(parameters);
        let address = Self::read(&mut reader);
        let faults = reader.finish();
        if faults.is_empty() {
            Ok(address)
        } else if has_late_at {
            // What was taken for a host or a parameter may be the password's end: no word of it is shown.
            Err(Fault::LateAt.into())
        } else {
            Err(AddressError::Faults(faults))
        }
    }
}

impl DatabaseAddress {
    fn read(reader: &mut ParameterReader) -> Self {
        let mut config = Config::new();
        if let Some(user) = reader.text("user") {
            config.user(user);
        }
        if let Some(password) = reader.bytes("password") {
            config.password(password);
        }
        if let Some(database) = reader.text("dbname") {
            config.dbname(database);
        }
        if let Some(options) = reader.text("options") {
            config.options(options);
        }
        if let Some(name) = reader.text("application_name") {
            config.application_name(name);
        }
        let bindings = [
            ("disable", ChannelBinding::Disable),
            ("prefer", ChannelBinding::Prefer),
            ("require", ChannelBinding::Require),
        ];
        if let Some(binding) = reader.one_of("channel_binding", &bindings) {
            config.channel_binding(binding);
        }
        let orders = [
            ("disable", LoadBalanceHosts::Disable),
            ("random", LoadBalanceHosts::Random),
        ];
        if let Some(order) = reader.one_of("load_balance_hosts", &orders) {
            config.load_balance_hosts(order);
        }
        hosts::read(reader, &mut config);
        let set = network::read(reader, &mut config);
        let certificate = tls::read(reader, &mut config);
        Self {
            config,
            certificate,
            sets_keepalives_idle: set.idle,
            sets_keepalives_interval: set.interval,
        }
    }
}

impl fmt::Display for DatabaseAddress {
    /// Which database, and where: `wallet at db1:5432 or db2:5433`. Never the password, nor any other parameter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without a name of its own, a database has its user's.
        let named = self.config.get_dbname().or_else(|| self.config.get_user());
        f.write_str(named.unwrap_or("of the system's user"))?;
        let (hosts, addresses) = (self.config.get_hosts(), self.config.get_hostaddrs());
        let ports = self.config.get_ports();
        for server in 0..hosts.len().max(addresses.len()) {
            f.write_str(if server == 0 { " at " } else { " or " })?;
            let port = ports.get(server).or_else(|| ports.first());
            let port = port.copied().unwrap_or(hosts::PORT);
            match (hosts.get(server), addresses.get(server)) {
                (Some(Host::Unix(directory)), _) => {
                    let socket = Path::new(directory).join(format!(".s.PGSQL.{port}"));
                    write!(f, "{}", socket.display())?;
                }
                (Some(Host::Tcp(name)), _) if name.contains(':') => write!(f, "[{name}]:{port}")?,
                (Some(Host::Tcp(name)), _) => write!(f, "{name}:{port}")?,
                (None, Some(address)) => write!(f, "{}", SocketAddr::new(*address, port))?,
                (None, None) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
