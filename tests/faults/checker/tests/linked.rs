//! Transfers and atomic batches: clean stories, and each defect planted in one.

use uuid::Uuid;
use wallet_engine::domain::Movement;
use wallet_engine::domain::WalletId;

use super::story::{Story, WALLET, asked, balance, deposit, unknown, withdraw};
use crate::history::{Answer, Request, Step, unkeyed};
use crate::told::{Reason, Receipt};

const OTHER: WalletId = WalletId(Uuid::from_u128(8));
const THIRD: WalletId = WalletId(Uuid::from_u128(9));

fn transfer(key: &str, from: WalletId, to: WalletId, cents: i64) -> Step {
    let amount = deposit(cents).amount;
    Step {
        wallet: from,
        key: key.to_owned(),
        movement: Movement::Transfer { to, amount },
    }
}

fn single(key: &str, wallet: WalletId, movement: impl Into<Movement>) -> Step {
    Step {
        wallet,
        key: key.to_owned(),
        movement: movement.into(),
    }
}

fn batch() -> Vec<Step> {
    vec![
        single("b1", WALLET, deposit(50)),
        transfer("b2", WALLET, OTHER, 120),
        single("b3", THIRD, deposit(7)),
        single("b4", OTHER, withdraw(20)),
    ]
}

/// 3.00 in the first of three wallets.
fn begun() -> Story {
    let mut story = Story::of(WALLET);
    story.beside(OTHER);
    story.beside(THIRD);
    let deposited = [single("a", WALLET, deposit(300))];
    let receipts = story.rows(&deposited);
    story.call(
        asked("a", deposit(300)),
        Answer::Applied {
            told: receipts[0].told,
            replayed: false,
        },
    );
    story
}

/// Does the steps, and answers them.
fn done(story: &mut Story, steps: &[Step]) -> Vec<Receipt> {
    let call = story.send(Request::Linked(steps.to_vec()));
    let receipts = story.rows(steps);
    story.answer(call, Answer::Together(receipts.clone()));
    receipts
}

/// A transfer of 1.00, and reads of both wallets after it.
fn transferred() -> Story {
    let mut story = begun();
    done(&mut story, &[transfer("t", WALLET, OTHER, 100)]);
    story.read(WALLET, 200);
    story.read(OTHER, 100);
    story
}

/// A batch after it, and reads of all wallets.
fn batched() -> Story {
    let mut story = transferred();
    done(&mut story, &batch());
    story.read(WALLET, 130);
    story.read(OTHER, 200);
    story.read(THIRD, 7);
    story
}

/// Takes a wallet's last row away, as if it had never been.
fn forget_last(story: &mut Story, wallet: WalletId) {
    let account = story.account_of(wallet);
    account.rows.pop();
    account.wallet.version -= 1;
    account.wallet.balance = account
        .rows
        .last()
        .map_or(balance(0), |row| row.balance_after);
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

#[test]
fn transfers_and_batches_that_happened_whole_pass() {
    passes(&transferred());
    passes(&batched());
}

#[test]
fn a_leg_that_is_missing_is_found_on_either_side() {
    let mut story = transferred();
    forget_last(&mut story, OTHER);
    found(
        &story,
        "belongs to seq 1 of wallet 00000000-0000-0000-0000-000000000008, which is not there",
    );
    found(&story, "happened in part: 1 of 2 rows");
    found(&story, "the receiver has no row of it");
    found(
        &story,
        "all balances together are 200 cents, of which 300 came from outside",
    );

    let mut story = transferred();
    forget_last(&mut story, WALLET);
    found(&story, "acknowledged, but not in the ledger");
    found(&story, "happened in part: 1 of 2 rows");
    found(
        &story,
        "all balances together are 400 cents, of which 300 came from outside",
    );
}

#[test]
fn a_leg_with_another_amount_is_found() {
    let mut story = transferred();
    let account = story.account_of(OTHER);
    account.rows[0].operation.amount = deposit(101).amount;
    account.rows[0].balance_after = balance(101);
    account.wallet.balance = balance(101);
    found(&story, "which is another's");
    found(&story, "recorded as another operation");
    found(
        &story,
        "all balances together are 301 cents, of which 300 came from outside",
    );
}

#[test]
fn a_leg_that_names_another_transfer_is_found() {
    let mut story = transferred();
    let link = story.account_of(OTHER).rows[0].link.as_mut().unwrap();
    link.transfer = Some(Uuid::nil());
    found(&story, "which is another's");

    let mut story = transferred();
    story.account_of(OTHER).rows[0].link = None;
    found(&story, "names no other row");
}

#[test]
fn a_transfer_that_happens_twice_under_one_key_is_found() {
    let mut story = transferred();
    done(&mut story, &[transfer("t", WALLET, OTHER, 100)]);
    found(&story, "in the ledger more than once");
    found(&story, "applied more than once");

    // Also if its second answer is that of the first.
    let mut story = transferred();
    story.rows(&[transfer("t", WALLET, OTHER, 100)]);
    found(&story, "in the ledger more than once");
}

#[test]
fn a_transfer_is_replayed_with_its_own_receipt_and_no_other() {
    let replayed = |story: &Story| {
        let Answer::Together(mut receipts) = story.calls[1].answer.clone() else {
            unreachable!("it was answered");
        };
        receipts[0].replayed = true;
        receipts
    };
    let request = || Request::Linked(vec![transfer("t", WALLET, OTHER, 100)]);
    let mut story = transferred();
    let receipts = replayed(&story);
    story.call(request(), Answer::Together(receipts.clone()));
    passes(&story);

    let mut other = receipts.clone();
    other[0].transfer = Some(Uuid::nil());
    story.call(request(), Answer::Together(other));
    found(
        &story,
        "answered with the id of a transfer that its row has not",
    );
    story.calls.pop();
    story.call(request(), Answer::RefusedAt(0, Reason::Funds));
    found(&story, "refused in call 5, after it was applied");
}

#[test]
fn an_acknowledged_transfer_that_is_lost_is_found() {
    let mut story = transferred();
    forget_last(&mut story, OTHER);
    forget_last(&mut story, WALLET);
    found(&story, "acknowledged, but not in the ledger");
    found(&story, "the receiver has no row of it");
}

#[test]
fn a_read_after_the_answer_that_shows_one_leg_only_is_found() {
    let mut story = transferred();
    story.read(OTHER, 0);
    found(
        &story,
        "answered with \"balance 0.00\", but was 1.00 after seq 1",
    );
    let mut story = transferred();
    story.read(WALLET, 300);
    found(
        &story,
        "answered with \"balance 3.00\", but was 2.00 after seq 2",
    );

    // While it is under way, either is right.
    let mut story = begun();
    let steps = vec![transfer("t", WALLET, OTHER, 100)];
    let call = story.send(Request::Linked(steps.clone()));
    story.read(WALLET, 300);
    story.read(WALLET, 200);
    let receipts = story.rows(&steps);
    story.answer(call, Answer::Together(receipts));
    passes(&story);
}

#[test]
fn a_batch_that_is_half_done_is_found() {
    for (wallet, rows) in [(THIRD, 4), (OTHER, 4)] {
        let mut story = batched();
        forget_last(&mut story, wallet);
        found(&story, &format!("happened in part: {rows} of 5 rows"));
        found(&story, "which is not there");
    }
}

#[test]
fn a_balance_between_two_steps_is_no_one_s() {
    let mut story = transferred();
    let steps = batch();
    let call = story.send(Request::Linked(steps.clone()));
    story.read(WALLET, 200);
    story.read(WALLET, 130);
    let receipts = story.rows(&steps);
    story.answer(call, Answer::Together(receipts));
    passes(&story);
    // After the deposit and before the transfer.
    let seen = story.calls.len() - 2;
    story.calls[seen].answer = Answer::Balance(balance(250));
    found(
        &story,
        "answered with \"balance 2.50\", but was 2.00 after seq 2, 1.30 after seq 4",
    );
}

#[test]
fn a_ring_that_is_not_closed_is_found() {
    let mut story = batched();
    let row = &mut story.account_of(THIRD).rows[0];
    let link = row.link.as_mut().unwrap();
    (link.wallet, link.seq) = (THIRD, 1);
    found(&story, "names a row that another one names");
}

#[test]
fn a_refusal_has_to_be_due_to_what_goes_before_in_the_batch() {
    let refused = |cents| {
        let mut story = transferred();
        let mut steps = batch();
        steps.push(transfer("b5", WALLET, THIRD, cents));
        story.call(Request::Linked(steps), Answer::RefusedAt(4, Reason::Funds));
        story
    };
    passes(&refused(131));
    found(
        &refused(130),
        "answered with \"refused together\", but was 2.00 after seq 2",
    );

    let mut story = transferred();
    story.call(
        Request::Linked(batch()),
        Answer::RefusedAt(1, Reason::Funds),
    );
    found(&story, "answered with \"refused together\"");
    story.rows(&batch());
    found(&story, "refused, but in the ledger");
}

#[test]
fn money_from_nowhere_is_found() {
    let mut story = transferred();
    story.account_of(THIRD).wallet.balance = balance(1);
    found(
        &story,
        "all balances together are 301 cents, of which 300 came from outside",
    );
    found(&story, "the ledger ends with balance 0.00 and seq 0");
}

#[test]
fn an_unknown_transfer_has_to_become_one_that_is_known() {
    let request = || Request::Linked(vec![transfer("u", WALLET, OTHER, 10)]);
    let mut story = transferred();
    story.call(request(), unknown());
    found(&story, "the outcome was never told");
    let mut receipts = story.rows(&[transfer("u", WALLET, OTHER, 10)]);
    found(&story, "and it happened");
    receipts[0].replayed = true;
    story.call(request(), Answer::Together(receipts));
    passes(&story);

    let mut story = transferred();
    let too_much = || Request::Linked(vec![transfer("u", WALLET, OTHER, 1_000)]);
    story.call(too_much(), unknown());
    story.call(too_much(), Answer::RefusedAt(0, Reason::Funds));
    passes(&story);
}

#[test]
fn without_a_key_an_unknown_transfer_happens_whole_or_not_at_all() {
    let name = unkeyed(&transfer("", WALLET, OTHER, 10).movement.operation());
    let step = transfer(&name, WALLET, OTHER, 10);
    let mut story = transferred();
    story.call(Request::Linked(vec![step.clone()]), unknown());
    passes(&story);
    story.rows(std::slice::from_ref(&step));
    passes(&story);
    forget_last(&mut story, OTHER);
    found(&story, "happened in part: 1 of 2 rows");
}

#[test]
fn receipts_that_are_not_of_one_time_are_found() {
    let mut story = batched();
    let last = story
        .calls
        .iter()
        .rposition(|call| call.request.is_operation());
    let Answer::Together(receipts) = &mut story.calls[last.unwrap()].answer else {
        unreachable!("it was answered");
    };
    receipts[2].replayed = true;
    found(&story, "replayed in part");
    let mut story = batched();
    let Answer::Together(receipts) = &mut story.calls[last.unwrap()].answer else {
        unreachable!("it was answered");
    };
    receipts.pop();
    found(&story, "not one receipt a step");
}

#[test]
fn a_failover_loses_a_transfer_whole() {
    let mut story = transferred();
    story.fail_over_all(false, &[1, 0, 0]);
    passes(&story);
    assert_eq!(story.judgement(false).lost.len(), 2);
    story.failovers[0].synchronous = true;
    found(
        &story,
        "acknowledged under synchronous replication, and lost as seq 2",
    );

    // One leg is lost, and the other is not.
    let mut story = transferred();
    story.fail_over_all(false, &[2, 0, 0]);
    found(&story, "happened in part: 1 of 2 rows");
    found(&story, "which is not there");
}
