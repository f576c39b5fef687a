//! One small story for each kind of defect, next to the story without it.

use super::story::{
    BEGUN, Story, WALLET, applied, asked, balance, deposit, replayed, unknown, withdraw,
};
use crate::checker::check;
use crate::history::{Answer, Request};
use crate::told::Reason;

/// A deposit of 1.00, one of 2.00, a read and a refusal, one after the other.
fn clean() -> Story {
    let mut story = Story::of(WALLET);
    story.call(asked("a", deposit(100)), applied(100));
    story.call(asked("b", deposit(200)), applied(300));
    story.call(Request::Read, Answer::Balance(balance(300)));
    story.call(asked("c", withdraw(301)), Answer::Refused(Reason::Funds));
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
}

#[test]
fn a_clean_history_passes() {
    passes(&Story::of(WALLET));
    passes(&clean());
}

#[test]
fn a_lost_acknowledged_row_is_found() {
    let mut story = clean();
    story.account.rows.pop();
    story.account.wallet.version = 1;
    story.account.wallet.balance = balance(100);
    found(&story, "acknowledged, but not in the ledger");
}

#[test]
fn a_doubled_row_is_found() {
    let mut story = clean();
    story.row("b", deposit(200), 500);
    found(&story, "in the ledger more than once");
}

#[test]
fn a_row_that_nobody_asked_for_is_found() {
    let mut story = clean();
    story.row("z", deposit(1), 301);
    found(&story, "nobody asked for the operation of seq 3");
    story.account.rows[2].key = None;
    found(&story, "nobody asked for the operation of seq 3");
}

#[test]
fn another_operation_in_the_row_is_found() {
    let mut story = clean();
    story.account.rows[1].operation = deposit(201);
    found(&story, "recorded as another operation");
    found(&story, "seq 2 makes 3.01 of 1.00, but 3.00 was recorded");
}

#[test]
fn a_wrong_balance_is_found_in_the_answer_and_in_the_ledger() {
    let mut story = clean();
    story.calls[1].answer = applied(301);
    found(&story, "answered, balance 3.01, but recorded as");

    let mut story = clean();
    story.account.rows[1].balance_after = balance(301);
    found(&story, "answered, balance 3.00, but recorded as");
    found(&story, "but 3.01 was recorded");
    found(&story, "the ledger ends with balance 3.01 and seq 2");
}

#[test]
fn a_gap_and_an_impossible_withdrawal_are_found() {
    let mut story = clean();
    story.account.rows[1].seq = 3;
    found(&story, "seq 3 follows 1");

    let mut story = clean();
    story.call(asked("d", withdraw(400)), applied(0));
    story.row("d", withdraw(400), 0);
    found(&story, "seq 3 is not possible with 3.00");
}

#[test]
fn a_refused_operation_in_the_ledger_is_found() {
    let mut story = clean();
    story.row("c", withdraw(301), 0);
    found(&story, "refused, but in the ledger");
}

#[test]
fn an_operation_that_was_not_even_begun_and_is_in_the_ledger_is_found() {
    for answer in [Answer::NotAccepted, Answer::NotSent] {
        let mut story = clean();
        story.call(asked("d", deposit(1)), answer);
        passes(&story);
        story.row("d", deposit(1), 301);
        found(&story, "refused, but in the ledger");
    }
}

#[test]
fn a_swap_of_two_operations_is_found_unless_they_were_under_way_at_once() {
    let mut story = Story::of(WALLET);
    story.call(asked("a", deposit(100)), applied(300));
    story.call(asked("b", deposit(200)), applied(200));
    story.row("b", deposit(200), 200);
    story.row("a", deposit(100), 300);
    found(&story, "seq 2 was answered before seq 1 was sent");

    let mut story = Story::of(WALLET);
    let first = story.send(asked("a", deposit(100)));
    story.call(asked("b", deposit(200)), applied(200));
    story.answer(first, applied(300));
    story.row("b", deposit(200), 200);
    story.row("a", deposit(100), 300);
    passes(&story);
}

#[test]
fn a_stale_read_is_found_and_so_is_one_from_the_future() {
    let mut story = clean();
    story.calls[2].answer = Answer::Balance(balance(100));
    found(
        &story,
        "answered with \"balance 1.00\", but was 3.00 after seq 2",
    );

    let mut story = Story::of(WALLET);
    story.call(Request::Read, Answer::Balance(balance(100)));
    story.call(asked("a", deposit(100)), applied(100));
    story.row("a", deposit(100), 100);
    found(
        &story,
        "answered with \"balance 1.00\", but was 0.00 after seq 0",
    );
}

#[test]
fn a_read_during_an_operation_may_see_it_or_not_and_nothing_else() {
    for (read, allowed) in [(0, true), (100, true), (50, false)] {
        let mut story = Story::of(WALLET);
        let call = story.send(asked("a", deposit(100)));
        story.call(Request::Read, Answer::Balance(balance(read)));
        story.answer(call, applied(100));
        story.row("a", deposit(100), 100);
        assert_eq!(story.breaches().is_empty(), allowed, "{read}");
    }
}

#[test]
fn a_refusal_that_no_balance_justifies_is_found() {
    let mut story = clean();
    story.call(asked("d", withdraw(300)), Answer::Refused(Reason::Funds));
    found(
        &story,
        "answered with \"refused: insufficient_funds\", but was 3.00 after seq 2",
    );
}

#[test]
fn with_two_engines_a_refusal_may_not_miss_the_other_s_operations_either() {
    let mut story = Story::of(WALLET);
    story.call_through(0, asked("a", deposit(100)), applied(100));
    story.call_through(1, asked("b", deposit(200)), applied(300));
    story.row("a", deposit(100), 100);
    story.row("b", deposit(200), 300);
    story.call_through(0, asked("c", withdraw(301)), Answer::Refused(Reason::Funds));
    passes(&story);
    story.call_through(0, asked("d", withdraw(300)), Answer::Refused(Reason::Funds));
    found(
        &story,
        "answered with \"refused: insufficient_funds\", but was 3.00 after seq 2",
    );
}

#[test]
fn with_two_engines_a_read_may_miss_the_other_s_operations_but_not_its_own() {
    let mut story = Story::of(WALLET);
    story.call_through(0, asked("a", deposit(100)), applied(100));
    story.call_through(1, asked("b", deposit(200)), applied(300));
    story.row("a", deposit(100), 100);
    story.row("b", deposit(200), 300);
    story.call_through(0, Request::Read, Answer::Balance(balance(100)));
    passes(&story);
    assert_eq!(
        story.breaches_if_shared(),
        ["answered with \"balance 1.00\", but was 3.00 after seq 2"],
        "unless they know of each other"
    );
    story.call_through(0, Request::Read, Answer::Balance(balance(0)));
    found(
        &story,
        "answered with \"balance 0.00\", but was 1.00 after seq 1, 3.00 after seq 2",
    );

    // A replay of the other's operation says nothing of what this engine knows.
    story.calls.pop();
    story.call_through(0, asked("b", deposit(200)), replayed(300));
    story.call_through(0, Request::Read, Answer::Balance(balance(100)));
    passes(&story);
    story.call_through(1, Request::Read, Answer::Balance(balance(100)));
    found(&story, "answered with \"balance 1.00\"");
}

#[test]
fn an_unknown_outcome_has_to_become_one_that_is_known() {
    let mut story = clean();
    story.call(asked("d", deposit(1)), unknown());
    found(&story, "the outcome was never told");

    // It had happened.
    story.row("d", deposit(1), 301);
    found(&story, "the outcome was never told");
    story.call(asked("d", deposit(1)), replayed(301));
    passes(&story);

    // It had not, and is refused now.
    let mut story = clean();
    story.call(asked("d", withdraw(301)), unknown());
    story.call(asked("d", withdraw(301)), Answer::Refused(Reason::Funds));
    passes(&story);
    story.row("d", withdraw(301), 0);
    found(&story, "refused, but in the ledger");
}

#[test]
fn a_refusal_that_was_asked_for_before_the_unknown_outcome_does_not_settle_it() {
    let mut story = clean();
    story.call(asked("d", withdraw(301)), Answer::Refused(Reason::Funds));
    story.call(asked("d", withdraw(301)), unknown());
    found(&story, "the outcome was never told");
}

#[test]
fn a_second_effect_under_one_key_is_found_in_the_answers_alone() {
    let mut story = clean();
    story.call(asked("b", deposit(200)), replayed(300));
    passes(&story);
    story.call(asked("b", deposit(200)), applied(300));
    found(&story, "applied more than once");

    let mut story = clean();
    story.call(asked("b", deposit(200)), replayed(500));
    found(&story, "answered, balance 5.00, but recorded as");
}

#[test]
fn a_key_that_forgets_its_operation_is_found() {
    let mut story = clean();
    story.call(asked("d", withdraw(200)), applied(100));
    story.row("d", withdraw(200), 100);
    passes(&story);
    story.call(asked("d", withdraw(200)), Answer::Refused(Reason::Funds));
    found(&story, "after it was applied");
}

#[test]
fn a_replay_of_what_never_happened_is_found() {
    let mut story = clean();
    story.call(asked("d", deposit(1)), replayed(301));
    story.row("d", deposit(1), 301);
    found(&story, "though nothing went before");
}

#[test]
fn a_key_that_lets_another_operation_through_is_found() {
    let misuse = || Request::Misuse {
        key: "a".to_owned(),
        operation: deposit(999),
    };
    let mut story = clean();
    story.call(misuse(), Answer::OtherOperation);
    story.call(misuse(), unknown());
    passes(&story);
    story.call(misuse(), applied(100));
    found(&story, "answered with \"applied, balance 1.00\"");
}

#[test]
fn an_answer_that_the_contract_does_not_know_is_found() {
    let mut story = clean();
    let odd = || Answer::Unexpected("404: gone".to_owned());
    story.call(Request::Read, odd());
    found(&story, "an answer that is none: 404: gone");

    let mut story = clean();
    story.call(asked("b", deposit(200)), Answer::OtherOperation);
    found(&story, "the key belongs to another operation");
}

#[test]
fn a_wallet_that_is_gone_is_found() {
    let story = clean();
    let breaches = check(&story.calls, &[], &[], false, BEGUN).breaches;
    assert_eq!(breaches.len(), 1);
    assert_eq!(breaches[0].text, "the database has lost the wallet");
    assert_eq!(breaches[0].calls, [0, 1, 2, 3]);
}

#[test]
fn a_breach_names_the_wallet_the_key_and_the_calls_that_show_it() {
    let mut story = clean();
    story.call(asked("b", deposit(200)), replayed(500));
    let breaches = story.judgement(false).breaches;
    assert_eq!(breaches.len(), 1, "{breaches:?}");
    assert_eq!(breaches[0].wallet, WALLET);
    assert_eq!(breaches[0].key.as_deref(), Some("b"));
    assert_eq!(breaches[0].calls, [1, 4]);
}
