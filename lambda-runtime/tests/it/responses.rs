//! Buffered responses: what is posted for each kind, what cannot be posted, and what the service refuses.
//!
//! Streamed ones are in `streaming`; the handler that chooses between the two is here.

use std::{borrow::Cow, collections::BTreeMap};

use lambda_runtime::{
    Error, FunctionResponse, LambdaEvent, Response, Runtime, StreamResponse, service_fn, streaming,
};
use mock_server::MockLambda;
use serde::Serialize;
use serde_json::{Value, json};
use tracing::Level;

use crate::{
    both::fails_then_works,
    chunked::in_memory,
    logged::Logged,
    reply::{Reply, event},
    script::{Call, Script},
};

/// The largest response that Lambda takes: 6 MiB and 100 bytes.
const LIMIT: usize = 6_291_556;

/// The post of a handler that answers with this.
async fn posted<R: lambda_runtime::IntoFunctionResponse>(response: impl Fn() -> R) -> Call {
    let handler = service_fn(|_: LambdaEvent<Value>| std::future::ready(Ok::<_, Error>(response())));
    let log = Script::in_memory().invoke(event("{}")).run(handler).await;
    assert_eq!(log.order(), ["next", "r-1/response", "next"]);
    let post = log.post().clone();
    // Whether an empty body has a length is the matter of a test of its own.
    let length = post.body.len().to_string();
    assert!(post.body.is_empty() || post.header("content-length") == Some(&*length), "{:?}", post.headers);
    for absent in [
        "transfer-encoding",
        "trailer",
        "lambda-runtime-function-response-mode",
        "lambda-runtime-function-error-type",
    ] {
        assert_eq!(post.header(absent), None);
    }
    post
}

#[tokio::test(start_paused = true)]
async fn whatever_serialises_is_posted_as_its_json() {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Order<'a> {
        order_id: u64,
        note: Cow<'a, str>,
        gift: Option<bool>,
        total: (f64, &'static str),
    }
    #[derive(Serialize)]
    #[serde(tag = "kind")]
    enum Shape {
        Square { side: u8 },
    }
    let order = || Order { order_id: u64::MAX, note: "é\n".into(), gift: None, total: (0.5, "EUR") };
    for (post, json) in [
        (posted(|| ()).await, "null"),
        (posted(|| None::<u8>).await, "null"),
        (posted(|| true).await, "true"),
        (posted(|| "text").await, r#""text""#),
        (posted(|| vec![1, 2]).await, "[1,2]"),
        (posted(|| BTreeMap::from([(7, "seven")])).await, r#"{"7":"seven"}"#),
        (posted(|| json!({ "n": 1 })).await, r#"{"n":1}"#),
        (posted(|| Shape::Square { side: 2 }).await, r#"{"kind":"Square","side":2}"#),
        (
            posted(order).await,
            r#"{"orderId":18446744073709551615,"note":"é\n","gift":null,"total":[0.5,"EUR"]}"#,
        ),
        (posted(|| Response::json(&order()).unwrap().content_type("application/json")).await, {
            r#"{"orderId":18446744073709551615,"note":"é\n","gift":null,"total":[0.5,"EUR"]}"#
        }),
    ] {
        assert_eq!(str::from_utf8(&post.body).unwrap(), json);
        assert_eq!(post.header("content-type"), Some("application/json"));
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_are_posted_as_they_are_with_their_content_type() {
    let all: Vec<u8> = (0..=255).collect();
    for (post, content_type, body) in [
        (posted(|| Response::bytes("image/png", all.clone())).await, "image/png", &*all),
        (
            posted(|| Response::bytes("text/plain; charset=\"utf-8\"".to_owned(), "é")).await,
            { "text/plain; charset=\"utf-8\"" },
            "é".as_bytes(),
        ),
        (posted(|| Response::bytes("text/plain", "")).await, "text/plain", b""),
        (posted(|| Response::bytes("text/html", "x").content_type("text/css")).await, "text/css", b"x"),
    ] {
        assert_eq!((post.header("content-type"), &*post.body), (Some(content_type), body));
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_response_says_that_its_length_is_zero() {
    // RFC 9110, section 8.6: a client should say so with POST; there are servers that answer 411 otherwise.
    let post = posted(|| Response::bytes("text/plain", "")).await;
    assert_eq!(post.header("content-length"), Some("0"));
}

#[tokio::test(start_paused = true)]
async fn json_that_exists_already_is_not_looked_at() {
    for json in ["{\"b\":1,  \"a\":1e400}\n", "[1,1,", "", "\u{feff}{}"] {
        let post = posted(|| Response::raw_json(json)).await;
        assert_eq!((post.header("content-type"), &*post.body), (Some("application/json"), json.as_bytes()));
    }
    let problem = || Response::raw_json("{}").content_type("application/problem+json");
    assert_eq!(posted(problem).await.header("content-type"), Some("application/problem+json"));
}

#[tokio::test]
async fn a_content_type_that_no_header_can_carry_fails_its_invocation_only() {
    async fn typed(event: LambdaEvent<String>) -> Result<Response, Error> {
        Ok(Response::bytes(event.payload, "1"))
    }
    for content_type in ["text/plain\r\nX-Injected: 1", "text/plain\n", "text/\0", "text/\u{7f}"] {
        let bad = event(json!(content_type).to_string());
        let good = event(r#""application/json""#);
        let post = fails_then_works(|| service_fn(typed), bad, good, json!(1)).await;
        assert_eq!(post.error_type(), "Runtime.MarshalError");
        assert_eq!(post.json()["errorType"], "Runtime.MarshalError");
        assert!(post.message().contains("content-type"), "{}", post.message());
        assert_eq!(post.header("x-injected"), None);
    }
}

#[tokio::test]
async fn a_value_without_json_that_is_encoded_by_the_handler_is_a_marshal_error_too() {
    async fn encode(event: LambdaEvent<bool>) -> Result<Response, Error> {
        let by_place = BTreeMap::from([((1, 2), 3)]);
        Ok(if event.payload { Response::json(&by_place)? } else { Response::json(&[7])? })
    }
    let post = fails_then_works(|| service_fn(encode), event("true"), event("false"), json!([7])).await;
    assert_eq!(post.error_type(), "Runtime.MarshalError");
    assert_eq!(post.message(), "the response cannot be encoded: key must be a string");
}

/// As many bytes as the event says.
async fn of_size(event: LambdaEvent<usize>) -> Result<Response, Error> {
    Ok(Response::bytes("application/json", vec![b'1'; event.payload]))
}

#[tokio::test(start_paused = true)]
async fn a_response_of_exactly_the_limit_is_posted_as_it_is() {
    let log = Script::in_memory().invoke(event(LIMIT.to_string())).run(service_fn(of_size)).await;
    assert_eq!(log.order(), ["next", "r-1/response", "next"]);
    assert!(log.post().body == vec![b'1'; LIMIT], "{} bytes", log.post().body.len());

    // Two quotes belong to the text.
    let text = posted(|| "x".repeat(LIMIT - 2)).await;
    assert_eq!((text.body.len(), text.body[0], text.body[LIMIT - 1]), (LIMIT, b'"', b'"'));
}

#[tokio::test]
async fn a_response_over_the_limit_is_reported_with_both_sizes_and_not_posted() {
    for size in [LIMIT + 1, 4 * LIMIT] {
        let post =
            fails_then_works(|| service_fn(of_size), event(size.to_string()), event("2"), json!(11)).await;
        assert_eq!(post.error_type(), "Function.ResponseSizeTooLarge");
        assert_eq!(post.json()["errorType"], "Function.ResponseSizeTooLarge");
        let message = post.message();
        assert!(message.contains(&size.to_string()) && message.contains(&LIMIT.to_string()), "{message}");
        assert!(post.whole().len() < 4096, "{} bytes", post.whole().len());
    }
}

#[tokio::test(start_paused = true)]
async fn the_mock_takes_a_response_of_exactly_the_limit() {
    let mock = MockLambda::new();
    let function =
        mock.function("sized").in_process(|api| Runtime::new(service_fn(of_size)).endpoint(api).run());
    let outcome = function.invoke(json!(LIMIT)).await;
    assert_eq!((outcome.is_success(), outcome.payload().len()), (true, LIMIT));
    assert_eq!(outcome.content_type(), Some("application/json"));
}

#[tokio::test]
async fn a_refused_response_is_logged_with_its_reason_and_the_next_invocation_runs() {
    for (status, error_type, message) in [
        (413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (6291556 bytes)."),
        (400, "InvalidRequestID", "Invalid request ID"),
        (400, "InvalidInvocationId", "Invalid invocation ID"),
        (410, "InvokeTimeout", "Invoke timeout"),
    ] {
        let body = format!("{{\"errorMessage\":\"{message}\",\"errorType\":\"{error_type}\"}}\n");
        let refusal = format!(
            "HTTP/1.1 {status} Reason\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let logged = Logged::start();
        let script = Script::new().next(event("3")).post(Reply::bytes(refusal)).invoke(event("2"));
        let log = script.run(service_fn(of_size)).await;
        assert_eq!(log.order(), ["next", "r-1/response", "next", "r-2/response", "next"]);
        assert_eq!(log.connections, 1);
        let warnings = logged.at(Level::WARN);
        assert!(
            warnings.iter().any(|line| {
                [&*status.to_string(), error_type, message, "r-1"].iter().all(|part| line.contains(part))
            }),
            "{warnings:?}"
        );
    }
}

/// Answers in the form that the event names.
async fn choose(event: LambdaEvent<String>) -> Result<Response, Error> {
    let (mut sender, body) = streaming::channel();
    event.context.spawn(async move { sender.send_data("piece".into()).await });
    Ok(match &*event.payload {
        "json" => Response::json(&json!({ "n": 1 }))?,
        "bytes" => Response::bytes("text/plain", "whole"),
        "stream" => Response::stream(body),
        "http" => Response::http_stream(&streaming::MetadataPrelude::default(), body),
        other => return Err(format!("no form {other}").into()),
    })
}

#[tokio::test(start_paused = true)]
async fn one_handler_chooses_for_each_invocation_over_one_connection() {
    let forms = ["json", "stream", "bytes", "http", "none", "stream", "json"];
    let answers = in_memory(service_fn(choose), async |api| {
        let mut answers = Vec::new();
        for form in forms {
            answers.push(api.answer_to(event(json!(form).to_string())).await);
        }
        answers
    })
    .await;
    for (number, (form, answer)) in forms.into_iter().zip(answers).enumerate() {
        let kind = if form == "none" { "error" } else { "response" };
        assert_eq!(answer.short_path(), format!("r-{}/{kind}", number + 1));
        assert_eq!(answer.connection, 1);
        let mode = answer.header("lambda-runtime-function-response-mode");
        assert_eq!(mode, matches!(form, "stream" | "http").then_some("streaming"));
        let body = answer.body();
        let expected: (&str, &[u8]) = match form {
            "json" => ("application/json", br#"{"n":1}"#),
            "bytes" => ("text/plain", b"whole"),
            "stream" => ("application/octet-stream", b"piece"),
            "http" => {
                let http = "application/vnd.awslambda.http-integration-response";
                (http, b"{\"statusCode\":200}\0\0\0\0\0\0\0\0piece")
            }
            _ => ("application/json", &body),
        };
        assert_eq!((answer.header("content-type").unwrap(), &*body), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn the_two_forms_that_are_known_by_their_types_can_be_chosen_too() {
    async fn choose(event: LambdaEvent<bool>) -> Result<FunctionResponse<u8, streaming::Body>, Error> {
        Ok(if event.payload {
            FunctionResponse::BufferedResponse(7)
        } else {
            FunctionResponse::StreamingResponse(StreamResponse::from(streaming::Body::from("piece")))
        })
    }
    let [buffered, streamed] = in_memory(service_fn(choose), async |api| {
        [api.answer_to(event("true")).await, api.answer_to(event("false")).await]
    })
    .await;
    assert_eq!((buffered.raw_body(), buffered.header("content-length")), (&b"7"[..], Some("1")));
    assert_eq!(streamed.body(), b"{\"statusCode\":200}\0\0\0\0\0\0\0\0piece");
}

#[test]
fn the_debug_form_of_a_response_does_not_show_what_is_in_it() {
    let text = format!("{:?}", Response::bytes("text/plain", "hunter2"));
    assert!(text.contains("text/plain") && text.contains("7 bytes") && !text.contains("hunter2"), "{text}");
}
