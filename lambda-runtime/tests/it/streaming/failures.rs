//! A stream that fails half-way, on raw sockets: the body ends with what came before, the error is in true
//! trailers, and the next invocation works.

use bytes::Bytes;
use lambda_runtime::{Error, LambdaEvent, MetadataPrelude, Response, service_fn};
use serde_json::{Value, json};
use tracing::Level;

use super::{BAD_ENDS, Step, WAIT, before, end_as_told, pieces, steps};
use crate::{
    chunked::{Heard, in_memory, over_tcp},
    logged::Logged,
    reply::event,
};

/// The invocation after the one that failed works, over the same connection.
fn assert_next_works(call: &Heard) {
    assert_eq!((call.short_path(), call.connection), ("r-2/response", 1));
    assert_eq!(call.body(), b"whole");
    assert!(call.trailers.is_empty(), "{:?}", call.trailers);
}

#[tokio::test]
async fn a_stream_that_ends_badly_ends_with_true_trailers_and_the_next_invocation_works() {
    for end in BAD_ENDS {
        let [failed, next] = over_tcp(service_fn(end_as_told), async |api| {
            [api.answer_to(event(json!(end.name).to_string())).await, api.answer_to(event(r#""fine""#)).await]
        })
        .await;
        let name = end.name;
        assert_eq!((failed.short_path(), failed.body()), ("r-1/response", before(name)), "{name}");
        let (error_type, report) = failed.error_trailers();
        assert_eq!((error_type, &report["errorType"]), (end.error_type, &json!(end.report_type)), "{name}");
        assert_eq!(report["errorMessage"], end.message, "{name}");
        assert_next_works(&next);
    }
}

#[tokio::test]
async fn nothing_of_an_error_is_in_the_body_and_nothing_comes_after_the_trailers() {
    let failed = over_tcp(service_fn(end_as_told), async |api| {
        let failed = api.answer_to(event(r#""error""#)).await;
        // Whatever came after the trailers would be taken for the head of this call.
        assert_next_works(&api.answer_to(event(r#""fine""#)).await);
        failed
    })
    .await;
    // One chunk of six bytes, the last chunk, two trailers, an empty line.
    let raw = str::from_utf8(failed.raw_body()).unwrap();
    let trailers = raw.strip_prefix("6\r\nbefore\r\n0\r\n").unwrap();
    let lines: Vec<_> = trailers.split("\r\n").collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(lines[0].to_ascii_lowercase(), "lambda-runtime-function-error-type: function.handlererror");
    assert!(lines[1].to_ascii_lowercase().starts_with("lambda-runtime-function-error-body: "));
    assert_eq!(lines[2..], ["", ""]);
}

#[tokio::test(start_paused = true)]
async fn the_report_of_a_panic_in_a_stream_names_its_place() {
    const LINE: u32 = line!() + 5;
    async fn panic(_: LambdaEvent<Value>) -> Result<Response, Error> {
        let mut asked = 0;
        Ok(Response::stream(pieces(std::iter::from_fn(move || {
            asked += 1;
            if asked == 2 { panic!("no piece {asked}") } else { Some(Ok::<_, Error>("before")) }
        }))))
    }
    let failed = in_memory(service_fn(panic), async |api| api.answer_to(event("{}")).await).await;
    let (error_type, report) = failed.error_trailers();
    assert_eq!((error_type, &report["errorMessage"]), ("Function.Panic", &json!("no piece 2")));
    let place = report["stackTrace"][0].as_str().unwrap_or_default();
    assert!(place.starts_with(&format!("{}:{LINE}:", file!())), "{place}");
}

#[tokio::test(start_paused = true)]
async fn the_report_in_the_trailers_has_place_and_causes_as_one_that_is_posted() {
    const LINE: u32 = line!() + 2;
    async fn parse(event: LambdaEvent<bool>) -> Result<Response, Error> {
        let error = Error::from(Broken("x".parse::<u32>().unwrap_err()));
        let before = (!event.payload).then_some(Ok("before"));
        Ok(Response::stream(pieces(before.into_iter().chain([Err(error)]))))
    }
    #[derive(Debug, thiserror::Error)]
    #[error("cannot go on")]
    struct Broken(#[source] std::num::ParseIntError);

    let (early, late) = in_memory(service_fn(parse), async |api| {
        (api.answer_to(event("true")).await, api.answer_to(event("false")).await)
    })
    .await;
    assert_eq!((early.short_path(), early.error_type()), ("r-1/error", Some("Function.Broken")));
    let (error_type, report) = late.error_trailers();
    assert_eq!((error_type, &report), ("Function.Broken", &early.json()));
    assert_eq!(report["cause"]["errorMessage"], "invalid digit found in string");
    let place = report["stackTrace"][0].as_str().unwrap_or_default();
    assert!(place.starts_with(&format!("{}:{LINE}:", file!())), "{place}");
}

/// Fails before anything has been streamed, in one of several ways.
async fn fail_first(event: LambdaEvent<String>) -> Result<Response, Error> {
    let first = match &*event.payload {
        "error" => Step::Fail(Error::from("no first piece").with_type("NoPiece")),
        "panic" => Step::Panic("no first piece"),
        // An empty piece is no byte of a response.
        "empty" => Step::Give(""),
        _ => Step::Give("whole"),
    };
    let stream = steps([first, Step::Fail(Error::from("no first piece").with_type("NoPiece"))]);
    Ok(match &*event.payload {
        "fine" => Response::stream(steps([Step::Give("whole")])),
        "error" => Response::http_stream(&MetadataPrelude::default(), stream),
        _ => Response::stream(stream),
    })
}

#[tokio::test]
async fn a_stream_that_fails_before_its_first_piece_is_an_error_of_the_function_and_no_stream() {
    for (name, error_type) in
        [("error", "Function.NoPiece"), ("panic", "Function.Panic"), ("empty", "Function.NoPiece")]
    {
        let [failed, next] = over_tcp(service_fn(fail_first), async |api| {
            [api.answer_to(event(json!(name).to_string())).await, api.answer_to(event(r#""fine""#)).await]
        })
        .await;
        assert_eq!((failed.short_path(), failed.error_type()), ("r-1/error", Some(error_type)));
        assert_eq!(failed.json()["errorMessage"], "no first piece");
        for absent in ["transfer-encoding", "trailer", "lambda-runtime-function-response-mode"] {
            assert_eq!(failed.header(absent), None);
        }
        assert_next_works(&next);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_fails_after_it_was_waited_for_has_trailers_and_an_empty_body() {
    async fn fail(event: LambdaEvent<bool>) -> Result<Response, Error> {
        let stream = steps([WAIT, Step::Fail("too late".into())]);
        Ok(if event.payload {
            Response::http_stream(&MetadataPrelude::default(), stream)
        } else {
            Response::stream(stream)
        })
    }
    let [http, raw] = in_memory(service_fn(fail), async |api| {
        [api.answer_to(event("true")).await, api.answer_to(event("false")).await]
    })
    .await;
    assert_eq!(http.chunks, [b"{\"statusCode\":200}\0\0\0\0\0\0\0\0"]);
    assert!(raw.chunks.is_empty(), "{:?}", raw.chunks);
    for failed in [http, raw] {
        assert_eq!(failed.error_trailers().1["errorMessage"], "too late");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_panics_only_when_it_is_dropped_has_ended_well() {
    async fn cling(_: LambdaEvent<Value>) -> Result<Response, Error> {
        let mut stream = steps([Step::Give("whole")]);
        stream.panics_when_dropped = true;
        Ok(Response::stream(stream))
    }
    let calls = in_memory(service_fn(cling), async |api| {
        [api.answer_to(event("{}")).await, api.answer_to(event("{}")).await]
    })
    .await;
    for call in calls {
        assert_eq!((call.body(), call.connection), (b"whole".to_vec(), 1));
        assert!(call.trailers.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_piece_or_an_error_whose_conversion_panics_ends_the_stream_with_trailers() {
    /// Is no bytes unless it has a text.
    struct Piece(Option<&'static str>);
    impl From<Piece> for Bytes {
        fn from(piece: Piece) -> Self {
            piece.0.expect("no bytes for it").into()
        }
    }
    #[derive(Debug)]
    struct Wordless;
    impl std::fmt::Display for Wordless {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("no words for it")
        }
    }
    impl std::error::Error for Wordless {}

    async fn convert(event: LambdaEvent<bool>) -> Result<Response, Error> {
        let second = if event.payload { Ok(Piece(None)) } else { Err(Wordless) };
        Ok(Response::stream(pieces([Ok(Piece(Some("before"))), second])))
    }
    let [hopeless, wordless] = in_memory(service_fn(convert), async |api| {
        [api.answer_to(event("true")).await, api.answer_to(event("false")).await]
    })
    .await;
    for (failed, message) in [(hopeless, "no bytes for it"), (wordless, "no words for it")] {
        assert_eq!(failed.body(), b"before");
        let (error_type, report) = failed.error_trailers();
        assert_eq!((error_type, &report["errorMessage"]), ("Function.Panic", &json!(message)));
    }
}

/// Fails after the first piece with a report of this size, in the form that takes most room.
async fn fail_at_length(event: LambdaEvent<(String, usize)>) -> Result<Response, Error> {
    let (text, bytes) = event.payload;
    let message = text.repeat(bytes / text.len());
    Ok(Response::stream(steps([
        Step::Give("before"),
        Step::Fail(Error::from(message.clone()).with_type(message)),
    ])))
}

#[tokio::test(start_paused = true)]
async fn trailers_fit_into_the_four_kibibytes_that_a_server_written_in_go_reads() {
    // Such a server, and AWS's own emulator is one, looks for the empty line in one buffer of its `net/http`, and
    // refuses the response if it is not there. Control characters become six times as long in JSON.
    for text in ["x", "é", "\u{1}", "\""] {
        for bytes in [1 << 10, 1 << 12, 1 << 14, 1 << 20] {
            let failed = in_memory(service_fn(fail_at_length), async |api| {
                let failed = api.answer_to(event(json!([text, bytes]).to_string())).await;
                let fine = api.answer_to(event(r#"["x",1]"#)).await;
                assert_eq!(fine.error_trailers().1["errorMessage"], "x");
                failed
            })
            .await;
            assert_eq!(failed.body(), b"before");
            assert!(failed.trailer_bytes() <= 4096, "{} bytes of {text:?}", failed.trailer_bytes());
            let (error_type, report) = failed.error_trailers();
            assert!(error_type.starts_with("Function."), "{error_type}");
            assert!(report["errorMessage"].as_str().unwrap().starts_with(text), "{report}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_cut_for_the_trailers_says_how_long_it_was() {
    let failed = in_memory(service_fn(fail_at_length), async |api| {
        api.answer_to(event(json!(["x", 1 << 20]).to_string())).await
    })
    .await;
    let report = failed.error_trailers().1;
    let (_, note) = report["errorMessage"].as_str().unwrap().split_once('…').unwrap();
    assert_eq!(note, " (1048576 bytes)");
}

#[tokio::test(start_paused = true)]
async fn a_bad_end_is_logged_as_a_warning_with_its_type() {
    for end in BAD_ENDS {
        let logged = Logged::start();
        in_memory(service_fn(end_as_told), async |api| {
            api.answer_to(event(json!(end.name).to_string())).await;
            api.answer_to(event(r#""fine""#)).await
        })
        .await;
        let warnings = logged.at(Level::WARN);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains(end.error_type), "{warnings:?}");
    }
}
