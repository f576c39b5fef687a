//! The admin panel in a browser, with a member of the staff; and what every page of it has to be: readable in both widths
//! and both themes, within reach of everybody, and without a complaint of the browser's.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::engine::Engine;
use crate::webdriver::Browser;

pub const STAFF: &str = "operator";
pub const PASSWORD: &str = "correct horse battery staple";

/// Widths that a page must be readable at.
const WIDTHS: [u32; 2] = [1280, 390];
const THEMES: [&str; 2] = ["light", "dark"];
/// What of axe's findings keeps people out.
const GRAVE: [&str; 2] = ["serious", "critical"];

pub struct Panel {
    pub browser: Browser,
    pub engine: Engine,
}

impl Panel {
    /// An engine and a browser, with nobody signed in.
    pub async fn start() -> Self {
        Self::over(Engine::start()).await
    }

    async fn over(engine: Engine) -> Self {
        engine.create_admin(STAFF, PASSWORD);
        let browser = Browser::start().await;
        browser.resize(WIDTHS[0]).await;
        Self { browser, engine }
    }

    /// With [`STAFF`] signed in, in English.
    pub async fn signed_in() -> Self {
        Self::start().await.sign_in_in_english().await
    }

    /// With [`STAFF`] signed in, in English, to an engine whose API takes keys and tokens.
    pub async fn guarded() -> Self {
        let panel = Self::over(Engine::start_guarded()).await;
        panel.sign_in_in_english().await
    }

    async fn sign_in_in_english(self) -> Self {
        let panel = self;
        panel.open("/admin/").await;
        panel.sign_in(STAFF, PASSWORD).await;
        panel.browser.arrives("/admin/").await;
        let english = "button[name=choice][value=en]";
        panel.browser.follow(english).await;
        panel.browser.text_with("h1", "Overview").await;
        panel
    }

    pub async fn open(&self, path: &str) {
        let url = format!("{}{path}", self.engine.url);
        self.browser.open(&url).await;
    }

    /// Fills in the page of sign-in, and sends it.
    pub async fn sign_in(&self, username: &str, password: &str) {
        self.browser.rewrite("#username", username).await;
        self.browser.rewrite("#password", password).await;
        self.browser.follow(".button--primary").await;
    }

    /// Confirms what the page asks about once more.
    pub async fn confirm(&self) {
        self.browser.follow("#confirmation .button--primary").await;
    }

    /// Signs out, and somebody else in.
    pub async fn switch_to(&self, username: &str) {
        self.browser.follow(".who button").await;
        self.open("/admin/sign-in/").await;
        self.sign_in(username, PASSWORD).await;
        self.browser.arrives("/admin/").await;
    }

    /// Pictures of the page as it is, in both widths and themes, to `target/screens/NAME-WIDTH-THEME.png`. In each, it
    /// must fit and have no grave finding of axe's.
    pub async fn screens(&self, name: &str) {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
        fs::create_dir_all(&directory).unwrap();
        let browser = &self.browser;
        // Colours are looked at when they have arrived.
        let set = "const t = document.documentElement.dataset; const was = t.theme; t.theme = arguments[0];
                   document.body.offsetWidth; for (const a of document.getAnimations()) a.finish(); return was";
        for width in WIDTHS {
            browser.resize(width).await;
            let mut theme_before = Value::Null;
            for theme in THEMES {
                let was = browser.run(set, &[theme.into()]).await;
                theme_before = if theme_before.is_null() {
                    was
                } else {
                    theme_before
                };
                let file = directory.join(format!("{name}-{width}-{theme}.png"));
                fs::write(file, browser.picture().await).unwrap();
                self.accessible().await;
            }
            browser.run(set, &[theme_before]).await;
            let wide = "return document.documentElement.scrollWidth";
            let wide = browser.run(wide, &[]).await;
            assert!(
                wide.as_u64().unwrap() <= u64::from(width),
                "{name} is {wide} pixels wide in {width}"
            );
        }
        browser.resize(WIDTHS[0]).await;
    }

    /// A picture of the page as it is, to `target/screens/NAME.png`.
    pub async fn picture(&self, name: &str) {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
        fs::create_dir_all(&directory).unwrap();
        let file = directory.join(format!("{name}.png"));
        fs::write(file, self.browser.picture().await).unwrap();
    }

    /// Asserts that axe finds nothing grave on the page as it is.
    pub async fn accessible(&self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("target/axe/node_modules/axe-core/axe.min.js");
        let axe = fs::read_to_string(script).expect("axe is installed: .ci/install-axe");
        // As the test's own, it is not bound by the page's policy.
        let look = "return axe.run().then(found => found.violations.map(v => ({
                        id: v.id, impact: v.impact, nodes: v.nodes.map(n => n.html + ' ' + n.failureSummary)})))";
        let found = self.browser.run(&format!("{axe};{look}"), &[]).await;
        let grave: Vec<_> = found
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| GRAVE.iter().any(|grave| finding["impact"] == *grave))
            .collect();
        assert!(grave.is_empty(), "{grave:#?}");
    }

    /// The browser itself has nothing to complain of.
    pub async fn end(self) {
        let complaints = self.browser.complaints().await;
        assert!(complaints.is_empty(), "{complaints:?}");
    }
}
