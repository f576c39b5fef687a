//! The model keeps its own rules, and the page has what it gives.

use std::fs;
use std::path::Path;

use simulation::page::{ENGINES, cell, errors, scenario};
use simulation::{Load, Outcome, Scenario, simulate};

const SEED: u64 = 24;

fn small(load: Load, nodes: usize, engines: usize) -> Scenario {
    Scenario {
        wallets: 2_000,
        warm_up: 20_000_000,
        measured: 100_000_000,
        ..scenario(load, nodes, engines, SEED)
    }
}

fn every_operation_is_answered_once(name: &str, outcome: &Outcome, rows_each: u64) {
    assert!(outcome.sent > 0, "{name}");
    assert_eq!(outcome.answered, outcome.sent, "{name}");
    assert_eq!(outcome.written, outcome.sent, "{name}");
    assert_eq!(outcome.rows, outcome.sent * rows_each, "{name}");
    assert_eq!(outcome.left, 0, "{name}");
}

#[test]
fn whatever_is_sent_is_written_and_answered_once() {
    for (load, rows) in [
        (Load::Hot, 1),
        (Load::Uniform, 1),
        (Load::Zipf, 1),
        (Load::Transfers { crossing: 0.0 }, 2),
        (Load::Transfers { crossing: 0.2 }, 2),
        (Load::Transfers { crossing: 0.5 }, 2),
    ] {
        for (nodes, engines) in [(1, 1), (2, 1), (3, 4)] {
            let outcome = simulate(&small(load, nodes, engines));
            let name = format!("{}, {nodes} nodes, {engines} engines", load.name());
            every_operation_is_answered_once(&name, &outcome, rows);
        }
    }
}

#[test]
fn transfers_of_two_wallets_by_many_clients_and_engines_come_to_an_end() {
    let outcome = simulate(&Scenario {
        wallets: 12,
        shards_per_node: 2,
        ..small(Load::Transfers { crossing: 0.5 }, 2, 3)
    });
    every_operation_is_answered_once("twelve wallets", &outcome, 2);
    assert!(outcome.misses > 0, "engines met");
}

#[test]
fn a_seed_gives_the_same_run_and_another_seed_another() {
    let run = |seed| {
        simulate(&Scenario {
            seed,
            ..small(Load::Transfers { crossing: 0.2 }, 2, 2)
        })
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn a_second_node_nearly_doubles_what_is_spread_evenly() {
    let [one, two] = [1, 2].map(|nodes| simulate(&small(Load::Uniform, nodes, 2)).throughput);
    assert!(two > 1.5 * one, "{one} and {two}");
}

#[test]
fn nodes_and_engines_do_not_help_one_hot_wallet() {
    let [one, many] = [1, 4].map(|n| {
        simulate(&Scenario {
            clients: 256,
            ..small(Load::Hot, n, n)
        })
    });
    assert!(many.throughput < 1.1 * one.throughput);
}

#[test]
fn the_more_transfers_cross_the_fewer_there_are() {
    let shares = [0.0, 0.05, 0.5];
    let speeds =
        shares.map(|crossing| simulate(&small(Load::Transfers { crossing }, 2, 2)).throughput);
    assert!(speeds.is_sorted_by(|more, less| more > less), "{speeds:?}");
}

#[test]
fn one_engine_has_nobody_to_miss() {
    let load = Load::Transfers { crossing: 0.2 };
    assert_eq!(simulate(&small(load, 2, 1)).misses, 0);
    assert!(simulate(&small(load, 2, 2)).misses > 0);
}

#[test]
fn one_engine_on_one_postgresql_is_near_what_was_measured() {
    for (name, share) in errors() {
        assert!(
            (0.8..1.25).contains(&share),
            "{name}: {share:.2} of the measured"
        );
    }
}

/// The whole page takes minutes; two rows of it tell whether it is of this model.
#[test]
fn the_page_has_what_the_model_gives() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../SIMULATION.md");
    let page = fs::read_to_string(page).unwrap_or_default();
    assert!(page.contains(&format!(
        "Version {} of the model, seed {SEED}.",
        env!("CARGO_PKG_VERSION")
    )));
    for load in [Load::Uniform, Load::Transfers { crossing: 0.0 }] {
        let cells = ENGINES.map(|engines| cell(&simulate(&scenario(load, 2, engines, SEED))));
        let row = format!("| 2 | {} |", cells.join(" | "));
        assert!(page.contains(&row), "run `make simulate`: {row}");
    }
}
