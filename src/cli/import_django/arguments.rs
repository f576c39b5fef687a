//! The arguments of `import-django`.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};

use crate::config::{AddressError, DatabaseAddress};
use crate::storage::import::{Names, Run};

const FROM: &str = "from";
const FROM_FILE: &str = "from-file";
const DRY_RUN: &str = "dry-run";
const FINAL: &str = "final";
const TABLE: &str = "table";
const MAPPING: &str = "mapping";
const BATCH: &str = "batch";
const SAMPLE: &str = "sample";
const REPORT: &str = "report";
const CREATE_WALLETS: &str = "create-wallets";
const REMOVE_GONE: &str = "remove-gone";
const IGNORE_SESSIONS: &str = "ignore-sessions";

/// Where a final run writes its report.
const REPORT_DEFAULT: &str = "import-django-report.json";

#[derive(Debug, thiserror::Error)]
pub(super) enum ArgumentError {
    #[error("could not read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the address of Django's database")]
    From(#[from] AddressError),
    #[error("{} is no mapping of tables and columns", path.display())]
    Mapping {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
}

/// What to import, and how.
pub(super) struct Arguments {
    pub from: DatabaseAddress,
    pub names: Names,
    pub run: Run,
    pub batch: u32,
    pub report: Option<PathBuf>,
    pub create_wallets: bool,
    pub remove_gone: bool,
}

pub(in crate::cli) fn command() -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .help(help)
            .action(ArgAction::SetTrue)
    };
    let file = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("FILE")
            .help(help)
            .value_parser(value_parser!(PathBuf))
    };
    Command::new("import-django")
        .about("Import users, wallets and balances from the database of the Django service")
        .long_about(
            "Import users, wallets and balances from the database of the Django service; it is read, and never written.\n\
             A run does what is left to do: repeat it, or start it again after an interruption.\n\
             Exit status 1: something does not fit or differs, and is listed.",
        )
        .arg(
            Arg::new(FROM)
                .long(FROM)
                .value_name("URL")
                .help("Django's database, as postgresql://user@host:5432/name"),
        )
        .arg(file(FROM_FILE, "The file whose first line is that address, with its password"))
        .group(ArgGroup::new("source").args([FROM, FROM_FILE]).required(true))
        .arg(flag(DRY_RUN, "Compare, and write nothing").conflicts_with(FINAL))
        .arg(flag(FINAL, "With Django stopped: import what is left, compare both databases, and write the report"))
        .arg(
            Arg::new(TABLE)
                .long(TABLE)
                .value_name("NAME")
                .help("The table of wallets [default: wallets_wallet]"),
        )
        .arg(file(MAPPING, "The names of other tables and columns, as JSON"))
        .arg(
            Arg::new(BATCH)
                .long(BATCH)
                .value_name("USERS")
                .help("Users a transaction [default: 5000]")
                .value_parser(value_parser!(u32).range(1..=20_000)),
        )
        .arg(
            Arg::new(SAMPLE)
                .long(SAMPLE)
                .value_name("USERS")
                .help("Users that a final run compares field by field [default: 1000]")
                .value_parser(value_parser!(u32).range(1..=50_000)),
        )
        .arg(file(REPORT, "Where to write the report [default: import-django-report.json with --final]"))
        .arg(flag(CREATE_WALLETS, "Give an empty wallet to each user who has none"))
        .arg(flag(REMOVE_GONE, "Remove imported users who are no longer in Django, unless the engine has had to do with them"))
        .arg(flag(IGNORE_SESSIONS, "Go on with --final although others are connected to Django's database").requires(FINAL))
}

impl Arguments {
    pub fn read(matches: &ArgMatches) -> Result<Self, ArgumentError> {
        let text = |name| matches.get_one::<String>(name).cloned();
        let file = |name| matches.get_one::<PathBuf>(name).cloned();
        let number = |name, default| matches.get_one(name).copied().unwrap_or(default);
        let address = match file(FROM_FILE) {
            Some(path) => contents(path)?
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
            None => text(FROM).unwrap_or_default(),
        };
        let mut names = match file(MAPPING) {
            Some(path) => serde_json::from_str(&contents(path.clone())?)
                .map_err(|source| ArgumentError::Mapping { path, source })?,
            None => Names::default(),
        };
        if let Some(table) = text(TABLE) {
            names.wallets.table = table;
        }
        let run = if matches.get_flag(FINAL) {
            Run::Final {
                sample: number(SAMPLE, 1_000),
                ignore_sessions: matches.get_flag(IGNORE_SESSIONS),
            }
        } else if matches.get_flag(DRY_RUN) {
            Run::Dry
        } else {
            Run::Pass
        };
        let default = matches!(run, Run::Final { .. }).then(|| REPORT_DEFAULT.into());
        let report = file(REPORT).or(default);
        Ok(Self {
            from: address.trim().parse()?,
            names,
            run,
            batch: number(BATCH, 5_000),
            report,
            create_wallets: matches.get_flag(CREATE_WALLETS),
            remove_gone: matches.get_flag(REMOVE_GONE),
        })
    }
}

fn contents(path: PathBuf) -> Result<String, ArgumentError> {
    fs::read_to_string(&path).map_err(|source| ArgumentError::Read { path, source })
}
