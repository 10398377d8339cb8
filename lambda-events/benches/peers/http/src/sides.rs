//! What each side does with an event and with a response, as its runtime does it.
//!
//! The runtime under `lambda_http` reads an event into a `LambdaRequest` with the path of what is refused, and makes a request of
//! it; the trace header and the context that it adds are left out here. A response goes through `IntoResponse`, which collects and
//! converts the body, into the origin's type, and `serde_json::to_vec` writes that.

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::Response;
use http_body::Body as _;
use lambda_events::http::{BodyEncoding, HttpEvent, ReadOptions, Request, ResponseFormat};
use lambda_http::{
    IntoResponse, RequestExt, TransformResponse,
    request::{LambdaRequest, RequestContext, RequestOrigin},
};

/// The crate beside it.
pub mod ours {
    use super::*;

    pub type Body = lambda_events::http::Body;

    pub fn request(event: Bytes) -> Request {
        ReadOptions::new().read(event).expect("a request")
    }

    pub fn format(request: &Request) -> ResponseFormat {
        HttpEvent::of(request).expect("it was read from an event").response_format()
    }

    pub fn response(format: ResponseFormat, response: Response<Body>) -> Bytes {
        let (head, mut body) = response.into_parts();
        // A body of any type is read like this.
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut body).poll_frame(&mut context) else {
            panic!("the body is there");
        };
        let body = frame.into_data().expect("bytes");
        format.to_json(head.status, &head.headers, &body, head.extensions.get::<BodyEncoding>().copied())
    }
}

/// AWS's own crate.
pub mod theirs {
    use super::*;

    pub type Body = lambda_http::Body;

    pub fn event(event: &[u8]) -> LambdaRequest {
        let mut deserializer = serde_json::Deserializer::from_slice(event);
        serde_path_to_error::deserialize(&mut deserializer).expect("a request")
    }

    pub fn request(bytes: &[u8]) -> lambda_http::Request {
        event(bytes).into()
    }

    pub fn response(origin: RequestOrigin, response: Response<Body>) -> Vec<u8> {
        let transformed: TransformResponse<'_, Response<Body>, Infallible> =
            TransformResponse::Response(origin, response.into_response());
        let Poll::Ready(Ok(response)) = pin!(transformed).poll(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("the body is there");
        };
        serde_json::to_vec(&response).expect("JSON")
    }
}

/// Makes sure that both sides understand an event alike, and that it is of the format that it should be of.
pub fn agree_on_request(format: &str, event: &[u8]) {
    let (ours, theirs) = (ours::request(Bytes::copy_from_slice(event)), theirs::request(event));
    assert_eq!(ours.method(), theirs.method(), "{format}");
    // Theirs puts the stage of a REST API in front of the path in the URI.
    assert_eq!(ours.uri().path(), theirs.raw_http_path(), "{format}");
    assert_eq!(&ours.body()[..], &theirs.body()[..], "{format}");
    let cookie = "session=4f0c2b9e8d7a6b5c4d3e2f1a0b9c8d7e; theme=dark";
    assert!(ours.headers()["cookie"] == cookie && theirs.headers()["cookie"] == cookie, "{format}");
    let context = theirs.request_context();
    assert!(
        matches!(
            (format, context),
            ("rest", RequestContext::ApiGatewayV1(_))
                | ("http-api", RequestContext::ApiGatewayV2(_))
                | ("alb" | "alb-multi-value", RequestContext::Alb(_))
                | ("lattice", RequestContext::VpcLattice(_))
        ),
        "{format}"
    );
}

/// Makes sure that both sides answer alike: status, body and encoding are the same.
pub fn agree_on_response(format: &str, event: &[u8], body: &str) {
    let ours = ours::response(
        ours::format(&ours::request(Bytes::copy_from_slice(event))),
        crate::messages::response(body, Default::default()),
    );
    let theirs = theirs::response(
        theirs::event(event).request_origin(),
        crate::messages::response(body, Default::default()),
    );
    let [ours, theirs] = [&ours[..], &theirs[..]]
        .map(|json| serde_json::from_slice::<serde_json::Value>(json).expect("an answer is JSON"));
    for member in ["statusCode", "body", "isBase64Encoded"] {
        assert_eq!(ours[member], theirs[member], "{member} of {format} with {body}");
    }
}
