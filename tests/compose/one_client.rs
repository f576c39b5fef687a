//! What one client can take of nginx, and who one client is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::stack::Stack;
use crate::{CALM, PATIENCE};

/// What one client may have under way, by default.
const CONCURRENCY: usize = 100;
/// The engine's limit of a body.
const BODY_MAX: usize = 64 * 1024;
/// The engine's time for a whole body, by default.
const BODY_S: u64 = 30;
const OPERATION: &str = "/api/wallets/00000000-0000-4000-8000-000000000000/operation/";
const OFTEN: &str = "Слишком много запросов, повторите запрос позже.";

/// A request whose body comes when the test sends it. A bare socket, so that a test can look whether anything came.
struct Slow(TcpStream);

impl Slow {
    async fn begin(stack: &Stack) -> Self {
        let mut stream = TcpStream::connect(stack.address).await.unwrap();
        let authorization = stack.authorization();
        let head = format!(
            "POST {OPERATION} HTTP/1.1\r\nHost: wallet\r\nAuthorization: {authorization}\r\nContent-Type: application/json\r\nContent-Length: {BODY_MAX}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        Self(stream)
    }

    /// The head and body of the answer, up to the connection's end.
    async fn answer(&mut self) -> String {
        let mut bytes = Vec::new();
        // Reset after the answer, perhaps.
        let _ = timeout(PATIENCE, self.0.read_to_end(&mut bytes))
            .await
            .unwrap();
        String::from_utf8(bytes).unwrap()
    }
}

/// 64 KiB pass, whichever way they are sent; a byte more is refused in the engine's words.
pub async fn a_body_may_be_as_large_as_the_engine_takes(stack: &Stack) {
    let pad = |bytes: usize| {
        let body = r#"{"operationType":"DEPOSIT","amount":"1.00","pad":""}"#;
        body.replace(
            r#""pad":"""#,
            &format!(r#""pad":"{}""#, "x".repeat(bytes - body.len())),
        )
    };
    let chunked = |body: &str| {
        let pieces = body.as_bytes().chunks(5_000);
        let pieces = pieces.map(|piece| {
            let size = format!("{:x}\r\n", piece.len());
            [size.as_bytes(), piece, b"\r\n"].concat()
        });
        [pieces.collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat()
    };
    for (bytes, status, detail) in [
        (BODY_MAX, 404, "Кошелек не найден."),
        (
            BODY_MAX + 1,
            413,
            "Request body is larger than 65536 bytes.",
        ),
        (
            BODY_MAX * 3,
            413,
            "Request body is larger than 65536 bytes.",
        ),
    ] {
        let body = pad(bytes);
        assert_eq!(body.len(), bytes);
        let request = stack
            .request("POST", OPERATION)
            .header("Content-Type", "application/json");
        let whole = request.clone().body(body.clone());
        let pieces = request.header("Transfer-Encoding", "chunked");
        let pieces = pieces.body(chunked(&body));
        for request in [whole, pieces] {
            let answer = request.send(stack.address).await.unwrap();
            let said: Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!((answer.status, said), (status, json!({ "detail": detail })));
        }
    }
}

/// A hundred bodies that come slowly are all that one client gets; nothing of them is in a file, another client is served
/// as ever, and each ends at the time that a whole body has.
pub async fn slow_bodies_take_a_bounded_part(stack: &Stack) {
    let half = vec![b' '; BODY_MAX / 2];
    let mut slow = Vec::new();
    let open = async || {
        let mut request = Slow::begin(stack).await;
        request.0.write_all(&half).await.unwrap();
        request
    };
    for _ in 0..CONCURRENCY {
        slow.push(open().await);
    }
    let http = stack.client();
    let begun = Instant::now();
    let refused = loop {
        let answer = http
            .get(format!("http://{}/api/register/", stack.address))
            .send();
        let answer = answer.await.unwrap();
        if answer.status() == 429 {
            break answer;
        }
        assert!(begun.elapsed() < PATIENCE, "one client's requests go on");
        // One may have been refused, as an earlier request of this client still counted.
        slow.push(open().await);
    };
    assert_eq!(refused.headers()["retry-after"], "1");
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body, json!({ "detail": OFTEN }));

    // From another address.
    let other = ["http://nginx:8080/api/register/"];
    assert_eq!(
        stack.status_with(&stack.key(), "nginx", &other),
        "nginx: 405"
    );

    let files = "find /tmp -type f ! -path '/tmp/wallet/*' ! -name nginx.pid";
    let files = stack.inside("nginx", &["sh", "-c", files]);
    assert_eq!(String::from_utf8_lossy(&files.stdout), "");

    // A byte now and then keeps none of them. The first is surely none of those refused.
    let mut first = slow.swap_remove(0);
    let trickle = async {
        loop {
            sleep(CALM / 4).await;
            if first.0.write_all(b" ").await.is_err() {
                return;
            }
            let mut answer = [0; 1];
            if let Ok(Ok(_)) = timeout(CALM / 100, first.0.peek(&mut answer)).await {
                return;
            }
        }
    };
    timeout(PATIENCE, trickle)
        .await
        .expect("a body that trickles is kept for ever");
    let took = begun.elapsed().as_secs();
    assert!((BODY_S - 5..BODY_S * 2).contains(&took), "{took} s");
    let answer = first.answer().await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(
        answer.contains("Request body did not arrive within 30 seconds."),
        "{answer}"
    );
    drop(slow);
    let begun = Instant::now();
    while http
        .get(format!("http://{}/api/register/", stack.address))
        .send()
        .await
        .unwrap()
        .status()
        != 405
    {
        assert!(begun.elapsed() < PATIENCE, "the client is kept out");
    }
}

/// Behind trusted proxies, a client is the last address that is none of theirs, and an IPv6 network of 64 bits is one
/// client.
pub async fn a_client_is_an_address_or_a_network(stack: &Stack) {
    let proxies = format!("{} 192.0.2.0/28", stack.gateway());
    stack
        .set_nginx(&[
            ("WALLET_RATE", "1"),
            ("WALLET_BURST", "5"),
            ("WALLET_PROXIES", &proxies),
        ])
        .await;
    let http = stack.client();
    let url = format!("http://{}/api/register/", stack.address);
    let send = async |from: &str| {
        let request = http.get(&url).header("X-Forwarded-For", from);
        request.send().await.unwrap().status().as_u16()
    };
    for (name, one_client) in [
        (
            "behind two proxies",
            ["203.0.113.7, 192.0.2.3", "203.0.113.7"],
        ),
        (
            "with a forged beginning",
            ["198.51.100.1, 203.0.113.8, 192.0.2.3", "203.0.113.8"],
        ),
        ("a network", ["2001:db8:1:2::1", "2001:db8:1:2:ffff:a:b:c"]),
        (
            "a network with a line end in it",
            ["2001:db8:a0a:a0a::1", "2001:0DB8:0A0A:0A0A:0A0A::a0a"],
        ),
        (
            "an address in two ways",
            ["203.0.113.9", "::ffff:203.0.113.9"],
        ),
    ] {
        let mut statuses = Vec::new();
        for number in 0..20 {
            statuses.push(send(one_client[number % 2]).await);
        }
        assert_eq!(statuses[..2], [405, 405], "{name}");
        assert!(statuses[10..].contains(&429), "{name}: {statuses:?}");
    }
    // Others than these: each has its own.
    for others in [
        ["203.0.113.20, 192.0.2.3", "203.0.113.21, 192.0.2.3"],
        ["2001:db8:1:3::1", "2001:db8:1:4::1"],
        ["::ffff:203.0.113.22", "::ffff:203.0.113.23"],
    ] {
        for _ in 0..3 {
            for from in others {
                assert_eq!(send(from).await, 405, "{from}");
            }
        }
    }
    let log = stack.log("nginx", 200);
    assert!(log.contains(r#""client":"203.0.113.7""#), "{log}");
    assert!(!log.contains(r#""client":"192.0.2.3""#), "{log}");
    assert!(!log.contains(r#""client":"198.51.100.1""#), "{log}");
}

/// A wallet has one home, in whichever case its id is written.
pub async fn an_id_in_upper_case_has_the_same_home(stack: &Stack) {
    let http = stack.client();
    let mut sent = Vec::new();
    for _ in 0..30 {
        let id = Uuid::new_v4().to_string();
        let mixed = |(at, c): (usize, char)| {
            if at % 2 == 0 {
                c
            } else {
                c.to_ascii_uppercase()
            }
        };
        let mixed: String = id.chars().enumerate().map(mixed).collect();
        for id in [&id.to_uppercase(), &mixed, &id] {
            let url = format!("http://{}/api/wallets/{id}/", stack.address);
            assert_eq!(http.get(url).send().await.unwrap().status(), 404);
        }
        sent.push(id);
    }
    let begun = Instant::now();
    let log = loop {
        let log = stack.log("nginx", 1000);
        if log.contains(&sent[sent.len() - 1]) {
            break log;
        }
        assert!(begun.elapsed() < PATIENCE, "nginx has no line of a request");
        sleep(CALM / 10).await;
    };
    let mut homes = BTreeMap::<String, BTreeSet<String>>::new();
    for line in log.lines() {
        let Ok(line) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let (path, engine) = (&line["path"], &line["engine"]);
        let path = path.as_str().unwrap_or_default().to_lowercase();
        let engine = engine.as_str().unwrap_or_default().to_owned();
        homes.entry(path).or_default().insert(engine);
    }
    let homes = sent.iter().map(|id| {
        let engines = &homes[&format!("/api/wallets/{id}/")];
        assert_eq!(engines.len(), 1, "{id}: {engines:?}");
        engines.first().unwrap()
    });
    let homes: BTreeSet<_> = homes.collect();
    assert_eq!(homes.len(), 3, "every engine is some wallet's home");
}
