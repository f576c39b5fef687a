//! The API's description, and the page that shows it.

use reqwest::Method;
use reqwest::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, VARY,
};
use serde_json::Value;

use crate::app::TestApp;

const COPY: &str = include_str!("../../src/api/openapi/openapi.json");
/// What the names of the page's files end in, and what they are.
const KINDS: [(&str, &str); 2] = [(".js", "javascript"), (".css", "css")];

#[actix_rt::test]
async fn the_description_is_served_as_the_repository_has_it() {
    let app = TestApp::spawn().await;
    let (status, served) = app.get("/api/schema/").await;
    assert_eq!(status, 200);
    assert_eq!(served, serde_json::from_str::<Value>(COPY).unwrap());

    let refused = app.http.post(app.url("/api/schema/")).send().await.unwrap();
    assert_eq!(refused.status(), 405);
    assert_eq!(refused.headers()["allow"], "GET, HEAD, OPTIONS");
}

#[actix_rt::test]
async fn the_page_and_all_that_it_names_come_from_here_and_run_nothing_else() {
    let app = TestApp::spawn().await;
    let get = async |path: &str| app.http.get(app.url(path)).send().await.unwrap();

    let page = get("/api/docs").await;
    assert_eq!(page.url().path(), "/api/docs/", "redirected");
    assert_eq!(page.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
    assert!(!policy.contains("unsafe"), "{policy}");

    let page = page.text().await.unwrap();
    let named: Vec<&str> = page
        .split('"')
        .filter(|text| KINDS.iter().any(|(end, _)| text.ends_with(end)))
        .collect();
    assert_eq!(named.len(), 4, "{page}");
    for name in named {
        let file = get(&format!("/api/docs/{name}")).await;
        assert_eq!(file.status(), 200, "{name}");
        let compressed = name.starts_with("swagger-ui");
        assert_eq!(file.headers().contains_key(CONTENT_ENCODING), compressed);
        let (_, kind) = KINDS.iter().find(|(end, _)| name.ends_with(end)).unwrap();
        let content_type = file.headers()[CONTENT_TYPE].to_str().unwrap();
        assert_eq!(content_type, format!("text/{kind}; charset=utf-8"));
        assert!(!file.bytes().await.unwrap().is_empty());
    }
    assert_eq!(get("/api/docs/other.js").await.status(), 404);
}

#[actix_rt::test]
async fn a_browser_at_the_bare_address_is_sent_to_the_page_and_any_other_client_finds_nothing() {
    let app = TestApp::spawn().await;
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let ask = async |method: Method, path: &str, accept: Option<&str>| {
        let mut request = http.request(method, app.url(path));
        if let Some(accept) = accept {
            request = request.header(ACCEPT, accept);
        }
        request.send().await.unwrap()
    };
    let firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for accept in [
        "text/html",
        "TEXT/HTML;q=0.1",
        firefox,
        "a/b, text/html;charset=utf-8",
    ] {
        for method in [Method::GET, Method::HEAD] {
            let sent = ask(method, "/?a=b", Some(accept)).await;
            assert_eq!(sent.status(), 302, "{accept}");
            assert_eq!(sent.headers()[LOCATION], "/api/docs/");
            assert_eq!(sent.headers()[VARY], "accept");
            assert_eq!(sent.headers()[CACHE_CONTROL], "no-store");
        }
    }
    let nothing = ask(Method::GET, "/no-such-path/", None).await;
    let headers = |response: &reqwest::Response| {
        let mut headers = response.headers().clone();
        headers.remove("x-request-id");
        headers.remove("date");
        headers
    };
    let (usual, nothing) = (headers(&nothing), nothing.bytes().await.unwrap());
    for accept in [
        None,
        Some(""),
        Some("*/*"),
        Some("text/*"),
        Some("application/json, text/plain, */*"),
        Some("text/html;q=0"),
        Some("text/htmlx, nonsense, ,;"),
        Some("application/xhtml+xml"),
    ] {
        let answer = ask(Method::GET, "/", accept).await;
        assert_eq!(answer.status(), 404, "{accept:?}");
        assert_eq!(headers(&answer), usual, "{accept:?}");
        assert_eq!(answer.bytes().await.unwrap(), nothing, "{accept:?}");
    }
    for method in [Method::POST, Method::OPTIONS, Method::DELETE] {
        let answer = ask(method, "/", Some("text/html")).await;
        assert_eq!(answer.status(), 404);
        assert!(answer.headers().get("allow").is_none());
    }
    for path in ["//", "/%2F", "/index.html", "/api/"] {
        let answer = ask(Method::GET, path, Some("text/html")).await;
        assert_eq!(answer.status(), 404, "{path}");
    }
}
