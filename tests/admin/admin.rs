//! The whole application with a member of the staff, and its browsers: clients with cookies of their own,
//! which follow no redirect by themselves.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;

use reqwest::header::{COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response};
use wallet_engine::config::Config;

pub use crate::app::PASSWORD;
use crate::app::TestApp;
use crate::postgres;

/// The name of the staff member whom [`Admin::spawn`] makes.
pub const STAFF: &str = "operator";
/// The cookie of a session.
pub const SESSION: &str = "wallet_admin";

/// An application, and a browser in which [`STAFF`] is signed in. What a browser does can be asked of it.
pub struct Admin {
    pub app: TestApp,
    pub browser: Browser,
}

impl Admin {
    pub async fn spawn() -> Self {
        Self::spawn_with(|_| {}).await
    }

    /// With other settings than the defaults.
    pub async fn spawn_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(TestApp::spawn_with(change).await).await
    }

    /// Of an engine that is there already, with its member of the staff unless it has one.
    pub async fn on(app: TestApp) -> Self {
        let admin = Self::over(app).await;
        admin.browser.sign_in(STAFF, PASSWORD).await;
        admin
    }

    /// Without a session.
    pub async fn spawn_signed_out() -> Self {
        Self::spawn_signed_out_with(|_| {}).await
    }

    /// Without a session, and with other settings than the defaults.
    pub async fn spawn_signed_out_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::over(TestApp::spawn_with(change).await).await
    }

    async fn over(app: TestApp) -> Self {
        let database = postgres::connect(&app.database).await;
        let is_there = "SELECT FROM users WHERE username = $1";
        if database
            .query(is_there, &[&STAFF])
            .await
            .unwrap()
            .is_empty()
        {
            app.wallet(STAFF).await;
        }
        let admin = Self {
            browser: Browser::new(&app),
            app,
        };
        let promote = format!(
            "UPDATE users SET is_staff = true, role = 'administrator' WHERE username = '{STAFF}'"
        );
        admin.execute(&promote).await;
        admin
    }

    /// Another browser, without a session.
    pub fn other_browser(&self) -> Browser {
        Browser::new(&self.app)
    }

    /// A member of the staff with that role, who is signed in.
    pub async fn staff(&self, username: &str, role: &str) -> Browser {
        self.app.wallet(username).await;
        let promote = format!(
            "UPDATE users SET is_staff = true, role = '{role}' WHERE username = '{username}'"
        );
        self.execute(&promote).await;
        let browser = self.other_browser();
        browser.sign_in(username, PASSWORD).await;
        browser
    }

    /// Changes the database by hand.
    pub async fn execute(&self, statements: &str) {
        let database = postgres::connect(&self.app.database).await;
        database.batch_execute(statements).await.unwrap();
    }
}

impl Deref for Admin {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}

/// A client with cookies of its own.
pub struct Browser {
    base: String,
    http: reqwest::Client,
    pub cookies: RefCell<BTreeMap<String, String>>,
    /// Of the last page's forms.
    pub csrf: RefCell<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        assert!((300..400).contains(&self.status), "{self:?}");
        self.headers[LOCATION].to_str().unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }
}

impl Answer {
    /// What the form of the page that asks once more sends, but for its token; `None` of another page.
    pub fn confirmation(&self) -> Option<Vec<(String, String)>> {
        let (_, form) = self.body.split_once(r#"id="confirmation""#)?;
        let (form, _) = form.split_once("</form>").unwrap();
        let fields = form.split(r#"<input type="hidden" name=""#).skip(1);
        let fields: Vec<_> = fields
            .map(|field| {
                let (name, rest) = field.split_once(r#"" value=""#).unwrap();
                let (value, _) = rest.split_once("\">").unwrap();
                (name.to_owned(), unescaped(value))
            })
            .filter(|(name, _)| name != "csrf")
            .collect();
        let last = fields.last().unwrap();
        assert_eq!((&*last.0, &*last.1), ("confirmed", "1"));
        Some(fields)
    }
}

/// A text of a page as it was before it was made HTML.
fn unescaped(text: &str) -> String {
    [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (code, letter)| {
        text.replace(code, letter)
    })
}

impl Browser {
    pub fn new(app: &TestApp) -> Self {
        Self::at(&app.url(""))
    }

    /// Of the engine at that address.
    pub fn at(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            http: reqwest::Client::builder()
                .redirect(Policy::none())
                .build()
                .unwrap(),
            cookies: RefCell::default(),
            csrf: RefCell::default(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends a form as the last page's own: with its token, and from its origin.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.borrow().clone();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields);
        let request = self.request(Method::POST, path);
        self.send(form(request.header(ORIGIN, &self.base), &all))
            .await
    }

    /// Sends a form like [`post`](Self::post), and what it comes to once more, if it is the page that asks for that.
    pub async fn post_confirmed(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let asked = self.post(path, fields).await;
        let Some(hidden) = asked.confirmation() else {
            return asked;
        };
        let hidden: Vec<_> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        // Nothing that was entered is lost, and the key is the same.
        let key = |fields: &[(&str, &str)]| {
            let key = fields.iter().find(|(name, _)| *name == "key");
            key.map(|(_, key)| (*key).to_owned())
        };
        assert_eq!(key(&hidden), key(fields));
        self.post(path, &hidden).await
    }

    /// Signs in through the page, which must work.
    pub async fn sign_in(&self, username: &str, password: &str) {
        let answer = self.try_sign_in(username, password).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.get(answer.location()).await;
    }

    /// Signs in through the page, with whatever that comes to.
    pub async fn try_sign_in(&self, username: &str, password: &str) -> Answer {
        self.get("/admin/sign-in/").await;
        let fields = [("username", username), ("password", password)];
        self.post("/admin/sign-in/", &fields).await
    }

    /// A request with the browser's cookies.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies: Vec<_> = self
            .cookies
            .borrow()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = self.http.request(method, format!("{}{path}", self.base));
        if cookies.is_empty() {
            return request;
        }
        request.header(COOKIE, cookies.join("; "))
    }

    /// Sends it, and keeps what the answer's cookies and forms say.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        self.keep_cookies(&response);
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        };
        if let Some(csrf) = csrf_in(&answer.body) {
            csrf.clone_into(&mut self.csrf.borrow_mut());
        }
        answer
    }

    fn keep_cookies(&self, response: &Response) {
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            let mut cookies = self.cookies.borrow_mut();
            if rest.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// The token in a page's forms.
pub fn csrf_in(body: &str) -> Option<&str> {
    let (_, rest) = body.split_once(r#"name="csrf" value=""#)?;
    rest.split('"').next()
}

/// Puts the fields into the request's body, as a browser does.
pub fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
}
