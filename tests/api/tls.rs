//! TLS to the database: every mode on a real server, and the engine's work under it.

mod server;

use std::time::Duration;

use actix_web::rt::time::timeout;
use futures_util::future::join_all;
use wallet_engine::config::{DatabaseAddress, DatabaseLimits};
use wallet_engine::storage::{Database, StorageError};

use self::server::TlsServer;
use crate::app::TestApp;

/// Whether the sessions of the engine speak TLS.
const TLS: &str = "SELECT bool_or(ssl), bool_and(ssl)
    FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
    WHERE application_name LIKE 'wallet-engine%'";

fn database(address: DatabaseAddress) -> Result<Database, StorageError> {
    Database::new(address, 1, 1, &DatabaseLimits::of(Duration::from_secs(20)))
}

/// Asks the database something; gives whether by TLS, or what went wrong, to the last cause.
async fn asked(server: &TlsServer, address: DatabaseAddress) -> Result<bool, String> {
    let database = database(address).map_err(|error| causes(&error))?;
    let answer = database.durability_off().await;
    answer.map_err(|error| causes(&error))?;
    let session = server.session().await.unwrap();
    let row = session.query_one(TLS, &[]).await.unwrap();
    // A session ends soon after its database is dropped, and the next question is not to see it.
    drop(database);
    while session
        .query_one(TLS, &[])
        .await
        .unwrap()
        .get::<_, Option<bool>>(0)
        .is_some()
    {
        tokio::task::yield_now().await;
    }
    let (any, all): (bool, bool) = (row.get(0), row.get(1));
    assert_eq!(any, all);
    Ok(all)
}

fn causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let causes: Vec<_> = causes.map(ToString::to_string).collect();
    causes.join(": ")
}

#[actix_web::test]
async fn every_mode_speaks_tls_as_it_should_and_refuses_whom_it_should() {
    let server = TlsServer::start(true).await;
    let own = server.authority().display().to_string();
    let other = server.another_authority().display().to_string();
    for (parameters, tls) in [
        (String::new(), true),
        ("?sslmode=disable".to_owned(), false),
        ("?sslmode=prefer".to_owned(), true),
        ("?sslmode=require".to_owned(), true),
        (format!("?sslmode=require&sslrootcert={own}"), true),
        (format!("?sslmode=verify-ca&sslrootcert={own}"), true),
        (format!("?sslmode=verify-full&sslrootcert={own}"), true),
        ("?sslmode=require&channel_binding=require".to_owned(), true),
    ] {
        let answer = asked(&server, server.address(&parameters)).await;
        assert_eq!(answer, Ok(tls), "{parameters}");
    }

    let unknown_issuer = [
        format!("?sslmode=verify-full&sslrootcert={other}"),
        format!("?sslmode=verify-ca&sslrootcert={other}"),
        format!("?sslmode=require&sslrootcert={other}"),
        format!("?sslmode=prefer&sslrootcert={other}"),
    ];
    for parameters in unknown_issuer {
        let refused = asked(&server, server.address(&parameters)).await;
        let refused = refused.expect_err(&parameters);
        assert!(
            refused.contains("invalid peer certificate"),
            "{parameters}: {refused}"
        );
    }

    let elsewhere = |parameters: String| server.address_at("127.0.0.1", &parameters);
    let refused = asked(
        &server,
        elsewhere(format!("?sslmode=verify-full&sslrootcert={own}")),
    )
    .await;
    let refused = refused.expect_err("another name");
    assert!(refused.contains("not valid for name"), "{refused}");
    let issuer_alone = elsewhere(format!("?sslmode=verify-ca&sslrootcert={own}"));
    assert_eq!(asked(&server, issuer_alone).await, Ok(true));
}

#[actix_web::test]
async fn a_server_without_tls_is_refused_where_tls_is_required_and_used_where_it_is_preferred() {
    let server = TlsServer::start(false).await;
    let own = server.authority().display().to_string();
    assert_eq!(asked(&server, server.address("")).await, Ok(false));
    assert_eq!(
        asked(&server, server.address("?sslmode=prefer")).await,
        Ok(false)
    );
    for parameters in [
        "?sslmode=require".to_owned(),
        format!("?sslmode=verify-ca&sslrootcert={own}"),
        format!("?sslmode=verify-full&sslrootcert={own}"),
    ] {
        let refused = asked(&server, server.address(&parameters)).await;
        let refused = refused.expect_err(&parameters);
        assert!(refused.contains("server does not support TLS"), "{refused}");
    }
}

#[actix_web::test]
async fn certificates_that_cannot_be_read_are_told_of_before_anything_starts() {
    let empty = tempfile::NamedTempFile::new().unwrap();
    for (path, told) in [
        (
            "/nowhere.pem",
            "could not read the certificates in /nowhere.pem",
        ),
        (empty.path().to_str().unwrap(), "there is no certificate in"),
    ] {
        let address = format!("postgresql://h/d?sslmode=verify-full&sslrootcert={path}");
        let refused = database(address.parse().unwrap()).err().unwrap();
        assert!(causes(&refused).contains(told), "{}", causes(&refused));
    }
}

#[actix_web::test]
async fn under_tls_operations_go_on_and_cut_connections_lose_none() {
    const DEPOSITS: usize = 200;
    const CUTS: usize = 20;
    let server = TlsServer::start(true).await;
    let own = server.authority().display().to_string();
    let address = server.address(&format!("?sslmode=verify-full&sslrootcert={own}"));
    let plain = server.address("?sslmode=disable").config;
    let app = TestApp::spawn_on(plain, |config| config.database.url = Some(address)).await;
    let wallet = app.wallet("alice").await;
    let session = server.session().await.unwrap();
    let row = session.query_one(TLS, &[]).await.unwrap();
    assert!(row.get::<_, bool>(1));

    // What is cut off may be answered with a 500; it may have happened then.
    let cut = async {
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE application_name LIKE 'wallet-engine%'";
        let mut sent = 0;
        for _ in 0..CUTS {
            session.query_one(end, &[]).await.unwrap();
            while app.deposit(&wallet, "1.00").await.0 != 200 {
                sent += 1;
            }
            sent += 1;
        }
        sent
    };
    let deposits = join_all((0..DEPOSITS).map(|_| app.deposit(&wallet, "1.00")));
    let both = futures_util::future::join(cut, deposits);
    let (sent, deposits) = timeout(Duration::from_secs(60), both).await.unwrap();
    let row = session.query_one(TLS, &[]).await.unwrap();
    assert!(row.get::<_, bool>(1), "also the sessions that came after");
    let done = deposits.iter().filter(|(status, _)| *status == 200).count() + CUTS;
    let operations = app.audited_operations().await;
    let told = usize::try_from(operations).unwrap();
    assert!((done..=DEPOSITS + sent).contains(&told), "{done} {told}");
    assert_eq!(app.balance(&wallet).await, format!("{operations}.00"));
    app.stop().await.unwrap();
}
