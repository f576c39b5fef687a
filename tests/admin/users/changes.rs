//! Users are changed with a record, and never by two at once without knowing.

use std::time::Duration;

use futures_util::join;
use serde_json::json;
use wallet_engine::config::DatabaseLimits;
use wallet_engine::domain::Role;
use wallet_engine::storage::Database;

use super::{english, id_of, in_english, user};
use crate::admin::{Answer, Browser, PASSWORD, STAFF};

/// The form of a user as their page shows it, but for some fields; `None` leaves one out.
pub async fn edit(browser: &Browser, page: &str, changes: &[(&str, Option<&str>)]) -> Answer {
    let shown = browser.get(page).await.body;
    let value = |name: &str| {
        let (_, rest) = shown
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let mut fields: Vec<(&str, String)> = ["email", "seen_email", "seen_active", "seen_role"]
        .map(|name| (name, value(name)))
        .to_vec();
    if shown.contains("name=\"is_active\" checked") {
        fields.push(("is_active", "on".to_owned()));
    }
    let chosen = shown
        .split_once("name=\"role\"")
        .and_then(|(_, rest)| rest.split("</select>").next())
        .and_then(|options| options.split_once("\" selected").map(|(before, _)| before))
        .and_then(|before| before.rsplit('"').next());
    if let Some(role) = chosen {
        fields.push(("role", role.to_owned()));
    }
    for (name, value) in changes {
        fields.retain(|(field, _)| field != name);
        if let Some(value) = value {
            fields.push((name, (*value).to_owned()));
        }
    }
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    browser.post(&format!("{page}edit/"), &fields).await
}

#[actix_web::test]
async fn a_change_is_saved_recorded_and_shown_and_changes_nothing_in_the_api() {
    let admin = english().await;
    let wallet = admin.app.wallet("alice").await;
    let page = format!("/admin/users/{}/", id_of(&admin, "alice").await);
    let saved = edit(
        &admin,
        &page,
        &[("email", Some("new@EXAMPLE.com")), ("is_active", None)],
    )
    .await;
    assert_eq!(saved.location(), page);

    let shown = admin.get(&page).await.body;
    assert!(shown.contains("The changes are saved."));
    assert!(shown.contains("Deactivated"));
    for cell in [
        r#"<td data-label="Who">operator</td>"#,
        r#"<td data-label="Old value">alice@example.com</td>"#,
        r#"<td data-label="New value">new@example.com</td>"#,
        r#"<td data-label="What">Active</td>"#,
    ] {
        assert!(shown.contains(cell), "{cell}\n{shown}");
    }
    assert!(
        !shown.contains(r#"<td data-label="What">Role</td>"#),
        "it was not changed"
    );
    assert!(
        shown.contains(wallet.trim_start_matches("/api")),
        "{wallet}"
    );
    let wallet_page = format!("/admin{}", wallet.trim_start_matches("/api"));
    assert!(shown.contains(&wallet_page));
    assert_eq!(admin.app.deposit(&wallet, "1234.50").await.0, 200);
    assert!(admin.get(&page).await.body.contains("1\u{202f}234.50"));

    let body = json!({"username": "x", "email": "new@example.com", "password": "p"});
    assert_eq!(
        admin.app.post("/api/register/", &body).await.0,
        400,
        "it is taken"
    );
    user(&admin, "y", "alice@example.com").await;
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_address_belongs_to_one_user_however_they_came_to_be() {
    let admin = english().await;
    let page = user(&admin, "alice", "alice@example.com").await;
    admin
        .execute(
            "INSERT INTO users (username, email, password_hash, wallet_id)
             VALUES ('bob', 'bob@example.com', '', gen_random_uuid())",
        )
        .await;
    for email in ["bob@example.com", "bob@EXAMPLE.com"] {
        let refused = edit(&admin, &page, &[("email", Some(email))]).await;
        assert_eq!(refused.status, 422, "{email}");
        assert!(
            refused
                .body
                .contains("Another user has this e-mail address.")
        );
    }
    let own = [("email", Some("alice@EXAMPLE.com")), ("is_active", None)];
    assert_eq!(edit(&admin, &page, &own).await.location(), page);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_wrong_with_a_form_is_said_and_nothing_is_changed() {
    let admin = english().await;
    let page = user(&admin, "alice", "alice@example.com").await;
    user(&admin, "bob", "bob@example.com").await;
    let long = format!("{}@example.com", "a".repeat(300));
    for (email, fault) in [
        ("", "Fill in this field."),
        ("  ", "Fill in this field."),
        ("nonsense", "This is not an e-mail address."),
        (&*long, "This is too long."),
        ("bob@example.com", "Another user has this e-mail address."),
        ("bob@EXAMPLE.com", "Another user has this e-mail address."),
        ("'\"><b>@example.com", "This is not an e-mail address."),
    ] {
        let refused = edit(
            &admin,
            &page,
            &[
                ("email", Some(email)),
                ("role", Some("viewer")),
                ("staff_password", Some(PASSWORD)),
                ("staff_repeated", Some(PASSWORD)),
            ],
        )
        .await;
        assert_eq!(refused.status, 422, "{email}");
        assert!(refused.body.contains(fault), "{email}");
        assert!(
            refused.body.contains(r#"value="viewer" selected"#),
            "the input is kept"
        );
    }
    let own = format!("/admin/users/{}/", id_of(&admin, STAFF).await);
    for flag in ["is_active", "role"] {
        let refused = edit(&admin, &own, &[(flag, None)]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("You cannot remove your own access."));
    }
    for page in [&page, &own] {
        assert!(admin.get(page).await.body.contains("No changes by staff."));
    }
    for path in [
        "/admin/users/999/",
        "/admin/users/x/",
        "/admin/users/-1/",
        "/admin/users/99999999999999999999/",
    ] {
        assert_eq!(admin.get(path).await.status, 404, "{path}");
    }
    admin.get(&page).await;
    assert_eq!(admin.post(&format!("{page}edit/"), &[]).await.status, 400);
    assert_eq!(
        edit(&admin, &page, &[("seen_active", Some("maybe"))])
            .await
            .status,
        400
    );
    assert_eq!(admin.get(&format!("{page}edit/")).await.location(), page);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn of_two_who_change_a_user_at_once_the_second_is_told_and_overwrites_nothing() {
    let admin = english().await;
    let page = user(&admin, "alice", "alice@example.com").await;
    let other = admin.other_browser();
    other.sign_in(STAFF, PASSWORD).await;
    in_english(&other);
    let (one, two) = join!(
        edit(&admin, &page, &[("email", Some("one@example.com"))]),
        edit(&other, &page, &[("email", Some("two@example.com"))]),
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    // Unless one ended before the other's page was requested.
    if statuses == [303, 409] {
        let late = if one.status == 409 { one } else { two };
        assert!(
            late.body
                .contains("Another member of staff changed this user meanwhile")
        );
    }
    let old = [
        ("email", "three@example.com"),
        ("seen_email", "alice@example.com"),
        ("seen_active", "true"),
        ("seen_role", ""),
    ];
    let stale = admin.post(&format!("{page}edit/"), &old).await;
    assert_eq!(stale.status, 409);
    assert!(
        stale
            .body
            .contains("Another member of staff changed this user meanwhile")
    );
    assert!(
        !stale.body.contains("three@example.com"),
        "it shows what is there now"
    );
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_new_password_holds_and_ends_the_sessions_of_the_old_one() {
    let admin = english().await;
    let page = user(&admin, "alice", "alice@example.com").await;
    let made_staff = [
        ("role", Some("viewer")),
        ("staff_password", Some(PASSWORD)),
        ("staff_repeated", Some(PASSWORD)),
    ];
    edit(&admin, &page, &made_staff).await;
    let alice = admin.other_browser();
    alice.sign_in("alice", PASSWORD).await;
    assert_eq!(alice.get("/admin/users/").await.status, 200);

    let password = format!("{page}password/");
    for (given, repeated, fault) in [
        ("", "", "Fill in this field."),
        ("  ", "  ", "Fill in this field."),
        ("one", "two", "The passwords differ."),
        ("пароль двух", "пароль двух", "has at least 12 characters."),
    ] {
        admin.get(&page).await;
        let refused = admin
            .post(&password, &[("password", given), ("repeated", repeated)])
            .await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains(fault));
        assert!(!refused.body.contains("value=\"one\""));
    }
    assert_eq!(alice.get("/admin/users/").await.status, 200);
    let fields = [
        ("password", "пароль двенадцать"),
        ("repeated", "пароль двенадцать"),
    ];
    assert_eq!(admin.post(&password, &fields).await.location(), page);
    let shown = admin.get(&page).await.body;
    assert!(shown.contains("The new password is set."));
    assert!(shown.contains(r#"<td data-label="What">Password</td>"#));
    assert!(!shown.contains("argon2") && !shown.contains("пароль двенадцать"));

    assert_eq!(alice.get("/admin/users/").await.status, 303);
    assert_eq!(alice.try_sign_in("alice", PASSWORD).await.status, 422);
    alice.sign_in("alice", "пароль двенадцать").await;

    edit(&admin, &page, &[("is_active", None)]).await;
    assert_eq!(alice.get("/admin/users/").await.status, 303);
    edit(&admin, &page, &[("is_active", Some("on"))]).await;
    assert_eq!(
        alice.get("/admin/users/").await.status,
        303,
        "it does not come back"
    );
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn html_in_a_name_or_an_address_is_text() {
    let admin = english().await;
    let name = "<script>alert('x')</script>\"&amp;";
    let page = user(&admin, name, "\"<b>\"@example.com").await;
    for path in ["/admin/users/", &page, "/admin/users/?q=%22%3E%3Cscript%3E"] {
        let body = admin.get(path).await.body;
        assert!(
            !body.contains("<script>") && !body.contains("<b>"),
            "{path}"
        );
    }
    let body = admin.get(&page).await.body;
    assert!(
        body.contains("&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;&#34;&#38;amp;"),
        "{body}"
    );
    let refused = edit(&admin, &page, &[("email", Some("\"><script>"))]).await;
    assert!(!refused.body.contains("<script>"));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn older_changes_are_a_page_away_and_those_of_the_command_line_are_among_them() {
    let admin = english().await;
    let page = user(&admin, "alice", "alice@example.com").await;
    let limits = DatabaseLimits::of(Duration::from_secs(20));
    let database = Database::new(&admin.app.database, 1, 1, &limits).unwrap();
    database
        .promote("alice", Some("$argon2id$"), Role::Viewer)
        .await
        .unwrap()
        .unwrap();
    for n in 0..21 {
        let email = format!("a{n}@example.com");
        edit(&admin, &page, &[("email", Some(&email))]).await;
    }
    let newest = admin.get(&page).await.body;
    assert_eq!(newest.matches(r#"data-label="Who""#).count(), 20);
    let (_, older) = newest.split_once(&format!("href=\"{page}?after=")).unwrap();
    let before = older.split('#').next().unwrap();
    let oldest = admin.get(&format!("{page}?after={before}")).await.body;
    assert_eq!(oldest.matches(r#"data-label="Who""#).count(), 3);
    assert_eq!(oldest.matches("command line").count(), 2);
    assert!(oldest.contains("alice@example.com"));
    admin.app.stop().await.unwrap();
}
