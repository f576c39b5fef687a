//! Who asks, whom, and over what.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{
    HOST, HeaderName, HeaderValue, X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO,
};
use actix_web::web::Data;

use crate::config::TrustedProxies;

/// The client of a request.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    pub ip: IpAddr,
    /// It came through TLS, so its cookies must not come back without.
    pub tls: bool,
}

/// The client of the request, behind the proxies that are trusted.
#[must_use]
pub fn client(request: &HttpRequest) -> Client {
    let peer = peer(request);
    let Some(proxies) = request.app_data::<Data<TrustedProxies>>() else {
        return Client {
            ip: peer,
            tls: false,
        };
    };
    Client {
        ip: proxies.client(peer, lines(request, X_FORWARDED_FOR)),
        tls: proxies.came_by_tls(peer, lines(request, X_FORWARDED_PROTO)),
    }
}

/// The host that the client asked for, behind the proxies that are trusted. `None`: it named none, or more than one.
#[must_use]
pub fn asked_host(request: &HttpRequest) -> Option<&[u8]> {
    let proxies = request.app_data::<Data<TrustedProxies>>();
    let forwarded = proxies.and_then(|proxies| {
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

fn peer(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map(|address| address.ip());
    peer.unwrap_or(Ipv4Addr::UNSPECIFIED.into())
}

fn lines(request: &HttpRequest, name: HeaderName) -> impl DoubleEndedIterator<Item = &[u8]> {
    request.headers().get_all(name).map(HeaderValue::as_bytes)
}
