//! Who sent a request, to whom, and over what, as the trusted proxies say.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{
    HOST, HeaderName, HeaderValue, X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO,
};
use actix_web::web::Data;

use crate::config::TrustedProxies;

/// What one client can choose its address from: an IPv4 address, or the 64 bits with which an IPv6 address begins, since
/// one address of such a network has them all.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Network {
    V4(Ipv4Addr),
    V6([u16; 4]),
}

/// The client's address, behind the proxies that are trusted.
pub fn address(request: &HttpRequest) -> IpAddr {
    let peer = peer(request);
    proxies(request).map_or(peer, |proxies| {
        proxies.client(peer, lines(request, X_FORWARDED_FOR))
    })
}

/// Whether the request came through TLS, so that its cookies must not come back without.
pub fn came_by_tls(request: &HttpRequest) -> bool {
    proxies(request).is_some_and(|proxies| {
        proxies.came_by_tls(peer(request), lines(request, X_FORWARDED_PROTO))
    })
}

/// The host that the client asked for, behind the proxies that are trusted. `None`: it named none, or more than one.
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

/// Unspecified only of a request that came by no socket.
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
