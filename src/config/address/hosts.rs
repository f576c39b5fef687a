//! `host`, `hostaddr` and `port`: lists, one entry for each server.

use std::ffi::OsStr;
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use tokio_postgres::Config;

use super::error::Fault;
use super::parameter_reader::{ParameterReader, whole_in};

/// Where servers have their sockets: packages of Debian and Red Hat, and PostgreSQL as it comes. A libpq knows one of them.
const SOCKET_DIRECTORY: &str = "/var/run/postgresql";
const SOCKET_DIRECTORY_ELSE: &str = "/tmp";

/// Of a server whose address has none.
pub(super) const PORT: u16 = 5432;

/// An address without a host, or with an empty one, is that of the socket in the usual directory.
pub(super) fn read(reader: &mut ParameterReader, config: &mut Config) {
    let hosts = reader.list("host");
    let addresses = reader.list("hostaddr");
    let count = match (&hosts, &addresses) {
        (Some(hosts), Some(addresses)) if hosts.len() != addresses.len() => {
            let expected = "as many addresses as there are hosts";
            reader.fault(Fault::value("hostaddr", expected));
            hosts.len()
        }
        (Some(one), _) | (None, Some(one)) => one.len(),
        (None, None) => 1,
    };
    for address in addresses.iter().flatten() {
        let text = std::str::from_utf8(address).ok();
        match text.and_then(|text| text.parse::<IpAddr>().ok()) {
            Some(address) => _ = config.hostaddr(address),
            None => reader.fault(Fault::value("hostaddr", "numeric IP addresses")),
        }
    }
    match hosts {
        Some(hosts) => hosts.iter().for_each(|host| add_host(host, reader, config)),
        None if addresses.is_none() => _ = config.host_path(socket_directory()),
        None => {}
    }
    let ports = reader.list("port").unwrap_or_default();
    if ports.len() > 1 && ports.len() != count {
        reader.fault(Fault::value("port", "one for all hosts, or one for each"));
    }
    for port in ports {
        match port_in(&port) {
            Some(port) => _ = config.port(port),
            None => reader.fault(Fault::value("port", "a whole number from 1 to 65535")),
        }
    }
}

fn add_host(host: &[u8], reader: &mut ParameterReader, config: &mut Config) {
    match std::str::from_utf8(host) {
        Ok("") => _ = config.host_path(socket_directory()),
        _ if host.starts_with(b"/") => _ = config.host_path(OsStr::from_bytes(host)),
        // A name has no @; a password has, and its end would be shown as a host that cannot be found.
        Ok(name) if !name.contains('@') => _ = config.host(name),
        _ => {
            let expected =
                "a name, an IP address or a socket's directory (in a password, @ is written %40)";
            reader.fault(Fault::value("host", expected));
        }
    }
}

fn port_in(text: &[u8]) -> Option<u16> {
    if text.is_empty() {
        return Some(PORT);
    }
    let port = u16::try_from(whole_in(text)?).ok()?;
    (port > 0).then_some(port)
}

fn socket_directory() -> &'static Path {
    let usual = Path::new(SOCKET_DIRECTORY);
    if usual.is_dir() {
        usual
    } else {
        Path::new(SOCKET_DIRECTORY_ELSE)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tokio_postgres::config::Host;

    use super::super::DatabaseAddress;
    use super::super::tests::refusal;
    use super::*;

    #[test]
    fn hosts_ports_and_numeric_addresses_are_lists_of_one_length() {
        let usual = || Host::Unix(socket_directory().to_owned());
        let tcp = |name: &str| Host::Tcp(name.to_owned());
        let unix = |path: &str| Host::Unix(PathBuf::from(path));
        for (text, hosts, ports) in [
            ("postgresql://", vec![usual()], &[][..]),
            ("postgresql:///d", vec![usual()], &[]),
            ("postgresql://:5433/d", vec![usual()], &[5433]),
            ("user=u", vec![usual()], &[]),
            ("host='' user=u", vec![usual()], &[]),
            ("postgresql://,h", vec![usual(), tcp("h")], &[5432, 5432]),
            (
                "postgresql://h1:5433,h2/d",
                vec![tcp("h1"), tcp("h2")],
                &[5433, 5432],
            ),
            ("host=h1,h2 port=5433", vec![tcp("h1"), tcp("h2")], &[5433]),
            (
                "host=h1,h2,h3 port=1,,65535",
                vec![tcp("h1"), tcp("h2"), tcp("h3")],
                &[1, 5432, 65535],
            ),
            (
                "postgresql://[::1]:5433,[fe80::2]",
                vec![tcp("::1"), tcp("fe80::2")],
                &[5433, 5432],
            ),
            ("host=::1", vec![tcp("::1")], &[]),
            (
                "postgresql://%2Frun%2Fa%20b:5433/d",
                vec![unix("/run/a b")],
                &[5433],
            ),
            (
                "postgresql:///d?host=/run/a&port=5433",
                vec![unix("/run/a")],
                &[5433],
            ),
            ("postgresql://h1/d?host=h2", vec![tcp("h2")], &[]),
            ("host=h1 host=h2", vec![tcp("h2")], &[]),
        ] {
            let config = text.parse::<DatabaseAddress>().unwrap().config;
            assert_eq!(config.get_hosts(), hosts, "{text}");
            assert_eq!(config.get_ports(), ports, "{text}");
        }
        let numeric: DatabaseAddress = "host=a,b hostaddr=10.0.0.1,::1".parse().unwrap();
        assert_eq!(numeric.config.get_hostaddrs().len(), 2);
        let alone: DatabaseAddress = "hostaddr=10.0.0.1,10.0.0.2 port=1,2".parse().unwrap();
        assert_eq!(alone.config.get_hosts(), []);
        for (text, name) in [
            ("host=h port=0", "port"),
            ("host=h port=65536", "port"),
            ("host=h port=-1", "port"),
            ("host=h port=5432x", "port"),
            ("host=h port=1,2", "port"),
            ("host=h1,h2,h3 port=1,2", "port"),
            ("hostaddr=10.0.0.1 port=1,2", "port"),
            ("postgresql://h:1:2/d", "port"),
            ("postgresql://h1:1,h2:2/d?host=h3", "port"),
            ("host=a,b hostaddr=10.0.0.1", "hostaddr"),
            ("host=a hostaddr=10.0.0.1,10.0.0.2", "hostaddr"),
            ("host=a,b hostaddr=10.0.0.1,", "hostaddr"),
            ("hostaddr=localhost", "hostaddr"),
            ("host=@abstract", "host"),
        ] {
            let refused = refusal(text);
            let begin = format!("has a wrong {name}, which should be ");
            assert!(refused.starts_with(&begin), "{text}: {refused}");
        }
    }
}
