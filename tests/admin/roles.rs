//! What each role may do, by requests that no page of theirs would send.

use std::path::Path;

use crate::admin::{Admin, Answer, Browser, PASSWORD, STAFF};
use crate::keys::in_english;
use crate::postgres;

const ROLES: [&str; 4] = ["viewer", "operator", "supervisor", "administrator"];

async fn id_of(admin: &Admin, username: &str) -> i64 {
    let database = postgres::connect(&admin.app.database).await;
    let id = "SELECT id FROM users WHERE username = $1";
    database.query_one(id, &[&username]).await.unwrap().get(0)
}

/// Everything that a form could change.
async fn state(admin: &Admin) -> String {
    let database = postgres::connect(&admin.app.database).await;
    let state = "SELECT concat_ws(' ',
            (SELECT string_agg(md5(u::text), ',' ORDER BY id) FROM users u),
            (SELECT string_agg(md5(w::text), ',' ORDER BY id) FROM wallets w),
            (SELECT string_agg(md5(k::text), ',' ORDER BY id) FROM api_keys k),
            (SELECT count(*) FROM operations), (SELECT count(*) FROM adjustments), (SELECT count(*) FROM audits),
            (SELECT count(*) FROM webhooks), (SELECT number FROM staff_journal_last))";
    database.query_one(state, &[]).await.unwrap().get(0)
}

/// The fields of a form.
type Fields = Vec<(&'static str, &'static str)>;

/// Every form but those about oneself: its address, its fields, and the least role that may send it.
fn forms(wallet: &str, alice: &str) -> Vec<(String, Fields, usize)> {
    let form = "0f000000-0000-4000-8000-000000000001";
    let adjusted = vec![
        ("key", form),
        ("kind", "DEPOSIT"),
        ("amount", "1"),
        ("reason", "a gift"),
        ("confirmed", "1"),
    ];
    let edited = vec![
        ("email", "new@example.com"),
        ("is_active", "on"),
        ("seen_email", "alice@example.com"),
        ("seen_active", "true"),
        ("seen_role", ""),
    ];
    let made_staff = [&edited[..], &[("role", "viewer")]].concat();
    let password = vec![
        ("password", "another password"),
        ("repeated", "another password"),
    ];
    let reversed = vec![
        ("key", form),
        ("amount", "1"),
        ("reason", "a slip"),
        ("confirmed", "1"),
    ];
    let ruled = vec![
        ("key", form),
        ("debits", "frozen"),
        ("reason", "a court"),
        ("confirmed", "1"),
    ];
    let a_key = vec![("form", form), ("name", "mine"), ("scope", "wallets:read")];
    let a_webhook = vec![("form", form), ("url", "https://hooks.example.com/")];
    let webhook = "/admin/webhooks/5f0c0b6e-7a55-4a0b-8e0e-4a1b2c3d4e5f/";
    let no_proposal = "/admin/approvals/99/";
    vec![
        (format!("{wallet}adjustment/"), adjusted, 1),
        (
            format!("{wallet}operations/1/reversal/"),
            reversed.clone(),
            1,
        ),
        (format!("{wallet}holds/1/void/"), reversed, 1),
        (format!("{wallet}rules/change/"), ruled, 2),
        (format!("{no_proposal}withdraw/"), vec![], 1),
        (format!("{no_proposal}approve/"), vec![], 2),
        (
            format!("{no_proposal}decline/"),
            vec![("reason", "a slip")],
            2,
        ),
        (format!("{alice}edit/"), edited, 2),
        (format!("{alice}edit/"), made_staff, 3),
        (format!("{alice}password/"), password, 2),
        (format!("{alice}tokens/"), vec![], 2),
        (format!("{alice}second-factor/"), vec![], 3),
        (format!("{alice}sessions/"), vec![], 3),
        ("/admin/keys/new/make/".to_owned(), a_key, 2),
        (
            "/admin/keys/1/rotate/make/".to_owned(),
            vec![("form", form)],
            2,
        ),
        ("/admin/keys/1/revoke/confirm/".to_owned(), vec![], 2),
        ("/admin/webhooks/new/make/".to_owned(), a_webhook, 2),
        (format!("{webhook}switch/"), vec![("enabled", "false")], 2),
        (format!("{webhook}replay/"), vec![("from", "now")], 2),
        (format!("{webhook}rotate/make/"), vec![("form", form)], 2),
        (format!("{webhook}delete/confirm/"), vec![], 2),
        (format!("{webhook}set-aside/send/"), vec![("event", "1")], 2),
        ("/admin/audit/".to_owned(), vec![], 2),
    ]
}

#[actix_web::test]
async fn a_direct_request_does_not_do_what_the_role_may_not() {
    let admin = Admin::spawn().await;
    let path = admin.app.wallet("alice").await;
    let wallet = format!("/admin{}", path.trim_start_matches("/api"));
    admin.app.deposit(&path, "10.00").await;
    let alice = format!("/admin/users/{}/", id_of(&admin, "alice").await);
    let key = "INSERT INTO api_keys (name, slot, digest, scopes) VALUES ('shop', 1, sha256('x'), '{wallets:read}')";
    admin.execute(key).await;
    let forms = forms(&wallet, &alice);
    let mut browsers = Vec::new();
    for role in ROLES {
        browsers.push(admin.staff(&format!("a-{role}"), role).await);
    }
    let before = state(&admin).await;
    for (role, browser) in browsers.iter().enumerate() {
        for (path, fields, least) in &forms {
            if role < *least {
                let refused = browser.post(path, fields).await;
                assert_eq!(refused.status, 403, "{} {path}", ROLES[role]);
            }
        }
        assert_eq!(state(&admin).await, before, "{}", ROLES[role]);
    }
    // Whoever may is let through to what the form itself says.
    for (path, fields, least) in &forms {
        let let_through = browsers[*least].post(path, fields).await;
        assert_ne!(let_through.status, 403, "{} {path}", ROLES[*least]);
    }
    admin.app.stop().await.unwrap();
}

/// The patterns of the routes that take a form, as the panel's source has them.
fn posted_routes(directory: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            posted_routes(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            for (at, _) in source.match_indices("web::post()") {
                let (_, before) = source[..at].rsplit_once("\"/").unwrap();
                found.push(format!("/admin/{}", before.split('"').next().unwrap()));
            }
        }
    }
}

#[test]
fn every_form_of_the_panel_is_tried_by_every_role() {
    // About the preferences, the session and the account of whoever sends them.
    const OWN: [&str; 6] = [
        "/admin/account/",
        "/admin/language/",
        "/admin/second-factor/",
        "/admin/sign-in/",
        "/admin/sign-out/",
        "/admin/theme/",
    ];
    let mut routes = Vec::new();
    let panel = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/admin");
    posted_routes(&panel, &mut routes);
    routes.retain(|route| !OWN.iter().any(|own| route.starts_with(own)));
    assert!(routes.len() > 20, "{routes:?}");
    let tried = forms("/admin/wallets/0/", "/admin/users/1/");
    for route in routes {
        let is_of = |(path, _, _): &(String, Fields, usize)| {
            let segments = route.split('/').zip(path.split('/'));
            route.split('/').count() == path.split('/').count()
                && segments
                    .into_iter()
                    .all(|(of, is)| of.starts_with('{') || of == is)
        };
        assert!(tried.iter().any(is_of), "{route}");
    }
}

#[actix_web::test]
async fn a_page_offers_only_what_its_reader_may_do() {
    let admin = Admin::spawn().await;
    let path = admin.app.wallet("alice").await;
    let wallet = format!("/admin{}", path.trim_start_matches("/api"));
    let alice = format!("/admin/users/{}/", id_of(&admin, "alice").await);
    let itself = format!("/admin/users/{}/", id_of(&admin, STAFF).await);
    let offers: [(&str, &str, usize); 7] = [
        (&wallet, "adjustment/\"", 1),
        ("/admin/keys/", "/admin/keys/new/", 2),
        ("/admin/webhooks/", "/admin/webhooks/new/", 2),
        ("/admin/audit/", "action=\"/admin/audit/\"", 2),
        ("/admin/", "href=\"/admin/journal/\"", 2),
        (&alice, "edit/\"", 2),
        (&itself, "edit/\"", 3),
    ];
    for (role, name) in ROLES.into_iter().enumerate() {
        let browser = admin.staff(&format!("a-{name}"), name).await;
        for (page, what, least) in offers {
            let shown = browser.get(page).await;
            assert_eq!(shown.status, 200, "{name} {page}");
            assert_eq!(
                shown.body.contains(what),
                role >= least,
                "{name} {page} {what}"
            );
        }
        for page in [
            "/admin/journal/",
            "/admin/keys/new/",
            "/admin/webhooks/new/",
        ] {
            let expected = if role < 2 { 403 } else { 200 };
            assert_eq!(browser.get(page).await.status, expected, "{name} {page}");
        }
    }
    admin.app.stop().await.unwrap();
}

/// A supervisor's attempt at another's account.
async fn attempt(browser: &Browser, page: &str, form: &str, fields: &[(&str, &str)]) -> Answer {
    browser.get(page).await;
    browser.post(&format!("{page}{form}/"), fields).await
}

#[actix_web::test]
async fn a_supervisor_takes_over_no_account_of_the_staff() {
    let admin = Admin::spawn().await;
    let browser = admin.staff("olga", "supervisor").await;
    in_english(&browser);
    let page = format!("/admin/users/{}/", id_of(&admin, STAFF).await);
    let address = format!("{STAFF}@example.com");
    let before = state(&admin).await;
    let password = [
        ("password", "another password"),
        ("repeated", "another password"),
    ];
    let refused = attempt(&browser, &page, "password", &password).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.body.contains("takes the role of administrator"),
        "{}",
        refused.body
    );
    // With what it was, and as if they were no staff.
    for seen_role in ["administrator", ""] {
        for role in ["administrator", "viewer", ""] {
            let staff_password = if role.is_empty() {
                ""
            } else {
                "another password"
            };
            let fields = [
                ("email", "olga+1@example.com"),
                ("is_active", "on"),
                ("role", role),
                ("seen_email", &*address),
                ("seen_active", "true"),
                ("seen_role", seen_role),
                ("staff_password", staff_password),
                ("staff_repeated", staff_password),
            ];
            let refused = attempt(&browser, &page, "edit", &fields).await;
            // What names no role is refused as stale: they are staff by now.
            let expected = if seen_role.is_empty() && role.is_empty() {
                409
            } else {
                403
            };
            assert_eq!(refused.status, expected, "{seen_role} {role}");
        }
    }
    assert_eq!(state(&admin).await, before);
    admin.other_browser().sign_in(STAFF, PASSWORD).await;
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_role_that_was_taken_away_is_away_at_once() {
    let admin = Admin::spawn().await;
    let browser = admin.staff("olga", "supervisor").await;
    assert_eq!(browser.get("/admin/journal/").await.status, 200);
    admin
        .execute("UPDATE users SET role = 'operator' WHERE username = 'olga'")
        .await;
    assert_eq!(browser.get("/admin/journal/").await.status, 403);
    // Whom an engine made staff that knew no roles.
    admin
        .execute("UPDATE users SET role = NULL WHERE username = 'olga'")
        .await;
    assert_eq!(browser.get("/admin/").await.status, 200);
    assert_eq!(browser.post("/admin/audit/", &[]).await.status, 403);
    admin.app.stop().await.unwrap();
}
