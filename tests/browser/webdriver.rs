//! Chromium, told what to do by chromedriver through `fantoccini`. What is looked for is waited for: the page is drawn by
//! its script.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use base64::Engine;
use fantoccini::cookies::Cookie;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::{TimeoutConfiguration, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use testkit::watchdog::Watchdog;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Browser {
    client: Client,
    _driver: Child,
    /// Ends the browser too, which works in its directory: killed, chromedriver leaves it running.
    _watchdog: Watchdog,
}

/// A command beyond the standard's: its end of the address, and its parameters.
#[derive(Debug)]
struct Extension(&'static str, Value);

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(
        &self,
        server: &Url,
        session: Option<&str>,
    ) -> Result<Url, <Url as std::str::FromStr>::Err> {
        server.join(&format!("session/{}/{}", session.unwrap(), self.0))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.1.to_string()))
    }
}

impl Browser {
    pub async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap().keep();
        let watchdog = Watchdog::over(&directory).unwrap();
        let mut driver = watchdog
            .command("chromedriver")
            .arg("--port=0")
            .current_dir(&directory)
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver is installed: .ci/install-chromium");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let server = loop {
            let line = lines
                .next_line()
                .await
                .unwrap()
                .expect("chromedriver serves");
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
            }
        };
        // It must never wait for somebody to read its log.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });

        // Root's Chromium has no sandbox, and a container's /dev/shm is too small for it.
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--window-size=1280,2000".to_owned(),
            // They would take their width from the pictures.
            "--hide-scrollbars".to_owned(),
            format!("--user-data-dir={}", directory.join("profile").display()),
        ];
        let Value::Object(wanted) = json!({
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }) else {
            unreachable!("it is one");
        };
        let mut client = ClientBuilder::new(HttpConnector::new());
        let client = client.capabilities(wanted).connect(&server).await.unwrap();
        // axe reads a page with a long table for more than the 30 s that a script has, on a machine that is busy.
        let patient = TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), None);
        client.update_timeouts(patient).await.unwrap();
        Self {
            client,
            _driver: driver,
            _watchdog: watchdog,
        }
    }

    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Clicks the element as soon as it can be clicked.
    pub async fn click(&self, selector: &str) {
        until(selector, async || self.find(selector).await?.click().await).await;
    }

    /// Clicks what leads to another page, and waits for that page. A click is done while the page that it was in still
    /// stands: what is looked for next could be found there, and be gone a moment later.
    pub async fn follow(&self, selector: &str) {
        self.run("window.left = true", &[]).await;
        self.click(selector).await;
        self.holds("return !window.left && document.readyState === 'complete'")
            .await;
    }

    /// Writes into an empty field.
    pub async fn write(&self, selector: &str, text: &str) {
        until(selector, async || {
            self.find(selector).await?.send_keys(text).await
        })
        .await;
    }

    /// Empties a field and writes into it.
    pub async fn rewrite(&self, selector: &str, text: &str) {
        self.find(selector).await.unwrap().clear().await.unwrap();
        self.write(selector, text).await;
    }

    /// The text of everything that the selector finds, as soon as it has `expected` in it.
    pub async fn text_with(&self, selector: &str, expected: &str) -> String {
        let script =
            "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText).join('\\n')";
        let what = format!("{expected} in {selector}");
        until(&what, async || {
            let text = self.client.execute(script, vec![selector.into()]).await;
            let text = text.map_err(|error| error.to_string())?;
            let text = text.as_str().unwrap_or_default().to_owned();
            if text.contains(expected) {
                Ok(text)
            } else {
                Err(text)
            }
        })
        .await
    }

    /// Runs the body of a function in the page; gives what it returns, when it is there.
    pub async fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.client
            .execute(script, arguments.to_vec())
            .await
            .unwrap()
    }

    /// Waits until the browser is at the address.
    pub async fn arrives(&self, path: &str) {
        self.holds(&format!(
            "return location.pathname + location.search === '{path}'"
        ))
        .await;
    }

    /// Waits until the function's body returns true in the page.
    pub async fn holds(&self, script: &str) {
        until(script, async || {
            match self.client.execute(script, Vec::new()).await {
                Ok(Value::Bool(true)) => Ok(()),
                Ok(other) => Err(other.to_string()),
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
    }

    /// What no script can read.
    pub async fn cookie(&self, name: &str) -> Cookie<'static> {
        self.client.get_named_cookie(name).await.unwrap()
    }

    /// Makes the page as wide as that many pixels, as on a screen of such a size.
    pub async fn resize(&self, width: u32) {
        let metrics =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.command("Emulation.setDeviceMetricsOverride", &metrics)
            .await;
    }

    /// A picture of the whole page, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        let whole = json!({"format": "png", "captureBeyondViewport": true});
        let picture = self.command("Page.captureScreenshot", &whole).await;
        let data = picture["data"].as_str().unwrap();
        base64::prelude::BASE64_STANDARD.decode(data).unwrap()
    }

    /// Styles the page as for print, or as for the screen again.
    pub async fn print_media(&self, print: bool) {
        let media = json!({"media": if print { "print" } else { "" }});
        self.command("Emulation.setEmulatedMedia", &media).await;
    }

    /// Takes the browser to another zone of time.
    pub async fn zone(&self, name: &str) {
        let zone = json!({"timezoneId": name});
        self.command("Emulation.setTimezoneOverride", &zone).await;
    }

    /// Lets pages have scripts, or not, from the next one on.
    pub async fn scripts(&self, on: bool) {
        let disabled = json!({"value": !on});
        self.command("Emulation.setScriptExecutionDisabled", &disabled)
            .await;
    }

    /// Prints the page to `target/screens/NAME.pdf`; gives the text of each sheet.
    pub async fn sheets(&self, name: &str) -> Vec<String> {
        let settings = json!({"preferCSSPageSize": true});
        let printed = self.command("Page.printToPDF", &settings).await;
        let data = printed["data"].as_str().unwrap();
        let pdf = base64::prelude::BASE64_STANDARD.decode(data).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = root.join("target/screens").join(format!("{name}.pdf"));
        std::fs::create_dir_all(root.join("target/screens")).unwrap();
        std::fs::write(&file, &pdf).unwrap();
        let packages = root.join("target/browser-python");
        let read = Command::new(packages.join("python"))
            .env("PYTHONPATH", &packages)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .arg(root.join("tests/browser/pdf.py"))
            .arg(&file)
            .kill_on_drop(true)
            .output()
            .await
            .expect("a reader of PDF is installed: `make pdf-reader`");
        assert!(read.status.success(), "{read:?}");
        serde_json::from_slice(&read.stdout).unwrap()
    }

    /// A command of Chromium's own protocol.
    async fn command(&self, name: &str, parameters: &Value) -> Value {
        self.extension(
            "goog/cdp/execute",
            json!({"cmd": name, "params": parameters}),
        )
        .await
    }

    /// What the browser itself found wrong: a script's error, a request that failed, a breach of the page's policy.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.extension("se/log", json!({"type": "browser"})).await;
        let entries = log.as_array().unwrap().iter();
        entries
            .filter(|entry| entry["level"] == "SEVERE")
            .map(|entry| entry["message"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn extension(&self, name: &'static str, parameters: Value) -> Value {
        let command = Extension(name, parameters);
        self.client.issue_cmd(command).await.unwrap()
    }

    async fn find(&self, selector: &str) -> Result<Element, CmdError> {
        self.client.find(Locator::Css(selector)).await
    }
}

/// The first success.
async fn until<T, E: ToString>(what: &str, attempt: impl AsyncFn() -> Result<T, E>) -> T {
    let begun = Instant::now();
    loop {
        match attempt().await {
            Ok(done) => return done,
            Err(why) => assert!(begun.elapsed() < PATIENCE, "{what}: {}", why.to_string()),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
