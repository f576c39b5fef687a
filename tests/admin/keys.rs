//! The API's keys, as staff make, rotate and revoke them.

mod attacks;
mod forms;
mod lists;
mod lives;
mod plans;

use reqwest::Method;
use serde_json::json;
use wallet_engine::config::AuthMode;

use crate::admin::{Admin, Answer, Browser, PASSWORD, STAFF};
use crate::app::TestApp;
use crate::postgres;

/// An engine that takes keys, and one that takes none, where users are registered, on one database.
pub struct Guarded {
    /// With the panel in English.
    pub open: Admin,
    pub app: TestApp,
    /// Signed in to the panel of `app`, in English.
    pub browser: Browser,
}

impl Guarded {
    pub async fn spawn() -> Self {
        let open = Admin::spawn().await;
        in_english(&open.browser);
        let app = TestApp::spawn_on(open.app.database.clone(), on).await;
        let browser = Browser::new(&app);
        browser.sign_in(STAFF, PASSWORD).await;
        in_english(&browser);
        Self { open, app, browser }
    }

    pub async fn stop(self) {
        self.app.stop().await.unwrap();
        self.open.app.stop().await.unwrap();
    }
}

/// The setting with which an engine takes keys.
pub fn on(config: &mut wallet_engine::config::Config) {
    config.server.auth = AuthMode::On;
}

pub fn in_english(browser: &Browser) {
    let mut cookies = browser.cookies.borrow_mut();
    cookies.insert("wallet_lang".to_owned(), "en".to_owned());
}

/// Opens the page of a new key and sends its form; gives the answer.
pub async fn make(browser: &Browser, fields: &[(&str, &str)]) -> Answer {
    let form = form_in(&browser.get("/admin/keys/new/").await);
    send(browser, &form, fields).await
}

/// Sends the form of a new key.
async fn send(browser: &Browser, form: &str, fields: &[(&str, &str)]) -> Answer {
    let all = [&[("form", form)], fields].concat();
    browser.post("/admin/keys/new/make/", &all).await
}

/// The form's own value.
fn form_in(answer: &Answer) -> String {
    let (_, rest) = answer.body.split_once(r#"name="form" value=""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The key that the page shows.
pub fn key_in(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    let (_, rest) = answer.body.split_once(r#"value="wk_"#).unwrap();
    format!("wk_{}", rest.split('"').next().unwrap())
}

/// Makes a key, which must work.
pub async fn made(browser: &Browser, name: &str, scopes: &[&str], wallets: &str) -> String {
    let mut fields = vec![("name", name), ("wallets", wallets)];
    fields.extend(scopes.iter().map(|scope| ("scope", *scope)));
    key_in(&make(browser, &fields).await)
}

/// The numbers of the keys of a name, the oldest first.
async fn numbers(app: &TestApp, name: &str) -> Vec<i64> {
    let database = postgres::connect(&app.database).await;
    let numbers = "SELECT id FROM api_keys WHERE name = $1 ORDER BY id";
    let rows = database.query(numbers, &[&name]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// How many keys there are.
async fn count(app: &TestApp) -> i64 {
    let database = postgres::connect(&app.database).await;
    let count = "SELECT count(*) FROM api_keys";
    database.query_one(count, &[]).await.unwrap().get(0)
}

/// The status of a request for the wallet.
pub async fn read(app: &TestApp, wallet: &str, credential: &str) -> u16 {
    let request = app.http.get(app.url(wallet));
    let request = request.header("authorization", credential);
    request.send().await.unwrap().status().as_u16()
}

/// The status of a deposit.
pub async fn deposit(app: &TestApp, wallet: &str, key: &str) -> u16 {
    let address = app.url(&format!("{wallet}operation/"));
    let body = json!({"operationType": "DEPOSIT", "amount": "1.00"});
    let request = app.http.request(Method::POST, address).json(&body);
    let request = request.bearer_auth(key);
    request.send().await.unwrap().status().as_u16()
}

/// The number of a wallet.
fn id_of(wallet: &str) -> &str {
    wallet.split('/').nth(3).unwrap()
}
