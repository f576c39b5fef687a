//! The command line: `serve` (the default), `migrate`, `distribute`, `verify`, `create-admin`, `reset-second-factor`, `create-key`, `keys`, `revoke-key`,
//! `import-django`, `healthcheck`, `collectstatic`, `openapi`.
//!
//! Exit status: 0 done; 1 it failed, `verify` found a breach, `import-django` a difference, or `migrate --check` or `distribute --check` something to do; 2 the command line or the configuration is
//! wrong. What a command writes, and what becomes of that where nothing can be written, is in [`output`].

mod collectstatic;
mod create_admin;
mod create_key;
mod distribute;
mod healthcheck;
mod import_django;
mod key_arguments;
mod keys;
mod lifetime;
mod migrate;
mod open_files;
mod output;
mod prepared;
mod prompt;
mod reset_second_factor;
mod revoke_key;
mod serve;
mod signals;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::api;
use crate::app::check_access;
use crate::config::{Config, Effective, Mistakes, SETTINGS, Source};
use crate::telemetry;
use crate::telemetry::chain;
use output::CommandResult;

const WRONG_USAGE: u8 = 2;
/// The command that runs where none is named, and the only one with a log.
const SERVE: &str = "serve";
/// The argument of `collectstatic`.
const DIRECTORY: &str = "DIR";
/// The flag of `serve` that only checks the settings.
const CHECK: &str = "check";

/// Runs the program with the process's own arguments and environment.
#[must_use]
pub fn run() -> ExitCode {
    let matches = match command().try_get_matches() {
        Ok(matches) => matches,
        Err(shown) => return usage(&shown),
    };
    let (name, settings) = matches.subcommand().unwrap_or((SERVE, &matches));
    if name == "openapi" {
        return exit_code(openapi());
    }
    let source = Source::from_env_and_flags(flags(settings));
    if name == SERVE
        && let Ok(Some(true)) = settings.try_get_one(CHECK)
    {
        return check(&source);
    }
    let config = match Config::read(&source) {
        Ok(config) => config,
        Err(mistakes) => return wrong_usage(&mistakes),
    };
    if name == SERVE {
        if let Err(mistakes) = check_access(&config.server) {
            return wrong_usage(&mistakes);
        }
        telemetry::start(&config.log);
    } else {
        telemetry::start_for_command(&config.log);
    }
    let system = actix_web::rt::System::new();
    match name {
        "migrate" => exit_code(system.block_on(migrate::migrate(&config, settings))),
        "distribute" => exit_code(system.block_on(distribute::distribute(&config, settings))),
        "verify" => exit_code(system.block_on(verify::verify(&config))),
        "create-admin" => exit_code(system.block_on(create_admin::create_admin(&config, settings))),
        "reset-second-factor" => {
            exit_code(system.block_on(reset_second_factor::reset_second_factor(&config, settings)))
        }
        "create-key" => exit_code(system.block_on(create_key::create_key(&config, settings))),
        "keys" => exit_code(system.block_on(keys::keys(&config))),
        "revoke-key" => exit_code(system.block_on(revoke_key::revoke_key(&config, settings))),
        "import-django" => {
            exit_code(system.block_on(import_django::import_django(&config, settings)))
        }
        "healthcheck" => exit_code(healthcheck::healthcheck(&config.server)),
        "collectstatic" => exit_code(collectstatic::collectstatic(settings.get_one(DIRECTORY))),
        _ => system
            .block_on(serve::serve(&config))
            .unwrap_or_else(|error| {
                tracing::error!(error = %chain(error.as_ref()), "serve failed");
                ExitCode::FAILURE
            }),
    }
}

/// Returns the exit status of a command, and reports its error.
fn exit_code(done: CommandResult) -> ExitCode {
    done.unwrap_or_else(|error| {
        if let Some(shown) = error.downcast_ref() {
            return usage(shown);
        }
        output::error(chain(error.as_ref()));
        ExitCode::FAILURE
    })
}

/// Shows help or the version as requested, or what is wrong with the command line.
fn usage(shown: &clap::Error) -> ExitCode {
    if shown.use_stderr() {
        output::raw_error(shown);
        return ExitCode::from(WRONG_USAGE);
    }
    let printed = output::text(shown);
    exit_code(printed.map(|()| ExitCode::SUCCESS).map_err(Into::into))
}

/// Prints the effective settings.
fn check(source: &Source) -> ExitCode {
    let checked = Config::read(source).and_then(|config| check_access(&config.server));
    let settings = match checked.and_then(|()| Config::effective(source)) {
        Ok(settings) => settings,
        Err(mistakes) => return wrong_usage(&mistakes),
    };
    let lines = settings.into_iter().try_for_each(|setting| {
        let Effective { name, value, set } = setting;
        let value = value.as_deref().unwrap_or("absent");
        let origin = if set { "set" } else { "default" };
        output::line(format_args!("{name:<24} {origin:<8} {value}"))
    });
    exit_code(lines.map(|()| ExitCode::SUCCESS).map_err(Into::into))
}

fn wrong_usage(mistakes: &Mistakes) -> ExitCode {
    output::error(mistakes);
    ExitCode::from(WRONG_USAGE)
}

/// Prints the API's description, which depends on no setting.
fn openapi() -> CommandResult {
    output::line(serde_json::to_string_pretty(&api::document())?)?;
    Ok(ExitCode::SUCCESS)
}

fn command() -> Command {
    with_settings(
        Command::new("wallet-engine")
            .version(env!("CARGO_PKG_VERSION"))
            .about("A wallet engine: one actor for each active wallet, PostgreSQL behind it")
            .args_conflicts_with_subcommands(true)
            .arg(check_flag()),
    )
    .subcommand(with_settings(
        Command::new(SERVE)
            .about("Serve the API (the default)")
            .arg(check_flag()),
    ))
    .subcommand(with_settings(migrate::command()))
    .subcommand(with_settings(distribute::command()))
    .subcommand(with_settings(Command::new("verify").about(
        "Audit every wallet against its ledger; exit 1 if there are breaches",
    )))
    .subcommand(with_settings(create_admin::command()))
    .subcommand(with_settings(reset_second_factor::command()))
    .subcommand(with_settings(create_key::command()))
    .subcommand(with_settings(keys::command()))
    .subcommand(with_settings(revoke_key::command()))
    .subcommand(with_settings(import_django::command()))
    .subcommand(with_settings(Command::new("healthcheck").about(
        "Check whether the engine on WALLET_BIND is ready; exit 1 if it is not",
    )))
    .subcommand(with_settings(
        Command::new("collectstatic")
            .about("Write the static files for a web server to serve")
            .arg(
                Arg::new(DIRECTORY)
                    .help("The directory to write to; created if missing")
                    .required(true)
                    .value_parser(value_parser!(PathBuf)),
            ),
    ))
    .subcommand(Command::new("openapi").about("Print the API's description, in OpenAPI 3.1"))
}

fn check_flag() -> Arg {
    Arg::new(CHECK)
        .long(CHECK)
        .help("Print the effective settings, secrets hidden, and exit; 2 if any is invalid")
        .action(ArgAction::SetTrue)
}

/// Adds every setting as a flag.
fn with_settings(command: Command) -> Command {
    SETTINGS.iter().fold(command, |command, setting| {
        let default = setting
            .default
            .map(|default| format!(" [default: {default}]"))
            .unwrap_or_default();
        command.arg(
            Arg::new(setting.name)
                .long(setting.flag())
                .value_name(setting.name)
                .help(format!("{}{default}", setting.help))
                .action(ArgAction::Set),
        )
    })
}

fn flags(matches: &ArgMatches) -> impl Iterator<Item = (&'static str, String)> {
    SETTINGS.iter().filter_map(|setting| {
        let text: &String = matches.get_one(setting.name)?;
        Some((setting.name, text.clone()))
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_setting_is_a_flag_of_every_command() {
        super::command().debug_assert();
        let matches = super::command()
            .try_get_matches_from(["wallet-engine", "serve", "--queue-max", "7"])
            .unwrap();
        let (_, settings) = matches.subcommand().unwrap();
        let flags: Vec<_> = super::flags(settings).collect();
        assert_eq!(flags, [("WALLET_QUEUE_MAX", "7".to_owned())]);
    }
}
