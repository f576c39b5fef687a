//! `RESULTS.md`: what was measured on what, so that a reader can judge it and make it again.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use testkit::failure::{Failure, failed};

use crate::arguments::Arguments;
use crate::chart;
use crate::conditions;
use crate::contender::System;
use crate::large_ledger;
use crate::project;
use crate::published;
use crate::results::{BESIDE, Results, ratios};
use crate::rows::{Metric, ROWS, verdict};
use crate::statistics::Spread;

/// What the figures depend on.
pub struct Document {
    pub facts: Vec<(&'static str, String)>,
    pub settings: Vec<(&'static str, String)>,
    pub links: Vec<Link>,
}

/// The way from the systems to the database.
pub struct Link {
    pub place: &'static str,
    pub how: String,
    pub round_trip: Duration,
}

const HEAD: &str = "\
# Results

Written by `make compare`. The systems are measured alternately, on the same machine and the same PostgreSQL, with wrk on
that machine: the **engine**; the **direct** path, the same HTTP stack with one statement per request on a pooled
connection, so that contention means waits for row locks, which a transfer takes in the order of ids; the HTTP **ceiling**,
the same route returning a constant; **single**, the engine itself with the operations of the batches as a request each; and
the engine itself under another condition, which a row's name says after its slash. The **build before** is an earlier build of
the engine that takes part in the same rounds: its figure, and its ratio to a baseline of the same kind.
Compare ratios: absolute figures depend on the machine.

A ratio is taken in each round; the tables have the median and the range over the rounds. Every load begins with wallets
that are empty, or with transfers hold enough to send; they are read once before the measurement, except for the cold load.
A row fails with the first response that is not a success, with the first socket error, if the ledger lacks an acknowledged
operation or does not add up, and if the wallets do not hold what was deposited.
";

/// Writes the results, the chart beside them, and the figures of the documents.
pub fn write(arguments: &Arguments, document: &Document, results: &Results) -> Result<(), Failure> {
    let folder = folder(arguments);
    fs::create_dir_all(&folder).map_err(failed(format!("make {}", folder.display())))?;
    let figures = text(arguments, document, results);
    put(&folder.join("RESULTS.md"), &figures)?;
    put(&folder.join("throughput.svg"), &chart::draw(results))?;
    if !arguments.is_whole() {
        return Ok(());
    }
    for (name, made) in published::DOCUMENTS {
        let path = project::path(name);
        let old = fs::read_to_string(&path).map_err(failed(format!("read {}", path.display())))?;
        if let Some(new) = published::replaced(&old, &made(&figures)) {
            put(&path, &new)?;
        }
    }
    Ok(())
}

fn put(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(failed(format!("write {}", path.display())))?;
    println!("wrote {}", path.display());
    Ok(())
}

/// The figures of a part, or of a smoke test, are nobody's results.
fn folder(arguments: &Arguments) -> PathBuf {
    project::path(if arguments.is_whole() {
        "benches"
    } else {
        "target/compare"
    })
}

fn text(arguments: &Arguments, document: &Document, results: &Results) -> String {
    let mut text = HEAD.to_owned();
    for link in &document.links {
        let (place, how) = (link.place, &link.how);
        let round_trip_us = link.round_trip.as_micros();
        heading(&mut text, &format!("The database {place}"));
        line(
            &mut text,
            &format!("Reached by {how}; a `SELECT 1` takes {round_trip_us} µs.\n"),
        );
        rows(&mut text, results, place);
        if place == BESIDE {
            line(
                &mut text,
                "\n![Throughput and p99 of the hot wallet over connections](throughput.svg)",
            );
        }
    }
    extras(&mut text, arguments, results);
    keys(&mut text, results);
    problems(&mut text, results);
    points(&mut text, results);
    sweeps(&mut text, results);
    arrangement(&mut text, arguments, document, results);
    text
}

/// The rows that have a floor and an aim.
fn rows(text: &mut String, results: &Results, place: &str) {
    line(
        text,
        "| row | engine | baseline | ratio | between | build before | floor | aim | reached |",
    );
    line(text, "|---|--:|--:|--:|--:|--:|--:|--:|---|");
    for row in &ROWS {
        let Some(judged) = row.judge(results, place) else {
            continue;
        };
        let unit = match row.metric {
            Metric::Throughput => per_second,
            Metric::P99 => milliseconds,
        };
        let Spread { median, min, max } = judged.ratio;
        let before = judged.before.map_or_else(String::new, |before| {
            let ratio = before
                .ratio
                .map_or_else(String::new, |ratio| format!(", {:.2}", ratio.median));
            format!("{}{ratio}", unit(before.figure.median))
        });
        line(
            text,
            &format!(
                "| {} | {} | {} | {median:.2} | {min:.2}..{max:.2} | {before} | {} | {} | {} |",
                row.name,
                unit(judged.engine.median),
                unit(judged.baseline.median),
                row.floor.text,
                row.aim.text,
                judged.verdict
            ),
        );
    }
    if place == BESIDE {
        for row in conditions::rows(results) {
            line(text, &row);
        }
        fairness_rows(text, results);
    }
}

fn fairness_rows(text: &mut String, results: &Results) {
    for measured in &results.fairness {
        let ratio = ratios(&measured.busy_p99_ms, &measured.idle_p99_ms);
        let of_engine = measured.system == System::Engine;
        let neighbours = measured.neighbours;
        let aim = neighbours.aim.as_ref();
        let reached = if results.has_problem(BESIDE, neighbours.name) {
            "FAILED"
        } else if !of_engine {
            ""
        } else {
            verdict(
                aim.is_some_and(|aim| ratio.median <= aim.ratio),
                ratio.median <= neighbours.floor.ratio,
            )
        };
        line(
            text,
            &format!(
                "| {}, {}: {} | {} | {} | {:.2} | {:.2}..{:.2} | | {} | {} | {reached} |",
                neighbours.name,
                measured.system.name(),
                neighbours.row,
                milliseconds(Spread::of(measured.busy_p99_ms.iter().copied()).median),
                milliseconds(Spread::of(measured.idle_p99_ms.iter().copied()).median),
                ratio.median,
                ratio.min,
                ratio.max,
                if of_engine { neighbours.floor.text } else { "" },
                aim.filter(|_| of_engine).map_or("", |aim| aim.text)
            ),
        );
    }
}

/// What is told besides the rows.
fn extras(text: &mut String, arguments: &Arguments, results: &Results) {
    if let Some(idle) = conditions::idle_text(results, arguments.active) {
        let failed = failed_mark(results, conditions::IDLE);
        heading(text, "Idle actors");
        line(text, &format!("{idle}{failed}"));
    }
    if let Some(ledger) = &results.large_ledger {
        let failed = failed_mark(results, large_ledger::NAME);
        let ratio = ratios(&ledger.with, &ledger.without);
        heading(text, "A large ledger");
        line(
            text,
            &format!(
                "The hot wallet on a ledger that holds {} operations of other wallets: {}, against {} on a ledger of its \
                 own; ratio {:.2} ({:.2}..{:.2}).{failed}",
                ledger.operations,
                per_second(Spread::of(ledger.with.iter().copied()).median),
                per_second(Spread::of(ledger.without.iter().copied()).median),
                ratio.median,
                ratio.min,
                ratio.max
            ),
        );
    }
}

fn keys(text: &mut String, results: &Results) {
    if let Some(keys) = &results.keys {
        heading(text, "Keys");
        text.push_str(&keys.text(results));
    }
}

fn failed_mark(results: &Results, measured: &str) -> &'static str {
    if results.has_problem(BESIDE, measured) {
        " FAILED."
    } else {
        ""
    }
}

fn problems(text: &mut String, results: &Results) {
    if results.problems.is_empty() {
        return;
    }
    heading(text, "What failed");
    for problem in &results.problems {
        line(
            text,
            &format!(
                "- {} ({}): {}",
                problem.measured, problem.place, problem.text
            ),
        );
    }
}

fn points(text: &mut String, results: &Results) {
    heading(text, "Every point");
    line(
        text,
        "| database | load | connections | system | operations per second | between | p99, ms | between |",
    );
    line(text, "|---|---|--:|---|--:|--:|--:|--:|");
    for series in &results.series {
        let (throughput, p99) = (series.throughput(), series.p99_ms());
        line(
            text,
            &format!(
                "| {} | {} | {} | {} | {:.0} | {:.0}..{:.0} | {:.2} | {:.2}..{:.2} |",
                series.place,
                series.load.name(),
                series.connections,
                series.system.name(),
                throughput.median,
                throughput.min,
                throughput.max,
                p99.median,
                p99.min,
                p99.max
            ),
        );
    }
}

fn sweeps(text: &mut String, results: &Results) {
    heading(text, "The direct path's pool");
    line(
        text,
        "The pool size is tuned before each load; cold and reads use that of the uniform load. Operations per second:\n",
    );
    line(text, "| database | load | by size of the pool | taken |");
    line(text, "|---|---|---|--:|");
    for sweep in &results.sweeps {
        let sizes: Vec<String> = sweep
            .throughputs
            .iter()
            .map(|(size, throughput)| format!("{size}: {throughput:.0}"))
            .collect();
        line(
            text,
            &format!(
                "| {} | {} | {} | {} |",
                sweep.place,
                sweep.load.name(),
                sizes.join(", "),
                sweep.best
            ),
        );
    }
}

fn arrangement(text: &mut String, arguments: &Arguments, document: &Document, results: &Results) {
    heading(text, "Machine and settings");
    line(text, "| | |\n|---|---|");
    let given = format!("`make compare ARGS=\"{}\"`", arguments.given);
    let busiest = results
        .series
        .iter()
        .flat_map(|series| &series.reports)
        .map(|report| report.busy)
        .fold(0.0, f64::max);
    let measuring = format!(
        "{} rounds of {} s at each point, {} HTTP threads a system, {} of wrk, which used {busiest:.2} cores at most",
        arguments.rounds,
        arguments.per_point.as_secs(),
        arguments.workers,
        arguments.wrk_threads,
    );
    let own = [("command", given), ("measuring", measuring)];
    let settings = document
        .settings
        .iter()
        .map(|(name, value)| (format!("PostgreSQL's `{name}`"), value));
    for (name, value) in own.iter().chain(&document.facts) {
        line(text, &format!("| {name} | {value} |"));
    }
    for (name, value) in settings {
        line(text, &format!("| {name} | {value} |"));
    }
}

fn heading(text: &mut String, heading: &str) {
    line(text, &format!("\n## {heading}\n"));
}

fn line(text: &mut String, line: &str) {
    // A string takes whatever is written.
    let _ = writeln!(text, "{line}");
}

fn per_second(figure: f64) -> String {
    format!("{figure:.0}/s")
}

fn milliseconds(figure: f64) -> String {
    format!("{figure:.2} ms")
}
