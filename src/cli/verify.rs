//! `verify`: the audit of the whole database, for people and for scripts.

use std::process::ExitCode;

use super::output::{self, CommandResult};
use crate::app::{CommandDatabase, database_name, listed};
use crate::config::Config;
use crate::storage::{SchemaFault, StorageError};

#[derive(Debug, thiserror::Error)]
#[error("could not audit {database}{}", because(.faults))]
struct AuditFailed {
    database: String,
    /// What may be why.
    faults: Vec<SchemaFault>,
    #[source]
    source: StorageError,
}

fn because(faults: &[SchemaFault]) -> String {
    if faults.is_empty() {
        String::new()
    } else {
        format!(" ({})", listed(faults))
    }
}

pub(super) async fn verify(config: &Config) -> CommandResult {
    let opened = CommandDatabase::open(config).await?;
    let faults = opened.database.schema_faults().await;
    let audited = opened.database.audit().await;
    opened.close().await?;
    let (database, faults) = (database_name(config), faults?);
    let audit = match audited {
        Ok(audit) => audit,
        Err(source) => {
            return Err(AuditFailed {
                database,
                faults,
                source,
            }
            .into());
        }
    };
    output::line(format_args!(
        "Checked {} users, {} wallets and {} operations of {database}.",
        audit.users, audit.wallets, audit.operations,
    ))?;
    for fault in &faults {
        output::line(format_args!("schema: {fault}"))?;
    }
    for breach in &audit.breaches {
        output::line(format_args!("{breach}"))?;
    }
    match faults.len() + audit.breaches.len() {
        0 => {
            output::line("Everything agrees.")?;
            Ok(ExitCode::SUCCESS)
        }
        breaches => {
            output::line(format_args!("{breaches} breaches."))?;
            Ok(ExitCode::FAILURE)
        }
    }
}
