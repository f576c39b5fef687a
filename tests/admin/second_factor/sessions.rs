//! Sessions, listed and ended by their user, and what administrators do for others.

use super::authenticator::{App, first_step, later, second_step};
use crate::admin::{Admin, Browser, PASSWORD, STAFF};
use crate::app::TestApp;
use crate::postgres;

/// The numbers of the sessions that a page has a button for.
fn listed(body: &str) -> Vec<&str> {
    let buttons = body.split("action=\"/admin/account/sessions/").skip(1);
    let numbers = buttons.map(|rest| rest.split('/').next().unwrap());
    numbers.filter(|number| *number != "others").collect()
}

/// What the journal has of an action.
async fn journaled(admin: &Admin, action: &str) -> i64 {
    let database = postgres::connect(&admin.app.database).await;
    let count = "SELECT count(*) FROM staff_journal WHERE action = $1";
    database.query_one(count, &[&action]).await.unwrap().get(0)
}

#[actix_web::test]
async fn a_user_sees_their_sessions_and_ends_one_at_once_on_every_engine() {
    let admin = Admin::spawn().await;
    let second = TestApp::spawn_on(admin.app.database.clone(), |_| {}).await;
    let elsewhere = Browser::new(&second);
    elsewhere.sign_in(STAFF, PASSWORD).await;
    let page = admin.get("/admin/account/").await;
    let numbers = listed(&page.body);
    assert_eq!(numbers.len(), 1, "{}", page.body);
    assert!(page.body.contains("127.0.0.1"), "{}", page.body);
    assert_eq!(page.body.matches("badge--good").count(), 1, "this one");

    let path = format!("/admin/account/sessions/{}/", numbers[0]);
    let ended = admin.post(&path, &[]).await;
    assert_eq!(ended.location(), "/admin/account/");
    assert_eq!(elsewhere.get("/admin/").await.status, 303);
    assert_eq!(admin.get("/admin/").await.status, 200);
    assert_eq!(admin.post(&path, &[]).await.status, 404, "it is over");
    assert_eq!(journaled(&admin, "session_ended").await, 1);

    let others = [admin.other_browser(), Browser::new(&second)];
    for browser in &others {
        browser.sign_in(STAFF, PASSWORD).await;
    }
    admin.get("/admin/account/").await;
    admin.post("/admin/account/sessions/others/", &[]).await;
    for browser in &others {
        assert_eq!(browser.get("/admin/").await.status, 303);
    }
    assert_eq!(admin.get("/admin/").await.status, 200);
    second.stop().await.unwrap();
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn nobody_ends_another_s_session_by_its_number_or_their_own_by_mistake() {
    let admin = Admin::spawn().await;
    let viewer = admin.staff("viewer", "viewer").await;
    let database = postgres::connect(&admin.app.database).await;
    let sessions = database
        .query("SELECT id FROM admin_sessions ORDER BY id", &[])
        .await
        .unwrap();
    for row in sessions {
        let path = format!("/admin/account/sessions/{}/", row.get::<_, i64>(0));
        assert_eq!(viewer.post(&path, &[]).await.status, 404, "{path}");
    }
    for path in ["-1", "0", "x", "9223372036854775807", "9223372036854775808"] {
        let path = format!("/admin/account/sessions/{path}/");
        assert_eq!(viewer.post(&path, &[]).await.status, 404, "{path}");
    }
    assert_eq!(admin.get("/admin/").await.status, 200);
    assert_eq!(viewer.get("/admin/").await.status, 200);
    let form = viewer.request(reqwest::Method::POST, "/admin/account/sessions/others/");
    assert_eq!(viewer.send(form).await.status, 403, "without its token");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_session_is_seen_once_a_minute() {
    let admin = Admin::spawn().await;
    let database = postgres::connect(&admin.app.database).await;
    let seen = "SELECT extract(epoch FROM now() - seen_at)::float8 FROM admin_sessions";
    let ago = async |ago: &str| {
        let set = format!("UPDATE admin_sessions SET seen_at = now() - interval '{ago}'");
        admin.execute(&set).await;
        admin.get("/admin/users/").await;
        database
            .query_one(seen, &[])
            .await
            .unwrap()
            .get::<_, f64>(0)
    };
    assert!(ago("50 seconds").await > 49.0, "it is recorded already");
    assert!(ago("2 minutes").await < 60.0);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_administrator_resets_what_another_lost_and_ends_their_sessions() {
    let admin = Admin::spawn().await;
    let clerk = admin.staff("clerk", "supervisor").await;
    App::enrol(&clerk, &admin).await;
    let page = admin.get("/admin/users/2/").await;
    assert!(
        page.body.contains("/admin/users/2/second-factor/"),
        "{}",
        page.body
    );
    let reset = admin.post("/admin/users/2/second-factor/", &[]).await;
    assert_eq!(reset.location(), "/admin/users/2/");
    assert_eq!(clerk.get("/admin/").await.status, 303);
    clerk.sign_in("clerk", PASSWORD).await;
    assert_eq!(journaled(&admin, "second_factor_reset").await, 1);
    admin.get("/admin/users/2/").await;
    assert_eq!(
        admin
            .post("/admin/users/2/second-factor/", &[])
            .await
            .status,
        404
    );
    assert_eq!(
        admin
            .post("/admin/users/9/second-factor/", &[])
            .await
            .status,
        404
    );

    admin.post("/admin/users/2/sessions/", &[]).await;
    assert_eq!(clerk.get("/admin/").await.status, 303);
    assert_eq!(admin.get("/admin/").await.status, 200);

    // A supervisor may do neither, and nobody resets their own.
    clerk.sign_in("clerk", PASSWORD).await;
    for path in ["/admin/users/1/second-factor/", "/admin/users/1/sessions/"] {
        clerk.get("/admin/users/1/").await;
        assert_eq!(clerk.post(path, &[]).await.status, 403, "{path}");
    }
    App::enrol(&admin, &admin).await;
    admin.get("/admin/users/1/").await;
    admin.post("/admin/users/1/second-factor/", &[]).await;
    let page = admin.get("/admin/account/").await;
    assert!(page.body.contains("id=\"codes-left\""), "{}", page.body);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn the_journal_has_each_step_and_nothing_secret() {
    let admin = Admin::spawn().await;
    let app = App::enrol(&admin, &admin).await;
    admin.post("/admin/sign-out/", &[]).await;
    later(&admin).await;
    admin.try_sign_in(STAFF, "a wrong one").await;
    first_step(&admin).await;
    second_step(&admin, "000000").await;
    assert_eq!(journaled(&admin, "sign_in").await, 1, "not before the code");
    second_step(&admin, &app.recovery[0]).await;
    for (action, count) in [
        ("sign_in", 2),
        ("sign_in_refused", 2),
        ("sign_out", 1),
        ("second_factor_on", 1),
        ("recovery_code_used", 1),
    ] {
        assert_eq!(journaled(&admin, action).await, count, "{action}");
    }
    let database = postgres::connect(&admin.app.database).await;
    let rows = "SELECT string_agg(j::text, ' ') FROM staff_journal j";
    let rows: String = database.query_one(rows, &[]).await.unwrap().get(0);
    assert!(rows.contains("127.0.0.1"), "{rows}");
    for secret in ["a wrong one", "000000", &app.recovery[0], PASSWORD] {
        assert!(!rows.contains(secret), "{rows}");
    }
    admin.app.stop().await.unwrap();
}
