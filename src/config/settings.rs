//! The list of settings.

/// One setting: an environment variable and the flag of the same name.
#[derive(Debug)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// The text that holds when nothing is set; `None` where absence has a meaning of its own.
    pub default: Option<&'static str>,
    pub help: &'static str,
    /// Never shown; can be read from the file that `<name>_FILE` names.
    pub secret: bool,
}

impl Setting {
    /// The flag: `WALLET_QUEUE_MAX` is `--queue-max`, `DATABASE_URL` is `--database-url`.
    #[must_use]
    pub fn flag(&self) -> String {
        self.name
            .strip_prefix("WALLET_")
            .unwrap_or(self.name)
            .to_lowercase()
            .replace('_', "-")
    }
}

const fn setting(name: &'static str, default: &'static str, help: &'static str) -> Setting {
    Setting {
        name,
        default: Some(default),
        help,
        secret: false,
    }
}

const fn optional(name: &'static str, help: &'static str) -> Setting {
    Setting {
        name,
        default: None,
        help,
        secret: false,
    }
}

/// Every setting, in the order in which help and docs/configuration.md show them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "DATABASE_URL",
        default: None,
        help: "The PostgreSQL to use, as an address in either of libpq's forms and with its parameters; absent: a private PostgreSQL in WALLET_DATA_DIR",
        secret: true,
    },
    setting(
        "WALLET_DATA_DIR",
        "./data",
        "Where the private PostgreSQL keeps its data",
    ),
    setting(
        "WALLET_BIND",
        "127.0.0.1:8000",
        "The address and port to serve on",
    ),
    optional(
        "WALLET_METRICS_BIND",
        "The address and port to serve /metrics on, or off; absent: 127.0.0.1:9464, or another port if that one is taken",
    ),
    optional(
        "WALLET_WORKERS",
        "HTTP threads; absent: the number of cores",
    ),
    setting(
        "WALLET_CONNECTIONS_MAX",
        "10000",
        "Connections of clients; past it, 503 and the connection is closed",
    ),
    setting(
        "WALLET_KEEP_ALIVE_S",
        "75",
        "Seconds that a connection may be silent between two requests",
    ),
    setting(
        "WALLET_HEAD_S",
        "10",
        "Seconds that a client may take to send a request's head",
    ),
    setting(
        "WALLET_BODY_S",
        "30",
        "Seconds that a client may take to send a request's body; past it, 408",
    ),
    optional(
        "WALLET_TRUSTED_PROXIES",
        "Addresses and networks, separated by commas, whose X-Forwarded-For, X-Forwarded-Host and X-Forwarded-Proto are believed; absent: nobody's",
    ),
    optional(
        "WALLET_ALLOWED_HOSTS",
        "Names that the service may be asked by, separated by commas; .example.com is that and all below it; any other Host is answered with 400; absent: any",
    ),
    optional(
        "WALLET_CLIENT_RATE",
        "Requests a second that one client may make; past it, 429; absent: any number",
    ),
    optional(
        "WALLET_CLIENT_BURST",
        "Requests that one client may make at once, where WALLET_CLIENT_RATE is set; absent: as many as in a second",
    ),
    setting(
        "WALLET_LOG",
        "info",
        "What to log, in the filter syntax of tracing",
    ),
    setting("WALLET_LOG_FORMAT", "text", "How to log: text or json"),
    optional(
        "WALLET_OTLP_ENDPOINT",
        "Where to send traces, in OTLP over HTTP, such as http://collector:4318; absent: nowhere, and there are none",
    ),
    optional(
        "WALLET_TRACE_RATIO",
        "The part of the requests that is traced, from 0 to 1; a caller that traces its request or does not is followed; absent: what OTEL_TRACES_SAMPLER says, or all",
    ),
    setting(
        "WALLET_POOL_MAX",
        "8",
        "Connections to the database, besides one for each committer",
    ),
    setting(
        "WALLET_SHARED",
        "false",
        "true, if other engines write to this database as well: balances are read from it, and refusals checked against it",
    ),
    setting(
        "WALLET_COMMITTERS",
        "2",
        "Group commits that may be under way at once",
    ),
    setting(
        "WALLET_BATCH_MAX",
        "1024",
        "Operations of one wallet written at once, at most; a group commit takes wallets until it holds as many",
    ),
    setting(
        "WALLET_QUEUE_MAX",
        "2048",
        "Operations that may wait on one wallet; past it, 503",
    ),
    setting(
        "WALLET_INFLIGHT_MAX",
        "20000",
        "Operations that may wait in the whole engine; past it, 503",
    ),
    setting(
        "WALLET_IDLE_S",
        "300",
        "Seconds without a request after which a wallet's actor is retired",
    ),
    setting(
        "WALLET_ACTIVE_MAX",
        "200000",
        "Actors at most; past it, the longest idle are retired",
    ),
    setting(
        "WALLET_WAIT_S",
        "10",
        "Seconds that a request may wait for its answer; past it, 503 if it was not done for certain, else 500",
    ),
    optional(
        "WALLET_DB_CONNECT_MS",
        "Milliseconds for a new connection to the database; absent: half of WALLET_WAIT_S",
    ),
    optional(
        "WALLET_DB_KEEPALIVE_MS",
        "Milliseconds of silence after which the database's host is asked whether it is there; absent: WALLET_WAIT_S",
    ),
    optional(
        "WALLET_DB_TCP_USER_MS",
        "Milliseconds for the database's host to acknowledge what was sent; absent: WALLET_WAIT_S",
    ),
    optional(
        "WALLET_DB_LOCK_MS",
        "Milliseconds that a statement may wait for a lock, a group commit 100; absent: a quarter of WALLET_WAIT_S",
    ),
    optional(
        "WALLET_DB_STATEMENT_MS",
        "Milliseconds that a statement may run; absent: a third of WALLET_WAIT_S",
    ),
    optional(
        "WALLET_DB_ANSWER_MS",
        "Milliseconds for the database to answer a write, whose outcome then has to be found out; absent: half of WALLET_WAIT_S",
    ),
    setting(
        "WALLET_MIGRATE_WAIT_S",
        "300",
        "Seconds that a start waits for another process that migrates the database, and for locks of its own migrations",
    ),
    optional(
        "WALLET_HASHERS",
        "Passwords hashed at once, each takes a core and 19 MiB; absent: half of the cores, and at most a quarter of the memory",
    ),
    setting(
        "WALLET_HASH_QUEUE_MAX",
        "64",
        "Registrations that may wait for a hasher, and as many sign-ins; past it, 503",
    ),
    setting("WALLET_SHUTDOWN_S", "30", "Seconds that a stop may take"),
    setting(
        "WALLET_DRAIN_S",
        "0",
        "Seconds before a stop in which /readyz is 503 and requests are still served, for a balancer that goes by it",
    ),
];
