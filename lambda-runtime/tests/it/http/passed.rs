//! Events that are no HTTP: an error that names their service, or a request on a path of their own.

use lambda_events::samples;
use lambda_runtime::{
    Error,
    http::{Body, HttpEvent, HttpLayer, PassedThrough, Request, RequestExt, Response, service_fn},
};
use mock_server::{Function, Invocation};
use serde_json::json;

use super::{Format, answer, function, function_with, give, report, told};

#[tokio::test(start_paused = true)]
async fn an_event_of_another_service_fails_its_invocation_with_the_name_of_the_service() {
    let function = function(|| service_fn(async |_: Request| Ok::<_, Error>("hello")));
    for (event, names) in [
        (samples::SQS.json(), &["Amazon SQS", "lambda_events::sqs::"][..]),
        (samples::APIGW_AUTHORIZER_REQUEST.json(), &["authorizer"]),
        ("{}", &["no HTTP request"]),
        ("[]", &["no HTTP request"]),
        ("7", &["no HTTP request"]),
        ("null", &["no HTTP request"]),
        ("{", &["no JSON", "line 1 column 1"]),
        ("", &["no JSON"]),
    ] {
        let (error_type, report) = report(&function, event.as_bytes().to_vec()).await;
        assert_eq!(error_type, "Runtime.UnmarshalError");
        let message = report["errorMessage"].as_str().unwrap();
        assert!(names.iter().all(|name| message.contains(name)), "{message}");
    }
    let next = function.invoke(Format::Url.get("/")).await;
    assert!(next.is_success() && !next.report().is_cold_start());
}

/// Takes events on a path, and HTTP on all others.
fn passes() -> Function {
    let layer = HttpLayer::new().pass_through("/events?from=lambda".parse().unwrap());
    function_with(
        layer,
        |builder| builder,
        || {
            service_fn(async |request: Request| {
                let event = HttpEvent::of(&request).is_some();
                let content_type = request.headers().get("content-type").cloned();
                let seen = json!({
                    "method": request.method().as_str(), "uri": request.uri().to_string(), "of_event": event,
                    "content_type": content_type.map(|value| value.to_str().map(str::to_owned)).transpose()?,
                    "request_id": request.lambda_context().request_id, "body": str::from_utf8(request.body())?,
                });
                let text = String::from_utf8(request.body().to_vec())?;
                if text.contains("fail") {
                    return Ok(Response::builder().status(503).body(Body::from(" no stock \n"))?);
                }
                if text.contains("miss") {
                    return Ok(Response::builder().status(404).body(Body::from(vec![0xff]))?);
                }
                if text.contains("csv") {
                    return Ok(Response::builder().header("content-type", "text/csv").body("a,b".into())?);
                }
                if text.contains("redirect") {
                    return Ok(Response::builder().status(303).body("null".into())?);
                }
                Ok::<_, Error>(Response::new(seen.to_string().into()))
            })
        },
    )
}

#[tokio::test(start_paused = true)]
async fn a_path_for_other_events_gets_them_as_post_and_its_answer_is_the_result() {
    let function = passes();
    for body in [samples::SQS.json(), "{}", "[1, 2]", "\"grün\""] {
        let outcome = function.invoke(Invocation::new(body.as_bytes().to_vec())).await;
        assert_eq!(outcome.content_type(), Some("application/json"));
        let expected = json!({
            "method": "POST", "uri": "/events?from=lambda", "of_event": false, "content_type": "application/json",
            "request_id": outcome.request_id().as_str(), "body": body,
        });
        assert_eq!(outcome.json().unwrap(), expected);
    }
    // Requests are requests all the same.
    let request = answer(&function, Format::Url.get("/there")).await;
    assert!(request["body"].as_str().unwrap().contains(r#""uri":"/there""#), "{request}");
}

#[tokio::test(start_paused = true)]
async fn what_a_path_for_events_answers_has_its_content_type_and_its_status() {
    let function = passes();
    let table = function.invoke(json!("csv")).await;
    assert_eq!((table.content_type(), &table.payload()[..]), (Some("text/csv"), &b"a,b"[..]));
    assert!(function.invoke(json!("redirect")).await.is_success());

    let (error_type, failed) = report(&function, json!("fail")).await;
    assert_eq!(error_type, "Function.HttpStatus");
    assert_eq!(failed["errorMessage"], "the service answered 503 Service Unavailable: no stock");
    // As a router answers that has no such path.
    let (error_type, failed) = report(&function, json!("miss")).await;
    assert_eq!(error_type, "Function.HttpStatus");
    assert_eq!(failed["errorMessage"], "the service answered 404 Not Found");
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_no_json_are_passed_to_nobody() {
    let (error_type, _) = report(&passes(), b"{\"a\":".to_vec()).await;
    assert_eq!(error_type, "Runtime.UnmarshalError");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_larger_than_lambda_takes_fails_the_event() {
    let layer = HttpLayer::new().pass_through("/events".parse().unwrap());
    let function = function_with(
        layer,
        |builder| builder,
        || {
            service_fn(async |request: Request| {
                let length: usize = str::from_utf8(request.body())?.parse()?;
                Ok::<_, Error>(Response::new(told([give("1".repeat(length - 1)), give("1")])))
            })
        },
    );
    let most = 6 * 1024 * 1024 + 100;
    assert!(function.invoke(json!(most)).await.is_success());
    let (error_type, report) = report(&function, json!(most + 1)).await;
    assert_eq!(error_type, "Function.ResponseSizeTooLarge");
    assert!(report["errorMessage"].as_str().unwrap().contains("(6291557 bytes)"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_client_cannot_pose_as_an_event() {
    let layer = HttpLayer::new().pass_through("/events".parse().unwrap());
    let function = function_with(
        layer,
        |builder| builder,
        || {
            service_fn(async |request: Request| {
                Ok::<_, Error>(request.extensions().get::<PassedThrough>().is_some().to_string())
            })
        },
    );
    assert_eq!(function.invoke(json!({ "order": 7 })).await.payload(), "true");
    for path in ["/events", "/%65vents", "/event%73"] {
        for format in Format::ALL.into_iter().filter(|format| *format != Format::WebSocket) {
            assert_eq!(answer(&function, format.get(path)).await["statusCode"], 404, "{format:?}: {path}");
        }
    }
    assert_eq!(answer(&function, Format::Url.get("/events/7")).await["body"], "false");
}
