//! Each limit, at it and one past it, and how much work the smallest pieces make.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use lambda_api::{
    client::{Connection, NotHttp, REPLY_BYTES, TransportError},
    limits,
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::peer::{answered, meet, opened_by, ping};
use super::told::{Told, tell, tell_and_close};

const OK: &str = "HTTP/1.1 200 OK\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
/// As the documentation of [`TransportError::NotHttp`] has it, with room for what the service adds.
const HEAD_BYTES: usize = limits::HEADER_BYTES + 64 * 1024;
const LINE_BYTES: usize = 16 * 1024;

/// Tells it in one piece, in pieces of a few bytes' difference in size, and cut at its end.
async fn tell_variously(reply: &[u8], mut check: impl FnMut(Told)) {
    check(tell([reply]).await);
    for size in [8_191, 8_192, 65_537] {
        check(tell(reply.chunks(size)).await);
    }
    for last in 1..5 {
        check(tell(<[_; 2]>::from(reply.split_at(reply.len() - last))).await);
    }
}

/// Both are filled up to so many bytes.
fn head(bytes: usize) -> Vec<u8> {
    let (begin, end) = (format!("{OK}Content-Length: 0\r\nA: "), "\r\n\r\n");
    let value = "x".repeat(bytes - begin.len() - end.len());
    format!("{begin}{value}{end}").into_bytes()
}

fn chunk_line(bytes: usize) -> Vec<u8> {
    let extension = "x".repeat(bytes - "4;\r\n".len());
    format!("{CHUNKED}4;{extension}\r\npong\r\n0\r\n\r\n").into_bytes()
}

#[tokio::test(start_paused = true)]
async fn a_head_may_have_so_many_bytes_and_no_more() {
    tell_variously(&head(HEAD_BYTES), |told| assert_eq!(told.body(), "")).await;
    tell_variously(&head(HEAD_BYTES + 1), |told| assert_eq!(told.problem(), NotHttp::HeadTooLarge)).await;
    // Nobody has to wait for an end that would come too late.
    let endless = head(HEAD_BYTES + 8);
    tell_variously(&endless[..HEAD_BYTES], |told| assert_eq!(told.problem(), NotHttp::HeadTooLarge)).await;
}

#[tokio::test(start_paused = true)]
async fn the_line_of_a_chunk_may_have_so_many_bytes_and_no_more() {
    tell_variously(&chunk_line(LINE_BYTES), |told| assert_eq!(told.body(), "pong")).await;
    tell_variously(&chunk_line(LINE_BYTES + 1), |told| assert_eq!(told.problem(), NotHttp::Chunk)).await;
    let endless = format!("{CHUNKED}4;{}", "x".repeat(LINE_BYTES));
    tell_variously(endless.as_bytes(), |told| assert_eq!(told.problem(), NotHttp::Chunk)).await;
}

#[tokio::test(start_paused = true)]
async fn trailers_may_have_so_many_bytes_and_no_more() {
    let trailers = |bytes: usize, line: usize| {
        let lines = "x".repeat(line - 2) + "\r\n";
        let mut trailers = lines.repeat(bytes / line);
        trailers.truncate(bytes - "\r\n\r\n".len());
        format!("{CHUNKED}0\r\n{trailers}\r\n\r\n").into_bytes()
    };
    // One line that has it all, and many.
    for line in [HEAD_BYTES, 64] {
        tell_variously(&trailers(HEAD_BYTES, line), |told| {
            assert!(told.is_kept);
            assert_eq!(told.body(), "");
        })
        .await;
        tell_variously(&trailers(HEAD_BYTES + line, line), |told| {
            assert_eq!(told.problem(), NotHttp::TrailersTooLarge);
        })
        .await;
    }
    let one_more = trailers(HEAD_BYTES + 1, HEAD_BYTES + 1);
    tell_variously(&one_more, |told| assert_eq!(told.problem(), NotHttp::TrailersTooLarge)).await;
    let endless = format!("{CHUNKED}0\r\n{}", "x".repeat(HEAD_BYTES + 1));
    tell_variously(endless.as_bytes(), |told| assert_eq!(told.problem(), NotHttp::TrailersTooLarge)).await;
}

#[tokio::test(start_paused = true)]
async fn the_body_of_a_reply_may_have_so_many_bytes_and_no_more() {
    let text = vec![b'x'; REPLY_BYTES + 1];
    let (most, last) = text.split_at(REPLY_BYTES);
    let is_whole = |told: Told| assert!(told.body() == most);
    let is_too_large = |told: Told| {
        assert!(matches!(told.reply, Err(TransportError::ReplyTooLarge { .. })), "{:?}", told.reply);
    };

    let sized = |length: usize| format!("{OK}Content-Length: {length}\r\n\r\n");
    is_whole(tell([sized(REPLY_BYTES).as_bytes(), most]).await);
    is_too_large(tell([sized(REPLY_BYTES + 1).as_bytes()]).await);

    let one = format!("{CHUNKED}{REPLY_BYTES:x}\r\n");
    is_whole(tell([one.as_bytes(), most, b"\r\n0\r\n\r\n"]).await);
    is_too_large(tell([one.as_bytes(), most, b"\r\n1\r\n"]).await);
    is_too_large(tell([format!("{CHUNKED}{:x}\r\n", REPLY_BYTES + 1).as_bytes()]).await);
    // A first chunk that came whole is kept apart, and counts.
    let two = format!("{CHUNKED}1\r\nx\r\n{:x}\r\n", REPLY_BYTES - 1);
    is_whole(tell([two.as_bytes(), &most[1..], b"\r\n0\r\n\r\n"]).await);
    is_too_large(tell([format!("{CHUNKED}1\r\nx\r\n{REPLY_BYTES:x}\r\n").as_bytes()]).await);

    let unsized_head = format!("{OK}Connection: close\r\n\r\n");
    is_too_large(tell([unsized_head.as_bytes(), most, last]).await);
    is_whole(tell_and_close([unsized_head.as_bytes(), most]).await);
}

/// Gives one byte for each read, once it has been asked.
struct Trickle {
    reply: VecDeque<u8>,
    is_asked: bool,
}

impl AsyncRead for Trickle {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.is_asked {
            return Poll::Pending;
        }
        let Some(byte) = self.reply.pop_front() else { return Poll::Pending };
        buffer.put_slice(&[byte]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Trickle {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.is_asked = true;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// What looks at everything again for each byte would take hours.
#[tokio::test(start_paused = true)]
async fn a_mebibyte_in_single_bytes_is_read_in_the_end() {
    let value = "x".repeat(1_000_000);
    for reply in [
        format!("{OK}Content-Length: 4\r\nA: {value}\r\n\r\npong"),
        // An end of a line, whose next byte decides, in every place.
        format!("{OK}Content-Length: 4\r\n{}\r\npong", format!("A: {}\r\n", "x".repeat(9_995)).repeat(98)),
        format!("{OK}Content-Length: 1000000\r\n\r\n{value}"),
        format!("{CHUNKED}f4240\r\n{value}\r\n0\r\n\r\n"),
        format!("{CHUNKED}{}0\r\n\r\n", "1\r\nx\r\n".repeat(160_000)),
        format!("{CHUNKED}4\r\npong\r\n0\r\nA: {value}\r\n\r\n"),
        format!("{CHUNKED}4\r\npong\r\n0\r\n{}\r\n", "A: b\r\n".repeat(160_000)),
    ] {
        assert!(reply.len() > 900_000);
        let stream = move || Trickle { reply: reply.bytes().collect::<Vec<_>>().into(), is_asked: false };
        let (reply, ()) = meet(answered(Connection::new(opened_by(stream)).call(ping())), async {}).await;
        assert!(reply.body().len() >= 4);
    }
}

#[tokio::test(start_paused = true)]
async fn interim_replies_are_passed_over_however_many_come() {
    // They are bounded by nothing but the peer, who could as well say nothing; none of them is kept.
    let flood = "HTTP/1.1 102 Processing\r\nA: b\r\n\r\n".repeat(100_000);
    let told = tell([flood.as_bytes(), OK.as_bytes(), b"Content-Length: 4\r\n\r\npong"]).await;
    assert!(told.is_kept);
    assert_eq!(told.body(), "pong");
}
