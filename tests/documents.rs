//! What the repository keeps a copy of is what the code says, and what documents name is there. `make docs` writes the
//! copies again.

#![allow(
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod documents {
    pub(crate) mod figures;
    pub(crate) mod markdown;
    pub(crate) mod rules;
}
#[path = "../benches/compare/src/published.rs"]
mod published;

use std::collections::BTreeSet;
use std::path::Path;

use documents::figures::figures;
use documents::markdown::{Document, documents};
use documents::rules::{
    broken_links, missing_files, pages_too_long, unknown_settings, unknown_targets,
};
use wallet_engine::api;
use wallet_engine::config::SETTINGS;

/// Compares the file with what it should be; writes it instead if `REMAKE` is set.
fn assert_kept(name: &str, remade: impl FnOnce(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let remade = remade(&kept);
    if std::env::var_os("REMAKE").is_some() {
        std::fs::write(&path, remade).unwrap_or_else(|error| panic!("{name}: {error}"));
    } else {
        assert!(
            kept == remade,
            "{name} is not what the code says: run `make docs`"
        );
    }
}

fn planted(path: &str, text: &str) -> [Document; 1] {
    [Document {
        path: path.to_owned(),
        text: text.to_owned(),
    }]
}

#[test]
fn the_api_s_description_is_the_one_that_is_served() {
    assert_kept("src/api/openapi/openapi.json", |_| {
        let document = serde_json::to_string_pretty(&api::document());
        document.unwrap_or_else(|error| panic!("{error}")) + "\n"
    });
}

#[test]
fn the_table_of_settings_is_the_list_that_is_read() {
    assert_kept("docs/configuration.md", |page| {
        let head = "| variable | default | what it sets |\n|---|---|---|\n";
        let (before, rest) = page.split_once(head).expect("the page has the table");
        let (_, after) = rest.split_once("\n\n").expect("a line is empty behind it");
        let rows: Vec<_> = SETTINGS
            .iter()
            .map(|setting| {
                let default = setting.default.map(|text| format!("`{text}` "));
                let default = default.unwrap_or_default();
                format!("| `{}` | {default}| {} |", setting.name, setting.help)
            })
            .collect();
        format!("{before}{head}{}\n\n{after}", rows.join("\n"))
    });
}

/// Codes of problems, each with its status, that the description has examples of.
fn described_problems() -> BTreeSet<(String, u64)> {
    let document = serde_json::to_value(api::document()).expect("the description");
    let members = |of: &serde_json::Value| -> Vec<serde_json::Value> {
        let members = of.as_object().into_iter().flat_map(|it| it.values());
        members.cloned().collect()
    };
    let paths = members(&document["paths"]).into_iter();
    let operations = paths.flat_map(|path| members(&path));
    let responses = operations.flat_map(|operation| members(&operation["responses"]));
    let examples = responses
        .flat_map(|response| members(&response["content"]["application/problem+json"]["examples"]));
    let problem = |example: serde_json::Value| {
        let problem = &example["value"];
        let code = problem["code"].as_str().expect("a code").to_owned();
        (code, problem["status"].as_u64().expect("a status"))
    };
    examples.map(problem).collect()
}

#[test]
fn the_table_of_problems_is_what_requests_are_refused_with() {
    let page = include_str!("../docs/api.md");
    let head = "| code | status | when |\n|---|---|---|\n";
    let (_, rest) = page.split_once(head).expect("the page has the table");
    let (table, _) = rest.split_once("\n\n").expect("a line is empty behind it");
    let row = |line: &str| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        (
            cells[1].trim_matches('`').to_owned(),
            cells[2].parse().expect("a status"),
        )
    };
    let rows: BTreeSet<(String, u64)> = table.lines().map(row).collect();
    assert_eq!(rows.len(), table.lines().count(), "each once");
    assert_eq!(rows, described_problems());
}

#[test]
fn the_documents_figures_are_those_of_the_results() {
    let results = include_str!("../benches/RESULTS.md");
    for (name, made) in published::DOCUMENTS {
        assert_kept(name, |document| {
            let replaced = published::replaced(document, &made(results));
            replaced.unwrap_or_else(|| panic!("{name} has no place for its figures"))
        });
    }
}

#[test]
fn no_figure_stands_outside_its_place() {
    for (name, _) in published::DOCUMENTS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let document = std::fs::read_to_string(path).expect("the document");
        let outside = published::replaced(&document, "").expect("a place for figures");
        assert_eq!(figures(&outside), [""; 0], "{name}");
    }
}

#[test]
fn a_figure_is_found_by_its_unit() {
    for (text, found) in [
        ("takes 48 889 operations a second", 2),
        ("reaches 48889/s,", 1),
        ("a p99 of 2.4 ms.", 1),
        ("13.0 times the direct path", 1),
        ("port 8000, 256 connections, version 15", 0),
    ] {
        assert_eq!(figures(text).len(), found, "{text}");
    }
}

#[test]
fn every_link_leads_somewhere() {
    assert_eq!(broken_links(&documents()), [""; 0]);
}

#[test]
fn a_broken_link_is_found() {
    let links = |text: &str| broken_links(&planted("docs/page.md", text)).len();
    assert_eq!(links("# One thing\n[a](#one-thing) [b](../Makefile)"), 0);
    assert_eq!(links("[a](#one-thing)"), 1);
    assert_eq!(links("[a](nothing.md)"), 1);
    assert_eq!(links("[a](https://example.com/nothing)"), 0);
}

#[test]
fn every_file_that_is_named_is_there() {
    assert_eq!(missing_files(&documents()), [""; 0]);
}

#[test]
fn a_named_file_that_is_not_there_is_found() {
    let missing = |text: &str| missing_files(&planted("README.md", text)).len();
    assert_eq!(
        missing("`src/lib.rs` `docker/standby.sh status` `src/*/mod.rs`"),
        0
    );
    assert_eq!(missing("`src/nothing.rs`"), 1);
}

#[test]
fn every_command_of_make_exists() {
    assert_eq!(unknown_targets(&documents()), [""; 0]);
}

#[test]
fn a_command_of_make_that_does_not_exist_is_found() {
    let unknown = |text: &str| unknown_targets(&planted("README.md", text)).len();
    assert_eq!(unknown("`make run`\n```\nmake test  # make sure\n```"), 0);
    assert_eq!(unknown("`make nothing`"), 1);
    assert_eq!(unknown("```\nWALLET_LOG=warn make nothing\n```"), 1);
}

#[test]
fn every_setting_that_is_named_is_read() {
    assert_eq!(unknown_settings(&documents()), [""; 0]);
}

#[test]
fn a_setting_that_nothing_reads_is_found() {
    let unknown = |text: &str| unknown_settings(&planted("README.md", text)).len();
    assert_eq!(unknown("`WALLET_BIND`, `WALLET_BACKUP_DIR`"), 0);
    assert_eq!(unknown(concat!("`WALLET", "_NOTHING`")), 1);
}

#[test]
fn no_page_is_longer_than_one_reads() {
    assert_eq!(pages_too_long(&documents()), [""; 0]);
}

#[test]
fn a_page_of_one_line_too_many_is_found() {
    let long = |path: &str, lines: usize| pages_too_long(&planted(path, &"\n".repeat(lines))).len();
    assert_eq!((long("README.md", 120), long("README.md", 121)), (0, 1));
    assert_eq!((long("docs/a.md", 250), long("docs/a.md", 251)), (0, 1));
}
