//! The budget: a line with a name and a number for each step.

use std::fmt;
use std::fs;
use std::path::Path;

use testkit::failure::{Failure, failed};

/// What the figures are for: another processor has other instructions.
pub const ARCHITECTURE: &str = "x86_64";

/// Lines as they are in the file, comments included.
pub struct Budget(Vec<Line>);

enum Line {
    Comment(String),
    Step { name: String, instructions: u64 },
}

/// What a step's instructions are, compared with its budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Within,
    Above,
    Below,
    Missing,
}

impl Verdict {
    /// Compares; so many percent more or less are still within.
    pub fn of(instructions: u64, budget: Option<u64>, tolerance_percent: u64) -> Self {
        let Some(budget) = budget else {
            return Self::Missing;
        };
        let tolerance = budget * tolerance_percent / 100;
        if instructions > budget + tolerance {
            Self::Above
        } else if instructions < budget - tolerance {
            Self::Below
        } else {
            Self::Within
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Within => "",
            Self::Above => "ABOVE the budget",
            Self::Below => "BELOW the budget: lower it, by ARGS=--write",
            Self::Missing => "NO BUDGET: ARGS=--write adds it",
        })
    }
}

impl Budget {
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path);
        let text = text.map_err(failed(format!("read {}", path.display())))?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        let line = |line: &str| {
            if line.starts_with('#') || line.is_empty() {
                return Ok(Line::Comment(line.to_owned()));
            }
            let reading = format!("read the line \"{line}\" of the budget");
            let (name, figure) = line.split_once(' ').unwrap_or((line, ""));
            let instructions = figure.trim().parse().map_err(failed(reading))?;
            let name = name.to_owned();
            Ok(Line::Step { name, instructions })
        };
        text.lines().map(line).collect::<Result<_, _>>().map(Self)
    }

    pub fn of(&self, step: &str) -> Option<u64> {
        self.0.iter().find_map(|line| match line {
            Line::Step { name, instructions } if name == step => Some(*instructions),
            _ => None,
        })
    }

    pub fn set(&mut self, step: &str, figure: u64) {
        for line in &mut self.0 {
            if let Line::Step { name, instructions } = line
                && name == step
            {
                *instructions = figure;
                return;
            }
        }
        self.0.push(Line::Step {
            name: step.to_owned(),
            instructions: figure,
        });
    }

    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let written = fs::write(path, self.text());
        written.map_err(failed(format!("write {}", path.display())))
    }

    fn text(&self) -> String {
        let line = |line: &Line| match line {
            Line::Comment(text) => format!("{text}\n"),
            Line::Step { name, instructions } => format!("{name} {instructions}\n"),
        };
        self.0.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_within_its_budget_or_is_told_apart() {
        let of = |instructions| Verdict::of(instructions, Some(1_000), 3);
        assert_eq!(of(1_030), Verdict::Within);
        assert_eq!(of(1_031), Verdict::Above);
        assert_eq!(of(970), Verdict::Within);
        assert_eq!(of(969), Verdict::Below);
        assert_eq!(Verdict::of(1, None, 3), Verdict::Missing);
    }

    #[test]
    fn what_is_written_keeps_the_comments_and_the_order() {
        let mut budget = Budget::parse("# why\nparse 10\n").unwrap();
        budget.set("decide", 20);
        budget.set("parse", 11);
        assert_eq!(budget.of("parse"), Some(11));
        assert_eq!(budget.text(), "# why\nparse 11\ndecide 20\n");
    }

    #[test]
    fn a_line_without_a_figure_is_no_budget() {
        assert!(Budget::parse("parse\n").is_err());
        assert!(Budget::parse("parse many\n").is_err());
    }
}
