//! Who gets in, and how they leave.

use std::cell::Cell;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{join, join_all};
use futures_util::stream::FuturesUnordered;
use reqwest::Method;
use serde_json::json;
use tokio::time::timeout;
use wallet_engine::config::{Config, DatabaseLimits};

use crate::admin::{Admin, Browser, PASSWORD, SESSION, STAFF, form};
use crate::app::TestApp;
use crate::postgres;

/// Nothing here takes as long when it works; the longest wait of a request is longer.
const PATIENCE: Duration = Duration::from_secs(60);

#[actix_web::test]
async fn staff_sign_in_and_are_led_to_the_page_that_they_asked_for_and_sign_out() {
    let admin = Admin::spawn_signed_out().await;
    let asked = admin.get("/admin/users/?q=bob").await;
    assert_eq!(asked.status, 303);
    assert_eq!(
        asked.location(),
        "/admin/sign-in/?next=%2Fadmin%2Fusers%2F%3Fq%3Dbob"
    );
    let sign_in = admin.get(asked.location()).await;
    assert_eq!(sign_in.status, 200);
    let fields = [
        ("username", STAFF),
        ("password", PASSWORD),
        ("next", "/admin/users/?q=bob"),
    ];
    let signed_in = admin.post("/admin/sign-in/", &fields).await;
    assert_eq!(signed_in.location(), "/admin/users/?q=bob");

    let page = admin.get("/admin/users/?q=bob").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(STAFF));
    assert_eq!(
        admin.get("/admin/sign-in/").await.location(),
        "/admin/",
        "a session needs no sign-in"
    );
    admin.get("/admin/").await;
    let signed_out = admin.post("/admin/sign-out/", &[]).await;
    assert_eq!(signed_out.location(), "/admin/sign-in/");
    assert_eq!(admin.get("/admin/users/").await.status, 303);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_name_are_answered_alike() {
    let admin = Admin::spawn_signed_out().await;
    let wrong = admin.try_sign_in(STAFF, "wrong").await;
    let unknown = admin.try_sign_in("nobody", "wrong").await;
    assert_eq!((wrong.status, unknown.status), (422, 422));
    assert_eq!(
        wrong.body.replace(STAFF, ""),
        unknown.body.replace("nobody", "")
    );
    for (username, password) in [("", ""), (STAFF, ""), ("\u{fdfa}", "x"), (" ", "x")] {
        assert_eq!(admin.try_sign_in(username, password).await.status, 422);
    }
    assert!(!admin.cookies.borrow()[SESSION].is_empty());
    assert_eq!(admin.get("/admin/").await.status, 303);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn five_failures_block_an_account_for_every_client_whether_or_not_it_exists() {
    let admin = Admin::spawn_signed_out().await;
    for username in [STAFF, "nobody"] {
        for _ in 0..5 {
            assert_eq!(admin.try_sign_in(username, "wrong").await.status, 422);
        }
        let answer = admin.try_sign_in(username, PASSWORD).await;
        assert_eq!(answer.status, 429);
        let seconds: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=901).contains(&seconds), "{seconds}");
        assert!(answer.body.contains("UTC"), "{}", answer.body);
    }
    let elsewhere = admin.other_browser();
    assert_eq!(elsewhere.try_sign_in(STAFF, PASSWORD).await.status, 429);

    // The window ends.
    admin
        .execute("UPDATE admin_sign_in_attempts SET window_ends = now()")
        .await;
    admin.sign_in(STAFF, PASSWORD).await;
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn success_begins_an_account_s_count_anew_and_an_address_has_a_limit_of_its_own() {
    let admin = Admin::spawn_signed_out().await;
    for _ in 0..2 {
        for _ in 0..4 {
            assert_eq!(admin.try_sign_in(STAFF, "wrong").await.status, 422);
        }
        admin.sign_in(STAFF, PASSWORD).await;
        admin.post("/admin/sign-out/", &[]).await;
    }
    for n in 0..12 {
        let answer = admin.try_sign_in(&format!("user{n}"), "wrong").await;
        assert_eq!(answer.status, 422, "{n}");
    }
    let answer = admin.try_sign_in(STAFF, PASSWORD).await;
    assert_eq!(answer.status, 429, "the address had its twenty failures");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn behind_a_trusted_proxy_each_client_has_its_own_limit_and_tls_makes_the_cookie_secure() {
    let trusting =
        |config: &mut Config| config.server.trusted_proxies = "127.0.0.1".parse().unwrap();
    let admin = Admin::spawn_signed_out_with(trusting).await;
    admin.get("/admin/sign-in/").await;
    let csrf = admin.csrf.borrow().clone();
    let sign_in = async |username: &str, password: &str, client: &str| {
        let fields = [
            ("csrf", &*csrf),
            ("username", username),
            ("password", password),
        ];
        let request = admin
            .request(Method::POST, "/admin/sign-in/")
            .header("origin", admin.app.url("").replace("http:", "https:"))
            .header("x-forwarded-for", client)
            .header("x-forwarded-proto", "https");
        admin.send(form(request, &fields)).await
    };
    for n in 0..20 {
        let user = format!("user{n}");
        assert_eq!(
            sign_in(&user, "wrong", "192.0.2.1").await.status,
            422,
            "{n}"
        );
    }
    // What a client claims itself stands before what the proxy saw.
    for client in ["192.0.2.1", "192.0.2.2, 192.0.2.1"] {
        assert_eq!(
            sign_in(STAFF, PASSWORD, client).await.status,
            429,
            "{client}"
        );
    }
    let answer = sign_in(STAFF, PASSWORD, "192.0.2.2").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("; Secure"), "{cookie}");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn many_attempts_at_once_are_no_more_than_one_after_the_other() {
    let admin = Admin::spawn_signed_out().await;
    admin.get("/admin/sign-in/").await;
    let fields = [("username", STAFF), ("password", "wrong")];
    let attempts = (0..15).map(|_| admin.post("/admin/sign-in/", &fields));
    let answers = join_all(attempts).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 422);
    assert_eq!(looked_at.count(), 5);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_user_who_is_not_active_staff_gets_a_403_once_the_password_is_right() {
    let admin = Admin::spawn_signed_out().await;
    admin.app.wallet("customer").await;
    let answer = admin.try_sign_in("customer", PASSWORD).await;
    assert_eq!(answer.status, 403);
    assert_eq!(admin.get("/admin/").await.status, 303);
    assert_eq!(admin.try_sign_in("customer", "wrong").await.status, 422);
    admin
        .execute("UPDATE users SET is_staff = true, is_active = false WHERE username = 'customer'")
        .await;
    assert_eq!(admin.try_sign_in("customer", PASSWORD).await.status, 403);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_session_ends_with_the_right_to_it() {
    let admin = Admin::spawn().await;
    let set = |what| format!("UPDATE users SET {what} WHERE username = '{STAFF}'");
    for (lost, back) in [
        ("is_staff = false", "is_staff = true"),
        ("is_active = false", "is_active = true"),
    ] {
        admin.execute(&set(lost)).await;
        let answer = admin.get("/admin/users/").await;
        assert_eq!(answer.status, 403, "{lost}");
        admin.execute(&set(back)).await;
        assert_eq!(admin.get("/admin/users/").await.status, 200);
    }
    let other = "password_hash = (SELECT password_hash FROM users WHERE username = 'other')";
    admin.app.wallet("other").await;
    admin.execute(&set(other)).await;
    assert_eq!(admin.get("/admin/users/").await.status, 303);

    admin.sign_in(STAFF, PASSWORD).await;
    admin
        .execute("UPDATE admin_sessions SET expires_at = now()")
        .await;
    assert_eq!(admin.get("/admin/users/").await.status, 303);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_session_lasts_twelve_hours_and_its_cookie_is_for_this_site_s_pages_alone() {
    let admin = Admin::spawn_signed_out().await;
    let answer = admin.try_sign_in(STAFF, PASSWORD).await;
    let cookie = answer.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/admin/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let database = crate::postgres::connect(&admin.app.database).await;
    let lasts = "SELECT extract(epoch FROM expires_at - created_at)::float8 FROM admin_sessions";
    let lasts: f64 = database.query_one(lasts, &[]).await.unwrap().get(0);
    assert!((lasts - 12.0 * 3600.0).abs() < 0.001, "{lasts}");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn without_its_database_the_panel_says_so_and_is_back_with_it() {
    let admin = Admin::spawn().await;
    let name = admin.app.database.get_dbname().unwrap().to_owned();
    let mut server = admin.app.database.clone();
    server.dbname("postgres");
    let server = crate::postgres::connect(&server).await;
    let away = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
    server.batch_execute(&away).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
    server.query(end, &[&name]).await.unwrap();

    for path in ["/admin/", "/admin/users/"] {
        let answer = admin.get(path).await;
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("retry-after"), "1");
        assert!(answer.body.contains("<html"), "{}", answer.body);
    }
    let stranger = admin.other_browser();
    let answer = stranger.try_sign_in(STAFF, PASSWORD).await;
    assert_eq!(answer.status, 503);

    let back = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
    server.batch_execute(&back).await.unwrap();
    assert_eq!(
        admin.get("/admin/users/").await.status,
        200,
        "signed in all the while"
    );
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn engines_on_one_database_share_their_sessions_and_their_ends() {
    let admin = Admin::spawn().await;
    let second = TestApp::spawn_on(admin.app.database.clone(), |_| {}).await;
    let browser = Browser::new(&second);
    *browser.cookies.borrow_mut() = admin.cookies.borrow().clone();
    assert_eq!(browser.get("/admin/").await.status, 200);
    browser.post("/admin/sign-out/", &[]).await;
    assert_eq!(admin.get("/admin/").await.status, 303);

    for n in 0..6 {
        let on = [&admin.browser, &browser][n % 2];
        let expected = if n < 5 { 422 } else { 429 };
        assert_eq!(on.try_sign_in(STAFF, "wrong").await.status, expected);
    }
    second.stop().await.unwrap();
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_attempt_without_a_comparison_is_no_failure() {
    let admin = Admin::spawn_signed_out().await;
    let full = |config: &mut Config| {
        config.engine.hashers = 0;
        config.engine.hash_queue_max = 0;
    };
    let busy = TestApp::spawn_on(admin.app.database.clone(), full).await;
    let browser = Browser::new(&busy);
    for _ in 0..6 {
        assert_eq!(browser.try_sign_in(STAFF, PASSWORD).await.status, 503);
    }
    admin.sign_in(STAFF, PASSWORD).await;
    busy.stop().await.unwrap();
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_password_is_the_same_in_every_charset_and_none_that_only_looks_like_it() {
    let admin = Admin::spawn_signed_out().await;
    let password = "Пароль-Ёж";
    let bytes = encoding_rs::WINDOWS_1251.encode(password).0;
    let escaped = percent_encoding::percent_encode(&bytes, percent_encoding::NON_ALPHANUMERIC);
    let form = format!("username=boris&email=boris%40example.com&password={escaped}");
    let registered = admin.request(Method::POST, "/api/register/").header(
        "Content-Type",
        "application/x-www-form-urlencoded; charset=windows-1251",
    );
    let registered = registered.body(form).send().await.unwrap();
    assert_eq!(registered.status(), 201);
    admin
        .execute(
            "UPDATE users SET is_staff = true, role = 'administrator' WHERE username = 'boris'",
        )
        .await;
    for other in [
        "Пароль-Ёл",
        "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}-\u{fffd}\u{fffd}",
    ] {
        assert_eq!(admin.try_sign_in("boris", other).await.status, 422);
    }
    assert_eq!(admin.try_sign_in("boris", password).await.status, 303);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn registrations_that_fill_the_hashers_do_not_block_sign_in() {
    const WAIT: usize = 60;
    let admin = Admin::spawn_signed_out_with(|config| {
        config.engine.hashers = 1;
        config.engine.hash_queue_max = WAIT;
        config.engine.wait = 2 * PATIENCE;
    })
    .await;
    admin.get("/admin/sign-in/").await;
    let (registered, refused) = (Cell::new(0), Cell::new(0));
    let registrations = join_all((0..WAIT + 20).map(|number| {
        let (registered, refused, app) = (&registered, &refused, &admin.app);
        async move {
            let name = format!("user{number}");
            let email = format!("{name}@example.com");
            let body = json!({"username": name, "email": email, "password": "secret"});
            match app.post("/api/register/", &body).await.0 {
                201 => registered.set(registered.get() + 1),
                status => {
                    assert_eq!(status, 503);
                    refused.set(refused.get() + 1);
                }
            }
        }
    }));
    let sign_in = async {
        // There is no room any more, and the hasher is at work.
        while registered.get() == 0 || refused.get() == 0 {
            tokio::task::yield_now().await;
        }
        let before = registered.get();
        let fields = [("username", STAFF), ("password", PASSWORD)];
        assert_eq!(admin.post("/admin/sign-in/", &fields).await.status, 303);
        registered.get() - before
    };
    let (_, passed_by) = timeout(2 * PATIENCE, join(registrations, sign_in))
        .await
        .unwrap();
    // While its queries were made, and one or two more when it had its place; in a queue with them it is all that wait.
    assert!(passed_by < WAIT / 2, "{passed_by} went before it");
    assert!(registered.get() > WAIT, "{}", registered.get());
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn attempts_without_room_for_their_password_cost_no_query() {
    let admin = Admin::spawn_signed_out_with(|config| {
        config.engine.hashers = 1;
        config.engine.hash_queue_max = 1;
        config.engine.wait = 2 * PATIENCE;
        config.database.limits = DatabaseLimits::of(8 * PATIENCE);
    })
    .await;
    admin.get("/admin/sign-in/").await;
    let locker = postgres::connect(&admin.app.database).await;
    let lock = "BEGIN; LOCK TABLE admin_sign_in_attempts, users IN ACCESS EXCLUSIVE MODE";
    locker.batch_execute(lock).await.unwrap();

    let fields = [("username", STAFF), ("password", PASSWORD)];
    let attempts = (0..6).map(|_| admin.post("/admin/sign-in/", &fields));
    let mut attempts: FuturesUnordered<_> = attempts.collect();
    for _ in 0..4 {
        let answer = timeout(PATIENCE, attempts.next()).await.unwrap().unwrap();
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("retry-after"), "1");
    }

    locker.batch_execute("ROLLBACK").await.unwrap();
    while let Some(answer) = timeout(PATIENCE, attempts.next()).await.unwrap() {
        assert_eq!(answer.status, 303);
    }
    drop(attempts);
    admin.app.stop().await.unwrap();
}
