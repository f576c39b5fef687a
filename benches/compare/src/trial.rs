//! One load in one place, from empty databases to audited ones.
//!
//! 1. Each system gets a database with the load's wallets, which are empty unless they are to send money, and nothing else in it.
//! 2. The direct path's best pool is found for the load (cold and reads take that of the uniform load).
//! 3. The systems are started; the checked run compares acknowledged operations with the ledger to the row.
//! 4. Every wallet is read once, so that engines hold it, unless the load is what that costs; warm-up; then the rounds. In each, every point is measured, and at each point the systems take turns, each
//!    right after a checkpoint of the database, while the others are idle.
//! 5. The systems are stopped, and the books are closed.

use std::time::Duration;

use testkit::failure::Failure;

use crate::activate::read_each;
use crate::bench::{Bench, Place};
use crate::books::Books;
use crate::checked;
use crate::contender::{Contender, System};
use crate::load::Load;
use crate::plan::Plan;
use crate::pool;
use crate::results::Results;
use crate::wrk::{Report, Run};

pub const WARM_UP: Duration = Duration::from_secs(2);

/// A system and what it was told.
struct Entrant {
    system: System,
    contender: Contender,
    /// None for a system without a database.
    books: Option<Books>,
}

/// Measures the load as planned.
pub async fn run(
    bench: &Bench<'_>,
    place: &Place,
    load: Load,
    plan: &Plan,
    results: &mut Results,
) -> Result<(), Failure> {
    println!("{} ({})", load.name(), place.name);
    let mut entrants = enter(bench, place, load, plan, results).await?;
    for entrant in &mut entrants {
        if let Some(books) = &mut entrant.books
            && let (load, _) = entrant.system.point(load, load.usual_connections())
            && let Some(problem) = checked::run(entrant.contender.address, load, books).await?
        {
            let text = format!("{}: {problem}", entrant.system.name());
            results.problem(place.name, load.name(), text);
        }
    }
    if load != Load::Cold {
        for entrant in &mut entrants {
            let (address, wallets) = (entrant.contender.address, load.wallets(bench.arguments, 0));
            let refused = read_each(address, 0, wallets).await?;
            if refused > 0 {
                let text = format!("{}: {refused} reads were refused", entrant.system.name());
                results.problem(place.name, load.name(), text);
            }
        }
    }
    let warm_up = Run {
        load,
        connections: load.usual_connections(),
        duration: WARM_UP,
        seed: 0,
    };
    for entrant in &mut entrants {
        if let Some(problem) = entrant.send(bench, warm_up).await?.1.problem() {
            let text = format!("{}, warm-up: {problem}", entrant.system.name());
            results.problem(place.name, load.name(), text);
        }
    }
    for round in 1..=bench.arguments.rounds {
        for &connections in &plan.connections {
            for entrant in &mut entrants {
                let run = Run {
                    connections,
                    duration: bench.arguments.per_point,
                    // Every system is sent the same.
                    seed: round,
                    ..warm_up
                };
                let (connections, report) = entrant.send(bench, run).await?;
                println!(
                    "    round {round}, {connections:>4} connections, {:<7} {:>8.0}/s, p99 {:>8.2} ms, wrk busy {:.2}",
                    entrant.system.name(),
                    report.throughput(),
                    report.p99_ms(),
                    report.busy
                );
                results.add(place.name, load, connections, entrant.system, report);
            }
        }
    }
    for entrant in entrants {
        for problem in entrant.leave(bench).await? {
            results.problem(place.name, load.name(), problem);
        }
    }
    Ok(())
}

/// Databases and processes of all systems. The direct path has its best pool.
async fn enter(
    bench: &Bench<'_>,
    place: &Place,
    load: Load,
    plan: &Plan,
    results: &mut Results,
) -> Result<Vec<Entrant>, Failure> {
    let arguments = bench.arguments;
    let seconds = WARM_UP.as_secs() + arguments.rounds * arguments.per_point.as_secs();
    let fresh = checked::FRESH + seconds * arguments.cold_wallets_per_s;
    let wallets = load.wallets(arguments, fresh);
    let mut entrants = Vec::new();
    for &system in &plan.systems {
        let mut books = None;
        if system.keeps() {
            let database = bench.create_for(system, system.name(), wallets).await?;
            if load.spends() {
                database.add_funds().await?;
            }
            books = Some(Books::open(database).await?);
        }
        let mut pool = 0;
        if system == System::Direct
            && let Some(books) = &mut books
        {
            pool = pool::best(bench, place, load, books, results).await?;
        }
        let database = books.as_ref().map(|books| &books.database);
        entrants.push(Entrant {
            system,
            contender: bench.start(system, place, database, pool).await?,
            books,
        });
    }
    Ok(entrants)
}

impl Entrant {
    /// One run of wrk against this system; gives the number of connections with it.
    async fn send(&mut self, bench: &Bench<'_>, run: Run) -> Result<(u64, Report), Failure> {
        let (load, connections) = self.system.point(run.load, run.connections);
        let run = Run {
            load,
            connections,
            ..run
        };
        let report = bench
            .send(self.contender.address, self.books.as_mut(), run)
            .await?;
        Ok((connections, report))
    }

    /// Stops the system and closes its books. Gives what was wrong.
    async fn leave(self, bench: &Bench<'_>) -> Result<Vec<String>, Failure> {
        let name = self.system.name();
        let mut problems: Vec<String> = self.contender.stop().await?.into_iter().collect();
        if let Some(books) = self.books {
            problems.extend(bench.close(self.system, books).await?);
        }
        Ok(problems
            .into_iter()
            .map(|problem| format!("{name}: {problem}"))
            .collect())
    }
}
