use std::collections::VecDeque;

use proptest::prelude::*;
use tokio::io::AsyncReadExt;

use super::*;

/// A socket whose bytes come in these pieces.
struct Pieces(VecDeque<Vec<u8>>);

impl AsyncRead for Pieces {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let pieces = &mut self.get_mut().0;
        if let Some(mut piece) = pieces.pop_front() {
            let rest = piece.split_off(piece.len().min(buffer.remaining()));
            buffer.put_slice(&piece);
            if !rest.is_empty() {
                pieces.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// What actix-http gets to read of bytes that come in pieces of these lengths, the last of which repeats.
async fn passed(bytes: &[u8], lengths: &[usize]) -> String {
    let mut pieces = VecDeque::new();
    let mut rest = bytes;
    let mut lengths = lengths.iter().copied();
    let mut length = bytes.len().max(1);
    while !rest.is_empty() {
        length = lengths.next().unwrap_or(length).max(1);
        let (piece, after) = rest.split_at(length.min(rest.len()));
        pieces.push_back(piece.to_vec());
        rest = after;
    }
    let mut read = Vec::new();
    let mut connection = WithoutUpgrade::new(Pieces(pieces), ServiceConfig::default());
    connection.read_to_end(&mut read).await.unwrap();
    assert_eq!(read.len(), bytes.len());
    String::from_utf8_lossy(&read).into_owned()
}

#[actix_rt::test]
async fn the_offers_of_every_head_become_spaces_and_bodies_stay() {
    let body = "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n";
    let sent = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nuPgRaDe: h2c, websocket\r\nConnection: keep-alive,UPGRADE , te\r\n\
         Content-Length: {length}\r\n\r\n{body}\
         POST / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n\r\n\
         {length:x};a=b\r\n{body}\r\n0\r\nUpgrade: a\r\n\r\n\
         \r\nGET / HTTP/1.1\nHost: x\nConnection: upgrade\n\n",
        length = body.len(),
    );
    let expected = sent
        .replace("h2c, websocket\r\nConn", "              \r\nConn")
        .replace("UPGRADE", "       ")
        .replace("websocket\r\nTrans", "         \r\nTrans")
        .replace("Connection: upgrade\n", "Connection:        \n");
    assert_ne!(sent, expected);
    assert_eq!(passed(sent.as_bytes(), &[]).await, expected);
    for length in 1..sent.len() {
        assert_eq!(
            passed(sent.as_bytes(), &[length]).await,
            expected,
            "{length}"
        );
    }
}

#[actix_rt::test]
async fn what_is_no_offer_stays() {
    for headers in [
        "Connection: keep-alive, upgrade-insecure, not upgrade\r\n",
        "X-Upgrade: websocket\r\nUpgrade-Insecure-Requests: 1\r\n",
        "Connection: close\r\nCookie: Connection: upgrade\r\n",
    ] {
        let sent = format!("GET / HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        assert_eq!(passed(sent.as_bytes(), &[]).await, sent);
    }
}

#[actix_rt::test]
async fn nothing_is_looked_for_behind_what_is_refused() {
    let offer = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n";
    for refused in [
        "GET / HTTP/9.9\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n1",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        let sent = format!("{refused}{offer}");
        assert_eq!(passed(sent.as_bytes(), &[]).await, sent);
    }
}

#[actix_rt::test]
async fn a_head_without_an_end_is_not_held_for_ever() {
    let endless = format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(3 * HEAD_MAX_BYTES));
    let mut connection = WithoutUpgrade::new(
        Pieces(
            endless
                .as_bytes()
                .chunks(1_000)
                .map(<[u8]>::to_vec)
                .collect(),
        ),
        ServiceConfig::default(),
    );
    let mut first = [0; 4];
    connection.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"GET ");
    assert!(connection.held.len() <= HEAD_MAX_BYTES + PIECE_BYTES);
    let cut = "GET / HTTP/1.1\r\nUpgrade: web";
    assert_eq!(passed(cut.as_bytes(), &[3]).await, cut);
}

proptest! {
    #[test]
    fn pieces_make_no_difference(
        parts in prop::collection::vec(
            prop_oneof![
                Just("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n".to_owned()),
                Just("POST / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nContent-Length: 7\r\n\r\nU\r\n\r\nGE".to_owned()),
                Just("POST / HTTP/1.1\r\nHost: x\r\nUpgrade: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\r\n\r\n0\r\n\r\n".to_owned()),
                "[\\r\\n :a-c0-2]{0,8}",
            ],
            0..6,
        ),
        lengths in prop::collection::vec(1_usize..40, 0..20),
    ) {
        let sent = parts.concat();
        let runtime = actix_rt::Runtime::new().unwrap();
        let (whole, cut) = runtime.block_on(async {
            (passed(sent.as_bytes(), &[]).await, passed(sent.as_bytes(), &lengths).await)
        });
        prop_assert_eq!(whole, cut);
    }
}
