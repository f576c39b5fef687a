//! Codes that are guessed, replayed, or sent twice at once.

use futures_util::future::{join, join_all};

use super::authenticator::{App, first_step, later, second_step, step};
use crate::admin::{Admin, Browser, PASSWORD, SESSION, STAFF};
use crate::app::TestApp;
use crate::postgres;

#[actix_web::test]
async fn a_code_is_accepted_once_and_none_of_before_after_it() {
    let admin = Admin::spawn().await;
    let app = App::enrol(&admin, &admin).await;
    let other = admin.other_browser();
    // The code that turned the factor on.
    let used = "SELECT last_step FROM staff_factors";
    let database = postgres::connect(&admin.app.database).await;
    let used: i64 = database.query_one(used, &[]).await.unwrap().get(0);
    let used = u64::try_from(used).unwrap();
    first_step(&other).await;
    assert_eq!(second_step(&other, &app.code_of(used)).await.status, 422);

    later(&admin).await;
    let now = step(&admin).await;
    let code = app.code_of(now);
    assert_eq!(second_step(&other, &code).await.location(), "/admin/users/");
    let third = admin.other_browser();
    first_step(&third).await;
    for step in [now, now - 1] {
        let replayed = second_step(&third, &app.code_of(step)).await;
        assert_eq!(replayed.status, 422);
    }
    assert_eq!(third.get("/admin/users/").await.status, 303);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_code_of_another_time_is_none() {
    let admin = Admin::spawn().await;
    let app = App::enrol(&admin, &admin).await;
    later(&admin).await;
    let other = admin.other_browser();
    first_step(&other).await;
    let now = step(&admin).await;
    for step in [now - 3, now + 3] {
        assert_eq!(second_step(&other, &app.code_of(step)).await.status, 422);
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn of_two_browsers_with_one_code_at_two_engines_one_gets_in() {
    let admin = Admin::spawn().await;
    let app = App::enrol(&admin, &admin).await;
    let second = TestApp::spawn_on(admin.app.database.clone(), |_| {}).await;
    for round in 0..5 {
        let browsers = [Browser::new(&admin.app), Browser::new(&second)];
        for browser in &browsers {
            first_step(browser).await;
        }
        later(&admin).await;
        let code = if round % 2 == 0 {
            app.code(&admin).await
        } else {
            app.recovery[round].clone()
        };
        let [a, b] = &browsers;
        let (a, b) = join(second_step(a, &code), second_step(b, &code)).await;
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422], "{round}");
    }
    second.stop().await.unwrap();
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_recovery_code_signs_in_once() {
    let admin = Admin::spawn().await;
    let app = App::enrol(&admin, &admin).await;
    let other = admin.other_browser();
    first_step(&other).await;
    let typed = app.recovery[3].to_uppercase().replace('-', " ");
    let answer = second_step(&other, &typed).await;
    assert_eq!(answer.location(), "/admin/users/");
    let page = other.get("/admin/account/").await;
    assert!(page.body.contains("id=\"codes-left\">9<"), "{}", page.body);
    let third = admin.other_browser();
    first_step(&third).await;
    assert_eq!(second_step(&third, &app.recovery[3]).await.status, 422);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn five_wrong_codes_block_the_codes_of_the_account_whatever_the_password_does() {
    let admin = Admin::spawn().await;
    let app = App::enrol(&admin, &admin).await;
    later(&admin).await;
    let other = admin.other_browser();
    for guess in 0..5 {
        // A right password, and a token for the API, begin the count of passwords anew.
        first_step(&other).await;
        let token = serde_json::json!({"username": STAFF, "password": PASSWORD});
        let _ = admin.app.post("/api/token/", &token).await;
        let code = format!("{guess:06}");
        assert_eq!(second_step(&other, &code).await.status, 422, "{guess}");
    }
    let right = app.code(&admin).await;
    let answer = second_step(&other, &right).await;
    assert_eq!(answer.status, 429);
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(second_step(&other, &app.recovery[0]).await.status, 429);
    let elsewhere = admin.other_browser();
    first_step(&elsewhere).await;
    assert_eq!(second_step(&elsewhere, &right).await.status, 429);
    assert_eq!(admin.get("/admin/users/").await.status, 200);

    admin
        .execute("UPDATE admin_sign_in_attempts SET window_ends = now()")
        .await;
    let code = app.code(&admin).await;
    assert_eq!(second_step(&other, &code).await.status, 303);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn many_guesses_at_once_are_no_more_than_one_after_the_other() {
    let admin = Admin::spawn().await;
    App::enrol(&admin, &admin).await;
    let other = admin.other_browser();
    first_step(&other).await;
    let guesses = (0..15).map(|_| second_step(&other, "000000"));
    let answers = join_all(guesses).await;
    let judged = answers.iter().filter(|answer| answer.status == 422);
    assert_eq!(judged.count(), 5);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn the_password_of_a_signed_in_user_cannot_be_guessed_either() {
    let admin = Admin::spawn().await;
    let app = App::enrol(&admin, &admin).await;
    later(&admin).await;
    admin.get("/admin/account/").await;
    let code = app.code(&admin).await;
    for guess in 0..6 {
        let fields = [("password", "wrong"), ("code", code.as_str())];
        let answer = admin.post("/admin/account/recovery-codes/", &fields);
        let expected = if guess < 5 { 422 } else { 429 };
        assert_eq!(answer.await.status, expected, "{guess}");
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn the_token_of_the_first_step_is_no_session_after_the_second() {
    let admin = Admin::spawn().await;
    let app = App::enrol(&admin, &admin).await;
    later(&admin).await;
    let other = admin.other_browser();
    first_step(&other).await;
    let thief = admin.other_browser();
    *thief.cookies.borrow_mut() = other.cookies.borrow().clone();
    let signed_in = second_step(&other, &app.code(&admin).await).await;
    let cookie = signed_in.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/admin/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_ne!(
        other.cookies.borrow()[SESSION],
        thief.cookies.borrow()[SESSION]
    );
    let answer = thief.get("/admin/users/").await;
    assert!(answer.location().starts_with("/admin/sign-in/"));
    admin.app.stop().await.unwrap();
}
