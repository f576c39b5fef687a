//! Rules: what they refuse and what they do not, and each defect planted.

use wallet_engine::domain::Movement;
use wallet_engine::domain::hold::Expiry;
use wallet_engine::domain::movement::Capture;
use wallet_engine::domain::rules::{Gate, RulesChange};

use super::story::{Story, WALLET, balance, deposit, withdraw};
use crate::told::Reason;

fn rules(change: RulesChange) -> Movement {
    Movement::Rules(Box::new(change))
}

fn debits(gate: Gate) -> Movement {
    rules(RulesChange {
        debits: Some(gate),
        ..RulesChange::default()
    })
}

fn a_day(cents: i64) -> Movement {
    rules(RulesChange {
        daily_out_max: Some(Some(balance(cents))),
        ..RulesChange::default()
    })
}

/// 10.00, and 1.00 more that went out.
fn begun() -> Story {
    let mut story = Story::of(WALLET);
    story.done("a", deposit(1_100));
    story.done("b", withdraw(100));
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

/// Counts what left today once it has to be, as a load does.
fn counted(story: &mut Story, cents: i64) {
    let terms = std::sync::Arc::make_mut(story.account.wallet.terms.as_mut().unwrap());
    terms.spent = Some(wallet_engine::domain::rules::Spent {
        day: super::story::BEGUN.date(),
        amount: balance(cents),
        uncommitted: balance(0),
        is_recorded: false,
    });
}

#[test]
fn a_freeze_and_a_limit_that_were_obeyed_pass() {
    let mut story = begun();
    story.done("f", debits(Gate::Frozen));
    story.refused("w", withdraw(1), Reason::Frozen);
    story.done("d", deposit(1));
    story.done("u", debits(Gate::Open));
    story.done("w", withdraw(1));
    story.done("l", a_day(301));
    counted(&mut story, 101);
    story.refused("x", withdraw(201), Reason::Limit);
    // What is held counts, and its capture always fits.
    let hold = Movement::Hold {
        amount: deposit(150).amount,
        expiry: Expiry::In(60),
    };
    story.done("h", hold);
    let id = story.account.wallet.version;
    story.refused("y", withdraw(51), Reason::Limit);
    let capture = Capture {
        hold: id,
        amount: None,
        is_final: true,
        to: None,
    };
    story.done("c", Movement::Capture(capture));
    story.done("z", withdraw(50));
    passes(&story);
}

#[test]
fn a_debit_of_a_frozen_wallet_is_found() {
    let mut story = begun();
    story.done("w", withdraw(1));
    let row = story.account.rows[2].clone();
    let mut story = begun();
    story.done("f", debits(Gate::Frozen));
    story.account.wallet.version += 1;
    story.account.wallet.balance = row.balance_after;
    story
        .account
        .rows
        .push(crate::ledger::Row { seq: 4, ..row });
    found(
        &story,
        "seq 4 is not possible with 10.00: the wallet is frozen",
    );
}

#[test]
fn more_a_day_than_a_rule_allows_is_found() {
    let mut story = begun();
    story.done("l", a_day(201));
    // As if nothing had left before the rule.
    counted(&mut story, 0);
    story.done("w", withdraw(200));
    found(
        &story,
        "seq 4 is not possible with 10.00: the limit daily_out_max would be exceeded",
    );
}

#[test]
fn a_refusal_by_a_rule_that_there_is_not_is_found() {
    for reason in [Reason::Frozen, Reason::Limit] {
        let mut story = begun();
        story.done("f", debits(Gate::Frozen));
        story.done("u", debits(Gate::Open));
        story.refused("w", withdraw(1), reason);
        found(&story, "but was 10.00 after seq 4");
    }
}

#[test]
fn rules_that_are_not_what_was_asked_for_are_found() {
    let mut story = begun();
    story.done("f", debits(Gate::Frozen));
    story.account.rows[2].rules = Some(wallet_engine::domain::rules::Rules::default());
    found(&story, "seq 3 is ");

    let mut story = begun();
    story.done("f", debits(Gate::Frozen));
    story.account.wallet.terms = None;
    found(&story, "the ledger leaves ");
}
