//! A server as a standby: how it comes to follow another, how far it is, and how it takes over.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::fs::chown;

use tokio::time::{Instant, sleep};
use tokio_postgres::types::PgLsn;

use super::programs::Programs;
use super::server::Server;
use super::{PATIENCE, PAUSE};

/// What `pg_rewind` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewound {
    Done,
    /// Why it could not, in its words.
    Refused(String),
}

impl Server {
    /// Replaces its data by a base backup of the running server `of`. It must not run.
    pub async fn copy(&mut self, of: &Server) {
        assert!(!self.is_running());
        let _ = fs::remove_dir_all(&self.cluster);
        let mut backup = self.command("pg_basebackup");
        backup
            .args([
                "--checkpoint=fast",
                "--wal-method=stream",
                "--no-sync",
                "--dbname",
            ])
            .arg(of.conninfo())
            .arg("--pgdata")
            .arg(&self.cluster);
        Programs::run(&mut backup).await.unwrap();
    }

    /// Makes it a standby of the server at that address from its next start on; the address may be a proxy's. The data
    /// must be a copy of that server's, or its past.
    pub fn follow(&mut self, upstream: SocketAddr) {
        assert!(!self.is_running());
        let signal = self.cluster.join("standby.signal");
        File::create(&signal).unwrap();
        if let Some((uid, gid)) = self.programs.account {
            chown(&signal, Some(uid), Some(gid)).unwrap();
        }
        self.upstream = Some(upstream);
    }

    /// Takes back what only this server has, so that it can follow `source`, which was promoted. It must not run;
    /// having been killed does not matter.
    ///
    /// `pg_rewind` 15 reads the source's timeline from its last checkpoint, and says "no rewind required" until the
    /// new primary has made one.
    pub async fn rewind(&mut self, source: &Server) -> Rewound {
        assert!(!self.is_running());
        source.execute(&["CHECKPOINT"]).await;
        let mut rewind = self.command("pg_rewind");
        rewind
            .args(["--no-sync", "--target-pgdata"])
            .arg(&self.cluster)
            .arg("--source-server")
            .arg(source.conninfo());
        match Programs::run(&mut rewind).await {
            Ok(_) => Rewound::Done,
            Err(printed) => Rewound::Refused(printed),
        }
    }

    /// Makes a running standby take writes; returns when it does. A question that waited for it would have a snapshot,
    /// and could hold up the replay that has to come first.
    pub async fn promote(&mut self) {
        self.execute(&["SELECT pg_promote(false)"]).await;
        let begun = Instant::now();
        while self.is_in_recovery().await {
            assert!(
                begun.elapsed() < PATIENCE,
                "{} is not promoted:\n{}",
                self.name(),
                self.log()
            );
            sleep(PAUSE).await;
        }
        self.upstream = None;
    }

    pub async fn is_in_recovery(&self) -> bool {
        let client = self.connect().await;
        let row = client.query_one("SELECT pg_is_in_recovery()", &[]).await;
        row.unwrap().get(0)
    }

    /// Received is received, but nothing more of it is to be seen.
    pub async fn pause_replay(&self) {
        self.execute(&["SELECT pg_wal_replay_pause()"]).await;
    }

    pub async fn resume_replay(&self) {
        self.execute(&["SELECT pg_wal_replay_resume()"]).await;
    }

    /// The end of what it has written, as a primary.
    pub async fn written(&self) -> PgLsn {
        let client = self.connect().await;
        let row = client.query_one("SELECT pg_current_wal_lsn()", &[]).await;
        row.unwrap().get(0)
    }

    /// The last checkpoint of a server that does not run: the end of what it has written, if it was stopped in order.
    pub async fn last_checkpoint(&self) -> PgLsn {
        assert!(!self.is_running());
        let mut controldata = self.command("pg_controldata");
        let printed = Programs::run(controldata.arg(&self.cluster)).await.unwrap();
        let mut lines = printed.lines();
        let location = lines.find_map(|line| line.strip_prefix("Latest checkpoint location:"));
        location.unwrap().trim().parse().unwrap()
    }

    /// Waits until this standby shows everything that `primary` has committed by now.
    pub async fn catch_up(&self, primary: &Server) {
        self.replay_to(primary.written().await).await;
    }

    /// Waits until this standby has replayed what is before `goal`.
    pub async fn replay_to(&self, goal: PgLsn) {
        let client = self.connect().await;
        let behind = "SELECT coalesce(pg_last_wal_replay_lsn() < $1, true)";
        let begun = Instant::now();
        while client.query_one(behind, &[&goal]).await.unwrap().get(0) {
            assert!(
                begun.elapsed() < PATIENCE,
                "{} stays behind:\n{}",
                self.name(),
                self.log()
            );
            sleep(PAUSE).await;
        }
    }

    /// Makes this primary wait for the standby of that name with every commit, or, with `None`, for none. Returns when
    /// it does, and, with a standby, when that has everything that was committed before.
    pub async fn wait_for_standby(&self, standby: Option<&Server>) {
        let names = standby.map(Server::name).unwrap_or_default();
        self.set("synchronous_standby_names", names).await;
        let Some(standby) = standby else {
            return;
        };
        let client = self.connect().await;
        let streams = "SELECT count(*) FROM pg_stat_replication
                       WHERE application_name = $1 AND sync_state = 'sync' AND state = 'streaming'";
        let begun = Instant::now();
        while client
            .query_one(streams, &[&names])
            .await
            .unwrap()
            .get::<_, i64>(0)
            == 0
        {
            assert!(begun.elapsed() < PATIENCE, "{names} is not synchronous");
            sleep(PAUSE).await;
        }
        standby.catch_up(self).await;
    }
}
