//! A server that has no connection left to give.

use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

use super::Bank;

#[actix_web::test]
async fn a_server_with_no_connection_left_costs_errors_until_it_has_one() {
    let bank = Bank::open().await;
    let administrator = bank.administrator().await;
    bank.through(async {
        bank.until_acknowledged(20).await;
        // Whatever the engine gives up, somebody else takes: so until its clients have seen it, and it has not even one.
        let mut taken = Vec::new();
        let without = async {
            bank.until_refused(6).await;
            bank.until_ready_is(503).await;
        };
        tokio::pin!(without);
        loop {
            match bank.app.database.connect(NoTls).await {
                Ok((client, connection)) => {
                    actix_web::rt::spawn(connection);
                    taken.push(client);
                    continue;
                }
                Err(error) => assert_eq!(error.code(), Some(&SqlState::TOO_MANY_CONNECTIONS)),
            }
            administrator
                .execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE application_name LIKE 'wallet-engine%'",
                    &[],
                )
                .await
                .unwrap();
            tokio::select! {
                () = &mut without => break,
                () = tokio::time::sleep(std::time::Duration::from_millis(5)) => {}
            }
        }
        drop(taken);
    })
    .await;
    bank.close().await;
}
