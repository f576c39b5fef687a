//! `reset-second-factor`, as an operator runs it.

use std::process::Output;

use tempfile::TempDir;
use testkit::postgres;

use super::program;

#[actix_web::test]
async fn the_factor_of_who_lost_it_is_removed_and_their_sessions_end() {
    let data = TempDir::new().unwrap();
    let server = postgres::private(data.path()).await;
    let socket = data.path().join("postgres");
    let address = format!("host={} user=wallet dbname=wallet", socket.display());
    let run = |arguments: &[&str]| {
        let Output {
            status,
            stdout,
            stderr,
        } = program()
            .env("DATABASE_URL", &address)
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
        (status.code(), said)
    };
    let (status, said) = run(&["migrate"]);
    assert_eq!(status, Some(0), "{said}");
    let client = postgres::connect(&server.connection()).await;
    client
        .batch_execute(
            "INSERT INTO users (username, email, password_hash, wallet_id, is_staff, role)
             VALUES ('olga', 'olga@example.com', '!', '00000000-0000-4000-8000-000000000001', true, 'administrator');
             INSERT INTO staff_factors (user_id, secret, last_step)
             SELECT id, '\\x000102030405060708090a0b0c0d0e0f10111213', 1 FROM users;
             INSERT INTO admin_sessions (token_hash, user_id, password, expires_at)
             SELECT '\\x01', id, '\\x02', now() + interval '1 hour' FROM users",
        )
        .await
        .unwrap();
    let (status, said) = run(&["reset-second-factor", "nobody"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("there is no user"), "{said}");
    let (status, said) = run(&["reset-second-factor"]);
    assert_eq!(status, Some(2), "{said}");
    let (status, said) = run(&["reset-second-factor", "olga"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("olga"), "{said}");
    let left = "SELECT (SELECT count(*) FROM staff_factors), (SELECT count(*) FROM admin_sessions),
                       (SELECT count(*) FROM staff_journal WHERE action = 'second_factor_reset' AND username IS NULL)";
    let left = client.query_one(left, &[]).await.unwrap();
    let left: [i64; 3] = [left.get(0), left.get(1), left.get(2)];
    assert_eq!(left, [0, 0, 1]);
    let (status, said) = run(&["reset-second-factor", "olga"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("has no second factor"), "{said}");
    drop(client);
    server.stop().await.unwrap();
}
