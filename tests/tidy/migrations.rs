//! The rule of migrations: they run as well where wallets are distributed, or have another form for that.

use super::super::planted;
use super::tree::{File, tree};

/// What Citus distributes.
const TABLES: [&str; 4] = ["wallets", "operations", "holds", "adjustments"];
/// The last migration before the rule.
const BEFORE: usize = 23;
const PLAIN: &str = "sql/migrations/";
const DISTRIBUTED: &str = "sql/distributed/";
/// The code that knows the other forms.
const FORMS: &str = "src/storage/migrate/distributed.rs";

/// Statements that Citus refuses on distributed tables: in migrations since the rule that have no other form, and in the other forms.
fn refused_where_distributed(files: &[File]) -> Vec<String> {
    let has_form = |name: &str| {
        files
            .iter()
            .any(|file| file.path.strip_prefix(DISTRIBUTED) == Some(name))
    };
    let mut breaches = Vec::new();
    for file in files {
        let is_bound = match file.path.strip_prefix(PLAIN) {
            Some(name) => version(name) > BEFORE && !has_form(name),
            None => file.path.starts_with(DISTRIBUTED),
        };
        if is_bound {
            let refused = statements(&file.text).filter_map(|(line, statement)| {
                let why = refusal(&statement)?;
                Some(file.breach(line, why))
            });
            breaches.extend(refused);
        }
    }
    breaches
}

/// Other forms that are of no migration, or that no code knows.
fn forms_of_nothing(files: &[File]) -> Vec<String> {
    let code = files.iter().find(|file| file.path == FORMS);
    let forms = files.iter().filter_map(|file| {
        let name = file.path.strip_prefix(DISTRIBUTED)?;
        Some((file, name))
    });
    forms
        .filter_map(|(file, name)| {
            let plain = format!("{PLAIN}{name}");
            if !files.iter().any(|file| file.path == plain) {
                return Some(file.breach(1, "the form of no migration"));
            }
            let row = name.trim_start_matches('V').trim_end_matches(".sql");
            let row = row
                .split_once("__")
                .map(|(n, name)| format!("{n} \"{name}\";"));
            let is_known = row.is_some_and(|row| code.is_some_and(|code| code.text.contains(&row)));
            (!is_known).then(|| file.breach(1, &format!("{FORMS} does not know it")))
        })
        .collect()
}

fn version(name: &str) -> usize {
    let digits = name.trim_start_matches('V').split("__").next();
    digits
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_default()
}

/// The statements without comments, each in one line, with the number of the line in which it begins.
fn statements(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut found = Vec::new();
    let (mut statement, mut begins) = (String::new(), 0);
    for (line, number) in text.lines().zip(1..) {
        let code = line.split("--").next().unwrap_or_default();
        for part in code.split_inclusive(';') {
            if statement.is_empty() {
                begins = number;
            }
            statement.push_str(part.trim().trim_end_matches(';'));
            if part.ends_with(';') {
                found.push((begins, std::mem::take(&mut statement)));
            } else if !statement.is_empty() {
                statement.push(' ');
            }
        }
    }
    found.into_iter()
}

fn refusal(statement: &str) -> Option<&'static str> {
    let words: Vec<&str> = statement
        .split([' ', '('])
        .filter(|word| !["IF", "EXISTS", "ONLY", ""].contains(word))
        .collect();
    match &*words {
        ["ALTER", "TABLE", table, rest @ ..] if TABLES.contains(table) => {
            if has_several(statement) {
                return Some("several subcommands in one ALTER of a distributed table");
            }
            let constraint = rest.starts_with(&["RENAME", "CONSTRAINT"]);
            let identity = rest.contains(&"IDENTITY");
            (constraint || identity).then_some("refused on a distributed table")
        }
        ["CREATE", "UNIQUE", "INDEX", rest @ ..] => {
            let on = rest.iter().position(|word| *word == "ON")?;
            let (table, first) = (rest.get(on + 1)?, rest.get(on + 2)?);
            let wallet = if *table == "wallets" {
                "id"
            } else {
                "wallet_id"
            };
            let first = first.trim_end_matches([',', ')']);
            (TABLES.contains(table) && first != wallet)
                .then_some("a unique index that does not begin with the wallet's id")
        }
        ["CREATE", "TRIGGER", ..] => {
            let on = words.iter().position(|word| *word == "ON")?;
            TABLES
                .contains(words.get(on + 1)?)
                .then_some("a trigger on a distributed table")
        }
        _ => None,
    }
}

/// Whether a comma stands outside of parentheses and quotes.
fn has_several(statement: &str) -> bool {
    let (mut depth, mut is_quoted) = (0, false);
    statement.chars().any(|c| {
        match c {
            '\'' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0 && !is_quoted
    })
}

#[test]
fn migrations_run_where_wallets_are_distributed() {
    let tree = tree();
    assert!(
        tree.iter()
            .any(|file| file.path.starts_with("sql/distributed/"))
    );
    assert_eq!(refused_where_distributed(&tree), [""; 0]);
    assert_eq!(forms_of_nothing(&tree), [""; 0]);
}

#[test]
fn a_migration_that_a_distributed_database_refuses_is_found() {
    for (text, breaches) in [
        ("ALTER TABLE wallets ADD a int, ADD b int;", 1),
        (
            "ALTER TABLE wallets -- a wallet's\n    ADD a numeric(10, 2);\nALTER TABLE holds ADD b int;",
            0,
        ),
        (
            "ALTER TABLE IF EXISTS ONLY holds\n    ADD a int,\n    DROP b;",
            1,
        ),
        ("ALTER TABLE users ADD a int, ADD b int;", 0),
        (
            "ALTER TABLE operations ADD CONSTRAINT c CHECK (kind IN ('A,', 'B')) NOT VALID;",
            0,
        ),
        ("ALTER TABLE operations RENAME CONSTRAINT a TO b;", 1),
        (
            "ALTER TABLE holds ADD id bigint GENERATED ALWAYS AS IDENTITY;",
            1,
        ),
        ("CREATE UNIQUE INDEX a ON operations (id);", 1),
        (
            "CREATE UNIQUE INDEX a ON operations (wallet_id, id) WHERE id > 0;",
            0,
        ),
        ("CREATE UNIQUE INDEX a ON wallets (id);", 0),
        (
            "CREATE TRIGGER a BEFORE UPDATE ON holds EXECUTE FUNCTION a();",
            1,
        ),
    ] {
        for (path, is_bound) in [
            ("sql/migrations/V24__a.sql", true),
            ("sql/distributed/V4__a.sql", true),
            ("sql/migrations/V23__a.sql", false),
        ] {
            let found = refused_where_distributed(&planted(path, text));
            let breaches = if is_bound { breaches } else { 0 };
            assert_eq!(found.len(), breaches, "{path}: {text}: {found:?}");
        }
    }
    let text = "ALTER TABLE wallets ADD a int, ADD b int;";
    let [plain] = planted("sql/migrations/V24__a.sql", text);
    let [form] = planted("sql/distributed/V24__a.sql", "");
    let files = [plain, form];
    assert_eq!(refused_where_distributed(&files), [""; 0]);
    let unknown =
        "sql/distributed/V24__a.sql:1: src/storage/migrate/distributed.rs does not know it";
    assert_eq!(forms_of_nothing(&files), [unknown]);
    let [code] = planted("src/storage/migrate/distributed.rs", "    24 \"a\";");
    let [plain, form] = files;
    assert_eq!(forms_of_nothing(&[plain, form, code]), [""; 0]);
    assert_eq!(
        forms_of_nothing(&planted("sql/distributed/V4__a.sql", "")).len(),
        1
    );
}
