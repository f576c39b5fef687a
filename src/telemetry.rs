//! Logging: how it is set up, and how an error is shown; and how metrics are made.

pub mod metrics;

use std::error::Error;
use std::fmt;
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// What actix-http 3 writes at level `error` for every request that is no HTTP: a client's mistake, not ours.
/// Whoever wants it names it in `WALLET_LOG`.
const QUIET: &str = "actix_http=off";

/// Starts logging to standard error. Only the first call of a process has an effect.
pub fn start(config: &LogConfig) {
    let filter = EnvFilter::new(format!("{QUIET},{}", config.filter));
    let logger = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let _ = match config.format {
        LogFormat::Text => logger.try_init(),
        LogFormat::Json => logger.json().flatten_event(true).try_init(),
    };
}

/// Shows an error with everything that caused it: `outer: inner: innermost`.
pub fn chain(error: &(dyn Error + 'static)) -> impl fmt::Display {
    Chain(error)
}

struct Chain<'a>(&'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
