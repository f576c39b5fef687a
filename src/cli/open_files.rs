//! How many files this process may have open; every connection is one.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tracing::{debug, warn};

/// Files besides the connections of clients: those to the database, the listener, the event queues.
const OTHERS: u64 = 256;

/// Raises the soft limit to the hard limit, and warns if that is less than the connections need. Many systems set a low soft
/// limit for programs that use `select`.
pub(super) fn allow(connections_max: usize) {
    let needed = connections_max as u64 + connections_max.div_ceil(8) as u64 + OTHERS;
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((limit, allowed)) => {
            if limit < allowed
                && let Err(error) = setrlimit(Resource::RLIMIT_NOFILE, allowed, allowed)
            {
                debug!(%error, limit, "the limit of open files stays as it is");
            }
            if allowed < needed {
                warn!(
                    allowed,
                    needed, "fewer open files are allowed than WALLET_CONNECTIONS_MAX needs"
                );
            }
        }
        Err(error) => debug!(%error, "the limit of open files is not known"),
    }
}
