//! The rows of the comparison: what is compared with what, the floor that it must not fall below, and the aim.

use crate::contender::System;
use crate::load::Load;
use crate::plan::MANY_CONNECTIONS;
use crate::results::{BESIDE, Results, ratios};
use crate::statistics::Spread;
use crate::wrk::Report;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Answered operations a second; a ratio should be high.
    Throughput,
    /// The time that 99 of 100 answers stay below; a ratio should be low.
    P99,
}

/// What a row's figures are compared with, in the same round.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Baseline {
    /// Another system that is sent the same.
    System(System),
    /// The same system on so many connections.
    Connections(u64),
}

/// A ratio and how it is written.
pub struct Bound {
    pub text: &'static str,
    pub ratio: f64,
}

pub struct Row {
    pub name: &'static str,
    pub load: Load,
    pub connections: u64,
    pub metric: Metric,
    /// What the engine is compared with.
    pub baseline: Baseline,
    pub floor: Bound,
    pub aim: Bound,
}

/// A row's figures.
pub struct Judged {
    pub engine: Spread,
    pub baseline: Spread,
    pub ratio: Spread,
    /// The figures of the build before.
    pub before: Option<Before>,
    pub verdict: &'static str,
}

/// What the build before did in the same rounds.
pub struct Before {
    pub figure: Spread,
    /// To the same baseline; nothing, if that is the build before itself.
    pub ratio: Option<Spread>,
}

pub const ROWS: [Row; 16] = [
    throughput(
        "hot/direct",
        Load::Hot,
        System::Direct,
        ("12x", 12.0),
        ("20x", 20.0),
    ),
    throughput(
        "hot/ceiling",
        Load::Hot,
        System::Ceiling,
        ("0.45", 0.45),
        ("0.65", 0.65),
    ),
    throughput(
        "uniform/direct",
        Load::Uniform,
        System::Direct,
        ("2x", 2.0),
        ("3x", 3.0),
    ),
    throughput(
        "Zipf/direct",
        Load::Zipf,
        System::Direct,
        ("3.8x", 3.8),
        ("6x", 6.0),
    ),
    throughput(
        "cold/direct",
        Load::Cold,
        System::Direct,
        ("2.3x", 2.3),
        ("3x", 3.0),
    ),
    throughput(
        "reads/ceiling",
        Load::Reads,
        System::Ceiling,
        ("0.9", 0.9),
        ("0.95", 0.95),
    ),
    Row {
        name: "p99 hot / p99 direct hot",
        metric: Metric::P99,
        ..throughput("", Load::Hot, System::Direct, ("1/5", 0.2), ("1/10", 0.1))
    },
    Row {
        name: "one connection/direct",
        connections: 1,
        ..throughput("", Load::Hot, System::Direct, ("0.9x", 0.9), ("1.0x", 1.0))
    },
    throughput(
        "hot/the build before",
        Load::Hot,
        System::Before,
        ("1.0", 1.0),
        ("1.2", 1.2),
    ),
    Row {
        name: "hot, 1 024 connections/256",
        connections: MANY_CONNECTIONS[1],
        baseline: Baseline::Connections(MANY_CONNECTIONS[0]),
        ..throughput("", Load::Hot, System::Engine, ("0.95", 0.95), ("1.0", 1.0))
    },
    throughput(
        "transfers, many to one/direct",
        Load::ManyToOne,
        System::Direct,
        ("5x", 5.0),
        ("8x", 8.0),
    ),
    throughput(
        "transfers, random pairs/direct",
        Load::Pairs,
        System::Direct,
        ("1.2x", 1.2),
        ("2x", 2.0),
    ),
    throughput(
        "transfers, two wallets/direct",
        Load::TwoWallets,
        System::Direct,
        ("4x", 4.0),
        ("8x", 8.0),
    ),
    throughput(
        "batches, hot/single",
        Load::Batch,
        System::Single,
        ("2.5x", 2.5),
        ("4x", 4.0),
    ),
    throughput(
        "batches, uniform/single",
        Load::BatchSpread,
        System::Single,
        ("1.5x", 1.5),
        ("2.5x", 2.5),
    ),
    throughput(
        "hold and final capture, hot/single",
        Load::Holds,
        System::Single,
        ("0.35", 0.35),
        ("0.45", 0.45),
    ),
];

/// How often the tail of a trickle beside a hot wallet may be that of the trickle alone.
pub const FAIRNESS_FLOOR: Bound = Bound {
    text: "within 5 times idle",
    ratio: 5.0,
};
pub const TRANSFER_FAIRNESS_AIM: Bound = Bound {
    text: "within 3 times idle",
    ratio: 3.0,
};

const fn throughput(
    name: &'static str,
    load: Load,
    baseline: System,
    floor: (&'static str, f64),
    aim: (&'static str, f64),
) -> Row {
    Row {
        name,
        load,
        connections: load.usual_connections(),
        metric: Metric::Throughput,
        baseline: Baseline::System(baseline),
        floor: Bound {
            text: floor.0,
            ratio: floor.1,
        },
        aim: Bound {
            text: aim.0,
            ratio: aim.1,
        },
    }
}

impl Row {
    /// The row's figures; none if it was not measured.
    pub fn judge(&self, results: &Results, place: &str) -> Option<Judged> {
        let figures = |system: System, connections: u64| -> Option<Vec<f64>> {
            let (_, connections) = system.point(self.load, connections);
            let series = results.at(place, self.load, connections, system)?;
            let figure = match self.metric {
                Metric::Throughput => Report::throughput,
                Metric::P99 => Report::p99_ms,
            };
            Some(series.reports.iter().map(figure).collect())
        };
        let of = |system: System| figures(system, self.connections);
        let baseline_of = |system: System| match self.baseline {
            Baseline::System(baseline) => of(baseline),
            Baseline::Connections(connections) => figures(system, connections),
        };
        let (engine, baseline) = (of(System::Engine)?, baseline_of(System::Engine)?);
        let ratio = ratios(&engine, &baseline);
        let before =
            of(System::Before)
                .zip(baseline_of(System::Before))
                .map(|(figures, baseline)| Before {
                    ratio: (self.baseline != Baseline::System(System::Before))
                        .then(|| ratios(&figures, &baseline)),
                    figure: Spread::of(figures),
                });
        let verdict = if results.has_problem(place, self.load.name()) {
            "FAILED"
        } else if place != BESIDE {
            // Floors and aims are for the product's own arrangement.
            ""
        } else {
            verdict(
                self.reaches(ratio.median, &self.aim),
                self.reaches(ratio.median, &self.floor),
            )
        };
        Some(Judged {
            engine: Spread::of(engine),
            baseline: Spread::of(baseline),
            ratio,
            before,
            verdict,
        })
    }

    fn reaches(&self, ratio: f64, bound: &Bound) -> bool {
        match self.metric {
            Metric::Throughput => ratio >= bound.ratio,
            Metric::P99 => ratio <= bound.ratio,
        }
    }
}

/// What a row reaches.
pub fn verdict(aim: bool, floor: bool) -> &'static str {
    match (aim, floor) {
        (true, _) => "aim",
        (false, true) => "floor",
        (false, false) => "below the floor",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::CONNECTIONS;

    /// A run of a second with that many answers, 99 of 100 of which stay below so many milliseconds.
    fn report(requests: u64, p99_ms: u64) -> Report {
        Report {
            requests,
            operations_each: 1,
            requests_each: 1,
            duration_us: 1_000_000,
            p50_us: 0,
            p99_us: p99_ms * 1_000,
            socket_errors: 0,
            refused: 0,
            exhausted: false,
            busy: 0.0,
        }
    }

    fn hot(rounds: &[(Report, Report)]) -> Results {
        let mut results = Results::default();
        for (engine, direct) in rounds {
            for (system, report) in [(System::Engine, engine), (System::Direct, direct)] {
                results.add(BESIDE, Load::Hot, CONNECTIONS, system, report.clone());
            }
        }
        results
    }

    #[test]
    fn a_row_is_judged_by_the_median_of_its_rounds_ratios() {
        let results = hot(&[
            (report(1_300, 1), report(100, 10)),
            (report(2_200, 1), report(100, 4)),
            (report(1_500, 1), report(100, 8)),
        ]);
        let throughput = ROWS[0].judge(&results, BESIDE).unwrap();
        assert!((throughput.ratio.median - 15.0).abs() < 1e-9);
        assert!((throughput.ratio.max - 22.0).abs() < 1e-9);
        assert_eq!(throughput.verdict, "floor");
        let tail = ROWS[6].judge(&results, BESIDE).unwrap();
        assert!((tail.ratio.median - 0.125).abs() < 1e-9);
        assert_eq!(tail.verdict, "floor");
        assert!(ROWS[2].judge(&results, BESIDE).is_none(), "not measured");
    }

    #[test]
    fn a_batch_is_judged_by_its_operations() {
        let row = ROWS.iter().find(|row| row.load == Load::Batch).unwrap();
        let mut results = Results::default();
        for (system, operations_each) in [(System::Engine, 100), (System::Single, 1)] {
            let (_, connections) = system.point(row.load, row.connections);
            let report = Report {
                operations_each,
                ..report(1_000 / operations_each * 3, 1)
            };
            results.add(BESIDE, row.load, connections, system, report);
        }
        let judged = row.judge(&results, BESIDE).unwrap();
        assert!((judged.ratio.median - 1.0).abs() < 1e-9);
        assert_eq!(judged.verdict, "below the floor");
    }

    #[test]
    fn a_hold_and_its_capture_are_judged_as_one() {
        let row = ROWS.iter().find(|row| row.load == Load::Holds).unwrap();
        let mut results = Results::default();
        for (system, requests_each) in [(System::Engine, 2), (System::Single, 1)] {
            let (_, connections) = system.point(row.load, row.connections);
            let report = Report {
                requests_each,
                ..report(1_000, 1)
            };
            results.add(BESIDE, row.load, connections, system, report);
        }
        let judged = row.judge(&results, BESIDE).unwrap();
        assert!((judged.ratio.median - 0.5).abs() < 1e-9);
        assert_eq!(judged.verdict, "aim");
    }

    #[test]
    fn an_error_fails_the_row_whatever_its_ratio() {
        let refused = Report {
            refused: 1,
            ..report(9_000, 1)
        };
        let results = hot(&[(refused, report(100, 10))]);
        assert_eq!(ROWS[0].judge(&results, BESIDE).unwrap().verdict, "FAILED");
    }
}
