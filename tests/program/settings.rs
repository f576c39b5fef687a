//! Settings, as flags and as environment variables.

use super::program;

#[test]
fn every_wrong_setting_is_named_at_once_and_the_exit_status_is_2() {
    let refused = program()
        .env("WALLET_BIND", "nowhere")
        .env("WALLET_WAIT_S", "-1")
        .env("DATABASE_URL", "mysql://user:hush@host/db")
        .args(["serve", "--committers", "0"])
        .output()
        .unwrap();

    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    for name in [
        "WALLET_BIND",
        "WALLET_WAIT_S",
        "DATABASE_URL",
        "WALLET_COMMITTERS",
    ] {
        assert!(said.contains(name), "{said}");
    }
    assert!(!said.contains("hush"), "{said}");
}

#[test]
fn a_wrong_database_address_is_refused_by_the_parameter_s_name_and_shows_no_password() {
    for (address, problem) in [
        (
            "postgresql://user:hush@host/db?sslcert=client.pem",
            "DATABASE_URL has the parameter sslcert, which is not supported",
        ),
        (
            "postgresql://user:hush@host/db?conect_timeout=7",
            "DATABASE_URL has an unknown parameter conect_timeout (did you mean connect_timeout?)",
        ),
        (
            "host=host user=user password=hush dbname=db conect_timeout=7",
            "DATABASE_URL has an unknown parameter conect_timeout (did you mean connect_timeout?)",
        ),
        (
            "postgresql://user:hush@host/db?connect_timeout=soon",
            "DATABASE_URL has a wrong connect_timeout, which should be seconds from 0 to 2147483647",
        ),
        (
            "postgresql://user:hush@host/db?target_session_attrs=standby",
            "since an engine needs a server that takes writes",
        ),
        (
            "postgresql://user:hu/sh?hush=1@host/db",
            "DATABASE_URL has an @ after its host",
        ),
        (
            "mysql://user:hush@host/db",
            "DATABASE_URL should be a PostgreSQL address",
        ),
    ] {
        let refused = program().env("DATABASE_URL", address).output().unwrap();

        assert_eq!(refused.status.code(), Some(2), "{address}");
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains(problem), "{address}: {said}");
        assert!(!said.contains("hush") && !said.contains("hu/sh"), "{said}");
        assert!(refused.stdout.is_empty(), "{address}");
    }
}

#[test]
fn both_forms_of_an_address_take_what_libpq_takes() {
    for address in [
        "postgresql://user:hush@h1:5432,h2/db?sslmode=verify-full&target_session_attrs=primary&keepalives_count=3",
        "host=h1,h2 user=user password=hush dbname=db sslmode=verify-full sslrootcert=/a/ca.pem tcp_user_timeout=5000",
        "postgresql:///db?host=/run/postgresql",
    ] {
        let checked = program()
            .env("DATABASE_URL", address)
            .args(["serve", "--check"])
            .output()
            .unwrap();
        let said = String::from_utf8(checked.stderr).unwrap();
        assert_eq!(checked.status.code(), Some(0), "{address}: {said}");
    }
}

#[test]
fn an_unknown_flag_or_command_is_a_wrong_usage() {
    for arguments in [["--no-such-flag"], ["no-such-command"]] {
        let refused = program().args(arguments).output().unwrap();
        assert_eq!(refused.status.code(), Some(2));
    }
}

#[test]
fn help_lists_every_setting() {
    let help = program().arg("--help").output().unwrap();
    let said = String::from_utf8(help.stdout).unwrap();
    for setting in wallet_engine::config::SETTINGS {
        assert!(
            said.contains(&format!("--{}", setting.flag())),
            "{}",
            setting.name
        );
    }
}

#[test]
fn a_database_that_is_not_there_is_an_error_that_names_no_password() {
    let failed = program()
        .env("DATABASE_URL", "postgresql://user:hush@127.0.0.1:1/db")
        .output()
        .unwrap();

    assert_eq!(failed.status.code(), Some(1));
    let said = String::from_utf8(failed.stderr).unwrap();
    assert!(said.contains("could not connect to the database"), "{said}");
    assert!(!said.contains("hush"), "{said}");
}

#[test]
fn a_check_prints_every_setting_as_it_holds_and_no_secret() {
    let data = tempfile::tempdir().unwrap();
    let checked = program()
        .env("DATABASE_URL", "postgresql://user:hush@127.0.0.1:1/db")
        .env("WALLET_WAIT_S", "12")
        .env("WALLET_DATA_DIR", data.path())
        .args(["serve", "--check", "--committers", "3"])
        .output()
        .unwrap();

    assert_eq!(checked.status.code(), Some(0));
    let said = String::from_utf8(checked.stdout).unwrap();
    let lines: Vec<Vec<_>> = said
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines.len(), wallet_engine::config::SETTINGS.len());
    for line in [
        ["DATABASE_URL", "set", "hidden"],
        ["WALLET_WAIT_S", "set", "12"],
        ["WALLET_DB_CONNECT_MS", "default", "6000"],
        ["WALLET_COMMITTERS", "set", "3"],
        ["WALLET_QUEUE_MAX", "default", "2048"],
    ] {
        assert!(lines.iter().any(|found| found == &line), "{line:?}: {said}");
    }
    assert!(!said.contains("hush"), "{said}");
    let touched = data.path().read_dir().unwrap().count();
    assert_eq!(touched, 0, "nothing was started");
}

#[test]
fn a_check_of_wrong_settings_names_them_and_the_exit_status_is_2() {
    let refused = program()
        .env("WALLET_BIND", "nowhere")
        .args(["--check", "--wait-s", "0"])
        .output()
        .unwrap();

    assert_eq!(refused.status.code(), Some(2));
    assert!(refused.stdout.is_empty());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        said.contains("WALLET_BIND") && said.contains("WALLET_WAIT_S"),
        "{said}"
    );
}

#[test]
fn an_engine_that_others_reach_does_not_start_until_it_is_said_who_may_use_it() {
    let data = tempfile::tempdir().unwrap();
    let missing = data.path().join("data");
    let run = |arguments: &[&str], owner_scopes: &str| {
        let output = program()
            .env("WALLET_BIND", "0.0.0.0:0")
            .env("WALLET_OWNER_SCOPES", owner_scopes)
            .env("WALLET_DATA_DIR", &missing)
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said, output.stdout)
    };
    for arguments in [&[][..], &["serve"], &["serve", "--check"], &["--check"]] {
        let (status, said, printed) = run(arguments, "");
        assert_eq!(status, Some(2), "{arguments:?}: {said}");
        assert!(said.contains("WALLET_AUTH should be on or off"), "{said}");
        assert!(!said.contains("WALLET_OWNER_SCOPES"), "{said}");
        assert!(printed.is_empty());
        let (status, said, _) = run(arguments, "wallets:read,users:write");
        assert_eq!(status, Some(2), "{arguments:?}: {said}");
        assert!(said.contains("WALLET_AUTH should be on or off"), "{said}");
        let scopes = "WALLET_OWNER_SCOPES should be some of wallets:read, operations:write, ";
        assert!(said.contains(scopes), "{said}");
    }
    assert!(!missing.exists());
    for command in ["verify", "keys", "healthcheck"] {
        let (status, said, _) = run(&[command], "wallets:read,users:write");
        assert_eq!(status, Some(1), "{command}: {said}");
        assert!(!said.contains("WALLET_AUTH"), "{command}: {said}");
    }
    for auth in ["on", "off"] {
        let (status, said, printed) = run(&["serve", "--check", "--auth", auth], "");
        assert_eq!(status, Some(0), "{said}");
        let printed = String::from_utf8(printed).unwrap();
        let mut lines = printed
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>());
        assert!(
            lines.any(|line| line == ["WALLET_AUTH", "set", auth]),
            "{printed}"
        );
    }
}
