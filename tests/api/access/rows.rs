//! Every registered endpoint: what it takes, a request that succeeds, and its status.

use uuid::Uuid;

use super::callers::ALL;

/// What an endpoint takes.
#[derive(Clone, Copy)]
pub enum Takes {
    /// One of these.
    Scope(&'static [&'static str]),
    Owner,
}

use Takes::Scope;

#[derive(Clone, Copy)]
pub struct Row {
    pub method: &'static str,
    pub template: &'static str,
    pub takes: Takes,
    pub id: i64,
    pub body: Option<&'static str>,
    /// The status for a caller who may.
    pub done: u16,
    /// Whether it is in the recorded service's form.
    pub recorded: bool,
}

const fn row(
    (method, template): (&'static str, &'static str),
    takes: Takes,
    (id, body): (i64, Option<&'static str>),
    done: u16,
) -> Row {
    Row {
        method,
        template,
        takes,
        id,
        body,
        done,
        recorded: false,
    }
}

const fn recorded(row: Row) -> Row {
    Row {
        recorded: true,
        ..row
    }
}

const READ: Takes = Scope(&["wallets:read"]);
const OPERATE: Takes = Scope(&["operations:write"]);
const HOOK: Takes = Scope(&["webhooks:write"]);
const HOLD: Takes = Scope(&["holds:write"]);

/// A webhook of the wallet.
pub const WEBHOOK: &str = "5f0c0b6e-7a55-4a0b-8e0e-4a1b2c3d4e5f";

/// The addresses that anybody may use.
pub const PUBLIC: [&str; 6] = [
    "/",
    "/api/docs/",
    "/api/schema/",
    "/livez",
    "/readyz",
    "POST /api/token/",
];

/// The wallet has a deposit (1), holds (2 and 3), and [`WEBHOOK`], which has set an event aside (1).
#[rustfmt::skip]
pub const ROWS: [Row; 30] = [
    recorded(row(("POST", "/api/register/"), Scope(&["users:write"]), (0, Some(r#"{"username":"{name}","email":"{name}@example.com","password":"x"}"#)), 201)),
    recorded(row(("GET", "/api/wallets/{wallet}/"), READ, (0, None), 200)),
    recorded(row(("POST", "/api/wallets/{wallet}/operation/"), OPERATE, (0, Some(r#"{"operationType":"DEPOSIT","amount":"1.00"}"#)), 200)),
    recorded(row(("GET", "/api/wallets/{wallet}/operations/"), READ, (0, None), 200)),
    recorded(row(("GET", "/api/wallets/{wallet}/operations/{id}/"), READ, (1, None), 200)),
    row(("GET", "/api/wallets/{wallet}/balance/"), READ, (0, None), 200),
    row(("GET", "/api/wallets/{wallet}/statement/"), READ, (0, None), 200),
    row(("POST", "/api/wallets/{wallet}/transfers/"), Scope(&["transfers:write"]), (0, Some(r#"{"to":"{to}","amount":"1.00"}"#)), 201),
    row(("GET", "/api/wallets/{wallet}/holds/"), READ, (0, None), 200),
    row(("POST", "/api/wallets/{wallet}/holds/"), HOLD, (0, Some(r#"{"amount":"1.00"}"#)), 201),
    row(("GET", "/api/wallets/{wallet}/holds/{id}/"), READ, (2, None), 200),
    row(("POST", "/api/wallets/{wallet}/holds/{id}/capture/"), HOLD, (2, Some(r#"{"amount":"0.01","final":false}"#)), 200),
    row(("POST", "/api/wallets/{wallet}/holds/{id}/void/"), HOLD, (3, Some("{}")), 200),
    row(("POST", "/api/wallets/{wallet}/operations/{id}/reverse/"), OPERATE, (1, Some(r#"{"amount":"0.01"}"#)), 201),
    row(("GET", "/api/wallets/{wallet}/rules/"), READ, (0, None), 200),
    row(("PATCH", "/api/wallets/{wallet}/rules/"), Scope(&["rules:write"]), (0, Some(r#"{"operation_max":"500.00","reason":"a test"}"#)), 200),
    row(("POST", "/api/batch/"), Scope(&["operations:write", "transfers:write"]), (0, Some(r#"{"operations":[{"wallet":"{wallet}","kind":"DEPOSIT","amount":"1.00"}]}"#)), 200),
    row(("GET", "/api/events/"), Scope(&["events:read"]), (0, None), 200),
    row(("GET", "/api/webhooks/"), HOOK, (0, None), 200),
    row(("POST", "/api/webhooks/"), HOOK, (0, Some(r#"{"url":"https://hooks.example.com/","wallet":"{wallet}"}"#)), 201),
    row(("GET", "/api/webhooks/{webhook}/"), HOOK, (0, None), 200),
    row(("PATCH", "/api/webhooks/{webhook}/"), HOOK, (0, Some(r#"{"enabled":false}"#)), 200),
    row(("POST", "/api/webhooks/{webhook}/rotate/"), HOOK, (0, Some("{}")), 200),
    row(("POST", "/api/webhooks/{webhook}/replay/"), HOOK, (0, Some(r#"{"after":"now"}"#)), 200),
    row(("GET", "/api/webhooks/{webhook}/set-aside/"), HOOK, (0, None), 200),
    row(("POST", "/api/webhooks/{webhook}/set-aside/{id}/send/"), HOOK, (1, Some("{}")), 202),
    row(("DELETE", "/api/webhooks/{webhook}/"), HOOK, (0, None), 204),
    row(("GET", "/api/journal/"), Scope(&["journal:read"]), (0, None), 200),
    recorded(row(("DELETE", "/api/token/"), Takes::Owner, (0, None), 204)),
    row(("POST", "/api/password/"), Takes::Owner, (0, Some(r#"{"current_password":"secret-secret","new_password":"secret-secret"}"#)), 200),
];

/// What owners may do by default.
pub const OWNERS: [&str; 2] = ["wallets:read", "transfers:write"];

impl Row {
    pub fn path(&self, wallet: Uuid) -> String {
        let path = self.template.replace("{wallet}", &wallet.to_string());
        let path = path.replace("{webhook}", WEBHOOK);
        let path = path.replace("{id}", &self.id.to_string());
        // A key that is tied to wallets asks for one of them.
        match self.template {
            "/api/events/" => format!("{path}?wallet={wallet}"),
            _ => path,
        }
    }

    pub fn is_of_a_wallet(&self) -> bool {
        self.template.contains("{wallet}")
    }

    /// Whether one of the scopes suffices for this very request.
    pub fn permits(&self, scopes: &[&str]) -> bool {
        match self.takes {
            Takes::Owner => false,
            // The batch has a deposit.
            Scope(_) if self.template == "/api/batch/" => scopes.contains(&"operations:write"),
            Scope(needed) => needed.iter().any(|scope| scopes.contains(scope)),
        }
    }

    /// The one scope that it is tried with.
    pub fn scope(&self) -> &'static str {
        match self.takes {
            Scope(scopes) => scopes[0],
            Takes::Owner => "",
        }
    }

    /// All scopes but those of the row.
    pub fn other_scopes(&self) -> String {
        let is_other = |scope: &&str| match self.takes {
            Scope(scopes) => !scopes.contains(scope),
            Takes::Owner => true,
        };
        let others: Vec<_> = ALL.split(',').map(str::trim).filter(is_other).collect();
        others.join(",")
    }
}
