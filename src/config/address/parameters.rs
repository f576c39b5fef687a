//! Both forms of an address, taken apart into names and values as libpq does it.

use percent_encoding::percent_decode_str;

use super::error::{AddressError, Fault};

/// What an address with a scheme begins with.
const SCHEMES: [&str; 2] = ["postgresql://", "postgres://"];

#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub list: Vec<Parameter>,
    /// An `@` stands behind the place where the host begins: perhaps that place is within the password.
    pub has_late_at: bool,
}

/// A parameter as it stands there. A password and a socket's directory need not be UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    pub name: String,
    pub value: Vec<u8>,
    /// It stands behind a password without quotes, so that its name may be the password's second half.
    pub follows_open_password: bool,
}

impl Parameters {
    fn add(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.list.push(Parameter {
            name: name.to_owned(),
            value: value.into(),
            follows_open_password: false,
        });
    }

    /// Adds a part of an address with a scheme, where an empty one is as good as none.
    fn add_part(&mut self, name: &'static str, text: &str) -> Result<(), Fault> {
        if !text.is_empty() {
            self.add(name, decoded(name, text)?);
        }
        Ok(())
    }
}

pub(super) fn read(text: &str) -> Result<Parameters, AddressError> {
    if text.contains('\0') {
        return Err(AddressError::Malformed);
    }
    for scheme in SCHEMES {
        if let Some(rest) = text.trim_matches(is_space).strip_prefix(scheme) {
            return Ok(address(rest)?);
        }
    }
    // Without an =, or with another scheme, it is neither form, and what is wrong with it as one is beside the point.
    match text.split_once('=') {
        Some((first, _)) if !first.contains("://") => Ok(pairs(text)?),
        _ => Err(AddressError::Malformed),
    }
}

/// `user:password@host:port,host:port/database?name=value&name=value`, every part of which may be missing.
fn address(text: &str) -> Result<Parameters, Fault> {
    let mut parameters = Parameters::default();
    let mut rest = text;
    let user_end = rest.find(['@', '/']);
    if let Some(end) = user_end.filter(|&end| rest[end..].starts_with('@')) {
        let (user, password) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
        parameters.add_part("user", user)?;
        parameters.add_part("password", password)?;
        rest = &rest[end + 1..];
    }
    parameters.has_late_at = rest.contains('@');
    match address_of_hosts(rest, &mut parameters) {
        Err(_) if parameters.has_late_at => Err(Fault::LateAt),
        read => read.map(|()| parameters),
    }
}

fn address_of_hosts(text: &str, parameters: &mut Parameters) -> Result<(), Fault> {
    let (mut hosts, mut ports) = (String::new(), String::new());
    let mut rest = text;
    loop {
        let (host, after) = one_host(rest)?;
        hosts.push_str(host);
        rest = after;
        if let Some(after) = rest.strip_prefix(':') {
            let end = after.find(['/', '?', ',']).unwrap_or(after.len());
            ports.push_str(&after[..end]);
            rest = &after[end..];
        }
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None => break,
        }
        hosts.push(',');
        ports.push(',');
    }
    parameters.add_part("host", &hosts)?;
    parameters.add_part("port", &ports)?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    parameters.add_part("dbname", path.strip_prefix('/').unwrap_or(path))?;
    let mut pairs = query.split('&').peekable();
    while let Some(pair) = pairs.next() {
        // Nothing behind the `?`, or behind the last `&`.
        if pair.is_empty() && pairs.peek().is_none() {
            break;
        }
        // libpq refuses another = in the value; addresses that worked here before have one (options=-csearch_path=a).
        let (name, value) = pair.split_once('=').ok_or(Fault::NoPair)?;
        let name = decoded("parameters", name)?;
        let name = String::from_utf8_lossy(&name);
        match (&*name, decoded("parameters", value)?) {
            // JDBC's name for it, which libpq takes in this form.
            ("ssl", value) if value == b"true" => parameters.add("sslmode", "require"),
            (name, value) => parameters.add(name, value),
        }
    }
    Ok(())
}

/// The host at the beginning of the text, and what follows it.
fn one_host(text: &str) -> Result<(&str, &str), Fault> {
    let Some(bracketed) = text.strip_prefix('[') else {
        let end = text.find([':', '/', '?', ',']).unwrap_or(text.len());
        return Ok(text.split_at(end));
    };
    bracketed
        .split_once(']')
        .filter(|(host, after)| {
            let ends = after.is_empty() || after.starts_with([':', '/', '?', ',']);
            !host.is_empty() && ends
        })
        .ok_or_else(|| Fault::value("host", "an IPv6 address where it is in brackets"))
}

/// Percent-decoded. libpq refuses what decodes to no character, and a NUL.
fn decoded(name: &'static str, text: &str) -> Result<Vec<u8>, Fault> {
    let is_code = |after: &str| {
        let code = after.as_bytes().get(..2);
        code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit) && code != b"00")
    };
    if text.split('%').skip(1).all(is_code) {
        Ok(percent_decode_str(text).collect())
    } else {
        Err(Fault::PercentEncoding(name))
    }
}

/// `name=value name = 'a value'`. A backslash takes the meaning from the character behind it, with and without quotes.
fn pairs(text: &str) -> Result<Parameters, Fault> {
    let mut parameters = Parameters::default();
    let mut rest = text.trim_start_matches(is_space);
    let mut follows_open_password = false;
    while !rest.is_empty() {
        let end = rest.find(|c| c == '=' || is_space(c));
        let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
        let after = after.trim_start_matches(is_space);
        let after = after.strip_prefix('=').ok_or(Fault::NoValue)?;
        let after = after.trim_start_matches(is_space);
        let quoted = after.strip_prefix('\'');
        let (value, after) = match quoted {
            Some(after) => until(after, |c| c == '\'').ok_or(Fault::OpenQuote)?,
            None => until(after, is_space).unwrap_or_else(|| (unescaped(after), "")),
        };
        parameters.list.push(Parameter {
            name: name.to_owned(),
            value: value.into(),
            follows_open_password,
        });
        follows_open_password = name == "password" && quoted.is_none();
        rest = after.trim_start_matches(is_space);
    }
    Ok(parameters)
}

/// What stands before the first character that is an end, unescaped, and what stands behind that; `None` without one.
fn until(text: &str, is_end: impl Fn(char) -> bool) -> Option<(String, &str)> {
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        if c == '\\' {
            characters.next();
        } else if is_end(c) {
            return Some((unescaped(&text[..at]), characters.as_str()));
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let mut characters = text.chars();
    std::iter::from_fn(|| match characters.next()? {
        '\\' => characters.next(),
        c => Some(c),
    })
    .collect()
}

/// C's `isspace`, as everywhere in libpq.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, AddressError> {
        let parameters = read(text)?;
        let shown = parameters.list.iter().map(|parameter| {
            let value = String::from_utf8_lossy(&parameter.value);
            format!("{}={value}", parameter.name)
        });
        Ok(shown.collect::<Vec<_>>().join("|"))
    }

    #[test]
    fn an_address_with_a_scheme_is_taken_apart_as_libpq_does_it() {
        for (text, expected) in [
            ("", ""),
            ("u@", "user=u"),
            (":p@", "password=p"),
            ("u:p:q@h", "user=u|password=p:q|host=h"),
            (
                "u%40x:p%2Fw@h%41:5433/d%20b",
                "user=u@x|password=p/w|host=hA|port=5433|dbname=d b",
            ),
            ("u:p?x=1&y@h/d", "user=u|password=p?x=1&y|host=h|dbname=d"),
            ("h", "host=h"),
            ("h:", "host=h"),
            ("h/", "host=h"),
            ("h?", "host=h"),
            ("/d", "dbname=d"),
            ("?user=u", "user=u"),
            ("h/d/e", "host=h|dbname=d/e"),
            ("h1,h2/d", "host=h1,h2|port=,|dbname=d"),
            ("h1:1,h2,h3:3", "host=h1,h2,h3|port=1,,3"),
            (",h2", "host=,h2|port=,"),
            (":5433", "port=5433"),
            ("[::1]", "host=::1"),
            (
                "[::1]:5433,[fe80::2]/d",
                "host=::1,fe80::2|port=5433,|dbname=d",
            ),
            ("%2Frun%2Fpg/d", "host=/run/pg|dbname=d"),
            ("h/d?a=b&c=%3D&e=", "host=h|dbname=d|a=b|c==|e="),
            ("h/d?a=b&", "host=h|dbname=d|a=b"),
            ("h/d?a=-cb=c", "host=h|dbname=d|a=-cb=c"),
            ("h?ssl=true", "host=h|sslmode=require"),
            ("h?ssl=false", "host=h|ssl=false"),
            ("h/?a=x@y", "host=h|a=x@y"),
            ("h?a=x@y", "user=h?a=x|host=y"),
        ] {
            for scheme in SCHEMES {
                let read = shown(&format!("  {scheme}{text}\n"));
                assert_eq!(read.as_deref(), Ok(expected), "{text}");
            }
        }
    }

    #[test]
    fn an_address_of_pairs_is_taken_apart_as_libpq_does_it() {
        for (text, expected) in [
            ("host=h user=u", "host=h|user=u"),
            ("\t host = h\n user\t=\x0bu ", "host=h|user=u"),
            (r"password='a b' user=u", "password=a b|user=u"),
            (r"password='a\'b\\'user=u", r"password=a'b\|user=u"),
            (r"password=a\ b\'\\ user=u", r"password=a b'\|user=u"),
            ("password='' user=u", "password=|user=u"),
            ("user= password=p", "user=password=p"),
            ("password=a=b", "password=a=b"),
            (r"password=a\", "password=a"),
            (r"password=a\ ", "password=a "),
            ("host=h,,g port=1,,2", "host=h,,g|port=1,,2"),
            ("host=[::1]", "host=[::1]"),
            ("dbname=d%20b", "dbname=d%20b"),
            ("=", "="),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_neither_form_is_no_address() {
        for text in [
            "",
            "wallet",
            "localhost:5432/wallet",
            "mysql://user:hush@host/db",
            "mysql://user:hush@host/db?a=b",
            "POSTGRESQL://host/db",
            "postgresql://host/d\0b",
        ] {
            assert_eq!(shown(text), Err(AddressError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_broken_address_is_refused_by_what_is_broken() {
        let bracket = || Fault::value("host", "an IPv6 address where it is in brackets");
        for (text, fault) in [
            ("postgresql://[::1/d", bracket()),
            ("postgresql://[]/d", bracket()),
            ("postgresql://[::1]5432/d", bracket()),
            ("postgresql://h/d?a", Fault::NoPair),
            ("postgresql://h/d?&a=b", Fault::NoPair),
            ("postgresql://h/d?a=b&&c=d", Fault::NoPair),
            ("postgresql://u:50%@h", Fault::PercentEncoding("password")),
            (
                "postgresql://u:5%0off@h",
                Fault::PercentEncoding("password"),
            ),
            ("postgresql://u%00:p@h", Fault::PercentEncoding("user")),
            ("postgresql://h%zz", Fault::PercentEncoding("host")),
            ("postgresql://h:%zz", Fault::PercentEncoding("port")),
            ("postgresql://h/%%41", Fault::PercentEncoding("dbname")),
            ("postgresql://h?%a=b", Fault::PercentEncoding("parameters")),
            ("postgresql://h?a=%b", Fault::PercentEncoding("parameters")),
            ("postgresql://u:p@s?ecret@h/d", Fault::LateAt),
            ("host=h user", Fault::NoValue),
            ("host=h password=my secret", Fault::NoValue),
            ("host=h password='my secret", Fault::OpenQuote),
            (r"host=h password='my secret\'", Fault::OpenQuote),
        ] {
            assert_eq!(shown(text), Err(fault.into()), "{text}");
        }
    }
}
