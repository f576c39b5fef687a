//! The server's process: start, readiness, stop.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::{Client, NoTls};

use super::EmbeddedError;
use super::cluster::Cluster;
use super::connection::PORT;
use super::programs::Programs;

/// How a server is stopped: the signal, and the time that it has before the next. Fast (open transactions are
/// rolled back, memory is written out), immediate (the next start replays the log), killed (likewise).
/// Nothing that was committed is lost by any of them.
pub(super) const ESCALATION: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(20)),
    (Signal::SIGQUIT, Duration::from_secs(5)),
    (Signal::SIGKILL, Duration::from_secs(5)),
];

/// The interval of polling a condition that is not signalled.
pub(super) const POLL: Duration = Duration::from_millis(20);

/// The longest that a start may replay the log of a run that was cut off.
const READY_MAX: Duration = Duration::from_secs(300);

/// Lines of the log's end that a message shows.
const TAIL_LINES: usize = 5;

/// Settings on the command line, which override the server's files.
const SETTINGS: &[&str] = &[
    // Reachable through a socket in its own directory alone.
    "listen_addresses=",
    "unix_socket_directories=.",
    "unix_socket_permissions=0700",
    // An answered operation survives a power cut.
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "max_connections=200",
    "shared_buffers=128MB",
    // Into the file that the engine opened. The engine logs failed statements itself, and PostgreSQL's own
    // messages about them would hold what users entered.
    "logging_collector=off",
    "log_destination=stderr",
    "log_min_messages=log",
    "log_checkpoints=off",
];

/// A server that runs or starts. Dropped without a stop, it is signalled and not waited for.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts the server on a cluster that no other server works on.
    pub fn spawn(
        cluster: &Cluster,
        programs: &Programs,
        (log, file): (PathBuf, File),
    ) -> Result<Self, EmbeddedError> {
        let directory = cluster.path_for_server();
        let output = file
            .try_clone()
            .map_err(EmbeddedError::file("open", &log))?;
        let mut command = cluster.command(&programs.postgres)?;
        command.arg("-D").arg(directory);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        for (setting, file) in [("hba_file", "pg_hba.conf"), ("ident_file", "pg_ident.conf")] {
            let mut text = std::ffi::OsString::from(format!("{setting}="));
            text.push(directory.join(file));
            command.arg("-c").arg(text);
        }
        let child = command
            .arg("-c")
            .arg(format!("port={PORT}"))
            .stdout(Stdio::from(output))
            .stderr(Stdio::from(file))
            .spawn()
            .map_err(EmbeddedError::program(&programs.postgres))?;
        Ok(Self { child, log })
    }

    /// Waits until the server accepts connections, and is the first.
    pub async fn ready(
        &mut self,
        config: &tokio_postgres::Config,
    ) -> Result<Client, EmbeddedError> {
        let deadline = Instant::now() + READY_MAX;
        loop {
            let refusal = match config.connect(NoTls).await {
                Ok((client, connection)) => {
                    // Ends with the client; what goes wrong on it, the client reports.
                    tokio::spawn(connection);
                    return Ok(client);
                }
                Err(refusal) => refusal,
            };
            if Instant::now() >= deadline {
                return Err(EmbeddedError::NotReady {
                    waited_s: READY_MAX.as_secs(),
                    log: self.log.clone(),
                    source: refusal,
                });
            }
            tokio::select! {
                status = self.ended() => return Err(self.ended_early(status.map_err(EmbeddedError::Wait)?)),
                () = sleep(POLL) => {}
            }
        }
    }

    /// Resolves when the process has ended.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Stops the server, each step of [`ESCALATION`] having its share of `limit`; `false` when it is still
    /// there after all of them.
    pub async fn stop(&mut self, limit: Duration) -> io::Result<bool> {
        let whole: Duration = ESCALATION.iter().map(|(_, patience)| patience).sum();
        for (signal, patience) in ESCALATION {
            let patience = patience.mul_f64(limit.div_duration_f64(whole).min(1.0));
            self.send(signal);
            if let Ok(ended) = timeout(patience, self.ended()).await {
                return ended.map(|_| true);
            }
            tracing::warn!(%signal, waited_ms = patience.as_millis(), "PostgreSQL did not stop");
        }
        Ok(false)
    }

    fn send(&self, signal: Signal) {
        let process = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(process) = process {
            // It can only fail because the process is gone.
            let _ = kill(Pid::from_raw(process), signal);
        }
    }

    fn ended_early(&self, status: ExitStatus) -> EmbeddedError {
        let log = std::fs::read(&self.log).map_or_else(
            |error| format!("(it cannot be read: {error})"),
            |log| String::from_utf8_lossy(&log).into_owned(),
        );
        let lines: Vec<_> = log.lines().collect();
        EmbeddedError::EndedEarly {
            status,
            log: self.log.clone(),
            output: lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.send(Signal::SIGINT);
    }
}
