//! The figures of a row, as the results show them.

use super::CONDITIONS;
use super::condition::{Judged, Row, Unit};
use super::idle;
use crate::contender::System;
use crate::results::{BESIDE, Results, ratios};
use crate::rows::verdict;
use crate::statistics::Spread;

/// One build's figures of a row, one a round.
pub struct Line {
    pub row: &'static str,
    pub system: System,
    /// Under the condition.
    pub figures: Vec<f64>,
    /// Without it; empty, if there is nothing to compare with.
    pub baseline: Vec<f64>,
}

impl Line {
    fn ratio(&self) -> Option<Spread> {
        (!self.baseline.is_empty()).then(|| ratios(&self.figures, &self.baseline))
    }

    fn figure(&self) -> Spread {
        Spread::of(self.figures.iter().copied())
    }
}

/// The lines of the table of rows, each with its cells.
pub fn rows(results: &Results) -> Vec<String> {
    let mut lines = Vec::new();
    for condition in CONDITIONS {
        let failed = results.has_problem(BESIDE, condition.name);
        let found = condition
            .rows
            .iter()
            .filter_map(|row| cells(results, row, failed));
        lines.extend(found);
    }
    lines
}

fn cells(results: &Results, row: &Row, failed: bool) -> Option<String> {
    let of = |system| {
        let mut lines = results.lines.iter();
        lines.find(|line| line.row == row.name && line.system == system)
    };
    let engine = of(System::Engine)?;
    let (ratio, between) = engine.ratio().map_or_else(Default::default, |ratio| {
        let Spread { median, min, max } = ratio;
        (format!("{median:.2}"), format!("{min:.2}..{max:.2}"))
    });
    let baseline = Spread::of(engine.baseline.iter().copied()).median;
    let before = of(System::Before).map_or_else(String::new, |before| {
        let ratio = before.ratio();
        let ratio = ratio.map_or_else(String::new, |ratio| format!(", {:.2}", ratio.median));
        format!("{}{ratio}", text(row.unit, before.figure().median))
    });
    let (floor, aim) = row
        .bounds
        .as_ref()
        .map_or(("", ""), |bounds| (bounds.floor.text, bounds.aim.text));
    Some(format!(
        "| {} | {} | {} | {ratio} | {between} | {before} | {floor} | {aim} | {} |",
        row.name,
        text(row.unit, engine.figure().median),
        text(row.unit, baseline),
        reached(row, engine, failed),
    ))
}

fn reached(row: &Row, engine: &Line, failed: bool) -> &'static str {
    if failed {
        return "FAILED";
    }
    let Some(bounds) = &row.bounds else {
        return "";
    };
    let ratio = engine.ratio().map(|ratio| ratio.median);
    let within = |bound: f64| match (bounds.judged, ratio) {
        (Judged::FigureAtMost, _) => Some(engine.figure().median <= bound),
        (Judged::RatioAtLeast, ratio) => ratio.map(|ratio| ratio >= bound),
        (Judged::RatioAtMost, ratio) => ratio.map(|ratio| ratio <= bound),
    };
    within(bounds.aim.ratio)
        .zip(within(bounds.floor.ratio))
        .map_or("", |(aim, floor)| verdict(aim, floor))
}

fn text(unit: Unit, figure: f64) -> String {
    match unit {
        _ if figure.is_nan() => String::new(),
        Unit::PerSecond => format!("{figure:.0}/s"),
        Unit::P99 => format!("{figure:.2} ms"),
        Unit::Bytes => format!("{figure:.0} bytes"),
    }
}

/// What an idle wallet takes, in a sentence; nothing if it was not measured.
pub fn idle_text(results: &Results, wallets: u64) -> Option<String> {
    let of = |row: &Row| {
        let mut lines = results.lines.iter();
        let line = lines.find(|line| line.row == row.name && line.system == System::Engine)?;
        Some(line.figure().median)
    };
    let read = of(&idle::CONDITION.rows[0])?;
    let deposited = of(&idle::CONDITION.rows[1])?;
    Some(format!(
        "{wallets} wallets, each read once: {read:.0} bytes of resident memory each; each with one deposit and then idle for \
         {} s: {deposited:.0} bytes.",
        idle::IDLE.as_secs()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conditions::{idle, two_engines};

    fn line(row: &'static str, system: System, figures: &[f64], baseline: &[f64]) -> Line {
        Line {
            row,
            system,
            figures: figures.to_vec(),
            baseline: baseline.to_vec(),
        }
    }

    #[test]
    fn memory_is_judged_by_its_share_of_what_the_build_before_takes() {
        let row = &idle::CONDITION.rows[0];
        let reached = |bytes: f64| {
            let engine = line(row.name, System::Engine, &[bytes], &[1_000.0]);
            super::reached(row, &engine, false)
        };
        assert_eq!(reached(300.0), "aim");
        assert_eq!(reached(550.0), "floor");
        assert_eq!(reached(551.0), "below the floor");
        let alone = line(row.name, System::Engine, &[300.0], &[]);
        assert_eq!(
            super::reached(row, &alone, false),
            "",
            "nothing to compare with"
        );
    }

    #[test]
    fn a_limit_of_time_is_judged_by_the_figure_whatever_its_ratio() {
        let row = &two_engines::CONDITION.rows[1];
        let engine = line(row.name, System::Engine, &[290.0], &[1.0]);
        assert_eq!(super::reached(row, &engine, false), "floor");
        assert_eq!(super::reached(row, &engine, true), "FAILED");
    }

    #[test]
    fn the_build_before_stands_beside_its_row() {
        let name = two_engines::CONDITION.rows[0].name;
        let mut results = Results::default();
        results
            .lines
            .push(line(name, System::Engine, &[6_000.0], &[10_000.0]));
        results
            .lines
            .push(line(name, System::Before, &[1_000.0], &[10_000.0]));
        let [row] = &super::rows(&results)[..] else {
            panic!("one row was measured");
        };
        assert!(
            row.contains("| 6000/s | 10000/s | 0.60 | 0.60..0.60 | 1000/s, 0.10 |"),
            "{row}"
        );
        assert!(row.ends_with("| aim |"), "{row}");
    }
}
