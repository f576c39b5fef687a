//! A disk that is full, for which it takes a small file system of the test's own.

use testkit::disk::SmallDisk;

use super::Bank;
use crate::postgres;

/// What PostgreSQL needs to live, and a little more.
const SIZE_MB: u32 = 160;

#[actix_web::test]
async fn a_full_disk_costs_errors_until_there_is_room_again() {
    let data = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(data.path(), SIZE_MB) else {
        return;
    };
    let mut bank = Bank::open_with(data, |_| {}).await;
    let data = bank.data.path().to_owned();
    let mut running = bank.postgres.take();
    bank.through(async {
        bank.until_acknowledged(20).await;
        let filled = disk.fill();
        // What the log and the tables have left lasts for a while.
        let administrator = bank.administrator().await;
        let _ = administrator
            .batch_execute(
                "CREATE TABLE ballast AS SELECT repeat(n::text, 100) FROM generate_series(1, 1000000) n",
            )
            .await;
        bank.until_refused(6).await;
        std::fs::remove_file(filled).unwrap();
        // A server that could not write its log ends all sessions and starts again, or ends altogether.
        let ended = tokio::select! {
            ended = running.as_mut().unwrap().ended() => Some(ended.unwrap()),
            () = bank.until_ready_is(200) => None,
        };
        if ended.is_some() {
            drop(running.take());
            running = Some(postgres::private(&data).await);
        }
    })
    .await;
    bank.postgres = running;
    bank.close().await;
}
