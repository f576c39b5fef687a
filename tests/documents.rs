//! What the repository keeps a copy of is what the code says, and what documents name is there. `make docs` writes the
//! copies again.

#![allow(
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod documents {
    pub(crate) mod figures;
}
#[path = "../benches/compare/published.rs"]
mod published;

use std::path::Path;

use documents::figures::figures;
use wallet_engine::config::SETTINGS;
use wallet_engine::http::openapi;

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

#[test]
fn the_api_s_description_is_the_one_that_is_served() {
    assert_kept("src/http/openapi/openapi.json", |_| {
        let document = serde_json::to_string_pretty(&openapi::document());
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
