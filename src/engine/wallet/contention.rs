//! Whether other engines write the wallet all the time.
//!
//! A miss of the guard costs a write and a load. Beside an occasional one that is the cheaper way; beside an engine that writes
//! again as soon as it has committed, nearly every write misses. Then the wallet is *contended*: its row is locked before it is
//! written (`actor/locked.rs`), which costs a round trip more and cannot miss.
//!
//! A wallet becomes contended by misses that outweigh its commits, and is no longer when it was locked [`UNDISTURBED`] times in a row and
//! no one else had written it in between. So the two ways do not alternate: the first needs only a few misses, and the second a
//! time without any other writer.

/// What a miss weighs; a commit weighs one against it.
const MISS: u32 = 2;

/// The weight at which a wallet is contended: two misses in a row, or one in two writes for a while.
const CONTENDED: u32 = 4;

/// How often in a row a locked wallet has to be as this engine left it: some tens of milliseconds of a busy wallet.
const UNDISTURBED: u32 = 32;

#[derive(Debug)]
pub(super) enum Contention {
    None {
        weight: u32,
    },
    /// By several engines.
    Contended {
        /// How often in a row no other one had written it.
        undisturbed: u32,
    },
}

impl Default for Contention {
    fn default() -> Self {
        Self::None { weight: 0 }
    }
}

impl Contention {
    pub fn is_contended(&self) -> bool {
        matches!(self, Self::Contended { .. })
    }

    /// A write missed its guard.
    pub fn missed(&mut self) {
        if let Self::None { weight } = self {
            *weight += MISS;
            if *weight >= CONTENDED {
                *self = Self::Contended { undisturbed: 0 };
            }
        }
    }

    /// A write was committed.
    pub fn committed(&mut self) {
        if let Self::None { weight } = self {
            *weight = weight.saturating_sub(1);
        }
    }

    /// The row was locked, and was as this engine left it, or not.
    pub fn locked(&mut self, is_undisturbed: bool) {
        if let Self::Contended { undisturbed } = self {
            *undisturbed = if is_undisturbed { *undisturbed + 1 } else { 0 };
            if *undisturbed >= UNDISTURBED {
                *self = Self::default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misses_in_a_row_or_in_every_other_write_make_it_contended() {
        let mut contention = Contention::default();
        contention.missed();
        assert!(!contention.is_contended(), "one miss");
        contention.missed();
        assert!(contention.is_contended());

        let mut contention = Contention::default();
        for _ in 0..3 {
            assert!(!contention.is_contended());
            contention.missed();
            contention.committed();
        }
        assert!(contention.is_contended());
    }

    #[test]
    fn a_miss_among_commits_does_not() {
        let mut contention = Contention::default();
        for _ in 0..1_000 {
            contention.missed();
            contention.committed();
            contention.committed();
        }
        assert!(!contention.is_contended());
    }

    #[test]
    fn it_ends_when_no_one_else_has_written_it_for_a_while() {
        let mut contention = Contention::Contended { undisturbed: 0 };
        for _ in 0..2 {
            for _ in 1..UNDISTURBED {
                contention.locked(true);
            }
            assert!(contention.is_contended());
            contention.locked(false);
        }
        for _ in 0..UNDISTURBED {
            assert!(contention.is_contended());
            contention.locked(true);
        }
        assert!(!contention.is_contended());
        contention.missed();
        assert!(!contention.is_contended(), "from the beginning");
    }
}
