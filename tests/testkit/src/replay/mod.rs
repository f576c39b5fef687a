//! The contract, replayed: every recorded case is sent to a running engine, and what is seen is compared with
//! what was recorded.
//!
//! A case goes through these steps:
//!
//! 1. Its placeholders get fresh values, its users are registered, and its wallet is brought to its balance.
//! 2. Its request is sent, byte for byte as recorded.
//! 3. Its answer is compared: the status, as much of the body as its kind of match asks for, the headers that it
//!    names, stray bytes, the wallet's balance before and after, and the wallet that a registration made.
//!
//! For the tests that have an engine to replay it to: `tests/api` on the application itself, `tests/compose` through
//! nginx. `tests/api/conformance/proofs.rs` shows that each of these comparisons can fail.

pub mod case;
pub mod check;
pub mod client;
mod json;
mod placeholders;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use futures_util::StreamExt;

use self::case::Case;
use self::client::Client;

pub const RECORDED: &str = include_str!("../../../data/conformance.jsonl");
/// More would only wait for the hashing of passwords.
const CASES_AT_ONCE: usize = 4;

/// The cases of a file with one case a line.
pub fn cases(lines: &str) -> Vec<Case> {
    let parse = |line| serde_json::from_str(line).expect("a line is a case");
    lines.lines().map(parse).collect()
}

/// Sends every case to the engine at the address.
pub async fn replay(address: SocketAddr, cases: &[Case]) -> Report {
    replay_with(address, None, cases).await
}

/// The same with this `Authorization`, except of cases that have one of their own.
pub async fn replay_with(
    address: SocketAddr,
    authorization: Option<&str>,
    cases: &[Case],
) -> Report {
    let client = Client::new(address, authorization);
    let verdicts = futures_util::stream::iter(cases)
        .map(|case| verdict(&client, case))
        .buffered(CASES_AT_ONCE)
        .collect()
        .await;
    Report { verdicts }
}

async fn verdict(client: &Client, case: &Case) -> Verdict {
    let differences = match check::observe(client, case).await {
        Ok(seen) => check::differences(case, &seen),
        Err(reason) => vec![format!("could not run: {reason}")],
    };
    Verdict {
        case: case.to_string(),
        category: case.category.clone(),
        differences,
    }
}

/// What a replay found.
#[derive(Debug)]
pub struct Report {
    pub verdicts: Vec<Verdict>,
}

/// What the replay of one case found.
#[derive(Debug)]
pub struct Verdict {
    pub case: String,
    category: String,
    /// None: the case passes.
    pub differences: Vec<String>,
}

impl Report {
    /// The cases that do not pass.
    pub fn failures(&self) -> impl Iterator<Item = &Verdict> {
        let failed = |verdict: &&Verdict| !verdict.differences.is_empty();
        self.verdicts.iter().filter(failed)
    }
}

/// The failures with their differences, then the counts of each category.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in self.failures() {
            writeln!(f, "FAIL {}", failure.case)?;
            for difference in &failure.differences {
                writeln!(f, "    {difference}")?;
            }
        }
        let mut categories: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for verdict in &self.verdicts {
            let (passed, failed) = categories.entry(&verdict.category).or_default();
            let count = if verdict.differences.is_empty() {
                passed
            } else {
                failed
            };
            *count += 1;
        }
        writeln!(f, "\n{:26} {:>7} {:>7}", "category", "passed", "failed")?;
        for (category, (passed, failed)) in categories {
            writeln!(f, "{category:26} {passed:7} {failed:7}")?;
        }
        let (all, failed) = (self.verdicts.len(), self.failures().count());
        writeln!(f, "{} passed, {failed} failed", all - failed)
    }
}
