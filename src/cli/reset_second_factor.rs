//! `reset-second-factor`: removes the second factor of a user who can give no code any more, such as the last administrator, and ends
//! their sessions in the panel. The password stays.

use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command};

use super::key_arguments::required;
use super::output::{self, CommandResult};
use super::prepared::on_prepared;
use crate::app::database_name;
use crate::compat::registration::{self, Input};
use crate::config::Config;
use crate::domain::staff_journal::{Action, Actor, Subject};
use crate::storage::{Database, StorageError};

const USERNAME: &str = "USERNAME";

#[derive(Debug, thiserror::Error)]
enum ResetError {
    #[error("there is no user {0:?}")]
    Unknown(String),
    #[error("{0:?} has no second factor")]
    HasNone(String),
    #[error("could not find the user")]
    Find(#[source] StorageError),
    #[error("could not reset the second factor")]
    Reset(#[source] StorageError),
}

pub(super) fn command() -> Command {
    Command::new("reset-second-factor")
        .about(
            "Remove the second factor of a user who lost it, and end their sessions in the panel",
        )
        .arg(
            Arg::new(USERNAME)
                .help("The name that the user signs in with")
                .required(true),
        )
}

pub(super) async fn reset_second_factor(config: &Config, arguments: &ArgMatches) -> CommandResult {
    let typed: &String = required(arguments, USERNAME)?;
    let name = on_prepared(config, async |database| Ok(reset(database, typed).await?)).await?;
    output::line(format_args!(
        "{name} has no second factor any more in {}, and signs in with the password alone.",
        database_name(config)
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the name as it is stored.
async fn reset(database: &Database, typed: &str) -> Result<String, ResetError> {
    let unknown = || ResetError::Unknown(typed.to_owned());
    let name = registration::username(Input::Text(typed.into())).map_err(|_| unknown())?;
    let user = database.sign_in_user(name.as_str()).await;
    let user = user.map_err(ResetError::Find)?.user.ok_or_else(unknown)?;
    let entry = Actor::COMMAND_LINE.did(Action::SecondFactorReset);
    let entry = entry.to(Subject::User(user.id));
    let reset = database.factor_reset(user.id, &entry).await;
    if reset.map_err(ResetError::Reset)? {
        Ok(user.username)
    } else {
        Err(ResetError::HasNone(user.username))
    }
}
