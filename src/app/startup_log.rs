//! The last log lines of a start: what is served where, each with a URL that can be opened from a terminal or a log viewer.
//! Metrics that are not served at their default address are a warning, as another program answers there.

use std::net::SocketAddr;

use tracing::{info, warn};

use super::metrics::MetricsState;
use crate::config::reachable;

pub(super) fn write(address: SocketAddr, metrics: &MetricsState) {
    let base = format!("http://{}", reachable(address));
    info!(api = %base, docs = %format!("{base}/api/docs/"), "serving the API");
    info!(panel = %format!("{base}/admin/"), "serving the panel");
    match metrics {
        MetricsState::Served { server, taken } => {
            let url = format!("http://{}/metrics", reachable(server.address));
            match taken {
                None => info!(metrics = %url, "serving metrics"),
                Some(taken) => warn!(metrics = %url,
                    "serving metrics on another port: {taken} is another program's; WALLET_METRICS_BIND chooses one"),
            }
        }
        MetricsState::Off => info!("serving no metrics: WALLET_METRICS_BIND is off"),
        MetricsState::Unbound { address, error } => warn!(%address, %error,
            "serving no metrics: their address cannot be listened on; WALLET_METRICS_BIND chooses another"),
    }
}
