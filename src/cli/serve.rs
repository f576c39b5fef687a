//! `serve`.

use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, info};

use super::{Done, open_files};
use crate::app::Application;
use crate::config::Config;
use crate::engine::Pending;
use crate::telemetry::traces;

/// Serves until SIGTERM or SIGINT, then stops in order. A second signal ends the process at once, with what was
/// pending in the log.
pub(super) async fn serve(config: &Config) -> Done {
    let mut signals = Signals::new()?;
    traces::start(&config.traces)?;
    open_files::allow(config.server.connections_max);
    let application = tokio::select! {
        application = Application::start(config) => application?,
        () = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    let engine = application.engine().clone();
    application
        .run(async move {
            signals.next().await;
            actix_web::rt::spawn(async move {
                signals.next().await;
                let Pending {
                    operations,
                    wallets,
                } = engine.pending();
                error!(operations, wallets, "told to stop again: ending at once");
                std::process::exit(1);
            });
        })
        .await?;
    info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// The signals that ask for a stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
