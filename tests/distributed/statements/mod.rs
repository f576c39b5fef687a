//! Which nodes a statement reaches, as `docs/distributed-statements.md` says.

mod arguments;
mod document;

use std::collections::BTreeSet;

use testkit::distributed::Cluster;
use tokio_postgres::{Client, SimpleQueryMessage};

use arguments::ARGUMENTS;
use document::{concerned, table, text};

const THROUGH: &str = "Through the coordinator";
const REFUSED: &str = "Replaced";
/// What has a second statement for another reason.
const NOT_REFUSED: &str = "admin_overview_totals";
const ELSEWHERE: [&str; 3] = [
    "On the nodes themselves",
    "Linked operations over several nodes",
    "Not used",
];
/// PostgreSQL may choose a plan without the values of parameters from the sixth time on.
const TIMES: usize = 12;

#[test]
fn every_statement_on_the_wallets_tables_is_in_the_document() {
    let mut documented = BTreeSet::new();
    for heading in [THROUGH, REFUSED].iter().chain(&ELSEWHERE) {
        for (name, _) in table(heading) {
            assert!(documented.insert(name.clone()), "{name} is there twice");
        }
    }
    // `difference` names what is missing on either side.
    let concerned = concerned();
    let missing: Vec<_> = concerned.difference(&documented).collect();
    assert!(missing.is_empty(), "not in the document: {missing:?}");
    let gone: Vec<_> = documented.difference(&concerned).collect();
    assert!(gone.is_empty(), "no such statements: {gone:?}");
    let tried: BTreeSet<_> = ARGUMENTS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let through: BTreeSet<_> = table(THROUGH).into_keys().collect();
    assert_eq!(tried, through);
    for name in table(REFUSED).keys() {
        assert!(through.contains(&format!("{name}_distributed")), "{name}");
    }
}

#[actix_web::test]
async fn each_statement_reaches_the_nodes_that_the_document_names() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(8).await;
    let client = database.connect().await;
    let wallets = fill(&client).await;
    let coordinator = node_of_coordinator(&client).await;
    let workers = database.workers().len();
    let mut wrong = Vec::new();
    for (name, documented) in table(THROUGH) {
        let (_, arguments) = ARGUMENTS.iter().find(|(of, _)| *of == name).unwrap();
        let call = wallets.call(arguments);
        let begin = format!(
            "BEGIN; SET LOCAL citus.explain_all_tasks TO on; PREPARE tried AS {}",
            text(&name)
        );
        client.batch_execute(&begin).await.unwrap();
        let plan = lines(&client, &format!("EXPLAIN EXECUTE tried{call}")).await;
        client
            .batch_execute("ROLLBACK; DEALLOCATE tried")
            .await
            .unwrap();
        let reached = reached(&name, &plan, &coordinator, workers);
        let is_so = match documented.as_str() {
            "one" | "the wallets'" | "one, two-phase" => reached == "one",
            documented => reached == documented,
        };
        if !is_so {
            wrong.push(format!("{name}: {documented}, but {reached}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[actix_web::test]
async fn each_statement_passes_as_often_as_it_is_prepared() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(8).await;
    let client = database.connect().await;
    let wallets = fill(&client).await;
    for (name, arguments) in ARGUMENTS {
        let call = wallets.call(arguments);
        let prepare = format!("PREPARE tried AS {}", text(name));
        client.batch_execute(&prepare).await.unwrap();
        for _ in 0..TIMES {
            let tried = format!("BEGIN; EXECUTE tried{call}; ROLLBACK");
            let passed = client.simple_query(&tried).await;
            passed.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        }
        client.batch_execute("DEALLOCATE tried").await.unwrap();
    }
}

#[actix_web::test]
async fn what_has_a_second_statement_is_refused() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(8).await;
    let client = database.connect().await;
    let wallets = fill(&client).await;
    let refused = table(REFUSED).into_keys();
    for name in refused.filter(|name| name != NOT_REFUSED) {
        let of = if name == "audit_breaches" {
            "audit_counts".to_owned()
        } else {
            format!("{name}_distributed")
        };
        let (_, arguments) = ARGUMENTS.iter().find(|(tried, _)| *tried == of).unwrap();
        let prepare = format!("PREPARE tried AS {}", text(&name));
        client.batch_execute(&prepare).await.unwrap();
        let execute = format!("EXECUTE tried{}", wallets.call(arguments));
        let refused = client.simple_query(&execute).await.unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "0A000", "{name}");
        client.batch_execute("DEALLOCATE tried").await.unwrap();
    }
}

#[actix_web::test]
async fn a_registration_is_a_two_phase_commit_and_an_adjustment_is_not() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(8).await;
    let client = database.connect().await;
    let wallets = fill(&client).await;
    for (name, documented) in table(THROUGH) {
        let (_, arguments) = ARGUMENTS.iter().find(|(tried, _)| *tried == name).unwrap();
        let prepare = format!("PREPARE tried AS {}", text(&name));
        client.batch_execute(&prepare).await.unwrap();
        let begin = "BEGIN; DELETE FROM pg_dist_transaction; COMMIT";
        client.batch_execute(begin).await.unwrap();
        let execute = format!("EXECUTE tried{}", wallets.call(arguments));
        client.batch_execute(&execute).await.unwrap();
        let prepared = "SELECT EXISTS (SELECT FROM pg_dist_transaction)";
        let is_two_phase: bool = client.query_one(prepared, &[]).await.unwrap().get(0);
        assert_eq!(is_two_phase, documented.ends_with("two-phase"), "{name}");
        client.batch_execute("DEALLOCATE tried").await.unwrap();
    }
}

/// Two wallets of one node, and the id of one that is not there yet.
struct Wallets {
    one: String,
    other: String,
    new: String,
}

impl Wallets {
    /// The parameters of a prepared statement, with these wallets.
    fn call(&self, arguments: &str) -> String {
        if arguments.is_empty() {
            return String::new();
        }
        let arguments = arguments
            .replace("{one}", &self.one)
            .replace("{other}", &self.other)
            .replace("{new}", &self.new);
        format!(" ({arguments})")
    }
}

/// Makes users with wallets and their operations, a transfer and a hold among them.
async fn fill(client: &Client) -> Wallets {
    // Two ids of different shards of one node, and a third of the same.
    let choose = "
        SELECT array_agg(id::text) AS ids
        FROM (
            SELECT DISTINCT ON (p.shardid) p.groupid, id
            FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, 200)) ids
            JOIN pg_dist_placement p ON p.shardid = get_shard_id_for_distribution_column('wallets', id)
        ) one_a_shard
        GROUP BY groupid
        ORDER BY groupid
        LIMIT 1";
    let ids: Vec<String> = client.query_one(choose, &[]).await.unwrap().get("ids");
    let [one, other, new, ..] = &ids[..] else {
        panic!("the node has three shards: {ids:?}");
    };
    let fill = format!(
        "INSERT INTO users (username, email, password_hash, wallet_id) VALUES
            ('u1', 'u1@example.com', '', '{one}'), ('u2', 'u2@example.com', '', '{other}');
         INSERT INTO wallets (id, user_id, balance, version, held) SELECT wallet_id, id, 5, 1, 0 FROM users;
         INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, idempotency_key, feed_position, feed_run)
            SELECT id, 1, gen_random_uuid(), 'DEPOSIT', 5, 5, 'a key', 10, 1 FROM wallets;
         INSERT INTO adjustments (wallet_id, idempotency_key, staff_id, kind, amount, reason)
            VALUES ('{one}', 'a key', 1, 'DEPOSIT', 5, 'because')"
    );
    client.batch_execute(&fill).await.unwrap();
    Wallets {
        one: one.clone(),
        other: other.clone(),
        new: new.clone(),
    }
}

/// The port of the coordinator, as a plan names it.
async fn node_of_coordinator(client: &Client) -> String {
    let row = client.query_one("SHOW port", &[]).await.unwrap();
    format!("port={}", row.get::<_, &str>(0))
}

/// Which nodes a plan reaches.
fn reached(name: &str, plan: &[String], coordinator: &str, workers: usize) -> &'static str {
    if text(name).contains("run_command_on_") {
        return "all";
    }
    let nodes: BTreeSet<_> = plan
        .iter()
        .filter_map(|line| line.trim().strip_prefix("Node: "))
        .filter(|node| !node.split(' ').any(|part| part == coordinator))
        .collect();
    // The rows that it inserts decide where: here, one.
    let inserts = plan.iter().any(|line| line.contains("INSERT ... SELECT"));
    match nodes.len() {
        0 if inserts => "one",
        0 => "coordinator",
        1 => "one",
        many if many == workers => "all",
        _ => "several",
    }
}

async fn lines(client: &Client, statement: &str) -> Vec<String> {
    let messages = client.simple_query(statement).await.unwrap();
    let line = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    messages.iter().filter_map(line).collect()
}
