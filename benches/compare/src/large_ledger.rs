//! Whether a ledger's size costs anything: the hot load on an engine whose ledger has a long history of other
//! wallets, and in turn on an engine without one.

use testkit::failure::Failure;

use crate::bench::{Bench, Place};
use crate::books::Books;
use crate::contender::{Contender, System};
use crate::load::Load;
use crate::results::{CONNECTIONS, LargeLedger, Results};
use crate::trial::WARM_UP;
use crate::wrk::Run;

/// What problems are noted under.
pub const NAME: &str = "large ledger";

/// Operations in the history of one wallet.
const EACH: u64 = 1_000;

struct Side {
    engine: Contender,
    books: Books,
    throughputs: Vec<f64>,
}

/// Measures with about `operations` rows of history.
pub async fn run(
    bench: &Bench<'_>,
    place: &Place,
    operations: u64,
    results: &mut Results,
) -> Result<(), Failure> {
    let with_history = operations.div_ceil(EACH);
    println!("a ledger of {} rows", with_history * EACH);
    let mut sides = Vec::new();
    for (name, history) in [("small", 0), ("large", with_history)] {
        let database = bench.create(name, 1 + with_history).await?;
        if history > 0 {
            database.add_history(1..=history, EACH, 1).await?;
        }
        sides.push(Side {
            engine: bench
                .start(System::Engine, place, Some(&database), 0)
                .await?,
            books: Books::open(database).await?,
            throughputs: Vec::new(),
        });
    }
    for round in 0..=bench.arguments.rounds {
        for side in &mut sides {
            let warm_up = round == 0;
            let run = Run {
                load: Load::Hot,
                connections: CONNECTIONS,
                duration: if warm_up {
                    WARM_UP
                } else {
                    bench.arguments.per_point
                },
                seed: round,
            };
            let report = bench
                .send(side.engine.address, Some(&mut side.books), run)
                .await?;
            if let Some(problem) = report.problem() {
                results.problem(place.name, NAME, problem);
            }
            if !warm_up {
                let name = side.books.database.name();
                println!("    round {round}, {name}: {:.0}/s", report.throughput());
                side.throughputs.push(report.throughput());
            }
        }
    }
    let mut throughputs = Vec::new();
    for side in sides {
        let stopped = side.engine.stop().await?;
        for problem in stopped.into_iter().chain(side.books.close().await?) {
            results.problem(place.name, NAME, problem);
        }
        bench.postgres.drop(side.books.database).await;
        throughputs.push(side.throughputs);
    }
    let with = throughputs.pop().unwrap_or_default();
    let without = throughputs.pop().unwrap_or_default();
    results.large_ledger = Some(LargeLedger {
        operations: with_history * EACH,
        without,
        with,
    });
    Ok(())
}
