//! What was learnt of changes, and whether an answer of the directory is older than one.
//!
//! 1. Changes are counted. An [`Asked`] has the count from before the question was sent.
//! 2. A change marks the group of its subject with its number. An answer that was asked for before the mark of its subject's group
//!    is not believed: no matter when it arrived, so nothing that was revoked comes back with a late answer. Others of the group are
//!    asked for once more.
//! 3. Nothing is believed while nothing was heard for longer than the settings say.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::identity::Subject;

/// Groups of subjects, in 64 KB: of the identities that are remembered, one change concerns some 20.
const GROUPS: usize = 8_192;
/// Silence as long is no outage: a question may be slow.
pub(super) const OUTAGE_MIN: Duration = Duration::from_secs(2);

pub(super) struct Learnt {
    /// The number of the last change.
    count: AtomicU64,
    /// The number of the last change of a subject in the group.
    groups: Box<[AtomicU64]>,
    /// The number of the last change that concerned everybody.
    all: AtomicU64,
    begun: Instant,
    /// When changes were last asked for with success, in milliseconds since the beginning.
    heard_ms: AtomicU64,
}

/// When an answer was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    count: u64,
    at: Instant,
}

impl Asked {
    pub fn at(self) -> Instant {
        self.at
    }
}

impl Learnt {
    pub fn new(now: Instant) -> Self {
        Self {
            count: AtomicU64::new(0),
            groups: std::iter::repeat_with(AtomicU64::default)
                .take(GROUPS)
                .collect(),
            all: AtomicU64::new(0),
            begun: now,
            heard_ms: AtomicU64::new(0),
        }
    }

    /// Notes that a question is about to be sent.
    pub fn asks(&self, now: Instant) -> Asked {
        Asked {
            count: self.count.load(Ordering::Acquire),
            at: now,
        }
    }

    /// Whether nothing was learnt of the subject since then.
    pub fn is_unchanged(&self, subject: Subject, since: Asked) -> bool {
        self.mark(subject).load(Ordering::Acquire) <= since.count
            && self.all.load(Ordering::Acquire) <= since.count
    }

    /// Notes that these have changed. The change is committed: what is asked for from now on shows it.
    pub fn changed(&self, subjects: impl IntoIterator<Item = Subject>) {
        let number = self.next();
        for subject in subjects {
            self.mark(subject).fetch_max(number, Ordering::AcqRel);
        }
    }

    /// Notes that anything may have changed.
    pub fn all_changed(&self) {
        let number = self.next();
        self.all.fetch_max(number, Ordering::AcqRel);
    }

    /// Notes that all changes until then are learnt.
    pub fn heard(&self, at: Instant) {
        let since = at.saturating_duration_since(self.begun).as_millis();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        self.heard_ms.fetch_max(since, Ordering::AcqRel);
    }

    /// For how long changes have not been learnt.
    pub fn silence(&self, now: Instant) -> Duration {
        let heard = Duration::from_millis(self.heard_ms.load(Ordering::Acquire));
        now.saturating_duration_since(self.begun)
            .saturating_sub(heard)
    }

    /// How many changes there were.
    #[cfg(test)]
    pub fn changes(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    fn next(&self) -> u64 {
        self.count.fetch_add(1, Ordering::AcqRel) + 1
    }

    fn mark(&self, subject: Subject) -> &AtomicU64 {
        // Numbers follow one another, so the lowest bits spread them.
        let number = match subject {
            Subject::Key(id) => id.cast_unsigned().wrapping_mul(2),
            Subject::Owner(user) => user.0.cast_unsigned().wrapping_mul(2) | 1,
        };
        let group = number % GROUPS as u64;
        &self.groups[usize::try_from(group).unwrap_or_default()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::UserId;

    #[test]
    fn what_was_asked_before_a_change_of_its_subject_is_changed_and_nothing_else() {
        let now = Instant::now();
        let learnt = Learnt::new(now);
        let (key, owner) = (Subject::Key(7), Subject::Owner(UserId(7)));
        let before = learnt.asks(now);
        assert!(learnt.is_unchanged(key, before));
        learnt.changed([key]);
        assert!(!learnt.is_unchanged(key, before));
        assert!(learnt.is_unchanged(owner, before) && learnt.is_unchanged(Subject::Key(8), before));
        let after = learnt.asks(now);
        assert!(learnt.is_unchanged(key, after));
        learnt.all_changed();
        assert!(!learnt.is_unchanged(key, after) && !learnt.is_unchanged(owner, after));
        assert!(learnt.is_unchanged(key, learnt.asks(now)));
    }

    #[test]
    fn silence_begins_with_the_latest_that_was_heard() {
        let begun = Instant::now();
        let learnt = Learnt::new(begun);
        let at = |s| begun + Duration::from_secs(s);
        assert_eq!(learnt.silence(at(3)), Duration::from_secs(3));
        learnt.heard(at(5));
        learnt.heard(at(4));
        assert_eq!(learnt.silence(at(7)), Duration::from_secs(2));
        assert_eq!(learnt.silence(at(1)), Duration::ZERO);
    }
}
