//! As much of `WebDriver` (W3C) as the page needs. What is looked for is waited for: the page is drawn by its script.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(60);
/// The standard's key of an element's reference.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub struct Browser {
    http: reqwest::Client,
    session: String,
    _driver: Driver,
    _profile: TempDir,
}

/// chromedriver, which starts browsers and ends them when it is asked to. Killed, it leaves them running.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Also the browser of a test that failed ends, before its driver does.
impl Drop for Browser {
    fn drop(&mut self) {
        if let Err(error) = end(&self.session) {
            eprintln!("the browser may go on: {error}");
        }
    }
}

/// Ends a session and its browser. Nothing can be awaited where this is needed.
fn end(session: &str) -> std::io::Result<()> {
    let (host, path) = session["http://".len()..].split_once('/').unwrap();
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "DELETE /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )?;
    // Answered when the browser has ended.
    stream.read_exact(&mut [0])
}

impl Browser {
    pub async fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver is installed: .ci/install-chromium");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let driver = Driver(child);
        let port = lines.by_ref().find_map(|line| {
            let line = line.unwrap();
            let port = line.split("successfully on port ").nth(1)?;
            Some(port.trim_end_matches('.').parse::<u16>().unwrap())
        });
        let server = format!("http://127.0.0.1:{}", port.expect("chromedriver serves"));
        std::thread::spawn(move || lines.for_each(drop));

        let profile = tempfile::tempdir().unwrap();
        let http = reqwest::Client::new();
        // Root's Chromium has no sandbox, and a container's /dev/shm is too small for it.
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--window-size=1280,2000".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let session = post(&http, &format!("{server}/session"), &wanted)
            .await
            .unwrap();
        let id = session["sessionId"].as_str().unwrap();
        Self {
            session: format!("{server}/session/{id}"),
            http,
            _driver: driver,
            _profile: profile,
        }
    }

    pub async fn open(&self, url: &str) {
        self.post("url", &json!({"url": url})).await.unwrap();
    }

    /// Clicks the element as soon as it can be clicked.
    pub async fn click(&self, selector: &str) {
        let clicked = async || {
            let element = self.find(selector).await?;
            self.post(&format!("element/{element}/click"), &json!({}))
                .await
        };
        until(selector, async || clicked().await.map(drop)).await;
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
        let written = async || {
            let element = self.find(selector).await?;
            let text = json!({"text": text});
            self.post(&format!("element/{element}/value"), &text).await
        };
        until(selector, async || written().await.map(drop)).await;
    }

    /// The text of everything that the selector finds, as soon as it has `expected` in it.
    pub async fn text_with(&self, selector: &str, expected: &str) -> String {
        let script =
            "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText).join('\\n')";
        let what = format!("{expected} in {selector}");
        until(&what, async || {
            let body = json!({"script": script, "args": [selector]});
            let text = self.post("execute/sync", &body).await?;
            let text = text.as_str().unwrap_or_default().to_owned();
            if text.contains(expected) {
                Ok(text)
            } else {
                Err(text)
            }
        })
        .await
    }

    /// Empties a field and writes into it.
    pub async fn rewrite(&self, selector: &str, text: &str) {
        let element = self.find(selector).await.unwrap();
        self.post(&format!("element/{element}/clear"), &json!({}))
            .await
            .unwrap();
        self.write(selector, text).await;
    }

    /// Runs the body of a function in the page; gives what it returns, when it is there.
    pub async fn run(&self, script: &str, arguments: &[Value]) -> Value {
        let body = json!({"script": script, "args": arguments});
        self.post("execute/sync", &body).await.unwrap()
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
        let body = json!({"script": script, "args": []});
        until(script, async || {
            match self.post("execute/sync", &body).await? {
                Value::Bool(true) => Ok(()),
                other => Err(other.to_string()),
            }
        })
        .await;
    }

    /// What the session's cookie holds, which no script can read.
    pub async fn cookie(&self, name: &str) -> Value {
        let cookies = self.http.get(format!("{}/cookie", self.session)).send();
        let cookies: Value = cookies.await.unwrap().json().await.unwrap();
        let mut cookies = cookies["value"].as_array().unwrap().iter();
        let found = cookies.find(|cookie| cookie["name"] == name);
        found.cloned().unwrap_or(Value::Null)
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

    /// A command of Chromium's own protocol.
    async fn command(&self, name: &str, parameters: &Value) -> Value {
        let body = json!({"cmd": name, "params": parameters});
        self.post("goog/cdp/execute", &body).await.unwrap()
    }

    /// What the browser itself found wrong: a script's error, a request that failed, a breach of the page's policy.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self
            .post("se/log", &json!({"type": "browser"}))
            .await
            .unwrap();
        let entries = log.as_array().unwrap().iter();
        entries
            .filter(|entry| entry["level"] == "SEVERE")
            .map(|entry| entry["message"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn find(&self, selector: &str) -> Result<String, String> {
        let how = json!({"using": "css selector", "value": selector});
        let found = self.post("element", &how).await?;
        Ok(found[ELEMENT].as_str().unwrap().to_owned())
    }

    async fn post(&self, command: &str, body: &Value) -> Result<Value, String> {
        post(&self.http, &format!("{}/{command}", self.session), body).await
    }
}

/// Sends a command; gives its value, or what went wrong.
async fn post(http: &reqwest::Client, url: &str, body: &Value) -> Result<Value, String> {
    let answer = http.post(url).json(body).send().await.unwrap();
    let done = answer.status().is_success();
    let mut answer: Value = answer.json().await.unwrap();
    let value = answer["value"].take();
    if done {
        Ok(value)
    } else {
        Err(value.to_string())
    }
}

async fn until<T>(what: &str, attempt: impl AsyncFn() -> Result<T, String>) -> T {
    let begun = Instant::now();
    loop {
        match attempt().await {
            Ok(done) => return done,
            Err(why) => assert!(begun.elapsed() < PATIENCE, "{what}: {why}"),
        }
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
}
