//! Who asks, and over what.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;

/// The client of a request.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    pub ip: IpAddr,
    /// It came through TLS, so its cookies must not come back without.
    pub tls: bool,
}

/// The client of the request.
#[must_use]
pub fn client(request: &HttpRequest) -> Client {
    Client {
        ip: request
            .peer_addr()
            .map_or(Ipv4Addr::UNSPECIFIED.into(), |address| address.ip()),
        tls: false,
    }
}
