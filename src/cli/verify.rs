//! `verify`: the audit of the whole database, for people and for scripts.

use std::process::ExitCode;

use super::Done;
use crate::app::open_database;
use crate::config::Config;

pub(super) async fn verify(config: &Config) -> Done {
    let (database, postgres) = open_database(config).await?;
    let audited = database.audit().await;
    if let Some(postgres) = postgres {
        postgres.stop().await?;
    }
    let audit = audited?;
    println!(
        "Checked {} users, {} wallets and {} operations.",
        audit.users, audit.wallets, audit.operations
    );
    for breach in &audit.breaches {
        println!("{}: {}", breach.wallet, breach.text);
    }
    match audit.breaches.len() {
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
