//! kill -9 in the middle of each phase, and the same command again.
//!
//! A lock in the engine's database stops the run where it is to die, so that it dies there for certain.

use tokio_postgres::Client;

use crate::command::{Import, observer, until, wait_until_alone};
use crate::source::Source;
use crate::target::{assert_equal, number, openings, users};

/// Pages of five: the lock is on the fourth of six.
const USERS: i64 = 30;
const PAGE: &[&str] = &["--batch", "5"];
const FINAL: &[&str] = &["--batch", "5", "--final", "--ignore-sessions"];
const HELD: i64 = 17;

#[actix_web::test]
async fn killed_in_the_first_pass_it_goes_on_and_nothing_is_there_twice() {
    let source = Source::with(USERS).await;
    let import = Import::of(&source.django).await;
    // Another transaction is about to write the same user.
    let holder = observer(&import.target).await;
    let insert = format!(
        "BEGIN; INSERT INTO users (id, username, email, password_hash, wallet_id) OVERRIDING SYSTEM VALUE \
         VALUES ({HELD}, 'user{HELD}', 'user{HELD}@example.com', '!', gen_random_uuid())"
    );
    holder.batch_execute(&insert).await.unwrap();
    kill_where_it_is_held(&import, PAGE, &holder).await;
    let imported = users(&import.target).await;
    assert!((5..USERS).contains(&imported), "{imported}");

    import.run(PAGE).await.assert_done();
    assert_equal(&source.client, &import.target).await;
    assert_eq!(openings(&import.target).await, USERS - USERS / 10);
}

#[actix_web::test]
async fn killed_in_a_later_pass_it_goes_on_and_adjusts_nothing_twice() {
    let source = Source::with(USERS).await;
    let import = Import::of(&source.django).await;
    import.run(PAGE).await.assert_done();
    change(&source).await;
    let holder = hold_a_user(&import).await;
    kill_where_it_is_held(&import, PAGE, &holder).await;

    import.run(PAGE).await.assert_done();
    assert_equal(&source.client, &import.target).await;
    assert_eq!(openings(&import.target).await, 2 * USERS - USERS / 10);
}

#[actix_web::test]
async fn killed_in_the_last_pass_it_goes_on_and_compares() {
    let source = Source::with(USERS).await;
    let import = Import::of(&source.django).await;
    import.run(PAGE).await.assert_done();
    change(&source).await;
    let holder = hold_a_user(&import).await;
    kill_where_it_is_held(&import, FINAL, &holder).await;

    import.run(FINAL).await.assert_done();
    assert_equal(&source.client, &import.target).await;
    assert_eq!(openings(&import.target).await, 2 * USERS - USERS / 10);
}

#[actix_web::test]
async fn killed_while_it_compares_it_compares_again() {
    let source = Source::with(USERS).await;
    let import = Import::of(&source.django).await;
    import.run(PAGE).await.assert_done();
    change(&source).await;
    let holder = hold_a_user(&import).await;
    let observer_of_target = observer(&import.target).await;
    let mut running = import.start(FINAL);
    running.wait_until_blocked(&observer_of_target).await;
    // Gets Django's tables between the pass, which has them now, and the comparison.
    let locker = observer(source.django.database()).await;
    let locking = actix_web::rt::spawn(async move {
        let lock = "BEGIN; LOCK TABLE wallets_wallet IN ACCESS EXCLUSIVE MODE";
        locker.batch_execute(lock).await.unwrap();
        locker
    });
    wait_until_it_queues(&source.client).await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    let locker = locking.await.unwrap();
    running.wait_until_blocked(&source.client).await;
    running.kill().await;
    locker.batch_execute("ROLLBACK").await.unwrap();
    wait_until_alone(&source.client).await;
    wait_until_alone(&observer_of_target).await;
    assert_equal(&source.client, &import.target).await;
    let ended = "SELECT count(*) FROM imports WHERE is_final AND ended_at IS NOT NULL";
    assert_eq!(number(&import.target, ended).await, 0);

    import.run(FINAL).await.assert_done();
    assert_equal(&source.client, &import.target).await;
    assert_eq!(number(&import.target, ended).await, 1);
    assert_eq!(openings(&import.target).await, 2 * USERS - USERS / 10);
}

/// Every user has another name and every wallet a little more.
async fn change(source: &Source) {
    let changes = "UPDATE auth_user SET username = 'new-' || username; \
         UPDATE wallets_wallet SET balance = balance + 0.01";
    source.execute(changes).await;
}

/// A transaction that keeps anyone else from writing one user.
async fn hold_a_user(import: &Import) -> Client {
    let holder = observer(&import.target).await;
    let lock = format!("BEGIN; SELECT FROM users WHERE id = {HELD} FOR UPDATE");
    holder.batch_execute(&lock).await.unwrap();
    holder
}

/// Runs until it meets the holder's lock, kills it, and ends the lock.
async fn kill_where_it_is_held(import: &Import, arguments: &[&str], holder: &Client) {
    let observer = observer(&import.target).await;
    let mut running = import.start(arguments);
    running.wait_until_blocked(&observer).await;
    running.kill().await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    wait_until_alone(&observer).await;
}

/// Returns when the lock of the whole table waits for its turn.
async fn wait_until_it_queues(observer: &Client) {
    let waits = "SELECT count(*) > 0 FROM pg_locks WHERE relation = 'wallets_wallet'::regclass AND NOT granted";
    until(observer, waits).await;
}
