//! What a system acknowledged, against what its ledger holds.
//!
//! wrk drops its connections at the end of a run with up to one request under way on each; such an operation happens
//! or does not. So after all runs, once the system has stopped and nothing is under way any more, the ledger must
//! hold at least what was acknowledged, and at most the abandoned requests more; an answered batch has all of its
//! rows there. A run of this program's own client (`checked.rs`) abandons nothing: there the two must be equal. Transfers neither
//! make nor lose money, so all wallets together hold what was deposited, less what was captured.

use testkit::failure::Failure;

use crate::load::Load;
use crate::postgres::WalletDatabase;
use crate::wrk::{Report, Run};

/// Breaches that are shown.
const SHOWN: usize = 3;

pub struct Books {
    pub database: WalletDatabase,
    /// Rows of what was acknowledged.
    acknowledged: u64,
    /// Rows of requests that may have been abandoned.
    abandoned_max: u64,
    /// Rows that were there before anything was sent.
    before: u64,
    /// The first wallet that the cold load has not used.
    fresh: u64,
}

impl Books {
    pub async fn open(database: WalletDatabase) -> Result<Self, Failure> {
        Ok(Self {
            before: database.operations().await?,
            database,
            acknowledged: 0,
            abandoned_max: 0,
            fresh: 0,
        })
    }

    /// The first of `count` wallets that nobody has used, which are used now.
    pub fn take_fresh(&mut self, count: u64) -> u64 {
        let first = self.fresh;
        self.fresh += count;
        first
    }

    /// Enters a run of wrk.
    pub fn enter(&mut self, report: &Report, run: Run) {
        self.enter_finished(run.load, report.acknowledged());
        self.abandoned_max += run.connections * run.load.rows_each();
    }

    /// Enters acknowledged requests of a run that waited for all of its answers.
    pub fn enter_finished(&mut self, load: Load, acknowledged: u64) {
        self.acknowledged += acknowledged * load.rows_each();
    }

    /// What is wrong with the ledger, now that the system has stopped.
    pub async fn close(&self) -> Result<Vec<String>, Failure> {
        let mut problems = self.totals().await?;
        problems.extend(self.audit().await);
        self.report(&problems);
        Ok(problems)
    }

    /// What is wrong with the number of rows and the sum of all wallets.
    pub async fn totals(&self) -> Result<Vec<String>, Failure> {
        let mut problems = Vec::new();
        let rows = self.database.operations().await? - self.before;
        let allowed = self.acknowledged..=self.acknowledged + self.abandoned_max;
        println!(
            "    {}: {rows} rows for {} acknowledged",
            self.database.name(),
            self.acknowledged,
        );
        if !allowed.contains(&rows) {
            problems.push(format!(
                "the ledger grew by {rows} rows, with {} acknowledged and {} abandoned at most",
                self.acknowledged, self.abandoned_max
            ));
        }
        let missing = self.database.missing_cents().await?;
        if missing != 0 {
            problems.push(format!(
                "the wallets hold {missing} cents less than was deposited and not captured"
            ));
        }
        Ok(problems)
    }

    /// What is wrong with any wallet, as `wallet-engine verify` finds it.
    pub async fn audit(&self) -> Option<String> {
        let audit = self.database.audit().await;
        let shown: Vec<String> = audit
            .breaches
            .iter()
            .take(SHOWN)
            .map(ToString::to_string)
            .collect();
        let breaches = audit.breaches.len();
        (breaches > 0).then(|| {
            format!(
                "the audit found {breaches} breaches, such as {}",
                shown.join("; ")
            )
        })
    }

    /// Says whether they are in order.
    pub fn report(&self, problems: &[String]) {
        let clean = if problems.is_empty() {
            "clean"
        } else {
            "NOT CLEAN"
        };
        println!("    {}: audit: {clean}", self.database.name());
    }
}
