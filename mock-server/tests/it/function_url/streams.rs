//! Responses that come piece by piece.

use lambda_api::transport::Stream;
use mock_server::Event;

use super::Stage;
use crate::{
    guest::{NEXT, request_id, response_path},
    raw::{Connection, get, head},
    wait::soon,
};

const PRELUDE: &str = "application/vnd.awslambda.http-integration-response";

/// Opens a streaming response without ending it.
async fn begin(guest: &mut Connection<Stream>, id: &str, content_type: &str) {
    let headers = [
        ("Lambda-Runtime-Function-Response-Mode", "streaming"),
        ("Content-Type", content_type),
        ("Transfer-Encoding", "chunked"),
        ("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"),
    ];
    guest.send(head("POST", &response_path(id), &headers) + "\r\n").await;
}

async fn chunk(guest: &mut Connection<Stream>, text: &str) {
    guest.send(format!("{:x}\r\n{text}\r\n", text.len())).await;
}

#[tokio::test]
async fn the_client_has_each_piece_before_the_guest_sends_the_next() {
    let stage = Stage::streaming();
    let (mut client, mut guest, event) = stage.begun(get("/")).await;
    begin(&mut guest, request_id(&event), PRELUDE).await;
    // The prelude comes in pieces, too, and the last of them has some of the body.
    chunk(&mut guest, r#"{"statusCode":203,"headers":{"Content-Type":"text/html"},"#).await;
    chunk(&mut guest, "\"cookies\":[\"a=1\",\"b=2\"]}\0\0\0").await;
    chunk(&mut guest, "\0\0\0\0\0<html>").await;
    let head = soon(client.reply_head()).await;
    assert_eq!((head.status(), head.header("content-type")), (203, Some("text/html")));
    assert_eq!(head.head.matches("Set-Cookie: ").count(), 2, "{}", head.head);
    assert_eq!(head.header("x-amzn-requestid"), Some(request_id(&event)));
    assert_eq!(soon(client.chunk()).await.unwrap(), b"<html>");
    for text in ["one", "two", "three"] {
        chunk(&mut guest, text).await;
        assert_eq!(soon(client.chunk()).await.unwrap(), text.as_bytes());
    }
    guest.send("0\r\n\r\n").await;
    assert_eq!(soon(client.chunk()).await, None);
    assert_eq!(soon(guest.reply()).await.status(), 202);
}

#[tokio::test]
async fn the_head_comes_before_the_first_byte_of_the_body() {
    let stage = Stage::streaming();
    let (mut client, mut guest, event) = stage.begun(get("/")).await;
    begin(&mut guest, request_id(&event), PRELUDE).await;
    chunk(&mut guest, "{}\0\0\0\0\0\0\0\0").await;
    let head = soon(client.reply_head()).await;
    assert_eq!((head.status(), head.header("content-type")), (200, Some("application/octet-stream")));
    guest.send("0\r\n\r\n").await;
    assert_eq!(soon(client.chunk()).await, None);
}

#[tokio::test]
async fn without_the_content_type_of_a_prelude_all_is_body() {
    let stage = Stage::streaming();
    let (mut client, mut guest, event) = stage.begun(get("/")).await;
    begin(&mut guest, request_id(&event), "text/plain").await;
    let head = soon(client.reply_head()).await;
    assert_eq!((head.status(), head.header("content-type")), (200, Some("application/octet-stream")));
    chunk(&mut guest, "{}\0\0\0\0\0\0\0\0").await;
    assert_eq!(soon(client.chunk()).await.unwrap(), b"{}\0\0\0\0\0\0\0\0");
    guest.send("0\r\n\r\n").await;
    assert_eq!(soon(client.chunk()).await, None);
}

#[tokio::test]
async fn a_buffered_response_is_all_body_too() {
    let (_, reply) = Stage::streaming().exchange(get("/"), r#"{"statusCode":404}"#).await;
    assert_eq!(reply.brief(), (200, r#"{"statusCode":404}"#));
}

#[tokio::test]
async fn a_stream_that_fails_half_way_is_cut_off() {
    let stage = Stage::streaming();
    let (mut client, mut guest, event) = stage.begun(get("/")).await;
    begin(&mut guest, request_id(&event), PRELUDE).await;
    chunk(&mut guest, "{}\0\0\0\0\0\0\0\0so far").await;
    soon(client.reply_head()).await;
    assert_eq!(soon(client.chunk()).await.unwrap(), b"so far");
    guest.send("0\r\nLambda-Runtime-Function-Error-Type: Function.Gone\r\n\r\n").await;
    // Not even the chunk comes that would end the body.
    soon(client.closed()).await;
}

#[tokio::test]
async fn a_stream_that_fails_before_its_head_is_there_is_an_ordinary_error() {
    for sent in ["", "{}\0\0\0\0", "no prelude\0\0\0\0\0\0\0\0", "{\"statusCode\":1000}\0\0\0\0\0\0\0\0"] {
        let stage = Stage::streaming();
        let (mut client, mut guest, event) = stage.begun(get("/")).await;
        begin(&mut guest, request_id(&event), PRELUDE).await;
        if !sent.is_empty() {
            chunk(&mut guest, sent).await;
        }
        guest.send("0\r\n\r\n").await;
        assert_eq!(soon(client.reply()).await.brief(), (502, "Internal Server Error"), "{sent:?}");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_stop_the_guest() {
    let stage = Stage::streaming();
    let (client, mut guest, event) = stage.begun(get("/")).await;
    begin(&mut guest, request_id(&event), PRELUDE).await;
    chunk(&mut guest, "{}\0\0\0\0\0\0\0\0").await;
    drop(client);
    for _ in 0..200 {
        chunk(&mut guest, &"x".repeat(10_000)).await;
    }
    guest.send("0\r\n\r\n").await;
    assert_eq!(soon(guest.reply()).await.status(), 202);
    guest.send(get(NEXT)).await;
    soon(stage.mock.timeline().wait_for(|entry| matches!(entry.event, Event::InvocationEnded(_)))).await;
}

#[tokio::test]
async fn a_head_request_gets_the_head_of_a_stream_alone() {
    let stage = Stage::streaming();
    let (mut client, mut guest, event) = stage.begun(head("HEAD", "/", &[]) + "\r\n").await;
    begin(&mut guest, request_id(&event), PRELUDE).await;
    chunk(&mut guest, "{\"statusCode\":203}\0\0\0\0\0\0\0\0unseen").await;
    guest.send("0\r\n\r\n").await;
    assert_eq!(soon(client.head_alone()).await.status(), 203);
    assert_eq!(soon(guest.reply()).await.status(), 202);
}

#[cfg(unix)]
#[tokio::test]
async fn curl_shows_each_piece_before_the_guest_sends_the_next() {
    use std::process::Stdio;

    use tokio::{io::AsyncReadExt, process::Command};

    let stage = Stage::streaming();
    let url = format!("http://{}/stream?n=3", stage.url.address());
    let mut curl = Command::new("curl");
    // Proxies that are configured for this machine are not meant.
    curl.args(["-sN", "--noproxy", "*", &url]).stdout(Stdio::piped()).kill_on_drop(true);
    let Ok(mut curl) = curl.spawn() else {
        println!("skipped: there is no curl on this machine");
        return;
    };
    let mut shown = curl.stdout.take().unwrap();
    let mut guest = Connection::open(&soon(stage.puppet.launched()).await).await;
    let event = soon(guest.get(NEXT)).await;
    begin(&mut guest, request_id(&event), PRELUDE).await;
    chunk(&mut guest, "{}\0\0\0\0\0\0\0\0").await;
    for text in ["one", "two", "three"] {
        chunk(&mut guest, text).await;
        let mut piece = vec![0; text.len()];
        soon(shown.read_exact(&mut piece)).await.unwrap();
        assert_eq!(piece, text.as_bytes());
    }
    guest.send("0\r\n\r\n").await;
    assert!(soon(curl.wait()).await.unwrap().success());
}

#[cfg(unix)]
#[tokio::test]
async fn curl_says_that_a_stream_was_cut_off() {
    use tokio::process::Command;

    let stage = Stage::streaming();
    let url = format!("http://{}/", stage.url.address());
    let mut curl = Command::new("curl");
    curl.args(["-sN", "--noproxy", "*", &url]).stdout(std::process::Stdio::null()).kill_on_drop(true);
    let Ok(mut curl) = curl.spawn() else {
        println!("skipped: there is no curl on this machine");
        return;
    };
    let mut guest = Connection::open(&soon(stage.puppet.launched()).await).await;
    let event = soon(guest.get(NEXT)).await;
    begin(&mut guest, request_id(&event), PRELUDE).await;
    chunk(&mut guest, "{}\0\0\0\0\0\0\0\0so far").await;
    guest.send("0\r\nLambda-Runtime-Function-Error-Type: Function.Gone\r\n\r\n").await;
    // 18: a partial file.
    assert_eq!(soon(curl.wait()).await.unwrap().code(), Some(18));
}
