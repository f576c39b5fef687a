//! Reversals, of one wallet and of two, and each defect planted in them.

use uuid::Uuid;
use wallet_engine::domain::linked::{Counterpart, TransferId};
use wallet_engine::domain::reversal::{Original, Reversal};
use wallet_engine::domain::{Balance, Movement, Operation, OperationKind, WalletId};

use super::story::{Story, WALLET, balance, deposit, withdraw};
use crate::history::{Answer, Request, Step};
use crate::told::Reason;

const OTHER: WalletId = WalletId(Uuid::from_u128(8));

/// The reversal of a row, of which that much was reversed.
fn reversal(seq: i64, operation: Operation, reversed: i64, cents: Option<i64>) -> Movement {
    Movement::Reversal(Box::new(Reversal {
        original: Original {
            seq,
            operation,
            counterpart: None,
            reversed: balance(reversed),
            as_of: i64::MAX,
            incarnation: 0,
        },
        amount: cents.map(|cents| deposit(cents).amount),
    }))
}

/// A deposit of 10.00, of which 4.00 were reversed.
fn reversed() -> Story {
    let mut story = Story::of(WALLET);
    story.done("a", deposit(1_000));
    story.done("r", reversal(1, deposit(1_000), 0, Some(400)));
    story
}

/// A transfer of 3.00, reversed from the side of its receiver.
fn transfer_reversed() -> Story {
    let mut story = Story::of(WALLET);
    story.beside(OTHER);
    story.done("a", deposit(1_000));
    let transfer = Step {
        wallet: WALLET,
        key: "t".to_owned(),
        movement: Movement::Transfer {
            to: OTHER,
            amount: deposit(300).amount,
        },
    };
    together(&mut story, transfer);
    let operation = Operation {
        kind: OperationKind::TransferIn,
        amount: deposit(300).amount,
    };
    let mut movement = reversal(1, operation, 0, Some(300));
    if let Movement::Reversal(reversal) = &mut movement {
        reversal.original.counterpart = Some(Counterpart {
            wallet: WALLET,
            seq: 2,
            transfer: Some(TransferId(Uuid::nil())),
        });
    }
    let step = Step {
        wallet: OTHER,
        key: "r".to_owned(),
        movement,
    };
    together(&mut story, step);
    story.account_of(OTHER).rows[1].reverses = Some(1);
    story.account_of(WALLET).rows[2].reverses = Some(2);
    // It is answered without the id that its rows share.
    if let Answer::Together(receipts) = &mut story.calls[2].answer {
        receipts[0].transfer = None;
    }
    story
}

fn together(story: &mut Story, step: Step) {
    let call = story.send(Request::Linked(vec![step.clone()]));
    let receipts = story.rows(&[step]);
    story.answer(call, Answer::Together(receipts));
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
fn reversals_within_their_originals_pass() {
    let mut story = reversed();
    story.refused(
        "s",
        reversal(1, deposit(1_000), 0, Some(601)),
        Reason::ExceedsOriginal,
    );
    story.refused(
        "t",
        reversal(2, deposit(400), 0, None),
        Reason::NotReversible,
    );
    story.refused(
        "u",
        reversal(9, deposit(400), 0, None),
        Reason::OperationNotFound,
    );
    story.done("v", reversal(1, deposit(1_000), 400, None));
    story.refused(
        "w",
        reversal(1, deposit(1_000), 0, None),
        Reason::AlreadyReversed,
    );
    assert_eq!(story.account.wallet.balance, Balance::ZERO);
    passes(&story);
    passes(&transfer_reversed());
}

#[test]
fn more_than_the_original_is_found() {
    let mut story = reversed();
    story.done("b", deposit(1_000));
    story.done("v", reversal(1, deposit(1_000), 0, Some(601)));
    found(
        &story,
        "seq 4 is not possible with 16.00: more than the operation was",
    );
}

#[test]
fn a_reversal_of_another_row_or_of_none_is_found() {
    let mut story = reversed();
    story.account.rows[1].reverses = Some(7);
    found(&story, "there is nothing that it reverses");
    found(&story, "recorded as another operation");

    let mut story = reversed();
    story.done("w", withdraw(100));
    story.account.rows[1].reverses = Some(2);
    found(&story, "recorded as another operation");
}

#[test]
fn a_transfer_that_is_reversed_on_one_side_is_found() {
    let mut story = transfer_reversed();
    let account = story.account_of(WALLET);
    account.rows.pop();
    account.wallet.version -= 1;
    account.wallet.balance = balance(700);
    found(&story, "which is not there");
    found(&story, "happened in part: 1 of 2 rows");

    let mut story = transfer_reversed();
    story.account_of(WALLET).rows[2].reverses = None;
    found(&story, "reverses only one of two rows");
}

#[test]
fn a_refusal_has_to_be_due_to_one_of_the_wallets() {
    let refused = |spend: i64| {
        let mut story = transfer_reversed();
        let call = story.calls.pop().unwrap();
        for wallet in [WALLET, OTHER] {
            let account = story.account_of(wallet);
            account.rows.pop();
            account.wallet.version -= 1;
            let last = account.rows.last().unwrap();
            account.wallet.balance = last.balance_after;
        }
        let spent = Step {
            wallet: OTHER,
            key: "w".to_owned(),
            movement: withdraw(spend).into(),
        };
        together(&mut story, spent);
        story.call(call.request, Answer::RefusedAt(0, Reason::Funds));
        story
    };
    passes(&refused(1));
    let mut story = refused(1);
    let account = story.account_of(OTHER);
    account.rows.pop();
    account.wallet.version -= 1;
    account.wallet.balance = balance(300);
    story.calls.remove(2);
    found(&story, "answered with \"refused together\"");
}

#[test]
fn a_reversal_that_was_possible_and_is_refused_is_found() {
    for reason in [
        Reason::AlreadyReversed,
        Reason::NotReversible,
        Reason::Funds,
    ] {
        let mut story = reversed();
        story.refused("s", reversal(1, deposit(1_000), 0, Some(600)), reason);
        found(&story, "but was 6.00 after seq 2");
    }
}
