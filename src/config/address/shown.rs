//! An address as people are shown it: which database, and where. Never the password, nor any other parameter.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use tokio_postgres::config::Host;

use super::DatabaseAddress;

impl fmt::Display for DatabaseAddress {
    /// `wallet at db1:5432 or db2:5433`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without a name of its own, a database has its user's.
        let named = self.config.get_dbname().or_else(|| self.config.get_user());
        f.write_str(named.unwrap_or("of the system's user"))?;
        let (hosts, addresses) = (self.config.get_hosts(), self.config.get_hostaddrs());
        let ports = self.config.get_ports();
        for server in 0..hosts.len().max(addresses.len()) {
            f.write_str(if server == 0 { " at " } else { " or " })?;
            let port = ports.get(server).or_else(|| ports.first());
            let port = port.copied().unwrap_or(super::hosts::PORT);
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
