//! The figures in the documents: copies of what `RESULTS.md` holds, between two markers of each document.
//!
//! `make compare` writes them together with the results, `make docs` after a change of a document, and
//! `tests/documents.rs`, which includes this file, compares them.

use std::fmt::Write;

/// Makes a document's figures from the text of `RESULTS.md`.
pub type Figures = fn(&str) -> String;

/// The documents that show figures, by their paths from the project's root.
pub const DOCUMENTS: [(&str, Figures); 2] =
    [("README.md", summary), ("docs/performance.md", everything)];

const BEGIN: &str = "<!-- figures: copied from benches/RESULTS.md by `make compare` -->\n";
const END: &str = "<!-- end of figures -->\n";

/// Rows of `RESULTS.md`, their names in the README, and what the engine is compared with.
const SUMMARY: [(&str, &str, &str); 8] = [
    ("hot/direct", "one hot wallet", "direct path"),
    (
        "p99 hot / p99 direct hot",
        "one hot wallet, p99",
        "direct path",
    ),
    ("uniform/direct", "1 000 wallets, evenly", "direct path"),
    ("Zipf/direct", "100 000 wallets, Zipf", "direct path"),
    ("cold/direct", "each wallet once", "direct path"),
    (
        "reads/ceiling",
        "balances of active wallets",
        "HTTP ceiling",
    ),
    (
        "transfers, many to one/direct",
        "transfers, many to one",
        "direct path",
    ),
    (
        "batches, hot/single",
        "one wallet, batches of 100, 16 connections",
        "single operations",
    ),
];

/// The document with its figures replaced; `None` if it has no markers.
#[must_use]
pub fn replaced(document: &str, figures: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{figures}\n{END}{after}"))
}

/// What the README shows.
fn summary(results: &str) -> String {
    let measured = rows(section(results, "The database beside"));
    let mut text = String::from(
        "| load, 64 connections | engine | compared with | ratio |\n|---|--:|--:|--:|\n",
    );
    for (name, load, baseline) in SUMMARY {
        if let Some([_, engine, other, ratio, ..]) = measured
            .iter()
            .find(|row| row[0] == name)
            .map(Vec::as_slice)
        {
            line(
                &mut text,
                &format!("| {load} | {engine} | {baseline}, {other} | {ratio} |"),
            );
        }
    }
    let fact = |name: &str| fact(results, name);
    line(
        &mut text,
        &format!(
            "\n{}, {} cores for wrk, engine and PostgreSQL together; a write and flush of 8 KiB takes {}; `fsync` {}, \
             `synchronous_commit` {}.\nThe command that reproduces all of it and updates this page:\n\n```\n{}\n```",
            fact("CPU"),
            fact("cores"),
            fact("write and flush of 8 KiB"),
            fact("PostgreSQL's `fsync`"),
            fact("PostgreSQL's `synchronous_commit`"),
            fact("command").trim_matches('`'),
        ),
    );
    text
}

/// What the page on performance shows.
fn everything(results: &str) -> String {
    let mut text = String::new();
    for (name, heading) in [
        ("The database beside", "PostgreSQL on the same machine"),
        ("The database away", "PostgreSQL away"),
    ] {
        let measured = section(results, name);
        if measured.is_empty() {
            continue;
        }
        let reached = measured
            .lines()
            .find(|line| line.starts_with("Reached by"))
            .unwrap_or_default();
        let table = "| row | engine | compared with | ratio | between |";
        // Without an earlier build, its column is empty.
        let before = column(measured, "build before").filter(|at| {
            rows(measured)
                .iter()
                .any(|row| row.get(*at).is_some_and(|cell| !cell.is_empty()))
        });
        let (head, rule) = before.map_or(("", ""), |_| (" build before |", "--:|"));
        line(
            &mut text,
            &format!("### {heading}\n\n{reached}\n\n{table}{head}\n|---|--:|--:|--:|--:|{rule}"),
        );
        for row in rows(measured) {
            if let [name, engine, other, ratio, between, ..] = row[..] {
                let before = before.and_then(|at| row.get(at));
                let before = before.map_or_else(String::new, |cell| format!(" {cell} |"));
                line(
                    &mut text,
                    &format!("| {name} | {engine} | {other} | {ratio} | {between} |{before}"),
                );
            }
        }
        line(&mut text, "");
    }
    by_connections(&mut text, results);
    for heading in ["Idle actors", "A large ledger"] {
        let measured = section(results, heading);
        if !measured.is_empty() {
            line(
                &mut text,
                &format!("### {heading}\n\n{}\n", measured.trim()),
            );
        }
    }
    line(&mut text, "### Machine and settings\n\n| | |\n|---|---|");
    for row in rows(section(results, "Machine and settings")) {
        line(&mut text, &format!("| {} |", row.join(" | ")));
    }
    text
}

/// One hot wallet, by the number of connections.
fn by_connections(text: &mut String, results: &str) {
    let points = rows(section(results, "Every point"));
    let point = |connections: &str, system: &str| {
        let found = points
            .iter()
            .find(|row| row[..4] == ["beside", "hot", connections, system]);
        found.map_or(("", ""), |row| (row[4], row[6]))
    };
    line(
        text,
        "### One hot wallet, by connections\n\nRequests per second, and p99 in ms.\n\n\
         | connections | engine | direct path | HTTP ceiling | engine, p99 | direct path, p99 |\n|--:|--:|--:|--:|--:|--:|",
    );
    let of_engine = points
        .iter()
        .filter(|row| row[..2] == ["beside", "hot"] && row[3] == "engine");
    for connections in of_engine.map(|row| row[2]) {
        let [engine, direct, ceiling] =
            ["engine", "direct", "ceiling"].map(|system| point(connections, system));
        line(
            text,
            &format!(
                "| {connections} | {} | {} | {} | {} | {} |",
                engine.0, direct.0, ceiling.0, engine.1, direct.1
            ),
        );
    }
    line(text, "");
}

/// What stands under a heading, up to the next one.
fn section<'r>(results: &'r str, heading: &str) -> &'r str {
    let found = results.split_once(&format!("\n## {heading}\n"));
    found.map_or("", |(_, rest)| {
        rest.split("\n## ").next().unwrap_or_default()
    })
}

/// The cells of a section's table, without its head.
fn rows(section: &str) -> Vec<Vec<&str>> {
    table(section).skip(2).map(cells).collect()
}

/// The place of the column of this name in a section's table.
fn column(section: &str, name: &str) -> Option<usize> {
    let head = table(section).next().map(cells)?;
    head.iter().position(|cell| *cell == name)
}

fn table(section: &str) -> impl Iterator<Item = &str> {
    section.lines().filter(|line| line.starts_with('|'))
}

fn cells(line: &str) -> Vec<&str> {
    let inner = line.strip_prefix('|').unwrap_or(line);
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    inner.split('|').map(str::trim).collect()
}

/// A line of the table of the machine and its settings.
fn fact<'r>(results: &'r str, name: &str) -> &'r str {
    let facts = rows(section(results, "Machine and settings"));
    let found = facts.iter().find(|row| row[0] == name);
    found
        .and_then(|row| row.get(1).copied())
        .unwrap_or_default()
}

fn line(text: &mut String, line: &str) {
    // A string takes whatever is written.
    let _ = writeln!(text, "{line}");
}
