//! What a reader of the feed may have had that the database has no more, after a failover or a restore.

use crate::events::{Cursor, Epoch};

/// A row of `feed_epochs`.
#[derive(Clone, Copy, Debug)]
pub(super) struct PastEpoch {
    pub epoch: Epoch,
    /// The highest position of the epochs before it that the database holds.
    pub last: i64,
    /// The highest position up to which nothing of the epochs before it is lost.
    pub sure: i64,
}

/// Returns the cursor from which a reader goes on in the present epoch, and whether something that it may have had is lost.
///
/// `epochs` are those from the cursor's on. An epoch that the database does not know was begun after the state to which the database was
/// restored; the one of its number is the first that may have been begun since.
pub(super) fn resumed(after: Cursor, epochs: &[PastEpoch]) -> (Cursor, bool) {
    let Some(newest) = epochs.last() else {
        return (after, false);
    };
    let mut resumed = Cursor {
        epoch: newest.epoch,
        ..after
    };
    // What has no position was there before all epochs, and at the first position is nothing.
    if after.position <= Cursor::FIRST {
        return (resumed, false);
    }
    let known = epochs.iter().any(|past| past.epoch == after.epoch);
    let later = if known { &epochs[1..] } else { epochs };
    let mut is_rewound = !known;
    for past in later {
        is_rewound |= resumed.position > past.sure;
        if resumed.position > past.last {
            resumed = Cursor::after(newest.epoch, past.last);
        }
    }
    (resumed, is_rewound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::WalletId;

    fn past(number: i32, last: i64, sure: i64) -> PastEpoch {
        let epoch = Epoch {
            number,
            tag: number * 10,
        };
        PastEpoch { epoch, last, sure }
    }

    fn at(number: i32, tag: i32, position: i64) -> Cursor {
        Cursor {
            epoch: Epoch { number, tag },
            position,
            wallet: WalletId(uuid::Uuid::from_u128(7)),
            seq: 9,
        }
    }

    #[test]
    fn a_reader_goes_on_where_it_was_while_nothing_is_lost() {
        let epochs = [past(1, 0, 0), past(2, 100, 100), past(3, 200, 200)];
        for position in [1, 99, 100] {
            let now = at(3, 30, position);
            assert_eq!(resumed(at(1, 10, position), &epochs), (now, false));
        }
        assert_eq!(
            resumed(at(3, 30, 500), &epochs[2..]),
            (at(3, 30, 500), false)
        );
        assert_eq!(resumed(Cursor::START, &epochs).0.position, 0);
        assert!(!resumed(Cursor::START, &epochs).1);
    }

    #[test]
    fn a_reader_of_an_empty_feed_loses_nothing_whatever_becomes_of_the_server() {
        let epochs = [past(1, 0, 0), past(2, 0, 0)];
        let empty = Cursor::after(epochs[0].epoch, Cursor::FIRST);
        let now = Cursor::after(epochs[1].epoch, Cursor::FIRST);
        assert_eq!(resumed(empty, &epochs), (now, false));
        assert!(!resumed(at(7, 7, Cursor::FIRST), &epochs).1);
    }

    #[test]
    fn a_reader_ahead_of_what_is_left_goes_back_to_it_and_learns_of_it_once() {
        let epochs = [past(1, 0, 0), past(2, 100, 100), past(3, 200, 200)];
        let back = Cursor::after(epochs[2].epoch, 100);
        assert_eq!(resumed(at(1, 10, 101), &epochs), (back, true));
        assert_eq!(resumed(back, &epochs[2..]), (back, false));
    }

    #[test]
    fn a_reader_near_what_is_lost_learns_of_it_and_stays() {
        let epochs = [past(1, 0, 0), past(2, 100, 90)];
        assert_eq!(resumed(at(1, 10, 90), &epochs), (at(2, 20, 90), false));
        assert_eq!(resumed(at(1, 10, 91), &epochs), (at(2, 20, 91), true));
    }

    #[test]
    fn an_epoch_that_the_database_has_not_had_is_a_loss() {
        let epochs = [past(2, 100, 100), past(3, 200, 200)];
        let back = Cursor::after(epochs[1].epoch, 100);
        assert_eq!(resumed(at(2, 99, 300), &epochs), (back, true), "a copy's");
        let newest = [past(3, 200, 200)];
        let back = Cursor::after(newest[0].epoch, 200);
        assert_eq!(
            resumed(at(5, 50, 300), &newest),
            (back, true),
            "a later one's"
        );
        assert_eq!(resumed(at(5, 50, 70), &newest), (at(3, 30, 70), true));
    }
}
