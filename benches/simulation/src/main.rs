//! The command: writes the documents, measures the constants, or runs one scenario.

#![allow(clippy::cast_precision_loss, reason = "percents are small")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::thread;

use clap::{Arg, ArgMatches, Command, value_parser};
use simulation::measure::measure;
use simulation::page::{ENGINES, Grid, LOADS, figures, grid, replaced};
use simulation::{Load, Scenario, chart, simulate};
use tokio_postgres::Config;

fn command() -> Command {
    let option = |name: &'static str, default: &'static str| {
        Arg::new(name).long(name).default_value(default)
    };
    let number = |name, default| option(name, default).value_parser(value_parser!(usize));
    let seed = || option("seed", "24").value_parser(value_parser!(u64));
    let address = |name: &'static str| {
        Arg::new(name)
            .long(name)
            .required(true)
            .value_parser(value_parser!(Config))
    };
    Command::new("simulation")
        .about("Simulates several engines on several nodes, in virtual time")
        .subcommand_required(true)
        .subcommand(
            Command::new("write")
                .about("Writes the figures into benches/SIMULATION.md, and benches/simulation.svg")
                .arg(seed()),
        )
        .subcommand(
            Command::new("costs")
                .about(
                    "Measures what the model's constants are made of, on servers of this machine",
                )
                .arg(address("plain").help("A database of one PostgreSQL with the engine's schema"))
                .arg(address("coordinator").help("The coordinator's database, distributed"))
                .arg(number("rounds", "1000")),
        )
        .subcommand(
            Command::new("run")
                .about("Runs one scenario, and prints what it gives")
                .arg(option("load", "uniform").help("hot, uniform, zipf or transfers"))
                .arg(
                    number("crossing", "0")
                        .help("Percent of the transfers that are between two nodes"),
                )
                .arg(
                    number("crossing-max", "1024")
                        .help("Transfers in one transaction over nodes, at most"),
                )
                .arg(number("nodes", "4"))
                .arg(number("engines", "4"))
                .arg(number("clients", "1024"))
                .arg(number("shards", "4").help("Shards of a node"))
                .arg(seed()),
        )
}

fn main() -> ExitCode {
    let done = match command().get_matches().subcommand() {
        Some(("write", arguments)) => write(seed(arguments)),
        Some(("costs", arguments)) => costs(arguments),
        Some((_, arguments)) => run(arguments),
        None => Ok(()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("simulation: {error}");
            ExitCode::FAILURE
        }
    }
}

fn seed(arguments: &ArgMatches) -> u64 {
    arguments.get_one("seed").copied().unwrap_or_default()
}

fn number(arguments: &ArgMatches, name: &str) -> usize {
    arguments.get_one(name).copied().unwrap_or_default()
}

fn run(arguments: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let crossing = number(arguments, "crossing") as f64 / 100.0;
    let load = arguments
        .get_one::<String>("load")
        .map_or("", String::as_str);
    let outcome = simulate(&Scenario {
        load: load_of(load, crossing)?,
        nodes: number(arguments, "nodes"),
        engines: number(arguments, "engines"),
        clients: number(arguments, "clients"),
        shards_per_node: number(arguments, "shards"),
        crossing_max: number(arguments, "crossing-max"),
        seed: seed(arguments),
        ..Scenario::default()
    });
    println!("{outcome:#?}");
    Ok(())
}

fn load_of(name: &str, crossing: f64) -> Result<Load, Box<dyn Error>> {
    match name {
        "hot" => Ok(Load::Hot),
        "uniform" => Ok(Load::Uniform),
        "zipf" => Ok(Load::Zipf),
        "transfers" => Ok(Load::Transfers { crossing }),
        _ => Err("--load is hot, uniform, zipf or transfers".into()),
    }
}

fn write(seed: u64) -> Result<(), Box<dyn Error>> {
    let grids: Vec<(Load, Grid)> = thread::scope(|scope| {
        let runs = LOADS.map(|load| scope.spawn(move || (load, grid(load, seed))));
        let finished = runs
            .into_iter()
            .map(|run| run.join().map_err(|_| "a run panicked"));
        finished.collect::<Result<_, _>>()
    })?;
    let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = benches.join("SIMULATION.md");
    let document = fs::read_to_string(&page)?;
    let document =
        replaced(&document, &figures(&grids, seed)).ok_or("the page has no place for figures")?;
    fs::write(page, document)?;
    let column = ENGINES.len() - 1;
    fs::write(
        benches.join("simulation.svg"),
        chart::draw(&grids, column, ENGINES[column]),
    )?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn costs(arguments: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let address = |name: &str| arguments.get_one(name).cloned().unwrap_or_else(Config::new);
    let (plain, coordinator) = (address("plain"), address("coordinator"));
    println!(
        "| way | time, µs | CPU of the session, µs | of its sessions on nodes, µs |\n|---|--:|--:|--:|"
    );
    for figure in measure(&plain, &coordinator, number(arguments, "rounds")).await? {
        let [time, session, others] =
            [figure.time, figure.session, figure.others].map(|it| it.as_secs_f64() * 1e6);
        println!(
            "| {} | {time:.0} | {session:.0} | {others:.0} |",
            figure.way
        );
    }
    Ok(())
}
