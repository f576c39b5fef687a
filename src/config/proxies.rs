//! Trusted proxies, which report a client's address, the host that it requested, and its scheme.
//!
//! 1. The peer of a connection is the client, unless it is a trusted proxy.
//! 2. A proxy appends its own peer to `X-Forwarded-For`. So the list is read from its end: a trusted proxy is believed about
//!    the address before it, and the first that is no trusted proxy is the client. Anything before that comes from the client
//!    itself, and is ignored.
//! 3. An item that is no address ends the reading: the client is then the last known proxy.
//! 4. `X-Forwarded-Host` is read the same way, as a proxy may request another host than its client did: as many items
//!    from its end as there are trusted proxies, or the first of fewer, since most proxies overwrite it.
//!
//! `Forwarded` (RFC 7239) is not read: a proxy that writes it writes these as well, and one that does not know it passes on
//! the client's own. A proxy that is named here must overwrite or append to the others, or remove them.
//!
//! Hence a client can take another's address only if it can take that of a trusted proxy.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;

/// The trusted proxies; none, unless some are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

/// An item that is neither an address nor a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a proxy is neither an address nor a network")]
pub struct InvalidProxy;

/// Addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network(IpNet);

impl TrustedProxies {
    /// Who sent a request: `peer` is the connection's other side, `forwarded_for` the values of the request's
    /// `X-Forwarded-For` lines, in their order.
    #[must_use]
    pub fn client<'h>(
        &self,
        peer: IpAddr,
        forwarded_for: impl DoubleEndedIterator<Item = &'h [u8]>,
    ) -> IpAddr {
        self.walk(peer, forwarded_for).0
    }

    /// The host that the client requested, as the trusted proxies report it: `forwarded_host` are the values of the request's
    /// `X-Forwarded-Host` lines. `None`: none of them reports one, and the request's own `Host` counts.
    #[must_use]
    pub fn asked_host<'h>(
        &self,
        peer: IpAddr,
        forwarded_for: impl DoubleEndedIterator<Item = &'h [u8]>,
        forwarded_host: impl DoubleEndedIterator<Item = &'h [u8]>,
    ) -> Option<&'h [u8]> {
        let (_, proxies) = self.walk(peer, forwarded_for);
        items(forwarded_host).take(proxies).last()
    }

    /// Goes back from `peer` to the client: its address, and how many trusted proxies are on the way.
    fn walk<'h>(
        &self,
        peer: IpAddr,
        forwarded_for: impl DoubleEndedIterator<Item = &'h [u8]>,
    ) -> (IpAddr, usize) {
        let mut known = peer.to_canonical();
        let mut proxies = 0;
        let mut before = items(forwarded_for);
        while self.trust(known) {
            proxies += 1;
            match before.next().map(address) {
                Some(Some(address)) => known = address,
                Some(None) | None => break,
            }
        }
        (known, proxies)
    }

    /// Whether a request came by TLS, for all that is known here, where nothing is served by TLS: a trusted peer's own
    /// word, which is the last of the values of `X-Forwarded-Proto`.
    #[must_use]
    pub fn came_by_tls<'h>(
        &self,
        peer: IpAddr,
        forwarded_proto: impl DoubleEndedIterator<Item = &'h [u8]>,
    ) -> bool {
        let scheme = || items(forwarded_proto).next();
        self.trust(peer.to_canonical())
            && scheme().is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"https"))
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// The items of a header's lists, from the last to the first. Empty ones are none (RFC 9110, 5.6.1).
fn items<'h>(lines: impl DoubleEndedIterator<Item = &'h [u8]>) -> impl Iterator<Item = &'h [u8]> {
    lines
        .rev()
        .flat_map(|line| line.rsplit(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|item| !item.is_empty())
}

/// An address as proxies write it: bare, or with a port, then in brackets if it is of IPv6.
fn address(item: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(item).ok()?;
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address: Option<IpAddr> = text
        .parse()
        .ok()
        .or_else(|| {
            text.parse()
                .ok()
                .map(|with_port: SocketAddr| with_port.ip())
        })
        .or_else(bracketed);
    address.map(|address| address.to_canonical())
}

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromStr for Network {
    type Err = InvalidProxy;

    // `IpNet`'s own wants a prefix, and takes `010.0.0.0` in decimal, which others take in octal.
    fn from_str(text: &str) -> Result<Self, InvalidProxy> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidProxy)?;
        let network = match prefix {
            None => IpNet::from(address),
            Some(prefix) => {
                let prefix = prefix.parse().map_err(|_| InvalidProxy)?;
                IpNet::new(address, prefix).map_err(|_| InvalidProxy)?
            }
        };
        // An IPv4-mapped IPv6 address is compared as the IPv4 address.
        match address.to_canonical() {
            same if same == address => Ok(Self(network)),
            mapped => {
                let prefix = network.prefix_len().checked_sub(96).ok_or(InvalidProxy)?;
                IpNet::new(mapped, prefix)
                    .map(Self)
                    .map_err(|_| InvalidProxy)
            }
        }
    }
}

impl FromStr for TrustedProxies {
    type Err = InvalidProxy;

    fn from_str(text: &str) -> Result<Self, InvalidProxy> {
        let items = text.split(',').map(str::trim);
        let items = items.filter(|item| !item.is_empty());
        items.map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "10.0.0.2";

    fn proxies(text: &str) -> TrustedProxies {
        text.parse().unwrap()
    }

    fn client(peer: &str, lines: &[&str]) -> String {
        let trusted = proxies("10.0.0.0/24, 192.168.7.7 ,2001:db8::/32");
        let lines = lines.iter().map(|line| line.as_bytes());
        trusted.client(peer.parse().unwrap(), lines).to_string()
    }

    #[test]
    fn a_peer_that_is_not_trusted_is_the_client_whatever_it_says() {
        assert_eq!(client("203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
        assert_eq!(
            client("203.0.113.9", &["10.0.0.2, 10.0.0.3"]),
            "203.0.113.9"
        );
        let none = TrustedProxies::default();
        let peer = "127.0.0.1".parse().unwrap();
        assert_eq!(none.client(peer, [b"1.2.3.4".as_slice()].into_iter()), peer);
    }

    #[test]
    fn the_last_that_is_no_trusted_proxy_is_the_client_and_its_own_tale_counts_nothing() {
        assert_eq!(client(PEER, &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(client(PEER, &["6.6.6.6, 1.2.3.4"]), "1.2.3.4");
        assert_eq!(client(PEER, &["10.0.0.9, 1.2.3.4"]), "1.2.3.4");
        let through_three = "6.6.6.6,1.2.3.4 ,192.168.7.7,\t10.0.0.255";
        assert_eq!(client(PEER, &[through_three]), "1.2.3.4");
        assert_eq!(client(PEER, &["rubbish, 1.2.3.4"]), "1.2.3.4");
    }

    #[test]
    fn many_lines_are_one_list() {
        assert_eq!(client(PEER, &["6.6.6.6", "1.2.3.4"]), "1.2.3.4");
        assert_eq!(
            client(PEER, &["6.6.6.6, 1.2.3.4", "", "10.0.0.3,"]),
            "1.2.3.4"
        );
    }

    #[test]
    fn among_trusted_proxies_alone_the_first_is_the_client() {
        assert_eq!(client(PEER, &[]), PEER);
        assert_eq!(client(PEER, &["", ", ,"]), PEER);
        assert_eq!(client(PEER, &["10.0.0.7, 10.0.0.8"]), "10.0.0.7");
    }

    #[test]
    fn what_is_no_address_ends_the_reading_at_the_last_that_is_known() {
        for rubbish in [
            "unknown",
            "_hidden",
            "1.2.3",
            "1.2.3.4.5",
            "0x1.2.3.4",
            "999.1.1.1",
            "fe80::1%eth0",
            "[::1",
            "::1]:80",
            "1.2.3.4:99999",
            "localhost",
            "\"1.2.3.4\"",
            "for=1.2.3.4",
        ] {
            assert_eq!(
                client(PEER, &[&format!("6.6.6.6, {rubbish}")]),
                PEER,
                "{rubbish}"
            );
            let behind = format!("6.6.6.6, {rubbish}, 10.0.0.3");
            assert_eq!(client(PEER, &[&behind]), "10.0.0.3", "{rubbish}");
        }
        let trusted = proxies(PEER);
        let peer = PEER.parse().unwrap();
        assert_eq!(
            trusted.client(peer, [b"1.2.3.4, \xff".as_slice()].into_iter()),
            peer
        );
    }

    #[test]
    fn addresses_may_have_ports_and_brackets_and_be_of_either_kind() {
        assert_eq!(client(PEER, &["1.2.3.4:55555"]), "1.2.3.4");
        assert_eq!(client(PEER, &["[2001:dead::1]:443"]), "2001:dead::1");
        assert_eq!(client(PEER, &["[2001:dead::1]"]), "2001:dead::1");
        assert_eq!(
            client(PEER, &["2001:DEAD:0::1, 2001:db8::7"]),
            "2001:dead::1"
        );
        assert_eq!(client(PEER, &["::ffff:1.2.3.4"]), "1.2.3.4");
        assert_eq!(client("::ffff:10.0.0.2", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(client("2001:db8::1", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(client("2001:db9::1", &["1.2.3.4"]), "2001:db9::1");
    }

    #[test]
    fn a_huge_header_is_read_no_further_than_it_is_trusted() {
        let tale = "10.0.0.3, ".repeat(100_000);
        assert_eq!(client(PEER, &[&tale, "1.2.3.4"]), "1.2.3.4");
        assert_eq!(client(PEER, &["1.2.3.4", &tale]), "1.2.3.4");
        assert_eq!(client(PEER, &[&"x".repeat(1_000_000)]), PEER);
    }

    #[test]
    fn only_a_trusted_peer_s_last_word_says_that_a_client_came_by_tls() {
        let trusted = proxies("10.0.0.0/8");
        let by_tls = |peer: &str, lines: &[&str]| {
            let lines = lines.iter().map(|line| line.as_bytes());
            trusted.came_by_tls(peer.parse().unwrap(), lines)
        };
        assert!(by_tls(PEER, &["https"]));
        assert!(by_tls(PEER, &["http, HTTPS"]));
        assert!(by_tls(PEER, &["http", "https"]));
        for (peer, lines) in [
            ("1.2.3.4", &["https"][..]),
            (PEER, &[]),
            (PEER, &["http"]),
            (PEER, &["https, http"]),
            (PEER, &["https", "http"]),
            (PEER, &["httpsx"]),
        ] {
            assert!(!by_tls(peer, lines), "{peer} {lines:?}");
        }
    }

    #[test]
    fn the_host_is_that_of_the_first_trusted_proxy_and_never_of_a_client() {
        let trusted = proxies("10.0.0.0/8");
        let asked = |peer: &str, forwarded_for: &[&str], hosts: &[&str]| {
            let forwarded_for = forwarded_for.iter().map(|line| line.as_bytes());
            let hosts = hosts.iter().map(|line| line.as_bytes());
            let host = trusted.asked_host(peer.parse().unwrap(), forwarded_for, hosts);
            host.map(|host| String::from_utf8(host.to_vec()).unwrap())
        };
        let one = &["1.2.3.4"][..];
        let two = &["1.2.3.4, 10.0.0.9"][..];
        for (peer, forwarded_for, hosts, host) in [
            (PEER, one, &["bank.example"][..], Some("bank.example")),
            (PEER, one, &["tale, bank.example"], Some("bank.example")),
            (
                PEER,
                one,
                &["tale", "bank.example", ""],
                Some("bank.example"),
            ),
            (PEER, two, &["bank.example"], Some("bank.example")),
            (
                PEER,
                two,
                &["tale, bank.example, inner"],
                Some("bank.example"),
            ),
            (PEER, &[], &["bank.example"], Some("bank.example")),
            (PEER, one, &[], None),
            (PEER, one, &["", " , "], None),
            ("1.2.3.4", one, &["tale"], None),
            ("1.2.3.4", &["10.0.0.9"], &["tale"], None),
        ] {
            let found = asked(peer, forwarded_for, hosts);
            assert_eq!(found.as_deref(), host, "{peer} {forwarded_for:?} {hosts:?}");
        }
    }

    #[test]
    fn networks_are_named_by_address_and_prefix_or_refused() {
        let contains = |network: &str, address: &str| {
            let network: Network = network.parse().unwrap();
            network.contains(address.parse().unwrap())
        };
        assert!(contains("0.0.0.0/0", "255.1.2.3"));
        assert!(!contains("0.0.0.0/0", "::1"));
        assert!(contains("::/0", "2001:db8::1"));
        assert!(contains("10.213.77.9/24", "10.213.77.255"));
        assert!(!contains("10.213.77.0/24", "10.213.78.0"));
        assert!(contains("10.0.0.1", "10.0.0.1"));
        assert!(!contains("10.0.0.1", "10.0.0.0"));
        assert!(contains("::ffff:10.0.0.0/104", "10.255.0.1"));
        for wrong in [
            "10.0.0.0/33",
            "::1/129",
            "10.0.0.0/",
            "10.0.0/8",
            "010.0.0.0/8",
            "host",
            "::ffff:1.2.3.4/64",
            "1.2.3.4/-1",
        ] {
            assert!(wrong.parse::<TrustedProxies>().is_err(), "{wrong}");
        }
        assert_eq!(proxies(" , "), TrustedProxies::default());
    }
}
