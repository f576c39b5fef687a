//! The database is away in each step: a clear 503, and nothing half done.

use super::authenticator::{App, confirm, first_step, later, offer, second_step};
use crate::admin::{Admin, Answer, PASSWORD};
use crate::postgres;

/// Takes the database away while `attempt` is made.
async fn without_database(admin: &Admin, attempt: impl Future<Output = Answer>) {
    let name = admin.app.database.get_dbname().unwrap().to_owned();
    let mut server = admin.app.database.clone();
    server.dbname("postgres");
    let server = postgres::connect(&server).await;
    let connections = async |allowed: bool| {
        let set = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}");
        server.batch_execute(&set).await.unwrap();
    };
    connections(false).await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
    server.query(end, &[&name]).await.unwrap();
    let answer = attempt.await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.body.contains("<html"), "{}", answer.body);
    connections(true).await;
}

async fn count(admin: &Admin, query: &str) -> i64 {
    let database = postgres::connect(&admin.app.database).await;
    database.query_one(query, &[]).await.unwrap().get(0)
}

const FACTORS: &str = "SELECT count(*) FROM staff_factors";
const ENTRIES: &str = "SELECT count(*) FROM staff_journal";

#[actix_web::test]
async fn each_step_of_it_says_so_and_can_be_made_again() {
    let admin = Admin::spawn().await;
    admin.get("/admin/account/").await;
    without_database(&admin, admin.post("/admin/account/second-factor/", &[])).await;
    let mut app = App::reading(&offer(&admin).await);
    let code = app.code(&admin).await;
    let entries = count(&admin, ENTRIES).await;
    without_database(&admin, confirm(&admin, &code)).await;
    assert_eq!(count(&admin, FACTORS).await, 0);
    assert_eq!(count(&admin, ENTRIES).await, entries);
    let confirmed = confirm(&admin, &app.code(&admin).await).await;
    app.recovery = super::authenticator::codes_of(&confirmed.body);

    let other = admin.other_browser();
    first_step(&other).await;
    later(&admin).await;
    let code = app.code(&admin).await;
    without_database(&admin, second_step(&other, &code)).await;
    without_database(&admin, other.get("/admin/second-factor/")).await;
    assert_eq!(
        second_step(&other, &app.code(&admin).await).await.status,
        303
    );

    admin.get("/admin/account/").await;
    let fields = [("password", PASSWORD), ("code", app.recovery[0].as_str())];
    for path in [
        "/admin/account/second-factor/off/",
        "/admin/account/recovery-codes/",
        "/admin/account/sessions/others/",
    ] {
        without_database(&admin, admin.post(path, &fields)).await;
    }
    assert_eq!(count(&admin, FACTORS).await, 1);
    let unused = "SELECT count(*) FROM staff_recovery_codes WHERE used_at IS NULL";
    assert_eq!(count(&admin, unused).await, 10);
    assert_eq!(other.get("/admin/users/").await.status, 200);
    let off = admin
        .post("/admin/account/second-factor/off/", &fields)
        .await;
    assert_eq!(off.location(), "/admin/account/");
    admin.app.stop().await.unwrap();
}

/// The journal cannot be written: what it would be about did not happen either.
#[actix_web::test]
async fn without_its_entry_nothing_is_done() {
    let admin = Admin::spawn().await;
    let app = App::enrol(&admin, &admin).await;
    let other = admin.other_browser();
    first_step(&other).await;
    admin
        .execute("ALTER TABLE staff_journal_last RENAME TO elsewhere")
        .await;
    let code = app.recovery[0].as_str();
    let answer = second_step(&other, code).await;
    assert!(answer.status >= 500, "{}", answer.status);
    let fields = [("password", PASSWORD), ("code", code)];
    admin.get("/admin/account/").await;
    let off = admin
        .post("/admin/account/second-factor/off/", &fields)
        .await;
    assert!(off.status >= 500, "{}", off.status);
    admin
        .execute("ALTER TABLE elsewhere RENAME TO staff_journal_last")
        .await;
    assert_eq!(count(&admin, FACTORS).await, 1);
    assert_eq!(
        other.get("/admin/users/").await.status,
        303,
        "still half open"
    );
    assert_eq!(second_step(&other, code).await.status, 303);
    admin.app.stop().await.unwrap();
}
