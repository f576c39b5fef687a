//! The last lines of a start: where everything is, each with an address that can be opened from the terminal or from a
//! viewer of logs. Metrics that are not where they usually are, or nowhere, are a warning, since what is there then is
//! another program's.

use std::net::SocketAddr;

use tracing::{info, warn};

use super::metrics::MetricsState;
use crate::config::reachable;

pub(super) fn log(address: SocketAddr, metrics: &MetricsState) {
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
