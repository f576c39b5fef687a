//! A pass over the other database.

use std::mem;

use super::candidate::{Candidate, SourceUser};
use super::error::ImportError;
use super::finding::{Finding, Reason};
use super::page::{self, Done, finding};
use super::source::{Source, SourceTotals, merged};
use super::target::Target;
use super::verification::{self, Verification};
use super::{ImportOptions, Listener, Run};
use crate::storage::database::Database;

/// Users who are in each other's way and are tried again, at most: what is beyond is a finding at once.
const DEFERRED_MAX: usize = 50_000;
/// Users who are gone are listed, or removed, so many at a time.
const GONE_BATCH: i64 = 1_000;

/// How far a pass is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Users that were read.
    pub done: u64,
    /// Users that there were when it began.
    pub of: u64,
}

/// What a pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub new: u64,
    pub changed: u64,
    pub same: u64,
    pub removed: u64,
    /// What does not fit or differs.
    pub findings: u64,
}

/// What an import did.
#[derive(Debug)]
pub struct Imported {
    pub counts: Counts,
    pub source: SourceTotals,
    /// Whether nothing was written because the move is over.
    pub is_over: bool,
    /// Of a final run that went as far.
    pub verification: Option<Verification>,
    /// The sessions for which a final run was not begun.
    pub sessions: Vec<String>,
}

impl Imported {
    /// Returns whether both databases agree, as far as this run compared them.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        let is_verified = self
            .verification
            .as_ref()
            .is_none_or(Verification::is_equal);
        self.counts.findings == 0 && self.sessions.is_empty() && is_verified
    }
}

/// A pass that is under way.
struct Pass<'p> {
    target: &'p Target,
    options: &'p ImportOptions<'p>,
    /// The engine has taken over.
    is_over: bool,
    is_read_only: bool,
    listener: &'p mut dyn Listener,
    counts: Counts,
    deferred: Vec<(Candidate, Reason)>,
}

impl Database {
    /// Imports users, wallets and balances.
    ///
    /// # Errors
    /// [`ImportError`]. What was imported before stays, and the next run goes on from there.
    pub async fn import(
        &self,
        options: &ImportOptions<'_>,
        listener: &mut dyn Listener,
    ) -> Result<Imported, ImportError> {
        if self.is_distributed() {
            return Err(ImportError::Distributed);
        }
        let target = Target::open(self).await?;
        let source = Source::open(options.source, options.limits, options.names).await?;
        source.begin().await?;
        let totals = source.totals().await?;
        let is_over = target.is_over().await?;
        let is_read_only = options.run == Run::Dry || is_over;
        let is_final = matches!(options.run, Run::Final { .. });
        if is_final && source.is_standby().await? {
            return Err(ImportError::Standby);
        }
        if let Run::Final {
            ignore_sessions: false,
            ..
        } = options.run
        {
            let sessions = source.sessions().await?;
            if !sessions.is_empty() {
                return Ok(Imported {
                    counts: Counts::default(),
                    source: totals,
                    is_over,
                    verification: None,
                    sessions,
                });
            }
        }
        let mut run = None;
        if !is_read_only {
            run = Some(
                target
                    .begin_run(&options.source.to_string(), is_final)
                    .await?,
            );
            target.reserve(totals.last_id).await?;
        }
        let mut pass = Pass {
            target: &target,
            options,
            is_over,
            is_read_only,
            listener,
            counts: Counts::default(),
            deferred: Vec::new(),
        };
        pass.run(&source, &totals).await?;
        let mut imported = Imported {
            counts: pass.counts,
            source: totals,
            is_over,
            verification: None,
            sessions: Vec::new(),
        };
        if let Run::Final { sample, .. } = options.run {
            let verified =
                verification::verify(&source, &target, options, sample, listener).await?;
            imported.counts.findings += verified.differing;
            imported.verification = Some(verified);
        }
        if let Some(run) = run {
            let mut differences = i64::try_from(imported.counts.findings).unwrap_or(i64::MAX);
            if differences == 0 && !imported.is_equal() {
                differences = 1;
            }
            target.end_run(run, differences).await?;
        }
        Ok(imported)
    }
}

impl Pass<'_> {
    async fn run(&mut self, source: &Source, totals: &SourceTotals) -> Result<(), ImportError> {
        if self.is_read_only {
            self.list_doubles(source).await?;
        }
        source.open_users().await?;
        let of = u64::try_from(totals.users).unwrap_or_default();
        let mut done = 0;
        let mut from = i64::MIN;
        // The last user of a page may have more wallets on the next.
        let mut carried = Vec::new();
        loop {
            let rows = source.next_rows(self.options.batch).await?;
            let is_end = rows.is_empty();
            let mut users = mem::take(&mut carried);
            users.extend(rows);
            let mut users = merged(users);
            if !is_end {
                carried.extend(users.pop());
            }
            let to = match users.last() {
                _ if is_end => i64::MAX,
                Some(last) => last.id,
                None => continue,
            };
            let ids: Vec<_> = users.iter().map(|user| user.id).collect();
            self.gone(from, to, &ids).await?;
            done += u64::try_from(users.len()).unwrap_or_default();
            self.page(users).await?;
            self.listener.progress(Progress { done, of });
            if is_end {
                break;
            }
            from = to.saturating_add(1);
        }
        self.again().await?;
        source.open_orphans().await?;
        loop {
            let orphans = source.next_orphans(self.options.batch).await?;
            if orphans.is_empty() {
                return Ok(());
            }
            for orphan in orphans {
                self.found(&orphan);
            }
        }
    }

    async fn page(&mut self, users: Vec<SourceUser>) -> Result<(), ImportError> {
        let mut candidates = Vec::with_capacity(users.len());
        for user in users {
            match user.candidate(self.options.create_wallets) {
                Ok(candidate) => candidates.push(candidate),
                Err(finding) => self.found(&finding),
            }
        }
        let done = if self.is_over {
            page::compare(self.target, &candidates).await?
        } else {
            page::import(self.target, &candidates, self.is_read_only).await?
        };
        let deferred = self.count(done);
        for (candidate, reason) in deferred {
            if self.deferred.len() < DEFERRED_MAX {
                self.deferred.push((candidate, reason));
            } else {
                self.found(&finding(&candidate, reason));
            }
        }
        Ok(())
    }

    /// Tries those again who were in each other's way, for as long as that frees somebody.
    async fn again(&mut self) -> Result<(), ImportError> {
        loop {
            let deferred = mem::take(&mut self.deferred);
            let before = deferred.len();
            let candidates: Vec<_> = deferred.into_iter().map(|(user, _)| user).collect();
            if candidates.is_empty() {
                return Ok(());
            }
            // All at once, as they may go round in a circle.
            let done = page::import(self.target, &candidates, self.is_read_only).await?;
            self.deferred = self.count(done);
            if self.is_read_only || self.deferred.len() == before {
                let deferred = mem::take(&mut self.deferred);
                for (candidate, reason) in deferred {
                    self.found(&finding(&candidate, reason));
                }
                return Ok(());
            }
        }
    }

    /// Lists users whom imports brought, and who are not among `ids`, or removes them.
    async fn gone(&mut self, from: i64, to: i64, ids: &[i64]) -> Result<(), ImportError> {
        let mut from = from;
        loop {
            let gone = self.target.gone((from, to), ids, GONE_BATCH).await?;
            let Some((last, _)) = gone.last() else {
                return Ok(());
            };
            from = last.saturating_add(1);
            for (id, username) in gone {
                let reason = if self.is_over {
                    Reason::GoneAndOver
                } else if self.is_read_only || !self.options.remove_gone {
                    Reason::Gone
                } else if self.target.remove(id).await? {
                    self.counts.removed += 1;
                    continue;
                } else {
                    Reason::GoneAndUsed
                };
                self.found(&Finding::of_user(id, username, reason));
            }
        }
    }

    /// Lists those of whom only one can have their address. When pages are written, they are found one by one.
    async fn list_doubles(&mut self, source: &Source) -> Result<(), ImportError> {
        source.open_doubles().await?;
        loop {
            let doubles = source.next_doubles(self.options.batch).await?;
            if doubles.is_empty() {
                return Ok(());
            }
            for double in doubles {
                self.found(&double);
            }
        }
    }

    fn count(&mut self, done: Done) -> Vec<(Candidate, Reason)> {
        self.counts.new += done.new;
        self.counts.changed += done.changed;
        self.counts.same += done.same;
        for finding in &done.findings {
            self.found(finding);
        }
        done.deferred
    }

    fn found(&mut self, finding: &Finding) {
        self.counts.findings += 1;
        self.listener.found(finding);
    }
}
