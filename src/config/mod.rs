//! Everything that can be set, read once at start.
//!
//! [`SETTINGS`] is the list of settings: command line flags, environment variables and the table of
//! docs/configuration.md (`make docs`) all come from it. [`Config::read`] turns their texts into a struct a concern and
//! reports every mistake together, each by its variable's name.

mod access;
mod address;
mod authority;
mod ceiling;
mod client_rate;
mod currency;
mod database;
mod hosts;
mod machine;
mod name;
mod opentelemetry;
mod origins;
mod proxies;
mod reachable;
mod second_factor;
mod server;
mod settings;
mod source;
mod traces;

use std::net::{AddrParseError, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

pub use access::{AccessConfig, AuthMode};
pub use address::{AddressError, CertificateCheck, DatabaseAddress};
pub use authority::Authority;
pub use ceiling::AdjustCeiling;
pub use client_rate::ClientRate;
pub use currency::Currency;
pub use database::{DatabaseConfig, DatabaseLimits};
pub use hosts::AllowedHosts;
pub use name::EngineName;
pub use opentelemetry::Sampling;
pub use origins::Origins;
pub use proxies::TrustedProxies;
pub use reachable::reachable;
pub use second_factor::SecondFactor;
pub use server::ServerConfig;
pub use settings::{SETTINGS, Setting};
pub use source::{Effective, Mistake, Mistakes, Source};
pub use traces::TracesConfig;

use source::Reader;

/// The whole configuration.
#[derive(Clone, Debug)]
pub struct Config {
    pub server: ServerConfig,
    pub database: DatabaseConfig,
    pub private_postgres: PrivatePostgresConfig,
    pub engine: EngineConfig,
    pub webhooks: WebhookConfig,
    pub metrics: MetricsConfig,
    pub log: LogConfig,
    pub traces: TracesConfig,
}

/// Where webhooks are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookConfig {
    /// Receivers may be in a network of one's own, at addresses that the Internet does not reach.
    pub allow_private: bool,
}

/// Where metrics are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsConfig {
    Off,
    At(SocketAddr),
    /// The default, so an address in use does not prevent the start: engines may share a machine.
    IfFree(SocketAddr),
}

impl Default for MetricsConfig {
    fn default() -> Self {
        Self::IfFree(SocketAddr::from(([127, 0, 0, 1], 9464)))
    }
}

impl FromStr for MetricsConfig {
    type Err = AddrParseError;

    fn from_str(text: &str) -> Result<Self, AddrParseError> {
        match text {
            "off" => Ok(Self::Off),
            address => address.parse().map(Self::At),
        }
    }
}

/// The private PostgreSQL, which runs when no `DATABASE_URL` is given.
#[derive(Clone, Debug)]
pub struct PrivatePostgresConfig {
    /// Its cluster, socket and log live here.
    pub data_dir: PathBuf,
}

/// The limits of the engine.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Other engines write to the database as well, so what this one remembers of a wallet may be old.
    pub shared: bool,
    /// Concurrent group commits, each on a connection of its own.
    pub committers: usize,
    /// Operations of one wallet in one batch, and of all wallets in one statement.
    pub batch_max: usize,
    /// Operations that may wait on one wallet.
    pub queue_max: usize,
    /// Operations that may wait in the whole engine.
    pub inflight_max: usize,
    /// An actor without a message for this long is retired.
    pub idle: Duration,
    /// Actors at most; above it the longest idle ones are retired.
    pub active_max: usize,
    /// Open holds that a wallet may have: all of them are in its actor's memory.
    pub holds_max: usize,
    /// The longest an operation, a read or a registration may wait for its answer.
    pub wait: Duration,
    /// How long the journal may take to answer a write before its outcome counts as unknown.
    pub answer: Duration,
    /// Password hashes computed at once.
    pub hashers: usize,
    /// Registrations that may wait for a hasher, and as many sign-ins.
    pub hash_queue_max: usize,
}

/// What is logged, and how.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// `tracing`'s filter syntax, already checked.
    pub filter: String,
    /// The same for a command, which logs only warnings unless a filter is set.
    pub command_filter: String,
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// Reads every setting from `source`.
    ///
    /// # Errors
    /// Every setting whose text is wrong, not only the first.
    pub fn read(source: &Source) -> Result<Self, Mistakes> {
        let mut read = Reader::new(source);
        let config = Self::read_with(&mut read);
        read.finish(config)
    }

    /// The effective settings in the order of [`SETTINGS`], with the values that stand in for absent ones.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn effective(source: &Source) -> Result<Vec<Effective>, Mistakes> {
        let mut read = Reader::new(source);
        Self::read_with(&mut read);
        let effective = read.effective();
        read.finish(effective)
    }

    fn read_with(read: &mut Reader<'_>) -> Self {
        let mut server = ServerConfig::read(read);
        let url = read.optional_secret("DATABASE_URL");
        let pool_max = read.count("WALLET_POOL_MAX", 1..=1_000);
        let private_postgres = PrivatePostgresConfig {
            data_dir: read.path("WALLET_DATA_DIR"),
        };
        let engine = EngineConfig::read(read);
        let webhooks = WebhookConfig {
            allow_private: read.parsed("WALLET_WEBHOOK_ALLOW_PRIVATE", "true or false"),
        };
        server.outlast(engine.wait);
        let database = DatabaseConfig {
            url,
            pool_max,
            limits: DatabaseLimits::read(read, engine.wait),
        };
        let metrics = read.optional_parsed(
            "WALLET_METRICS_BIND",
            "an address and a port, such as 127.0.0.1:9464, or off",
        );
        let filter = read.log_filter("WALLET_LOG");
        let log = LogConfig {
            command_filter: if read.is_set("WALLET_LOG") {
                filter.clone()
            } else {
                "warn".to_owned()
            },
            filter,
            format: read.one_of(
                "WALLET_LOG_FORMAT",
                &[("text", LogFormat::Text), ("json", LogFormat::Json)],
            ),
        };
        Self {
            server,
            database,
            private_postgres,
            engine,
            webhooks,
            metrics: metrics.unwrap_or_default(),
            log,
            traces: TracesConfig::read(read),
        }
    }
}

impl EngineConfig {
    fn read(read: &mut Reader<'_>) -> Self {
        let shared = read.parsed("WALLET_SHARED", "true or false");
        let committers = read.count("WALLET_COMMITTERS", 1..=64);
        let batch_max = read.count("WALLET_BATCH_MAX", 1..=10_000);
        let queue_max = read.count("WALLET_QUEUE_MAX", 1..=1_000_000);
        let inflight_max = read.count("WALLET_INFLIGHT_MAX", 1..=10_000_000);
        let idle = read.seconds("WALLET_IDLE_S", 1..=86_400);
        let active_max = read.count("WALLET_ACTIVE_MAX", 1..=10_000_000);
        let holds_max = read.count("WALLET_HOLD_MAX", 1..=10_000);
        let wait = read.seconds("WALLET_WAIT_S", 1..=600);
        Self {
            shared,
            committers,
            batch_max,
            queue_max,
            inflight_max,
            idle,
            active_max,
            holds_max,
            wait,
            answer: read.milliseconds_or("WALLET_DB_ANSWER_MS", wait / 2),
            hashers: read.count_or("WALLET_HASHERS", 1..=1_024, machine::hashers()),
            hash_queue_max: read.count("WALLET_HASH_QUEUE_MAX", 1..=100_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<Config, Mistakes> {
        Config::read(&Source::of(settings))
    }

    #[test]
    fn nothing_set_is_a_working_configuration() {
        let config = read(&[]).unwrap();
        assert_eq!(config.server.bind, "127.0.0.1:8000".parse().unwrap());
        assert_eq!(config.private_postgres.data_dir, PathBuf::from("./data"));
        assert!(config.database.url.is_none());
        assert_eq!(config.server.workers, machine::cores());
    }

    #[test]
    fn limits_towards_the_database_follow_the_longest_wait_unless_they_are_set() {
        let config = read(&[("WALLET_WAIT_S", "12")]).unwrap();
        assert_eq!(
            config.database.limits,
            DatabaseLimits::of(Duration::from_secs(12))
        );
        assert_eq!(config.engine.answer, Duration::from_secs(6));

        let config = read(&[
            ("WALLET_DB_CONNECT_MS", "1"),
            ("WALLET_DB_KEEPALIVE_MS", "2"),
            ("WALLET_DB_TCP_USER_MS", "3"),
            ("WALLET_DB_LOCK_MS", "4"),
            ("WALLET_DB_STATEMENT_MS", "5"),
            ("WALLET_DB_ANSWER_MS", "6"),
        ])
        .unwrap();
        let ms = Duration::from_millis;
        let set = DatabaseLimits {
            connect: ms(1),
            keepalive: ms(2),
            tcp_user: ms(3),
            lock: ms(4),
            statement: ms(5),
            ..config.database.limits
        };
        assert_eq!(config.database.limits, set);
        assert_eq!(config.engine.answer, ms(6));
    }

    #[test]
    fn a_page_of_the_panel_outlasts_the_longest_wait() {
        for (wait, page_max_s) in [("1", 30), ("25", 30), ("26", 31), ("600", 605)] {
            let config = read(&[("WALLET_WAIT_S", wait)]).unwrap();
            let page_max = Duration::from_secs(page_max_s);
            assert_eq!(config.server.page_max, page_max, "{wait}");
        }
    }

    #[test]
    fn nginx_waits_for_a_page_until_the_engine_gave_it_up() {
        let start = include_str!("../../nginx/start.sh");
        let from = |text: &str| start.find(text).unwrap();
        let limit = &start[from("page_max_s=")..];
        let panel = &start[from("panel() {")..];
        let script = format!(
            "{}\n{}\npanel",
            limit.lines().next().unwrap(),
            panel.split_inclusive("\n}\n").next().unwrap()
        );
        for wait in ["1", "25", "26", "600"] {
            let mut sh = std::process::Command::new("sh");
            let ran = sh
                .args(["-euc", &script])
                .env("WALLET_WAIT_S", wait)
                .output();
            let printed = String::from_utf8(ran.unwrap().stdout).unwrap();
            let waits = printed.trim().strip_prefix("proxy_read_timeout ");
            let waits_s = waits.and_then(|waits| waits.strip_suffix("s;")).unwrap();
            let waits = Duration::from_secs(waits_s.parse().unwrap());
            let config = read(&[("WALLET_WAIT_S", wait)]).unwrap();
            assert!(waits > config.server.page_max, "{wait}: {waits:?}");
        }
    }

    #[test]
    fn metrics_are_served_where_they_are_asked_for_or_where_there_is_room() {
        let set = |text| read(&[("WALLET_METRICS_BIND", text)]).map(|config| config.metrics);
        let usual = "127.0.0.1:9464".parse().unwrap();
        assert_eq!(set("").unwrap(), MetricsConfig::IfFree(usual));
        assert_eq!(set("127.0.0.1:9464").unwrap(), MetricsConfig::At(usual));
        assert_eq!(set("off").unwrap(), MetricsConfig::Off);
        assert!(set("on").is_err());
    }

    #[test]
    fn every_mistake_is_reported_at_once_by_the_variable_s_name() {
        let mistakes = read(&[
            ("WALLET_BIND", "localhost"),
            ("WALLET_SHARED", "perhaps"),
            ("WALLET_QUEUE_MAX", "0"),
            ("WALLET_WAIT_S", "soon"),
            ("WALLET_LOG", "info,=="),
            ("WALLET_LOG_FORMAT", "xml"),
            ("DATABASE_URL", "mysql://host"),
        ])
        .unwrap_err();
        let names: Vec<_> = mistakes.iter().map(|mistake| mistake.name).collect();
        assert_eq!(
            names,
            [
                "WALLET_BIND",
                "DATABASE_URL",
                "WALLET_SHARED",
                "WALLET_QUEUE_MAX",
                "WALLET_WAIT_S",
                "WALLET_LOG",
                "WALLET_LOG_FORMAT"
            ]
        );
    }

    #[test]
    fn an_empty_text_is_not_set_and_an_empty_file_is_a_mistake() {
        assert!(read(&[("DATABASE_URL", "  "), ("WALLET_BIND", "")]).is_ok());
        let file = tempfile::NamedTempFile::new().unwrap();
        let mistakes = read(&[("DATABASE_URL_FILE", file.path().to_str().unwrap())]).unwrap_err();
        assert!(mistakes.to_string().contains("is empty"), "{mistakes}");
    }

    #[test]
    fn a_secret_can_be_in_a_file_and_is_never_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "postgresql://user:hush@host/db\n").unwrap();
        let config = read(&[("DATABASE_URL_FILE", file.path().to_str().unwrap())]).unwrap();
        assert_eq!(
            config.database.url.as_ref().unwrap().config.get_dbname(),
            Some("db")
        );
        assert!(!format!("{config:?}").contains("hush"));

        let mistakes =
            read(&[("DATABASE_URL", "postgresql://user:hush@host:port/db")]).unwrap_err();
        assert!(!mistakes.to_string().contains("hush"));
    }
}
