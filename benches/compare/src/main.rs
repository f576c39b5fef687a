//! `make compare`: measures the engine against its baselines, and writes what came out.
//!
//! 1. One private PostgreSQL, as durable as the product's, is started in a directory that is gone afterwards
//!    (`scratch.rs`, `postgres.rs`). What tests do as well is `testkit`'s.
//! 2. Engine, direct path and ceiling (the program `baseline`) run as processes of their own (`contender.rs`), all with the same number of
//!    HTTP threads, on databases of their own. Each load has its systems (`load.rs`).
//! 3. Each load is a trial (`trial.rs`): rounds in which the systems take turns under wrk (`wrk.rs`), then an audit.
//!    What was acknowledged must be in the ledger (`books.rs`, `checked.rs`).
//! 4. What conditions cost the engine, such as many connections that register or a snapshot that is kept open
//!    (`conditions`), and what a hot wallet costs its neighbours (`fairness.rs`); with `--away` the loads with the database a
//!    millisecond away (`away.rs`); with `--ledger` what takes long (`large_ledger.rs`), with `--keys` what keys cost
//!    (`keys.rs`). With `--before` an earlier build is measured beside this one.
//! 5. Every figure is judged as a ratio of two systems in the same round (`rows.rs`), and everything is written to
//!    `benches/RESULTS.md` and `benches/throughput.svg` (`report.rs`, `chart.rs`); README.md and docs/performance.md
//!    get copies of the figures (`published.rs`).
//!
//! This process only waits while wrk runs. Exit status: 0, 1 if it could not go on or a row failed, 130 after Ctrl-C.

mod activate;
mod arguments;
mod away;
mod bench;
mod books;
mod chart;
mod checked;
mod conditions;
mod contender;
mod fairness;
mod forward;
mod http;
mod keys;
mod large_ledger;
mod load;
mod machine;
mod plan;
mod pool;
mod postgres;
mod programs;
mod project;
mod published;
mod report;
mod results;
mod rows;
mod scratch;
mod statistics;
mod trial;
mod wrk;

use std::process::ExitCode;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use testkit::failure::{Failure, failed};
use tokio::signal::unix::{SignalKind, signal};
use wallet_engine::telemetry::chain;

use arguments::{Arguments, Task};
use away::{Away, round_trip};
use bench::{Bench, Place};
use conditions::CONDITIONS;
use load::Load;
use plan::Plan;
use postgres::Postgres;
use programs::Programs;
use report::{Document, Link};
use results::{AWAY, BESIDE, Results};
use scratch::Scratch;

const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let arguments = match arguments::read() {
        Task::Compare(arguments) => arguments,
        Task::Forward { listen, to, delay } => return forward::run(&listen, &to, delay),
    };
    let compared = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed("start a runtime"))
        .and_then(|runtime| runtime.block_on(compare(&arguments)));
    compared.unwrap_or_else(|failure| {
        eprintln!("compare: {}", chain(&failure));
        ExitCode::FAILURE
    })
}

/// Measures until everything is measured or a signal says stop; in either case nothing is left behind.
async fn compare(arguments: &Arguments) -> Result<ExitCode, Failure> {
    allow_many_files()?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed("wait for signals"))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed("wait for signals"))?;
    let scratch = Scratch::new(&arguments.scratch)?;
    let compared = tokio::select! {
        compared = measure(arguments, &scratch) => Some(compared),
        _ = interrupt.recv() => None,
        _ = terminate.recv() => None,
    };
    if compared.is_none() {
        eprintln!("compare: told to stop");
    }
    let removed = scratch.remove().await;
    let status = compared.transpose()?.unwrap_or(ExitCode::from(INTERRUPTED));
    removed.map(|()| status)
}

async fn measure(arguments: &Arguments, scratch: &Scratch) -> Result<ExitCode, Failure> {
    let bench = Bench {
        arguments,
        scratch,
        programs: Programs::find(arguments)?,
        postgres: Postgres::start(scratch).await,
    };
    let mut document = Document {
        facts: machine::facts(scratch.path())?,
        settings: bench.postgres.facts().await,
        links: Vec::new(),
    };
    for (name, value) in document.facts.iter().chain(&document.settings) {
        println!("{name}: {value}");
    }
    let mut results = Results::default();
    let everything = everything(&bench, &mut document, &mut results).await;
    bench.postgres.stop().await;
    everything?;
    report::write(arguments, &document, &results)?;
    Ok(ExitCode::from(u8::from(!results.problems.is_empty())))
}

/// Every measurement that was asked for.
async fn everything(
    bench: &Bench<'_>,
    document: &mut Document,
    results: &mut Results,
) -> Result<(), Failure> {
    let beside = Place {
        name: BESIDE,
        route: bench.postgres.route(),
    };
    document.links.push(Link {
        place: BESIDE,
        how: "its Unix socket".to_owned(),
        round_trip: round_trip(&beside.route).await?,
    });
    for load in Load::ALL {
        if let Some(plan) = Plan::of(load, bench.arguments) {
            trial::run(bench, &beside, load, &plan, results).await?;
        }
    }
    for condition in CONDITIONS {
        if bench.arguments.wants(condition.name) {
            conditions::run(condition, bench, &beside, results).await?;
        }
    }
    for neighbours in &fairness::NEIGHBOURS {
        if bench.arguments.wants(neighbours.name) {
            fairness::run(bench, &beside, neighbours, results).await?;
        }
    }
    if bench.arguments.away {
        let away = Away::open(bench).await?;
        let place = Place {
            name: AWAY,
            route: away.route.clone(),
        };
        document.links.push(Link {
            place: AWAY,
            how: away.how.clone(),
            round_trip: round_trip(&place.route).await?,
        });
        for load in Load::ALL {
            if let Some(plan) = Plan::away(load, bench.arguments) {
                trial::run(bench, &place, load, &plan, results).await?;
            }
        }
    }
    if let Some(operations) = bench.arguments.ledger {
        large_ledger::run(bench, &beside, operations, results).await?;
    }
    if let Some(keys) = bench.arguments.keys {
        keys::run(bench, &beside, keys, results).await?;
    }
    Ok(())
}

/// As many open files as this process may have; what it starts inherits that, and each connection is one.
fn allow_many_files() -> Result<(), Failure> {
    let raising = "allow as many open files as there are connections";
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).map_err(failed(raising))?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most).map_err(failed(raising))
}
