//! A page of users: compared, and written in one transaction.

use super::candidate::Candidate;
use super::comparison::{Verdict, differences, verdict};
use super::error::ImportError;
use super::finding::{Finding, Reason};
use super::names_settled::settled;
use super::target::{Adjustment, Target, Unwritten};
use crate::storage::error::StorageError;

/// How often a page is tried that an engine writes into at the same time.
const ATTEMPTS_MAX: u32 = 5;

/// What became of a page.
#[derive(Default)]
pub(super) struct Done {
    pub new: u64,
    pub changed: u64,
    pub same: u64,
    pub findings: Vec<Finding>,
    /// Those who are in each other's way, and why.
    pub deferred: Vec<(Candidate, Reason)>,
}

/// What a page needs written.
#[derive(Default)]
struct Plan<'c> {
    new: Vec<&'c Candidate>,
    changed: Vec<&'c Candidate>,
    renamed: Vec<i64>,
    adjusted: Vec<(i64, Adjustment)>,
    done: Done,
}

/// Compares a page and, unless `is_dry_run`, writes what differs. Tries again if somebody else writes there at the same time.
pub(super) async fn import(
    target: &Target,
    candidates: &[Candidate],
    is_dry_run: bool,
) -> Result<Done, ImportError> {
    for _ in 0..ATTEMPTS_MAX {
        let plan = plan(target, candidates).await?;
        if is_dry_run || plan.is_empty() {
            return Ok(plan.done);
        }
        target.begin().await?;
        match write(target, &plan).await {
            Ok(()) => {
                target.commit().await?;
                return Ok(plan.done);
            }
            Err(Unwritten::Contended) => target.rollback().await?,
            Err(Unwritten::Failed(error)) => return Err(error.into()),
        }
    }
    Err(ImportError::Contended(ATTEMPTS_MAX))
}

/// Compares a page for which nothing is to be written any more: what would be is a finding.
pub(super) async fn compare(
    target: &Target,
    candidates: &[Candidate],
) -> Result<Done, StorageError> {
    let ids: Vec<_> = candidates.iter().map(|candidate| candidate.id).collect();
    let known = target.known(&ids).await?;
    let mut done = Done::default();
    for candidate in candidates {
        let differing = known.get(&candidate.id).map(|known| {
            let differing = differences(candidate, known);
            (verdict(candidate, known), differing)
        });
        let reason = match differing {
            None => Reason::Missing,
            Some((Verdict::Refused(reason), _)) => reason,
            Some((_, differing)) if differing.is_empty() => {
                done.same += 1;
                continue;
            }
            Some((_, differing)) => Reason::Differs(differing),
        };
        done.findings.push(finding(candidate, reason));
    }
    Ok(done)
}

impl Plan<'_> {
    fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.adjusted.is_empty()
    }
}

async fn plan<'c>(target: &Target, candidates: &'c [Candidate]) -> Result<Plan<'c>, StorageError> {
    let ids: Vec<_> = candidates.iter().map(|candidate| candidate.id).collect();
    let known = target.known(&ids).await?;
    let mut plan = Plan::default();
    // Those who want a name that they do not have.
    let mut naming = Vec::new();
    for candidate in candidates {
        let Some(known) = known.get(&candidate.id) else {
            naming.push(candidate);
            continue;
        };
        match verdict(candidate, known) {
            Verdict::Same => plan.done.same += 1,
            Verdict::Refused(reason) => plan.done.findings.push(finding(candidate, reason)),
            Verdict::Changed { user, balance } => {
                plan.done.changed += 1;
                plan.adjusted
                    .extend(balance.map(|balance| (candidate.id, balance)));
                match user {
                    Some(change) if change.is_renamed => naming.push(candidate),
                    Some(_) => plan.changed.push(candidate),
                    None => {}
                }
            }
        }
    }
    if naming.is_empty() {
        return Ok(plan);
    }
    let holders = target.holders(&naming).await?;
    // Who is renamed gives up names that nobody else may want: they are holders as well.
    let mut all = holders;
    for candidate in &naming {
        if let Some(known) = known.get(&candidate.id)
            && all.iter().all(|holder| holder.id != candidate.id)
        {
            all.push(known.holder(candidate.id));
        }
    }
    for (candidate, refused) in naming.iter().zip(settled(&naming, &all)) {
        let is_known = known.contains_key(&candidate.id);
        match refused {
            Some(reason) => {
                // Not even its balance: all of a user comes at once.
                plan.done.changed -= u64::from(is_known);
                plan.adjusted.retain(|(id, _)| *id != candidate.id);
                plan.done.deferred.push(((*candidate).clone(), reason));
            }
            None if is_known => {
                plan.renamed.push(candidate.id);
                plan.changed.push(candidate);
            }
            None => {
                plan.done.new += 1;
                plan.new.push(candidate);
            }
        }
    }
    Ok(plan)
}

async fn write(target: &Target, plan: &Plan<'_>) -> Result<(), Unwritten> {
    target.change(&plan.changed, &plan.renamed).await?;
    target.insert(&plan.new).await?;
    let adjusted: Vec<_> = plan.adjusted.iter().map(|(_, adjusted)| adjusted).collect();
    target.adjust(&adjusted).await
}

pub(super) fn finding(candidate: &Candidate, reason: Reason) -> Finding {
    Finding::of_user(candidate.id, candidate.username.clone(), reason)
}
