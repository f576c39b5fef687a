//! How large a body may be, by its path: nginx passes on what the engine takes, and refuses what the engine refuses, as
//! the engine does. And the form of nginx's own errors.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::raw_http::{Request, Response};

use super::{AsInTheStack, Engines, Nginx};
use crate::app::TestApp;
use crate::faults::Fate::ResponseLost;

const BODY_MAX: usize = 64 * 1024;
const BATCH_MAX: usize = 1024 * 1024;
const PROBLEM: &str = "application/problem+json";

/// A request of so many bytes, in one piece and in chunks.
fn sized(path: &str, body: &Value, bytes: usize) -> [Request; 2] {
    // White space after it is no part of what is said.
    let mut body = body.to_string().into_bytes();
    body.resize(bytes, b' ');
    let chunks = body.chunks(50_000).map(|chunk| {
        let size = format!("{:x}\r\n", chunk.len());
        [size.as_bytes(), chunk, b"\r\n"].concat()
    });
    let chunked = [chunks.collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat();
    let request = Request::new("POST", path).header("Content-Type", "application/json");
    let in_chunks = request.clone().header("Transfer-Encoding", "chunked");
    [request.body(body), in_chunks.body(chunked)]
}

/// What a client goes by.
fn told(response: &Response) -> (u16, Option<String>, String) {
    let content_type = response.header("content-type");
    (response.status, content_type, response.text())
}

#[actix_web::test]
async fn a_body_may_be_as_large_as_the_engine_takes_and_one_byte_more_is_refused_alike() {
    let app = TestApp::spawn().await;
    let nginx = Nginx::start(AsInTheStack, &[app.address]).await;
    let wallet = app.wallet("alice").await;
    let id = wallet.split('/').nth(3).unwrap();
    let deposit = json!({"operationType": "DEPOSIT", "amount": "1.00"});
    let transfer = json!({"to": id, "amount": "1.00"});
    let batch =
        json!({"operations": [{"wallet": id, "kind": "DEPOSIT", "amount": "1.00", "key": "rent"}]});
    for (path, body, max, taken) in [
        (format!("{wallet}operation/"), deposit, BODY_MAX, 200),
        (format!("{wallet}transfers/"), transfer, BODY_MAX, 409),
        ("/api/batch/".to_owned(), batch, BATCH_MAX, 200),
    ] {
        for (bytes, status) in [(max - 1, taken), (max, taken), (max + 1, 413)] {
            for request in sized(&path, &body, bytes) {
                let through_nginx = request.send(nginx.address).await.unwrap();
                assert_eq!(through_nginx.status, status, "{path}: {bytes} bytes");
                if status != 200 {
                    let direct = request.send(app.address).await.unwrap();
                    assert_eq!(told(&through_nginx), told(&direct), "{path}");
                }
            }
        }
    }
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn nginx_has_problems_where_the_engine_is_described_with_problems() {
    let engines = Engines::start().await;
    let behind = engines.behind(AsInTheStack).await;
    let (_, schema) = engines.apps[0].get("/api/schema/").await;
    let mut with_problems = 0;
    let methods = [Method::GET, Method::POST, Method::PATCH, Method::DELETE];
    let items = schema["paths"].as_object().unwrap().iter();
    for ((path, item), method) in items.flat_map(|item| methods.each_ref().map(|it| (item, it))) {
        let Some(operation) = item.get(method.as_str().to_lowercase()) else {
            continue;
        };
        // Health checks of the engines are not exposed.
        if !path.starts_with("/api/") {
            continue;
        }
        // What may be sent to the next engine is lost there as well.
        behind.faults.plan(&[ResponseLost, ResponseLost]);
        let path = path.replace("/api/wallets/{wallet}/", &engines.wallet);
        let path = path
            .replace("{webhook}", "5f0c0b6e-7a55-4a0b-8e0e-4a1b2c3d4e5f")
            .replace("{id}", "1");
        let request = behind.request(method.clone(), &path).json(&json!({}));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 502, "{method} {path}");
        let is_problem = response.headers()["content-type"] == PROBLEM;
        let described = operation["responses"].to_string().contains(PROBLEM);
        assert_eq!(is_problem, described, "{method} {path}");
        let told: Value = response.json().await.unwrap();
        assert_eq!(told["code"] == "unavailable", described, "{path}: {told}");
        with_problems += usize::from(described);
    }
    assert!(with_problems >= 23, "{with_problems}");
    engines.stop().await;
}
