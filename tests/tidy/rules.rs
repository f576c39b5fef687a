//! Each rule: from files to its breaches.

use std::path::Path;

use wallet_engine::domain::OperationKind;

use super::rust_text::names_after;
use super::tree::File;

/// Who may import whom, by the top-level modules of `src`. A module without a line here is a breach.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("compat", &["domain"]),
    ("config", &[]),
    ("telemetry", &["config"]),
    ("failpoint", &[]),
    ("messages", &[]),
    ("statements", &["domain", "engine", "telemetry"]),
    ("engine", &["domain", "config", "telemetry", "failpoint"]),
    ("events", &["domain", "config", "telemetry"]),
    ("auth", &["domain", "config"]),
    (
        "storage",
        &["domain", "config", "telemetry", "engine", "events", "auth"],
    ),
    (
        "web",
        &[
            "domain",
            "config",
            "telemetry",
            "messages",
            "failpoint",
            "auth",
        ],
    ),
    (
        "api",
        &[
            "web",
            "auth",
            "engine",
            "events",
            "statements",
            "domain",
            "compat",
            "config",
            "telemetry",
            "failpoint",
            "messages",
        ],
    ),
    (
        "admin",
        &[
            "web",
            "auth",
            "engine",
            "events",
            "statements",
            "domain",
            "compat",
            "storage",
            "config",
            "telemetry",
            "failpoint",
            "messages",
        ],
    ),
    ("embedded", &["config"]),
];
/// The composition root, and the crate's own file: they import everything, and nothing imports them.
const IMPORTS_ALL: &[&str] = &["app", "cli", "main", "lib"];
/// The files of `api` that may import `storage`: the readiness check asks the database, and the journal of the staff moves no money.
const OF_STORAGE: [&str; 2] = ["src/api/health.rs", "src/api/journal.rs"];
/// May stop the process with `unwrap` and `expect`: nobody is being served yet.
const START_UP: &[&str] = &[
    "src/main.rs",
    "src/app.rs",
    "src/app/",
    "src/cli.rs",
    "src/cli/",
];
/// Lines of Rust in one file, tests within it included.
pub(crate) const LINES_MAX: usize = 400;

/// Imports that [`MAY_IMPORT`] does not allow. Tests may reach across.
pub(crate) fn forbidden_imports(files: &[File]) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in files {
        let Some(module) = file
            .module()
            .filter(|module| !IMPORTS_ALL.contains(&module[0]))
        else {
            continue;
        };
        let Some((own, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module[0]) else {
            breaches.push(file.breach(1, "a module that the table of imports does not name"));
            continue;
        };
        let code = file.shipped();
        let mut names = names_after(&code, "crate::");
        names.extend(names_after(&code, &"super::".repeat(module.len())));
        for (line, name) in names {
            let is_module = name == "*"
                || IMPORTS_ALL.contains(&name.as_str())
                || MAY_IMPORT.iter().any(|(module, _)| *module == name);
            let is_of_storage = name == "storage" && OF_STORAGE.contains(&file.path.as_str());
            if is_module && name != *own && !allowed.contains(&name.as_str()) && !is_of_storage {
                breaches.push(file.breach(line, &format!("{own} may not import {name}")));
            }
        }
    }
    breaches
}

/// Files of `sql/queries` that are not used exactly once: by a row of `src/storage/sql.rs`, and by no `include_str!` beside it.
pub(crate) fn queries_not_used_once(files: &[File]) -> Vec<String> {
    let sources = || files.iter().filter(|file| file.module().is_some());
    let queries = files.iter().filter_map(|file| {
        let name = file.path.strip_prefix("sql/queries/")?;
        let row = format!("\"{name}\"");
        let included = format!("queries/{name}\"");
        let uses = sources().map(|source| {
            let rows = if source.path == "src/storage/sql.rs" {
                source.text.matches(&row).count()
            } else {
                0
            };
            rows + source.text.matches(&included).count()
        });
        Some((file, uses.sum::<usize>()))
    });
    queries
        .filter(|(_, uses)| *uses != 1)
        .map(|(query, uses)| query.breach(1, &format!("included {uses} times")))
        .collect()
}

/// Migrations, in order, that are not 1, 2, 3 and so on.
pub(crate) fn gaps_in_migrations(files: &[File]) -> Vec<String> {
    let mut numbered: Vec<(usize, &File)> = files
        .iter()
        .filter(|file| file.path.starts_with("sql/migrations/"))
        .map(|file| {
            let name = file
                .path
                .trim_start_matches("sql/migrations/")
                .trim_start_matches('V');
            let digits = name
                .split(|c: char| !c.is_ascii_digit())
                .next()
                .unwrap_or_default();
            (digits.parse().unwrap_or(0), file)
        })
        .collect();
    numbered.sort_by_key(|(number, _)| *number);
    let wrong = numbered
        .iter()
        .zip(1..)
        .filter(|((number, _), expected)| number != expected);
    wrong
        .map(|((_, file), expected)| file.breach(1, &format!("should be number {expected}")))
        .collect()
}

/// Kinds of operations that statements, templates or code outside `domain` name: what a kind does follows from its signs, or
/// a new one is forgotten there.
pub(crate) fn kinds_by_name(files: &[File]) -> Vec<String> {
    const TEXTS: &[&str] = &["sql/queries/", "src/admin/templates/"];
    let names = OperationKind::ALL.map(OperationKind::as_str);
    // LIMIT is a word of SQL as well.
    let literals = names.map(|name| format!("'{name}'"));
    let literals = literals.each_ref().map(String::as_str);
    let mut breaches = Vec::new();
    for file in files {
        if TEXTS.iter().any(|folder| file.path.starts_with(folder)) {
            let is_sql = file.path.starts_with(TEXTS[0]);
            let words = if is_sql { &literals } else { &names };
            breaches.extend(lines_with(file, &file.text, words));
        } else if file.module().is_some_and(|module| module[0] != "domain") {
            let variants = names_after(&file.shipped(), "OperationKind::").into_iter();
            // A kind, and no constant or function of all of them.
            let variants = variants.filter(|(_, name)| {
                name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase)
            });
            breaches.extend(variants.map(|(line, name)| file.breach(line, &name)));
        }
    }
    breaches
}

/// Files of Rust above [`LINES_MAX`].
pub(crate) fn files_too_long(files: &[File]) -> Vec<String> {
    let sources = files.iter().filter(|file| {
        let folders = ["src/", "tests/", "benches/"];
        let rust = Path::new(&file.path)
            .extension()
            .is_some_and(|extension| extension == "rs");
        rust && folders.iter().any(|folder| file.path.starts_with(folder))
    });
    sources
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(file, lines)| file.breach(lines, &format!("over {LINES_MAX} lines")))
        .collect()
}

/// Each line of the text that has one of the words in it.
fn lines_with(file: &File, text: &str, words: &[&str]) -> Vec<String> {
    let found = |line: &str| words.iter().find(|word| line.contains(**word)).copied();
    let lines = text.lines().zip(1..);
    lines
        .filter_map(|(line, number)| Some(file.breach(number, found(line)?)))
        .collect()
}

/// What ends a request, or the process, with a panic, outside tests and [`START_UP`]. A message that is a literal was
/// cut out of the code; with an argument left, `expect` is a method of ours, such as a parser's.
pub(crate) fn unwraps(files: &[File]) -> Vec<String> {
    let serving = files
        .iter()
        .filter(|file| !START_UP.iter().any(|start| file.path.starts_with(start)));
    serving
        .flat_map(|file| lines_with(file, &file.shipped(), &[".unwrap()", ".expect()"]))
        .collect()
}

// The words of the next two rules are written in halves: this file is judged by them too.

/// Words for what is not done. There are none: what is missing is an issue, with the reason why that is safe.
pub(crate) fn unfinished(files: &[File]) -> Vec<String> {
    const WORDS: &[&str] = &[
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("to", "do!"),
        concat!("unimple", "mented!"),
    ];
    files
        .iter()
        .flat_map(|file| lines_with(file, &file.text, WORDS))
        .collect()
}

/// Paths that exist on some machines only.
pub(crate) fn machine_paths(files: &[File]) -> Vec<String> {
    const PATHS: &[&str] = &[
        concat!("/wo", "rk/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
    ];
    files
        .iter()
        .flat_map(|file| lines_with(file, &file.text, PATHS))
        .collect()
}
