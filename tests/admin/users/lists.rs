//! Users are found, and a list has each of them once.

use super::{english, names, user};
use crate::admin::{Admin, STAFF};

/// Where the next page is.
fn next(page: &str) -> Option<String> {
    let link = page
        .split("<a ")
        .find(|link| link.contains("rel=\"next\""))?;
    let (_, rest) = link.split_once("href=\"").unwrap();
    Some(rest.split('"').next().unwrap().replace("&#38;", "&"))
}

async fn found(admin: &Admin, sought: &str) -> Vec<String> {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("q", sought)
        .append_pair("sort", "username")
        .finish();
    let page = admin.get(&format!("/admin/users/?{query}")).await;
    assert_eq!(page.status, 200, "{sought}");
    names(&page.body)
}

#[actix_web::test]
async fn a_search_finds_parts_of_names_and_addresses_in_whatever_letters() {
    let admin = english().await;
    for (name, email) in [
        ("Alice", "one@example.com"),
        ("ALINA", "two@example.com"),
        ("bob", "Ali@example.com"),
        ("Жанна", "three@example.com"),
        ("100%", "four@example.com"),
        ("100_", "five@example.com"),
        ("back\\slash", "six@example.com"),
        ("o'neil", "seven@example.com"),
    ] {
        user(&admin, name, email).await;
    }
    assert_eq!(found(&admin, " aLi ").await, ["Alice", "ALINA", "bob"]);
    assert_eq!(found(&admin, "жАН").await, ["Жанна"]);
    assert_eq!(found(&admin, "one@EXAMPLE.com").await, ["Alice"]);
    assert_eq!(found(&admin, "100%").await, ["100%"]);
    assert_eq!(found(&admin, "100_").await, ["100_"]);
    assert_eq!(found(&admin, "back\\").await, ["back\\slash"]);
    assert_eq!(found(&admin, "o'n").await, ["o&#39;neil"]);
    assert_eq!(found(&admin, "LICE").await, ["Alice"]);
    assert_eq!(found(&admin, "анн").await, ["Жанна"]);
    assert_eq!(found(&admin, "e@example").await, ["100_", "Alice", "Жанна"]);
    assert_eq!(found(&admin, "slash").await, ["back\\slash"]);
    for unknown in [
        "l%ce",
        "a_ice",
        "alice one",
        "%",
        "_",
        "\\",
        "' OR '1'='1",
        "'; DROP TABLE users; --",
        "$1",
        "\u{10ffff}",
    ] {
        assert_eq!(found(&admin, unknown).await, [""; 0], "{unknown}");
    }
    assert_eq!(
        found(&admin, "\u{ff41}lice").await,
        ["Alice"],
        "as NFKC has it"
    );
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_list_has_every_user_once_in_each_order_despite_registrations() {
    let admin = english().await;
    admin
        .execute(
            "INSERT INTO users (username, email, password_hash, wallet_id, is_active, created_at)
             SELECT 'u' || n, n * 7919 % 121 || '@example.com', '', gen_random_uuid(),
                 n % 3 > 0, '2020-01-01Z'::timestamptz + n / 10 * interval '1 day'
             FROM generate_series(1, 120) n",
        )
        .await;
    for (round, sort) in ["newest", "oldest", "username", "email"]
        .into_iter()
        .enumerate()
    {
        for (filter, expected) in [("", 121), ("&active=no", 40), ("&q=u", 120)] {
            let mut seen = Vec::new();
            let mut address = Some(format!("/admin/users/?sort={sort}{filter}"));
            while let Some(page) = address {
                let page = admin.get(&page).await.body;
                seen.extend(names(&page));
                // At either end of each order.
                for place in ["0", "zz"] {
                    let name = format!("{place}late{round}{}{}", filter.len(), seen.len());
                    admin
                        .execute(&format!(
                            "INSERT INTO users (username, email, password_hash, wallet_id)
                             VALUES ('{name}', '{name}@example.com', '', gen_random_uuid())"
                        ))
                        .await;
                }
                address = next(&page);
            }
            seen.retain(|name| !name.contains("late"));
            let count = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!((seen.len(), count), (expected, expected), "{sort}{filter}");
        }
        admin
            .execute("DELETE FROM users WHERE username LIKE '%late%'")
            .await;
    }
    let page = admin
        .get("/admin/users/?sort=username&staff=yes")
        .await
        .body;
    assert_eq!(names(&page), [STAFF]);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_search_that_finds_too_many_says_so_and_how_many_it_shows() {
    let admin = english().await;
    admin
        .execute(
            "INSERT INTO users (username, email, password_hash, wallet_id)
             SELECT 'many' || n, 'x' || n || '@example.com', '', gen_random_uuid() FROM generate_series(1, 1001) n",
        )
        .await;
    let page = admin.get("/admin/users/?q=many").await.body;
    assert!(
        page.contains("the first 1\u{202f}000 by username"),
        "{page}"
    );
    let page = admin.get("/admin/users/?q=many1").await.body;
    assert!(!page.contains("Too many users"));
    admin.app.stop().await.unwrap();
}
