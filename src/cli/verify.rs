//! `verify`: the audit of the whole database, for people and for scripts.

use std::process::ExitCode;

use super::Done;
use crate::app::Reached;
use crate::config::Config;
use crate::embedded;

pub(super) async fn verify(config: &Config) -> Done {
    if config.database.url.is_none() && !embedded::exists(&config.private_postgres) {
        let directory = config.private_postgres.data_dir.display();
        return Err(format!(
            "there is no database in {directory}; set WALLET_DATA_DIR or DATABASE_URL"
        )
        .into());
    }
    let reached = Reached::open(config).await?;
    let faults = reached.database.schema_faults().await;
    let audited = reached.database.audit().await;
    reached.leave().await?;
    let (faults, audit) = (faults?, audited?);
    println!(
        "Checked {} users, {} wallets and {} operations.",
        audit.users, audit.wallets, audit.operations
    );
    for fault in &faults {
        println!("schema: {fault}");
    }
    for breach in &audit.breaches {
        println!("{}: {}", breach.wallet, breach.text);
    }
    match faults.len() + audit.breaches.len() {
        0 => {
            println!("Everything agrees.");
            Ok(ExitCode::SUCCESS)
        }
        breaches => {
            println!("{breaches} breaches.");
            Ok(ExitCode::FAILURE)
        }
    }
}
