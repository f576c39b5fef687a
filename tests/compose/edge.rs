//! What nginx itself does: what it lets through, what it serves, what it refuses and how.

use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use crate::raw_http::{Request, exchange};
use crate::stack::Stack;

fn url(stack: &Stack, path: &str) -> String {
    format!("http://{}{path}", stack.address)
}

async fn get(stack: &Stack, path: &str) -> Response {
    stack.client().get(url(stack, path)).send().await.unwrap()
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// The README's requests, and that nothing else of an engine can be reached.
pub async fn nginx_serves_the_api_and_nothing_else(stack: &Stack) {
    let http = stack.client();
    let alice =
        json!({"username": "alice", "email": "alice@example.com", "password": "StrongPassword123"});
    let register = http.post(url(stack, "/api/register/")).json(&alice);
    let answer = register
        .header("X-Request-Id", "of-the-client")
        .header("X-Forwarded-For", "192.0.2.66")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(header(&answer, "x-request-id"), "of-the-client");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(header(&answer, name), value, "{name}");
    }
    let wallet = header(&answer, "location").to_owned();
    let body = r#"{"username":"alice","email":"alice@example.com","wallet_balance":"0.00"}"#;
    assert_eq!(answer.text().await.unwrap(), body);

    let deposit = json!({"operationType": "DEPOSIT", "amount": "100.00"});
    let operation = url(stack, &format!("{wallet}operation/"));
    let answer = http.post(operation).json(&deposit).send().await.unwrap();
    let body = r#"{"status":"success","balance":"100.00"}"#;
    assert_eq!(answer.text().await.unwrap(), body);
    let read = get(stack, &wallet).await.text().await.unwrap();
    assert_eq!(read, r#"{"user":1,"balance":"100.00"}"#);

    // The page to try the API has the policy of its own, and no other beside it.
    let docs = get(stack, "/api/docs/").await;
    assert_eq!(docs.status(), 200);
    let policies: Vec<_> = docs
        .headers()
        .get_all("content-security-policy")
        .iter()
        .collect();
    assert_eq!(policies.len(), 1);
    assert!(policies[0].to_str().unwrap().contains("connect-src 'self'"));

    // So have the staff's pages.
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    for path in ["/admin/", "/admin/sign-in/", "/admin/nothing/"] {
        let page = browser.get(url(stack, path)).send().await.unwrap();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            let values: Vec<_> = page.headers().get_all(name).iter().collect();
            assert_eq!(values, [value], "{path}: {name}");
        }
        let policies = page.headers().get_all("content-security-policy");
        assert_eq!(policies.iter().count(), 1, "{path}");
    }
    let closed = browser.get(url(stack, "/admin")).send().await.unwrap();
    assert_eq!(
        (closed.status(), header(&closed, "location")),
        (StatusCode::MOVED_PERMANENTLY, "/admin/")
    );
    // Relative, as the port of nginx is not the one that clients use.
    for (path, to) in [
        ("/favicon.ico", "/static/favicon.svg"),
        ("/static/admin", "/static/admin/"),
    ] {
        let moved = browser.get(url(stack, path)).send().await.unwrap();
        assert_eq!(header(&moved, "location"), to, "{path}");
    }

    let bare = browser.get(url(stack, "/")).header("Accept", "text/html");
    let bare = bare.send().await.unwrap();
    assert_eq!(
        (bare.status(), header(&bare, "location")),
        (StatusCode::FOUND, "/api/docs/")
    );
    let caching: Vec<_> = bare.headers().get_all("cache-control").iter().collect();
    assert_eq!(caching, ["no-store"]);

    // Whoever is no proxy of ours is not believed.
    let log = stack.log("nginx", 100);
    assert!(log.contains("of-the-client"), "{log}");
    assert!(!log.contains("192.0.2.66"), "{log}");

    for path in [
        "/",
        "/livez",
        "/readyz",
        "/%72eadyz",
        "/metrics",
        "//metrics",
        "/api/../readyz",
        "/api/%2e%2e/metrics",
        "/static/../readyz",
    ] {
        // As it is, where a client would tidy it up.
        let answer = Request::new("GET", path).send(stack.address).await.unwrap();
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.text(), r#"{"detail":"Not found."}"#, "{path}");
    }
    // The root is the engine's to answer.
    let root = |line: &&str| line.contains(r#""path":"/","status":404"#);
    let log = stack.log("nginx", 100);
    let line: Value = serde_json::from_str(log.lines().find(root).unwrap()).unwrap();
    assert_eq!(line["engine_status"], "404", "{line}");
}

/// The files that the image brought to the volume.
pub async fn static_files_are_cached_and_nothing_else_is_served(stack: &Stack) {
    let favicon = get(stack, "/static/favicon.svg").await;
    assert_eq!(favicon.status(), 200);
    assert_eq!(header(&favicon, "content-type"), "image/svg+xml");
    assert!(header(&favicon, "cache-control").contains("max-age="));
    let etag = header(&favicon, "etag").to_owned();
    let shipped = include_bytes!("../../src/cli/static/favicon.svg");
    assert_eq!(favicon.bytes().await.unwrap().as_ref(), shipped);

    let again = Client::new().get(url(stack, "/static/favicon.svg"));
    let again = again.header("If-None-Match", etag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(get(stack, "/robots.txt").await.status(), 200);
    let style = get(stack, "/static/admin/admin.css?v=1").await;
    assert_eq!(
        (style.status().as_u16(), header(&style, "content-type")),
        (200, "text/css")
    );
    for path in [
        "/static/",
        "/static/nothing.css",
        "/static/../../etc/passwd",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static../etc/passwd",
    ] {
        let answer = Request::new("GET", path).send(stack.address).await.unwrap();
        assert!(
            matches!(answer.status, 400 | 404),
            "{path}: {}",
            answer.status
        );
    }
    let post = Client::new().post(url(stack, "/static/favicon.svg"));
    assert_eq!(post.send().await.unwrap().status(), 405);
}

/// Requests that an engine never hears of.
pub async fn what_nginx_refuses_is_refused_in_json(stack: &Stack) {
    let body = vec![b'x'; 2 << 20];
    let large = Request::new("POST", "/api/register/").body(body);
    let large = large.send(stack.address).await.unwrap();
    let head = Request::new("GET", "/api/register/").header("X-Long", vec![b'x'; 64 << 10]);
    let head = head.send(stack.address).await.unwrap();
    let target = Request::new("GET", format!("/api/{}/", "x".repeat(64 << 10)));
    let target = target.send(stack.address).await.unwrap();
    let trace = Request::new("TRACE", "/api/register/");
    let trace = trace.send(stack.address).await.unwrap();
    let garbage = exchange(stack.address, b"GET /api/register/ HTTP/1.1\r\n\r\n", false);
    let garbage = garbage.await.unwrap();
    for (answer, status, detail) in [
        (large, 413, "Request body is larger than 65536 bytes."),
        (head, 431, "Request head is too large."),
        (target, 431, "Request head is too large."),
        (trace, 405, "Method \"TRACE\" not allowed."),
        (garbage, 400, "Bad request."),
    ] {
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(
            (answer.status, body),
            (status, json!({ "detail": detail })),
            "{answer:?}"
        );
        let content_type = answer.header("content-type").unwrap();
        assert!(content_type.starts_with("application/json"));
    }
}

/// With one request a second and three in advance, which no loop of requests stays below.
pub async fn a_client_that_asks_too_often_is_told_so(stack: &Stack) {
    stack
        .set_nginx(&[("WALLET_RATE", "1"), ("WALLET_BURST", "3")])
        .await;
    let http = stack.client();
    let mut answers = Vec::new();
    for _ in 0..20 {
        let asked = http.get(url(stack, "/api/register/")).send();
        answers.push(asked.await.unwrap());
    }
    assert_eq!(answers[0].status(), 405);
    let last = answers.pop().unwrap();
    assert_eq!(last.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(header(&last, "retry-after"), "1");
    let body: Value = last.json().await.unwrap();
    let detail = "Слишком много запросов, повторите запрос позже.";
    assert_eq!(body, json!({ "detail": detail }));
}
