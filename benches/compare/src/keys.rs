//! What keys cost: the hot load and reads on an engine with `WALLET_AUTH` off, on one that takes a key, and on one that takes any of
//! many keys, each request with the next one. And whether the time of a refusal says anything of the keys that there are.
//!
//! Every key has been used once before anything is measured, so that the engines remember them.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::PathBuf;

use testkit::failure::{Failure, failed};
use testkit::raw_http::Connection;
use tokio::task::JoinSet;
use tokio::time::Instant;
use wallet_engine::auth::{Scope, Secret};

use crate::bench::{Bench, Place};
use crate::books::Books;
use crate::contender::{Contender, System};
use crate::load::Load;
use crate::results::{BESIDE, CONNECTIONS, Results, ratios};
use crate::statistics::{Spread, quantile};
use crate::trial::WARM_UP;
use crate::wrk::Run;

/// What problems are noted under.
pub const NAME: &str = "keys";

const LOADS: [Load; 2] = [Load::Hot, Load::Reads];
/// Wallets of each engine: those of the reads.
const WALLETS: u64 = 1_000;
/// Unknown keys of each kind that are timed.
const TIMED: usize = 4_000;
const QUICK_TIMED: usize = 400;
/// What is timed, in this order.
const KINDS: [&str; 3] = [
    "made up, with all of the keys in the table",
    "one of the keys in the table, but for the last digit",
    "made up, with a single key in the table",
];

/// What was found.
pub struct Keys {
    count: usize,
    loads: Vec<LoadOfKeys>,
    /// Microseconds of each refusal, by kind.
    refusals_us: [Vec<f64>; KINDS.len()],
}

/// Throughput, a figure a round.
struct LoadOfKeys {
    load: Load,
    /// Of each side, in the order of [`Side`]s.
    throughputs: [Vec<f64>; 3],
}

/// An engine and the keys that it takes.
struct Side {
    engine: Contender,
    books: Books,
    keys: Vec<Secret>,
    /// They, one per line, for wrk; `None`: there are none.
    file: Option<PathBuf>,
}

/// Measures with so many keys.
pub async fn run(
    bench: &Bench<'_>,
    place: &Place,
    keys: u64,
    results: &mut Results,
) -> Result<(), Failure> {
    let keys = usize::try_from(keys).unwrap_or(usize::MAX);
    println!("{keys} keys");
    let mut sides = Vec::new();
    for (name, keys) in [("no_keys", 0), ("one_key", 1), ("many_keys", keys)] {
        sides.push(Side::start(bench, place, name, keys).await?);
    }
    let mut loads = Vec::new();
    for load in LOADS {
        loads.push(measure(bench, place, load, &mut sides, results).await?);
    }
    let refusals_us = time_refusals(bench, &sides).await?;
    for side in sides {
        let stopped = side.engine.stop().await?;
        for problem in stopped.into_iter().chain(side.books.close().await?) {
            results.problem(place.name, NAME, problem);
        }
        bench.postgres.drop(side.books.database).await;
    }
    results.keys = Some(Keys {
        count: keys,
        loads,
        refusals_us,
    });
    Ok(())
}

/// The rounds of one load, in each of which the engines take turns.
async fn measure(
    bench: &Bench<'_>,
    place: &Place,
    load: Load,
    sides: &mut [Side],
    results: &mut Results,
) -> Result<LoadOfKeys, Failure> {
    let mut throughputs = [const { Vec::new() }; 3];
    for round in 0..=bench.arguments.rounds {
        for (side, throughputs) in sides.iter_mut().zip(&mut throughputs) {
            let warm_up = round == 0;
            let run = Run {
                load,
                connections: CONNECTIONS,
                duration: if warm_up {
                    WARM_UP
                } else {
                    bench.arguments.per_point
                },
                seed: round,
            };
            let keys = side.file.as_deref();
            let (address, books) = (side.engine.address, &mut side.books);
            let report = bench
                .send_with_keys(address, Some(books), run, keys)
                .await?;
            if let Some(problem) = report.problem() {
                results.problem(place.name, NAME, problem);
            }
            if !warm_up {
                let (load, keys) = (load.name(), side.keys.len());
                let throughput = report.throughput();
                println!("    round {round}, {load}, {keys} keys: {throughput:.0}/s");
                throughputs.push(throughput);
            }
        }
    }
    Ok(LoadOfKeys { load, throughputs })
}

impl Side {
    async fn start(
        bench: &Bench<'_>,
        place: &Place,
        name: &'static str,
        count: usize,
    ) -> Result<Self, Failure> {
        let database = bench.create(name, WALLETS).await?;
        let made: Result<Vec<_>, _> = (0..count).map(|_| Secret::new_key()).collect();
        let keys = made.map_err(failed("make keys"))?;
        let mut file = None;
        if count > 0 {
            database.add_keys(&keys, &Scope::ALL).await?;
            let path = bench.scratch.path().join(name);
            let lines: Vec<_> = keys.iter().map(Secret::expose).collect();
            let written = fs::write(&path, lines.join("\n"));
            written.map_err(failed("write the keys for wrk"))?;
            file = Some(path);
        }
        let url = place.route.url(database.name());
        let auth = if count > 0 { "on" } else { "off" };
        let flags = ["serve", "--database-url", &url, "--auth", auth];
        // Refused keys are limited by client: each comes from another one.
        let flags = [&flags[..], &["--trusted-proxies", "127.0.0.0/8"]].concat();
        let side = Self {
            engine: bench.start_with(System::Engine, &flags).await?,
            books: Books::open(database).await?,
            keys,
            file,
        };
        side.use_each().await?;
        Ok(side)
    }

    /// Reads a wallet with each key.
    async fn use_each(&self) -> Result<(), Failure> {
        let (address, connections) = (self.engine.address, 64);
        let mut clients = JoinSet::new();
        for client in 0..connections {
            let keys = self.keys.iter().skip(client).step_by(connections);
            let requests: Vec<_> = keys.map(|key| read(key.expose(), client)).collect();
            clients.spawn(async move {
                let mut connection = Connection::open(address).await?;
                for request in requests {
                    let answer = connection.ask(request.as_bytes()).await?;
                    if answer.status != 200 {
                        let why = format!("a key is refused with {}", answer.status);
                        return Err(io::Error::other(why));
                    }
                }
                io::Result::Ok(())
            });
        }
        for client in clients.join_all().await {
            client.map_err(failed("use each key"))?;
        }
        Ok(())
    }
}

/// Asks with unknown keys of all kinds in turn, each on a connection that waits for every answer.
async fn time_refusals(
    bench: &Bench<'_>,
    sides: &[Side],
) -> Result<[Vec<f64>; KINDS.len()], Failure> {
    const DOING: &str = "time refused keys";
    let [_, one, many] = sides else {
        return Err(failed(DOING)("there are not three engines"));
    };
    let times = if bench.arguments.quick {
        QUICK_TIMED
    } else {
        TIMED
    };
    let mut connections = Vec::new();
    for address in [many.engine.address, many.engine.address, one.engine.address] {
        let opened = Connection::open(address).await;
        connections.push(opened.map_err(failed(DOING))?);
    }
    let mut refusals_us = [const { Vec::new() }; KINDS.len()];
    for time in 0..times {
        for turn in 0..KINDS.len() {
            // Each kind comes first as often as any other.
            let kind = (time + turn) % KINDS.len();
            let made_up = Secret::new_key().map_err(failed(DOING))?;
            let key = if kind == 1 {
                near(many.keys[time % many.keys.len()].expose())
            } else {
                made_up.expose().to_owned()
            };
            let request = read(&key, time);
            let begun = Instant::now();
            let answer = connections[kind].ask(request.as_bytes()).await;
            let took = begun.elapsed();
            let answer = answer.map_err(failed(DOING))?;
            if answer.status != 401 {
                let why = format!("an unknown key is answered with {}", answer.status);
                return Err(failed(DOING)(why));
            }
            refusals_us[kind].push(took.as_secs_f64() * 1e6);
        }
    }
    Ok(refusals_us)
}

/// The key with another last digit.
fn near(key: &str) -> String {
    let (most, last) = key.split_at(key.len() - 1);
    format!("{most}{}", if last == "0" { '1' } else { '0' })
}

/// A read of the first wallet by the `n`th client.
fn read(key: &str, client: usize) -> String {
    let [a, b] = [client / 250 % 250, client % 250];
    format!(
        "GET /api/wallets/00000000-0000-4000-8000-000000000000/ HTTP/1.1\r\nHost: wallet-engine\r\n\
         X-Forwarded-For: 10.0.{a}.{b}\r\nAuthorization: Bearer {key}\r\n\r\n"
    )
}

impl Keys {
    /// What the results say.
    pub fn text(&self, results: &Results) -> String {
        let mut text = String::new();
        let many = self.count;
        let failed = if results.has_problem(BESIDE, NAME) {
            " FAILED."
        } else {
            ""
        };
        // A string takes whatever is written.
        let _ = writeln!(
            text,
            "With {CONNECTIONS} connections; ratios to the engine with `WALLET_AUTH` off, by round.{failed}\n\n\
             | load | off | one key | ratio | between | {many} keys | ratio | between |\n|---|--:|--:|--:|--:|--:|--:|--:|"
        );
        for measured in &self.loads {
            let [off, one, many] = &measured.throughputs;
            let _ = write!(text, "| {} | {:.0}/s |", measured.load.name(), median(off));
            for with in [one, many] {
                let Spread {
                    median: ratio,
                    min,
                    max,
                } = ratios(with, off);
                let _ = write!(
                    text,
                    " {:.0}/s | {ratio:.3} | {min:.3}..{max:.3} |",
                    median(with)
                );
            }
            text.push('\n');
        }
        let _ = writeln!(
            text,
            "\nThe time of a refused key, in µs, and how often it is longer than that of the first kind (0.5: they do not differ):\n\n\
             | key | p10 | median | p90 | p99 | longer |\n|---|--:|--:|--:|--:|--:|"
        );
        for (kind, times) in KINDS.iter().zip(&self.refusals_us) {
            let at = |share| quantile(times.clone(), share);
            let _ = writeln!(
                text,
                "| {kind} | {:.0} | {:.0} | {:.0} | {:.0} | {:.3} |",
                at(0.1),
                at(0.5),
                at(0.9),
                at(0.99),
                longer(times, &self.refusals_us[0])
            );
        }
        text
    }
}

fn median(figures: &[f64]) -> f64 {
    Spread::of(figures.iter().copied()).median
}

/// The share of pairs of which the first is longer; a tie is half of one.
#[allow(
    clippy::cast_precision_loss,
    reason = "there are far fewer pairs than 2^52"
)]
fn longer(times: &[f64], others: &[f64]) -> f64 {
    let mut others = others.to_vec();
    others.sort_unstable_by(f64::total_cmp);
    let twice: usize = times
        .iter()
        .map(|time| {
            let below = others.partition_point(|other| other < time);
            below + others.partition_point(|other| other <= time)
        })
        .sum();
    twice as f64 / 2.0 / (times.len() * others.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_differ_is_longer_half_of_the_time() {
        let is = |share: f64, expected: f64| (share - expected).abs() < 1e-9;
        assert!(is(longer(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), 0.5));
        assert!(is(longer(&[4.0, 5.0], &[1.0, 2.0]), 1.0));
        assert!(is(longer(&[1.0, 3.0], &[2.0]), 0.5));
    }

    #[test]
    fn a_key_that_is_near_differs_in_its_last_digit() {
        assert_eq!(near("wk_ab0"), "wk_ab1");
        assert_eq!(near("wk_abf"), "wk_ab0");
    }
}
