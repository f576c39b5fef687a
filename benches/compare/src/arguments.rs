//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{
    Arg, ArgAction, ArgMatches, Command, builder::PossibleValuesParser, error::ErrorKind,
    value_parser,
};

use crate::conditions::CONDITIONS;
use crate::fairness::NEIGHBOURS;
use crate::load::Load;
use crate::plan::{BEFORE, CONNECTIONS};

/// Wallets of the Zipf load.
const ZIPF_WALLETS: u64 = 100_000;
/// Likewise with `--quick`.
const QUICK_ZIPF_WALLETS: u64 = 10_000;
/// Wallets whose memory is measured.
const IDLE_WALLETS: u64 = 200_000;
/// Likewise with `--quick`.
const QUICK_IDLE_WALLETS: u64 = 20_000;

/// What is measured, and for how long.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// Times that every point is measured, the systems taking turns.
    pub rounds: u64,
    /// How long wrk sends at one point.
    pub per_point: Duration,
    /// HTTP threads of every system.
    pub workers: usize,
    pub wrk_threads: u64,
    pub zipf_wallets: u64,
    /// Wallets that the cold load has for each second: more than any system can use up.
    pub cold_wallets_per_s: u64,
    /// What to measure of [`measurable`]; all, if nothing is named.
    only: Vec<String>,
    /// Whether the database is also put a millisecond away.
    pub away: bool,
    /// Wallets to activate for the memory of an idle one.
    pub active: u64,
    /// Rows of the large ledger.
    pub ledger: Option<u64>,
    /// Keys that are in use at once, for what keys cost.
    pub keys: Option<u64>,
    /// The engine's program, if it is not the one beside this program.
    pub engine: Option<PathBuf>,
    /// The program of an earlier build, which is measured as well.
    pub before: Option<PathBuf>,
    /// The database lives in a new directory below it.
    pub scratch: PathBuf,
    /// A smoke test: its figures go where nobody takes them for results.
    pub quick: bool,
    /// The arguments as they were given, for the results, but for paths.
    pub given: String,
}

/// What this program is to do.
pub enum Task {
    Compare(Arguments),
    /// Be the way to a database that is further away (`forward.rs`).
    Forward {
        listen: String,
        to: PathBuf,
        delay: Duration,
    },
}

/// Reads the process's own arguments; ends the process if they are wrong.
pub fn read() -> Task {
    let matches = command().get_matches();
    if let Some(forward) = matches.subcommand_matches("forward") {
        return Task::Forward {
            listen: value(forward, "listen"),
            to: value(forward, "to"),
            delay: Duration::from_micros(value(forward, "delay-us")),
        };
    }
    let only = matches.get_many::<String>("only").unwrap_or_default();
    let only: Vec<String> = only.cloned().collect();
    let before: Option<PathBuf> = matches.get_one("before").cloned();
    if before.is_none() && only.iter().any(|wanted| wanted == BEFORE) {
        let why = "--only before needs the program of an earlier build: --before PATH\n";
        command()
            .error(ErrorKind::MissingRequiredArgument, why)
            .exit();
    }
    let quick = matches.get_flag("quick");
    let or_quick = |name, full, short| -> u64 {
        let given = matches.get_one(name).copied();
        given.unwrap_or(if quick { short } else { full })
    };
    let given: Vec<_> = std::env::args().skip(1).map(published).collect();
    Task::Compare(Arguments {
        rounds: or_quick("rounds", 6, 2),
        per_point: Duration::from_secs(or_quick("seconds", 3, 2)),
        workers: matches.get_one("workers").copied().unwrap_or_else(cores),
        wrk_threads: value(&matches, "wrk-threads"),
        zipf_wallets: if quick {
            QUICK_ZIPF_WALLETS
        } else {
            ZIPF_WALLETS
        },
        cold_wallets_per_s: value(&matches, "cold-wallets-per-second"),
        only,
        away: matches.get_flag("away"),
        active: or_quick("active", IDLE_WALLETS, QUICK_IDLE_WALLETS),
        ledger: matches.get_one("ledger").copied(),
        keys: matches.get_one("keys").copied(),
        engine: matches.get_one("engine").cloned(),
        before,
        scratch: value(&matches, "scratch"),
        quick,
        given: given.join(" "),
    })
}

/// An argument as the results show it: a path is one of this machine, and would be none elsewhere.
fn published(argument: String) -> String {
    match argument.split_once('=') {
        Some((name, value)) if value.starts_with('/') => format!("{name}=PATH"),
        None if argument.starts_with('/') => "PATH".to_owned(),
        _ => argument,
    }
}

impl Arguments {
    /// Whether that is to be measured.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| wanted == name)
    }

    /// Whether the figures are what the project says of itself, and not of a part or a smoke test.
    pub fn is_whole(&self) -> bool {
        !self.quick && self.only.is_empty()
    }
}

/// What can be measured by itself: loads, some points of the hot load, what a condition costs, and what a hot wallet's
/// neighbours do.
fn measurable() -> impl Iterator<Item = &'static str> {
    let loads = Load::ALL.into_iter().map(Load::name);
    loads
        .chain([CONNECTIONS, BEFORE])
        .chain(CONDITIONS.iter().map(|condition| condition.name))
        .chain(NEIGHBOURS.iter().map(|neighbours| neighbours.name))
}

fn command() -> Command {
    let number = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("N")
            .help(help)
            .value_parser(value_parser!(u64).range(1..))
    };
    let count = |name, help| number(name, help).value_parser(value_parser!(usize));
    let flag = |name, help| {
        Arg::new(name)
            .long(name)
            .help(help)
            .action(ArgAction::SetTrue)
    };
    let program = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("PATH")
            .help(help)
            .value_parser(value_parser!(PathBuf))
    };
    Command::new("compare")
        .about("Measures the engine against its baselines and writes benches/RESULTS.md")
        .args_conflicts_with_subcommands(true)
        .arg(number(
            "rounds",
            "Times that every point is measured [default: 6]",
        ))
        .arg(number(
            "seconds",
            "Seconds that a point is measured [default: 3]",
        ))
        .arg(count(
            "workers",
            "HTTP threads of every system [default: the number of cores]",
        ))
        .arg(number("wrk-threads", "Threads of wrk").default_value("1"))
        .arg(
            number(
                "cold-wallets-per-second",
                "Fresh wallets for each second of the cold load",
            )
            .default_value("30000"),
        )
        .arg(flag("away", "Also with the database one millisecond away"))
        .arg(number(
            "active",
            "Wallets to activate for the memory of an idle one [default: 200000]",
        ))
        .arg(number(
            "ledger",
            "Also with N rows in the ledger, such as 10000000",
        ))
        .arg(number(
            "keys",
            "Also what a key costs, and N of them, such as 100000",
        ))
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("LOADS")
                .help("Only these, such as hot,uniform; results below target/")
                .value_delimiter(',')
                .value_parser(PossibleValuesParser::new(measurable())),
        )
        .arg(program(
            "before",
            "The program of an earlier build, to measure as well",
        ))
        .arg(program(
            "engine",
            "The engine's program [default: the one beside this program]",
        ))
        .arg(
            Arg::new("scratch")
                .long("scratch")
                .value_name("DIRECTORY")
                .help("Where the database is made for the time of the comparison; not in memory")
                .default_value("/var/tmp")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(flag(
            "quick",
            "A smoke test: 2 rounds of 2 seconds, results below target/",
        ))
        .subcommand(
            Command::new("forward")
                .hide(true)
                .arg(Arg::new("listen").required(true))
                .arg(
                    Arg::new("to")
                        .required(true)
                        .value_parser(value_parser!(PathBuf)),
                )
                .arg(
                    Arg::new("delay-us")
                        .required(true)
                        .value_parser(value_parser!(u64)),
                ),
        )
}

/// An argument that is required or has a default.
fn value<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> T {
    let Some(value) = matches.get_one::<T>(name) else {
        unreachable!("{name} is required or has a default");
    };
    value.clone()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_agrees_with_itself() {
        super::command().debug_assert();
    }

    #[test]
    fn a_path_of_this_machine_is_not_published() {
        let published = |argument: &str| super::published(argument.to_owned());
        for (argument, shown) in [
            ("--before", "--before"),
            ("/tmp/engine", "PATH"),
            ("--before=/tmp/engine", "--before=PATH"),
            ("--seconds=2", "--seconds=2"),
            ("cold,Zipf", "cold,Zipf"),
        ] {
            assert_eq!(published(argument), shown);
        }
    }
}
