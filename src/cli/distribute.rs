//! `distribute`: spreads wallets over the nodes of a Citus cluster, once. `distribute --check` only says whether there is something to do.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::output::{self, CommandResult};
use crate::app::{CommandDatabase, database_name};
use crate::config::Config;
use crate::storage::{Distributed, Found, Layout};

const SHARDS: &str = "shards";
const CHECK: &str = "check";
const SHARDS_MAX: i64 = 1024;

pub(super) fn command() -> Command {
    Command::new("distribute")
        .about("Distribute wallets over the nodes of a Citus cluster, once, and exit")
        .arg(
            Arg::new(SHARDS)
                .long(SHARDS)
                .value_name("N")
                .help("Into how many parts wallets are divided, which stays so: some for every node that there will ever be [default: 32]")
                .value_parser(value_parser!(i32).range(1..=SHARDS_MAX)),
        )
        .arg(
            Arg::new(CHECK)
                .long(CHECK)
                .help("Change nothing; exit 1 if the database is not distributed")
                .action(ArgAction::SetTrue),
        )
}

pub(super) async fn distribute(config: &Config, arguments: &ArgMatches) -> CommandResult {
    let shards = arguments.get_one::<i32>(SHARDS).copied();
    let opened = CommandDatabase::open(config).await?;
    let distributed = run(config, &opened, shards, arguments.get_flag(CHECK)).await;
    opened.close().await?;
    distributed
}

async fn run(
    config: &Config,
    opened: &CommandDatabase,
    shards: Option<i32>,
    checks: bool,
) -> CommandResult {
    let name = database_name(config);
    match opened.database.distribution(shards).await? {
        Found::Due(plan) => {
            let all_else = "Every other table stays on the coordinator.";
            output::line(format_args!(
                "To be distributed: {name}: {plan}. {all_else}"
            ))?;
            if checks {
                return Ok(ExitCode::FAILURE);
            }
        }
        Found::Done(layout) if checks => return before(&name, &layout),
        Found::Done(_) => {}
    }
    match opened.database.distribute(shards).await? {
        Distributed::Now(layout) => {
            let over = over(&layout);
            output::line(format_args!("Distributed {name}: {over}."))?;
            Ok(ExitCode::SUCCESS)
        }
        Distributed::Before(layout) => before(&name, &layout),
    }
}

fn before(name: &str, layout: &Layout) -> CommandResult {
    let over = over(layout);
    output::line(format_args!(
        "The database was distributed already: {name}: {over}."
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn over(layout: &Layout) -> String {
    let Layout { shards, nodes } = layout;
    format!("{shards} shards on {nodes} nodes")
}
