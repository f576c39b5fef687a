//! A feed as it should be, and each defect, planted.

use std::collections::BTreeMap;

use uuid::Uuid;
use wallet_engine::domain::WalletId;

use super::story::{Story, WALLET, deposit};
use crate::branch::Failover;
use crate::checker::check_feed;
use crate::follower::{Event, Followed, Received, Shown};
use crate::ledger::Account;

const OTHER: WalletId = WalletId(Uuid::from_u128(8));

/// A feed, and what it is judged by.
struct Feed {
    followed: Followed,
    ledger: Vec<Account>,
    failovers: Vec<Failover>,
}

impl Feed {
    /// Of two wallets in turn, three rows each.
    fn whole() -> Self {
        let ledger = [WALLET, OTHER].map(|wallet| {
            let mut story = Story::of(wallet);
            for cents in [100, 200, 300] {
                story.row("", deposit(100), cents);
            }
            story.account
        });
        let mut followed = Followed::default();
        for seq in 0..3 {
            for account in &ledger {
                let shown = Shown::of(account.wallet.id, &account.rows[seq]);
                push(&mut followed, Event::Row(shown));
            }
        }
        followed.ended_at = BTreeMap::from([(WALLET, 3), (OTHER, 3)]);
        Self {
            followed,
            ledger: ledger.into(),
            failovers: Vec::new(),
        }
    }

    /// A row was received and lost; another one took its place.
    fn lossy() -> Self {
        let mut story = Story::of(WALLET);
        for (key, cents) in [("a", 100), ("b", 300)] {
            story.row(key, deposit(cents), cents);
        }
        let mut followed = Followed::default();
        for row in &story.account.rows {
            push(&mut followed, Event::Row(Shown::of(WALLET, row)));
        }
        story.fail_over(false, 1);
        story.row("c", deposit(400), 500);
        push(&mut followed, Event::Rewound);
        let shown = Shown::of(WALLET, &story.account.rows[1]);
        push(&mut followed, Event::Row(shown));
        followed.ended_at = BTreeMap::from([(WALLET, 2)]);
        Self {
            followed,
            ledger: vec![story.account],
            failovers: story.failovers,
        }
    }

    /// Without what came at that place.
    fn without(mut self, place: usize) -> Self {
        self.followed.received.remove(place);
        self
    }

    /// The breaches, of which one says this.
    #[track_caller]
    fn finds(&self, what: &str) {
        let found = self.breaches();
        assert!(
            found.iter().any(|text| text.contains(what)),
            "{what}: {found:?}"
        );
    }

    fn breaches(&self) -> Vec<String> {
        let breaches = check_feed(&self.followed, &self.ledger, &self.failovers);
        breaches.into_iter().map(|breach| breach.text).collect()
    }
}

fn push(followed: &mut Followed, event: Event) {
    let cursor = cursor(followed.received.len());
    followed.received.push(Received { cursor, event });
}

fn cursor(place: usize) -> String {
    format!("00000001-00000007-{place:016x}")
}

#[test]
fn a_whole_feed_passes_and_one_that_was_rewound_for_a_loss() {
    assert_eq!(Feed::whole().breaches(), [""; 0]);
    assert_eq!(Feed::lossy().breaches(), [""; 0]);
    // It may come without a loss.
    let mut feed = Feed::whole();
    push(&mut feed.followed, Event::Rewound);
    assert_eq!(feed.breaches(), [""; 0]);
}

#[test]
fn a_row_that_was_skipped_is_found_wherever_it_was() {
    for place in 0..6 {
        Feed::whole().without(place).finds("it never came");
    }
    for place in 0..4 {
        Feed::whole().without(place).finds("after ");
    }
    // What is written after the feed was read to its end is not in it.
    let mut feed = Feed::whole().without(5);
    feed.followed.ended_at.insert(OTHER, 2);
    assert_eq!(feed.breaches(), [""; 0]);
}

#[test]
fn a_row_that_comes_twice_is_found_in_whatever_stretch() {
    let mut feed = Feed::whole();
    let again = feed.followed.received[5].event.clone();
    push(&mut feed.followed, again.clone());
    feed.finds("it came twice");
    let mut feed = Feed::whole();
    push(&mut feed.followed, Event::Rewound);
    push(&mut feed.followed, again);
    feed.finds("it came twice");
}

#[test]
fn rows_in_another_order_are_found() {
    let mut feed = Feed::whole();
    feed.followed.received.swap(2, 4);
    feed.finds("after 1 came");
    feed.finds("the cursor falls");
    // With their cursors in order.
    for place in 0..6 {
        feed.followed.received[place].cursor = cursor(place);
    }
    feed.finds("after 1 came");
}

#[test]
fn a_row_that_is_not_the_ledger_s_is_found() {
    let mut feed = Feed::whole();
    if let Event::Row(shown) = &mut feed.followed.received[3].event {
        shown.amount = "1.01".to_owned();
    }
    feed.finds("came last as");
}

#[test]
fn a_loss_without_a_word_and_one_without_a_failover_are_found() {
    Feed::lossy().without(2).finds("lost without a word");
    let mut feed = Feed::lossy();
    feed.failovers.clear();
    feed.finds("no one has it");
    // What came after the last of them.
    let mut feed = Feed::lossy();
    feed.followed.received.swap(1, 2);
    feed.finds("lost without a word");
}
