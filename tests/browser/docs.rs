//! `/api/docs/`: the API, tried from its description.

use crate::engine::Engine;
use crate::webdriver::Browser;

// Where Swagger UI shows an answer's parts.
const STATUS: &str = ".response-col_status";
const BODY: &str = ".highlight-code code";
const HEADERS: &str = ".response-col_description pre.microlight";

#[actix_rt::test]
async fn a_user_is_registered_and_deposits_from_the_page() {
    let engine = Engine::start();
    let browser = Browser::start().await;
    browser.open(&format!("{}/api/docs/", engine.url)).await;

    let register = Panel::open(&browser, "registerUser").await;
    register.execute().await;
    register.expect(STATUS, "201").await;
    let headers = register.expect(HEADERS, "location:").await;
    let wallet = wallet_in(&headers);

    let deposit = Panel::open(&browser, "performOperation").await;
    deposit.fill("wallet", wallet).await;
    deposit.execute().await;
    deposit.expect(STATUS, "200").await;
    deposit.expect(BODY, r#""balance": "100.00""#).await;
    deposit.expect(BODY, r#""status": "success""#).await;

    let balance = Panel::open(&browser, "getWallet").await;
    balance.fill("wallet", wallet).await;
    balance.execute().await;
    balance.expect(STATUS, "200").await;
    balance.expect(BODY, r#""balance": "100.00""#).await;

    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{complaints:?}");
}

#[actix_rt::test]
async fn a_key_is_given_to_the_page_and_sent_with_what_is_tried() {
    let engine = Engine::start_guarded();
    let key = engine.create_key("docs");
    let browser = Browser::start().await;
    browser.open(&format!("{}/api/docs/", engine.url)).await;

    let register = Panel::open(&browser, "registerUser").await;
    register.execute().await;
    register.expect(STATUS, "401").await;
    register.expect(HEADERS, "www-authenticate:").await;
    // The refusal itself.
    browser.complaints().await;

    let fields = ".auth-container:has(#auth-bearer-value)";
    browser.click(".auth-wrapper .btn.authorize").await;
    browser.write("#auth-bearer-value", &key).await;
    browser.click(&format!("{fields} .authorize")).await;
    browser.click(".auth-container .btn-done").await;
    register.execute().await;
    register.expect(STATUS, "201").await;
    let headers = register.expect(HEADERS, "location:").await;
    let wallet = wallet_in(&headers);
    let balance = Panel::open(&browser, "getWallet").await;
    balance.fill("wallet", wallet).await;
    balance.execute().await;
    balance.expect(STATUS, "200").await;
    balance.expect(BODY, r#""balance": "0.00""#).await;

    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{complaints:?}");
}

/// The number of the wallet at the address that the headers show.
fn wallet_in(headers: &str) -> &str {
    headers
        .split("/api/wallets/")
        .nth(1)
        .and_then(|rest| rest.split('/').next())
        .expect("the new wallet's address is shown")
}

/// What the page says of one operation, and asks for it.
struct Panel<'b> {
    browser: &'b Browser,
    /// The selector of all that is within.
    within: String,
}

impl<'b> Panel<'b> {
    async fn open(browser: &'b Browser, operation: &str) -> Self {
        let within = format!("[id$='-{operation}']");
        let control = format!("{within} .opblock-summary-control");
        browser.click(&control).await;
        browser.click(&format!("{within} .try-out__btn")).await;
        Self { browser, within }
    }

    async fn fill(&self, parameter: &str, text: &str) {
        let input = format!("{} [data-param-name='{parameter}'] input", self.within);
        self.browser.write(&input, text).await;
    }

    async fn execute(&self) {
        let button = format!("{} .execute", self.within);
        self.browser.click(&button).await;
    }

    /// Waits until that part of the answer has the text; gives the part.
    async fn expect(&self, part: &str, text: &str) -> String {
        let part = format!("{} .live-responses-table {part}", self.within);
        self.browser.text_with(&part, text).await
    }
}
