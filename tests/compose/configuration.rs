//! nginx's configuration is part of what `make up` brings up: tested before anything is replaced, and in force after.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::stack::{Stack, said};

/// What an image or the stack is made from.
const PARTS: [&str; 11] = [
    ".dockerignore",
    "Cargo.lock",
    "Cargo.toml",
    "Makefile",
    "askama.toml",
    "benches",
    "docker",
    "nginx",
    "sql",
    "src",
    "tests",
];

/// A copy of the checkout, to be changed.
struct Copy(TempDir);

impl Copy {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut cp = Command::new("cp");
        cp.current_dir(checkout).args(["-a", "--parents"]);
        said(cp.args(PARTS).arg(folder.path()));
        Self(folder)
    }

    fn replace(&self, file: &str, old: &str, new: &str) {
        let file = self.0.path().join(file);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(old), "{old}");
        fs::write(file, text.replace(old, new)).unwrap();
    }

    fn make_up(&self, stack: &Stack, settings: &[(&str, &str)]) -> Output {
        println!("make up, {settings:?}");
        let mut make = stack.command("make");
        make.arg("up").envs(settings.iter().copied());
        make.current_dir(self.0.path()).output().unwrap()
    }
}

pub async fn what_nginx_refuses_does_not_replace_what_serves(stack: &Stack) {
    let before = stack.containers();
    let broken = Copy::new();
    broken.replace("nginx/nginx.conf", "sendfile on;", "sendfiles on;");
    let unreadable = Copy::new();
    unreadable.replace("nginx/start.sh", "set -eu", "set -eu\nfi");
    let sound = Copy::new();
    for (copy, settings, reason) in [
        (&broken, [].as_slice(), "unknown directive \"sendfiles\""),
        (&unreadable, &[], "Syntax error"),
        (
            &sound,
            &[("WALLET_PROXIES", "proxy.example")],
            "invalid network",
        ),
        (&sound, &[("WALLET_RATE", "many")], "WALLET_RATE is 'many'"),
    ] {
        let output = copy.make_up(stack, settings);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{reason}: make up succeeded");
        assert!(stderr.contains(reason), "{reason}: {stderr}");
        assert_eq!(stack.containers(), before, "{reason}");
        let url = format!("http://{}/api/register/", stack.address);
        let answer = stack.client().get(url).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{reason}");
    }
}

/// Also if its files are for their owner alone, as a checkout under umask 077 leaves them.
pub async fn a_changed_configuration_is_in_force_after_make_up(stack: &Stack) {
    let changed = Copy::new();
    let line = "add_header X-Frame-Options DENY always;";
    let lines = format!("{line}\n    add_header X-Changed yes always;");
    changed.replace("nginx/nginx.conf", line, &lines);
    let nginx = changed.0.path().join("nginx");
    said(Command::new("chmod").args(["-R", "go-rwx"]).arg(nginx));
    let before = stack.container("nginx");
    let output = changed.make_up(stack, &[("WALLET_RATE", "54321")]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert_ne!(stack.container("nginx"), before);
    let url = format!("http://{}/api/register/", stack.address);
    let answer = stack.client().get(url).send().await.unwrap();
    assert_eq!(answer.headers()["x-changed"], "yes");

    // What one client may do, and who can reach it, is said.
    let stdout = String::from_utf8_lossy(&output.stdout);
    for said in [
        "Serving on http://127.0.0.1:8080",
        "Only this host can reach it.",
        "54321 requests per second",
        "100 concurrent requests",
    ] {
        assert!(stdout.contains(said), "{said}: {stdout}");
    }

    // Nothing is replaced if nothing was changed.
    let before = stack.containers();
    let again = changed.make_up(stack, &[("WALLET_RATE", "54321")]);
    assert!(again.status.success());
    assert_eq!(stack.containers(), before);
}
