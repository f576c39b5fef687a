//! Each rule: from documents to its breaches.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use wallet_engine::config::SETTINGS;

use super::markdown::{Document, root};

/// Lines of the README, a page that is read to its end.
const README_LINES_MAX: usize = 120;
/// Lines of a page of `docs`.
const PAGE_LINES_MAX: usize = 250;
/// The project's folders: a span of code that begins with one names a file.
const FOLDERS: &[&str] = &[
    "src/",
    "tests/",
    "docs/",
    "docker/",
    "benches/",
    "sql/",
    "nginx/",
    ".ci/",
    "findings/",
];
/// Tells of what was, so it may name what is gone.
const HISTORY: &str = "CHANGELOG.md";
/// Variables that only tests read.
const READ_BY_TESTS: &[&str] = &["WALLET_TEST_CITUS_URL"];
/// What exists on a machine that runs the project, and in no checkout.
const MADE_LATER: &[&str] = &["docker/.env", "docker/secrets"];

/// Links to a file, or to a heading of one, that is not there.
pub(crate) fn broken_links(documents: &[Document]) -> Vec<String> {
    let anchors: BTreeMap<&str, BTreeSet<String>> = documents
        .iter()
        .map(|document| (document.path.as_str(), document.anchors()))
        .collect();
    let mut breaches = Vec::new();
    for document in documents {
        for link in document.links() {
            if link.contains("://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() {
                document.path.clone()
            } else {
                beside(&document.path, file)
            };
            let is_there = match anchors.get(target.as_str()) {
                Some(known) => heading.is_empty() || known.contains(heading),
                None => heading.is_empty() && root().join(&target).exists(),
            };
            if !is_there {
                breaches.push(document.breach(&format!("{link} leads nowhere")));
            }
        }
    }
    breaches
}

/// The documents that say what is.
fn present(documents: &[Document]) -> impl Iterator<Item = &Document> {
    documents.iter().filter(|document| document.path != HISTORY)
}

/// The path of a file that is named from a document.
fn beside(document: &str, file: &str) -> String {
    let mut path = PathBuf::from(document);
    path.pop();
    for part in Path::new(file).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path.to_string_lossy().into_owned()
}

/// Files of the project that are named and not there.
pub(crate) fn missing_files(documents: &[Document]) -> Vec<String> {
    let mut breaches = Vec::new();
    for document in present(documents) {
        for span in document.code_spans() {
            let path = span.split_whitespace().next().unwrap_or_default();
            let is_named = FOLDERS.iter().any(|folder| path.starts_with(folder))
                && !path.contains(['*', '<', '{'])
                && !path.ends_with("...");
            let later = MADE_LATER.iter().any(|made| path.starts_with(made));
            if is_named && !later && !root().join(path).exists() {
                breaches.push(document.breach(&format!("there is no {path}")));
            }
        }
    }
    breaches
}

/// Commands of `make` that the Makefile does not have.
pub(crate) fn unknown_targets(documents: &[Document]) -> Vec<String> {
    let makefile = fs::read_to_string(root().join("Makefile")).expect("the Makefile");
    let has = |target: &str| makefile.contains(&format!("\n{target}:"));
    let unknown = |document: &Document| {
        let targets = document.make_targets().into_iter();
        let unknown = targets.filter(|target| !target.is_empty() && !has(target));
        unknown
            .map(|target| document.breach(&format!("there is no `make {target}`")))
            .collect::<Vec<_>>()
    };
    present(documents).flat_map(unknown).collect()
}

/// Variables that neither the engine nor the stack of containers reads.
pub(crate) fn unknown_settings(documents: &[Document]) -> Vec<String> {
    let stack = ["docker/.env.example", "docker/compose.yaml"]
        .map(|file| fs::read_to_string(root().join(file)).expect("the stack's files"));
    let mut breaches = Vec::new();
    for document in present(documents) {
        let words = document
            .text
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let named: BTreeSet<&str> = words.filter(|word| word.starts_with("WALLET_")).collect();
        for name in named {
            let prefix = name.ends_with('_');
            let is_read = SETTINGS.iter().any(|setting| setting.name == name)
                || stack.iter().any(|file| file.contains(name))
                || READ_BY_TESTS.contains(&name);
            if !prefix && !is_read {
                breaches.push(document.breach(&format!("nothing reads {name}")));
            }
        }
    }
    breaches
}

/// Pages that are too long to be read.
pub(crate) fn pages_too_long(documents: &[Document]) -> Vec<String> {
    let limit = |document: &Document| match document.path.as_str() {
        "README.md" => README_LINES_MAX,
        path if path.starts_with("docs/") => PAGE_LINES_MAX,
        _ => usize::MAX,
    };
    documents
        .iter()
        .filter(|document| document.text.lines().count() > limit(document))
        .map(|document| document.breach(&format!("over {} lines", limit(document))))
        .collect()
}
