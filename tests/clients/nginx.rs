//! nginx before two engines on one database. A response is lost between an engine and nginx: to nginx, that engine died.

mod access;
mod bodies;
mod feed;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tempfile::TempDir;
use testkit::ports::free_address;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};
use wallet_engine::config::Config;

use crate::app::TestApp;
use crate::faults::Fate::ResponseLost;
use crate::faults::Faults;

/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug)]
enum Configured {
    /// With `proxy_next_upstream` at its default.
    ByDefault,
    /// With `proxy_next_upstream error timeout non_idempotent`.
    NonIdempotent,
    /// As in the stack, by `nginx/nginx.conf` and `nginx/start.sh`.
    AsInTheStack,
    /// The same, with three requests in advance and then one a second.
    Limited,
    /// The same as in the stack, before engines that take a second for a request at most.
    Hasty,
}
use Configured::{AsInTheStack, ByDefault, Hasty, Limited, NonIdempotent};

/// Two engines with one wallet.
struct Engines {
    apps: [TestApp; 2],
    wallet: String,
}

impl Engines {
    async fn start() -> Self {
        let apps = Self::spawn(|_| {}).await;
        let wallet = apps[0].wallet("alice").await;
        Self { apps, wallet }
    }

    async fn spawn(change: impl Fn(&mut Config)) -> [TestApp; 2] {
        let shared = |config: &mut Config| {
            config.engine.shared = true;
            change(config);
        };
        let first = TestApp::spawn_with(shared).await;
        let second = TestApp::spawn_on(first.database.clone(), shared).await;
        [first, second]
    }

    /// A proxy before each, and nginx before them. It has tried none of them yet.
    async fn behind(&self, configured: Configured) -> Behind {
        let faults = Faults::default();
        let addresses = [self.apps[0].address, self.apps[1].address];
        let nginx = Nginx::start(configured, &faults.proxies(addresses).await).await;
        Behind { faults, nginx }
    }

    async fn assert_booked(&self, deposits: i64) {
        assert_eq!(self.apps[0].audited_operations().await, deposits);
        let balance = self.apps[0].balance(&self.wallet).await;
        assert_eq!(balance, format!("{deposits}.00"));
    }

    async fn stop(self) {
        for app in self.apps {
            app.stop().await.unwrap();
        }
    }
}

struct Behind {
    faults: Faults,
    nginx: Nginx,
}

impl Behind {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let http = reqwest::Client::new();
        http.request(method, format!("http://{}{path}", self.nginx.address))
    }

    fn deposit(&self, method: Method, engines: &Engines, key: Option<&str>) -> RequestBuilder {
        let request = self.request(method, &format!("{}operation/", engines.wallet));
        let request = request.json(&json!({"operationType": "DEPOSIT", "amount": "1.00"}));
        match key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        }
    }
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

/// Ends with its test.
struct Nginx {
    address: SocketAddr,
    _process: Child,
    files: TempDir,
}

impl Nginx {
    async fn start(configured: Configured, upstreams: &[SocketAddr]) -> Self {
        let files = tempfile::tempdir().unwrap();
        let address = free_address();
        let mut command = match configured {
            ByDefault => configured_here(files.path(), address, upstreams, ""),
            NonIdempotent => {
                let directive = "proxy_next_upstream error timeout non_idempotent;";
                configured_here(files.path(), address, upstreams, directive)
            }
            AsInTheStack => configured_as_in_the_stack(files.path(), address, upstreams),
            Limited => {
                let mut command = configured_as_in_the_stack(files.path(), address, upstreams);
                command.env("WALLET_RATE", "1").env("WALLET_BURST", "3");
                command
            }
            Hasty => {
                let mut command = configured_as_in_the_stack(files.path(), address, upstreams);
                command.env("WALLET_WAIT_S", "1");
                command
            }
        };
        // Debian has servers where a user's path need not lead.
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap());
        command.env("PATH", path).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let serving = async {
            while TcpStream::connect(address).await.is_err() {
                assert_eq!(process.try_wait().unwrap(), None, "nginx ended");
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, serving).await.expect("nginx serves");
        Self {
            address,
            _process: process,
            files,
        }
    }
}

/// A configuration with nothing in it but what a proxy needs. One process, which is killed with its test.
fn configured_here(
    files: &Path,
    address: SocketAddr,
    upstreams: &[SocketAddr],
    directive: &str,
) -> Command {
    let files = files.display();
    let servers: Vec<_> = upstreams.iter().map(|at| format!("server {at};")).collect();
    let servers = servers.concat();
    let text = format!(
        "daemon off; master_process off; pid {files}/pid; error_log stderr crit; events {{}}
        http {{
            access_log off;
            client_body_temp_path {files}/body; proxy_temp_path {files}/proxy; fastcgi_temp_path {files}/fastcgi;
            uwsgi_temp_path {files}/uwsgi; scgi_temp_path {files}/scgi;
            upstream engines {{ {servers} }}
            server {{ listen {address}; location / {{ proxy_pass http://engines; {directive} }} }}
        }}"
    );
    let conf = format!("{files}/nginx.conf");
    fs::write(&conf, text).unwrap();
    let mut command = Command::new("nginx");
    command.args(["-e", "stderr", "-c", &conf]);
    command
}

/// The stack's own files, with their paths and ports moved.
fn configured_as_in_the_stack(
    files: &Path,
    address: SocketAddr,
    upstreams: &[SocketAddr],
) -> Command {
    let root = files.display();
    let at = |rest: &str| format!("{root}{rest}");
    moved(
        files,
        "nginx.conf",
        &[
            ("/tmp/", &at("/")),
            ("/etc/nginx/wallet/errors.conf", &at("/errors.conf")),
            (
                "worker_rlimit_nofile 16384;",
                "daemon off; master_process off;",
            ),
            ("listen 8080 ", &format!("listen {address} ")),
            ("8080    $client;", &format!("{} $client;", address.port())),
            ("listen 8081 ", &format!("listen {} ", free_address())),
            ("/dev/stdout wallet", &at("/access.log wallet")),
        ],
    );
    moved(files, "errors.conf", &[]);
    let port = format!("engine_port={}", upstreams[0].port());
    moved(
        files,
        "start.sh",
        &[
            (
                "conf=/etc/nginx/wallet/nginx.conf",
                &format!("conf={}", at("/nginx.conf")),
            ),
            ("files=/tmp/wallet", &format!("files={}", at("/wallet"))),
            ("engine_port=8000", &port),
            (" -g 'daemon off;'", ""),
        ],
    );
    let mut command = Command::new("sh");
    let engines: Vec<_> = upstreams.iter().map(|at| at.ip().to_string()).collect();
    command
        .arg(files.join("start.sh"))
        .env("WALLET_ENGINES", engines.join(" "))
        .env("WALLET_RATE", "1000")
        .env("WALLET_BURST", "1000")
        .env("WALLET_CONCURRENCY", "100")
        .env("WALLET_WAIT_S", "10")
        .env("WALLET_PROXIES", "");
    command
}

/// Copies a file of `nginx/` with each of these texts, which it has, replaced.
fn moved(to: &Path, name: &str, replaced: &[(&str, &str)]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("nginx")
        .join(name);
    let mut text = fs::read_to_string(file).unwrap();
    for (from, to) in replaced {
        assert!(text.contains(from), "{name} has no {from}");
        text = text.replace(from, to);
    }
    fs::write(to.join(name), text).unwrap();
}

#[actix_web::test]
async fn a_deposit_that_was_sent_is_not_sent_to_the_next_engine() {
    for configured in [ByDefault, AsInTheStack] {
        let engines = Engines::start().await;
        let behind = engines.behind(configured).await;
        let deposit = || behind.deposit(Method::POST, &engines, Some("rent"));
        behind.faults.plan(&[ResponseLost]);
        assert_eq!(status(deposit()).await, 502, "{configured:?}");
        assert_eq!(behind.faults.statuses(), [200], "{configured:?}");
        engines.assert_booked(1).await;

        // The client repeats it, and reaches the other engine.
        assert_eq!(status(deposit()).await, 200);
        assert!(behind.faults.seen()[1].replayed);
        engines.assert_booked(1).await;
        engines.stop().await;
    }
}

#[actix_web::test]
async fn a_read_is_sent_to_the_next_engine() {
    for configured in [ByDefault, AsInTheStack] {
        let engines = Engines::start().await;
        let behind = engines.behind(configured).await;
        behind.faults.plan(&[ResponseLost]);
        let read = behind.request(Method::GET, &engines.wallet);
        assert_eq!(status(read).await, 200, "{configured:?}");
        assert_eq!(behind.faults.statuses(), [200, 200], "{configured:?}");
        engines.stop().await;
    }
}

#[actix_web::test]
async fn put_and_delete_are_sent_to_the_next_engine_and_refused_by_both() {
    let engines = Engines::start().await;
    for method in [Method::PUT, Method::DELETE] {
        for configured in [ByDefault, AsInTheStack] {
            let behind = engines.behind(configured).await;
            behind.faults.plan(&[ResponseLost]);
            let request = behind.deposit(method.clone(), &engines, Some("rent"));
            assert_eq!(status(request).await, 405, "{configured:?} {method}");
            assert_eq!(behind.faults.statuses(), [405, 405], "{configured:?}");
        }
    }
    engines.assert_booked(0).await;
    engines.stop().await;
}

#[actix_web::test]
async fn with_non_idempotent_nginx_deposits_twice_unless_there_is_a_key() {
    let engines = Engines::start().await;
    for (key, booked) in [(Some("rent"), 1), (None, 3)] {
        let behind = engines.behind(NonIdempotent).await;
        behind.faults.plan(&[ResponseLost]);
        let deposit = behind.deposit(Method::POST, &engines, key);
        assert_eq!(status(deposit).await, 200);
        assert_eq!(behind.faults.statuses(), [200, 200]);
        engines.assert_booked(booked).await;
    }
    engines.stop().await;
}
