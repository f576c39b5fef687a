//! What a run did, in numbers, and what is wrong with it, with the lines of the history that show it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use crate::checker::{Breach, Judgement};
use crate::failover::Outcome;
use crate::fault::{Back, Fault};
use crate::follower::Followed;
use crate::history::{Answer, Call, Request};
use crate::ledger::Account;

/// Breaches that are shown.
const SHOWN: usize = 20;

pub struct Verdict {
    pub summary: Summary,
    pub breaches: Vec<Breach>,
    /// What `wallet-engine verify` said; `Err` if it found something.
    pub verified: Result<String, String>,
    pub calls: Vec<Call>,
}

#[derive(Debug, Default)]
pub struct Summary {
    pub faults: BTreeMap<&'static str, usize>,
    pub kills: usize,
    pub requests: usize,
    /// Operations, each under a name of its own: rows that were asked for.
    pub operations: usize,
    pub acknowledged: usize,
    pub refused: usize,
    /// Refusals by their code; those of two wallets twice.
    pub reasons: BTreeMap<String, usize>,
    /// Movements between two wallets, and atomic batches, that were acknowledged.
    pub transfers: usize,
    pub atomic_batches: usize,
    /// Operations that no engine ever accepted, for it was not there or stopping.
    pub not_begun: usize,
    /// Operations whose outcome was unknown to some client, and which are known to have happened, or not.
    pub resolved_applied: usize,
    pub resolved_refused: usize,
    pub replays: usize,
    /// Another operation under a taken key, turned away.
    pub misuses: usize,
    pub reads: usize,
    /// Operations without a key whose outcome stays unknown to their client, and which are in the ledger, or not.
    pub untold_applied: usize,
    pub untold_missing: usize,
    /// Rows of the ledger that were asked for, and those that go with another or with time.
    pub rows: usize,
    pub unasked: usize,
    /// Releases of holds whose time was over.
    pub expired: usize,
    /// Rows of the ledger by kind.
    pub kinds: BTreeMap<&'static str, usize>,
    /// Failovers by mode of replication, and by how the old primary came back.
    pub synchronous_failovers: usize,
    pub asynchronous_failovers: usize,
    pub rewound: usize,
    pub copied: usize,
    /// Rows that only an old primary had.
    pub left_behind: usize,
    /// Rows that came from the feed, and how often it was rewound.
    pub events: usize,
    pub rewinds: usize,
    /// Operations that were acknowledged and lost, as a failover under asynchronous replication may.
    pub lost: usize,
}

impl Summary {
    pub fn count_fault(&mut self, fault: Fault) {
        *self.faults.entry(fault.kind()).or_default() += 1;
        self.kills += usize::from(fault.is_kill());
    }

    pub fn count_failover(&mut self, outcome: &Outcome) {
        let failover = &outcome.failover;
        self.synchronous_failovers += usize::from(failover.synchronous);
        self.asynchronous_failovers += usize::from(!failover.synchronous);
        self.rewound += usize::from(outcome.back == Some(Back::Rewound));
        self.copied += usize::from(outcome.back == Some(Back::Copied));
        let forks = failover.forks.values();
        self.left_behind += forks.map(|fork| fork.lost.len()).sum::<usize>();
    }

    /// A linked request is an operation for each row that it asks for.
    pub fn count_calls(&mut self, calls: &[Call], ledger: &[Account], judgement: &Judgement) {
        let rows = ledger.iter().flat_map(|account| &account.rows);
        let recorded: BTreeSet<&str> = rows.clone().filter_map(|row| row.key.as_deref()).collect();
        for row in rows {
            *self.kinds.entry(row.operation.kind.as_str()).or_default() += 1;
            self.rows += usize::from(row.key.is_some());
            self.unasked += usize::from(row.key.is_none());
            let is_expiry = row.key.is_none() && row.expires_at.is_some();
            self.expired += usize::from(is_expiry);
        }
        let mut answers: BTreeMap<&str, Vec<&Answer>> = BTreeMap::new();
        for (_, call) in &judgement.parts {
            match &call.request {
                Request::Operation { key, .. } => {
                    answers.entry(key).or_default().push(&call.answer);
                }
                Request::Read => {
                    self.reads += usize::from(matches!(call.answer, Answer::Balance(_)));
                }
                Request::Misuse { .. } => {
                    self.misuses += usize::from(call.answer == Answer::OtherOperation);
                }
                Request::Linked(_) => {}
            }
        }
        for (key, answers) in &answers {
            let count = |wanted: fn(&Answer) -> bool| {
                answers.iter().filter(|answer| wanted(answer)).count()
            };
            let applied = count(|answer| matches!(answer, Answer::Applied { .. })) > 0;
            let refused = !applied && count(Answer::is_refusal) > 0;
            let unknown = count(|answer| matches!(answer, Answer::Unknown(_))) > 0;
            self.acknowledged += usize::from(applied);
            self.refused += usize::from(refused);
            for answer in answers {
                if let Answer::Refused(reason) | Answer::PartRefused(Some((_, reason))) = answer {
                    *self.reasons.entry(reason.to_string()).or_default() += 1;
                }
            }
            self.not_begun += usize::from(!applied && !refused && !unknown);
            self.resolved_applied += usize::from(unknown && applied);
            self.resolved_refused += usize::from(unknown && refused);
            if unknown && !applied && !refused {
                self.untold_applied += usize::from(recorded.contains(key));
                self.untold_missing += usize::from(!recorded.contains(key));
            }
            self.replays +=
                count(|answer| matches!(answer, Answer::Applied { replayed: true, .. }));
        }
        self.count_linked(calls);
        self.lost = judgement.lost.len();
        self.requests = calls.len();
        self.operations = answers.len();
    }

    pub fn count_feed(&mut self, followed: &Followed) {
        self.rewinds = followed.rewinds();
        self.events = followed.received.len() - self.rewinds;
    }

    fn count_linked(&mut self, calls: &[Call]) {
        let mut done = BTreeSet::new();
        for call in calls.iter().filter(|call| call.answer.is_success()) {
            if let Request::Linked(steps) = &call.request
                && done.insert(&steps[0].key)
            {
                self.transfers += usize::from(steps.len() == 1);
                self.atomic_batches += usize::from(steps.len() > 1);
            }
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: usize = self.faults.values().sum();
        writeln!(f, "{faults} faults, {} of them kills:", self.kills)?;
        for (kind, count) in &self.faults {
            writeln!(f, "  {count:>4}  {kind}")?;
        }
        writeln!(
            f,
            "{} requests, {} of them reads that were answered",
            self.requests, self.reads
        )?;
        writeln!(
            f,
            "{} operations: {} acknowledged, {} refused, {} not begun; {} rows in the ledger, and {} that go with them",
            self.operations,
            self.acknowledged,
            self.refused,
            self.not_begun,
            self.rows,
            self.unasked
        )?;
        let shown = |(name, count): (&str, &usize)| format!("{count} {name}");
        let kinds: Vec<String> = self
            .kinds
            .iter()
            .map(|(kind, count)| shown((kind, count)))
            .collect();
        writeln!(
            f,
            "  rows: {}; {} holds expired",
            kinds.join(", "),
            self.expired
        )?;
        let reasons: Vec<String> = self
            .reasons
            .iter()
            .map(|(reason, count)| shown((reason, count)))
            .collect();
        writeln!(f, "  refusals: {}", reasons.join(", "))?;
        writeln!(
            f,
            "  {} movements between two wallets and {} atomic batches acknowledged",
            self.transfers, self.atomic_batches
        )?;
        writeln!(
            f,
            "  of an unknown outcome at first: {} applied, {} refused; without a key to ask again: {} applied, {} not",
            self.resolved_applied, self.resolved_refused, self.untold_applied, self.untold_missing
        )?;
        writeln!(
            f,
            "  {} failovers under synchronous and {} under asynchronous replication, the old primary rewound {} times \
             and copied {}; {} rows left behind on it",
            self.synchronous_failovers,
            self.asynchronous_failovers,
            self.rewound,
            self.copied,
            self.left_behind
        )?;
        writeln!(
            f,
            "  {} events came from the feed, which was rewound {} times",
            self.events, self.rewinds
        )?;
        writeln!(
            f,
            "  {} acknowledged operations lost, all as permitted under asynchronous replication",
            self.lost
        )?;
        write!(
            f,
            "  {} replays; {} times another operation under a taken key, turned away",
            self.replays, self.misuses
        )
    }
}

impl Verdict {
    /// Everything that is wrong; `None` if nothing is.
    pub fn problems(&self) -> Option<String> {
        let mut text = String::new();
        if let Err(said) = &self.verified {
            let _ = writeln!(text, "wallet-engine verify: {said}");
        }
        for breach in self.breaches.iter().take(SHOWN) {
            let key = breach.key.as_deref().unwrap_or("none");
            let _ = writeln!(text, "wallet {}, key {key}: {}", breach.wallet, breach.text);
            for line in self.lines(breach) {
                let _ = writeln!(text, "    {line}");
            }
        }
        if self.breaches.len() > SHOWN {
            let _ = writeln!(text, "... {} breaches in all", self.breaches.len());
        }
        (!text.is_empty()).then_some(text)
    }

    /// The lines of the breach's calls, in the history's order.
    fn lines(&self, breach: &Breach) -> impl Iterator<Item = String> {
        let mut lines = BTreeSet::new();
        for &number in &breach.calls {
            let call = &self.calls[number];
            lines.insert((call.sent, call.sent_line(number).to_string()));
            lines.insert((call.answered, call.answered_line(number).to_string()));
        }
        lines.into_iter().map(|(_, line)| line)
    }
}
