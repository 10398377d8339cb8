//! A runtime that answers every invocation with two bytes, and speaks HTTP by hand.

use lambda_extension::RuntimeApi;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::telemetry_peer::content_length;

/// Asks and answers until the API hangs up, because the environment ends.
pub(super) async fn run(api: RuntimeApi) {
    let mut stream = api.connect().await.unwrap();
    loop {
        let next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n";
        let Some(head) = call(&mut stream, next).await else { return };
        let id = header(&head, "lambda-runtime-aws-request-id");
        let response = format!(
            "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        let head = call(&mut stream, &response).await.unwrap();
        assert!(head.starts_with("HTTP/1.1 202 "), "{head}");
    }
}

/// Makes a call, and returns the head of the reply once all of it has come; `None` if the API hangs up.
async fn call(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), request: &str) -> Option<String> {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = Vec::new();
    loop {
        if stream.read_buf(&mut reply).await.unwrap() == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&reply);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        if body.len() >= content_length(head) {
            return Some(head.to_owned());
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let value = head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    });
    value.unwrap()
}
