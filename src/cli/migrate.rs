//! `migrate`: brings the database up to date, or makes it. `migrate --check` only says whether there is something to do.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::output::{self, CommandResult};
use crate::app::{CommandDatabase, database_name, listed, open_database};
use crate::config::Config;

const CHECK: &str = "check";

pub(super) fn command() -> Command {
    Command::new("migrate")
        .about("Bring the database up to date and exit")
        .arg(
            Arg::new(CHECK)
                .long(CHECK)
                .help("Change nothing; exit 1 if the database is not up to date")
                .action(ArgAction::SetTrue),
        )
}

pub(super) async fn migrate(config: &Config, arguments: &ArgMatches) -> CommandResult {
    if arguments.get_flag(CHECK) {
        return check(config).await;
    }
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

async fn check(config: &Config) -> CommandResult {
    let opened = CommandDatabase::open(config).await?;
    let pending = opened.database.pending_migrations().await;
    let faults = opened.database.schema_faults().await;
    opened.close().await?;
    let (name, pending, faults) = (database_name(config), pending?, faults?);
    if !pending.is_empty() {
        let pending = pending.join(", ");
        output::line(format_args!("To be migrated: {name}, by {pending}."))?;
        return Ok(ExitCode::FAILURE);
    }
    if !faults.is_empty() {
        let faults = listed(&faults);
        output::line(format_args!(
            "Up to date, but not as it should be: {name}: {faults}"
        ))?;
        return Ok(ExitCode::FAILURE);
    }
    output::line(format_args!("The database is up to date: {name}."))?;
    Ok(ExitCode::SUCCESS)
}
