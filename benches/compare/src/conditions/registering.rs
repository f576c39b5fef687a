//! What registrations cost a hot wallet: the hot load beside clients that register new users all the time, against the hot
//! load alone. A registration hashes a password, which takes a core for as long as thousands of operations.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use testkit::failure::{Failure, failed};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::condition::{Bounds, Condition, Judged, Row, Unit};
use super::line::Line;
use super::side::{Side, run_of};
use crate::bench::{Bench, Place};
use crate::http::Connection;
use crate::load::{Load, Request};
use crate::results::{CONNECTIONS, Results};
use crate::wrk::{Report, Run};

pub const NAME: &str = "registering";

const REGISTRATIONS: &str = "registrations beside a hot wallet";

pub static CONDITION: Condition = Condition {
    name: NAME,
    rows: &[
        Row {
            name: "hot, beside 16 clients that register/alone",
            unit: Unit::PerSecond,
            bounds: Some(Bounds::new(
                Judged::RatioAtLeast,
                ("0.7", 0.7),
                ("0.9", 0.9),
            )),
        },
        Row {
            name: "p99 hot, beside 16 clients that register/alone",
            unit: Unit::P99,
            bounds: None,
        },
        Row {
            name: REGISTRATIONS,
            unit: Unit::PerSecond,
            bounds: None,
        },
    ],
};

const CLIENTS: u64 = 16;
/// They register for so long before the measurement.
const MARGIN: Duration = Duration::from_millis(500);

/// Measures one engine alone, then beside the clients.
pub async fn run(bench: &Bench<'_>, place: &Place, results: &mut Results) -> Result<(), Failure> {
    let mut sides = Side::all(bench, place, 1, &[&[]]).await?;
    let mut rates = vec![Vec::new(); sides.len()];
    for round in 0..=bench.arguments.rounds {
        for (side, rates) in sides.iter_mut().zip(&mut rates) {
            let run = run_of(bench, Load::Hot, CONNECTIONS, round);
            let alone = side.send(bench, 0, run).await?;
            bench.postgres.settle().await?;
            let address = side.engines[0].address;
            let (beside, registered) = beside(bench, address, run).await?;
            side.books.enter(&beside, run);
            side.note(&CONDITION, round, [alone, beside], results, place);
            if let [first, ..] = registered.refusals[..] {
                let count = registered.refusals.len();
                let text = format!("{count} registrations were refused, the first with {first}");
                results.problem(place.name, NAME, text);
            }
            if round > 0 {
                println!("        {:.1} registrations a second", registered.rate);
                rates.push(registered.rate);
            }
        }
    }
    for (side, figures) in sides.into_iter().zip(rates) {
        results.lines.push(Line {
            row: REGISTRATIONS,
            system: side.system,
            figures,
            baseline: Vec::new(),
        });
        side.finish(bench, place, &CONDITION, results).await?;
    }
    Ok(())
}

/// What the clients were answered.
struct Registered {
    /// Registrations a second.
    rate: f64,
    /// Statuses of refusals.
    refusals: Vec<u16>,
}

/// The run of wrk while clients register, who stop after it.
async fn beside(
    bench: &Bench<'_>,
    address: SocketAddr,
    run: Run,
) -> Result<(Report, Registered), Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let registered = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (stop, registered) = (Arc::clone(&stop), Arc::clone(&registered));
        clients.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let (mut refusals, mut number) = (Vec::new(), 0_u64);
            while !stop.load(Ordering::Relaxed) {
                let name = format!("new-{}-{client}-{number}", run.seed);
                number += 1;
                match connection.send(&Request::Register(name)).await? {
                    201 => drop(registered.fetch_add(1, Ordering::Relaxed)),
                    status => refusals.push(status),
                }
            }
            std::io::Result::Ok(refusals)
        });
    }
    sleep(MARGIN).await;
    let (begun, first) = (Instant::now(), registered.load(Ordering::Relaxed));
    let report = bench.send_beside(address, run).await;
    let count = registered.load(Ordering::Relaxed) - first;
    let took = begun.elapsed();
    stop.store(true, Ordering::Relaxed);
    let mut refusals = Vec::new();
    for client in clients.join_all().await {
        refusals.extend(client.map_err(failed("register users"))?);
    }
    #[allow(
        clippy::cast_precision_loss,
        reason = "a count of registrations is far below 2^52"
    )]
    let rate = count as f64 / took.as_secs_f64();
    Ok((report?, Registered { rate, refusals }))
}
