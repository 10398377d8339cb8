//! Where a reply ends and what it means for the connection: one reply for each rule, cut at every byte.
//!
//! The rules are those of RFC 9112, sections 6 (message body), 7.1 (chunks) and 9 (connections).

use lambda_api::client::{NotHttp, TransportError};

use super::told::{tell, tell_and_close, tell_cut};

const OK: &str = "HTTP/1.1 200 OK\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn everything_that_is_not_http_is_told_apart_however_it_is_cut() {
    let many = |headers: usize| format!("{OK}{}\r\n", "A: b\r\n".repeat(headers));
    let large = "x".repeat(70_000);
    for (reply, problem) in [
        ("220 mail".into(), NotHttp::OtherProtocol),
        ("\r\nHTTP/1.1 200 OK\r\n\r\n".into(), NotHttp::OtherProtocol),
        ("HTTP/2 200\r\n\r\n".into(), NotHttp::OtherProtocol),
        ("HTTP/1.1 2oo\r\n\r\n".into(), NotHttp::Head("the status")),
        ("HTTP/1.1 099\r\n\r\n".into(), NotHttp::Head("the status")),
        ("HTTP/1.1 200 O\0K\r\n\r\n".into(), NotHttp::Head("the status")),
        ("HTTP/1.2 200\r\n\r\n".into(), NotHttp::Head("the version")),
        ("HTTP/1.1\n\n".into(), NotHttp::Head("the version")),
        (format!("{OK}A b: c\r\n\r\n"), NotHttp::Head("the name of a header")),
        (format!("{OK}A : c\r\n\r\n"), NotHttp::Head("the name of a header")),
        (format!("{OK} A: c\r\n\r\n"), NotHttp::Head("the name of a header")),
        (format!("{OK}A: b\r\n c\r\n\r\n"), NotHttp::Head("the name of a header")),
        (format!("{OK}A: b\0\r\n\r\n"), NotHttp::Head("the value of a header")),
        (format!("{OK}A: b\rc\r\n\r\n"), NotHttp::Head("the value of a header")),
        (format!("{OK}\rA: b\r\n\r\n"), NotHttp::Head("the end of a line")),
        (many(101), NotHttp::TooManyHeaders),
        (format!("{OK}Content-Length: \r\n\r\n"), NotHttp::ContentLength),
        (format!("{OK}Transfer-Encoding: gzip\r\n\r\n"), NotHttp::TransferEncoding),
        (format!("{CHUNKED}\r\n"), NotHttp::Chunk),
    ] {
        tell_cut(reply.as_bytes(), |told| assert_eq!(told.problem(), problem, "{reply:?}")).await;
    }
    let told = tell([format!("{OK}{large}: b\r\n\r\n").as_bytes()]).await;
    assert_eq!(told.problem(), NotHttp::Head("the name of a header"));
    let told = tell([many(99).replacen("A: b", "Content-Length: 0\r\nA: b", 1).as_bytes()]).await;
    assert_eq!(told.reply.unwrap().headers().len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_length_is_digits_and_the_same_in_every_line() {
    for value in [
        "+4",
        "-4",
        "4, 4",
        "4,4",
        "4 4",
        "0x4",
        "4.0",
        "",
        "four",
        "\u{664}",
        "18446744073709551616",
        "99999999999999999999999",
    ] {
        let reply = format!("{OK}Content-Length: {value}\r\n\r\npong");
        tell_cut(reply.as_bytes(), |told| assert_eq!(told.problem(), NotHttp::ContentLength, "{reply:?}"))
            .await;
    }
    for (one, other) in [("4", "5"), ("4", "04"), ("4", ""), ("", "4")] {
        let reply = format!("{OK}Content-Length: {one}\r\nContent-Length: {other}\r\n\r\npong");
        assert_eq!(tell([reply.as_bytes()]).await.problem(), NotHttp::ContentLength, "{reply:?}");
    }
    for lines in [
        "content-LENGTH:4",
        "Content-Length: \t4 \t",
        "Content-Length: 004",
        "Content-Length: 4\r\nContent-Length: 4",
    ] {
        let reply = format!("{OK}{lines}\r\n\r\npong");
        tell_cut(reply.as_bytes(), |told| {
            assert!(told.is_kept, "{reply:?}");
            assert_eq!(told.body(), "pong", "{reply:?}");
        })
        .await;
    }
    // A number, and one that no reply of Lambda's has.
    let reply = format!("{OK}Content-Length: 18446744073709551615\r\n\r\n");
    let told = tell([reply.as_bytes()]).await;
    assert!(matches!(told.reply, Err(TransportError::ReplyTooLarge { .. })), "{:?}", told.reply);
}

#[tokio::test(start_paused = true)]
async fn only_chunked_is_a_coding_and_only_in_http_1_1() {
    for coding in ["gzip, chunked", "gzip", "chunked, chunked", "identity", "", "chunked;q=1", "xchunked"] {
        let reply =
            format!("{OK}Transfer-Encoding: {coding}\r\nContent-Length: 4\r\n\r\n4\r\npong\r\n0\r\n\r\n");
        assert_eq!(tell([reply.as_bytes()]).await.problem(), NotHttp::TransferEncoding, "{reply:?}");
    }
    for lines in [("gzip", "chunked"), ("chunked", "gzip"), ("chunked", "chunked")] {
        let (one, other) = lines;
        let reply = format!("{OK}Transfer-Encoding: {one}\r\nTransfer-Encoding: {other}\r\n\r\n0\r\n\r\n");
        assert_eq!(tell([reply.as_bytes()]).await.problem(), NotHttp::TransferEncoding, "{reply:?}");
    }
    let old = CHUNKED.replace("1.1", "1.0") + "4\r\npong\r\n0\r\n\r\n";
    assert_eq!(tell([old.as_bytes()]).await.problem(), NotHttp::TransferEncoding);
}

#[tokio::test(start_paused = true)]
async fn chunks_outweigh_a_length() {
    for length in ["0", "3", "4", "100", "nonsense"] {
        let reply = format!(
            "{OK}Content-Length: {length}\r\nTransfer-Encoding: Chunked\r\n\r\n4\r\npong\r\n0\r\n\r\n"
        );
        tell_cut(reply.as_bytes(), |told| {
            assert!(told.is_kept, "{reply:?}");
            assert_eq!(told.body(), "pong", "{reply:?}");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn chunks_are_read_as_they_are_meant() {
    for chunks in [
        "4\r\npong\r\n0\r\n\r\n",
        "1\r\np\r\n3\r\nong\r\n0\r\n\r\n",
        "0004 ;a=b\r\npong\r\n000;c\r\n\r\n",
        "4;a=\"b;c\"\r\npong\r\n0\r\nLate: yes\r\nLater: \r\n\r\n",
        "0000000000000004\t\r\npong\r\n0\r\n\r\n",
    ] {
        let reply = format!("{CHUNKED}{chunks}");
        tell_cut(reply.as_bytes(), |told| {
            assert!(told.is_kept, "{reply:?}");
            assert_eq!(told.body(), "pong", "{reply:?}");
        })
        .await;
    }
    let reply = format!("{CHUNKED}A\r\n0123456789\r\nb\r\n01234567890\r\n0\r\n\r\n");
    tell_cut(reply.as_bytes(), |told| assert_eq!(told.body(), "012345678901234567890")).await;
}

#[tokio::test(start_paused = true)]
async fn a_chunk_that_does_not_begin_or_end_as_one_never_ends_a_body() {
    for chunks in [
        // The size: none, none of sixteen digits, no digits, and more than 64 bits.
        "\r\n\r\n",
        ";a\r\n\r\n",
        " 4\r\npong\r\n",
        "+4\r\npong\r\n",
        "-1\r\n",
        "0x4\r\npong\r\n",
        "4g\r\npong\r\n",
        "4 4\r\npong\r\n",
        "10000000000000000\r\n",
        "fffffffffffffffff\r\n",
        "00000000000000004\r\npong\r\n",
        // The end of its line.
        "4\npong\n0\n\n",
        "4\rpong\r\n",
        "4;a\nb\r\npong\r\n",
        // The end of the chunk, and a second one without a size.
        "4\r\npongg",
        "4\r\npong\n0\r\n\r\n",
        "4\r\npong\r0\r\n\r\n",
        "4\r\npong\r\n\r\n\r\n",
        "3\r\npong\r\n0\r\n\r\n",
    ] {
        let reply = format!("{CHUNKED}{chunks}");
        tell_cut(reply.as_bytes(), |told| assert_eq!(told.problem(), NotHttp::Chunk, "{reply:?}")).await;
    }
    let largest = format!("{CHUNKED}ffffffffffffffff\r\n");
    let told = tell([largest.as_bytes()]).await;
    assert!(matches!(told.reply, Err(TransportError::ReplyTooLarge { .. })), "{:?}", told.reply);
}

#[tokio::test(start_paused = true)]
async fn the_connection_is_kept_when_both_sides_want_it() {
    for (version, connection, is_kept) in [
        ("1.1", "", true),
        ("1.1", "Connection: keep-alive\r\n", true),
        ("1.1", "Connection: close\r\n", false),
        ("1.1", "Connection: CLOSE\r\n", false),
        ("1.1", "Connection: a ,close, b\r\n", false),
        ("1.1", "Connection: keep-alive, close\r\n", false),
        ("1.1", "Connection: keep-alive\r\nConnection: close\r\n", false),
        ("1.1", "Connection: closed\r\n", true),
        ("1.0", "", false),
        ("1.0", "Connection: Keep-Alive\r\n", true),
        ("1.0", "Connection: a, keep-alive\r\n", true),
        ("1.0", "Connection: keep-alive, close\r\n", false),
        ("1.0", "Connection: close\r\nConnection: keep-alive\r\n", false),
    ] {
        let reply = format!("HTTP/{version} 200 OK\r\n{connection}Content-Length: 4\r\n\r\npong");
        tell_cut(reply.as_bytes(), |told| {
            assert_eq!(told.is_kept, is_kept, "{reply:?}");
            assert_eq!(told.body(), "pong");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_no_body_ends_with_its_head() {
    for status in ["204 No Content", "304 Not Modified"] {
        for framing in ["", "Content-Length: 4\r\n", "Transfer-Encoding: chunked\r\n"] {
            let reply = format!("HTTP/1.1 {status}\r\n{framing}\r\n");
            tell_cut(reply.as_bytes(), |told| {
                assert!(told.is_kept, "{reply:?}");
                assert_eq!(told.body(), "", "{reply:?}");
            })
            .await;
            // Whatever comes behind it is no answer to anything.
            let told = tell([reply.as_bytes(), b"pong"]).await;
            assert!(!told.is_kept);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_switch_to_another_protocol_is_the_last_reply() {
    for behind in ["", "what x says"] {
        let reply =
            format!("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n{behind}");
        tell_cut(reply.as_bytes(), |told| {
            assert!(!told.is_kept, "{reply:?}");
            let reply = told.reply.unwrap();
            assert_eq!((reply.status().as_u16(), &reply.body()[..]), (101, &b""[..]));
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_stands_behind_a_reply_ends_the_connection() {
    for reply in [format!("{OK}Content-Length: 4\r\n\r\npong"), format!("{CHUNKED}4\r\npong\r\n0\r\n\r\n")] {
        for behind in ["x", "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong"] {
            let both = format!("{reply}{behind}");
            tell_cut(both.as_bytes(), |told| {
                assert!(!told.is_kept, "{both:?}");
                assert_eq!(told.body(), "pong", "{both:?}");
            })
            .await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_before_a_reply_leaves_no_trace() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\nConnection: close\r\n\
        Content-Length: 9\r\n\r\nHTTP/1.0 199\n\n";
    let reply = format!("{interim}{OK}Content-Length: 4\r\n\r\npong");
    tell_cut(reply.as_bytes(), |told| {
        assert!(told.is_kept);
        let reply = told.reply.unwrap();
        assert_eq!(
            (reply.status().as_u16(), reply.headers().len(), &reply.body()[..]),
            (200, 1, &b"pong"[..])
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_cut_short_is_none() {
    for reply in [
        format!("{OK}Content-Length: 4\r\n\r\npong"),
        format!("{CHUNKED}2\r\npo\r\n2\r\nng\r\n0\r\nLate: yes\r\n\r\n"),
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n".to_owned(),
    ] {
        for bytes in 0..reply.len() {
            let told = tell_and_close([&reply.as_bytes()[..bytes]]).await;
            assert!(
                matches!(told.reply, Err(TransportError::CutOff { .. })),
                "{bytes} of {reply:?}: {:?}",
                told.reply
            );
        }
        tell_and_close([reply.as_bytes()]).await.reply.unwrap();
    }
}
