//! One run of wrk, and the line of figures that `benches/wrk/wallets.lua` ends it with.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use testkit::failure::{Failure, failed};

use crate::arguments::Arguments;
use crate::load::Load;
use crate::project;
use crate::scratch::Scratch;

/// The longest that an answer may take: longer than any system waits itself.
const ANSWER_MAX: &str = "30s";

/// What wrk is to send.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub load: Load,
    pub connections: u64,
    pub duration: Duration,
    /// Runs of one seed send the same sequence.
    pub seed: u64,
}

/// Wallets that wrk may use up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fresh {
    pub first: u64,
    pub count: u64,
}

/// What wrk saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub requests: u64,
    /// Of each request; a batch has many.
    pub operations_each: u64,
    /// That make one of what is counted.
    pub requests_each: u64,
    pub duration_us: u64,
    pub p50_us: u64,
    pub p99_us: u64,
    pub socket_errors: u64,
    /// Answers with a status of 400 or more.
    pub refused: u64,
    /// Whether the cold load ran out of fresh wallets.
    pub exhausted: bool,
    /// Share of one core that wrk itself used.
    pub busy: f64,
}

impl Report {
    /// Answered operations a second, or pairs of them.
    pub fn throughput(&self) -> f64 {
        let counted = as_f64(self.requests * self.operations_each) / as_f64(self.requests_each);
        counted / (as_f64(self.duration_us) / 1e6)
    }

    pub fn p99_ms(&self) -> f64 {
        as_f64(self.p99_us) / 1e3
    }

    /// Requests that were answered with success.
    pub fn acknowledged(&self) -> u64 {
        self.requests - self.refused
    }

    /// Why the run does not count.
    pub fn problem(&self) -> Option<String> {
        if self.socket_errors + self.refused > 0 {
            Some(format!(
                "{} of {} answers were refusals, {} socket errors",
                self.refused, self.requests, self.socket_errors
            ))
        } else if self.exhausted {
            Some("fresh wallets ran out: give more --cold-wallets-per-second".to_owned())
        } else if self.requests == 0 {
            Some("not one answer".to_owned())
        } else {
            None
        }
    }
}

/// What wrk runs with.
pub struct Wrk<'a> {
    pub scratch: &'a Scratch,
    pub arguments: &'a Arguments,
    /// A file with keys that requests carry in turn.
    pub keys: Option<&'a Path>,
}

impl Wrk<'_> {
    /// Runs wrk to its end.
    pub async fn run(
        &self,
        address: SocketAddr,
        run: Run,
        fresh: Fresh,
    ) -> Result<Report, Failure> {
        let Self {
            scratch,
            arguments,
            keys,
        } = *self;
        let threads = arguments.wrk_threads.min(run.connections);
        let wallets = run.load.wallets(arguments, fresh.count);
        let doing = || format!("send the {} load with wrk", run.load.name());
        let before = children_cpu();
        let mut command = scratch.command("wrk");
        if let Some(keys) = keys {
            command.env("KEYS", keys);
        }
        let output = command
            .current_dir(project::path("benches/wrk"))
            .args(["--latency", "--timeout", ANSWER_MAX])
            .arg(format!("-t{threads}"))
            .arg(format!("-c{}", run.connections))
            .arg(format!("-d{}s", run.duration.as_secs()))
            .args(["-s", &run.load.script()])
            .arg(format!("http://{address}"))
            .arg("--")
            .args([wallets, fresh.first, fresh.count, run.seed, threads].map(|n| n.to_string()))
            .stderr(Stdio::piped())
            .output()
            .await
            .map_err(failed(doing()))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() || !errors.is_empty() {
            return Err(failed(doing())(format!(
                "{}: {said}{errors}",
                output.status
            )));
        }
        let mut report = parse(&said).ok_or_else(|| failed(doing())(format!("it said: {said}")))?;
        // No other child ends while wrk runs.
        let used = children_cpu().saturating_sub(before);
        report.operations_each = run.load.operations_each();
        report.requests_each = run.load.requests_each();
        report.busy = used.as_secs_f64() / (as_f64(report.duration_us) / 1e6);
        Ok(report)
    }
}

/// Reads the line of figures: exactly these, in this order, once.
fn parse(said: &str) -> Option<Report> {
    const NAMES: [&str; 10] = [
        "requests",
        "duration_us",
        "p50_us",
        "p99_us",
        "connect",
        "read",
        "write",
        "status",
        "timeout",
        "exhausted",
    ];
    let mut lines = said
        .lines()
        .filter_map(|line| line.strip_prefix("compare "));
    let (line, None) = (lines.next()?, lines.next()) else {
        return None;
    };
    let mut words = line.split(' ');
    let mut figures = [0; NAMES.len()];
    for (figure, name) in figures.iter_mut().zip(NAMES) {
        let (found, value) = words.next()?.split_once('=')?;
        if found != name {
            return None;
        }
        *figure = value.parse().ok()?;
    }
    let [
        requests,
        duration_us,
        p50_us,
        p99_us,
        connect,
        read,
        write,
        status,
        timeout,
        exhausted,
    ] = figures;
    if words.next().is_some() || duration_us == 0 || status > requests || exhausted > 1 {
        return None;
    }
    Some(Report {
        requests,
        operations_each: 1,
        requests_each: 1,
        duration_us,
        p50_us,
        p99_us,
        socket_errors: connect + read + write + timeout,
        refused: status,
        exhausted: exhausted == 1,
        busy: 0.0,
    })
}

/// The processor time of all children that have ended.
fn children_cpu() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN);
    let time = usage.map(|usage| usage.user_time() + usage.system_time());
    time.ok()
        .and_then(|time| u64::try_from(time.tv_sec() * 1_000_000 + time.tv_usec()).ok())
        .map_or(Duration::ZERO, Duration::from_micros)
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts and microseconds of one run are far below 2^52"
)]
fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "compare requests=200 duration_us=2000000 p50_us=900 p99_us=2500 connect=0 read=1 write=0 status=3 timeout=2 exhausted=0";

    #[test]
    fn the_line_of_figures_is_found_among_what_wrk_prints() {
        let report = parse(&format!("Running 2s test @ http://x\n{LINE}\n")).unwrap();
        assert_eq!(report.acknowledged(), 197);
        assert!((report.throughput() - 100.0).abs() < 1e-9);
        assert!((report.p99_ms() - 2.5).abs() < 1e-9);
        assert_eq!(
            report.problem().as_deref(),
            Some("3 of 200 answers were refusals, 3 socket errors")
        );
    }

    #[test]
    fn a_line_that_is_not_exactly_that_is_no_line() {
        for said in [
            "",
            "compare requests=200",
            &LINE.replace("p50_us", "p51_us"),
            &LINE.replace("900", "-nan"),
            &LINE.replace("duration_us=2000000", "duration_us=0"),
            &format!("{LINE} more=1"),
            &format!("{LINE}\n{LINE}"),
        ] {
            assert_eq!(parse(said), None, "{said}");
        }
    }
}
