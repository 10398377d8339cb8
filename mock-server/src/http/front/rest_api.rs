//! REST APIs with Lambda proxy integrations, and HTTP APIs with payload format 1.0.
//!
//! Sources beside those of [`proxy`](super::proxy):
//! [responses](https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format),
//! [binary media types](https://docs.aws.amazon.com/apigateway/latest/developerguide/lambda-proxy-binary-media.html),
//! [streams](https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html) and
//! [headers](https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html#api-gateway-known-issues-rest-apis),
//! with the list of those that proxies remap as
//! [LocalStack has found it](https://github.com/localstack/localstack/blob/main/localstack-core/localstack/services/apigateway/next_gen/execute_api/header_utils.py).
//!
//! - Path and path parameters of a REST API are as the client sent them, also encoded; the query is decoded.
//! - A REST API keeps the names of headers as the client wrote them. They are not known here any more, and are given as most
//!   HTTP/1.1 clients write them: `Content-Type`. Clients of HTTP/2, which all browsers are, write them in lower case.
//! - A body is text, if need be with replacement characters, unless its content type is a binary media type.
//! - A response in base64 is decoded if the first type in `Accept` is a binary media type, or `*/*` is one of them.
//! - All members of a response may be missing, but no other ones may be there.

use bytes::Bytes;
use http::{HeaderMap, Response, header::ACCEPT};
use serde_json::{Map, Value, json};

use super::{
    http_api,
    proxy::{Proxy, title_case},
    request::Request,
    route::Found,
    settings::Front,
};
use crate::http::{
    answer::{Members, Rules, buffered, head::FRAMING},
    parts::{essence, media_type, text},
};

/// What a function may say.
static RULES: Rules = Rules {
    usual: Some(buffered::JSON),
    members: Members::Both,
    numbers: false,
    remapped: &["connection", "content-length", "date", "server", "x-amzn-requestid", "x-amzn-trace-id"],
    dropped: FRAMING,
};

/// What a prelude may say.
pub(super) static STREAMED: Rules = Rules { members: Members::BothAndCookies, ..RULES };

/// Headers of a request that do not reach the function.
const DROPPED: &[&str] = &[
    "connection",
    "content-length",
    "content-md5",
    "expect",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
];

/// Headers of an HTTP API with payload format 1.0 whose names are not in lower case, as in
/// [this event](https://github.com/milliHQ/terraform-aws-next-js/pull/31).
const WRITTEN_IN_TITLE_CASE: [&str; 7] = [
    "content-length",
    "host",
    "user-agent",
    "x-amzn-trace-id",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
];

/// The resource that stands for all paths but the root.
const EVERYTHING: &str = "/{proxy+}";

/// The event of a REST API.
pub(super) fn event(
    request: &Request<'_>,
    front: &Front,
    inside: &str,
    found: Option<&Found<'_>>,
) -> Map<String, Value> {
    let (resource, parameters) = match found {
        Some(found) => (found.resource, found.parameters.clone()),
        None => match inside.trim_matches('/') {
            "" => ("/", [].into()),
            rest => (EVERYTHING, [("proxy".to_owned(), rest.to_owned())].into()),
        },
    };
    let headers = request.headers(
        DROPPED,
        &[
            ("x-amzn-trace-id", &request.ids.trace),
            ("x-forwarded-port", "443"),
            ("x-forwarded-proto", "https"),
        ],
    );
    let is_binary = is_binary(&front.binary_media_types, &essence(request.headers));
    let body = (!request.body.is_empty()).then(|| match is_binary {
        true => crate::http::parts::body(request.body, false).0,
        false => String::from_utf8_lossy(request.body).into_owned(),
    });
    let proxy = Proxy {
        path: inside,
        full_path: request.path,
        resource,
        resource_id: json!(resource_id(resource)),
        parameters: &parameters,
        headers: headers.into_iter().map(|(name, values)| (title_case(&name), values)).collect(),
        is_base64_encoded: is_binary && body.is_some(),
        body,
        request_id: &request.ids.request,
    };
    let mut event = proxy.event(request, front);
    if let Some(context) = event.get_mut("requestContext").and_then(Value::as_object_mut) {
        context
            .insert("deploymentId".to_owned(), json!(&request.ids.front[..request.ids.front.len().min(6)]));
    }
    event
}

/// The event of an HTTP API with payload format 1.0.
pub(super) fn event_1(
    request: &Request<'_>,
    front: &Front,
    path: &str,
    found: Option<&Found<'_>>,
) -> Map<String, Value> {
    let headers = http_api::headers(request, false);
    let name = |name: String| match WRITTEN_IN_TITLE_CASE.contains(&name.as_str()) {
        true => title_case(&name),
        false => name,
    };
    let (body, is_base64_encoded) = request.body(false);
    let proxy = Proxy {
        path,
        full_path: path,
        resource: found.map_or(http_api::DEFAULT, |found| found.resource),
        resource_id: Value::Null,
        parameters: &found.map(|found| found.parameters.clone()).unwrap_or_default(),
        headers: headers.into_iter().map(|(key, values)| (name(key), values)).collect(),
        body: (!body.is_empty()).then_some(body),
        is_base64_encoded,
        request_id: &request.ids.extended,
    };
    let mut event = proxy.event(request, front);
    event.insert("version".to_owned(), json!("1.0"));
    event
}

/// Six letters and digits, the same for each resource.
fn resource_id(resource: &str) -> String {
    format!("{:08x}", crc32fast::hash(resource.as_bytes())).split_off(2)
}

/// Whether a type is one of the binary ones.
fn is_binary(types: &[String], essence: &str) -> bool {
    types.iter().any(|media| match media.strip_suffix("/*") {
        Some("*") => true,
        Some(range) => essence.split_once('/').is_some_and(|(main, _)| main == range),
        None => media == essence,
    })
}

/// Whether the client takes bytes.
fn accepts_binary(types: &[String], request: &HeaderMap) -> bool {
    let accept = request.get(ACCEPT).map(|value| text(value.as_bytes())).unwrap_or_default();
    is_binary(types, &media_type(accept.split(',').next().unwrap_or_default()))
}

/// The response for a client that has sent these headers; `None` if it is malformed.
pub(super) fn response(result: &[u8], request: &HeaderMap, front: &Front) -> Option<Response<Bytes>> {
    const MEMBERS: [&str; 5] = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"];

    let members: Map<String, Value> = serde_json::from_slice(result).ok()?;
    members.keys().all(|name| MEMBERS.contains(&name.as_str())).then_some(())?;
    buffered::with_body(members, &RULES, accepts_binary(&front.binary_media_types, request))
}

#[cfg(test)]
mod test;
