//! Addresses that the panel may send a browser to: its own, and no others.

/// Where nothing better is known.
pub const HOME: &str = "/admin/";
/// Longer ones are nobody's.
const MAX_BYTES: usize = 2_000;

/// The address, if it is a path of the panel's on this very server, whatever a browser makes of it: it begins with
/// `/admin/`, and has nothing that could begin a host or leave the folder.
#[must_use]
pub fn path(address: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    let local = address.len() <= MAX_BYTES
        && address.starts_with(HOME)
        && address.bytes().all(plain)
        && !address.contains("//")
        && !address.contains("/.")
        // To a browser it is a dot.
        && !address.to_ascii_lowercase().contains("/%2e");
    local.then_some(address)
}

/// The address, or the panel's first page.
#[must_use]
pub fn path_or_home(address: &str) -> &str {
    path(address).unwrap_or(HOME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_panel_s_own_addresses_are_local() {
        for own in [
            "/admin/",
            "/admin/users/?q=bob&active=1",
            "/admin/%2F%2Fevil",
        ] {
            assert_eq!(path(own), Some(own));
        }
        for foreign in [
            "",
            "/",
            "/api/",
            "/administrator/",
            "//evil",
            "/\\evil",
            "https:evil",
            "https://evil/admin/",
            "%2F%2Fevil",
            "/admin//evil",
            "/admin/\\evil",
            "/admin/../api/",
            "/admin/\r\nSet-Cookie: a=b",
            "/admin/\u{e9}",
            " /admin/",
        ] {
            assert_eq!(path(foreign), None, "{foreign}");
        }
    }
}
