//! The stack: `make`, Compose and Docker, as an operator would type them.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use testkit::raw_http::Request;
use tokio::time::{Instant, sleep};

use crate::{CALM, PATIENCE};

const CHECKOUT: &str = env!("CARGO_MANIFEST_DIR");
/// A project of its own, so that no other stack's data is touched.
const PROJECT: &str = "wallet-compose-test";
/// One client sends everything here, and would be limited.
const RATE: &str = "100000";
/// Profiles whose services go on running.
const SERVING: [&str; 6] = [
    "--profile",
    "cluster",
    "--profile",
    "observability",
    "--profile",
    "backup",
];

/// A running stack.
pub struct Stack {
    project: &'static str,
    /// The checkout that it is started from.
    directory: PathBuf,
    /// Where nginx is, from outside.
    pub address: SocketAddr,
}

impl Stack {
    /// From nothing, by the target of the Makefile.
    pub async fn up(target: &str) -> Self {
        Self::up_from(Path::new(CHECKOUT), target).await
    }

    async fn up_from(directory: &Path, target: &str) -> Self {
        let stack = Self {
            project: PROJECT,
            directory: directory.to_owned(),
            address: ([127, 0, 0, 1], 8080).into(),
        };
        stack.remove();
        stack.make(target);
        stack.nginx_leaves_out(&[]).await;
        stack
    }

    /// From a copy of the sources that only its owner can read, made in that directory.
    pub async fn up_from_private_checkout(directory: &Path) -> Self {
        let copy = r#"umask 077 && git -C "$1" ls-files -z --cached --others --exclude-standard |
            tar --create --directory="$1" --null --files-from=- | tar --extract --no-same-permissions --directory="$2""#;
        said(
            Command::new("sh")
                .args(["-c", copy, "sh", CHECKOUT])
                .arg(directory),
        );
        let file = directory.join("docker/postgres.sh");
        let mode = fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
        Self::up_from(directory, "up").await
    }

    /// The file of the API's first key, which `make up` makes.
    pub fn key_file(&self) -> PathBuf {
        self.directory.join("docker/secrets/api_key")
    }

    /// The API's first key.
    pub fn key(&self) -> String {
        let key = fs::read_to_string(self.key_file()).unwrap();
        key.trim_end().to_owned()
    }

    /// The `Authorization` of a client that has the key.
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.key())
    }

    /// A client that sends the key.
    pub fn client(&self) -> reqwest::Client {
        self.client_builder().build().unwrap()
    }

    pub fn client_builder(&self) -> reqwest::ClientBuilder {
        client_with(&self.authorization())
    }

    /// A request with the key.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, path).header("Authorization", self.authorization())
    }

    /// With everything that it stored.
    pub fn remove(&self) {
        let down = ["--profile", "load", "down", "--volumes", "--remove-orphans"];
        self.compose(&[&SERVING[..], &down].concat());
    }

    pub fn make(&self, target: &str) {
        self.run(&format!("make {target}"));
    }

    /// Runs a command line without quotes; gives what it printed.
    pub fn run(&self, line: &str) -> String {
        println!("{line}");
        said(&mut self.line(line))
    }

    /// Runs a command line while this thread goes on with a load; gives what it printed.
    pub async fn run_beside(&self, line: &str) -> String {
        println!("{line}");
        beside(self.line(line)).await
    }

    /// The same of a statement, as the administrator of the database `postgres`.
    pub async fn psql_beside(&self, statement: &str) -> String {
        let psql = ["exec", "-T", "postgres", "psql", "-XAtU", "postgres", "-c"];
        let mut command = self.command("docker/compose.sh");
        command.args(psql).arg(statement);
        beside(command).await
    }

    /// Runs a command line that has to be refused, for this reason.
    pub fn refuses(&self, line: &str, reason: &str) {
        println!("{line}");
        let output = self.line(line).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{line} is not refused");
        assert!(printed.contains(reason), "{line}: {printed}");
    }

    fn line(&self, line: &str) -> Command {
        let mut words = line.split_whitespace();
        let mut command = self.command(words.next().unwrap());
        command.args(words);
        command
    }

    /// Runs Compose; gives what it printed.
    pub fn compose(&self, arguments: &[&str]) -> String {
        said(self.command("docker/compose.sh").args(arguments))
    }

    /// Runs Docker; gives what it printed.
    pub fn docker(&self, arguments: &[&str]) -> String {
        println!("docker {}", arguments.join(" "));
        said(self.command("docker").args(arguments))
    }

    /// The id of a service's container, running or not.
    pub fn container(&self, service: &str) -> String {
        let id = self.labelled(service);
        assert!(!id.is_empty(), "{service} has no container");
        id
    }

    /// Whether the service has a container.
    pub fn has_container(&self, service: &str) -> bool {
        !self.labelled(service).is_empty()
    }

    /// The ids of all containers, those that have ended included, in order.
    pub fn containers(&self) -> Vec<String> {
        let ids = self.ids("");
        let mut ids: Vec<_> = ids.lines().map(str::to_owned).collect();
        ids.sort_unstable();
        ids
    }

    fn labelled(&self, service: &str) -> String {
        self.ids(&format!("label=com.docker.compose.service={service}"))
    }

    /// Of the project's containers, those that match the filter, as Docker knows them: Compose itself takes a second.
    fn ids(&self, filter: &str) -> String {
        let project = format!("label=com.docker.compose.project={}", self.project);
        let mut ps = self.command("docker");
        ps.args(["ps", "--all", "--quiet", "--no-trunc"]);
        for filter in [&project, "label=com.docker.compose.oneoff=False", filter] {
            if !filter.is_empty() {
                ps.args(["--filter", filter]);
            }
        }
        said(&mut ps).trim().to_owned()
    }

    /// Runs a program in the service's container.
    pub fn inside(&self, service: &str, arguments: &[&str]) -> Output {
        let container = self.container(service);
        let exec = ["exec", container.as_str()];
        self.command("docker")
            .args(exec)
            .args(arguments)
            .output()
            .unwrap()
    }

    /// Ends the service's main process as a crash would: whatever restarts it is the restart policy.
    pub fn crash(&self, service: &str) {
        let container = self.container(service);
        let pid = self.docker(&["inspect", "--format", "{{.State.Pid}}", &container]);
        // From outside the container, in which a first process cannot be killed.
        let kill = ["run", "--rm", "--pid=host"];
        let kill_pid = format!("kill -9 {}", pid.trim());
        let script = ["debian:bookworm-slim", "sh", "-c", kill_pid.as_str()];
        self.docker(&[&kill[..], &script[..]].concat());
    }

    /// Takes the network to PostgreSQL away from the service.
    pub fn cut_off(&self, service: &str) {
        self.database_network("disconnect", service);
    }

    /// Gives it back.
    pub fn heal(&self, service: &str) {
        self.database_network("connect", service);
    }

    fn database_network(&self, change: &str, service: &str) {
        let network = format!("{}_database", self.project);
        self.docker(&["network", change, &network, &self.container(service)]);
    }

    /// Waits until nginx leaves out exactly these engines.
    pub async fn nginx_leaves_out(&self, engines: &[&str]) {
        let begun = Instant::now();
        loop {
            let listed = self.inside("nginx", &["ls", "/tmp/wallet/out"]);
            let left_out = String::from_utf8(listed.stdout).unwrap();
            if listed.status.success() && left_out.lines().eq(engines.iter().copied()) {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "nginx should leave out {engines:?}:\n{left_out}"
            );
            sleep(CALM / 10).await;
        }
    }

    /// A request to one engine, past nginx: the status.
    fn status(&self, engine: &str, arguments: &[&str]) -> String {
        let written = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-m", "30"];
        let curl = [&["curl"], &written[..], arguments].concat();
        let asked = self.inside("nginx", &curl);
        format!("{engine}: {}", String::from_utf8_lossy(&asked.stdout))
    }

    /// The same with a key, which is on standard input: every process could read an argument.
    pub fn status_with(&self, key: &str, engine: &str, arguments: &[&str]) -> String {
        let container = self.container("nginx");
        let written = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-m", "30"];
        let curl = ["exec", "-i", &container, "curl", "-H", "@-"];
        let mut docker = self.command("docker");
        docker.args(curl).args(written).args(arguments);
        docker.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = docker.spawn().unwrap();
        let header = format!("Authorization: Bearer {key}\n");
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(header.as_bytes()).unwrap();
        drop(stdin);
        let asked = child.wait_with_output().unwrap();
        format!("{engine}: {}", String::from_utf8_lossy(&asked.stdout))
    }

    /// Waits until the engine says that it is not ready; then it has to answer in time that it cannot do anything.
    pub async fn answers_that_it_cannot(&self, engine: &str) {
        let begun = Instant::now();
        let ready = format!("http://{engine}:8000/readyz");
        while self.status(engine, &[&ready]) != format!("{engine}: 503") {
            assert!(begun.elapsed() < PATIENCE, "{engine} says it is ready");
            sleep(CALM / 10).await;
        }
        let wallet = "00000000-0000-4000-8000-000000000000";
        let operation = format!("http://{engine}:8000/api/wallets/{wallet}/operation/");
        let body = r#"{"operationType":"DEPOSIT","amount":"1.00"}"#;
        let json = "Content-Type: application/json";
        let arguments = ["-H", json, "-d", body, &operation];
        let status = self.status_with(&self.key(), engine, &arguments);
        assert!(
            status.ends_with(" 500") || status.ends_with(" 503"),
            "{status}"
        );
    }

    /// By nginx's log, every engine has answered about wallets.
    pub fn every_engine_has_wallets(&self) {
        let log = self.docker(&["logs", "--tail", "2000", &self.container("nginx")]);
        for home in ["11", "12", "13"] {
            let engine = format!(".{home}:8000\",\"engine_status\":\"200\"");
            assert!(log.contains(&engine), "no wallet has its home at .{home}");
        }
    }

    /// Runs a load of `benches/k6` in a container, through nginx.
    pub fn k6(&self, load: &str) {
        println!("k6 {load}");
        self.compose(&["--profile", "load", "build", "k6"]);
        let run = ["--profile", "load", "run", "--rm", "-T", "k6", load];
        let mut k6 = self.command("docker/compose.sh");
        k6.stdin(fs::File::open(self.key_file()).unwrap());
        k6.env("RATE", "200").env("DURATION", "5s");
        k6.env("TIMED", "false").args(run);
        println!("{}", said(&mut k6));
    }

    /// Audits every wallet, with the engine's image.
    pub fn verify(&self) {
        // The service with the address of the database and none of its own.
        let verify = ["run", "--rm", "--no-deps", "migrate", "verify"];
        let audit = self.compose(&verify);
        println!("{audit}");
        assert!(audit.contains("Everything agrees."), "{audit}");
    }

    /// Brings nginx up with these settings.
    pub async fn set_nginx(&self, settings: &[(&str, &str)]) {
        let up = ["up", "--detach", "--no-build", "--no-deps", "nginx"];
        let mut compose = self.command("docker/compose.sh");
        compose.envs(settings.iter().copied());
        said(compose.args(up));
        self.nginx_leaves_out(&[]).await;
    }

    /// The address of the edge network's gateway, from which this host's requests come.
    pub fn gateway(&self) -> String {
        let network = format!("{}_edge", self.project);
        let format = "{{(index .IPAM.Config 0).Gateway}}";
        let gateway = self.docker(&["network", "inspect", "--format", format, &network]);
        gateway.trim().to_owned()
    }

    /// The last lines of the service's log.
    pub fn log(&self, service: &str, lines: usize) -> String {
        let lines = lines.to_string();
        self.docker(&["logs", "--tail", &lines, &self.container(service)])
    }

    /// A command in the project's folder, for the test's stack.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.directory);
        command.env("WALLET_PROJECT", self.project);
        command.env("WALLET_RATE", RATE).env("WALLET_BURST", RATE);
        // Not the settings of whoever runs the test.
        for variable in [
            "WALLET_ENGINES",
            "WALLET_SHARED",
            "WALLET_PORT",
            "WALLET_CONCURRENCY",
            "WALLET_PROXIES",
            "WALLET_AUTH",
            "WALLET_CORS_ORIGINS",
            "FORCE",
        ] {
            command.env_remove(variable);
        }
        command
    }
}

/// A client that sends this `Authorization`.
pub fn client_with(authorization: &str) -> reqwest::ClientBuilder {
    let value = HeaderValue::try_from(authorization).unwrap();
    let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
    reqwest::Client::builder().default_headers(headers)
}

/// What the command printed, which must have succeeded.
pub fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{printed}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    printed + &String::from_utf8_lossy(&output.stderr)
}

/// The same, on a thread of its own.
async fn beside(mut command: Command) -> String {
    let ran = tokio::task::spawn_blocking(move || said(&mut command));
    ran.await.unwrap()
}
