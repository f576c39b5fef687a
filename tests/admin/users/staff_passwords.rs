//! Whoever is staff has a long password, set together with the first role.

use std::time::Duration;

use wallet_engine::config::DatabaseLimits;
use wallet_engine::domain::UserId;
use wallet_engine::storage::Database;

use super::changes::edit;
use super::{english, id_of, user};
use crate::admin::PASSWORD;
use crate::postgres;

const LONG: &str = "двенадцатьбу";

fn made_staff<'a>(password: &'a str, repeated: &'a str) -> [(&'static str, Option<&'a str>); 3] {
    [
        ("role", Some("operator")),
        ("staff_password", Some(password)),
        ("staff_repeated", Some(repeated)),
    ]
}

#[actix_web::test]
async fn the_first_role_is_set_with_a_new_long_password_alone() {
    let admin = english().await;
    let page = user(&admin, "alice", "alice@example.com").await;
    let short = "has at least 12 characters.";
    for (password, repeated, mistake) in [
        ("", "", "Fill in this field."),
        ("   ", "   ", "Fill in this field."),
        ("elevenchars", "elevenchars", short),
        ("одиннадцать", "одиннадцать", short),
        ("  elevenchars  ", "  elevenchars  ", short),
        (LONG, "другой пароль", "The passwords differ."),
        (LONG, "", "The passwords differ."),
    ] {
        let refused = edit(&admin, &page, &made_staff(password, repeated)).await;
        assert_eq!(refused.status, 422, "{password}");
        assert!(
            refused.body.contains(mistake),
            "{password}: {}",
            refused.body
        );
        assert!(refused.body.contains(r#"value="operator" selected"#));
        for typed in [password, repeated] {
            assert!(typed.trim().is_empty() || !refused.body.contains(typed));
        }
    }
    let without = [("role", Some("operator"))];
    assert_eq!(edit(&admin, &page, &without).await.status, 422);
    let alone = [
        ("staff_password", Some(LONG)),
        ("staff_repeated", Some(LONG)),
    ];
    let refused = edit(&admin, &page, &alone).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.body.contains("together with the first role"),
        "{}",
        refused.body
    );
    // A form written by hand that claims that they are staff already.
    let lie = [("role", Some("operator")), ("seen_role", Some("viewer"))];
    assert_eq!(edit(&admin, &page, &lie).await.status, 409);
    assert!(admin.get(&page).await.body.contains("No changes by staff."));
    let alice = admin.other_browser();
    assert_eq!(alice.try_sign_in("alice", PASSWORD).await.status, 403);

    let done = edit(&admin, &page, &made_staff(LONG, LONG)).await;
    assert_eq!(done.location(), page);
    let shown = admin.get(&page).await.body;
    for what in ["Role", "Password"] {
        let cell = format!(r#"<td data-label="What">{what}</td>"#);
        assert_eq!(shown.matches(&cell).count(), 1, "{shown}");
    }
    assert!(
        !shown.contains("staff_password"),
        "there is nothing to set any more"
    );
    assert_eq!(alice.try_sign_in("alice", PASSWORD).await.status, 422);
    alice.sign_in("alice", LONG).await;

    let removed = edit(&admin, &page, &[("role", None)]).await;
    assert_eq!(removed.location(), page, "that needs none");
    assert_eq!(alice.get("/admin/").await.status, 303);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_short_password_is_set_for_a_client_and_never_for_staff() {
    let admin = english().await;
    let page = user(&admin, "alice", "alice@example.com").await;
    let short = [("password", "short"), ("repeated", "short")];
    admin.get(&page).await;
    let set = admin.post(&format!("{page}password/"), &short).await;
    assert_eq!(set.location(), page);
    edit(&admin, &page, &made_staff(LONG, LONG)).await;
    admin.get(&page).await;
    let refused = admin.post(&format!("{page}password/"), &short).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("has at least 12 characters."));
    let missing = admin.post("/admin/users/999/password/", &short).await;
    assert_eq!(missing.status, 404);
    admin.other_browser().sign_in("alice", LONG).await;

    // Also where they became staff after the form was read.
    let limits = DatabaseLimits::of(Duration::from_secs(20));
    let database = Database::new(&admin.app.database, 1, 1, &limits).unwrap();
    let [staff, alice] = [
        id_of(&admin, "operator").await,
        id_of(&admin, "alice").await,
    ];
    let set = database.user_password_set(UserId(staff), UserId(alice), "short", false, true, None);
    assert!(!set.await.unwrap());
    let set = database.user_password_set(UserId(staff), UserId(alice), "long", true, true, None);
    assert!(set.await.unwrap());
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn who_becomes_staff_loses_the_tokens_and_sessions_of_the_old_password() {
    let admin = english().await;
    let page = user(&admin, "alice", "alice@example.com").await;
    admin
        .execute(
            "INSERT INTO user_tokens (digest, user_id, password, expires_at)
             SELECT sha256('x'), id, sha256(convert_to(password_hash, 'UTF8')), now() + interval '1 day'
             FROM users WHERE username = 'alice'",
        )
        .await;
    let database = postgres::connect(&admin.app.database).await;
    let left = async || {
        let left = "SELECT count(*) FROM user_tokens";
        let left: i64 = database.query_one(left, &[]).await.unwrap().get(0);
        left
    };
    edit(&admin, &page, &[("email", Some("new@example.com"))]).await;
    assert_eq!(left().await, 1);
    edit(&admin, &page, &made_staff(LONG, LONG)).await;
    assert_eq!(left().await, 0);
    admin.app.stop().await.unwrap();
}
