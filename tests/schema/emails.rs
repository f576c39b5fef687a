//! Addresses that belonged to two users before migration 9, and engines of before beside it.

use std::time::Duration;

use futures_util::join;
use tokio_postgres::Client;

use crate::catalogue::{catalogue, fresh};
use crate::old_databases::{FILL, files_after, old_database, old_database_of, storage};
use crate::postgres;
use crate::verify::run;

/// The last version under which an address could belong to two users.
const BEFORE_EMAILS: i32 = 8;
const WAIT: Duration = Duration::from_secs(60);

const BUILD: &str = include_str!("../../sql/online/users_email_key_build.sql");

/// As engines of that version register: whether they look for the address, with its domain in lower case.
const REGISTER: &str = "
    INSERT INTO users (username, email, email_key, password_hash, wallet_id)
    VALUES (
        $1, $2,
        CASE WHEN $3 OR NOT EXISTS (SELECT FROM users WHERE email_key = $2 COLLATE \"C\") THEN $2 END,
        '', gen_random_uuid()
    )";

/// As they change an address.
const EDIT: &str = "
    UPDATE users SET email = $2, email_key = CASE WHEN email = $2 THEN email_key ELSE $2 END
    WHERE username = $1";

/// Registers as an engine of before; returns the constraint that refused it, if one did.
async fn register(
    client: &Client,
    name: &str,
    email: &str,
    is_as_given: bool,
) -> Result<(), String> {
    let inserted = client
        .execute(REGISTER, &[&name, &email, &is_as_given])
        .await;
    inserted.map(drop).map_err(|error| {
        error
            .as_db_error()
            .unwrap()
            .constraint()
            .unwrap()
            .to_owned()
    })
}

/// Inserts a user as every engine of this version does.
async fn insert(client: &Client, name: &str, email: &str) -> Result<(), String> {
    let insert = "INSERT INTO users (username, email, password_hash, wallet_id)
        VALUES ($1, $2, '', gen_random_uuid())";
    let inserted = client.execute(insert, &[&name, &email]).await;
    inserted.map(drop).map_err(|error| {
        let constraint = error.as_db_error().unwrap().constraint();
        constraint.unwrap().to_owned()
    })
}

async fn users(client: &Client) -> Vec<(i64, String, Option<String>)> {
    let users = "SELECT id, email, email_key FROM users ORDER BY id";
    let rows = client.query(users, &[]).await.unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect()
}

#[actix_web::test]
async fn users_who_share_an_address_are_reported_and_nothing_is_changed() {
    let (config, client) = old_database_of(BEFORE_EMAILS).await;
    for (name, email, is_as_given) in [
        ("alice", "a@example.com", true),
        ("alice2", "a@example.com", false),
        ("alice3", "a@example.com", false),
        ("bob", "b@example.com", true),
        ("bob2", "b@EXAMPLE.com", true),
        ("BOB", "B@example.com", true),
        ("carol", "c@EXAMPLE.com", true),
    ] {
        register(&client, name, email, is_as_given).await.unwrap();
    }
    let (made, had) = (catalogue(&client).await, users(&client).await);

    let (succeeded, output) = run(&config, "migrate", &[]);

    assert!(!succeeded);
    let line = output.lines().find(|line| line.contains("share an e-mail"));
    let line = line.unwrap_or_else(|| panic!("{output}"));
    for part in [
        "\"a@example.com\" of users 1, 2, 3; \"b@example.com\" of users 4, 5. ",
        "Nothing was changed.",
        "at /admin/users/ID/ of an older engine",
        "UPDATE users SET email = 'new@example.com', email_key = 'new@example.com' WHERE id = ID;",
    ] {
        assert!(line.contains(part), "{part} is missing in: {line}");
    }
    assert_eq!(catalogue(&client).await, made);
    assert_eq!(users(&client).await, had);

    for user in [2, 3, 4] {
        let update = "UPDATE users SET email = 'new@example.com', email_key = 'new@example.com' WHERE id = ID;";
        let update = update
            .replace("new@", &format!("new{user}@"))
            .replace("ID", &user.to_string());
        client.batch_execute(&update).await.unwrap();
    }
    assert_eq!(
        storage(&config, WAIT).migrate().await.unwrap(),
        files_after(8)
    );
    assert_eq!(catalogue(&client).await, fresh().await);
}

#[actix_web::test]
async fn of_many_shared_addresses_the_first_are_named_and_the_rest_are_counted() {
    let (config, client) = old_database().await;
    let fill = "
        INSERT INTO users (username, email, password_hash, wallet_id)
        SELECT 'u' || n, n % 13 || '@example.com', '', gen_random_uuid() FROM generate_series(1, 26) n";
    client.batch_execute(fill).await.unwrap();
    let made = catalogue(&client).await;
    let refused = storage(&config, WAIT).migrate().await.unwrap_err();
    let refused = refused.to_string();
    for part in [
        "\"1@example.com\" of users 1, 14; \"2@example.com\" of users 2, 15; ",
        "\"10@example.com\" of users 10, 23; and 3 more addresses. ",
    ] {
        assert!(refused.contains(part), "{part} is missing in: {refused}");
    }
    assert_eq!(
        catalogue(&client).await,
        made,
        "no earlier migration was applied"
    );
}

#[actix_web::test]
async fn an_address_that_an_engine_of_before_lets_pass_meanwhile_is_reported_and_leaves_no_index() {
    let (config, client) = old_database_of(BEFORE_EMAILS).await;
    register(&client, "alice", "a@example.com", true)
        .await
        .unwrap();
    let made = catalogue(&client).await;
    let of_before = postgres::connect(&config).await;
    of_before.batch_execute("BEGIN").await.unwrap();
    register(&of_before, "alice2", "a@example.com", false)
        .await
        .unwrap();

    let storage = storage(&config, WAIT);
    let commits = async {
        let waits = "
            SELECT count(*) FROM pg_stat_activity
            WHERE query LIKE 'CREATE UNIQUE INDEX CONCURRENTLY users_email_key%' AND wait_event_type = 'Lock'";
        let waiting = async || client.query_one(waits, &[]).await.unwrap().get::<_, i64>(0);
        while waiting().await == 0 {
            tokio::task::yield_now().await;
        }
        of_before.batch_execute("COMMIT").await.unwrap();
    };
    let (refused, ()) = join!(storage.migrate(), commits);

    let refused = refused.unwrap_err().to_string();
    let shared = "\"a@example.com\" of users 1, 2. ";
    assert!(refused.contains(shared), "{refused}");
    assert_eq!(catalogue(&client).await, made);
}

#[actix_web::test]
async fn a_domain_that_was_written_by_hand_is_put_in_lower_case_and_no_later_one_is_taken() {
    let (config, client) = old_database_of(BEFORE_EMAILS).await;
    let fill = "
        INSERT INTO users (username, email, email_key, password_hash, wallet_id) VALUES
            ('one', 'One@Example.COM', 'One@Example.COM', '', gen_random_uuid()),
            ('two', '\"T@W\"@Example.COM', NULL, '', gen_random_uuid()),
            ('three', 'Three', NULL, '', gen_random_uuid())";
    client.batch_execute(fill).await.unwrap();
    storage(&config, WAIT).migrate().await.unwrap();

    let emails = "SELECT email FROM users ORDER BY id";
    let emails = client.query(emails, &[]).await.unwrap();
    let emails: Vec<&str> = emails.iter().map(|row| row.get(0)).collect();
    assert_eq!(emails, ["One@example.com", "\"T@W\"@example.com", "Three"]);
    assert_eq!(catalogue(&client).await, fresh().await);
    for (email, constraint) in [
        ("One@example.com", "users_email_key"),
        ("One@examplE.com", "users_email_domain_check"),
    ] {
        let refused = insert(&client, "four", email).await;
        assert_eq!(refused, Err(constraint.to_owned()), "{email}");
    }
    insert(&client, "four", "ONE@example.com").await.unwrap();
}

#[actix_web::test]
async fn an_engine_of_before_registers_and_changes_users_beside_the_migration() {
    let (_, client) = old_database_of(BEFORE_EMAILS).await;
    register(&client, "alice", "a@example.com", true)
        .await
        .unwrap();
    client.batch_execute(BUILD).await.unwrap();
    for is_as_given in [true, false] {
        let refused = register(&client, "alice2", "a@example.com", is_as_given).await;
        // It knows by this beginning that the address is taken.
        let refused = refused.unwrap_err();
        assert!(refused.starts_with("users_email_key"), "{refused}");
    }
    for (name, is_as_given) in [("bob", true), ("carol", false)] {
        register(&client, name, &format!("{name}@example.com"), is_as_given)
            .await
            .unwrap();
        let changed = format!("changed {name}@example.com");
        assert_eq!(client.execute(EDIT, &[&name, &changed]).await.unwrap(), 1);
    }
}

#[actix_web::test]
async fn two_engines_that_migrate_at_once_do_it_once() {
    let (config, client) = old_database_of(BEFORE_EMAILS).await;
    client.batch_execute(FILL).await.unwrap();
    let (one, other) = (storage(&config, WAIT), storage(&config, WAIT));
    let (one, other) = join!(one.migrate(), other.migrate());
    assert_eq!(one.unwrap() + other.unwrap(), files_after(8));
    assert_eq!(catalogue(&client).await, fresh().await);
}

#[actix_web::test]
async fn an_index_of_addresses_that_was_left_unfinished_is_built_again() {
    let spoil = "UPDATE pg_index SET indisvalid = false, indisready = false
                 WHERE indexrelid = 'users_email_key_bytes'::regclass";
    let of_before = "CREATE UNIQUE INDEX users_email_key_bytes ON users (email_key COLLATE \"C\")";
    for steps in [&[BUILD][..], &[BUILD, spoil], &[of_before]] {
        let (config, client) = old_database_of(BEFORE_EMAILS).await;
        client.batch_execute(FILL).await.unwrap();
        for step in steps {
            client.batch_execute(step).await.unwrap();
        }
        storage(&config, WAIT).migrate().await.unwrap();
        assert_eq!(catalogue(&client).await, fresh().await, "{steps:?}");
    }
}
