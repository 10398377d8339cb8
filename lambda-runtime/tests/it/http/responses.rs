//! What handlers return, and what of it is sent.

use std::borrow::Cow;

use bytes::Bytes;
use lambda_runtime::{
    Error,
    http::{Body, BodyEncoding, IntoResponse, Request, Response, StatusCode, service_fn},
};
use serde_json::{Value, json};

use super::{Format, Step, answer, function, give, told};

/// The answer to a function URL whose handler returns this.
async fn sent<R: IntoResponse + Send + 'static>(make: fn() -> R) -> Value {
    let function = function(move || service_fn(move |_: Request| async move { Ok::<_, Error>(make()) }));
    answer(&function, Format::Url.get("/")).await
}

fn text(content_type: &str, body: &str) -> Value {
    json!({
        "statusCode": 200, "headers": { "content-type": content_type }, "body": body, "isBase64Encoded": false,
    })
}

#[tokio::test(start_paused = true)]
async fn each_type_is_a_response_with_its_content_type() {
    let bare = json!({ "statusCode": 200, "headers": {} });
    assert_eq!(sent(|| ()).await, bare);
    assert_eq!(sent(|| Body::Empty).await, bare);
    let plain = text("text/plain; charset=utf-8", "grün");
    assert_eq!(sent(|| "grün").await, plain);
    assert_eq!(sent(|| "grün".to_owned()).await, plain);
    assert_eq!(sent(|| json!({ "a": [1, null] })).await, text("application/json", r#"{"a":[1,null]}"#));
    let bytes = json!({
        "statusCode": 200, "headers": { "content-type": "application/octet-stream" },
        "body": "/wBi", "isBase64Encoded": true,
    });
    assert_eq!(sent(|| &b"\xff\0b"[..]).await, bytes);
    assert_eq!(sent(|| vec![0xff, 0, b'b']).await, bytes);
    assert_eq!(sent(|| Bytes::from_static(b"\xff\0b")).await, bytes);

    let mut untyped = text("", "text");
    untyped["headers"] = json!({});
    assert_eq!(sent(|| Body::from("text")).await, untyped);
    assert_eq!(sent(|| Response::new("text".to_owned())).await, untyped);
    assert_eq!(sent(|| ::http::Response::new(Body::from("text"))).await, untyped);
    assert_eq!(sent(|| Response::new(axum::body::Body::from("text"))).await, untyped);
}

#[tokio::test(start_paused = true)]
async fn text_that_is_borrowed_becomes_the_responses_own() {
    fn response<'a>(text: &'a str, bytes: &'a [u8]) -> [Response; 2] {
        [text.into_response(), bytes.into_response()]
    }
    let owned = "text".to_owned();
    let [text, bytes] = response(&owned, owned.as_bytes());
    assert_eq!((&text.body()[..], &bytes.body()[..]), (&b"text"[..], &b"text"[..]));
}

#[tokio::test(start_paused = true)]
async fn a_status_goes_with_anything() {
    use ::http::StatusCode;

    assert_eq!(sent(|| StatusCode::NO_CONTENT).await, json!({ "statusCode": 204, "headers": {} }));
    let mut missing = text("application/json", r#"{"id":7}"#);
    missing["statusCode"] = json!(404);
    assert_eq!(sent(|| (StatusCode::NOT_FOUND, json!({ "id": 7 }))).await, missing);
    // The outermost decides.
    assert_eq!(sent(|| (StatusCode::GONE, (StatusCode::OK, ()))).await["statusCode"], 410);
}

#[tokio::test(start_paused = true)]
async fn a_handler_may_return_its_response_by_impl_trait() {
    async fn either(request: Request) -> Result<impl IntoResponse, Error> {
        Ok(Response::builder().status(202).header("x-path", request.uri().path()).body("ok".to_owned())?)
    }
    let function = function(|| service_fn(either));
    let answer = answer(&function, Format::Url.get("/a")).await;
    assert_eq!((&answer["statusCode"], &answer["headers"]["x-path"]), (&json!(202), &json!("/a")));
}

#[tokio::test(start_paused = true)]
async fn pieces_are_put_together_and_trailers_are_left_out() {
    let steps = || {
        [
            give("one "),
            give(""),
            Step::Trailers(::http::HeaderMap::new()),
            give("two "),
            give("grün"),
            Step::Trailers(::http::HeaderMap::new()),
        ]
    };
    let function = function(move || {
        service_fn(move |_: Request| async move { Ok::<_, Error>(Response::new(told(steps()))) })
    });
    for format in Format::ALL {
        let answer = answer(&function, format.get("/")).await;
        assert_eq!(answer["body"], "one two grün", "{format:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_extension_or_the_familiar_header_says_how_a_body_is_encoded() {
    let with = async |header: Option<&'static str>, extension: Option<BodyEncoding>| {
        let function = function(move || {
            service_fn(move |_: Request| async move {
                let mut response = "text".into_response();
                if let Some(header) = header {
                    response.headers_mut().insert("x-lambda-http-content-encoding", header.parse()?);
                }
                if let Some(encoding) = extension {
                    response.extensions_mut().insert(encoding);
                }
                Ok::<_, Error>(response)
            })
        });
        let answer = answer(&function, Format::Url.get("/")).await;
        assert_eq!(answer["headers"], json!({ "content-type": "text/plain; charset=utf-8" }));
        answer["body"].as_str().unwrap().to_owned()
    };
    assert_eq!(with(None, None).await, "text");
    assert_eq!(with(None, Some(BodyEncoding::Base64)).await, "dGV4dA==");
    assert_eq!(with(Some("base64"), None).await, "dGV4dA==");
    assert_eq!(with(Some("base64"), Some(BodyEncoding::Text)).await, "text");
    assert_eq!(with(Some("odd"), None).await, "text");
}

#[tokio::test(start_paused = true)]
async fn cookies_and_repeated_headers_arrive_as_each_format_can() {
    let function = function(|| {
        service_fn(async |_: Request| {
            let response = Response::builder()
                .header("set-cookie", "a=1")
                .header("set-cookie", "b=2")
                .header("vary", "accept")
                .header("vary", "origin");
            Ok::<_, Error>(response.body(String::new())?)
        })
    });
    for format in Format::ALL {
        let answer = answer(&function, format.get("/")).await;
        let mut expected = match format {
            Format::Url | Format::HttpApi => {
                json!({ "headers": { "vary": "accept, origin" }, "cookies": ["a=1", "b=2"] })
            }
            Format::HttpApi1 | Format::Rest | Format::WebSocket => json!({
                "headers": {},
                "multiValueHeaders": { "set-cookie": ["a=1", "b=2"], "vary": ["accept", "origin"] },
            }),
            Format::AlbMultiValue => {
                json!({ "multiValueHeaders": { "set-cookie": ["a=1", "b=2"], "vary": ["accept", "origin"] } })
            }
            Format::Alb | Format::Lattice | Format::Lattice1 => {
                json!({ "headers": { "vary": "accept, origin", "set-cookiE": "a=1", "set-cookie": "b=2" } })
            }
        };
        expected["statusCode"] = json!(200);
        if matches!(format, Format::Alb | Format::AlbMultiValue) {
            expected["statusDescription"] = json!("200 OK");
        }
        if matches!(format, Format::Alb | Format::AlbMultiValue | Format::Lattice | Format::Lattice1) {
            expected["isBase64Encoded"] = json!(false);
        }
        assert_eq!(answer, expected, "{format:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_may_leave_by_an_error_that_is_a_response() {
    let function = function(|| {
        service_fn(async |request: Request| {
            let found = (request.uri().path() == "/there").then_some("found");
            Ok::<_, Error>(found.ok_or_else(|| (StatusCode::NOT_FOUND, Cow::from("nothing"))))
        })
    });
    let there = answer(&function, Format::Url.get("/there")).await;
    assert_eq!((&there["statusCode"], &there["body"]), (&json!(200), &json!("found")));
    let nowhere = answer(&function, Format::Url.get("/nowhere")).await;
    assert_eq!((&nowhere["statusCode"], &nowhere["body"]), (&json!(404), &json!("nothing")));
}
