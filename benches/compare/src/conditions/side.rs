//! A build under measurement: one or more of its engines on a database of its own.

use std::time::Duration;

use testkit::failure::Failure;

use crate::bench::{Bench, Place};
use crate::books::Books;
use crate::conditions::condition::{Condition, Unit};
use crate::conditions::line::Line;
use crate::contender::{Contender, System};
use crate::load::Load;
use crate::plan::builds;
use crate::results::Results;
use crate::trial::WARM_UP;
use crate::wrk::{Report, Run};

pub struct Side {
    pub system: System,
    pub engines: Vec<Contender>,
    pub books: Books,
    /// What every round found: under the condition, and without it.
    pub with: Vec<Report>,
    pub without: Vec<Report>,
}

impl Side {
    /// Starts each build with a database of so many wallets and an engine for each list of flags.
    pub async fn all(
        bench: &Bench<'_>,
        place: &Place,
        wallets: u64,
        engines: &[&[&str]],
    ) -> Result<Vec<Self>, Failure> {
        let mut sides = Vec::new();
        for system in builds(bench.arguments) {
            let database = bench.create_for(system, system.name(), wallets).await?;
            let url = place.route.url(database.name());
            let mut started = Vec::new();
            for flags in engines {
                let flags = [&["serve", "--database-url", &url], *flags].concat();
                started.push(bench.start_with(system, &flags).await?);
            }
            sides.push(Self {
                system,
                engines: started,
                books: Books::open(database).await?,
                with: Vec::new(),
                without: Vec::new(),
            });
        }
        Ok(sides)
    }

    /// One run of wrk against one of the engines.
    pub async fn send(
        &mut self,
        bench: &Bench<'_>,
        engine: usize,
        run: Run,
    ) -> Result<Report, Failure> {
        let address = self.engines[engine].address;
        bench.send(address, Some(&mut self.books), run).await
    }

    /// Keeps what a round found, after its warm-up.
    pub fn note(
        &mut self,
        condition: &Condition,
        round: u64,
        [without, with]: [Report; 2],
        results: &mut Results,
        place: &Place,
    ) {
        let system = self.system.name();
        for problem in without.problem().into_iter().chain(with.problem()) {
            let text = format!("{system}, round {round}: {problem}");
            results.problem(place.name, condition.name, text);
        }
        if round > 0 {
            println!(
                "    round {round}, {system:<7} {:>8.0}/s and p99 {:>8.2} ms without, {:>8.0}/s and {:>8.2} ms with, wrk busy {:.2}",
                without.throughput(),
                without.p99_ms(),
                with.throughput(),
                with.p99_ms(),
                without.busy.max(with.busy),
            );
            self.without.push(without);
            self.with.push(with);
        }
    }

    /// Stops the engines, closes the books, and gives the condition's rows their figures, but for those that have some.
    pub async fn finish(
        self,
        bench: &Bench<'_>,
        place: &Place,
        condition: &'static Condition,
        results: &mut Results,
    ) -> Result<(), Failure> {
        let mut problems = Vec::new();
        for engine in self.engines {
            problems.extend(engine.stop().await?);
        }
        problems.extend(bench.close(self.system, self.books).await?);
        for problem in problems {
            let text = format!("{}: {problem}", self.system.name());
            results.problem(place.name, condition.name, text);
        }
        for row in condition.rows {
            let mut lines = results.lines.iter();
            if lines.any(|line| line.row == row.name && line.system == self.system) {
                continue;
            }
            let figure = match row.unit {
                Unit::PerSecond => Report::throughput,
                Unit::P99 => Report::p99_ms,
                Unit::Bytes => continue,
            };
            results.lines.push(Line {
                row: row.name,
                system: self.system,
                figures: self.with.iter().map(figure).collect(),
                baseline: self.without.iter().map(figure).collect(),
            });
        }
        Ok(())
    }
}

/// A round's run of a load; round 0 is the warm-up.
pub fn run_of(bench: &Bench<'_>, load: Load, connections: u64, round: u64) -> Run {
    Run {
        load,
        connections,
        duration: duration(bench, round),
        seed: round,
    }
}

fn duration(bench: &Bench<'_>, round: u64) -> Duration {
    if round == 0 {
        WARM_UP
    } else {
        bench.arguments.per_point
    }
}
