//! The result of an import: lines for people, and a file for the record.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::arguments::Arguments;
use crate::config::DatabaseAddress;
use crate::domain::time_text;
use crate::storage::import::{Finding, Imported, Run, SourceTotals, TargetTotals, Verification};

/// Findings that the file has, at most; their number counts all.
const FINDINGS_MAX: usize = 10_000;

#[derive(Debug, thiserror::Error)]
#[error("could not write the report to {}", path.display())]
pub(super) struct UnwrittenReport {
    path: PathBuf,
    #[source]
    source: io::Error,
}

pub(super) struct Report {
    source: String,
    target: String,
    began: OffsetDateTime,
    findings: Vec<String>,
}

impl Report {
    pub fn new(source: &DatabaseAddress, target: &str, began: OffsetDateTime) -> Self {
        Self {
            source: source.to_string(),
            target: target.to_owned(),
            began,
            findings: Vec::new(),
        }
    }

    pub fn found(&mut self, finding: &Finding) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding.to_string());
        }
    }

    /// Returns the result, a line each.
    pub fn lines(&self, arguments: &Arguments, imported: &Imported) -> Vec<String> {
        if !imported.sessions.is_empty() {
            let mut lines = vec![format!(
                "Not begun: others are connected to {}. Stop Django, or give --ignore-sessions if they write nothing:",
                self.source
            )];
            lines.extend(
                imported
                    .sessions
                    .iter()
                    .map(|session| format!("  {session}")),
            );
            return lines;
        }
        let counts = imported.counts;
        let mut lines = Vec::new();
        if imported.is_over {
            lines.push(
                "The move is over: a final run found no difference, and the engine has had operations since. Nothing is written."
                    .to_owned(),
            );
        }
        let verb = if arguments.run == Run::Dry || imported.is_over {
            "would be"
        } else {
            "were"
        };
        lines.push(format!(
            "Of {} users of {}, {} {verb} new, {} {verb} changed, {} agree; {} removed.",
            imported.source.users,
            self.source,
            counts.new,
            counts.changed,
            counts.same,
            counts.removed,
        ));
        if let Some(verification) = &imported.verification {
            lines.extend(verified(verification));
        }
        lines.push(match counts.findings {
            0 if imported.is_equal() => "Everything fits.".to_owned(),
            0 => "Counts or sums differ: do not switch.".to_owned(),
            1 => "1 finding: do not switch.".to_owned(),
            findings => format!("{findings} findings: do not switch."),
        });
        lines
    }

    /// Writes the file: whole, or not at all.
    pub fn write(
        &self,
        arguments: &Arguments,
        imported: &Imported,
        path: &Path,
    ) -> Result<(), UnwrittenReport> {
        let written = || {
            let text = serde_json::to_string_pretty(&self.value(arguments, imported))?;
            let mut unfinished = path.as_os_str().to_owned();
            unfinished.push(".part");
            let mut file = fs::File::create(&unfinished)?;
            writeln!(file, "{text}")?;
            file.sync_all()?;
            fs::rename(&unfinished, path)
        };
        written().map_err(|source| UnwrittenReport {
            path: path.to_owned(),
            source,
        })
    }

    fn value(&self, arguments: &Arguments, imported: &Imported) -> Value {
        let counts = imported.counts;
        let time = |at| time_text::utc(at, time_text::LEDGER);
        json!({
            "from": self.source,
            "to": self.target,
            "began_at": time(self.began),
            "ended_at": time(OffsetDateTime::now_utc()),
            "dry_run": arguments.run == Run::Dry,
            "final": matches!(arguments.run, Run::Final { .. }),
            "agrees": imported.is_equal(),
            "users": {
                "new": counts.new,
                "changed": counts.changed,
                "agree": counts.same,
                "removed": counts.removed,
            },
            "compared": imported.verification.as_ref().map(|compared| json!({
                "from": of_source(&compared.source),
                "to": of_target(&compared.target),
                "wallets_expected": compared.wallets_expected(),
                "sample": {"users": compared.sampled, "differ": compared.differing},
            })),
            "sessions": imported.sessions,
            "findings": {"count": counts.findings, "first": self.findings},
        })
    }
}

fn verified(verification: &Verification) -> Vec<String> {
    let Verification { source, target, .. } = verification;
    vec![
        format!("Users: {} there, {} here.", source.users, target.users),
        format!(
            "Wallets: {} there, {} here.",
            verification.wallets_expected(),
            target.wallets
        ),
        format!(
            "Balances: {} there, {} here.",
            source.balances, target.balances
        ),
        format!(
            "Of {} users by chance, {} differ.",
            verification.sampled, verification.differing
        ),
    ]
}

fn of_source(totals: &SourceTotals) -> Value {
    json!({
        "users": totals.users,
        "without_wallet": totals.without_wallet,
        "wallets": totals.wallets,
        "balances": totals.balances,
    })
}

fn of_target(totals: &TargetTotals) -> Value {
    json!({
        "users": totals.users,
        "wallets": totals.wallets,
        "balances": totals.balances,
    })
}
