//! The list of settings.

/// One setting: an environment variable and the flag of the same name.
#[derive(Debug)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// The text of an absent setting; `None` where absence has a meaning of its own.
    pub default: Option<&'static str>,
    pub help: &'static str,
    /// Never shown; can be in the file that `<name>_FILE` names.
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
        help: "Connection string of the PostgreSQL to use, in either of libpq's forms; absent: a private PostgreSQL in WALLET_DATA_DIR",
        secret: true,
    },
    setting(
        "WALLET_DATA_DIR",
        "./data",
        "Data directory of the private PostgreSQL",
    ),
    setting(
        "WALLET_BIND",
        "127.0.0.1:8000",
        "Address and port to listen on",
    ),
    optional(
        "WALLET_NAME",
        "Name of this engine on the panel's pages, up to 64 characters; each engine of a database has its own; absent: its host and port",
    ),
    optional(
        "WALLET_METRICS_BIND",
        "Address and port to serve /metrics on, or off; absent: 127.0.0.1:9464, or another port if that one is in use",
    ),
    optional(
        "WALLET_WORKERS",
        "Number of HTTP threads; absent: the number of cores",
    ),
    setting(
        "WALLET_CONNECTIONS_MAX",
        "10000",
        "Maximum number of client connections; beyond it, 503 and the connection is closed",
    ),
    setting(
        "WALLET_KEEP_ALIVE_S",
        "75",
        "Seconds that a connection may be idle between two requests",
    ),
    setting(
        "WALLET_HEAD_S",
        "10",
        "Timeout in seconds for a client to send a request's head",
    ),
    setting(
        "WALLET_BODY_S",
        "30",
        "Timeout in seconds for a client to send a request's body; beyond it, 408",
    ),
    optional(
        "WALLET_TRUSTED_PROXIES",
        "Addresses and networks, separated by commas, whose X-Forwarded-For, X-Forwarded-Host and X-Forwarded-Proto are believed; absent: none",
    ),
    optional(
        "WALLET_ALLOWED_HOSTS",
        "Host names that the service accepts, separated by commas; .example.com is that and its subdomains; any other Host gets 400; absent: any",
    ),
    optional(
        "WALLET_AUTH",
        "on: the API takes a key or a token; off: whoever reaches the address may use it; absent: off if WALLET_BIND is loopback, otherwise the engine does not start",
    ),
    setting(
        "WALLET_OWNER_SCOPES",
        "wallets:read,transfers:write",
        "What the token of a wallet's owner permits on that wallet, if WALLET_AUTH is on",
    ),
    setting(
        "WALLET_TOKEN_S",
        "2592000",
        "Seconds that the token of a wallet's owner lasts",
    ),
    setting(
        "WALLET_AUTH_OUTAGE_S",
        "300",
        "Seconds that keys and tokens known to the engine are accepted while the database cannot be asked for revocations",
    ),
    optional(
        "WALLET_KEY_RATE",
        "Maximum requests per second of one key, and of one owner; beyond it, 429; absent: no limit",
    ),
    optional(
        "WALLET_KEY_BURST",
        "Maximum burst of one key's requests, if WALLET_KEY_RATE is set; absent: as many as in a second",
    ),
    setting(
        "WALLET_STAFF_SECOND_FACTOR",
        "optional",
        "required: staff without a second factor set one up after sign-in, before they reach any other page of the panel; optional: whoever wants has one",
    ),
    optional(
        "WALLET_CORS_ORIGINS",
        "Origins whose pages may call the API from a browser, separated by commas, such as https://app.example.com; absent: none",
    ),
    setting(
        "WALLET_CURRENCY",
        "RUB",
        "Currency of all wallets, which statements name: three letters of ISO 4217",
    ),
    setting(
        "WALLET_ADJUST_CEILING",
        "1000.00",
        "Sum that an operator may move alone by adjustments and reversals within 24 hours; beyond it, a second person approves",
    ),
    optional(
        "WALLET_CLIENT_RATE",
        "Maximum requests per second of one client; beyond it, 429; absent: no limit",
    ),
    optional(
        "WALLET_CLIENT_BURST",
        "Maximum burst of one client's requests, if WALLET_CLIENT_RATE is set; absent: as many as in a second",
    ),
    setting("WALLET_LOG", "info", "Log filter, in the syntax of tracing"),
    setting("WALLET_LOG_FORMAT", "text", "Log format: text or json"),
    optional(
        "WALLET_OTLP_ENDPOINT",
        "Endpoint to export traces to, in OTLP over HTTP, such as http://collector:4318; absent: no traces",
    ),
    optional(
        "WALLET_TRACE_RATIO",
        "Share of requests to trace, from 0 to 1; a caller's own decision is followed; absent: as OTEL_TRACES_SAMPLER sets it, or all",
    ),
    setting(
        "WALLET_POOL_MAX",
        "8",
        "Maximum number of database connections besides one for each committer, and four for wallets that several engines write; up to a quarter of them only load wallets",
    ),
    setting(
        "WALLET_SHARED",
        "false",
        "Set to true if other engines write to this database as well: balances are read from it, and refusals checked against it",
    ),
    setting(
        "WALLET_COMMITTERS",
        "2",
        "Maximum number of concurrent group commits",
    ),
    setting(
        "WALLET_BATCH_MAX",
        "1024",
        "Maximum number of operations of one wallet in a batch; a group commit takes wallets until it holds as many",
    ),
    setting(
        "WALLET_QUEUE_MAX",
        "2048",
        "Maximum number of operations waiting on one wallet; beyond it, 503",
    ),
    setting(
        "WALLET_INFLIGHT_MAX",
        "20000",
        "Maximum number of operations waiting in the whole engine; beyond it, 503",
    ),
    setting(
        "WALLET_IDLE_S",
        "300",
        "Seconds without a request after which a wallet leaves memory",
    ),
    setting(
        "WALLET_ACTIVE_MAX",
        "200000",
        "Maximum number of wallets in memory; beyond it, those that have been idle longer leave it",
    ),
    setting(
        "WALLET_HOLD_MAX",
        "1000",
        "Maximum number of open holds of a wallet; beyond it, a hold is refused with limit_exceeded",
    ),
    setting(
        "WALLET_WEBHOOK_ALLOW_PRIVATE",
        "false",
        "Set to true if receivers of webhooks are in a network of one's own: private addresses and http are then accepted, which lets whoever may make webhooks reach what the engine reaches",
    ),
    setting(
        "WALLET_WAIT_S",
        "10",
        "Timeout in seconds of a request; beyond it, 503 if it certainly had no effect, else 500",
    ),
    optional(
        "WALLET_DB_CONNECT_MS",
        "Timeout in milliseconds to connect to the database; absent: half of WALLET_WAIT_S",
    ),
    optional(
        "WALLET_DB_KEEPALIVE_MS",
        "Milliseconds of inactivity before a TCP keepalive probe to the database's host; absent: WALLET_WAIT_S",
    ),
    optional(
        "WALLET_DB_TCP_USER_MS",
        "Timeout in milliseconds for the database's host to acknowledge sent data; absent: WALLET_WAIT_S",
    ),
    optional(
        "WALLET_DB_LOCK_MS",
        "Lock timeout of statements in milliseconds (of a group commit, 100); absent: a quarter of WALLET_WAIT_S",
    ),
    optional(
        "WALLET_DB_STATEMENT_MS",
        "Statement timeout in milliseconds; absent: a third of WALLET_WAIT_S",
    ),
    optional(
        "WALLET_DB_ANSWER_MS",
        "Timeout in milliseconds for the response to a write, whose outcome is then unknown and settled; absent: half of WALLET_WAIT_S",
    ),
    setting(
        "WALLET_MIGRATE_WAIT_S",
        "300",
        "Timeout in seconds to wait for another process's migration, and for the locks of one's own",
    ),
    optional(
        "WALLET_HASHERS",
        "Maximum number of passwords hashed at once while cores are idle, and as many that are late, each with a core and 19 MiB; absent: half of the cores, and at most a quarter of the memory",
    ),
    setting(
        "WALLET_HASH_QUEUE_MAX",
        "64",
        "Maximum number of registrations waiting for a hasher, and of sign-ins; beyond it, 503",
    ),
    setting("WALLET_SHUTDOWN_S", "30", "Timeout in seconds of a stop"),
    setting(
        "WALLET_DRAIN_S",
        "0",
        "Seconds before a stop in which /readyz is 503 and requests are still served, for a load balancer to notice",
    ),
];
