//! Who asks, and over what.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderValue, X_FORWARDED_FOR, X_FORWARDED_PROTO};
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
    let peer = request.peer_addr().map(|address| address.ip());
    let peer = peer.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    let Some(proxies) = request.app_data::<Data<TrustedProxies>>() else {
        return Client {
            ip: peer,
            tls: false,
        };
    };
    let lines = |name| request.headers().get_all(name).map(HeaderValue::as_bytes);
    Client {
        ip: proxies.client(peer, lines(X_FORWARDED_FOR)),
        tls: proxies.came_by_tls(peer, lines(X_FORWARDED_PROTO)),
    }
}
