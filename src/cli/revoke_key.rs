//! `revoke-key`: ends all live API keys of a name, or all but the newest. Every engine refuses them within a second.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::key_arguments::{joined, name_argument, name_of};
use super::output::{self, CommandResult};
use super::prepared::on_prepared;
use crate::config::Config;
use crate::domain::staff_journal::{Action, Actor, Subject};
use crate::storage::{Database, KeyName, StorageError};

const PREVIOUS: &str = "previous";

#[derive(Debug, thiserror::Error)]
enum RevokeError {
    #[error("no key named {0} is live; wallet-engine keys lists all")]
    NoneLive(String),
    #[error("could not find the keys")]
    Find(#[source] StorageError),
    #[error("could not revoke key {id}")]
    Revoke {
        id: i64,
        #[source]
        source: StorageError,
    },
}

pub(super) fn command() -> Command {
    Command::new("revoke-key")
        .about("Revoke the API keys of a name; engines refuse them within a second")
        .arg(name_argument())
        .arg(
            Arg::new(PREVIOUS)
                .long(PREVIOUS)
                .help("Revoke all of them but the newest")
                .action(ArgAction::SetTrue),
        )
}

pub(super) async fn revoke_key(config: &Config, arguments: &ArgMatches) -> CommandResult {
    let name = name_of(arguments)?;
    let spared = usize::from(arguments.get_flag(PREVIOUS));
    let revoked = on_prepared(config, async |database| {
        Ok(revoke(database, &name, spared).await?)
    });
    let (name, revoked) = (name.as_str(), revoked.await?);
    match &revoked[..] {
        [] => output::line(format_args!("No other key named {name} is live."))?,
        [id] => output::line(format_args!("Revoked key {id}, {name}."))?,
        ids => output::line(format_args!(
            "Revoked keys {}, {name}.",
            joined(ids, " and ")
        ))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the keys that it revoked: all of the name but so many of the newest.
async fn revoke(
    database: &Database,
    name: &KeyName,
    spared: usize,
) -> Result<Vec<i64>, RevokeError> {
    let live = database.keys_of(name).await.map_err(RevokeError::Find)?;
    if live.is_empty() {
        return Err(RevokeError::NoneLive(name.as_str().to_owned()));
    }
    let mut revoked = Vec::new();
    for id in live.into_iter().skip(spared) {
        let entry = Actor::COMMAND_LINE
            .did(Action::KeyRevoked)
            .to(Subject::Key(id))
            .with("name", name.as_str());
        let done = database.key_revoke(id, Some(&entry)).await;
        if done.map_err(|source| RevokeError::Revoke { id, source })? {
            revoked.push(id);
        }
    }
    Ok(revoked)
}
