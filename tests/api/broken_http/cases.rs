//! Every way to break a request that is tried, by name.

/// A request that is broken.
pub struct Broken {
    pub name: String,
    pub bytes: Vec<u8>,
    /// Requests before the broken part, which are good and answered with 200.
    pub good: usize,
}

impl Broken {
    fn new(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let name = name.to_owned();
        let bytes = bytes.into();
        Self {
            name,
            bytes,
            good: 0,
        }
    }
}

/// All of them.
pub fn all(wallet: &str) -> Vec<Broken> {
    let mut cases = no_http();
    cases.extend(framing());
    cases.extend(too_much());
    cases.extend(after_a_good_request(wallet));
    cases
}

/// A `POST` with these header lines and this body.
fn post(headers: &str, body: &str) -> Vec<u8> {
    format!("POST /api/register/ HTTP/1.1\r\nHost: x\r\n{headers}\r\n{body}").into_bytes()
}

fn no_http() -> Vec<Broken> {
    let case = |name, bytes: &[u8]| Broken::new(name, bytes);
    vec![
        case(
            "a TLS ClientHello",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x5f\x5f\r\n\r\n",
        ),
        case(
            "the preface of HTTP/2",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        ),
        case("HTTP/0.9", b"GET /api/register/\r\n"),
        case("HTTP/9.9", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n"),
        case(
            "a version of two digits",
            b"GET / HTTP/1.11\r\nHost: x\r\n\r\n",
        ),
        case("no version", b"GET /\r\nHost: x\r\n\r\n"),
        case("a lower-case version", b"GET / http/1.1\r\nHost: x\r\n\r\n"),
        case("no target", b"GET  HTTP/1.1\r\nHost: x\r\n\r\n"),
        case(
            "a space in the target",
            b"GET /api/ register/ HTTP/1.1\r\nHost: x\r\n\r\n",
        ),
        case(
            "NUL in the target",
            b"GET /api/\0/ HTTP/1.1\r\nHost: x\r\n\r\n",
        ),
        case(
            "a control character in the method",
            b"G\x01T / HTTP/1.1\r\nHost: x\r\n\r\n",
        ),
        case(
            "invalid UTF-8 in the target",
            b"GET /\xff\xfe/ HTTP/1.1\r\nHost: x\r\n\r\n",
        ),
        case("high bytes alone", &[0xff; 100]),
        case("NUL alone", &[0; 100]),
        case(
            "a lone CR in the request line",
            b"GET /\r HTTP/1.1\r\nHost: x\r\n\r\n",
        ),
        case(
            "NUL in a header",
            b"GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
        ),
        case(
            "a lone CR in a header",
            b"GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n",
        ),
        case(
            "a header without a colon",
            b"GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
        ),
        case(
            "a header without a name",
            b"GET / HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n",
        ),
        case(
            "a space before the colon",
            b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        ),
        case(
            "a folded header",
            b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        ),
        case(
            "a folded first header",
            b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
        ),
        case("no host", b"GET /api/unknown/ HTTP/1.1\r\n\r\n"),
        case("two hosts", b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
    ]
}

/// Where does the body end?
fn framing() -> Vec<Broken> {
    let chunked = |body: &str| post("Transfer-Encoding: chunked\r\n", body);
    let length = |length: &str| post(&format!("Content-Length: {length}\r\n"), "{}");
    let coding = |coding: &str| post(&format!("Transfer-Encoding: {coding}\r\n"), "0\r\n\r\n");
    let both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    let swapped = "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n";
    let mut cases = vec![
        Broken::new("length, then chunks", post(both, "0\r\n\r\n")),
        Broken::new("chunks, then length", post(swapped, "0\r\n\r\n")),
        Broken::new(
            "two lengths",
            post("Content-Length: 0\r\nContent-Length: 2\r\n", "{}"),
        ),
        Broken::new(
            "one length twice",
            post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"),
        ),
        Broken::new(
            "chunked twice",
            post(&"Transfer-Encoding: chunked\r\n".repeat(2), "0\r\n\r\n"),
        ),
        Broken::new(
            "chunks in HTTP/1.0",
            "POST /api/register/ HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
    ];
    for given in [
        "-1",
        "+2",
        "2,2",
        "2, 2",
        "0x2",
        "2.0",
        "two",
        "",
        "99999999999999999999",
        "٢",
        "1 2",
    ] {
        cases.push(Broken::new(
            &format!("a length of '{given}'"),
            length(given),
        ));
    }
    for given in [
        "gzip, chunked",
        "chunked, gzip",
        "xchunked",
        "chunked, chunked",
        "identity",
        "\"chunked\"",
        "",
    ] {
        cases.push(Broken::new(&format!("a coding '{given}'"), coding(given)));
    }
    for given in [
        "zz\r\n",
        "-1\r\n{}\r\n0\r\n\r\n",
        "+2\r\n{}\r\n0\r\n\r\n",
        "0x2\r\n{}\r\n0\r\n\r\n",
        "\r\n",
        " 2\r\n{}\r\n",
        "2\n{}\n0\n\n",
        "ffffffffffffffffff\r\n",
        "ffffffffffffffff\r\n{}",
        "2;\0\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}x\r\n0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "2 2\r\n{}\r\n0\r\n\r\n",
        "2\r{}\r\n0\r\n\r\n",
    ] {
        cases.push(Broken::new(
            &format!("chunks '{}'", given.escape_debug()),
            chunked(given),
        ));
    }
    cases
}

fn too_much() -> Vec<Broken> {
    let headers = |lines: String| format!("GET /api/unknown/ HTTP/1.1\r\nHost: x\r\n{lines}\r\n");
    let path = "a".repeat(200_000);
    vec![
        Broken::new("a thousand headers", headers("A: b\r\n".repeat(1_000))),
        Broken::new(
            "a header of a megabyte",
            headers(format!("A: {}\r\n", "b".repeat(1 << 20))),
        ),
        Broken::new(
            "a name of a megabyte",
            headers(format!("{}: b\r\n", "A".repeat(1 << 20))),
        ),
        Broken::new(
            "a long target",
            format!("GET /{path}/ HTTP/1.1\r\nHost: x\r\n\r\n"),
        ),
        Broken::new(
            "a long method",
            format!("{path} / HTTP/1.1\r\nHost: x\r\n\r\n"),
        ),
        Broken::new("a megabyte without an end of line", "x".repeat(1 << 20)),
    ]
}

/// Garbage that comes where the next request should.
fn after_a_good_request(wallet: &str) -> Vec<Broken> {
    let good = format!("GET {wallet} HTTP/1.1\r\nHost: x\r\n\r\n");
    let body = "POST /api/register/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
    let case = |name: &str, bytes: &[&[u8]], good| Broken {
        name: name.to_owned(),
        bytes: bytes.concat(),
        good,
    };
    let good = good.as_bytes();
    vec![
        case(
            "garbage after a good request",
            &[good, b"\x16\x03\x01garbage\r\n\r\n"],
            1,
        ),
        case("NUL after two good requests", &[good, good, &[0; 50]], 2),
        case(
            "a length that is too short",
            &[good, body.as_bytes(), b"}\r\n"],
            1,
        ),
        case(
            "two lengths after a good one",
            &[good, &post(&"Content-Length: 2\r\n".repeat(2), "{}")],
            1,
        ),
    ]
}
