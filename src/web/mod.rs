//! The HTTP ground under every face: the API and the panel.
//!
//! * `request_log` names each request, opens its span, and writes one line when it is answered. The face's errors give it
//!   status and causes through [`error`].
//! * `client_limits` refuses clients that exceed their rate ([`rate`]) or name another host.
//! * `guard` makes a panic or a lack of time one refused request; [`client`] tells who asked; `redirect` leads to the
//!   address with its final slash; `assets` are static files with their hashes.
//! * `body` receives a request's body under its limits; `unread` keeps what an early answer did not wait for.
//! * `connection` limits how many connections there are and how long one may be idle, for the server's `on_connect`;
//!   [`WithoutUpgrade`] ignores offers to change the protocol.
//! * `metrics` records how long requests take, by route and status.
//!
//! No face is known here. Which route a path belongs to is asked of [`Addresses`], which the application's data holds.

pub mod assets;
pub mod body;
pub mod client;
mod client_limits;
pub mod connection;
pub mod error;
pub mod guard;
mod metrics;
mod rate;
pub mod redirect;
mod request_log;
pub mod unread;
mod upgrade;

use crate::domain::WalletId;

pub use self::body::BodyWait;
pub use self::client_limits::{ClientLimits, client_limits};
pub use self::connection::{ConnectionLimits, watched, watched_answer};
pub use self::metrics::HttpMetrics;
pub use self::request_log::request_log;
pub use self::upgrade::WithoutUpgrade;

/// `/livez` and `/readyz`: exempt from the client limits, and logged at `debug` alone.
pub const PROBES: [&str; 2] = ["/livez", "/readyz"];

/// Finds what a path is, still percent-encoded and without its query. Among the application's data.
#[derive(Clone, Copy)]
pub struct Addresses(pub fn(&str) -> Address);

/// What a path is, for logs and metrics.
#[derive(Clone, Copy, Debug, Default)]
pub struct Address {
    /// The route's template; `None` of an address that the API does not have.
    pub template: Option<&'static str>,
    /// The wallet that the path names.
    pub wallet: Option<WalletId>,
}
