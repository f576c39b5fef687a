//! The two servers, the lines to them, and which of them is the primary.
//!
//! Every engine has a line of its own to each server, and each server one that the other follows it through; so any of
//! them can be cut for itself. Engines are given both addresses and not told which is which.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use crate::PATIENCE;
use crate::engine::ENGINES;
use testkit::proxy::Proxy;
use testkit::servers::{Server, Servers, WALLET};

/// Places of servers in all that follows.
const SERVERS: usize = 2;

pub struct Cluster {
    /// Ends whatever is left of them.
    _servers: Servers,
    pub(super) servers: [Server; SERVERS],
    pub(super) primary: usize,
    /// Whether the primary's commits wait for the standby.
    pub(super) synchronous: bool,
    /// By engine, then by server.
    lines: Vec<[Proxy; SERVERS]>,
    /// By the server that is followed.
    upstreams: [Proxy; SERVERS],
}

impl Cluster {
    pub async fn start() -> Self {
        let servers = Servers::new();
        let one = servers.primary("one").await;
        let mut two = servers.standby("two", &one).await;
        let upstreams = [
            Proxy::to_socket(&one.socket()).await,
            Proxy::to_socket(&two.socket()).await,
        ];
        two.stop().await;
        two.follow(upstreams[0].address());
        two.start().await;
        let mut lines = Vec::new();
        for _ in 0..ENGINES {
            lines.push([
                Proxy::to_socket(&one.socket()).await,
                Proxy::to_socket(&two.socket()).await,
            ]);
        }
        Self {
            _servers: servers,
            servers: [one, two],
            primary: 0,
            synchronous: false,
            lines,
            upstreams,
        }
    }

    /// What an engine is given: both addresses.
    pub fn url(&self, engine: usize) -> String {
        let [one, two] = &self.lines[engine];
        let (one, two) = (one.address(), two.address());
        format!("postgresql://{WALLET}@{one},{two}/{WALLET}")
    }

    pub fn primary(&self) -> &Server {
        &self.servers[self.primary]
    }

    pub fn primary_mut(&mut self) -> &mut Server {
        &mut self.servers[self.primary]
    }

    pub fn standby(&self) -> &Server {
        &self.servers[self.standby_place()]
    }

    pub fn standby_mut(&mut self) -> &mut Server {
        let place = self.standby_place();
        &mut self.servers[place]
    }

    pub(super) fn standby_place(&self) -> usize {
        1 - self.primary
    }

    /// The line between this engine and that server.
    pub(super) fn line(&self, engine: usize, server: usize) -> &Proxy {
        &self.lines[engine][server]
    }

    /// The lines of all engines to that server.
    pub(super) fn lines_to(&self, server: usize) -> impl Iterator<Item = &Proxy> {
        self.lines.iter().map(move |lines| &lines[server])
    }

    /// What that server is followed through.
    pub(super) fn upstream(&self, server: usize) -> &Proxy {
        &self.upstreams[server]
    }

    /// Breaks every connection of the engines.
    pub fn cut(&self) {
        for line in self.lines.iter().flatten() {
            line.cut();
        }
    }

    /// Lets nothing of what the primary says reach an engine for a time; then breaks the connections.
    pub async fn lose_answers(&self, time: Duration) {
        for line in self.lines_to(self.primary) {
            line.silence();
        }
        sleep(time).await;
        for line in self.lines_to(self.primary) {
            line.end_silence();
        }
    }

    /// Makes commits wait for the standby, or not.
    pub async fn replicate(&mut self, synchronous: bool) {
        if self.synchronous != synchronous {
            let standby = synchronous.then(|| self.standby());
            self.primary().wait_for_standby(standby).await;
            self.synchronous = synchronous;
        }
    }

    /// Ends every session of the engines on the primary.
    pub async fn terminate_sessions(&self) {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'wallet'";
        self.primary().execute(&[end]).await;
    }

    /// Cancels whatever waits for the standby: such a commit has happened here, and may still be lost.
    pub async fn cancel_waits(&self) {
        let cancel =
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        self.primary().execute(&[cancel]).await;
    }

    /// Waits until no engine has a session any more, so that nothing can happen any more.
    pub async fn at_rest(&self) {
        for server in &self.servers {
            let client = server.connect().await;
            let begun = Instant::now();
            while sessions(&client).await > 0 {
                assert!(begun.elapsed() < PATIENCE, "sessions stay open");
                sleep(Duration::from_millis(10)).await;
            }
        }
    }

    pub async fn stop(mut self) {
        for server in &mut self.servers {
            server.stop().await;
        }
    }
}

/// How many sessions the engines have.
async fn sessions(client: &Client) -> i64 {
    let count = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'wallet'";
    client.query_one(count, &[]).await.unwrap().get(0)
}
