//! What an engine tells the others of itself, every few seconds: JSON in its row of the database.
//!
//! Every part has a default, as an engine of another version may lack it.

use serde::{Deserialize, Serialize};

use crate::engine::{CommitterState, HotWallet, Refusal};

/// The state of one engine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    pub stopping: bool,
    pub waiting_operations: usize,
    pub inflight_max: usize,
    pub waiting_wallets: usize,
    pub active_wallets: usize,
    pub pool_used: usize,
    pub pool_max: usize,
    pub pool_waiting: usize,
    pub commit_median_s: Option<f64>,
    pub commits_failed: u64,
    pub guard_misses: u64,
    /// Those that happened.
    pub refusals: Vec<Refusals>,
    pub committers: Vec<Committer>,
    pub sets_waiting: usize,
    pub hottest: Vec<Hot>,
    /// The time over which their operations were counted.
    pub hottest_over_s: f64,
}

/// How often one reason refused an operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refusals {
    reason: String,
    /// In the last minutes.
    pub lately: u64,
    pub since_start: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Committer {
    /// From 1, on its lane.
    pub number: usize,
    /// Zero is the database as a whole.
    #[serde(default)]
    pub lane: u32,
    pub has_permit: bool,
    pub writing: Option<Writing>,
}

/// The group that a committer writes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Writing {
    pub operations: usize,
    pub wallets: usize,
    pub for_s: f64,
}

/// A busy wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hot {
    /// Its id.
    pub wallet: String,
    pub operations: u64,
    pub waiting: usize,
    pub version: i64,
    /// Of that version: an amount with two places.
    pub balance: String,
}

impl Report {
    /// Returns whether its committers are of several lanes.
    pub fn has_lanes(&self) -> bool {
        let mut lanes = self.committers.iter().map(|committer| committer.lane);
        let first = lanes.next();
        lanes.any(|lane| Some(lane) != first)
    }
}

impl Refusals {
    pub fn of(refusal: Refusal, lately: u64, since_start: u64) -> Self {
        Self {
            reason: reason(refusal),
            lately,
            since_start,
        }
    }

    pub fn is(&self, refusal: Refusal) -> bool {
        self.reason == reason(refusal)
    }
}

/// The name that reports have for a reason; one that is renamed is not counted until all engines have its new name.
fn reason(refusal: Refusal) -> String {
    format!("{refusal:?}")
}

impl Committer {
    pub fn of(state: &CommitterState) -> Self {
        Self {
            number: state.session.number + 1,
            lane: state.session.lane.0,
            has_permit: state.has_permit,
            writing: state.writing.map(|(group, since)| Writing {
                operations: group.operations,
                wallets: group.wallets,
                for_s: since.as_secs_f64(),
            }),
        }
    }
}

impl Hot {
    pub fn of(wallet: &HotWallet) -> Self {
        Self {
            wallet: wallet.id.to_string(),
            operations: wallet.operations,
            waiting: wallet.waiting,
            version: wallet.version,
            balance: format!("{:.2}", rust_decimal::Decimal::from(wallet.balance)),
        }
    }
}

/// Returns the busiest wallets of several engines, each once. An engine counts by the wallet's versions, so what others wrote is
/// in its count as far as it knows: the largest count is nearest, and a sum would count twice.
pub fn hottest<'a>(reports: impl IntoIterator<Item = &'a Report>, max: usize) -> Vec<Hot> {
    let mut merged: Vec<Hot> = Vec::new();
    for hot in reports.into_iter().flat_map(|report| &report.hottest) {
        match merged.iter_mut().find(|other| other.wallet == hot.wallet) {
            Some(other) => {
                other.operations = other.operations.max(hot.operations);
                other.waiting += hot.waiting;
                if hot.version > other.version {
                    other.version = hot.version;
                    other.balance.clone_from(&hot.balance);
                }
            }
            None => merged.push(hot.clone()),
        }
    }
    merged.sort_by(|one, other| {
        let busier = other.operations.cmp(&one.operations);
        busier.then_with(|| one.wallet.cmp(&other.wallet))
    });
    merged.truncate(max);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(hottest: &[(&str, u64, i64, &str)]) -> Report {
        let hot = |(wallet, operations, version, balance): &(&str, u64, i64, &str)| Hot {
            wallet: (*wallet).to_owned(),
            operations: *operations,
            waiting: 1,
            version: *version,
            balance: (*balance).to_owned(),
        };
        Report {
            hottest: hottest.iter().map(hot).collect(),
            ..Report::default()
        }
    }

    #[test]
    fn a_wallet_of_two_engines_is_listed_once_as_the_later_version_has_it() {
        let one = report(&[("a", 50, 70, "7.00"), ("b", 40, 40, "4.00")]);
        let other = report(&[("a", 30, 71, "7.10"), ("c", 45, 45, "4.50")]);
        let merged = hottest([&one, &other], 2);
        let found: Vec<_> = merged
            .iter()
            .map(|hot| (&*hot.wallet, hot.operations, hot.waiting, &*hot.balance))
            .collect();
        assert_eq!(found, [("a", 50, 2, "7.10"), ("c", 45, 1, "4.50")]);
    }

    #[test]
    fn a_report_of_another_version_is_read_as_far_as_it_goes() {
        let report: Report =
            serde_json::from_str(r#"{"active_wallets": 3, "of_the_future": [1]}"#).unwrap();
        assert_eq!(report.active_wallets, 3);
        assert!(report.committers.is_empty());
        let committer = r#"{"number": 1, "has_permit": false, "writing": null}"#;
        let mut committer: Committer = serde_json::from_str(committer).unwrap();
        assert_eq!((committer.lane, committer.number), (0, 1));
        let mut report = Report {
            committers: vec![committer.clone(), committer.clone()],
            ..report
        };
        assert!(!report.has_lanes(), "the whole alone");
        committer.lane = 2;
        report.committers.push(committer);
        assert!(report.has_lanes());
        let refusals = Refusals::of(Refusal::NotDone, 1, 2);
        assert!(refusals.is(Refusal::NotDone) && !refusals.is(Refusal::EngineFull));
    }
}
