//! Bytes in and bytes out: nothing looks at them and nothing changes them, in either direction.

use lambda_runtime::{Error, LambdaEvent, RawPayload, Response, Runtime, service_fn};
use mock_server::{Invocation, MockLambda};

use crate::{reply::event, script::Script};

/// Gives back what came, with the content type that came with it.
async fn give_back(event: LambdaEvent<RawPayload>) -> Result<Response, Error> {
    let content_type = event.payload.content_type().unwrap_or("none").to_owned();
    Ok(Response::bytes(content_type, event.payload.into_bytes()))
}

/// Bytes that a careless reader of text or of JSON would refuse, change or cut off.
fn odd_bytes() -> Vec<Vec<u8>> {
    vec![
        Vec::new(),
        b"\0".to_vec(),
        b"\xff\xfe\x80".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"\r\n\r\n{}\r\n".to_vec(),
        b"0\r\n\r\n".to_vec(),
        b"no JSON".to_vec(),
        b"{} {} trailing".to_vec(),
        (0..=255).collect(),
        b"[".repeat(100_000),
    ]
}

#[tokio::test]
async fn any_bytes_reach_the_handler_and_come_back() {
    for bytes in odd_bytes() {
        let log = Script::new().invoke(event(&bytes)).invoke(event("1")).run(service_fn(give_back)).await;
        assert_eq!(log.order(), ["next", "r-1/response", "next", "r-2/response", "next"]);
        let post = log.posts()[0];
        assert!(post.body == bytes, "{} became {}", bytes.escape_ascii(), post.body.escape_ascii());
        assert_eq!(post.header("content-type"), Some("application/json"));
    }
}

#[tokio::test(start_paused = true)]
async fn any_bytes_go_through_the_mock_and_come_back() {
    let mock = MockLambda::new();
    let function =
        mock.function("raw").in_process(|api| Runtime::new(service_fn(give_back)).endpoint(api).run());
    for bytes in odd_bytes() {
        let outcome = function.invoke(Invocation::new(bytes.clone())).await;
        assert!(outcome.is_success() && outcome.payload()[..] == bytes, "{}", bytes.escape_ascii());
    }
}

#[tokio::test(start_paused = true)]
async fn the_content_type_of_the_event_is_kept() {
    let text = "text/plain; charset=\"utf-8\"";
    let script = Script::in_memory()
        .invoke(event("1").header("Content-Type", text))
        .invoke(event("1").without("Content-Type"))
        .invoke(event("1").header("Content-Type", ""));
    let log = script.run(service_fn(give_back)).await;
    let content_types: Vec<_> = log.posts().iter().map(|post| post.header("content-type")).collect();
    assert_eq!(content_types, [Some(text), Some("none"), Some("none")]);
}

#[tokio::test]
async fn an_event_of_six_mebibytes_comes_back_whole() {
    let bytes: Vec<u8> =
        (0..6 * 1024 * 1024_u32).map(|number| number.to_le_bytes()[(number % 3) as usize]).collect();
    let log = Script::new().invoke(event(&bytes)).run(service_fn(give_back)).await;
    assert!(log.post().body == bytes, "{} bytes", log.post().body.len());
}

#[test]
fn taking_the_bytes_out_copies_nothing() {
    let payload = RawPayload::new(vec![7; 1024]).with_content_type("image/png");
    let (place, clone) = (payload.as_ptr(), payload.clone());
    assert_eq!((payload.content_type(), payload.len()), (Some("image/png"), 1024));
    assert_eq!((clone.as_ptr(), payload.into_bytes().as_ptr()), (place, place));
}

/// What a durable execution hands to its function, written as no serialiser would write it: white space, the order
/// of keys, escapes, a repeated key and numbers are all told.
const DURABLE_EVENT: &str = concat!(
    " {\"DurableExecutionArn\" : \"arn:aws:lambda:eu-west-1:123456789012:function:f:1/durable-execution/n/i\",\r\n",
    "\t\"CheckpointToken\":\"t\\u006fken\\/==\",\"CheckpointToken\":\"second\",",
    "\"InitialExecutionState\":{\"Operations\":[{\"Id\":\"0\",\"Type\":\"EXECUTION\",\"Status\":\"STARTED\",",
    "\"ExecutionDetails\":{\"InputPayload\":\"{\\\"n\\\":1e400}\"}}],\"NextMarker\":\"\"},",
    "\"UpdatedOperationIds\":[],\"Number\":123456789012345678901234567890.10,\"Text\":\"\u{2028}<é&>\"}\n",
);

#[tokio::test]
async fn a_durable_execution_gets_its_bytes_untouched_in_both_directions() {
    let results = [
        "{\"Status\":\"SUCCEEDED\",\"Result\":\"{\\\"n\\\" : 1}\"}".to_owned(),
        "{\"Status\" : \"PENDING\"}\n".to_owned(),
        "{\"Status\":\"FAILED\",\"Error\":{\"ErrorMessage\":\"it broke\",\"ErrorType\":\"E\"}}".to_owned(),
        format!("{{\"Status\":\"SUCCEEDED\",\"Result\":\"{}\"}}", "x".repeat(6 * 1024 * 1024 - 100)),
    ];
    for result in &results {
        let handler = service_fn(async |event: LambdaEvent<RawPayload>| {
            assert_eq!(&*event.payload, DURABLE_EVENT.as_bytes());
            assert_eq!(event.payload.content_type(), Some("application/json"));
            Ok::<_, Error>(Response::raw_json(result.clone()))
        });
        let log = Script::new().invoke(event(DURABLE_EVENT)).run(handler).await;
        // A failed execution is an answer like the others, not an error of the function.
        assert_eq!(log.order(), ["next", "r-1/response", "next"], "{}", log.post().message());
        let post = log.post();
        assert!(post.body == result.as_bytes(), "{} bytes", post.body.len());
        assert_eq!(post.header("content-type"), Some("application/json"));
        assert_eq!(post.header("lambda-runtime-function-response-mode"), None);
    }
}

#[tokio::test]
async fn an_event_of_a_durable_execution_is_given_back_byte_by_byte() {
    let log = Script::new().invoke(event(DURABLE_EVENT)).run(service_fn(give_back)).await;
    assert_eq!(str::from_utf8(&log.post().body).unwrap(), DURABLE_EVENT);
}
