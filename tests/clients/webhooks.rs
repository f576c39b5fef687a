//! Deliveries of webhooks, as they were received, checked by the public libraries of Standard Webhooks.

use std::process::Stdio;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::Command;
use wallet_engine::events::webhooks::{
    Destination, Guard, Message, Outcome, Sender, WebhookSecret, signatures,
};

use crate::programs::{installed, program};

const BODY: &str = "{\"type\":\"operation.deposit\",\"timestamp\":\"2031-05-01T12:00:00Z\",\
                    \"data\":{\"operation\":{\"reference\":\"Miete, März €\"}}}";

/// A delivery as it came over HTTP.
struct Delivery {
    headers: Map<String, Value>,
    body: String,
}

/// Sends a delivery, signed with these secrets at a time so many seconds from now; gives what came.
async fn delivered(secrets: &[&WebhookSecret], seconds: i64) -> Delivery {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let receiving = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut received = Vec::new();
        while !received.ends_with(BODY.as_bytes()) {
            socket.read_buf(&mut received).await.unwrap();
        }
        let response = b"HTTP/1.1 204 No Content\r\n\r\n";
        socket.write_all(response).await.unwrap();
        String::from_utf8(received).unwrap()
    });
    let (id, timestamp) = (
        "evt_1_2_3".to_owned(),
        OffsetDateTime::now_utc().unix_timestamp() + seconds,
    );
    let message = Message {
        signatures: signatures(secrets.iter().copied(), &id, timestamp, BODY.as_bytes()),
        id,
        timestamp,
        body: BODY.into(),
    };
    let destination = Destination::parse(&url, Guard::Any).unwrap();
    let sent = Sender::new(Guard::Any);
    let outcome = sent.send(&destination, message).await;
    assert_eq!(outcome, Outcome::Delivered);
    let received = receiving.await.unwrap();
    let (head, body) = received.split_once("\r\n\r\n").unwrap();
    let headers = head.lines().skip(1).map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.into())
    });
    Delivery {
        headers: headers.collect(),
        body: body.to_owned(),
    }
}

impl Delivery {
    /// Whether the library of Python, and that of Node.js, accept it.
    async fn verified(&self, secret: &WebhookSecret) -> [bool; 2] {
        let packages = installed("clients-python");
        let mut python = Command::new(packages.join("python"));
        python
            .env("PYTHONPATH", &packages)
            .arg(program("verify.py"));
        let mut node = Command::new("node");
        let packages = installed("clients-node").join("package.json");
        node.env("PACKAGES", packages).arg(program("verify.mjs"));
        [
            self.verified_by(python, secret).await,
            self.verified_by(node, secret).await,
        ]
    }

    async fn verified_by(&self, mut library: Command, secret: &WebhookSecret) -> bool {
        library
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUTF8", "1")
            .arg(secret.expose())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut checking = library
            .spawn()
            .expect("`make clients` installs what this needs");
        let headers = serde_json::to_string(&self.headers).unwrap();
        let input = format!("{headers}\n{}", self.body);
        let mut stdin = checking.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).await.unwrap();
        drop(stdin);
        let output = checking.wait_with_output().await.unwrap();
        assert!(output.status.success(), "{output:?}");
        match String::from_utf8(output.stdout).unwrap().trim() {
            "verified" => true,
            refused => {
                assert_eq!(refused, "refused");
                false
            }
        }
    }
}

fn secrets() -> [WebhookSecret; 3] {
    [(); 3].map(|()| WebhookSecret::generate().unwrap())
}

#[actix_web::test]
async fn both_libraries_accept_a_delivery_and_either_secret_during_a_rotation() {
    let [old, new, other] = secrets();
    let delivery = delivered(&[&old], 0).await;
    assert_eq!(delivery.verified(&old).await, [true; 2]);
    assert_eq!(delivery.verified(&new).await, [false; 2]);

    let delivery = delivered(&[&old, &new], 0).await;
    assert_eq!(delivery.verified(&old).await, [true; 2]);
    assert_eq!(delivery.verified(&new).await, [true; 2]);
    assert_eq!(delivery.verified(&other).await, [false; 2]);
}

#[actix_web::test]
async fn both_libraries_accept_the_shortest_and_the_longest_secret() {
    for bytes in [24, 64] {
        let secret = WebhookSecret::stored(&vec![0xfb; bytes]).unwrap();
        let delivery = delivered(&[&secret], 0).await;
        assert_eq!(delivery.verified(&secret).await, [true; 2], "{bytes}");
    }
}

#[actix_web::test]
async fn both_libraries_refuse_a_changed_body_another_id_and_a_time_beyond_five_minutes() {
    let [secret, ..] = secrets();
    let mut delivery = delivered(&[&secret], 0).await;
    delivery.body = delivery.body.replace("deposit", "withdraw");
    assert_eq!(delivery.verified(&secret).await, [false; 2]);

    let mut delivery = delivered(&[&secret], 0).await;
    delivery.headers.insert("webhook-id".into(), "evt_2".into());
    assert_eq!(delivery.verified(&secret).await, [false; 2]);

    for (seconds, accepted) in [(-240, true), (240, true), (-360, false), (360, false)] {
        let delivery = delivered(&[&secret], seconds).await;
        assert_eq!(delivery.verified(&secret).await, [accepted; 2], "{seconds}");
    }
}
