//! A page for browsers, behind a function URL that streams: its script shows the pieces of `/stream` as they come.

use std::time::Duration;

use hyper::{StatusCode, header};
use lambda_runtime::{
    Error, LambdaEvent, MetadataPrelude, StreamResponse,
    streaming::{Body, channel},
};
use serde_json::Value;

const PAGE: &str = "<!doctype html>
<title>waiting</title>
<ul id=pieces></ul>
<script type=module>
  const { body } = await fetch('/stream');
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece; !(piece = await reader.read()).done;) {
    pieces.append(Object.assign(document.createElement('li'), { textContent: piece.value }));
  }
  document.title = 'done';
</script>
";

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(lambda_runtime::service_fn(page)).await
}

async fn page(event: LambdaEvent<Value>) -> Result<StreamResponse<Body>, Error> {
    let method = event.payload["requestContext"]["http"]["method"].as_str();
    let path = event.payload["rawPath"].as_str();
    let (status_code, content_type, stream) = match (method, path) {
        (Some("GET"), Some("/")) => (StatusCode::OK, "text/html; charset=utf-8", PAGE.into()),
        (Some("GET"), Some("/stream")) => (StatusCode::OK, "text/plain; charset=utf-8", pieces()),
        _ => (StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "There is nothing here.\n".into()),
    };
    let mut metadata_prelude = MetadataPrelude { status_code, ..MetadataPrelude::default() };
    metadata_prelude.headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    Ok(StreamResponse { metadata_prelude, stream })
}

fn pieces() -> Body {
    let (mut sender, body) = channel();
    tokio::spawn(async move {
        for piece in ["one", "two", "three"] {
            if sender.send_data(format!("{piece}\n").into()).await.is_err() {
                // The browser has gone.
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    body
}
