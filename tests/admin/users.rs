//! Users, as staff find and change them.

mod changes;
mod lists;
mod parts;
mod plans;
mod staff_passwords;
mod tokens;

use serde_json::json;

use crate::admin::{Admin, Browser, PASSWORD};
use crate::postgres;

/// With the pages in English.
async fn english() -> Admin {
    let admin = Admin::spawn().await;
    in_english(&admin.browser);
    admin
}

fn in_english(browser: &Browser) {
    let mut cookies = browser.cookies.borrow_mut();
    cookies.insert("wallet_lang".to_owned(), "en".to_owned());
}

/// The names of a list, in its order.
fn names(page: &str) -> Vec<String> {
    let rows = page.split(r#"<td data-label="Username">"#).skip(1);
    let name = |row: &str| {
        let (_, rest) = row.split_once("/\">").unwrap();
        rest.split_once("</a>").unwrap().0.to_owned()
    };
    rows.map(name).collect()
}

async fn id_of(admin: &Admin, username: &str) -> i64 {
    let database = postgres::connect(&admin.app.database).await;
    let id = "SELECT id FROM users WHERE username = $1";
    database.query_one(id, &[&username]).await.unwrap().get(0)
}

/// Registers a user; gives their address in the panel.
async fn user(admin: &Admin, username: &str, email: &str) -> String {
    let body = json!({"username": username, "email": email, "password": PASSWORD});
    assert_eq!(admin.app.post("/api/register/", &body).await.0, 201);
    format!("/admin/users/{}/", id_of(admin, username).await)
}
