//! What the engine is measured against, on the same HTTP stack with the same settings and the same log:
//!
//! * `baseline direct` ([`direct`]): no engine; each request takes a connection and moves the money itself, so
//!   that contention is row-lock waits;
//! * `baseline ceiling` ([`ceiling`]): no money at all; the most that the HTTP stack can do.
//!
//! Like the engine, it takes what no flag sets from the environment, above all `WALLET_LOG`. It serves a
//! database that an engine has migrated. SIGTERM stops it.

mod ceiling;
mod direct;
mod request;

use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use clap::{Arg, ArgMatches, Command};
use wallet_engine::config::{Config, ServerConfig, Source};
use wallet_engine::telemetry::{self, chain};
use wallet_engine::web::request_log;

/// As the engine's, see `wallet_engine::app`.
const UNREAD_BODY_MAX: Duration = Duration::from_secs(5);

/// A flag, and the engine's setting that it is.
type Flag = (&'static str, &'static str);

const BIND: Flag = ("bind", "WALLET_BIND");
const WORKERS: Flag = ("workers", "WALLET_WORKERS");
const DATABASE_URL: Flag = ("database-url", "DATABASE_URL");
const POOL: Flag = ("pool", "WALLET_POOL_MAX");

const DIRECT: &[Flag] = &[BIND, DATABASE_URL, POOL, WORKERS];
const CEILING: &[Flag] = &[BIND, WORKERS];

/// The engine's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let matches = Command::new("baseline")
        .about("What the engine is measured against")
        .subcommand_required(true)
        .subcommand(command("direct", "Operations without an engine", DIRECT))
        .subcommand(command("ceiling", "Constant answers", CEILING))
        .get_matches();
    match run(&matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("baseline: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn command(name: &'static str, about: &'static str, flags: &[Flag]) -> Command {
    let flags = flags
        .iter()
        .map(|&(flag, setting)| Arg::new(flag).long(flag).value_name(setting));
    Command::new(name).about(about).args(flags)
}

fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let system = actix_web::rt::System::new();
    match matches.subcommand() {
        Some(("direct", matches)) => {
            let config = config(matches, DIRECT)?;
            let url = config
                .database
                .url
                .ok_or("--database-url is missing")?
                .config;
            let connections = config.database.pool_max.div_ceil(config.server.workers);
            let routes = move |services: &mut web::ServiceConfig| {
                direct::routes(services, url.clone(), connections);
            };
            system.block_on(serve(&config.server, routes))?;
        }
        Some((_, matches)) => {
            let config = config(matches, CEILING)?;
            system.block_on(serve(&config.server, ceiling::routes))?;
        }
        None => {}
    }
    Ok(())
}

/// The engine's configuration with these flags; starts its log.
fn config(matches: &ArgMatches, flags: &[Flag]) -> Result<Config, Box<dyn Error>> {
    let given = flags.iter().filter_map(|&(flag, setting)| {
        let text: &String = matches.get_one(flag)?;
        Some((setting, text.clone()))
    });
    let config = Config::read(&Source::from_env_and_flags(given))?;
    telemetry::start(&config.log);
    Ok(config)
}

/// Serves until a signal ends it, as the engine does but for the routes, which are asked for once in each worker.
async fn serve(
    config: &ServerConfig,
    routes: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> io::Result<()> {
    let server = HttpServer::new(move || App::new().wrap(from_fn(request_log)).configure(&routes))
        .client_disconnect_timeout(UNREAD_BODY_MAX)
        .workers(config.workers)
        .shutdown_timeout(config.shutdown.as_secs())
        .bind(config.bind)?;
    eprintln!("serving {}", server.addrs()[0]);
    server.run().await
}
