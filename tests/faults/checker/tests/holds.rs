//! Holds: a clean life of one, and each defect planted in it.

use time::Duration;
use wallet_engine::domain::hold::{Expiry, HoldStatus};
use wallet_engine::domain::movement::Capture;
use wallet_engine::domain::{Movement, OperationKind};

use super::story::{Story, WALLET, balance, deposit, withdraw};
use crate::history::{Answer, Request};
use crate::told::{HoldTold, Reason};

/// The hold of [`held`].
const HOLD: i64 = 2;

fn hold(cents: i64, seconds: u32) -> Movement {
    Movement::Hold {
        amount: deposit(cents).amount,
        expiry: Expiry::In(seconds),
    }
}

fn capture(cents: impl Into<Option<i64>>, is_final: bool) -> Movement {
    Movement::Capture(Capture {
        hold: HOLD,
        amount: cents.into().map(|cents| deposit(cents).amount),
        is_final,
        to: None,
    })
}

fn void() -> Movement {
    Movement::Void { hold: HOLD }
}

/// 10.00, of which 6.00 are held for a minute.
fn held() -> Story {
    let mut story = Story::of(WALLET);
    story.done("a", deposit(1_000));
    story.done("h", hold(600, 60));
    story
}

/// Of which 2.00 were captured, and then 1.00, with which the rest was released.
fn captured() -> Story {
    let mut story = held();
    story.done("c", capture(200, false));
    story.done("f", capture(100, true));
    story
}

#[track_caller]
fn found(story: &Story, what: &str) {
    for breaches in [story.breaches(), story.breaches_if_shared()] {
        assert!(
            breaches.iter().any(|breach| breach.contains(what)),
            "{what}: {breaches:?}"
        );
    }
}

#[track_caller]
fn passes(story: &Story) {
    assert_eq!(story.breaches(), [""; 0]);
    assert_eq!(story.breaches_if_shared(), [""; 0]);
}

/// The hold that the last answer shows.
fn last_hold(story: &mut Story) -> &mut HoldTold {
    match &mut story.calls.last_mut().unwrap().answer {
        Answer::Applied { told, .. } => told.hold.as_mut().unwrap(),
        other => panic!("{other}"),
    }
}

#[test]
fn holds_that_were_captured_voided_or_expired_pass() {
    let mut story = captured();
    story.refused("v", void(), Reason::HoldClosed);
    story.call(Request::Read, Answer::Balance(balance(700)));
    passes(&story);

    let mut story = held();
    story.refused("w", withdraw(401), Reason::Funds);
    story.refused("c", capture(601, false), Reason::ExceedsHold);
    story.done("v", void());
    story.refused("c", capture(None, true), Reason::HoldClosed);
    story.done("x", withdraw(1_000));
    passes(&story);

    let mut story = held();
    story.wait(Duration::MINUTE);
    // It is over, whether or not that is in the ledger yet.
    story.refused("c", capture(1, true), Reason::HoldExpired);
    passes(&story);
    story.done("w", withdraw(1_000));
    story.refused("c", capture(1, true), Reason::HoldExpired);
    assert_eq!(story.account.rows.len(), 4);
    passes(&story);
}

#[test]
fn a_capture_that_is_lost_or_happened_twice_is_found() {
    let mut story = held();
    let before = story.account.clone();
    story.done("c", capture(200, false));
    story.account = before;
    found(&story, "acknowledged, but not in the ledger");

    let mut story = held();
    story.done("c", capture(200, false));
    story.does("c", capture(200, false));
    found(&story, "in the ledger more than once");
}

#[test]
fn a_capture_that_is_refused_for_funds_is_found() {
    for reason in [Reason::Funds, Reason::Limit] {
        let mut story = held();
        story.refused("c", capture(None, true), reason);
        found(&story, "a capture was refused for want of what it holds");
    }
}

#[test]
fn a_hold_that_is_told_as_it_is_not_is_found() {
    let mut story = captured();
    last_hold(&mut story).released = balance(200);
    found(
        &story,
        "but it is hold 2 captured: 3.00 captured, 3.00 released",
    );
    let mut story = held();
    last_hold(&mut story).status = HoldStatus::Voided;
    found(&story, "answered with hold 2 voided");
}

#[test]
fn what_is_held_is_compared_with_the_ledger() {
    let mut story = held();
    story.account.rows[1].held_after = balance(500);
    found(&story, "seq 2 is ");

    let mut story = held();
    story.account.wallet.terms = None;
    found(&story, "the ledger leaves ");

    // A capture of more than remains.
    let mut story = held();
    let row = story.account.rows[1].clone();
    story.done("c", capture(600, false));
    story.account.rows[2].operation.amount = deposit(601).amount;
    found(&story, "seq 3 is not possible with 10.00");
    assert_eq!(row.held_after, balance(600));
}

#[test]
fn a_final_capture_that_leaves_something_held_is_found() {
    let mut story = held();
    let request = Request::Operation {
        key: "f".to_owned(),
        movement: capture(100, true),
    };
    let call = story.send(request);
    let answer = story.does("f", capture(100, false));
    story.answer(call, answer);
    found(&story, "seq 3 makes 2 rows, but 1 were recorded");
}

#[test]
fn a_release_without_a_reason_is_found() {
    let mut story = held();
    story.does("v", void());
    story.account.rows[2].key = None;
    found(
        &story,
        "seq 3 is not possible with 10.00: nobody asked for it",
    );

    // Nor is the time over.
    let expires_at = story.account.rows[1].expires_at;
    story.account.rows[2].expires_at = expires_at;
    found(
        &story,
        "seq 3 is not possible with 10.00: the hold lasts until",
    );
}

#[test]
fn a_hold_that_is_captured_after_its_time_or_lasts_another_is_found() {
    let mut story = held();
    story.wait(Duration::MINUTE * 2);
    let call = story.send(Request::Operation {
        key: "c".to_owned(),
        movement: capture(100, false),
    });
    // The engine's clock is behind.
    story.wait(-Duration::MINUTE * 2);
    let answer = story.does("c", capture(100, false));
    story.wait(Duration::MINUTE * 2);
    story.answer(call, answer);
    found(&story, "seq 3 uses a hold that had expired");

    let mut story = Story::of(WALLET);
    story.done("a", deposit(1_000));
    let call = story.send(Request::Operation {
        key: "h".to_owned(),
        movement: hold(600, 60),
    });
    let answer = story.does("h", hold(600, 30));
    story.answer(call, answer);
    found(&story, "seq 2 holds until");
}

#[test]
fn a_refusal_that_no_moment_of_the_hold_justifies_is_found() {
    // It is open.
    for reason in [
        Reason::HoldClosed,
        Reason::HoldExpired,
        Reason::HoldNotFound,
    ] {
        let mut story = held();
        story.refused("v", void(), reason);
        found(&story, "but was 10.00 with 6.00 held after seq 2");
    }
    // It was captured, not expired.
    let mut story = captured();
    story.refused("v", void(), Reason::HoldExpired);
    found(&story, "but was 7.00 after seq 5");
    // There is enough.
    let mut story = held();
    story.refused("w", withdraw(400), Reason::Funds);
    found(&story, "but was 10.00 with 6.00 held after seq 2");
    // It had expired by then, and the money was free.
    let mut story = held();
    story.wait(Duration::MINUTE * 2);
    story.refused("w", withdraw(1_000), Reason::Funds);
    found(&story, "answered with \"refused: insufficient_funds\"");
}

#[test]
fn two_captures_of_all_that_is_held_cannot_both_be() {
    let mut story = held();
    story.done("c", capture(None, true));
    let mut row = story.account.rows[2].clone();
    row.seq = 4;
    row.key = Some("d".to_owned());
    assert_eq!(row.operation.kind, OperationKind::Capture);
    story.account.rows.push(row);
    found(
        &story,
        "seq 4 is not possible with 4.00: there is no such open hold",
    );
}
