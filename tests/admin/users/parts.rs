//! Parts of names and addresses: found where the database has the index, and said where it has not.

use super::{english, in_english, names, user};
use crate::admin::Admin;
use crate::app::TestApp;
use crate::plan::plan;
use crate::postgres;

const BEGINNINGS: &str = "Only names and addresses that begin with this";
const PART: &str = include_str!("../../../sql/queries/admin_users_by_part.sql");

#[actix_web::test]
async fn without_the_index_beginnings_are_found_and_the_page_says_so() {
    let admin = english().await;
    let alice = user(&admin, "alice", "one@example.com").await;
    let lists = ["/admin/users/", "/admin/wallets/"];
    for list in lists {
        let page = admin.get(&format!("{list}?q=lice")).await.body;
        assert!(page.contains(">alice</a>"), "{page}");
        assert!(!page.contains("id=\"reach\""), "{page}");
        let short = admin.get(&format!("{list}?q=al")).await.body;
        assert!(short.contains(">alice</a>"), "{short}");
        assert!(short.contains("Type three letters"), "{short}");
        let shorter = admin.get(&format!("{list}?q=li")).await.body;
        assert!(!shorter.contains(">alice</a>"), "{shorter}");
    }
    let number = alice.split('/').nth(3).unwrap();
    for list in lists {
        let page = admin.get(&format!("{list}?q={number}")).await.body;
        assert!(page.contains(">alice</a>"), "{page}");
        assert!(!admin.get(list).await.body.contains("id=\"reach\""));
    }
    admin.execute("DROP EXTENSION pg_trgm CASCADE").await;
    for list in lists {
        let page = admin.get(&format!("{list}?q=lice")).await.body;
        assert!(!page.contains(">alice</a>"), "{page}");
        assert!(
            page.contains(BEGINNINGS) && page.contains("pg_trgm"),
            "{page}"
        );
        let page = admin.get(&format!("{list}?q=alic")).await.body;
        assert!(
            page.contains(">alice</a>") && page.contains("pg_trgm"),
            "{page}"
        );
    }
    admin.app.stop().await.unwrap();
}

/// As a managed database gives them out: its own schema, and no right to create anything in the database itself.
#[actix_web::test]
async fn a_role_that_may_create_no_extension_migrates_and_serves_and_parts_are_found_once_there_is_one()
 {
    let mut config = postgres::database().await;
    let administrator = postgres::connect(&config).await;
    let role = format!("parts_{}", config.get_dbname().unwrap());
    let database = config.get_dbname().unwrap().to_owned();
    let empty = format!(
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public;
         CREATE ROLE {role};
         GRANT pg_read_all_stats, pg_signal_backend TO {role};
         REVOKE CREATE ON DATABASE {database} FROM PUBLIC;
         GRANT USAGE, CREATE ON SCHEMA public TO {role}"
    );
    administrator.batch_execute(&empty).await.unwrap();
    config.options(format!("-c role={role}"));
    let may = "SELECT has_database_privilege(current_database(), 'CREATE')";
    let owner = postgres::connect(&config).await;
    assert!(!owner.query_one(may, &[]).await.unwrap().get::<_, bool>(0));
    let lists = ["/admin/users/", "/admin/wallets/"];

    // Twice: nothing is left to be done, and nothing is tried again.
    for start in 0..2 {
        let admin = Admin::on(TestApp::spawn_on(config.clone(), |_| {}).await).await;
        in_english(&admin.browser);
        if start == 0 {
            user(&admin, "alice", "one@example.com").await;
        }
        for list in lists {
            let page = admin.get(&format!("{list}?q=lice")).await.body;
            assert!(!page.contains(">alice</a>"), "{page}");
            assert!(
                page.contains(BEGINNINGS) && page.contains("pg_trgm"),
                "{page}"
            );
            for beginning in ["alic", "ALI", "one@ex"] {
                let page = admin.get(&format!("{list}?q={beginning}")).await.body;
                assert!(page.contains(">alice</a>"), "{beginning}: {page}");
                assert!(page.contains(BEGINNINGS), "{beginning}: {page}");
            }
        }
        admin.app.stop().await.unwrap();
    }

    administrator
        .batch_execute("CREATE EXTENSION pg_trgm")
        .await
        .unwrap();
    let admin = Admin::on(TestApp::spawn_on(config, |_| {}).await).await;
    in_english(&admin.browser);
    for list in lists {
        let page = admin.get(&format!("{list}?q=lice")).await.body;
        assert!(
            page.contains(">alice</a>") && !page.contains(BEGINNINGS),
            "{page}"
        );
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_user_is_found_by_their_wallet_and_once_however_often_they_match() {
    let admin = english().await;
    user(&admin, "ann", "ann@example.com").await;
    user(&admin, "joanna", "x@ann.example.com").await;
    let page = admin.get("/admin/users/?q=ann&sort=username").await.body;
    assert_eq!(names(&page), ["ann", "joanna"]);
    let database = postgres::connect(&admin.app.database).await;
    let wallet = "SELECT wallet_id::text FROM users WHERE username = 'joanna'";
    let wallet: String = database.query_one(wallet, &[]).await.unwrap().get(0);
    for beginning in [&wallet[..], &wallet[..10], &wallet.to_uppercase()] {
        let page = admin.get(&format!("/admin/users/?q={beginning}")).await;
        assert_eq!(names(&page.body), ["joanna"], "{beginning}");
    }
    let flagged = admin
        .get(&format!("/admin/users/?q={wallet}&active=no"))
        .await;
    assert_eq!(names(&flagged.body), [""; 0]);
    admin.app.stop().await.unwrap();
}

/// A million users, each of a name and an address of their own: eight digits, which no other has.
const MANY: &str = "
    SET synchronous_commit = off;
    SET maintenance_work_mem = '256MB';
    DROP INDEX users_by_part, users_by_username, users_by_email, users_by_created_at, users_username_key, users_email_key;
    INSERT INTO users (username, email, password_hash, wallet_id)
    SELECT
        'u' || lpad(to_hex(n * 2654435761 % 4294967296), 8, '0'), lpad(to_hex(n * 2246822519 % 4294967296), 8, '0') || '@e.org', '',
        ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid
    FROM generate_series(1::bigint, 1000000) n;
    CREATE INDEX users_by_username ON users (is_active, is_staff, (lower(username)) COLLATE \"C\", id);
    CREATE INDEX users_by_email ON users (is_active, is_staff, (lower(email)) COLLATE \"C\", id)";

#[actix_web::test]
async fn a_part_of_a_million_users_is_found_without_reading_them() {
    let admin = english().await;
    let database = postgres::connect(&admin.app.database).await;
    database.batch_execute(MANY).await.unwrap();
    let build = include_str!("../../../sql/online/users_by_part_build.sql");
    let build = build.replace("CONCURRENTLY", "");
    database.batch_execute(&build).await.unwrap();
    database.batch_execute("ANALYZE users").await.unwrap();
    let prepare = format!("PREPARE part (text, boolean, boolean, bigint) AS {PART}");
    database.batch_execute(&prepare).await.unwrap();
    for (part, found, blocks_max) in [
        // Of the name of the second user, and of their address.
        ("%3c6ef362%", 1, 400),
        ("%C6EF36%", 3, 400),
        // With an end that everybody has.
        ("%d794ee@e.%", 1, 1_000),
        ("%nobody%", 0, 400),
        // Of everybody: as soon as there are enough, it ends.
        ("%e.org%", 1_001, 4_000),
    ] {
        let call = format!("part ('{part}', NULL, NULL, 1001)");
        let (read, nodes) = plan(&database, &call).await;
        assert!(read < blocks_max, "{part}: {read} blocks\n{nodes:#?}");
        let rows: f64 = nodes[0].rsplit(' ').next().unwrap().parse().unwrap();
        assert!((rows - f64::from(found)).abs() < 0.5, "{part}: {nodes:#?}");
        if (1..10).contains(&found) {
            let is_found = |node: &String| node.contains("Bitmap Index Scan");
            assert!(nodes.iter().any(is_found), "{part}: {nodes:#?}");
        }
    }
    let page = admin.get("/admin/users/?q=3c6ef362").await.body;
    assert_eq!(names(&page), ["u3c6ef362"], "{page}");
    let page = admin.get("/admin/users/?q=%40e.org").await.body;
    assert!(page.contains("Too many users match"), "{page}");
    admin.app.stop().await.unwrap();
}
