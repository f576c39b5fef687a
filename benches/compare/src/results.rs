//! Everything that was found, and the rows that it is judged by.

use crate::conditions::Line;
use crate::contender::System;
use crate::fairness::Neighbours;
use crate::keys::Keys;
use crate::load::Load;
use crate::statistics::Spread;
use crate::wrk::Report;

/// The connections of every load but where a row says otherwise.
pub const CONNECTIONS: u64 = 64;

/// The name of the place where the database is beside the systems, as the product has it.
pub const BESIDE: &str = "beside";
/// The name of the place where it is further away.
pub const AWAY: &str = "away";

/// One system at one point, over the rounds.
pub struct Series {
    pub place: &'static str,
    pub load: Load,
    pub connections: u64,
    pub system: System,
    pub reports: Vec<Report>,
}

impl Series {
    pub fn throughput(&self) -> Spread {
        Spread::of(self.reports.iter().map(Report::throughput))
    }

    pub fn p99_ms(&self) -> Spread {
        Spread::of(self.reports.iter().map(Report::p99_ms))
    }
}

/// Something that makes a load's figures worthless.
pub struct Problem {
    pub place: &'static str,
    /// The load's name, or what else was measured.
    pub measured: &'static str,
    pub text: String,
}

/// The direct path's throughput by the size of its pool.
pub struct Sweep {
    pub place: &'static str,
    pub load: Load,
    pub throughputs: Vec<(u64, f64)>,
    pub best: u64,
}

/// The tail of a trickle of operations, a figure a round.
pub struct Fairness {
    pub neighbours: &'static Neighbours,
    pub system: System,
    pub idle_p99_ms: Vec<f64>,
    pub busy_p99_ms: Vec<f64>,
}

/// The hot load on a ledger with a history, against one without, in throughput; a figure a round.
pub struct LargeLedger {
    pub operations: u64,
    pub without: Vec<f64>,
    pub with: Vec<f64>,
}

#[derive(Default)]
pub struct Results {
    pub series: Vec<Series>,
    pub problems: Vec<Problem>,
    pub sweeps: Vec<Sweep>,
    pub fairness: Vec<Fairness>,
    /// What conditions cost.
    pub lines: Vec<Line>,
    pub large_ledger: Option<LargeLedger>,
    pub keys: Option<Keys>,
}

impl Results {
    /// Adds a run of one round.
    pub fn add(
        &mut self,
        place: &'static str,
        load: Load,
        connections: u64,
        system: System,
        report: Report,
    ) {
        if let Some(problem) = report.problem() {
            let text = format!("{}, {connections} connections: {problem}", system.name());
            self.problem(place, load.name(), text);
        }
        let found = self.series.iter_mut().find(|series| {
            series.place == place
                && series.load == load
                && series.connections == connections
                && series.system == system
        });
        match found {
            Some(series) => series.reports.push(report),
            None => self.series.push(Series {
                place,
                load,
                connections,
                system,
                reports: vec![report],
            }),
        }
    }

    pub fn problem(&mut self, place: &'static str, measured: &'static str, text: String) {
        println!("    PROBLEM with {measured} ({place}): {text}");
        self.problems.push(Problem {
            place,
            measured,
            text,
        });
    }

    pub fn has_problem(&self, place: &str, measured: &str) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.place == place && problem.measured == measured)
    }

    pub fn at(&self, place: &str, load: Load, connections: u64, system: System) -> Option<&Series> {
        self.series.iter().find(|series| {
            series.place == place
                && series.load == load
                && series.connections == connections
                && series.system == system
        })
    }
}

/// The ratio of each round, so that what changes from round to round changes both sides of it.
pub fn ratios(of: &[f64], to: &[f64]) -> Spread {
    Spread::of(of.iter().zip(to).map(|(of, to)| of / to))
}
