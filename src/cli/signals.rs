//! The signals that request a stop.
//!
//! SIGTERM and SIGINT, as from a service manager and from a terminal; SIGHUP, as from a terminal that goes away, unless the
//! process was started to outlive it (`nohup`); SIGQUIT. Any other signal that ends a process would leave the private
//! PostgreSQL running; none of these does.
//!
//! One request to stop often arrives as several signals: `make` passes on a SIGTERM that its process group got as well,
//! systemd's `SendSIGHUP=` sends two. What comes within [`SAME_REQUEST`] of a signal is part of it.

use std::io;
use std::time::{Duration, Instant};

use futures_util::stream::{Stream, unfold};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Faster than a person who signals again because nothing seems to happen.
const SAME_REQUEST: Duration = Duration::from_secs(1);

/// The requests to stop.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hangup: Option<Signal>,
    last: Option<Instant>,
}

impl Signals {
    pub fn new() -> io::Result<Self> {
        let hangup = SignalKind::hangup();
        let hangup = (!is_ignored(hangup)).then(|| signal(hangup));
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: hangup.transpose()?,
            last: None,
        })
    }

    /// Resolves at the next request.
    pub async fn next(&mut self) {
        loop {
            self.any().await;
            let now = Instant::now();
            let same = self.last.is_some_and(|last| now - last < SAME_REQUEST);
            if !same {
                self.last = Some(now);
                return;
            }
        }
    }

    /// An item for each request.
    pub fn stream(self) -> impl Stream<Item = ()> {
        unfold(self, async |mut signals| {
            signals.next().await;
            Some(((), signals))
        })
    }

    async fn any(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.quit.recv() => {}
            _ = hangup => {}
        }
    }
}

/// Whether the process was started with this signal ignored; `false` where the system does not report it.
fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (kind.as_raw_value() - 1) & 1 == 1)
}
