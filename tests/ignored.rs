//! What the documents' commands write into the checkout, git ignores: a backup or a description is no change of the project.

#![allow(
    clippy::unwrap_used,
    reason = "what a test needs and cannot have fails the test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Programs' options that name a file to write; as `--output=FILE`, it is one word.
const OUTPUT_OPTIONS: &[&str] = &["-o", "--output", "--file"];

#[test]
fn git_ignores_what_the_documents_commands_write() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let written: BTreeSet<_> = documents(root)
        .iter()
        .flat_map(|document| code(&fs::read_to_string(document).unwrap()))
        .flat_map(|line| written_by(&line))
        .collect();
    assert!(written.contains("openapi.json"), "{written:?}");
    let shown: Vec<_> = written
        .iter()
        .filter(|file| {
            let ignored = Command::new("git")
                .current_dir(root)
                .args(["check-ignore", "--quiet", "--no-index", "--", file])
                .status()
                .unwrap();
            assert!(
                ignored.code().is_some_and(|status| status < 2),
                "git: {ignored}"
            );
            !ignored.success()
        })
        .collect();
    assert!(shown.is_empty(), "git would commit {shown:?}");
}

/// The README and everything below `docs`.
fn documents(root: &Path) -> Vec<PathBuf> {
    let mut documents = vec![root.join("README.md")];
    let mut folders = vec![root.join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                documents.push(path);
            }
        }
    }
    documents
}

/// The lines of the document's code, those that are continued joined.
fn code(document: &str) -> Vec<String> {
    let document = document.replace("\\\n", " ");
    let mut is_code = false;
    let lines = document.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        is_code ^= fence;
        is_code && !fence
    });
    lines.map(str::to_owned).collect()
}

/// The files that a line of the shell writes below the current directory.
fn written_by(line: &str) -> Vec<String> {
    let words = words(line);
    let mut written = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let before = at
            .checked_sub(1)
            .map_or("", |before| words[before].as_str());
        let option = word
            .split_once('=')
            .filter(|(name, _)| OUTPUT_OPTIONS.contains(name));
        if before == ">" || before == "tee" || OUTPUT_OPTIONS.contains(&before) {
            written.push(word.clone());
        } else if let Some((_, file)) = option {
            written.push(file.to_owned());
        }
    }
    // Elsewhere, nowhere, another stream's, or a name that is not known here.
    written.retain(|file| !file.starts_with(['/', '-', '&', '$', '<', '~']) && !file.is_empty());
    written
}

/// Words of the shell, up to a comment; a redirection to a file is the word `>`. What is quoted is no command of ours.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut last = ' ';
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None, '#') if last.is_whitespace() => break,
            // An arrow of prose.
            (None, '>') if matches!(last, '-' | '=') => {}
            (None, '>') => words.extend([">".to_owned(), String::new()]),
            (None, '|' | ';' | '(' | ')') => words.push(String::new()),
            (None, _) if letter.is_whitespace() => words.push(String::new()),
            _ => words.last_mut().unwrap().push(letter),
        }
        last = letter;
    }
    words.retain(|word| !word.is_empty());
    // `>>` appends to what a single one would write.
    words.dedup_by(|a, b| a == ">" && b == ">");
    words
}

#[test]
fn a_redirection_is_found_whatever_stands_around_it() {
    for (line, files) in [
        ("a --b c >file.txt", &["file.txt"][..]),
        ("a > file.txt 2>&1", &["file.txt"]),
        ("a >>x; b >y # c >z", &["x", "y"]),
        ("a >\"b c\" >\"$d\"", &["b c"]),
        ("a 2>errors | tee copy.log", &["errors", "copy.log"]),
        ("curl -o page.html url --output=b", &["page.html", "b"]),
        ("a >/dev/null 2>/tmp/x >$HOME/x >&2", &[]),
        ("sh -c 'a >\"$b\" >c' <d", &[]),
        ("registry -> actor => engine", &[]),
    ] {
        assert_eq!(written_by(line), files, "{line}");
    }
}
