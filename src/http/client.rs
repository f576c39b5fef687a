//! Who sent a request.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::Data;

use crate::config::TrustedProxies;

/// The client's address, behind the proxies that are trusted. `None` only of a request that came by no socket.
pub fn address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    let Some(proxies) = request.app_data::<Data<TrustedProxies>>() else {
        return Some(peer);
    };
    let forwarded_for = request.headers().get_all(header::X_FORWARDED_FOR);
    Some(proxies.client(peer, forwarded_for.map(header::HeaderValue::as_bytes)))
}
