//! `serve`.

use std::process::ExitCode;

use tracing::{error, info};

use super::open_files;
use super::output::CommandResult;
use super::signals::Signals;
use crate::app::{Application, RunError};
use crate::config::Config;
use crate::engine::Pending;
use crate::telemetry::{self, traces};

/// Serves until a signal requests a stop, then stops in order. A second signal ends the process at once; the pending operations
/// are logged.
pub(super) async fn serve(config: &Config) -> CommandResult {
    let mut signals = Signals::new()?;
    traces::start(&config.traces)?;
    open_files::allow(config.server.connections_max);
    let application = tokio::select! {
        application = Application::start(config) => application?,
        () = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    let stopped = application.run(signals.stream()).await;
    if let Err(RunError::SignalledAgain(Pending {
        operations,
        wallets,
    })) = stopped
    {
        error!(operations, wallets, "signalled again: ending at once");
        telemetry::flush();
        std::process::exit(1);
    }
    stopped?;
    info!("stopped");
    Ok(ExitCode::SUCCESS)
}
