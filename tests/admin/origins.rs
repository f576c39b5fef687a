//! Under which names staff can sign in: with ports and dots, behind proxies, and from no other site.

use reqwest::Method;
use reqwest::header::{HOST, ORIGIN, REFERER};

use crate::admin::{Admin, Answer, PASSWORD, STAFF, form};

/// Opens the page of sign-in under these names and sends its form.
async fn sign_in(admin: &Admin, headers: &[(&str, &str)]) -> Answer {
    let browser = admin.other_browser();
    let named = |method| {
        let request = browser.request(method, "/admin/sign-in/");
        let headers = headers.iter();
        headers.fold(request, |request, (name, value)| {
            request.header(*name, *value)
        })
    };
    let page = browser.send(named(Method::GET)).await;
    assert_eq!(page.status, 200, "{headers:?}: {}", page.body);
    let csrf = browser.csrf.borrow().clone();
    let fields = [
        ("csrf", csrf.as_str()),
        ("username", STAFF),
        ("password", PASSWORD),
    ];
    browser.send(form(named(Method::POST), &fields)).await
}

#[actix_web::test]
async fn staff_sign_in_under_every_way_to_write_the_host_s_name() {
    let admin = Admin::spawn_signed_out().await;
    for (host, origin) in [
        ("bank.example:443", "https://bank.example"),
        ("bank.example", "https://bank.example:443"),
        ("bank.example:80", "http://bank.example"),
        ("bank.example.", "https://bank.example"),
        ("bank.example.:8000", "http://BANK.example:8000"),
        ("Bank.Example", "https://bank.example."),
        ("[::1]:8000", "http://[0:0::1]:8000"),
        // A proxy with TLS that is not known to the engine.
        ("bank.example", "https://bank.example"),
    ] {
        for header in [ORIGIN, REFERER] {
            let named = [(HOST.as_str(), host), (header.as_str(), origin)];
            let answer = sign_in(&admin, &named).await;
            assert_eq!(answer.status, 303, "{named:?}: {}", answer.body);
        }
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn staff_sign_in_by_the_name_that_a_trusted_proxy_was_asked_by() {
    let trusting = |config: &mut wallet_engine::config::Config| {
        config.server.trusted_proxies = "127.0.0.1".parse().unwrap();
        config.server.allowed_hosts = "bank.example,127.0.0.1".parse().unwrap();
    };
    let admin = Admin::spawn_signed_out_with(trusting).await;
    let through = async |origin: &str, proto: &str, host: &str| {
        let headers = [
            ("host", "engine:8000"),
            ("x-forwarded-for", "192.0.2.1"),
            ("x-forwarded-host", host),
            ("x-forwarded-proto", proto),
            ("origin", origin),
        ];
        sign_in(&admin, &headers).await
    };
    let bank = "https://bank.example";
    for host in ["bank.example", "bank.example:443", "bank.example."] {
        assert_eq!(through(bank, "https", host).await.status, 303, "{host}");
    }
    // What a client claims itself stands before what the proxy saw.
    assert_eq!(
        through(bank, "https", "evil, bank.example").await.status,
        303
    );
    let foreign = through("http://bank.example", "https", "bank.example").await;
    assert_eq!(foreign.status, 403, "a page that anyone could have written");
    let foreign = through("https://engine:8000", "https", "bank.example").await;
    assert_eq!(foreign.status, 403);
    for name in ["https://engine:8000", "https://bank.example"] {
        assert!(foreign.body.contains(name), "{name}: {}", foreign.body);
    }
    let other = admin.request(Method::GET, "/admin/sign-in/");
    let other = other.header("x-forwarded-host", "bank.example, evil");
    assert_eq!(admin.send(other).await.status, 400, "the proxy's own word");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_client_s_own_word_for_the_host_counts_nothing() {
    let admin = Admin::spawn_signed_out().await;
    let headers = [
        ("host", "bank.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example"),
        ("origin", "https://evil.example"),
    ];
    let foreign = sign_in(&admin, &headers).await;
    assert_eq!(foreign.status, 403);
    for name in ["https://evil.example", "bank.example"] {
        assert!(foreign.body.contains(name), "{name}: {}", foreign.body);
    }
    admin.app.stop().await.unwrap();
}
