//! A database that is away is not hammered.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::net::TcpListener;
use uuid::Uuid;
use wallet_engine::config::DatabaseLimits;
use wallet_engine::domain::WalletId;
use wallet_engine::engine::Journal;
use wallet_engine::storage::Database;

/// How long the database is asked all the time.
const ASKED: Duration = Duration::from_secs(2);
/// Pauses of 20, 40, 80, 160, 320, 640 and 1 000 milliseconds, of which half may be left out, and one attempt of
/// each connection of the pool between them.
const ATTEMPTS_MAX: usize = 8 * 9;

#[actix_web::test]
async fn attempts_to_connect_grow_rare_while_the_database_is_away() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&attempts);
    let listening = actix_web::rt::spawn(async move {
        loop {
            drop(listener.accept().await.unwrap());
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let mut address = tokio_postgres::Config::new();
    address.host("127.0.0.1").port(port).user("wallet");
    let limits = DatabaseLimits::of(Duration::from_secs(10));
    let database = Database::new(&address, 8, 1, &limits).unwrap();

    let begun = Instant::now();
    let wallet = [WalletId(Uuid::nil())];
    let asked = join_all((0..16).map(|_| async {
        while begun.elapsed() < ASKED {
            assert!(database.load(None, &wallet).await.is_err());
        }
    }));
    asked.await;
    listening.abort();

    let attempts = attempts.load(Ordering::Relaxed);
    assert!((2..=ATTEMPTS_MAX).contains(&attempts), "{attempts}");
}
