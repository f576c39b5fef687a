//! What a failover may cost, and each thing that it may not, planted.

use super::story::{Story, WALLET, applied, asked, balance, deposit, replayed, unknown, withdraw};
use crate::history::{Answer, Moment, Request, unkeyed};
use crate::told::Reason;

/// A deposit of 1.00 and one of 2.00, both acknowledged; the second is lost in a failover; one of 4.00 after it.
fn lossy() -> Story {
    let mut story = before();
    story.fail_over(false, 1);
    story.call(asked("c", deposit(400)), applied(500));
    story.row("c", deposit(400), 500);
    story
}

/// The same before the failover.
fn before() -> Story {
    let mut story = Story::of(WALLET);
    story.call(asked("a", deposit(100)), applied(100));
    story.call(asked("b", deposit(200)), applied(300));
    story.row("a", deposit(100), 100);
    story.row("b", deposit(200), 300);
    story
}

#[track_caller]
fn found(story: &Story, what: &str) {
    let breaches = story.breaches();
    assert!(
        breaches.iter().any(|breach| breach.contains(what)),
        "{what}: {breaches:?}"
    );
}

#[track_caller]
fn passes(story: &Story) {
    assert_eq!(story.breaches(), [""; 0]);
    assert_eq!(story.breaches_if_shared(), [""; 0]);
}

#[test]
fn what_was_acknowledged_after_the_last_replicated_commit_may_be_lost_and_is_counted() {
    let story = lossy();
    passes(&story);
    assert_eq!(story.judgement(false).lost, ["b".to_owned()].into());

    // Without a failover it may not.
    let mut story = lossy();
    story.failovers.clear();
    found(&story, "acknowledged, but not in the ledger");
}

#[test]
fn under_synchronous_replication_nothing_acknowledged_may_be_lost() {
    let mut story = lossy();
    story.failovers[0].synchronous = true;
    found(
        &story,
        "acknowledged under synchronous replication, and lost as seq 2",
    );

    assert!(story.judgement(false).lost.is_empty());

    // What was not acknowledged may.
    story.calls[1].answer = unknown();
    story.call(asked("b", deposit(200)), applied(700));
    story.row("b", deposit(200), 700);
    passes(&story);
    // A replay is an acknowledgement too.
    story.calls[1].answer = replayed(300);
    found(
        &story,
        "acknowledged under synchronous replication, and lost as seq 2",
    );
}

#[test]
fn a_loss_of_what_the_standby_had_is_found() {
    let mut story = lossy();
    // It had two rows, and there is another second one now.
    story.failovers[0].forks.get_mut(&WALLET).unwrap().version = 2;
    let lost = story.failovers[0]
        .forks
        .get_mut(&WALLET)
        .unwrap()
        .lost
        .remove(0);
    story.failovers[0].forks.get_mut(&WALLET).unwrap().balance = Some(lost.balance_after);
    found(&story, "acknowledged, but not in the ledger");
    found(
        &story,
        "the promoted standby had seq 2 with balance 3.00, the ledger has not",
    );
}

#[test]
fn a_loss_that_is_larger_than_what_the_old_primary_had_beyond_is_found() {
    let mut story = before();
    story.call(asked("d", deposit(800)), applied(1_100));
    story.fail_over(false, 1);
    found(&story, "acknowledged, but not in the ledger");
    assert_eq!(story.judgement(false).lost, ["b".to_owned()].into());
}

#[test]
fn what_the_old_primary_acknowledges_after_its_end_is_found() {
    let mut story = before();
    let failover = story.fail_over(false, 1);
    story.call(asked("d", deposit(800)), applied(1_100));
    let fork = story.failovers[failover].forks.get_mut(&WALLET).unwrap();
    let mut row = fork.lost[0].clone();
    row.seq = 3;
    row.key = Some("d".to_owned());
    row.operation = deposit(800);
    row.balance_after = balance(1_100);
    fork.lost.push(row);
    found(
        &story,
        "acknowledged from a lost branch, as seq 3, after it was over",
    );
    // It may while it lives: one engine sees it a moment longer than the other.
    story.failovers[failover].closed = story.tick();
    passes(&story);
    // But not through an engine that has answered from the new primary.
    let mut late = story.calls[2].clone();
    story.call(asked("c", deposit(400)), applied(500));
    story.row("c", deposit(400), 500);
    passes(&story);
    late.sent = story.tick();
    late.answered = story.tick();
    story.calls[2] = late;
    story.failovers[failover].closed = story.tick();
    found(
        &story,
        "acknowledged from a lost branch, as seq 3, after it was over",
    );
}

#[test]
fn what_was_lost_may_happen_again_once() {
    let mut story = lossy();
    story.call(asked("b", deposit(200)), applied(700));
    story.row("b", deposit(200), 700);
    passes(&story);
    assert!(story.judgement(false).lost.is_empty());
    story.call(asked("b", deposit(200)), replayed(700));
    passes(&story);

    // A row twice after the failover.
    story.row("b", deposit(200), 900);
    found(&story, "in the ledger more than once");
    story.account.rows.pop();
    story.account.wallet.version = 3;
    story.account.wallet.balance = balance(700);
    passes(&story);
    // An answer twice.
    story.call(asked("b", deposit(200)), applied(700));
    found(&story, "applied more than once");
    found(&story, "as new, after it was applied");
}

#[test]
fn an_operation_without_a_key_that_is_in_the_ledger_twice_is_found() {
    let name = unkeyed(&deposit(100));
    let mut story = Story::of(WALLET);
    story.call(asked(&name, deposit(100)), unknown());
    passes(&story);
    story.row(&name, deposit(100), 100);
    passes(&story);
    story.row(&name, deposit(100), 200);
    found(&story, "in the ledger more than once");
}

#[test]
fn what_was_lost_may_be_refused_after_the_failover_and_not_before() {
    let mut story = Story::of(WALLET);
    story.call(asked("a", deposit(100)), applied(100));
    story.call(asked("b", withdraw(100)), applied(0));
    story.row("a", deposit(100), 100);
    story.row("b", withdraw(100), 0);
    story.fail_over(false, 0);
    story.call(asked("b", withdraw(100)), Answer::Refused(Reason::Funds));
    passes(&story);
    let refused = story.calls.last_mut().unwrap();
    // On the old primary, which had it.
    story.failovers[0].opened = Moment::of(100, 100);
    story.failovers[0].closed = Moment::of(99, 99);
    assert_eq!(refused.answer, Answer::Refused(Reason::Funds));
    found(&story, "refused in call 2, after it was applied");
}

#[test]
fn a_read_of_the_lost_branch_after_the_new_one_was_seen_is_found() {
    let mut story = before();
    story.fail_over(false, 1);
    // From memory, and the engine does not know yet.
    story.call(Request::Read, Answer::Balance(balance(300)));
    assert_eq!(story.breaches(), [""; 0]);
    // A question to the database would have known.
    assert_eq!(
        story.breaches_if_shared(),
        ["answered with \"balance 3.00\", but was 1.00 after seq 1"]
    );
    story.call(asked("c", deposit(400)), applied(500));
    story.row("c", deposit(400), 500);
    assert_eq!(story.breaches(), [""; 0]);
    story.call(Request::Read, Answer::Balance(balance(300)));
    found(
        &story,
        "answered with \"balance 3.00\", but was 5.00 after seq 2",
    );
}

#[test]
fn a_replay_from_the_lost_branch_after_the_new_one_was_seen_is_found() {
    let mut story = before();
    story.fail_over(false, 1);
    story.call(asked("b", deposit(200)), replayed(300));
    passes(&story);
    story.call(asked("c", deposit(400)), applied(500));
    story.row("c", deposit(400), 500);
    passes(&story);
    story.call(asked("b", deposit(200)), replayed(300));
    found(
        &story,
        "replayed from a lost branch, as seq 2, after it was over",
    );
}

#[test]
fn a_refusal_by_the_lost_balance_is_found() {
    let mut story = Story::of(WALLET);
    story.call(asked("a", deposit(100)), applied(100));
    story.call(asked("b", withdraw(100)), applied(0));
    story.row("a", deposit(100), 100);
    story.row("b", withdraw(100), 0);
    story.fail_over(false, 1);
    story.call(asked("c", withdraw(50)), Answer::Refused(Reason::Funds));
    found(
        &story,
        "answered with \"refused: insufficient_funds\", but was 1.00 after seq 1",
    );
    // Not while the old primary lives.
    story.failovers[0].closed = story.tick();
    passes(&story);
}

#[test]
fn a_balance_that_neither_branch_ever_had_is_found() {
    let mut story = lossy();
    story.call(Request::Read, Answer::Balance(balance(700)));
    found(
        &story,
        "answered with \"balance 7.00\", but was 5.00 after seq 2",
    );
    let mut story = lossy();
    story.calls[1].answer = applied(301);
    found(&story, "acknowledged, but not in the ledger");
}

#[test]
fn the_standby_s_past_is_found_in_reads_of_the_old_and_of_the_new_primary() {
    let mut story = before();
    story.call(Request::Read, Answer::Balance(balance(100)));
    story.fail_over(false, 2);
    found(
        &story,
        "answered with \"balance 1.00\", but was 3.00 after seq 2",
    );
    let mut story = before();
    story.fail_over(false, 2);
    story.call(Request::Read, Answer::Balance(balance(100)));
    found(&story, "answered with \"balance 1.00\"");

    // A read that sees what is lost too early: the old primary is there still.
    let mut story = before();
    story.call(Request::Read, Answer::Balance(balance(100)));
    story.fail_over(false, 1);
    found(
        &story,
        "answered with \"balance 1.00\", but was 3.00 after seq 2",
    );
}

#[test]
fn a_lost_branch_that_does_not_follow_from_itself_is_found() {
    let mut story = lossy();
    let fork = story.failovers[0].forks.get_mut(&WALLET).unwrap();
    fork.lost[0].operation = deposit(201);
    found(&story, "seq 2 makes 3.01 of 1.00, but 3.00 was recorded");
    found(&story, "recorded as another operation");

    let mut story = lossy();
    let fork = story.failovers[0].forks.get_mut(&WALLET).unwrap();
    fork.lost[0].key = Some("z".to_owned());
    found(&story, "nobody asked for the operation of the lost seq 2");

    // Two operations, one after the other, that stand in the other order.
    let mut story = Story::of(WALLET);
    story.call(asked("a", deposit(100)), applied(300));
    story.call(asked("b", deposit(200)), applied(200));
    story.row("b", deposit(200), 200);
    story.row("a", deposit(100), 300);
    story.fail_over(false, 0);
    found(&story, "seq 2 was answered before seq 1 was sent");
}

#[test]
fn each_of_two_failovers_may_lose_its_own_and_no_more() {
    let mut story = lossy();
    story.call(asked("b", deposit(200)), applied(700));
    story.row("b", deposit(200), 700);
    story.fail_over(false, 2);
    passes(&story);
    assert_eq!(story.judgement(false).lost, ["b".to_owned()].into());
    story.call(asked("b", deposit(200)), replayed(700));
    passes(&story);
    story.call(asked("d", deposit(800)), applied(1_300));
    story.row("d", deposit(800), 1_300);
    passes(&story);
    story.call(Request::Read, Answer::Balance(balance(700)));
    found(
        &story,
        "answered with \"balance 7.00\", but was 13.00 after seq 3",
    );
    story.calls.pop();
    story.failovers[1].synchronous = true;
    found(
        &story,
        "acknowledged under synchronous replication, and lost as seq 3",
    );
}

#[test]
fn while_two_primaries_live_each_engine_is_right_by_its_own_and_then_by_the_new_one() {
    let mut story = before();
    story.fail_over(false, 1);
    story.call_through(1, asked("c", withdraw(90)), applied(10));
    story.row("c", withdraw(90), 10);
    story.call_through(0, asked("d", withdraw(290)), applied(10));
    let lost = &mut story.failovers[0].forks.get_mut(&WALLET).unwrap().lost;
    let mut row = lost[0].clone();
    row.seq = 3;
    row.key = Some("d".to_owned());
    row.operation = withdraw(290);
    row.balance_after = balance(10);
    lost.push(row);
    story.call_through(0, asked("c", withdraw(90)), Answer::Refused(Reason::Funds));
    story.call_through(0, Request::Read, Answer::Balance(balance(10)));
    story.failovers[0].closed = story.tick();
    passes(&story);
    story.call_through(0, asked("c", withdraw(90)), Answer::Refused(Reason::Funds));
    found(&story, "refused in call 6, after it was applied");
}

#[test]
fn with_two_engines_a_refusal_without_a_key_may_miss_the_other_s_operations_but_not_its_own() {
    let refused = unkeyed(&withdraw(150));
    let mut story = Story::of(WALLET);
    story.call_through(0, asked("a", deposit(100)), applied(100));
    story.call_through(1, asked("b", deposit(200)), applied(300));
    story.row("a", deposit(100), 100);
    story.row("b", deposit(200), 300);
    story.call_through(
        0,
        asked(&refused, withdraw(150)),
        Answer::Refused(Reason::Funds),
    );
    assert_eq!(story.breaches(), [""; 0]);
    assert_eq!(
        story.breaches_if_shared(),
        ["answered with \"refused: insufficient_funds\", but was 3.00 after seq 2"]
    );
    story.call_through(
        1,
        asked(&refused, withdraw(150)),
        Answer::Refused(Reason::Funds),
    );
    found(
        &story,
        "answered with \"refused: insufficient_funds\", but was 3.00 after seq 2",
    );
}

#[test]
fn a_refusal_of_what_only_the_old_primary_wrote_is_right_after_its_end_and_wrong_before() {
    let mut story = Story::of(WALLET);
    story.call(asked("a", deposit(100)), applied(100));
    let refused = story.send(asked("b", withdraw(100)));
    story.row("a", deposit(100), 100);
    story.row("b", withdraw(100), 0);
    story.fail_over(false, 0);
    story.answer(refused, Answer::Refused(Reason::Funds));
    passes(&story);
    story.failovers[0].opened = story.tick();
    found(&story, "refused, but on a lost branch");
}
