//! The group commit with keys, and beside locks, as PostgreSQL does it.

use std::time::Duration;

use time::OffsetDateTime;
use wallet_engine::config::DatabaseLimits;
use wallet_engine::domain::{
    Amount, Balance, IdempotencyKey, Operation, OperationKind, OperationRequest, RequestHash,
    Wallet, WalletId,
};
use wallet_engine::engine::{
    Journal, Lane, LedgerEntry, Loaded, Recorded, SessionNumber, SetOutcome, WriteSet,
};
use wallet_engine::storage::Database;

use crate::app::TestApp;
use crate::postgres;

const SESSION: SessionNumber = SessionNumber {
    lane: Lane::WHOLE,
    number: 0,
};
pub const COMMITTED: SetOutcome = SetOutcome::Committed(None);
const DEPOSIT: Operation = Operation {
    kind: OperationKind::Deposit,
    amount: Amount::MIN,
};

/// A new user's wallet.
pub async fn wallet(app: &TestApp, username: &str) -> WalletId {
    let path = app.wallet(username).await;
    let id = path.trim_start_matches("/api/wallets/");
    WalletId::parse(id.trim_end_matches('/')).unwrap()
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).unwrap()
}

/// A deposit for each key, and none for the keys that are only sought.
pub fn set(wallet: &Wallet, keys: &[Option<&str>], sought: &[&str]) -> WriteSet {
    let mut after = wallet.clone();
    let entries = keys.iter().map(|text| {
        let entry = after.post(DEPOSIT, OffsetDateTime::UNIX_EPOCH).unwrap();
        let request = OperationRequest {
            key: text.map(key),
            ..DEPOSIT.into()
        };
        LedgerEntry::of(&request, entry)
    });
    let sought = sought.iter().map(|text| key(text)).collect();
    WriteSet::new(wallet, entries.collect(), sought).unwrap()
}

/// With one committer, beside the application's own.
pub fn journal(app: &TestApp) -> Database {
    let limits = DatabaseLimits::of(Duration::from_secs(20));
    Database::new(&app.database, 1, SESSION.number + 1, &limits).unwrap()
}

/// Commits the sets. Returns their outcomes without the times of the rows, which those have that have rows.
pub async fn commit(database: &Database, sets: &[WriteSet]) -> Vec<SetOutcome> {
    let mut outcomes = database.commit(SESSION, sets).await.unwrap();
    for (set, outcome) in sets.iter().zip(&mut outcomes) {
        if let SetOutcome::Committed(at) = outcome {
            assert_eq!(at.take().is_some(), !set.entries().is_empty());
        }
    }
    outcomes
}

pub async fn load(database: &Database, ids: &[WalletId]) -> Vec<Wallet> {
    let loaded = database.load(None, ids).await.unwrap();
    let wallet = |loaded: Loaded| loaded.unwrap().unwrap();
    loaded.into_iter().map(wallet).collect()
}

#[actix_web::test]
async fn a_group_leaves_out_the_wallets_whose_keys_are_known_and_no_others() {
    let app = TestApp::spawn().await;
    let mut ids = Vec::new();
    for n in 0..7 {
        ids.push(wallet(&app, &format!("user{n}")).await);
    }
    let database = journal(&app);
    let load = async || load(&database, &ids).await;
    let wallets = load().await;
    let first: Vec<_> = wallets
        .iter()
        .map(|wallet| set(wallet, &[Some("a"), None, Some("b")], &["c"]))
        .collect();
    let written = commit(&database, &first).await;
    assert_eq!(written, vec![COMMITTED; 7]);

    let now = load().await;
    let group = [
        set(&now[0], &[Some("d"), Some("b")], &["a", "e"]),
        set(&now[1], &[Some("c"), None], &["d"]),
        set(&wallets[2], &[Some("c")], &[]),
        set(&now[3], &[], &["c"]),
        set(&now[4], &[], &["c", "b"]),
        set(&wallets[5], &[], &["c"]),
        set(&now[6], &[None], &[]),
    ];
    let outcomes = commit(&database, &group).await;

    let known = |text: &str, cents: i64| Recorded {
        key: key(text),
        seq: cents,
        request: RequestHash::of(&DEPOSIT.into(), None, None),
        balance_after: Balance::from_cents(cents).unwrap(),
        transfer: None,
    };
    let mut both = outcomes[0].clone();
    if let SetOutcome::Recorded(recorded) = &mut both {
        recorded.sort_by(|a, b| a.key.cmp(&b.key));
    }
    assert_eq!(
        both,
        SetOutcome::Recorded(vec![known("a", 1), known("b", 3)])
    );
    assert_eq!(outcomes[1], COMMITTED);
    assert_eq!(outcomes[2], SetOutcome::Stale);
    assert_eq!(outcomes[3], COMMITTED, "a question alone");
    assert_eq!(outcomes[4], SetOutcome::Recorded(vec![known("b", 3)]));
    assert_eq!(outcomes[5], SetOutcome::Stale);
    assert_eq!(outcomes[6], COMMITTED, "without keys beside keys");

    let versions: Vec<_> = load().await.iter().map(|wallet| wallet.version).collect();
    assert_eq!(versions, [3, 5, 3, 3, 3, 3, 4]);
    assert_eq!(app.audited_operations().await, 7 * 3 + 2 + 1);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_question_alone_waits_for_nobody() {
    let app = TestApp::spawn().await;
    let id = wallet(&app, "alice").await;
    let database = journal(&app);
    let loaded = load(&database, &[id]).await.remove(0);
    let somebody = postgres::connect(&app.database).await;
    let lock = format!("BEGIN; SELECT FROM wallets WHERE id = '{id}' FOR UPDATE");
    somebody.batch_execute(&lock).await.unwrap();

    let question = commit(&database, &[set(&loaded, &[], &["a"])]).await;
    let write = commit(&database, &[set(&loaded, &[Some("a")], &[])]).await;

    assert_eq!(question, [COMMITTED]);
    assert_eq!(write, [SetOutcome::Stale]);
    somebody.batch_execute("ROLLBACK").await.unwrap();
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_locked_wallet_is_left_out_of_its_group() {
    let app = TestApp::spawn().await;
    let ids = [wallet(&app, "locked").await, wallet(&app, "free").await];
    let database = journal(&app);
    let somebody = postgres::connect(&app.database).await;
    let lock = format!(
        "BEGIN; SELECT FROM wallets WHERE id = '{}' FOR UPDATE",
        ids[0]
    );
    somebody.batch_execute(&lock).await.unwrap();

    // The first group finds it out, the others know, and a new session finds it out each time.
    for keys in [vec![None], vec![None], vec![Some("a")], vec![None, None]] {
        let loaded = load(&database, &ids).await;
        let [locked, free] = [0, 1].map(|n: usize| loaded[n].clone());
        let group = [set(&locked, &keys, &[]), set(&free, &keys, &[])];
        assert_eq!(
            commit(&database, &group).await,
            [SetOutcome::Stale, COMMITTED]
        );
        let newcomer = journal(&app);
        let alone = commit(&newcomer, &group[..1]).await;
        assert_eq!(alone, [SetOutcome::Stale]);
    }
    somebody.batch_execute("ROLLBACK").await.unwrap();
    let loaded = load(&database, &ids).await;
    let [locked, free] = [0, 1].map(|n: usize| loaded[n].clone());
    assert_eq!([locked.version, free.version], [0, 5]);
    let both = [set(&locked, &[None], &[]), set(&free, &[None], &[])];
    assert_eq!(commit(&database, &both).await, [COMMITTED, COMMITTED]);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_wallet_that_is_locked_for_a_moment_is_waited_for_and_never_overwritten() {
    let app = TestApp::spawn().await;
    let ids = [wallet(&app, "written").await, wallet(&app, "beside").await];
    let engines = [journal(&app), journal(&app)];
    for _ in 0..100 {
        let loaded = load(&engines[0], &ids).await;
        let [written, beside] = [0, 1].map(|n: usize| loaded[n].clone());
        // The one in the order of wallets, the other against it.
        let ours = [set(&written, &[None], &[]), set(&beside, &[None], &[])];
        let theirs = [
            set(&beside, &[None, None], &[]),
            set(&written, &[None, None], &[]),
        ];
        let (ours, theirs) =
            futures_util::join!(commit(&engines[0], &ours), commit(&engines[1], &theirs));
        for (ours, theirs) in [(&ours[0], &theirs[1]), (&ours[1], &theirs[0])] {
            let committed = [ours, theirs].map(|outcome| *outcome == COMMITTED);
            assert_ne!(committed[0], committed[1], "one of two, never both or none");
        }
    }
    app.audited_operations().await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_key_that_was_taken_for_new_costs_its_neighbours_nothing() {
    let app = TestApp::spawn().await;
    let ids = [wallet(&app, "again").await, wallet(&app, "beside").await];
    let database = journal(&app);
    let known = SetOutcome::Recorded(vec![Recorded {
        key: key("a"),
        seq: 1,
        request: RequestHash::of(&DEPOSIT.into(), None, None),
        balance_after: Balance::from_cents(1).unwrap(),
        transfer: None,
    }]);
    // The first repetition is told by the index, those after it are looked for beforehand.
    for (alone, outcome) in [
        (false, COMMITTED),
        (false, known.clone()),
        (false, known.clone()),
        (true, known.clone()),
        (true, known),
    ] {
        let loaded = load(&database, &ids).await;
        let [again, beside] = [0, 1].map(|n: usize| loaded[n].clone());
        let mut group = vec![set(&again, &[Some("a")], &[])];
        let mut outcomes = vec![outcome];
        if !alone {
            group.push(set(&beside, &[None], &[]));
            outcomes.push(COMMITTED);
        }
        assert_eq!(commit(&database, &group).await, outcomes);
    }
    // A session that has not seen it yet, and writes that wallet alone.
    let other = journal(&app);
    let loaded = load(&other, &ids[..1]).await;
    let again = [set(&loaded[0], &[None, Some("a")], &[])];
    let answer = commit(&other, &again).await;
    assert!(matches!(&answer[..], [SetOutcome::Recorded(first)] if first.len() == 1));

    assert_eq!(app.audited_operations().await, 1 + 3);
    app.stop().await.unwrap();
}

/// A version comes again with another past after a failover that lost commits.
#[actix_web::test]
async fn a_wallet_of_the_expected_version_and_another_balance_is_left_out_by_every_statement() {
    let app = TestApp::spawn().await;
    let ids = [wallet(&app, "one").await, wallet(&app, "other").await];
    let database = journal(&app);
    let wallets = load(&database, &ids).await;
    let remembered = |n: usize| Wallet {
        balance: Balance::from_cents(90_00).unwrap(),
        ..wallets[n].clone()
    };

    for group in [
        vec![set(&remembered(0), &[None], &[])],
        vec![set(&remembered(0), &[None, None], &[])],
        vec![
            set(&remembered(0), &[None], &[]),
            set(&remembered(1), &[None], &[]),
        ],
        // With keys that are sought, and with nothing to write.
        vec![
            set(&remembered(0), &[Some("a")], &["b"]),
            set(&remembered(1), &[], &["b"]),
        ],
    ] {
        let outcomes = commit(&database, &group).await;
        assert_eq!(outcomes, vec![SetOutcome::Stale; group.len()]);
    }

    assert_eq!(app.audited_operations().await, 0);
    app.stop().await.unwrap();
}
