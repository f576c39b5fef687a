//! The tables of `docs/distributed-statements.md`, and the statements that have to be in them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const DOCUMENT: &str = include_str!("../../../docs/distributed-statements.md");
const STATEMENTS: &str = include_str!("../../../src/storage/sql.rs");
const DISTRIBUTED: [&str; 4] = ["wallets", "operations", "holds", "adjustments"];

/// The first two columns of the table under a heading.
pub fn table(heading: &str) -> BTreeMap<String, String> {
    let (_, section) = DOCUMENT.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let mut cells = row.split('|').skip(1).map(str::trim);
        let name = cells.next().unwrap().trim_matches('`').to_owned();
        (name, cells.next().unwrap().to_owned())
    })
    .collect()
}

/// The text of a statement, without its comments.
pub fn text(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("sql/queries/{name}.sql"));
    let text = std::fs::read_to_string(file).unwrap();
    let lines = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// Every statement of the engine that names one of the distributed tables, or asks the nodes.
pub fn concerned() -> BTreeSet<String> {
    let files = STATEMENTS.lines().filter_map(|line| {
        let (_, file) = line.trim().split_once(" \"")?;
        file.strip_suffix(".sql\";")
    });
    files
        .filter(|name| is_concerned(&text(name)))
        .map(str::to_owned)
        .collect()
}

fn is_concerned(text: &str) -> bool {
    let words: Vec<_> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let names_one = words.windows(2).any(|pair| {
        ["FROM", "JOIN", "INTO", "UPDATE"].contains(&pair[0]) && DISTRIBUTED.contains(&pair[1])
    });
    names_one || text.contains("run_command_on_")
}
