//! `migrate`: brings the database up to date, or makes it.

use std::process::ExitCode;

use super::output::{self, CommandResult};
use crate::app::{database_name, open_database};
use crate::config::Config;

pub(super) async fn migrate(config: &Config) -> CommandResult {
    let (database, postgres) = open_database(config).await?;
    let migrated = database.migrate().await;
    database.close().await;
    if let Some(postgres) = postgres {
        postgres.stop().await?;
    }
    let name = database_name(config);
    match migrated? {
        0 => output::line(format_args!("The database was up to date: {name}."))?,
        1 => output::line(format_args!("Applied 1 migration to {name}."))?,
        applied => output::line(format_args!("Applied {applied} migrations to {name}."))?,
    }
    Ok(ExitCode::SUCCESS)
}
