//! What each role may do: one table.
//!
//! Every handler of the panel takes the signed-in user, and is not reached without the role that is named here
//! ([`session`](super::session)). A form that is not in the table takes an administrator, so one that was forgotten gives nothing away.
//! What depends on the thing that a form is about, such as a sum, its handler checks.

use actix_web::http::Method;

use crate::domain::Role;
use crate::messages::{Id, id};

/// The forms that somebody less than an administrator may send: those of a route, and those of an area, with everything below it.
const FORMS: [(&str, Role); 10] = [
    ("/admin/wallets/{wallet}/adjustment/", Role::Operator),
    ("/admin/wallets/{wallet}/holds/{hold}/void/", Role::Operator),
    (
        "/admin/wallets/{wallet}/operations/{operation}/reversal/",
        Role::Operator,
    ),
    ("/admin/wallets/{wallet}/rules/change/", Role::Supervisor),
    ("/admin/approvals/{approval}/approve/", Role::Supervisor),
    ("/admin/approvals/{approval}/decline/", Role::Supervisor),
    ("/admin/approvals/{approval}/withdraw/", Role::Operator),
    ("/admin/users/{id}/edit/", Role::Supervisor),
    ("/admin/users/{id}/password/", Role::Supervisor),
    ("/admin/users/{id}/tokens/", Role::Supervisor),
];
const AREAS: [(&str, Role); 4] = [
    // One's own.
    ("/admin/account/", Role::Viewer),
    ("/admin/keys/", Role::Supervisor),
    ("/admin/webhooks/", Role::Supervisor),
    ("/admin/audit/", Role::Supervisor),
];

/// The pages that not everyone of the staff may read.
const PAGES: [(&str, Role); 7] = [
    ("/admin/journal/", Role::Supervisor),
    ("/admin/keys/new/", Role::Supervisor),
    ("/admin/keys/{key}/rotate/", Role::Supervisor),
    ("/admin/keys/{key}/revoke/", Role::Supervisor),
    ("/admin/webhooks/new/", Role::Supervisor),
    ("/admin/webhooks/{webhook}/rotate/", Role::Supervisor),
    ("/admin/webhooks/{webhook}/delete/", Role::Supervisor),
];

/// Returns the least role that may send this request to the route with this pattern.
pub fn least(method: &Method, pattern: Option<&str>) -> Role {
    let pattern = pattern.unwrap_or_default();
    let of = |table: &[(&str, Role)]| {
        let found = table.iter().find(|(known, _)| *known == pattern);
        found.map(|(_, role)| *role)
    };
    if method.is_safe() {
        return of(&PAGES).unwrap_or(Role::Viewer);
    }
    let area = || AREAS.iter().find(|(area, _)| pattern.starts_with(area));
    of(&FORMS)
        .or_else(|| area().map(|(_, role)| *role))
        .unwrap_or(Role::Administrator)
}

/// The name of a role, for people.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "called by templates")]
pub fn name(role: &Role) -> Id {
    match role {
        Role::Viewer => id!("role-viewer"),
        Role::Operator => id!("role-operator"),
        Role::Supervisor => id!("role-supervisor"),
        Role::Administrator => id!("role-administrator"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_is_not_listed_takes_an_administrator() {
        let form = |pattern| least(&Method::POST, Some(pattern));
        assert_eq!(form("/admin/wallets/{wallet}/adjustment/"), Role::Operator);
        assert_eq!(form("/admin/keys/{key}/revoke/confirm/"), Role::Supervisor);
        assert_eq!(form("/admin/anything/"), Role::Administrator);
        assert_eq!(least(&Method::POST, None), Role::Administrator);
        let page = |pattern| least(&Method::GET, Some(pattern));
        assert_eq!(page("/admin/wallets/"), Role::Viewer);
        assert_eq!(page("/admin/journal/"), Role::Supervisor);
    }
}
