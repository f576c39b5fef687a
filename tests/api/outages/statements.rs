//! Statements that the server gives up.

use std::time::Duration;

use super::Bank;

#[actix_web::test]
async fn statements_that_take_too_long_are_errors_until_they_no_longer_do() {
    let bank = Bank::open_with(tempfile::tempdir().unwrap(), |config| {
        config.database.limits.statement = Duration::from_millis(100);
    })
    .await;
    let administrator = bank.administrator().await;
    bank.through(async {
        bank.until_acknowledged(20).await;
        administrator
            .batch_execute(
                "CREATE FUNCTION too_slow() RETURNS trigger LANGUAGE plpgsql AS
                     'BEGIN PERFORM pg_sleep(1); RETURN NEW; END';
                 CREATE TRIGGER too_slow BEFORE INSERT ON operations
                     FOR EACH ROW EXECUTE FUNCTION too_slow()",
            )
            .await
            .unwrap();
        bank.until_refused(6).await;
        administrator
            .batch_execute("DROP TRIGGER too_slow ON operations")
            .await
            .unwrap();
    })
    .await;
    bank.close().await;
}
