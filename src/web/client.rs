//! The client of a request, the host that it names, and whether it uses TLS, as the trusted proxies forward them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{
    HOST, HeaderName, HeaderValue, X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO,
};
use actix_web::web::Data;

use crate::config::TrustedProxies;

/// The addresses of one client: an IPv4 address, or an IPv6 network of 64 bits, since a client usually has a whole one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Network {
    V4(Ipv4Addr),
    V6([u16; 4]),
}

/// The client's address, behind trusted proxies.
pub fn address(request: &HttpRequest) -> IpAddr {
    let peer = peer(request);
    proxies(request).map_or(peer, |proxies| {
        proxies.client(peer, lines(request, X_FORWARDED_FOR))
    })
}

/// Whether the request came through TLS, so that cookies are set with `Secure`.
pub fn came_by_tls(request: &HttpRequest) -> bool {
    proxies(request).is_some_and(|proxies| {
        proxies.came_by_tls(peer(request), lines(request, X_FORWARDED_PROTO))
    })
}

/// The host that the client names, behind trusted proxies. `None` if it names none, or more than one.
pub fn asked_host(request: &HttpRequest) -> Option<&[u8]> {
    let forwarded = proxies(request).and_then(|proxies| {
        proxies.asked_host(
            peer(request),
            lines(request, X_FORWARDED_FOR),
            lines(request, X_FORWARDED_HOST),
        )
    });
    forwarded.or_else(|| {
        let mut hosts = lines(request, HOST);
        hosts.next().filter(|_| hosts.next().is_none())
    })
}

/// Unspecified only for a request without a socket.
fn peer(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map(|address| address.ip());
    peer.unwrap_or(Ipv4Addr::UNSPECIFIED.into())
}

fn proxies(request: &HttpRequest) -> Option<&Data<TrustedProxies>> {
    request.app_data()
}

fn lines(request: &HttpRequest, name: HeaderName) -> impl DoubleEndedIterator<Item = &[u8]> {
    request.headers().get_all(name).map(HeaderValue::as_bytes)
}

impl Network {
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => address.fmt(f),
            Self::V6(segments) => write!(f, "{segments:x?}"),
        }
    }
}
