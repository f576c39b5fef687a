//! `create-key`: an API key, for a program that uses the service.
//!
//! The key is the one line of standard output, so that `create-key shop --scopes wallets:read > key` stores it; everything else is on
//! standard error. It is shown this once, as only its digest is stored. One that could not be written is revoked at once.
//!
//! Two keys of a name are live at most, so that one takes the other's place without a pause (`revoke-key --previous`).

use std::collections::BTreeSet;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command};
use time::OffsetDateTime;

use super::key_arguments::{joined, name_argument, name_of, required};
use super::lifetime;
use super::output::{self, CommandResult};
use super::prepared::on_prepared;
use crate::auth::{NoRandomness, Scope, Scopes, Secret};
use crate::config::Config;
use crate::domain::WalletId;
use crate::domain::staff_journal::{Action, Actor, Subject};
use crate::domain::time_text::{RFC_3339, utc};
use crate::storage::{Database, KEY_WALLETS_MAX, KeyMade, KeyName, NewKey, StorageError};

const SCOPES: &str = "scopes";
const WALLET: &str = "wallet";
const EXPIRES: &str = "expires";
/// Stands for every scope.
const ALL: &str = "all";

#[derive(Debug, thiserror::Error)]
enum CreateError {
    #[error(transparent)]
    Random(NoRandomness),
    #[error("there is no wallet {}", joined(.0, ", "))]
    UnknownWallets(Vec<WalletId>),
    #[error("could not find the wallets")]
    FindWallets(#[source] StorageError),
    #[error(
        "two keys named {0} are live, which are as many as can be; revoke-key {0} --previous revokes the older one"
    )]
    TwoLive(String),
    #[error("could not make the key")]
    Make(#[source] StorageError),
    #[error("the key could not be shown, and could not be revoked: revoke-key {name} revokes it")]
    NotRevoked {
        name: String,
        #[source]
        source: StorageError,
    },
}

pub(super) fn command() -> Command {
    let scopes = joined(&Scope::ALL, ", ");
    Command::new("create-key")
        .about("Create an API key, and print it: it is shown this once")
        .arg(name_argument())
        .arg(
            Arg::new(SCOPES)
                .long(SCOPES)
                .value_name("SCOPES")
                .help(format!("What it permits, separated by commas: {scopes}; or {ALL}"))
                .required(true)
                .value_parser(parse_scopes),
        )
        .arg(
            Arg::new(WALLET)
                .long(WALLET)
                .value_name("UUID")
                .help(format!(
                    "A wallet that it is tied to; can be repeated up to {KEY_WALLETS_MAX} times [default: every wallet]"
                ))
                .action(ArgAction::Append)
                .value_parser(parse_wallet),
        )
        .arg(
            Arg::new(EXPIRES)
                .long(EXPIRES)
                .value_name("TIME")
                .help("How long it is valid, such as 12h or 90d [default: until it is revoked]")
                .value_parser(lifetime::parse),
        )
}

pub(super) async fn create_key(config: &Config, arguments: &ArgMatches) -> CommandResult {
    let wanted = Wanted::read(arguments)?;
    on_prepared(config, async |database| wanted.create(database).await).await?;
    Ok(ExitCode::SUCCESS)
}

/// The key that is to be made.
struct Wanted {
    name: KeyName,
    scopes: Scopes,
    /// `None`: every wallet.
    wallets: Option<Vec<WalletId>>,
    lasts: Option<Duration>,
}

impl Wanted {
    fn read(arguments: &ArgMatches) -> Result<Self, clap::Error> {
        let wallets = arguments.get_many::<WalletId>(WALLET);
        let wallets: Option<BTreeSet<_>> = wallets.map(|wallets| wallets.copied().collect());
        let wanted = Self {
            name: name_of(arguments)?,
            scopes: *required(arguments, SCOPES)?,
            wallets: wallets.map(|wallets| wallets.into_iter().collect()),
            lasts: arguments.get_one(EXPIRES).copied(),
        };
        let Some(wallets) = &wanted.wallets else {
            return Ok(wanted);
        };
        if wallets.len() > KEY_WALLETS_MAX {
            let most = format!("a key can be tied to {KEY_WALLETS_MAX} wallets at most\n");
            return Err(clap::Error::raw(ErrorKind::TooManyValues, most));
        }
        match wanted.scopes.iter().find(|scope| !scope.can_be_tied()) {
            Some(scope) => Err(clap::Error::raw(
                ErrorKind::ArgumentConflict,
                format!(
                    "{scope} is of no wallet, so that a key with it cannot be tied to wallets (--{WALLET})\n"
                ),
            )),
            None => Ok(wanted),
        }
    }

    async fn create(&self, database: &Database) -> Result<(), Box<dyn Error>> {
        let wallets = self.wallets.as_deref();
        let unknown = database.wallets_missing(wallets.unwrap_or_default()).await;
        let unknown = unknown.map_err(CreateError::FindWallets)?;
        if !unknown.is_empty() {
            return Err(CreateError::UnknownWallets(unknown).into());
        }
        let secret = Secret::new_key().map_err(CreateError::Random)?;
        let entry = Actor::COMMAND_LINE
            .did(Action::KeyMade)
            .with("name", self.name.as_str())
            .with("scopes", self.scopes);
        let key = NewKey {
            name: &self.name,
            digest: secret.digest(),
            scopes: self.scopes,
            wallets,
            lasts: self.lasts,
            form: None,
            entry: Some(&entry),
        };
        let name = self.name.as_str();
        let (id, expires_at) = match database.key_create(&key).await {
            Ok(KeyMade::Made { id, expires_at }) => (id, expires_at),
            Ok(KeyMade::TwoLive | KeyMade::FormSent) => {
                return Err(CreateError::TwoLive(name.to_owned()).into());
            }
            Err(error) => return Err(CreateError::Make(error).into()),
        };
        if let Err(unwritten) = output::required_line(secret.expose()) {
            let entry = Actor::COMMAND_LINE
                .did(Action::KeyRevoked)
                .to(Subject::Key(id))
                .with("name", name);
            let revoked = database.key_revoke(id, Some(&entry)).await;
            revoked.map_err(|source| CreateError::NotRevoked {
                name: name.to_owned(),
                source,
            })?;
            return Err(unwritten.into());
        }
        self.report(id, expires_at);
        Ok(())
    }

    fn report(&self, id: i64, expires_at: Option<OffsetDateTime>) {
        let reach = match self.wallets.as_deref() {
            None => "every wallet".to_owned(),
            Some(wallets) => format!("wallets {}", joined(wallets, ", ")),
        };
        let ends = match expires_at {
            Some(at) => format!("expires at {}", utc(at, RFC_3339)),
            None => "does not expire".to_owned(),
        };
        let (name, scopes) = (self.name.as_str(), self.scopes);
        output::raw_error(format_args!(
            "Created key {id}, {name}, with {scopes} on {reach}; it {ends}, and is not shown again.\n"
        ));
    }
}

fn parse_scopes(text: &str) -> Result<Scopes, String> {
    if text.trim() == ALL {
        return Ok(Scopes::of(&Scope::ALL));
    }
    let expected = || {
        format!(
            "it should be {ALL}, or some of {}",
            joined(&Scope::ALL, ", ")
        )
    };
    match Scopes::parse(text) {
        Ok(scopes) if !scopes.is_empty() => Ok(scopes),
        Ok(_) => Err(expected()),
        Err(unknown) => Err(format!("{unknown}; {}", expected())),
    }
}

fn parse_wallet(text: &str) -> Result<WalletId, &'static str> {
    WalletId::parse(text).ok_or("it should be the UUID of a wallet, with hyphens")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(arguments: &str) -> Result<Wanted, clap::Error> {
        let words = format!("create-key {arguments}");
        let matches = command().try_get_matches_from(words.split(' '))?;
        Wanted::read(&matches)
    }

    #[test]
    fn wallets_are_counted_once_each_and_take_scopes_of_wallets() {
        let wallet = "--wallet 00000000-0000-4000-8000-000000000001";
        let tied = wanted(&format!("shop --scopes wallets:read {wallet} {wallet}")).unwrap();
        assert_eq!(tied.wallets.unwrap().len(), 1);
        let many =
            (0..=KEY_WALLETS_MAX).map(|n| format!("--wallet 00000000-0000-4000-8000-{n:012}"));
        let many: Vec<_> = many.collect();
        let (all, most) = (many.join(" "), many[1..].join(" "));
        assert!(wanted(&format!("shop --scopes wallets:read {most}")).is_ok());
        assert!(wanted(&format!("shop --scopes wallets:read {all}")).is_err());
        for scopes in ["users:write", "wallets:read,users:write", "all"] {
            assert!(wanted(&format!("shop --scopes {scopes}")).is_ok());
            assert!(wanted(&format!("shop --scopes {scopes} {wallet}")).is_err());
        }
        let webhooks = format!("shop --scopes wallets:read,webhooks:write {wallet}");
        assert!(wanted(&webhooks).is_ok());
    }
}
