//! The exact bytes of a streamed response: its head, its prelude, its chunks and its end.
//!
//! The documented form is that of
//! [response streaming](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming).

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use lambda_runtime::{
    Error, FunctionResponse, LambdaEvent, MetadataPrelude, PreludeForm, Response, Runtime, StreamResponse,
    service_fn,
    streaming::{Body, channel},
};
use serde_json::Value;

use super::{Step, pieces, steps};
use crate::{
    chunked::{Heard, Memory, in_memory, in_memory_with, over_tcp},
    reply::event,
};

const PRELUDE: &str = "application/vnd.awslambda.http-integration-response";
const TRAILERS: &str = "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body";

/// Status 200, one header, one cookie.
fn page_prelude() -> MetadataPrelude {
    let mut prelude = MetadataPrelude { cookies: vec!["a=b".to_owned()], ..MetadataPrelude::default() };
    prelude.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    prelude
}

const PAGE_PRELUDE: &[u8] =
    b"{\"statusCode\":200,\"headers\":{\"content-type\":\"text/html\"},\"cookies\":[\"a=b\"]}\0\0\0\0\0\0\0\0";

async fn page(_: LambdaEvent<Value>) -> Result<Response, Error> {
    Ok(Response::http_stream(&page_prelude(), steps([Step::Give("<html>"), Step::Give("</html>")])))
}

async fn table(_: LambdaEvent<Value>) -> Result<Response, Error> {
    Ok(Response::stream(steps([Step::Give("a,1\n"), Step::Give("b,2\n")])).content_type("text/csv"))
}

/// The head of every streamed response, but for its content type.
fn assert_streamed(call: &Heard, host: &str, content_type: &str) {
    assert_eq!(call.request_line(), "POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1");
    let expected = [
        ("content-type", content_type),
        ("host", host),
        ("lambda-runtime-function-response-mode", "streaming"),
        ("trailer", TRAILERS),
        ("transfer-encoding", "chunked"),
    ];
    assert_eq!(call.headers(), expected.map(|(name, value)| (name.to_owned(), value)));
    assert!(call.trailers.is_empty(), "{:?}", call.trailers);
}

#[tokio::test(start_paused = true)]
async fn a_streamed_http_response_has_the_documented_bytes() {
    let call = in_memory(service_fn(page), async |api| api.answer_to(event("{}")).await).await;
    assert_streamed(&call, "localhost", PRELUDE);
    // 0x59 are the 75 bytes of JSON, the eight NULs and the six bytes of the first piece.
    let expected = [b"59\r\n", PAGE_PRELUDE, b"<html>\r\n", b"7\r\n</html>\r\n", b"0\r\n\r\n"].concat();
    assert_eq!(call.raw_body().escape_ascii().to_string(), expected.escape_ascii().to_string());
}

#[tokio::test(start_paused = true)]
async fn a_raw_stream_has_its_pieces_its_content_type_and_no_prelude() {
    let call = in_memory(service_fn(table), async |api| api.answer_to(event("{}")).await).await;
    assert_streamed(&call, "localhost", "text/csv");
    assert_eq!(call.raw_body(), b"4\r\na,1\n\r\n4\r\nb,2\n\r\n0\r\n\r\n");
}

#[tokio::test]
async fn a_stream_is_the_same_on_a_socket() {
    let call = over_tcp(service_fn(table), async |api| api.answer_to(event("{}")).await).await;
    let host = call.header("host").unwrap().to_owned();
    assert!(host.starts_with("127.0.0.1:"), "{host}");
    assert_streamed(&call, &host, "text/csv");
    assert_eq!(call.raw_body(), b"4\r\na,1\n\r\n4\r\nb,2\n\r\n0\r\n\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_a_content_type_is_binary() {
    async fn bytes(_: LambdaEvent<Value>) -> Result<Response, Error> {
        let all: Vec<u8> = (0..=255).collect();
        Ok(Response::stream(pieces([Ok::<_, Error>(all)])))
    }
    let call = in_memory(service_fn(bytes), async |api| api.answer_to(event("{}")).await).await;
    assert_streamed(&call, "localhost", "application/octet-stream");
    assert_eq!(call.body(), (0..=255).collect::<Vec<u8>>());
}

#[tokio::test(start_paused = true)]
async fn the_invocation_id_is_echoed_on_a_stream() {
    let sent = || event("{}").header("Lambda-Runtime-Invocation-Id", "attempt-1");
    let call = in_memory(service_fn(page), async |api| api.answer_to(sent()).await).await;
    assert_eq!(call.header("lambda-runtime-invocation-id"), Some("attempt-1"));
}

#[tokio::test(start_paused = true)]
async fn separate_prelude_and_nuls_are_chunks_of_their_own() {
    let client = |api| Runtime::new(service_fn(page)).prelude_form(PreludeForm::Separate).endpoint(api).run();
    let call = in_memory_with(Memory::default(), client, async |api| api.answer_to(event("{}")).await).await;
    assert_streamed(&call, "localhost", PRELUDE);
    let json = PAGE_PRELUDE.strip_suffix(&[0; 8]).unwrap();
    assert_eq!(call.chunks, [json, &[0; 8], b"<html>", b"</html>"]);
}

#[tokio::test(start_paused = true)]
async fn the_separate_form_changes_nothing_about_a_raw_stream() {
    let client =
        |api| Runtime::new(service_fn(table)).prelude_form(PreludeForm::Separate).endpoint(api).run();
    let call = in_memory_with(Memory::default(), client, async |api| api.answer_to(event("{}")).await).await;
    assert_streamed(&call, "localhost", "text/csv");
    assert_eq!(call.chunks, [b"a,1\n", b"b,2\n"]);
}

#[tokio::test(start_paused = true)]
async fn an_empty_stream_ends_well_with_its_prelude_or_with_nothing() {
    async fn nothing(event: LambdaEvent<bool>) -> Result<Response, Error> {
        Ok(if event.payload {
            let gone = MetadataPrelude { status_code: StatusCode::NO_CONTENT, ..MetadataPrelude::default() };
            Response::http_stream(&gone, Body::empty())
        } else {
            Response::stream(pieces([] as [Result<Bytes, Error>; 0]))
        })
    }
    let [http, raw] = in_memory(service_fn(nothing), async |api| {
        [api.answer_to(event("true")).await, api.answer_to(event("false")).await]
    })
    .await;
    assert_eq!(http.raw_body(), b"1A\r\n{\"statusCode\":204}\0\0\0\0\0\0\0\0\r\n0\r\n\r\n");
    assert_eq!(raw.raw_body(), b"0\r\n\r\n");
}

#[tokio::test(start_paused = true)]
async fn an_empty_piece_ends_nothing() {
    async fn gaps(_: LambdaEvent<Value>) -> Result<Response, Error> {
        let pieces = ["", "", "one", "", "two", ""];
        Ok(Response::stream(steps(pieces.map(Step::Give))))
    }
    let call = in_memory(service_fn(gaps), async |api| api.answer_to(event("{}")).await).await;
    assert_eq!(call.raw_body(), b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_large_piece_is_one_chunk() {
    async fn large(_: LambdaEvent<Value>) -> Result<Response, Error> {
        Ok(Response::stream(pieces([Ok::<_, Error>(vec![b'x'; 5 << 20]), Ok(vec![b'y'])])))
    }
    let call = in_memory(service_fn(large), async |api| api.answer_to(event("{}")).await).await;
    let sizes: Vec<_> = call.chunks.iter().map(Vec::len).collect();
    assert_eq!((sizes, call.body().ends_with(b"xy")), (vec![5 << 20, 1], true));
}

#[tokio::test(start_paused = true)]
async fn nuls_of_the_body_are_passed_on() {
    async fn nuls(_: LambdaEvent<Value>) -> Result<Response, Error> {
        let pieces = ["\0\0\0\0\0\0\0\0", "{}\0\0\0\0\0\0\0\0"];
        Ok(Response::http_stream(&MetadataPrelude::default(), steps(pieces.map(Step::Give))))
    }
    let call = in_memory(service_fn(nuls), async |api| api.answer_to(event("{}")).await).await;
    assert_eq!(call.body(), [b"{\"statusCode\":200}", &[0; 16][..], b"{}", &[0; 8]].concat());
}

/// A handler's stream, in each of the types that may hold one.
async fn same_page(event: LambdaEvent<Value>) -> Result<FunctionResponse<Value, Body>, Error> {
    let (mut sender, body) = channel();
    event.context.spawn(async move {
        for piece in ["<html>", "</html>"] {
            sender.send_data(piece.into()).await.unwrap();
        }
    });
    let response = StreamResponse { metadata_prelude: page_prelude(), stream: body };
    Ok(FunctionResponse::StreamingResponse(response))
}

async fn plain_page(_: LambdaEvent<Value>) -> Result<StreamResponse<super::Steps>, Error> {
    Ok(steps([Step::Give("<html>"), Step::Give("</html>")]).into())
}

#[tokio::test(start_paused = true)]
async fn every_type_that_holds_a_stream_gives_the_same_bytes() {
    let by_channel = in_memory(service_fn(same_page), async |api| api.answer_to(event("{}")).await).await;
    assert_streamed(&by_channel, "localhost", PRELUDE);
    assert_eq!(by_channel.body(), [PAGE_PRELUDE, b"<html></html>"].concat());

    let plain = in_memory(service_fn(plain_page), async |api| api.answer_to(event("{}")).await).await;
    assert_streamed(&plain, "localhost", PRELUDE);
    assert_eq!(plain.body(), b"{\"statusCode\":200}\0\0\0\0\0\0\0\0<html></html>");
}

#[tokio::test(start_paused = true)]
async fn a_content_type_that_no_header_can_carry_fails_a_stream_before_its_first_byte() {
    struct Tells(Arc<AtomicBool>);
    impl Drop for Tells {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let dropped = Arc::new(AtomicBool::new(false));
    let handler = service_fn(|event: LambdaEvent<String>| {
        let tells = Tells(Arc::clone(&dropped));
        async move {
            let mut left = Some("whole");
            let stream = pieces(std::iter::from_fn(move || {
                let _held = &tells;
                left.take().map(Ok::<_, Error>)
            }));
            Ok::<_, Error>(Response::stream(stream).content_type(event.payload))
        }
    });
    let [failed, fine] = in_memory(handler, async |api| {
        let failed = api.answer_to(event(r#""text/csv\nX-Injected: 1""#)).await;
        assert!(dropped.swap(false, Ordering::Relaxed), "the stream is still there");
        [failed, api.answer_to(event(r#""text/csv""#)).await]
    })
    .await;
    assert_eq!((failed.short_path(), failed.error_type()), ("r-1/error", Some("Runtime.MarshalError")));
    assert!(failed.json()["errorMessage"].as_str().unwrap().contains("content-type"));
    assert_eq!((fine.short_path(), fine.body()), ("r-2/response", b"whole".to_vec()));
}
