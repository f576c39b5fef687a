//! The figures of `benches/SIMULATION.md`, between its markers.

use std::fmt::Write;

use crate::{Costs, Load, Outcome, Scenario, simulate, us};

pub const BEGIN: &str = "<!-- figures: written by `make simulate` -->\n";
pub const END: &str = "<!-- end of figures -->\n";

pub const NODES: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
pub const ENGINES: [usize; 5] = [1, 2, 4, 8, 16];
pub const LOADS: [Load; 6] = [
    Load::Uniform,
    Load::Zipf,
    Load::Transfers { crossing: 0.0 },
    Load::Transfers { crossing: 0.05 },
    Load::Transfers { crossing: 0.2 },
    Load::Transfers { crossing: 0.5 },
];
const CLIENTS_A_NODE: usize = 256;
/// Transfers in one transaction over nodes, in the tables of all loads.
const CROSSING_MAX: usize = 16;

/// What was measured: the scenario, operations a second, p99 in milliseconds (`benches/RESULTS.md`).
struct Measured {
    name: &'static str,
    scenario: Scenario,
    throughput: f64,
    p99_ms: f64,
}

/// The document with its figures replaced; `None` if it has no markers.
#[must_use]
pub fn replaced(document: &str, figures: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{figures}\n{END}{after}"))
}

/// A cell of the large tables.
#[must_use]
pub fn scenario(load: Load, nodes: usize, engines: usize, seed: u64) -> Scenario {
    // Until every client has met as many of the slowest as it will: those that wait for them are the steady state.
    let rounds = match load {
        Load::Transfers { crossing } if crossing > 0.0 && nodes > 1 => (1.5 / crossing) as u64,
        _ => 0,
    };
    Scenario {
        load,
        nodes,
        engines,
        clients: CLIENTS_A_NODE * nodes,
        crossing_max: CROSSING_MAX,
        warm_up_answers: 4 + rounds,
        measured_answers: 4 + rounds / 3,
        seed,
        ..Scenario::default()
    }
}

/// Operations a second, and p99.
#[must_use]
pub fn cell(outcome: &Outcome) -> String {
    let p99_ms = outcome.p99.as_secs_f64() * 1e3;
    let decimals = usize::from(p99_ms < 100.0);
    format!("{} ({p99_ms:.decimals$})", thousands(outcome.throughput))
}

fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// The outcomes of a load: a row for each number of nodes, a column for each of engines.
pub type Grid = Vec<Vec<Outcome>>;

#[must_use]
pub fn grid(load: Load, seed: u64) -> Grid {
    let row = |nodes: &usize| {
        let cells = ENGINES.map(|engines| simulate(&scenario(load, *nodes, engines, seed)));
        cells.to_vec()
    };
    NODES.iter().map(row).collect()
}

/// All tables.
#[must_use]
pub fn figures(grids: &[(Load, Grid)], seed: u64) -> String {
    let mut text = format!(
        "Version {} of the model, seed {seed}.\n\n",
        env!("CARGO_PKG_VERSION")
    );
    line(&mut text, "### Beside what was measured\n");
    line(
        &mut text,
        "| load on one PostgreSQL, one engine, two cores | measured | simulated | | p99 measured | simulated | |",
    );
    line(&mut text, "|---|--:|--:|--:|--:|--:|--:|");
    for it in measured() {
        let outcome = simulate(&it.scenario);
        let p99_ms = outcome.p99.as_secs_f64() * 1e3;
        line(
            &mut text,
            &format!(
                "| {} | {} | {} | {:+.0} % | {:.1} ms | {p99_ms:.1} ms | {:+.0} % |",
                it.name,
                thousands(it.throughput),
                thousands(outcome.throughput),
                percent(outcome.throughput, it.throughput),
                it.p99_ms,
                percent(p99_ms, it.p99_ms),
            ),
        );
    }
    for (load, grid) in grids {
        table(&mut text, *load, grid);
    }
    of_shards(&mut text, seed);
    of_crossing(&mut text, seed);
    of_costs(&mut text);
    text
}

fn percent(simulated: f64, measured: f64) -> f64 {
    (simulated / measured - 1.0) * 100.0
}

fn table(text: &mut String, load: Load, grid: &Grid) {
    line(text, &format!("\n### {}\n", capital(&load.name())));
    let engines = ENGINES.map(|engines| match engines {
        1 => "1 engine".to_owned(),
        _ => format!("{engines} engines"),
    });
    line(text, &format!("| nodes | {} |", engines.join(" | ")));
    line(text, &format!("|--:|{}", "--:|".repeat(ENGINES.len())));
    for (nodes, row) in NODES.iter().zip(grid) {
        let cells: Vec<_> = row.iter().map(cell).collect();
        line(text, &format!("| {nodes} | {} |", cells.join(" | ")));
    }
}

fn of_shards(text: &mut String, seed: u64) {
    line(text, "\n### Shards of a node\n");
    line(text, "Evenly, four nodes, four engines.\n");
    line(
        text,
        "| shards of a node | operations a second (p99, ms) | a node's CPU | operations of a group |",
    );
    line(text, "|--:|--:|--:|--:|");
    for shards in [1, 2, 4, 8, 16, 32] {
        let outcome = simulate(&Scenario {
            shards_per_node: shards,
            ..scenario(Load::Uniform, 4, 4, seed)
        });
        line(
            text,
            &format!(
                "| {shards} | {} | {:.0} % | {:.0} |",
                cell(&outcome),
                outcome.node_busy * 100.0,
                outcome.operations_a_group,
            ),
        );
    }
}

/// What would make transfers over nodes faster.
fn of_crossing(text: &mut String, seed: u64) {
    line(
        text,
        "\n### What crosses nodes: sessions, groups, the way\n",
    );
    line(text, "20 % crossing, four nodes, four engines.\n");
    line(
        text,
        "| sessions of an engine | transfers in one transaction, at most | µs between nodes, there and back | operations a second (p99, ms) | the coordinator's CPU |",
    );
    line(text, "|--:|--:|--:|--:|--:|");
    for (sessions, most, trip) in [
        (2, 1, 500.0),
        (2, 4, 500.0),
        (2, 16, 500.0),
        (2, 256, 500.0),
        (4, 16, 500.0),
        (8, 16, 500.0),
        (16, 16, 500.0),
        (16, 4, 500.0),
        (2, 16, 100.0),
        (16, 16, 100.0),
    ] {
        let outcome = simulate(&Scenario {
            crossing_sessions: sessions,
            crossing_max: most,
            costs: Costs {
                node_trip: us(trip),
                ..Costs::default()
            },
            ..scenario(Load::Transfers { crossing: 0.2 }, 4, 4, seed)
        });
        line(
            text,
            &format!(
                "| {sessions} | {most} | {trip} | {} | {:.0} % |",
                cell(&outcome),
                outcome.coordinator_busy * 100.0,
            ),
        );
    }
}

fn of_costs(text: &mut String) {
    line(text, "\n### Constants\n");
    line(text, "| | µs | from |");
    line(text, "|---|--:|---|");
    for (name, value, source) in Costs::default().table() {
        line(text, &format!("| {name} | {value} | {source} |"));
    }
}

/// What `benches/RESULTS.md` has of the machine whose two cores client, engine and PostgreSQL share.
fn measured() -> Vec<Measured> {
    let on = |load, wallets, clients, trip: f64| Scenario {
        load,
        wallets,
        clients,
        is_plain: true,
        shared_cores: Some(2),
        measured: 2_000_000_000,
        costs: Costs {
            client_trip: 0,
            node_trip: us(trip),
            ..Costs::default()
        },
        ..Scenario::default()
    };
    let (beside, away) = (36.0, 1_313.0);
    [
        (
            "one hot wallet, 1 connection",
            on(Load::Hot, 1, 1, beside),
            2_915.0,
            0.68,
        ),
        (
            "one hot wallet, 64",
            on(Load::Hot, 1, 64, beside),
            48_889.0,
            2.39,
        ),
        (
            "one hot wallet, 256",
            on(Load::Hot, 1, 256, beside),
            59_046.0,
            7.58,
        ),
        (
            "one hot wallet, 1 024",
            on(Load::Hot, 1, 1_024, beside),
            50_175.0,
            26.59,
        ),
        (
            "1 000 wallets evenly, 64",
            on(Load::Uniform, 1_000, 64, beside),
            33_432.0,
            3.87,
        ),
        (
            "100 000 wallets, Zipf, 64",
            on(Load::Zipf, 100_000, 64, beside),
            32_628.0,
            4.31,
        ),
        (
            "database away, one hot wallet, 64",
            on(Load::Hot, 1, 64, away),
            14_029.0,
            6.49,
        ),
        (
            "database away, 1 000 evenly, 64",
            on(Load::Uniform, 1_000, 64, away),
            13_156.0,
            9.54,
        ),
        (
            "database away, Zipf, 64",
            on(Load::Zipf, 100_000, 64, away),
            12_040.0,
            10.51,
        ),
    ]
    .map(|(name, scenario, throughput, p99_ms)| Measured {
        name,
        scenario,
        throughput,
        p99_ms,
    })
    .into()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

fn line(text: &mut String, line: &str) {
    // A string takes whatever is written.
    let _ = writeln!(text, "{line}");
}

/// The simulated throughput beside the measured, as shares of it.
#[must_use]
pub fn errors() -> Vec<(&'static str, f64)> {
    measured()
        .into_iter()
        .map(|it| (it.name, simulate(&it.scenario).throughput / it.throughput))
        .collect()
}
