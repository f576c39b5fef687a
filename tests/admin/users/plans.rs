//! Many users: every list and every search reads a bounded part of them, by an index.

use super::english;
use crate::plan::plan;
use crate::postgres;

const USERS: i64 = 200_000;
/// 8 KiB each. A page is 51 users of each of four kinds, each of which may be on a page of the table of its own.
const LIST_BLOCKS_MAX: i64 = 400;
/// A search reads 2 002 of each kind at most, each of which may be anywhere, and finds 3 003 by their id: by name, by address and by
/// wallet. Which those of a wallet are is by chance.
const SEARCH_BLOCKS_MAX: i64 = 18_000;

/// That no plan reads or sorts all users.
fn bounded(asked: &str, read: i64, read_max: i64, nodes: &[String]) {
    assert!(read < read_max, "{asked}: {read} blocks\n{nodes:#?}");
    for whole in ["Seq Scan\" \"users", "Bitmap Heap Scan\" \"users"] {
        assert!(
            !nodes.iter().any(|node| node.contains(whole)),
            "{asked}\n{nodes:#?}"
        );
    }
    for sort in nodes.iter().filter(|node| node.contains("Sort")) {
        let rows: f64 = sort.rsplit(' ').next().unwrap().parse().unwrap();
        assert!(rows <= 2_002.0, "{asked}: {sort}");
    }
}

#[actix_web::test]
async fn no_list_and_no_search_reads_or_sorts_all_users() {
    let admin = english().await;
    admin
        .execute(&format!(
            // Without the index of parts, which these do not use.
            "DROP INDEX users_by_part;
             INSERT INTO users (username, email, password_hash, wallet_id, is_active, is_staff, created_at)
             SELECT 'User' || n, 'mail' || n::bigint * 7919 % 200003 || '@example.com', '', gen_random_uuid(),
                 n % 50 > 0, n % 10000 = 0, '2020-01-01Z'::timestamptz + n * interval '1 minute'
             FROM generate_series(1, {USERS}) n;
             ANALYZE users"
        ))
        .await;
    let database = postgres::connect(&admin.app.database).await;
    let lists = [
        (
            "newest",
            include_str!("../../../sql/queries/admin_users_newest.sql"),
        ),
        (
            "oldest",
            include_str!("../../../sql/queries/admin_users_oldest.sql"),
        ),
        (
            "by_username",
            include_str!("../../../sql/queries/admin_users_by_username.sql"),
        ),
        (
            "by_email",
            include_str!("../../../sql/queries/admin_users_by_email.sql"),
        ),
    ];
    for (name, statement) in lists {
        let prepare = format!("PREPARE {name} (boolean, boolean, bigint, bigint) AS {statement}");
        database.batch_execute(&prepare).await.unwrap();
    }
    let search = include_str!("../../../sql/queries/admin_users_found.sql");
    let prepare = format!(
        "PREPARE found (text, text, boolean, boolean, bigint, bigint, uuid, uuid) AS {search}"
    );
    database.batch_execute(&prepare).await.unwrap();

    for plans in ["force_generic_plan", "force_custom_plan"] {
        let set = format!("SET plan_cache_mode = {plans}");
        database.batch_execute(&set).await.unwrap();
        for (name, _) in lists {
            for active in ["NULL", "true", "false"] {
                for staff in ["NULL", "true", "false"] {
                    for after in ["NULL", "100000"] {
                        let asked = format!("{active}, {staff}, {after}, 51");
                        let (read, nodes) = plan(&database, &format!("{name}({asked})")).await;
                        bounded(&format!("{name}({asked})"), read, LIST_BLOCKS_MAX, &nodes);
                    }
                }
            }
        }
        for sought in [
            "'user', 'user'",
            "'user12345', 'user12345'",
            "'mail', 'mail'",
            "'u', 'm'",
        ] {
            for flags in ["NULL, NULL", "false, NULL", "true, true"] {
                let number = "77, '00000000-0000-0000-0000-000000000000', '0fffffff-ffff-ffff-ffff-ffffffffffff'";
                let asked = format!("{sought}, {flags}, 1001, {number}");
                let (read, nodes) = plan(&database, &format!("found({asked})")).await;
                bounded(&asked, read, SEARCH_BLOCKS_MAX, &nodes);
            }
        }
    }
    let page = admin
        .get("/admin/users/?sort=email&active=no&after=100000")
        .await;
    assert_eq!(super::names(&page.body).len(), 50);
    admin.app.stop().await.unwrap();
}
