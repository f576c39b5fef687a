//! Bodies in other letters than UTF-8: what a client wrote is what is stored, or it is refused.

use encoding_rs::Encoding;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::postgres;
use crate::raw_http::{Request, Response};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=x";

/// A registration, each text in the bytes that it is given as.
fn body(media_type: &str, username: &[u8], email: &str) -> Vec<u8> {
    let fields = [
        ("username", username),
        ("email", email.as_bytes()),
        ("password", username),
    ];
    match media_type {
        JSON => {
            let members = fields
                .map(|(name, value)| [format!("\"{name}\":\"").as_bytes(), value, b"\""].concat());
            [b"{".as_slice(), &members.join(b",".as_slice()), b"}"].concat()
        }
        FORM => {
            let pairs = fields.map(|(name, value)| [name.as_bytes(), b"=", value].concat());
            pairs.join(b"&".as_slice())
        }
        _ => {
            let parts = fields.map(|(name, value)| {
                let head =
                    format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
                [head.as_bytes(), value, b"\r\n"].concat()
            });
            [parts.concat().as_slice(), b"--x--\r\n"].concat()
        }
    }
}

async fn register(app: &TestApp, content_type: &str, body: Vec<u8>) -> Response {
    let request = Request::new("POST", "/api/register/").header("Content-Type", content_type);
    request.body(body).send(app.address).await.unwrap()
}

fn json_of(response: &Response) -> Value {
    serde_json::from_str(&response.text()).unwrap()
}

/// Names with U+FFFD in them: of letters that were lost.
async fn replaced(app: &TestApp) -> i64 {
    let database = postgres::connect(&app.database).await;
    let count = "SELECT count(*) FROM users WHERE username LIKE '%' || chr(65533) || '%'";
    database.query_one(count, &[]).await.unwrap().get(0)
}

#[actix_web::test]
async fn a_body_is_read_in_the_charset_that_it_names() {
    let app = TestApp::spawn().await;
    let charsets = [
        ("windows-1251", "Ёжик"),
        ("\"KOI8-R\"", "Чайка"),
        ("ISO-8859-5", "Щука"),
        ("latin_1", "Zoë"),
        ("shift_jis", "表ソ"),
        ("gbk", "中国"),
        ("utf-8", "Ünïcødé"),
    ];
    for (n, (charset, name)) in charsets.into_iter().enumerate() {
        let label = charset.trim_matches('"').replace("latin_1", "latin1");
        let encoding = Encoding::for_label(label.as_bytes()).unwrap();
        for (m, media_type) in [JSON, FORM, MULTIPART, FORM].into_iter().enumerate() {
            let username = format!("{name}{m}");
            let email = format!("u{n}.{m}@example.com");
            let mut bytes = encoding.encode(&username).0.into_owned();
            if m == 3 {
                bytes = percent_encode(&bytes, NON_ALPHANUMERIC)
                    .to_string()
                    .into_bytes();
            }
            let content_type = format!("{media_type}; charset={charset}");
            let response = register(&app, &content_type, body(media_type, &bytes, &email)).await;
            assert_eq!(response.status, 201, "{content_type}: {}", response.text());
            assert_eq!(json_of(&response)["username"], username, "{content_type}");
        }
    }
    let utf_16: Vec<u8> = String::from_utf8(body(JSON, "Ёж16".as_bytes(), "u16@example.com"))
        .unwrap()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let response = register(&app, "application/json; charset=utf-16", utf_16).await;
    assert_eq!(json_of(&response)["username"], "Ёж16");
    assert_eq!(replaced(&app).await, 0);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_charset_that_is_not_read_is_refused_and_so_are_bytes_that_are_none_of_its_letters() {
    let app = TestApp::spawn().await;
    let word = Encoding::for_label(b"cp1251")
        .unwrap()
        .encode("Ёж")
        .0
        .into_owned();
    let escaped = percent_encode(&word, NON_ALPHANUMERIC)
        .to_string()
        .into_bytes();
    for (media_type, charset) in [
        (JSON, "klingon"),
        (FORM, "utf-7"),
        (MULTIPART, "\"utf-32\""),
        (FORM, "utf-16"),
        (MULTIPART, "utf-16le"),
        (JSON, "bz2"),
    ] {
        let content_type = format!("{media_type}; charset={charset}");
        let response = register(
            &app,
            &content_type,
            body(media_type, &word, "a@example.com"),
        )
        .await;
        assert_eq!(response.status, 415, "{content_type}: {}", response.text());
        let detail = json_of(&response)["detail"]
            .as_str()
            .unwrap()
            .to_lowercase();
        assert!(detail.contains(charset.trim_matches('"')), "{detail}");
    }
    // What two clients wrote in these letters was one name, and one password.
    for (media_type, charset, bytes) in [
        (FORM, "", &escaped),
        (FORM, "; charset=utf-8", &escaped),
        (FORM, "; charset=utf-8", &word),
        (FORM, "; charset=us-ascii", &word),
        (MULTIPART, "", &word),
        (MULTIPART, "; charset=utf-8", &word),
    ] {
        let content_type = format!("{media_type}{charset}");
        let response = register(
            &app,
            &content_type,
            body(media_type, bytes, "a@example.com"),
        )
        .await;
        assert_eq!(response.status, 400, "{content_type}: {}", response.text());
        let refused = json!(["Not a valid string."]);
        let expected = json!({"username": refused, "password": refused});
        assert_eq!(json_of(&response), expected, "{content_type}");
    }
    for charset in ["utf-8", "us-ascii", "shift_jis"] {
        let content_type = format!("{JSON}; charset={charset}");
        let response = register(&app, &content_type, body(JSON, &[0xff], "a@example.com")).await;
        assert_eq!(response.status, 400, "{content_type}");
        let detail = json_of(&response)["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.starts_with("JSON parse error - Invalid "),
            "{detail}"
        );
    }
    assert_eq!(replaced(&app).await, 0);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn money_moves_by_bodies_in_any_charset() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    let deposit = r#"{"operationType":"DEPOSIT","amount":"1.00"}"#;
    let utf_16: Vec<u8> = (deposit.encode_utf16())
        .flat_map(u16::to_be_bytes)
        .collect();
    for (content_type, body) in [
        ("application/json; charset=windows-1251", deposit.as_bytes()),
        ("application/json; charset=UTF-16BE", &utf_16),
        (
            "application/x-www-form-urlencoded; charset=koi8-r",
            b"operationType=DEPOSIT&amount=1.00&x=%FF\xff",
        ),
    ] {
        let request = Request::new("POST", format!("{wallet}operation/"));
        let request = request.header("Content-Type", content_type).body(body);
        let response = request.send(app.address).await.unwrap();
        assert_eq!(response.status, 200, "{content_type}: {}", response.text());
    }
    assert_eq!(app.balance(&wallet).await, "3.00");
    app.stop().await.unwrap();
}
