//! The `Authorization` header, however it is written.

use crate::raw_http::{Request, Response};

use super::callers::{Owner, Protected};

async fn ask(engine: &Protected, owner: &Owner, headers: &[Vec<u8>]) -> Response {
    let mut request = Request::new("GET", owner.path.as_str());
    for value in headers {
        request = request.header("Authorization", value.clone());
    }
    request.send(engine.app.address).await.unwrap()
}

#[actix_web::test]
async fn a_credential_is_read_in_any_case_and_with_any_white_space() {
    let engine = Protected::spawn().await;
    let alice = engine.owner("alice").await;
    let key = engine.key.strip_prefix("Bearer ").unwrap().to_owned();
    let token = engine.token("alice").await;
    let token = token.strip_prefix("Token ").unwrap();
    for value in [
        format!("bearer {key}"),
        format!("BEARER   {key}"),
        format!("Bearer\t{key}"),
        format!("   Bearer {key}  \t"),
        format!("token {token}"),
        format!("TOKEN \t {token}"),
    ] {
        let answer = ask(&engine, &alice, &[value.into_bytes()]).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_no_credential_is_refused_as_rest_framework_refuses_it() {
    let engine = Protected::spawn().await;
    let alice = engine.owner("alice").await;
    let key = engine.key.strip_prefix("Bearer ").unwrap().to_owned();
    let token = engine.token("alice").await;
    let token = token.strip_prefix("Token ").unwrap();
    let missing = "Authentication credentials were not provided.";
    let empty = "Invalid token header. No credentials provided.";
    let spaces = "Invalid token header. Token string should not contain spaces.";
    let characters = "Invalid token header. Token string should not contain invalid characters.";
    let invalid = "Invalid token.";
    let text = |text: &str| vec![text.as_bytes().to_vec()];
    for (headers, detail) in [
        (vec![], missing),
        (text(""), missing),
        (text("Basic YWxpY2U6c2VjcmV0"), missing),
        (text(&key), missing),
        (text("Bearer"), empty),
        (text("Token   "), empty),
        (text("Token a b"), spaces),
        (vec![b"Token \xe9".to_vec()], characters),
        (text(&format!("Bearer {}", "a".repeat(8 * 1024))), invalid),
        (text(&format!("Token {key}")), invalid),
        (text(&format!("Bearer {token}")), invalid),
        (text(&format!("Bearer {}", key.to_uppercase())), invalid),
        (text(&format!("Bearer {}", &key[..66])), invalid),
        (text(&format!("Bearer {key}0")), invalid),
        (text(&format!("Bearer \"{key}\"")), invalid),
        (text(&format!("Bearer {key},")), invalid),
    ] {
        let answer = ask(&engine, &alice, &headers).await;
        assert_eq!(answer.status, 401, "{detail}");
        assert_eq!(answer.text(), format!(r#"{{"detail":"{detail}"}}"#));
        assert!(
            answer
                .header("www-authenticate")
                .unwrap()
                .ends_with("Token")
        );
    }
    // Twice, even if both are valid: which one counts is not ours to choose.
    let twice = vec![
        engine.key.clone().into_bytes(),
        engine.key.clone().into_bytes(),
    ];
    let answer = ask(&engine, &alice, &twice).await;
    assert_eq!(answer.status, 401, "{}", answer.text());
    engine.app.stop().await.unwrap();
}
