//! Requests that cannot be any: their clients are told, and nobody else is concerned.

use lambda_runtime::{
    Error,
    http::{HttpLayer, InvokeMode, Request, service_fn},
};
use mock_server::Function;
use serde_json::{Value, json};
use tracing::Level;

use super::{Format, answer, function, function_with};
use crate::logged::Logged;

fn hello() -> Function {
    function(|| service_fn(async |_: Request| Ok::<_, Error>("hello")))
}

/// Requests of a format that no client should be able to send, and what the log says of them.
fn bad(format: Format) -> Vec<(Value, &'static str)> {
    let mut no_base64 = format.post("/", "text/plain", "secret%");
    no_base64["isBase64Encoded"] = json!(true);
    let mut bad = vec![(no_base64, "body of the request")];
    if format != Format::WebSocket {
        bad.push((format.event("GE T", "/"), "method of the request"));
        bad.push((format.get(&format!("/{}", "x".repeat(70_000))), "path of the request"));
    }
    if format == Format::Lattice1 {
        bad[0].0["is_base64_encoded"] = json!(true);
    }
    bad
}

#[tokio::test(start_paused = true)]
async fn a_bad_request_is_a_400_for_its_sender_and_a_line_in_the_log() {
    let function = hello();
    for format in Format::ALL {
        let mut expected = json!({
            "statusCode": 400, "headers": { "content-type": "text/plain; charset=utf-8" },
            "body": "The request cannot be read.", "isBase64Encoded": false,
        });
        if matches!(format, Format::Alb | Format::AlbMultiValue) {
            expected["statusDescription"] = json!("400 Bad Request");
        }
        if format == Format::AlbMultiValue {
            expected.as_object_mut().unwrap().remove("headers");
            expected["multiValueHeaders"] = json!({ "content-type": ["text/plain; charset=utf-8"] });
        }
        for (event, part) in bad(format) {
            let logged = Logged::start();
            assert_eq!(answer(&function, event).await, expected, "{format:?}: {part}");
            let [line] = &logged.at(Level::WARN)[..] else { panic!("{:?}", logged.lines()) };
            assert!(line.contains(part) && !line.contains("secret"), "{format:?}: {line}");
        }
        let next = function.invoke(format.get("/")).await;
        assert_eq!(next.json().unwrap()["body"], "hello", "{format:?}");
    }
    let last = function.invoke(Format::Url.get("/")).await;
    assert!(!last.report().is_cold_start());
}

#[tokio::test(start_paused = true)]
async fn where_streams_are_taken_a_bad_request_is_told_by_one() {
    let layer = HttpLayer::new().invoke_mode(InvokeMode::ResponseStream);
    let function =
        function_with(layer, |builder| builder, || service_fn(async |_: Request| Ok::<_, Error>("hello")));
    for format in [Format::Url, Format::Rest] {
        for (event, part) in bad(format) {
            let mut response = function.invoke_streaming(event).await;
            let mut sent = Vec::new();
            while let Some(piece) = response.next().await {
                sent.extend_from_slice(&piece);
            }
            let sent = String::from_utf8(sent).unwrap();
            assert!(sent.starts_with("{\"statusCode\":400,"), "{part}: {sent}");
            assert!(sent.ends_with("\0\0\0\0\0\0\0\0The request cannot be read."), "{part}: {sent}");
            assert!(response.finish().await.is_success());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_service_is_not_called_for_a_bad_request() {
    let function = function(|| {
        service_fn(async |_: Request| -> Result<(), Error> { panic!("nothing can be made of it") })
    });
    for format in Format::ALL {
        for (event, _) in bad(format) {
            assert_eq!(answer(&function, event).await["statusCode"], 400, "{format:?}");
        }
    }
}
