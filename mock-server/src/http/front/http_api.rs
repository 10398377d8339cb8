//! HTTP APIs: payload format 2.0, and what both formats have in common.
//!
//! Sources: [payload formats](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html),
//! [events of July 2026](https://github.com/hotsock/voker/tree/main/vokerhttp/testdata), and
//! [AWS's own test tool](https://github.com/aws/aws-lambda-dotnet/tree/master/Tools/LambdaTestTool-v2), whose tests compare it
//! with API Gateway.
//!
//! - The path is decoded, twice: what comes after a question mark that the first time brings to light is lost, and what
//!   cannot be decoded the second time is refused, as in those events.
//! - Members that have nothing to say are left out, but for `rawQueryString`.
//! - A response that is no JSON, or JSON without `statusCode`, is the body. With it, and without a content type, it is plain
//!   text. Which headers are remapped is not documented: here it is those of a function URL.

use bytes::Bytes;
use http::Response;
use percent_encoding::percent_decode_str;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::{
    request::{HOP_BY_HOP, Multi, Request, joined, object, query},
    route::Found,
    settings::Front,
};
use crate::{
    http::{
        answer::{
            Members, Rules, buffered,
            head::{FRAMING, REMAPPED},
        },
        parts::{cookies, decode, since_epoch, time},
    },
    variables,
};

/// What a function may say with payload format 2.0.
static RULES: Rules = Rules {
    usual: Some("text/plain; charset=utf-8"),
    members: Members::SingleAndCookies,
    numbers: true,
    remapped: REMAPPED,
    dropped: FRAMING,
};

/// What a function may say with payload format 1.0.
static RULES_1: Rules = Rules { members: Members::Both, ..RULES };

/// The name that stands for every route, and for the stage without a name in the path.
pub(super) const DEFAULT: &str = "$default";

/// The path as the function sees it; `None` if it cannot be decoded.
pub(super) fn decoded_path(path: &str) -> Option<String> {
    let once = decode_strictly(path)?;
    let (once, _lost) = once.split_once('?').unwrap_or((&once, ""));
    decode_strictly(once)
}

fn decode_strictly(encoded: &str) -> Option<String> {
    let mut after = encoded.split('%').skip(1);
    let is_byte =
        |text: &str| text.get(..2).is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    after.all(is_byte).then_some(())?;
    percent_decode_str(encoded).decode_utf8().ok().map(Into::into)
}

/// The event of payload format 2.0.
pub(super) fn event(
    request: &Request<'_>,
    front: &Front,
    path: &str,
    found: Option<&Found<'_>>,
) -> Map<String, Value> {
    let key = found.map_or(DEFAULT, |found| found.key);
    let parameters = found.map(|found| &found.parameters).filter(|parameters| !parameters.is_empty());
    let cookies = cookies(request.headers);
    let query = query(request.query, decode);
    let (body, is_base64_encoded) = request.body(false);
    let domain = domain(&request.ids.front);
    let http = object(vec![
        ("method", Some(json!(request.method))),
        ("path", Some(json!(path))),
        ("protocol", Some(json!(request.protocol))),
        ("sourceIp", Some(json!(request.peer.to_string()))),
        ("userAgent", request.user_agent().map(Value::from)),
    ]);
    object(vec![
        ("version", Some(json!("2.0"))),
        ("routeKey", Some(json!(key))),
        ("rawPath", Some(json!(path))),
        ("rawQueryString", Some(json!(request.query))),
        ("cookies", (!cookies.is_empty()).then(|| json!(cookies))),
        ("headers", Some(json!(joined(&headers(request, true))))),
        ("queryStringParameters", (!query.is_empty()).then(|| json!(joined(&query)))),
        ("pathParameters", parameters.map(|parameters| json!(parameters))),
        (
            "requestContext",
            Some(json!({
                "accountId": variables::ACCOUNT_ID,
                "apiId": request.ids.front,
                "domainName": domain,
                "domainPrefix": request.ids.front,
                "http": http,
                "requestId": request.ids.extended,
                "routeKey": key,
                "stage": front.stage_name(),
                "time": time(request.now),
                "timeEpoch": epoch(request),
            })),
        ),
        ("body", (!body.is_empty()).then(|| json!(body))),
        ("isBase64Encoded", Some(json!(is_base64_encoded))),
    ])
}

/// The headers that reach the function. An HTTP API tells the length of every body, and takes cookies out in format 2.0.
pub(super) fn headers(request: &Request<'_>, takes_cookies: bool) -> Multi {
    let length = request.body.len().to_string();
    let mut headers = request.headers(
        HOP_BY_HOP,
        &[
            ("content-length", &length),
            ("x-amzn-trace-id", &request.ids.trace),
            ("x-forwarded-port", "443"),
            ("x-forwarded-proto", "https"),
        ],
    );
    if takes_cookies {
        headers.remove("cookie");
    }
    headers
}

/// The host name of an API.
pub(super) fn domain(api: &str) -> String {
    format!("{api}.execute-api.{}.amazonaws.com", variables::REGION)
}

/// Milliseconds since the beginning of 1970.
pub(super) fn epoch(request: &Request<'_>) -> u64 {
    since_epoch(request.now).as_millis().try_into().unwrap_or(u64::MAX)
}

/// The response with payload format 2.0; `None` if it is malformed.
pub(super) fn response(result: &Bytes) -> Option<Response<Bytes>> {
    match serde_json::from_slice::<IgnoredAny>(result) {
        Ok(_) => buffered::response(result, &RULES),
        Err(_) => Some(buffered::json(result.clone())),
    }
}

/// The response with payload format 1.0, in which there must be a status; `None` if it is malformed.
pub(super) fn response_1(result: &Bytes) -> Option<Response<Bytes>> {
    let members: Map<String, Value> = serde_json::from_slice(result).ok()?;
    members.contains_key("statusCode").then_some(())?;
    buffered::described(members, &RULES_1)
}

#[cfg(test)]
mod test;
