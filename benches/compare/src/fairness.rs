//! What a hot wallet costs its neighbours: the tail of a trickle over other wallets, beside a crowd of connections that
//! deposits into one, against the trickle alone. The trickle is of deposits, or of transfers between two neighbours.

use std::net::SocketAddr;
use std::time::Duration;

use testkit::failure::{Failure, failed};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use crate::bench::{Bench, Place};
use crate::books::Books;
use crate::contender::System;
use crate::http::Connection;
use crate::load::{Load, Request};
use crate::pool;
use crate::results::{CONNECTIONS, Fairness, Results};
use crate::rows::{Bound, FAIRNESS_FLOOR, TRANSFER_FAIRNESS_AIM};
use crate::statistics::quantile;
use crate::wrk::Run;

/// What the neighbours of wallet 0 do.
pub struct Neighbours {
    /// What it is measured and problems are noted under.
    pub name: &'static str,
    /// What the figures are, in its row.
    pub row: &'static str,
    /// Connections that deposit into wallet 0.
    crowd: u64,
    /// What their requests are, as far as the books are concerned.
    trickle: Load,
    pub floor: Bound,
    pub aim: Option<Bound>,
}

pub static NEIGHBOURS: [Neighbours; 2] = [
    Neighbours {
        name: "fairness",
        row: "p99 of a trickle beside a hot wallet / idle",
        crowd: 512,
        trickle: Load::Uniform,
        floor: FAIRNESS_FLOOR,
        aim: None,
    },
    Neighbours {
        name: "quiet-transfers",
        row: "p99 of a trickle of transfers beside a hot wallet / idle",
        crowd: CONNECTIONS,
        trickle: Load::Pairs,
        floor: FAIRNESS_FLOOR,
        aim: Some(TRANSFER_FAIRNESS_AIM),
    },
];

/// Wallets 1 to this many get the trickle.
const WALLETS: u64 = 100;
/// Operations a second, all neighbours together.
const PER_SECOND: u32 = 50;
/// Connections that the trickle takes turns on, so that a slow answer does not hold back the next request.
const TRICKLE_CONNECTIONS: u32 = 10;
/// The crowd's time before and after the trickle.
const MARGIN: Duration = Duration::from_secs(1);
/// Tokio's timer has steps of a millisecond: later than this, it is the system that was late.
const TIMER_STEP: Duration = Duration::from_millis(2);

/// Measures engine and direct path in turn.
pub async fn run(
    bench: &Bench<'_>,
    place: &Place,
    neighbours: &'static Neighbours,
    results: &mut Results,
) -> Result<(), Failure> {
    let Neighbours { name, trickle, .. } = *neighbours;
    println!("{name}");
    for system in [System::Engine, System::Direct] {
        let database = bench.create(system.name(), WALLETS + 1).await?;
        if trickle.spends() {
            database.add_funds().await?;
        }
        let mut books = Books::open(database).await?;
        let pool = pool::found(results, place, Load::Hot);
        let contender = bench
            .start(system, place, Some(&books.database), pool)
            .await?;
        let address = contender.address;
        let mut fairness = Fairness {
            neighbours,
            system,
            idle_p99_ms: Vec::new(),
            busy_p99_ms: Vec::new(),
        };
        // Every neighbour has its actor before anything counts.
        let warm_up = Duration::from_secs(WALLETS / u64::from(PER_SECOND) + 1);
        let warmed_up = send(address, trickle, warm_up).await?;
        books.enter_finished(trickle, warmed_up.acknowledged);
        for round in 1..=bench.arguments.rounds {
            let duration = bench.arguments.per_point;
            bench.postgres.settle().await?;
            let idle = send(address, trickle, duration).await?;
            let crowd = Run {
                load: Load::Hot,
                connections: neighbours.crowd,
                duration: duration + 2 * MARGIN,
                seed: round,
            };
            let (crowd, busy) =
                tokio::try_join!(bench.send(address, Some(&mut books), crowd), async {
                    sleep(MARGIN).await;
                    send(address, trickle, duration).await
                })?;
            println!(
                "    round {round}, {:<7} p99 {:>6.2} ms idle, {:>8.2} ms beside {:.0}/s",
                system.name(),
                idle.p99_ms,
                busy.p99_ms,
                crowd.throughput()
            );
            let refused = idle.refused + busy.refused;
            let refused = (refused > 0).then(|| format!("{refused} of the trickle refused"));
            for problem in crowd.problem().into_iter().chain(refused) {
                results.problem(place.name, name, format!("{}: {problem}", system.name()));
            }
            books.enter_finished(trickle, idle.acknowledged + busy.acknowledged);
            fairness.idle_p99_ms.push(idle.p99_ms);
            fairness.busy_p99_ms.push(busy.p99_ms);
        }
        let stopped = contender.stop().await?;
        for problem in stopped.into_iter().chain(books.close().await?) {
            results.problem(place.name, name, format!("{}: {problem}", system.name()));
        }
        bench.postgres.drop(books.database).await;
        results.fairness.push(fairness);
    }
    Ok(())
}

#[derive(Default)]
struct Trickle {
    p99_ms: f64,
    acknowledged: u64,
    refused: u64,
}

/// Operations at an even pace, each sent when it is due whether or not the one before was answered, as far as there
/// are connections. A time begins when the operation was due, so waiting for a connection counts.
async fn send(address: SocketAddr, load: Load, duration: Duration) -> Result<Trickle, Failure> {
    let period = Duration::from_secs(1) / PER_SECOND;
    let begin = Instant::now() + period;
    let mut clients = JoinSet::new();
    for client in 0..TRICKLE_CONNECTIONS {
        clients.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let first = begin + period * client;
            let mut due = interval_at(first, period * TRICKLE_CONNECTIONS);
            due.set_missed_tick_behavior(MissedTickBehavior::Burst);
            let mut answers = Vec::new();
            let mut wallet = u64::from(client);
            loop {
                let due = due.tick().await;
                if due >= begin + duration {
                    return std::io::Result::Ok(answers);
                }
                let now = Instant::now();
                let late = now.duration_since(due) > TIMER_STEP;
                let sent = if late { due } else { now };
                let status = connection.send(&request(load, wallet)).await?;
                answers.push((status, sent.elapsed().as_secs_f64() * 1e3));
                wallet += u64::from(TRICKLE_CONNECTIONS);
            }
        });
    }
    let mut trickle = Trickle::default();
    let mut times_ms = Vec::new();
    for answers in clients.join_all().await {
        for (status, time_ms) in answers.map_err(failed("send the trickle"))? {
            let succeeded = (200..300).contains(&status);
            trickle.acknowledged += u64::from(succeeded);
            trickle.refused += u64::from(!succeeded);
            times_ms.push(time_ms);
        }
    }
    trickle.p99_ms = quantile(times_ms, 0.99);
    Ok(trickle)
}

/// The `n`th request of the trickle: to each wallet in turn, and from it to the next one if money moves.
fn request(load: Load, n: u64) -> Request {
    let [wallet, next] = [n, n + 1].map(|n| 1 + n % WALLETS);
    if load.spends() {
        Request::Transfer {
            from: wallet,
            to: next,
        }
    } else {
        Request::Deposit(wallet)
    }
}
