//! The rules about the tree itself that no compiler checks.
//!
//! A rule is a function from files to its breaches, with one test that the tree has none and one that a planted
//! breach is found.

mod tidy {
    pub(crate) mod circles;
    pub(crate) mod messages;
    mod migrations;
    pub(crate) mod rules;
    mod rust_text;
    pub(crate) mod tree;
    pub(crate) mod yaml;
}

use tidy::circles::import_circles;
use tidy::messages::{messages_of_one_language, unused_messages};
use tidy::rules::{
    LINES_MAX, files_too_long, forbidden_imports, gaps_in_migrations, kinds_by_name, machine_paths,
    queries_not_used_once, unfinished, unwraps,
};
use tidy::tree::{File, tree};
use tidy::yaml::unreadable_yaml;

fn planted(path: &str, text: &str) -> [File; 1] {
    [File {
        path: path.to_owned(),
        text: text.to_owned(),
    }]
}

#[test]
fn a_module_imports_only_what_the_design_lets_it() {
    assert_eq!(forbidden_imports(&tree()), [""; 0]);
}

#[test]
fn a_forbidden_import_is_found_in_every_way_of_writing_it() {
    for text in [
        "use crate::storage::Pool;",
        "use crate::{domain::{Amount, Balance}, storage};",
        "use super::super::storage::Pool;",
        "fn f() { crate::storage::connect() }",
        "use crate::*;",
    ] {
        let breaches = forbidden_imports(&planted("src/api/wallet.rs", text));
        assert_eq!(breaches.len(), 1, "{text}: {breaches:?}");
    }
    for (path, text) in [
        ("src/compat/json/mod.rs", "use crate::api::Error;"),
        ("src/domain/money.rs", "use crate::compat::value::Value;"),
        (
            "src/engine/registration.rs",
            "use crate::compat::value::Value;",
        ),
    ] {
        assert_eq!(forbidden_imports(&planted(path, text)).len(), 1, "{text}");
    }
    assert_eq!(
        forbidden_imports(&planted("src/domain/mod.rs", "\nuse super::app::App;")),
        ["src/domain/mod.rs:2: domain may not import app"]
    );
    assert_eq!(forbidden_imports(&planted("src/utilities.rs", "")).len(), 1);
}

#[test]
fn what_the_table_of_imports_allows_is_no_breach() {
    for (path, text) in [
        (
            "src/api/wallet.rs",
            "use crate::{domain::WalletId, engine, api::error};",
        ),
        ("src/api/wallet.rs", "use super::storage; // crate::storage"),
        (
            "src/api/wallet.rs",
            "#[cfg(test)]\nmod tests { use crate::storage::Pool; }",
        ),
        ("src/api/health.rs", "use crate::storage::Pool;"),
        ("src/app/serve.rs", "use crate::storage::Pool;"),
        ("src/main.rs", "use crate::storage::Pool;"),
    ] {
        assert_eq!(forbidden_imports(&planted(path, text)), [""; 0], "{text}");
    }
}

#[test]
fn imports_within_a_folder_go_one_way() {
    assert_eq!(import_circles(&tree()), [""; 0]);
}

#[test]
fn a_circle_is_found_in_every_way_of_closing_it() {
    let circles = |files: &[(&str, &str)]| {
        let files = files.iter().flat_map(|(path, text)| planted(path, text));
        import_circles(&files.collect::<Vec<_>>())
    };
    let face = (
        "src/a/mod.rs",
        "mod b;\nmod c;\npub use b::B;\npub use c::{C, D};",
    );
    for (b, c) in [
        ("use super::c::C;", "use super::b::B;"),
        ("use super::D;", "use crate::a::B;"),
        (
            "fn f() { super::c::f() }",
            "use crate::{a::{b::{self, B}}, d};",
        ),
    ] {
        let files = [
            face,
            ("src/a/b.rs", b),
            ("src/a/c/d.rs", ""),
            ("src/a/c.rs", c),
        ];
        assert_eq!(circles(&files), ["src/a: b, c"], "{b} {c}");
        let in_a_test = format!("#[cfg(test)]\nmod tests {{ {c} }}");
        let files = [face, ("src/a/b.rs", b), ("src/a/c.rs", &in_a_test)];
        assert_eq!(circles(&files), [""; 0], "{b} {c}");
    }
    // A folder is one node, and what its face defines itself leads to the face.
    let files = [
        (
            "src/a/mod.rs",
            "mod b;\nmod c;\nuse b::B;\npub struct A(B);",
        ),
        ("src/a/b/deep.rs", "use super::super::A;"),
        ("src/a/b/mod.rs", "mod deep;"),
    ];
    assert_eq!(circles(&files), ["src/a: b, its face"]);
    let files = [
        ("src/a.rs", "mod b;\npub struct A;"),
        ("src/a/b.rs", "use super::A;\nimpl A {}"),
    ];
    assert_eq!(circles(&files), [""; 0]);
}

#[test]
fn every_query_is_included_exactly_once() {
    let tree = tree();
    assert!(
        tree.iter()
            .any(|file| file.path.starts_with("sql/queries/"))
    );
    assert_eq!(queries_not_used_once(&tree), [""; 0]);
}

#[test]
fn a_query_that_is_unused_or_used_twice_is_found() {
    let including = |times: usize| {
        let text = "    A \"a.sql\";\n".repeat(times);
        let [query] = planted("sql/queries/a.sql", "SELECT 1");
        let [code] = planted("src/storage/sql.rs", &text);
        queries_not_used_once(&[query, code])
    };
    assert_eq!(including(0), ["sql/queries/a.sql:1: included 0 times"]);
    assert_eq!(including(1), [""; 0]);
    assert_eq!(including(2), ["sql/queries/a.sql:1: included 2 times"]);
    let [query] = planted("sql/queries/a.sql", "SELECT 1");
    let [row] = planted("src/storage/sql.rs", "    A \"a.sql\";\n");
    let [beside] = planted(
        "src/storage/b.rs",
        "include_str!(\"../../sql/queries/a.sql\")",
    );
    assert_eq!(
        queries_not_used_once(&[query, row, beside]),
        ["sql/queries/a.sql:1: included 2 times"]
    );
}

#[test]
fn every_yaml_file_can_be_read() {
    let tree = tree();
    let compose = |file: &File| file.path == "docker/compose.yaml";
    assert!(tree.iter().any(compose));
    assert_eq!(unreadable_yaml(&tree), [""; 0]);
}

#[test]
fn a_yaml_file_that_cannot_be_read_is_found() {
    for (text, found) in [
        ("services:\n  engine: {image: a, ports: [1]}\n", 0),
        ("services:\n  engine: a\n image: b\n", 1),
        ("command: a: b\n", 1),
        ("services: [a\n", 1),
        ("text: \"a\n", 1),
    ] {
        let breaches = unreadable_yaml(&planted("docker/compose.yaml", text));
        assert_eq!(breaches.len(), found, "{text}: {breaches:?}");
    }
}

#[test]
fn migrations_are_numbered_without_gaps() {
    let tree = tree();
    assert!(
        tree.iter()
            .any(|file| file.path.starts_with("sql/migrations/"))
    );
    assert_eq!(gaps_in_migrations(&tree), [""; 0]);
}

#[test]
fn a_migration_that_skips_or_repeats_a_number_is_found() {
    let migrations = |names: &[&str]| {
        let files = names.iter().map(|name| format!("sql/migrations/{name}"));
        let files: Vec<File> = files.flat_map(|path| planted(&path, "")).collect();
        gaps_in_migrations(&files)
    };
    assert_eq!(migrations(&["V2__index.sql", "V1__schema.sql"]), [""; 0]);
    assert_eq!(migrations(&["V1__schema.sql", "V3__index.sql"]).len(), 1);
    assert_eq!(migrations(&["V1__schema.sql", "V1__index.sql"]).len(), 1);
    assert_eq!(migrations(&["schema.sql"]).len(), 1);
}

#[test]
fn a_kind_of_operations_is_named_by_the_domain_alone() {
    assert_eq!(kinds_by_name(&tree()), [""; 0]);
}

#[test]
fn a_kind_that_is_named_elsewhere_is_found() {
    for (path, text, breaches) in [
        (
            "sql/queries/a.sql",
            "SELECT CASE kind WHEN 'DEPOSIT' THEN 1 END",
            1,
        ),
        (
            "src/admin/templates/a.html",
            "<input value=\"WITHDRAW\">",
            1,
        ),
        (
            "src/storage/a.rs",
            "match kind { OperationKind::Deposit => 1, _ => 2 }",
            1,
        ),
        (
            "src/domain/a.rs",
            "match kind { OperationKind::Deposit => 1, _ => 2 }",
            0,
        ),
        (
            "src/storage/a.rs",
            "OperationKind::ALL.map(OperationKind::as_str)",
            0,
        ),
        ("sql/migrations/V1__a.sql", "CHECK (kind = 'DEPOSIT')", 0),
    ] {
        let found = kinds_by_name(&planted(path, text));
        assert_eq!(found.len(), breaches, "{path}: {text}: {found:?}");
    }
}

#[test]
fn every_message_is_in_both_languages_and_used() {
    assert_eq!(messages_of_one_language(&tree()), [""; 0]);
    assert_eq!(unused_messages(&tree()), [""; 0]);
}

#[test]
fn a_message_that_a_language_lacks_or_that_nothing_uses_is_found() {
    let file = |path: &str, text: &str| planted(path, text).into_iter();
    let files: Vec<_> = file(
        "src/messages/en/a.ftl",
        "## A\nused = { $a ->\n   *[other] x\n}\nunused = b\n",
    )
    .chain(file("src/messages/ru/a.ftl", "used = { $a }\n"))
    .chain(file(
        "src/admin/templates/a.html",
        "{{ text!(lang, \"used\") }}",
    ))
    .collect();
    assert_eq!(
        messages_of_one_language(&files),
        ["src/messages/en/a.ftl:5: unused is in this language alone"]
    );
    assert_eq!(
        unused_messages(&files),
        ["src/messages/en/a.ftl:5: unused is used nowhere"]
    );
}

#[test]
fn no_source_file_is_longer_than_one_can_read() {
    assert_eq!(files_too_long(&tree()), [""; 0]);
}

#[test]
fn a_file_of_one_line_too_many_is_found() {
    let lines = |count: usize| files_too_long(&planted("src/app.rs", &"\n".repeat(count)));
    assert_eq!(lines(LINES_MAX), [""; 0]);
    assert_eq!(lines(LINES_MAX + 1), ["src/app.rs:401: over 400 lines"]);
}

#[test]
fn nothing_that_serves_unwraps() {
    assert_eq!(unwraps(&tree()), [""; 0]);
}

#[test]
fn an_unwrap_is_found_unless_it_is_in_a_test_or_at_start_up() {
    let text = "fn f() {\n    g()\n        .unwrap();\n    h().expect(\"h\");\n    parser.expect(b',');\n}\n";
    assert_eq!(
        unwraps(&planted("src/engine/mod.rs", text)),
        [
            "src/engine/mod.rs:3: .unwrap()",
            "src/engine/mod.rs:4: .expect()"
        ]
    );
    assert_eq!(unwraps(&planted("src/main.rs", text)), [""; 0]);
    let in_a_test = format!("#[cfg(test)]\nmod tests {{ {text} }}\n");
    assert_eq!(unwraps(&planted("src/engine/mod.rs", &in_a_test)), [""; 0]);
    assert_eq!(unwraps(&planted("src/engine/tests.rs", text)), [""; 0]);
}

#[test]
fn nothing_is_left_unfinished() {
    assert_eq!(unfinished(&tree()), [""; 0]);
}

#[test]
fn no_file_names_a_path_of_the_machine_it_was_written_on() {
    assert_eq!(machine_paths(&tree()), [""; 0]);
}

#[test]
fn a_planted_word_is_found_with_its_line() {
    let left = concat!("fn f() {\n    to", "do!()\n}");
    assert_eq!(unfinished(&planted("src/f.rs", left)).len(), 1);
    let path = concat!("cd /ho", "me/someone");
    assert_eq!(
        machine_paths(&planted(".ci/run", path)),
        [concat!(".ci/run:1: /ho", "me/")]
    );
}
