//! The clients as programs, which print the status that they got, or `error`.

use std::path::{Path, PathBuf};

use tokio::process::Command;
use wallet_engine::auth::Secret;

/// What a client got.
#[derive(Debug, PartialEq)]
pub enum Got {
    Status(u16),
    Error,
}

pub async fn python(arguments: &[&str]) -> Got {
    python_with(None, arguments).await
}

/// With a key for the engine, if there is one.
pub async fn python_with(key: Option<&Secret>, arguments: &[&str]) -> Got {
    let packages = installed("clients-python");
    let mut command = Command::new(packages.join("python"));
    command
        .env("PYTHONPATH", &packages)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(program("client.py"));
    run(command, key, arguments).await
}

pub async fn node(name: &str, arguments: &[&str]) -> Got {
    node_with(None, name, arguments).await
}

pub async fn node_with(key: Option<&Secret>, name: &str, arguments: &[&str]) -> Got {
    let mut command = Command::new("node");
    command
        .env("PACKAGES", installed("clients-node").join("package.json"))
        .arg(program(name));
    run(command, key, arguments).await
}

pub async fn java(arguments: &[&str]) -> Got {
    java_with(None, arguments).await
}

pub async fn java_with(key: Option<&Secret>, arguments: &[&str]) -> Got {
    let mut command = Command::new("java");
    command.arg(program("Client.java"));
    run(command, key, arguments).await
}

async fn run(mut command: Command, key: Option<&Secret>, arguments: &[&str]) -> Got {
    command.env("no_proxy", "*").kill_on_drop(true);
    command.env("TOKEN", key.map_or("", Secret::expose));
    let output = command.args(arguments).output().await;
    let output = output.expect("`make clients` installs what this needs");
    assert!(output.status.success(), "{output:?}");
    match String::from_utf8(output.stdout).unwrap().trim() {
        "error" => Got::Error,
        status => Got::Status(status.parse().unwrap()),
    }
}

pub fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients/programs")
        .join(name)
}

pub fn installed(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target")
        .join(folder)
}
