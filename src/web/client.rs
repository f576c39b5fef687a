//! Who sent a request, and to whom.

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

/// The host that the client asked for, behind the proxies that are trusted. `None`: it named none, or more than one.
pub fn asked_host(request: &HttpRequest) -> Option<&[u8]> {
    let lines = |name| {
        let lines = request.headers().get_all(name);
        lines.map(header::HeaderValue::as_bytes)
    };
    let forwarded = || {
        let peer = request.peer_addr()?.ip();
        let proxies = request.app_data::<Data<TrustedProxies>>()?;
        proxies.asked_host(
            peer,
            lines(header::X_FORWARDED_FOR),
            lines(header::X_FORWARDED_HOST),
        )
    };
    forwarded().or_else(|| {
        let mut hosts = lines(header::HOST);
        hosts.next().filter(|_| hosts.next().is_none())
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn seen(trusted: &str) -> String {
        let proxies: TrustedProxies = trusted.parse().unwrap();
        let request = TestRequest::get()
            .peer_addr("10.0.0.2:4711".parse().unwrap())
            .app_data(Data::new(proxies))
            .append_header((header::X_FORWARDED_FOR, "6.6.6.6"))
            .append_header((header::X_FORWARDED_FOR, "1.2.3.4"));
        address(&request.to_http_request()).unwrap().to_string()
    }

    #[test]
    fn the_client_is_looked_for_behind_the_application_s_proxies() {
        assert_eq!(seen(""), "10.0.0.2");
        assert_eq!(seen("10.0.0.0/8"), "1.2.3.4");
    }

    #[test]
    fn without_a_socket_there_is_no_address() {
        assert_eq!(address(&TestRequest::get().to_http_request()), None);
    }
}
