//! The files of the project.

use std::fs;
use std::path::Path;

use super::rust_text::{code_of, without_tests};

/// What git, cargo, a running engine, the tools of `.ci` and the documents' commands keep in the project's folder.
const NOT_OURS: &[&str] = &[
    ".git",
    "target",
    "data",
    ".env",
    "wallet.dump",
    "base.tar",
    "openapi.json",
    "tests/openapi/.hypothesis",
    "tests/openapi/.schemathesis",
];

/// A text file of the project.
pub(crate) struct File {
    /// From the project's root, with `/`.
    pub path: String,
    pub text: String,
}

impl File {
    /// What is wrong, and where.
    pub fn breach(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }

    /// The module's path within the crate, such as `http`, `health`; none outside `src`.
    pub fn module(&self) -> Option<Vec<&str>> {
        let path = self.path.strip_prefix("src/")?.strip_suffix(".rs")?;
        let path = path.strip_suffix("/mod").unwrap_or(path);
        Some(path.split('/').collect())
    }

    /// The code that ships: under `src`, without tests, and without files that hold only tests.
    pub fn shipped(&self) -> String {
        match self.module() {
            Some(module) if !module.contains(&"tests") => without_tests(&code_of(&self.text)),
            _ => String::new(),
        }
    }
}

/// Every text file of the project.
pub(crate) fn tree() -> Vec<File> {
    fn collect(folder: &Path, root: &Path, files: &mut Vec<File>) {
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        for entry in entries.unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.path();
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            if NOT_OURS.contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                collect(&path, root, files);
            } else if let Ok(text) = fs::read_to_string(&path) {
                files.push(File { path: name, text });
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(root, root, &mut files);
    files
}
