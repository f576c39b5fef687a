//! Sessions, and what rounds on them cost.

use std::fs;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

use super::Result;

/// Rounds before those that count: plans are made, caches filled.
const WARM_UP: usize = 20;

#[derive(Debug, thiserror::Error)]
#[error("could not {what}")]
pub struct MeasureError {
    what: &'static str,
    #[source]
    source: tokio_postgres::Error,
}

fn failed(what: &'static str) -> impl FnOnce(tokio_postgres::Error) -> MeasureError {
    move |source| MeasureError { what, source }
}

pub struct Session {
    client: Client,
    process: i32,
}

impl Session {
    pub async fn open(address: &Config) -> Result<Self> {
        let (client, connection) = address.connect(NoTls).await.map_err(failed("connect"))?;
        tokio::spawn(connection);
        let row = client.query_one("SELECT pg_backend_pid()", &[]).await;
        let process = row.map_err(failed("ask for the session's process"))?.get(0);
        Ok(Self { client, process })
    }

    pub async fn prepare(&self, sql: &str) -> Result<Statement> {
        let prepared = self.client.prepare(sql).await;
        prepared.map_err(failed("prepare a statement"))
    }

    pub async fn run(&self, sql: &str) -> Result<()> {
        let run = self.client.batch_execute(sql).await;
        run.map_err(failed("run a statement"))
    }

    pub async fn query(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        let rows = self.client.query(sql, parameters).await;
        rows.map_err(failed("query"))
    }

    /// Sends all of them before the first response is read.
    pub async fn pipeline(
        &self,
        statements: &[(&Statement, Vec<&(dyn ToSql + Sync)>)],
    ) -> Result<()> {
        // Polled in this order, each is sent by its first poll.
        let sent = statements
            .iter()
            .map(|(statement, parameters)| self.client.query(*statement, parameters));
        try_join_all(sent).await.map_err(failed("write"))?;
        Ok(())
    }
}

/// A way, and what it costs.
#[derive(Debug)]
pub struct Figure {
    pub way: String,
    /// The median.
    pub time: Duration,
    /// CPU time of the session's own process, and of those that it has on the nodes.
    pub session: Duration,
    pub others: Duration,
}

pub struct Meter {
    process: i32,
    others: Vec<i32>,
    rounds: usize,
    round: usize,
    times: Vec<Duration>,
    started: Instant,
    cpu: [Duration; 2],
}

impl Meter {
    pub fn new(session: &Session, others: Vec<i32>, rounds: usize) -> Self {
        Self {
            process: session.process,
            others,
            rounds,
            round: 0,
            times: Vec::new(),
            started: Instant::now(),
            cpu: [Duration::ZERO; 2],
        }
    }

    /// Ends a round and begins the next, if there is one.
    pub fn next(&mut self) -> bool {
        if self.round > WARM_UP {
            self.times.push(self.started.elapsed());
        }
        if self.round == WARM_UP {
            self.cpu = self.used();
        }
        self.round += 1;
        self.started = Instant::now();
        self.times.len() < self.rounds
    }

    /// What was done in this round until now does not count.
    pub fn restart(&mut self) {
        self.started = Instant::now();
    }

    /// Whether this round is the last one that does not count.
    pub fn is_warm(&self) -> bool {
        self.round == WARM_UP
    }

    /// Processes that work for the session.
    pub fn with(&mut self, others: Vec<i32>) {
        self.others = others;
    }

    pub fn figure(mut self, way: &str) -> Figure {
        let used = self.used();
        let rounds = u32::try_from(self.times.len().max(1)).unwrap_or(u32::MAX);
        self.times.sort_unstable();
        Figure {
            way: way.to_owned(),
            time: self
                .times
                .get(self.times.len() / 2)
                .copied()
                .unwrap_or_default(),
            session: used[0].saturating_sub(self.cpu[0]) / rounds,
            others: used[1].saturating_sub(self.cpu[1]) / rounds,
        }
    }

    fn used(&self) -> [Duration; 2] {
        [cpu(&[self.process]), cpu(&self.others)]
    }
}

/// The CPU time of processes of this machine.
fn cpu(processes: &[i32]) -> Duration {
    let times = processes.iter().filter_map(|process| {
        let text = fs::read_to_string(format!("/proc/{process}/schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(times.sum())
}
