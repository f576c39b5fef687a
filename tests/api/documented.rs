//! The requests of the documents, typed as they stand there with the real curl, get what stands below them.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use tokio::process::Command;

use crate::app::TestApp;

/// Where the documents say that the engine serves.
const ADDRESS: &str = "127.0.0.1:8000";

/// A command of a document, and what it is said to print.
struct Example {
    command: String,
    printed: String,
}

#[actix_web::test]
async fn the_documents_requests_get_what_the_documents_show() {
    for name in ["README.md", "docs/start.md", "docs/api.md", "docs/holds.md"] {
        let app = TestApp::spawn().await;
        let mut location = String::new();
        let mut variables = HashMap::new();
        let mut requests = 0;
        for example in examples(name) {
            if let Some((variable, shown)) = assignment(&example.command) {
                let value = if shown.contains('/') {
                    location.clone()
                } else {
                    last_part(&location)
                };
                assert_eq!(masked(shown), masked(&value), "{name}: {variable}");
                variables.insert(variable.to_owned(), value);
                continue;
            }
            let command = example.command.replace(ADDRESS, &app.address.to_string());
            let printed = run(&command, &variables).await;
            assert_printed(&example, &printed, name);
            if let Some((_, rest)) = printed.split_once("location: ") {
                location = rest.split_whitespace().next().unwrap().to_owned();
            }
            requests += 1;
        }
        assert!(requests >= 3, "{name}: {requests} requests");
        app.stop().await.unwrap();
    }
}

/// The name and the value of a shell variable that is set to what the last `Location` was, or to the id in it.
fn assignment(command: &str) -> Option<(&str, &str)> {
    let (name, value) = command.split_once('=')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase());
    (is_name && !value.contains(' ')).then_some((name, value))
}

/// The last part of a path.
fn last_part(path: &str) -> String {
    let parts = path.trim_end_matches('/').rsplit('/');
    parts.take(1).collect()
}

/// Commands after `$ ` in blocks of code, continued lines joined, each with the lines up to the next one.
fn examples(document: &str) -> Vec<Example> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let text = fs::read_to_string(path).unwrap().replace("\\\n", " ");
    let mut examples: Vec<Example> = Vec::new();
    for block in text.split("```").skip(1).step_by(2) {
        for example in format!("\n{block}").split("\n$ ").skip(1) {
            let (command, printed) = example.split_at(end_of_command(example));
            examples.push(Example {
                command: command.to_owned(),
                printed: printed.trim().to_owned(),
            });
        }
    }
    examples
}

/// Where the command ends: with its line, or with the line that closes its quotes.
fn end_of_command(example: &str) -> usize {
    let mut is_quoted = false;
    let end = example.find(|c| {
        is_quoted ^= c == '\'';
        c == '\n' && !is_quoted
    });
    end.unwrap_or(example.len())
}

async fn run(command: &str, variables: &HashMap<String, String>) -> String {
    let output = Command::new("sh")
        .args(["-c", command])
        .envs(variables)
        .env("no_proxy", "*")
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{command}: {output:?}");
    String::from_utf8(output.stdout).unwrap().replace('\r', "")
}

/// Of a head, the lines that the document shows are there; everything else is equal but for what differs by nature.
fn assert_printed(example: &Example, printed: &str, name: &str) {
    let (expected, printed) = (masked(&example.printed), masked(printed));
    let what = format!("{name}: {}", example.command);
    let Some((head, body)) = expected.split_once("\n\n") else {
        assert_eq!(printed.trim_end(), expected, "{what}");
        return;
    };
    let (whole_head, whole_body) = printed.split_once("\n\n").expect("a head and a body");
    let lines: Vec<&str> = whole_head.lines().collect();
    for line in head.lines() {
        assert!(lines.contains(&line), "{what}: {line} is not in {lines:?}");
    }
    assert_eq!(whole_body.trim_end(), body, "{what}");
}

/// The text with ids, times and cursors made alike.
fn masked(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.');
    let mut masked = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(end);
        let hex = word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        masked.push_str(match (word.len(), hex) {
            (32 | 36, true) => "(id)",
            (20.., false) if word.starts_with('2') && word.ends_with('Z') => "(time)",
            _ => word,
        });
        rest = after;
    }
    masked
}
