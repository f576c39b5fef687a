//! `create-admin`: a user who may sign in to the panel.
//!
//! The command prompts for missing arguments. The password is never an argument, which every process could read: it is typed
//! twice without echo, or it is the first line of standard input.
//!
//! 1. The user is registered like any other, with a wallet, and then made staff. Should it end in between, there is a
//!    user whom `--reset` makes staff.
//! 2. `--reset` makes staff of a user who exists, with a new password; every session of theirs ends. A name that
//!    happens to be taken makes no one staff.
//!
//! It works beside a running engine (`prepared`). The database is named before the first prompt, and at the end.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::output::{self, CommandResult};
use super::prepared::on_prepared;
use super::prompt::{self, Prompted};
use crate::app::{check_database_exists, database_name};
use crate::compat::registration::{self, Input};
use crate::config::Config;
use crate::domain::registration::{
    Email, FieldError, Password, STAFF_PASSWORD_CHARS_MIN, Username,
};
use crate::domain::{RegistrationErrors, RegistrationForm, Role};
use crate::engine::{Engine, EngineError};
use crate::storage::{Database, StorageError};

/// The arguments of the command.
const USERNAME: &str = "USERNAME";
const EMAIL: &str = "EMAIL";
const RESET: &str = "reset";
const ROLE: &str = "role";

/// No admitted request takes longer.
const STOP_MAX: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
enum CreateError {
    #[error("could not read the input")]
    Read(#[source] io::Error),
    #[error("{field}: {}", joined(.errors))]
    Field {
        field: &'static str,
        errors: Vec<FieldError>,
    },
    #[error("there is a user {0:?} already; with --reset, they become staff with a new password")]
    Exists(String),
    #[error("there is no user {0:?}")]
    Unknown(String),
    #[error("password: the password of staff has at least {STAFF_PASSWORD_CHARS_MIN} characters")]
    ShortPassword,
    #[error("could not register the user")]
    Register(#[source] EngineError),
    #[error("could not make the user staff")]
    Promote(#[source] StorageError),
}

pub(super) fn command() -> Command {
    Command::new("create-admin")
        .about("Create a user who may sign in to /admin/; prompts for missing arguments")
        .long_about(
            "Create a user who may sign in to /admin/; prompts for missing arguments.\n\
             The password is typed, or the first line of standard input; it has at least 12 characters.",
        )
        .arg(Arg::new(USERNAME).help("The name to sign in with"))
        .arg(Arg::new(EMAIL).help("The user's e-mail address"))
        .arg(
            Arg::new(RESET)
                .long(RESET)
                .help("Make an existing user staff, with a new password")
                .conflicts_with(EMAIL)
                .action(ArgAction::SetTrue),
        )
        .arg(
            Arg::new(ROLE)
                .long(ROLE)
                .help("What the user may do in the panel")
                .value_parser(Role::ALL.map(Role::as_str))
                .default_value(Role::Administrator.as_str()),
        )
}

pub(super) async fn create_admin(config: &Config, arguments: &ArgMatches) -> CommandResult {
    check_database_exists(config)?;
    let name = database_name(config);
    prompt::notice(format_args!("Making staff in {name}."));
    let wanted = Wanted::read(arguments)?;
    let username = on_prepared(config, async |database| {
        Ok(wanted.create(config, database).await?)
    })
    .await?;
    output::line(format_args!(
        "{username} is staff now in {name}, and signs in at /admin/."
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Who is to be staff.
struct Wanted {
    username: Username,
    /// Of a new user; none of one who exists.
    email: Option<Email>,
    password: Password,
    role: Role,
}

impl Wanted {
    fn read(arguments: &ArgMatches) -> Result<Self, CreateError> {
        let given = |name| arguments.get_one::<String>(name).cloned();
        let read = |name, what| match given(name) {
            Some(text) => Ok(text),
            None => prompt::line(what).map_err(CreateError::Read),
        };
        let username = read(USERNAME, "Username")?;
        let username = parsed("username", registration::username, &username)?;
        let email = if arguments.get_flag(RESET) {
            None
        } else {
            let email = read(EMAIL, "E-mail")?;
            Some(parsed("e-mail", registration::email, &email)?)
        };
        let role = given(ROLE).and_then(|name| Role::parse(&name));
        let Prompted(password) = prompt::password().map_err(CreateError::Read)?;
        let password = parsed("password", registration::password, &password)?;
        if !password.suits_staff() {
            return Err(CreateError::ShortPassword);
        }
        Ok(Self {
            username,
            email,
            password,
            role: role.unwrap_or(Role::Administrator),
        })
    }

    /// Returns the name as it is stored.
    async fn create(self, config: &Config, database: &Database) -> Result<String, CreateError> {
        let engine = Engine::start(&config.engine, Arc::new(database.clone()));
        let username = self.username.as_str().to_owned();
        let created = match self.email {
            Some(email) => register(&engine, self.username, email, self.password)
                .await
                .map(|()| None),
            None => engine
                .password_hash(&self.password)
                .await
                .map(Some)
                .map_err(CreateError::Register),
        };
        // Nothing is left in it.
        let _ = engine.stop(STOP_MAX).await;
        let promoted = database
            .promote(&username, created?.as_deref(), self.role)
            .await;
        let user = promoted
            .map_err(CreateError::Promote)?
            .ok_or_else(|| CreateError::Unknown(username.clone()))?;
        let ended = database.sessions_end_of(user).await;
        ended.map_err(CreateError::Promote)?;
        Ok(username)
    }
}

async fn register(
    engine: &Engine,
    username: Username,
    email: Email,
    password: Password,
) -> Result<(), CreateError> {
    let name = username.as_str().to_owned();
    let form = RegistrationForm {
        username: Ok(username),
        email: Ok(email),
        password: Ok(password),
    };
    match engine.register(form, None).await {
        Ok(_) => Ok(()),
        Err(EngineError::Registration(RegistrationErrors {
            username, email, ..
        })) => Err(if username.is_empty() {
            CreateError::Field {
                field: "e-mail",
                errors: email,
            }
        } else {
            CreateError::Exists(name)
        }),
        Err(error) => Err(CreateError::Register(error)),
    }
}

fn parsed<T>(
    field: &'static str,
    parse: impl Fn(Input<'_>) -> Result<T, Vec<FieldError>>,
    text: &str,
) -> Result<T, CreateError> {
    parse(Input::Text(text.into())).map_err(|errors| CreateError::Field { field, errors })
}

fn joined(errors: &[FieldError]) -> String {
    let errors: Vec<_> = errors.iter().map(FieldError::to_string).collect();
    errors.join(", ")
}
