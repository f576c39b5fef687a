//! `healthcheck`: requests `/readyz` of the engine on this machine, for a container's health check.
//!
//! Nothing is started and no database is opened: one request gets what a load balancer would get.
//!
//! The request is written here and not left to reqwest, which the export of traces brings: its blocking client (0.13.5) begins
//! its time limit anew with each read, so an answer that came byte by byte was waited for 23 seconds instead of three.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::output::{self, CommandResult};
use crate::config::{ServerConfig, reachable};

/// Longer than the engine itself waits for its database; shorter than the timeout of container health checks.
const ANSWER_MAX: Duration = Duration::from_secs(3);
/// More than the whole answer has.
const ANSWER_MAX_BYTES: usize = 16 * 1024;

#[derive(Debug, thiserror::Error)]
enum HealthError {
    #[error("no response from {address}")]
    Silent {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("{address} is not ready: {answer:?}")]
    NotReady { address: SocketAddr, answer: String },
}

pub(super) fn healthcheck(server: &ServerConfig) -> CommandResult {
    let address = reachable(server.bind);
    let answer =
        request_readyz(address).map_err(|source| HealthError::Silent { address, source })?;
    if answer.split(' ').nth(1) != Some("200") {
        return Err(HealthError::NotReady { address, answer }.into());
    }
    output::line(format_args!("{address} is ready."))?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the raw response, within [`ANSWER_MAX`] in all.
fn request_readyz(address: SocketAddr) -> io::Result<String> {
    let deadline = Instant::now() + ANSWER_MAX;
    // A timeout of zero would be none at all.
    let left = || {
        let left = deadline.saturating_duration_since(Instant::now());
        Some(left.max(Duration::from_millis(1)))
    };
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_MAX)?;
    stream.set_write_timeout(left())?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    let mut part = [0; 1024];
    loop {
        if Instant::now() >= deadline || answer.len() > ANSWER_MAX_BYTES {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(left())?;
        let count = stream.read(&mut part)?;
        if count == 0 {
            return Ok(String::from_utf8_lossy(&answer).into_owned());
        }
        answer.extend(part.iter().take(count));
    }
}
