//! Turning a second factor on and off.

use super::authenticator::{App, codes_of, confirm, first_step, later, offer, second_step};
use crate::admin::{Admin, Browser, PASSWORD, SESSION, STAFF};

async fn is_on(browser: &Browser) -> bool {
    let page = browser.get("/admin/account/").await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.body.contains("id=\"codes-left\"")
}

#[actix_web::test]
async fn staff_turn_it_on_and_sign_in_with_the_codes_of_their_app() {
    let admin = Admin::spawn().await;
    let app = App::enrol(&admin, &admin).await;
    assert!(is_on(&admin).await);
    assert_eq!(admin.get("/admin/users/").await.status, 200, "still in");
    admin.post("/admin/sign-out/", &[]).await;

    later(&admin).await;
    let page = first_step(&admin).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(STAFF), "{}", page.body);
    assert_eq!(second_step(&admin, "000000").await.status, 422);
    let signed_in = second_step(&admin, &app.code(&admin).await).await;
    assert_eq!(signed_in.location(), "/admin/users/");
    assert_eq!(admin.get("/admin/users/").await.status, 200);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn no_secret_is_in_force_before_a_code_of_it_is_typed_where_it_was_shown() {
    let admin = Admin::spawn().await;
    let shown = App::reading(&offer(&admin).await);
    assert!(!is_on(&admin).await);
    let wrong = confirm(&admin, "000000").await;
    assert_eq!(wrong.status, 422);
    assert!(!wrong.body.contains("id=\"secret\""), "it is shown once");
    let recovery = confirm(&admin, "abcd-efgh-ijkl-mnop").await;
    assert_eq!(recovery.status, 422);

    // Another session of the same user, with the right code.
    let other = admin.other_browser();
    other.sign_in(STAFF, PASSWORD).await;
    let answer = confirm(&other, &shown.code(&admin).await).await;
    assert_eq!(answer.location(), "/admin/account/");
    assert!(!is_on(&other).await);
    // And with a secret of its own: it is in force there alone, and the first session is over.
    let own = App::reading(&offer(&other).await);
    let wrong = confirm(&other, &shown.code(&admin).await).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(confirm(&other, &own.code(&admin).await).await.status, 200);
    assert_eq!(admin.get("/admin/account/").await.status, 303);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_secret_waits_for_its_code_for_some_minutes() {
    let admin = Admin::spawn().await;
    let shown = App::reading(&offer(&admin).await);
    admin
        .execute("UPDATE admin_sessions SET pending_until = now()")
        .await;
    let answer = confirm(&admin, &shown.code(&admin).await).await;
    assert_eq!(answer.location(), "/admin/account/");
    assert!(!is_on(&admin).await);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn turning_it_on_and_off_ends_every_other_session_and_renews_the_own_one() {
    let admin = Admin::spawn().await;
    let other = admin.other_browser();
    other.sign_in(STAFF, PASSWORD).await;
    let before = admin.cookies.borrow()[SESSION].clone();
    let app = App::enrol(&admin, &admin).await;
    assert_ne!(admin.cookies.borrow()[SESSION], before);
    assert_eq!(other.get("/admin/").await.status, 303);
    let thief = admin.other_browser();
    thief
        .cookies
        .borrow_mut()
        .insert(SESSION.to_owned(), before);
    assert_eq!(thief.get("/admin/").await.status, 303);

    later(&admin).await;
    first_step(&other).await;
    second_step(&other, &app.code(&admin).await).await;
    assert_eq!(other.get("/admin/").await.status, 200);
    later(&admin).await;
    let code = app.code(&admin).await;
    let fields = [("password", PASSWORD), ("code", code.as_str())];
    admin.get("/admin/account/").await;
    let off = admin
        .post("/admin/account/second-factor/off/", &fields)
        .await;
    assert_eq!(off.location(), "/admin/account/");
    assert!(!is_on(&admin).await);
    assert_eq!(other.get("/admin/").await.status, 303);
    other.sign_in(STAFF, PASSWORD).await;
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn turning_it_off_and_making_codes_takes_the_password_and_a_code_of_now() {
    let admin = Admin::spawn().await;
    let app = App::enrol(&admin, &admin).await;
    later(&admin).await;
    let code = app.code(&admin).await;
    admin.get("/admin/account/").await;
    for address in [
        "/admin/account/second-factor/off/",
        "/admin/account/recovery-codes/",
    ] {
        for (password, code) in [(PASSWORD, "000000"), ("wrong", code.as_str())] {
            let fields = [("password", password), ("code", code)];
            let answer = admin.post(address, &fields).await;
            assert_eq!(answer.status, 422, "{address}");
            assert!(!answer.body.contains("<li class=\"mono\">"));
        }
        assert_eq!(admin.post(address, &[]).await.status, 400);
    }
    assert!(is_on(&admin).await);

    let fields = [("password", PASSWORD), ("code", code.as_str())];
    let made = admin.post("/admin/account/recovery-codes/", &fields).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let codes = codes_of(&made.body);
    assert!(codes.iter().all(|code| !app.recovery.contains(code)));
    // The same code once more.
    let again = admin.post("/admin/account/recovery-codes/", &fields).await;
    assert_eq!(again.status, 422);

    // The codes of before are none; one of the new ones makes others, and counts once.
    let with = |code| [("password", PASSWORD), ("code", code)];
    let address = "/admin/account/recovery-codes/";
    let old = admin.post(address, &with(&app.recovery[0])).await;
    assert_eq!(old.status, 422);
    admin
        .execute("UPDATE admin_sign_in_attempts SET window_ends = now()")
        .await;
    let renewed = admin.post(address, &with(&codes[0])).await;
    let renewed = codes_of(&renewed.body);
    assert_eq!(admin.post(address, &with(&codes[0])).await.status, 422);
    let page = admin.get("/admin/account/").await;
    assert!(page.body.contains("id=\"codes-left\">10<"), "{}", page.body);
    let off = "/admin/account/second-factor/off/";
    let off = admin.post(off, &with(&renewed[9])).await;
    assert_eq!(off.location(), "/admin/account/");
    assert!(!is_on(&admin).await);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_secret_is_in_no_other_page_and_recovery_codes_are_stored_as_hashes() {
    let admin = Admin::spawn().await;
    let app = App::enrol(&admin, &admin).await;
    let again = offer(&admin).await;
    assert_eq!(again.location(), "/admin/account/", "it is on already");
    for path in ["/admin/account/", "/admin/users/1/", "/admin/journal/"] {
        let page = admin.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.body.contains("id=\"secret\""), "{path}");
        let shows = |code: &String| page.body.contains(code.as_str());
        assert!(!app.recovery.iter().any(shows), "{path}");
    }
    let database = crate::postgres::connect(&admin.app.database).await;
    let stored =
        "SELECT count(*) FROM staff_recovery_codes WHERE digest = sha256(convert_to($1, 'UTF8'))";
    let bare = app.recovery[0].replace('-', "");
    let stored: i64 = database.query_one(stored, &[&bare]).await.unwrap().get(0);
    assert_eq!(stored, 1);
    admin.app.stop().await.unwrap();
}
