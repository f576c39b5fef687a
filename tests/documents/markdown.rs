//! The documents, and what of them can be read by a program.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A document of the project.
pub(crate) struct Document {
    /// From the project's root, with `/`.
    pub path: String,
    pub text: String,
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document that people are meant to read.
pub(crate) fn documents() -> Vec<Document> {
    let mut paths: Vec<String> = [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "benches/NOTES.md",
        "benches/RESULTS.md",
        "benches/SIMULATION.md",
    ]
    .map(str::to_owned)
    .into();
    let pages = fs::read_dir(root().join("docs")).expect("the folder docs");
    for page in pages {
        let name = page.expect("a page").file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".md") {
            paths.push(format!("docs/{name}"));
        }
    }
    let read = |path: String| Document {
        text: fs::read_to_string(root().join(&path)).unwrap_or_else(|e| panic!("{path}: {e}")),
        path,
    };
    paths.into_iter().map(read).collect()
}

impl Document {
    /// What is wrong.
    pub fn breach(&self, what: &str) -> String {
        format!("{}: {what}", self.path)
    }

    /// The text outside blocks of code.
    fn prose(&self) -> String {
        self.lines_of(false)
    }

    /// The blocks of code, continued lines joined.
    fn code(&self) -> String {
        self.lines_of(true).replace("\\\n", " ")
    }

    fn lines_of(&self, wanted: bool) -> String {
        let mut is_code = false;
        let mut lines = String::new();
        for line in self.text.lines() {
            let fence = line.trim_start().starts_with("```");
            is_code ^= fence;
            if !fence && is_code == wanted {
                lines.push_str(line);
                lines.push('\n');
            }
        }
        lines
    }

    /// What stands between two backticks, outside blocks of code.
    pub fn code_spans(&self) -> Vec<String> {
        let prose = self.prose();
        let spans = prose.split('`').skip(1).step_by(2);
        spans.map(str::to_owned).collect()
    }

    /// Where its links lead, in the order of the text.
    pub fn links(&self) -> Vec<String> {
        let prose = self.prose();
        // A link's shape within a span of code is no link.
        let outside: String = prose.split('`').step_by(2).collect::<Vec<_>>().join("`");
        let ends = outside.split("](").skip(1);
        ends.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
            .collect()
    }

    /// What a link may name behind `#`.
    pub fn anchors(&self) -> BTreeSet<String> {
        let prose = self.prose();
        let headings = prose.lines().filter(|line| line.starts_with('#'));
        headings
            .map(|line| anchor(line.trim_start_matches('#').trim()))
            .collect()
    }

    /// The targets of `make` that it names, in code of either shape.
    pub fn make_targets(&self) -> BTreeSet<String> {
        let mut code = self.code_spans();
        code.extend(self.code().lines().map(str::to_owned));
        let mut targets = BTreeSet::new();
        for line in code {
            let words: Vec<&str> = line.split_whitespace().collect();
            let named = words
                .windows(2)
                .take_while(|pair| !pair[0].starts_with('#'))
                .filter(|pair| pair[0] == "make");
            for pair in named {
                let target = pair[1].trim_matches(|c: char| !c.is_ascii_alphanumeric());
                targets.insert(target.to_owned());
            }
        }
        targets
    }
}

/// A heading's anchor, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    let kept: String = kept.collect();
    kept.to_lowercase().replace(' ', "-")
}
