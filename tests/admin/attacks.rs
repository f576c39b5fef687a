//! Attacks from outside, and by a user who is signed in.

use reqwest::Method;
use reqwest::header::{ORIGIN, REFERER};

use crate::admin::{Admin, PASSWORD, SESSION, STAFF, csrf_in, form};

#[actix_web::test]
async fn a_form_without_this_session_s_token_or_from_elsewhere_changes_nothing() {
    let admin = Admin::spawn().await;
    let own = admin.csrf.borrow().clone();
    let origin = admin.app.url("");
    let stranger = admin.other_browser();
    stranger.get("/admin/sign-in/").await;
    let foreign = stranger.csrf.borrow().clone();

    let sign_out = || admin.request(Method::POST, "/admin/sign-out/");
    let tokens = [
        vec![],
        vec![("csrf", "")],
        vec![("csrf", &own[1..])],
        vec![("csrf", foreign.as_str())],
    ];
    for fields in tokens {
        let request = sign_out().header(ORIGIN, &origin);
        let answer = admin.send(form(request, &fields)).await;
        assert_eq!(answer.status, 403, "{fields:?}");
    }
    let fields = [("csrf", own.as_str())];
    let elsewhere = [
        (ORIGIN, "https://evil.example".to_owned()),
        (ORIGIN, "null".to_owned()),
        (ORIGIN, format!("{origin}.evil.example")),
        (REFERER, "https://evil.example/admin/".to_owned()),
    ];
    for (header, value) in elsewhere {
        let request = sign_out().header(&header, &value);
        let answer = admin.send(form(request, &fields)).await;
        assert_eq!(answer.status, 403, "{header}: {value}");
    }
    let answer = admin.send(form(sign_out(), &fields)).await;
    assert_eq!(answer.status, 403, "neither Origin nor Referer");

    assert_eq!(admin.get("/admin/").await.status, 200, "still signed in");
    let referer = sign_out().header(REFERER, format!("{origin}/admin/"));
    assert_eq!(admin.send(form(referer, &fields)).await.status, 303);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn sign_in_itself_needs_the_token_of_its_own_page() {
    let admin = Admin::spawn_signed_out().await;
    let fields = [("username", STAFF), ("password", PASSWORD)];
    assert_eq!(admin.post("/admin/sign-in/", &fields).await.status, 403);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_form_of_bytes_that_are_no_letters_changes_nothing() {
    let admin = Admin::spawn().await;
    admin.app.wallet("customer").await;
    let csrf = admin.csrf.borrow().clone();
    let request = admin.request(Method::POST, "/admin/users/2/password/");
    let request = request
        .header(ORIGIN, admin.app.url(""))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!(
            "csrf={csrf}&password=%CF%E0%F0%EE%EB%FC&repeated=%CF%E0%F0%EE%EB%FC"
        ));
    assert_eq!(admin.send(request).await.status, 400);
    let password = "\u{fffd}".repeat(6);
    admin
        .execute("UPDATE users SET is_staff = true, role = 'administrator'")
        .await;
    let browser = admin.other_browser();
    assert_eq!(browser.try_sign_in("customer", &password).await.status, 422);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_cookie_from_before_sign_in_is_no_session_after_it() {
    let admin = Admin::spawn_signed_out().await;
    admin.get("/admin/sign-in/").await;
    let planted = admin.cookies.borrow()[SESSION].clone();
    admin.sign_in(STAFF, PASSWORD).await;
    assert_ne!(admin.cookies.borrow()[SESSION], planted);

    let thief = admin.other_browser();
    thief
        .cookies
        .borrow_mut()
        .insert(SESSION.to_owned(), planted);
    assert_eq!(thief.get("/admin/").await.status, 303);

    let first = admin.cookies.borrow()[SESSION].clone();
    let again = admin.other_browser();
    again.cookies.borrow_mut().insert(SESSION.to_owned(), first);
    again.get("/admin/").await;
    let fields = [("username", STAFF), ("password", PASSWORD)];
    assert_eq!(again.post("/admin/sign-in/", &fields).await.status, 303);
    assert_eq!(
        admin.get("/admin/").await.status,
        303,
        "the session that signed in anew is over"
    );
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_stolen_cookie_is_worth_nothing_after_sign_out() {
    let admin = Admin::spawn().await;
    let thief = admin.other_browser();
    *thief.cookies.borrow_mut() = admin.cookies.borrow().clone();
    assert_eq!(thief.get("/admin/").await.status, 200);
    admin.post("/admin/sign-out/", &[]).await;
    assert_eq!(thief.get("/admin/").await.status, 303);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn the_database_s_copy_of_a_token_is_no_cookie() {
    let admin = Admin::spawn().await;
    let database = crate::postgres::connect(&admin.app.database).await;
    let stored = "SELECT encode(token_hash, 'hex') FROM admin_sessions";
    let stored: String = database.query_one(stored, &[]).await.unwrap().get(0);
    let thief = admin.other_browser();
    for token in [stored.as_str(), "", "x", "0; DROP TABLE users"] {
        thief
            .cookies
            .borrow_mut()
            .insert(SESSION.to_owned(), token.to_owned());
        assert_eq!(thief.get("/admin/").await.status, 303, "{token}");
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn sign_in_leads_to_the_panel_alone() {
    let admin = Admin::spawn_signed_out().await;
    for evil in [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example/admin/",
        "%2F%2Fevil.example",
        "/admin/..//evil.example",
        "/admin/\\evil.example",
        "/admin//evil.example",
        "/admin/\r\nLocation: https://evil.example",
        "javascript:alert(1)",
    ] {
        let page = admin.other_browser();
        let asked: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("next", evil)
            .finish();
        let shown = page.get(&format!("/admin/sign-in/?{asked}")).await;
        assert!(!shown.body.contains("evil.example"), "{evil}");
        let fields = [("username", STAFF), ("password", PASSWORD), ("next", evil)];
        let answer = page.post("/admin/sign-in/", &fields).await;
        assert_eq!(answer.location(), "/admin/", "{evil}");
        let switch = [("choice", "en"), ("next", evil)];
        page.get("/admin/").await;
        let answer = page.post("/admin/language/", &switch).await;
        assert_eq!(answer.location(), "/admin/", "{evil}");
    }
    let answer = admin.get("/admin//evil.example/").await;
    assert_eq!(answer.status, 404);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_a_visitor_writes_is_shown_as_it_is_and_is_no_html() {
    let admin = Admin::spawn_signed_out().await;
    let html = "\"><script>alert(1)</script>";
    let answer = admin.try_sign_in(html, "wrong").await;
    assert_eq!(answer.status, 422);
    assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
    assert!(answer.body.contains("&#60;script&#62;"), "{}", answer.body);
    let page = admin
        .get("/admin/nothing/?%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
        .await;
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn one_session_s_token_is_not_another_s() {
    let admin = Admin::spawn().await;
    let other = admin.other_browser();
    other.sign_in(STAFF, PASSWORD).await;
    assert_ne!(*other.csrf.borrow(), *admin.csrf.borrow());
    other.csrf.borrow_mut().clone_from(&admin.csrf.borrow());
    assert_eq!(other.post("/admin/sign-out/", &[]).await.status, 403);
    let page = other.get("/admin/").await;
    assert_eq!(page.status, 200);
    assert!(csrf_in(&page.body).is_some());
    admin.app.stop().await.unwrap();
}
