//! Many keys, a page at a time.

use super::{Guarded, made};

fn names(body: &str) -> Vec<&str> {
    let rows = body.split("<strong>").skip(1);
    let names = rows.map(|row| row.split("</strong>").next().unwrap());
    names.filter(|name| name.starts_with("key")).collect()
}

#[actix_web::test]
async fn keys_are_listed_newest_first_and_found_by_their_name() {
    let guarded = Guarded::spawn().await;
    let browser = &guarded.browser;
    let empty = browser.get("/admin/keys/").await.body;
    assert!(empty.contains("There are no keys yet."), "{empty}");
    guarded
        .open
        .execute(
            "INSERT INTO api_keys (name, slot, digest, scopes, last_used_at)
             SELECT 'key' || n, 1, sha256(n::text::bytea), '{wallets:read}', '2026-01-02 03:04:05Z'
             FROM generate_series(1, 120) n",
        )
        .await;
    let mut path = "/admin/keys/".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = browser.get(&path).await.body;
        let shown: Vec<_> = names(&page).into_iter().map(str::to_owned).collect();
        assert!(shown.len() <= 50);
        seen.extend(shown);
        assert!(page.contains("2026-01-02 03:04:05"), "{page}");
        assert!(page.contains("command line"), "{page}");
        let Some((_, next)) = page.split_once("rel=\"next\" href=\"") else {
            break;
        };
        path = next.split('"').next().unwrap().replace("&#38;", "&");
    }
    let all: Vec<_> = (1..=120).rev().map(|n| format!("key{n}")).collect();
    assert_eq!(seen, all, "{path}");

    made(browser, "key7", &["wallets:read"], "").await;
    let found = browser.get("/admin/keys/?name=key7").await.body;
    assert_eq!(names(&found), ["key7", "key7"]);
    assert!(found.contains(r#"value="key7""#));
    for none in ["nothing", "key", "KEY7", "%25", "key7%27--"] {
        let none = browser.get(&format!("/admin/keys/?name={none}")).await;
        assert_eq!(none.status, 200);
        assert!(names(&none.body).is_empty());
    }
    guarded.stop().await;
}
