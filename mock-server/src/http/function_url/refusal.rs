//! What a function URL answers in place of the function.
//!
//! The words were recorded against the service in November 2025.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use lambda_api::limits;

use crate::{
    http::refusal::{ERROR_TYPE, Refusal},
    hub::NotInvoked,
};

/// The URL belongs to no function.
pub(super) fn unknown_url() -> Response<Bytes> {
    forbidden(r#"{"Message":null}"#)
}

/// Nobody has signed the request.
pub(super) fn unsigned() -> Response<Bytes> {
    forbidden(concat!(
        r#"{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: "#,
        r#"https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}"#
    ))
}

/// The function has failed, or its response is none.
pub(super) fn bad_gateway() -> Response<Bytes> {
    reply(StatusCode::BAD_GATEWAY, "Internal Server Error")
}

/// The request did not come whole.
pub(super) fn cut_short() -> Response<Bytes> {
    reply(StatusCode::BAD_REQUEST, r#"{"Message":"The request body is truncated"}"#)
}

pub(super) fn too_large() -> Response<Bytes> {
    let limit = limits::SYNC_PAYLOAD_BYTES;
    Refusal::too_large(format!("Request must be smaller than {limit} bytes for the InvokeFunction operation"))
        .to_http()
}

pub(super) fn not_invoked(refused: &NotInvoked) -> Response<Bytes> {
    match refused {
        NotInvoked::Throttled(throttled) => Refusal::throttled(*throttled).to_http(),
        // A URL can name no tenant, so that isolation and URLs do not go together.
        NotInvoked::Unknown(_) | NotInvoked::NoTenant => unknown_url(),
    }
}

fn forbidden(body: &'static str) -> Response<Bytes> {
    let mut reply = reply(StatusCode::FORBIDDEN, body);
    reply.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static("AccessDeniedException"));
    reply
}

fn reply(status: StatusCode, body: &'static str) -> Response<Bytes> {
    let mut reply = Response::new(Bytes::from_static(body.as_bytes()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}
