//! What an idle wallet costs: the engine's resident memory before and after many wallets had one request each. Once each is
//! read; once each gets a deposit, and then nothing happens for a while.
//!
//! Every figure is of a process of its own. It hardly changes from one to the next, so few rounds do.

use std::time::Duration;

use testkit::failure::Failure;
use tokio::time::sleep;

use super::condition::{Bounds, Condition, Judged, Row, Unit};
use super::line::Line;
use crate::activate::{deposit_each, read_each};
use crate::bench::{Bench, Place};
use crate::books::Books;
use crate::contender::System;
use crate::load::Load;
use crate::plan::builds;
use crate::results::Results;

pub const NAME: &str = "idle";

pub static CONDITION: Condition = Condition {
    name: NAME,
    rows: &[
        Row {
            name: "memory of a wallet read once/the build before",
            unit: Unit::Bytes,
            bounds: Some(BOUNDS),
        },
        Row {
            name: "memory of a wallet after a deposit/the build before",
            unit: Unit::Bytes,
            bounds: Some(BOUNDS),
        },
    ],
};

const BOUNDS: Bounds = Bounds::new(Judged::RatioAtMost, ("0.55", 0.55), ("0.3", 0.3));

/// How long the wallets are idle after their deposits.
pub const IDLE: Duration = Duration::from_secs(3);
/// Wallets that are active before the memory is first read, so that threads, connections and pool are there too.
const FIRST: u64 = 1_000;
const ROUNDS_MAX: u64 = 2;

/// Activates the wallets in each build, by reads and by deposits.
pub async fn run(bench: &Bench<'_>, place: &Place, results: &mut Results) -> Result<(), Failure> {
    let builds = builds(bench.arguments);
    let wallets = FIRST + bench.arguments.active;
    let mut figures = vec![[Vec::new(), Vec::new()]; builds.len()];
    let mut all_books = Vec::new();
    for &system in &builds {
        let database = bench.create_for(system, system.name(), wallets).await?;
        all_books.push(Books::open(database).await?);
    }
    for round in 1..=bench.arguments.rounds.min(ROUNDS_MAX) {
        for ((&system, books), figures) in builds.iter().zip(&mut all_books).zip(&mut figures) {
            for (deposits, figures) in [false, true].into_iter().zip(figures) {
                let bytes = measure(bench, place, system, books, deposits, results).await?;
                let what = if deposits {
                    "after a deposit"
                } else {
                    "read once"
                };
                println!(
                    "    round {round}, {:<7} {bytes:.0} bytes, {what}",
                    system.name()
                );
                figures.push(bytes);
            }
        }
    }
    for (&system, books) in builds.iter().zip(all_books) {
        for problem in bench.close(system, books).await? {
            let text = format!("{}: {problem}", system.name());
            results.problem(place.name, NAME, text);
        }
    }
    let mut figures = figures.into_iter();
    let (of_engine, before) = (figures.next().unwrap_or_default(), figures.next());
    let before = before.unwrap_or_default();
    for ((row, figures), baseline) in CONDITION.rows.iter().zip(of_engine).zip(before) {
        results.lines.push(Line {
            row: row.name,
            system: System::Engine,
            figures,
            baseline,
        });
    }
    Ok(())
}

/// Bytes that each wallet takes in a new process.
async fn measure(
    bench: &Bench<'_>,
    place: &Place,
    system: System,
    books: &mut Books,
    deposits: bool,
    results: &mut Results,
) -> Result<f64, Failure> {
    let wallets = books.database.wallets;
    let active_max = (2 * wallets).to_string();
    let flags = [
        "serve",
        "--database-url",
        &place.route.url(books.database.name()),
        "--active-max",
        &active_max,
        "--idle-s",
        "86400",
    ];
    let engine = bench.start_with(system, &flags).await?;
    let activate = async |first, end| {
        if deposits {
            deposit_each(engine.address, first, end).await
        } else {
            read_each(engine.address, first, end).await
        }
    };
    let mut refused = activate(0, FIRST).await?;
    let before = engine.resident_bytes()?;
    refused += activate(FIRST, wallets).await?;
    if deposits {
        sleep(IDLE).await;
        books.enter_finished(Load::Uniform, wallets - refused);
    }
    let bytes = engine.resident_bytes()?.saturating_sub(before);
    let refused = (refused > 0).then(|| format!("{refused} requests were refused"));
    for problem in refused.into_iter().chain(engine.stop().await?) {
        let text = format!("{}: {problem}", system.name());
        results.problem(place.name, NAME, text);
    }
    #[allow(
        clippy::cast_precision_loss,
        reason = "bytes of a process are far below 2^52"
    )]
    let each = bytes as f64 / (wallets - FIRST) as f64;
    Ok(each)
}
