//! The registration of a resource: routing, `OPTIONS`, 405, log, metrics and the description of the API all come from it.
//!
//! `utoipa-actix-web` (0.2.0 works with utoipa 6) does this for actix's own resources, which do not suffice: actix matches a
//! partly decoded path (`/api%2Fregister/` is not found), answers 405 without `Allow`, and has a document only once an
//! application is built. [`Resource::params`] matches the path that [`compat`](crate::compat::path) decoded.

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use utoipa::openapi::OpenApi;

use super::error::Error;
use super::gate::{Caller, Gate};
pub use super::permission::Permission;
use super::webhook_refused::WebhookRefused;
use crate::compat::media_type::MediaType;
use crate::domain::WalletId;
use crate::engine::Engine;
use crate::events::Feed;
use crate::events::webhooks::WebhookId;
use crate::web::body::IncomingBody;

/// An address with its endpoints.
pub struct Resource {
    /// The address with its parameters: `{wallet}`, `{webhook}` and `{id}`. Also its name in log, span and metrics, whose labels must be
    /// limited in number.
    pub template: &'static str,
    /// Names of files below the template, which are served and counted as it.
    pub files: &'static [&'static str],
    pub name: &'static str,
    pub description: &'static str,
    pub endpoints: &'static [Endpoint],
    /// Whether a method that no endpoint has is a 404 here, as in the recorded service, and not a 405.
    pub hides: fn(&Method) -> bool,
    /// Whether the address exists only where `WALLET_AUTH` is on.
    pub with_auth_alone: bool,
    /// Whether errors are problems of RFC 9457, as beyond the recorded endpoints.
    pub problems: bool,
    /// What utoipa derives of the handlers and their types; `None` if the description omits the address.
    pub document: Option<fn(&Self) -> OpenApi>,
}

/// A method of a resource.
pub struct Endpoint {
    /// GET includes HEAD.
    pub method: Method,
    pub handler: Handler,
    /// Who may call it.
    pub permission: Permission,
    /// Its refusals, for the description.
    pub refusals: Refusals,
    /// The fields that have errors of their own, if any.
    pub fields: Option<Fields>,
}

pub type Refusals = &'static [fn() -> Vec<Refusal>];

/// The name of the schema of errors by field, and the fields.
pub type Fields = (&'static str, &'static [&'static str]);

/// Why a request is refused, with the name of its example.
pub type Refusal = (&'static str, Error);

/// Serves a request.
#[derive(Clone, Copy)]
pub enum Handler {
    /// Not boxed, because performance is measured there.
    Recorded(Recorded),
    Resource(Handle),
}

/// The endpoints of the recorded service.
#[derive(Clone, Copy)]
pub enum Recorded {
    Register,
    Wallet,
    Operation,
}

pub type Handle = for<'r> fn(Call<'r>) -> LocalBoxFuture<'r, Answer>;

pub type Answer = Result<HttpResponse, Error>;

/// A request at its endpoint.
pub struct Call<'r> {
    pub request: &'r HttpRequest,
    /// Not received yet.
    pub body: &'r mut IncomingBody,
    pub engine: &'r Engine,
    pub feed: &'r Feed,
    pub params: Params,
    pub caller: Caller,
    pub gate: &'r Gate,
    /// All registered resources.
    pub resources: &'static [&'static Resource],
}

/// The parameters of an address, those that its template names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params {
    pub wallet: Option<WalletId>,
    pub webhook: Option<WebhookId>,
    pub id: Option<i64>,
    /// One of [`Resource::files`]; empty for the address itself.
    pub file: &'static str,
}

/// What `OPTIONS` returns.
#[derive(Serialize)]
struct Metadata {
    name: &'static str,
    description: &'static str,
    renders: [&'static str; 1],
    parses: Vec<&'static str>,
}

impl Endpoint {
    /// GET and HEAD.
    pub const fn get(
        handle: Handle,
        permission: Permission,
        refusals: Refusals,
        fields: Option<Fields>,
    ) -> Self {
        Self {
            method: Method::GET,
            handler: Handler::Resource(handle),
            permission,
            refusals,
            fields,
        }
    }
}

impl Resource {
    /// The defaults of a registration.
    pub const EMPTY: Self = Self {
        template: "",
        files: &[],
        name: "",
        description: "",
        endpoints: &[],
        hides: |_| false,
        with_auth_alone: false,
        problems: false,
        document: None,
    };

    /// The parameters in the decoded path; `None` if the path is not this resource's.
    pub fn params(&self, path: &[u8]) -> Option<Params> {
        let mut params = Params::default();
        if let Some(name) = path.strip_prefix(self.template.as_bytes())
            && let Some(file) = self.files.iter().find(|file| file.as_bytes() == name)
        {
            return Some(Params { file, ..params });
        }
        let mut given = path.split(|byte| *byte == b'/');
        for part in self.template.split('/') {
            let text = given.next()?;
            match part {
                "{wallet}" => {
                    let wallet = std::str::from_utf8(text).ok().and_then(WalletId::parse);
                    // A problem says that there is no such wallet; otherwise there is no such path.
                    if wallet.is_none() && !self.problems {
                        return None;
                    }
                    params.wallet = wallet;
                }
                "{webhook}" => {
                    let webhook = std::str::from_utf8(text).ok().and_then(WebhookId::parse);
                    if webhook.is_none() && !self.problems {
                        return None;
                    }
                    params.webhook = webhook;
                }
                "{id}" => {
                    params.id = number(text);
                    if params.id.is_none() && !self.problems {
                        return None;
                    }
                }
                part if part.as_bytes() == text => {}
                _ => return None,
            }
        }
        given.next().is_none().then_some(params)
    }

    /// The endpoint of the method.
    pub fn endpoint(&self, method: &Method) -> Option<&'static Endpoint> {
        let method = if *method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        self.endpoints.iter().find(|known| known.method == *method)
    }

    /// What a method takes. One that no endpoint has takes a valid credential, `None`, unless one of the resource is public: as in
    /// REST framework, which asks nobody at a view that anybody may use.
    pub fn permission(&self, method: &Method) -> Option<Permission> {
        if let Some(endpoint) = self.endpoint(method) {
            return Some(endpoint.permission);
        }
        let mut all = self.endpoints.iter();
        let is_public = all.any(|endpoint| endpoint.permission == Permission::Public);
        is_public.then_some(Permission::Public)
    }

    /// The response to a method without a handler.
    pub fn without_handler(&self, method: &Method) -> Answer {
        if (self.hides)(method) {
            return Err(Error::NoSuchPath);
        }
        if *method != Method::OPTIONS {
            return Err(Error::Method {
                given: method.clone(),
                allow: self.allow(),
            });
        }
        Ok(HttpResponse::Ok()
            .insert_header((header::ALLOW, self.allow()))
            .json(Metadata {
                name: self.name,
                description: self.description,
                renders: [MediaType::Json.as_str()],
                parses: self.parses().iter().map(|kind| kind.as_str()).collect(),
            }))
    }

    /// The types of bodies that are read.
    fn parses(&self) -> &'static [MediaType] {
        if self.problems {
            &[MediaType::Json]
        } else {
            &MediaType::ALL
        }
    }

    /// The value of `Allow`, in the recorded service's order.
    pub fn allow(&self) -> String {
        let methods = self.endpoints.iter().map(|known| known.method.as_str());
        let mut allow: Vec<_> = methods.collect();
        if allow.contains(&"GET") {
            allow.push("HEAD");
        }
        allow.push("OPTIONS");
        allow.join(", ")
    }
}

impl Params {
    /// The wallet in the address.
    ///
    /// # Errors
    /// The template names none.
    pub fn wallet(&self) -> Result<WalletId, Error> {
        self.wallet.ok_or(Error::NoSuchPath)
    }

    /// The webhook in the address.
    ///
    /// # Errors
    /// The template names none, or what the address has is no id.
    pub fn webhook(&self) -> Result<WebhookId, Error> {
        self.webhook.ok_or(Error::Webhook(WebhookRefused::NotFound))
    }

    /// The number in the address.
    ///
    /// # Errors
    /// The template names none.
    pub fn id(&self) -> Result<i64, Error> {
        self.id.ok_or(Error::NoSuchPath)
    }
}

/// Digits alone. A number that is too great for the ledger is not found.
fn number(text: &[u8]) -> Option<i64> {
    let digits = text.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(text).ok().filter(|_| digits)?;
    text.parse().ok()
}
