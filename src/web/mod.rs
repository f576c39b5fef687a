//! HTTP as the API and the panel share it.
//!
//! * `request_log` names each request, opens its span, and writes one line when it is answered. Errors give it status and causes
//!   through [`error`].
//! * `client_limits` refuses clients that exceed their rate ([`rate`]) or name another host.
//! * `catch_panic` turns a panic or a timeout of a handler into one refused request; [`client`] identifies the client;
//!   `redirect` adds the final slash; `assets` are static files with their hashes.
//! * `body` receives a request's body under its limits; `unread_body` keeps the one that an early response did not read.
//! * `connection` limits the number of connections and the time that one may be idle, for the server's `on_connect`;
//!   [`WithoutUpgrade`] ignores offers to change the protocol.
//! * `metrics` records the duration of requests, by route and status, and `access_metrics` who was admitted.
//!
//! Neither the API nor the panel is known here: the route of a path comes from the [`RouteMatcher`] in the application's
//! data.

pub mod access_metrics;
pub mod assets;
pub mod body;
pub mod catch_panic;
pub mod client;
mod client_limits;
pub mod connection;
pub mod error;
mod metrics;
pub mod rate;
pub mod redirect;
mod request_log;
pub mod unread_body;
mod upgrade;

use actix_web::{HttpRequest, HttpResponse};

use self::error::Refusal;
use crate::domain::WalletId;

pub use self::body::BodyWait;
pub use self::client_limits::{ClientLimits, client_limits};
pub use self::connection::{ConnectionLimits, on_connect, track_activity};
pub use self::metrics::HttpMetrics;
pub use self::request_log::request_log;
pub use self::upgrade::WithoutUpgrade;

/// `/livez` and `/readyz`: exempt from the client limits, and logged at `debug` alone.
pub const PROBES: [&str; 2] = ["/livez", "/readyz"];

/// What a face knows of its routes. Part of the application's data.
#[derive(Clone, Copy)]
pub struct RouteMatcher {
    /// Finds the route of a path, still percent-encoded and without its query.
    pub find: fn(&str) -> MatchedRoute,
    /// Answers a request that is refused before it reaches its face, in the form of the face.
    pub refuse: fn(Refusal, &HttpRequest) -> HttpResponse,
}

/// The route of a path, for logs and metrics.
#[derive(Clone, Copy, Debug, Default)]
pub struct MatchedRoute {
    /// The route's template; `None` of an address that the API does not have.
    pub template: Option<&'static str>,
    /// The wallet that the path names.
    pub wallet: Option<WalletId>,
}
