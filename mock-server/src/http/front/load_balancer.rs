//! Application Load Balancers with a function in the target group.
//!
//! Source: [Lambda functions as targets](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html);
//! the members of an event are those of [one of July 2026](https://github.com/hotsock/voker/tree/main/vokerhttp/testdata).
//!
//! - Path and query are as the client sent them, the query's names and values still encoded.
//! - With one value each, the last one counts; with multi-value headers, `multiValueHeaders` of a response is read in place of
//!   `headers`, and not beside it.
//! - A body that is compressed, or of a type that is not known as text, is in base64.
//! - `statusDescription` becomes the reason phrase. Without a content type a response is
//!   [`application/octet-stream`](https://serverless-training.com/articles/api-gateway-vs-application-load-balancer-technical-details/).

use bytes::Bytes;
use http::{Response, header::CONTENT_ENCODING};
use hyper::ext::ReasonPhrase;
use serde_json::{Map, Value, json};

use super::{
    request::{Request, as_json, query},
    settings::Headers,
};
use crate::{
    http::answer::{Members, Rules, buffered},
    variables,
};

/// The most bytes of a body, and of a response.
pub(super) const LIMIT: usize = 1024 * 1024;

/// What a function may say. Headers that are about the connection are the load balancer's affair.
static SINGLE: Rules = Rules {
    usual: Some("application/octet-stream"),
    members: Members::Single,
    numbers: true,
    remapped: &[],
    dropped: &[
        "connection",
        "content-length",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ],
};

static MULTI: Rules = Rules { members: Members::Multi, ..SINGLE };

pub(super) fn event(request: &Request<'_>, headers: Headers, function: &str) -> Map<String, Value> {
    let (body, is_base64_encoded) = request.body(request.headers.contains_key(CONTENT_ENCODING));
    let port = request.port.to_string();
    let all = request.headers(
        &[],
        &[
            ("x-amzn-trace-id", &request.ids.trace),
            ("x-forwarded-port", &port),
            ("x-forwarded-proto", "http"),
        ],
    );
    let query = query(request.query, str::to_owned);
    let (parameters_name, headers_name) = match headers {
        Headers::Single => ("queryStringParameters", "headers"),
        Headers::Multi => ("multiValueQueryStringParameters", "multiValueHeaders"),
    };
    let mut event = Map::new();
    event.insert("requestContext".to_owned(), json!({ "elb": { "targetGroupArn": target_group(function) } }));
    event.insert("httpMethod".to_owned(), json!(request.method));
    event.insert("path".to_owned(), json!(request.path));
    event.insert(parameters_name.to_owned(), as_json(&query, headers));
    event.insert(headers_name.to_owned(), as_json(&all, headers));
    event.insert("body".to_owned(), json!(body));
    event.insert("isBase64Encoded".to_owned(), json!(is_base64_encoded));
    event
}

/// The ARN of a target group for the function.
fn target_group(function: &str) -> String {
    let (region, account) = (variables::REGION, variables::ACCOUNT_ID);
    let id = crc32fast::hash(function.as_bytes());
    format!("arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{function}/{id:016x}")
}

/// The response; `None` if it is malformed, or too large.
pub(super) fn response(result: &[u8], headers: Headers) -> Option<Response<Bytes>> {
    let rules = if headers == Headers::Multi { &MULTI } else { &SINGLE };
    let mut members: Map<String, Value> =
        serde_json::from_slice(result).ok().filter(|_| result.len() <= LIMIT)?;
    members.contains_key("statusCode").then_some(())?;
    let description = members.remove("statusDescription");
    let mut response = buffered::described(members, rules)?;
    // It has the status before the phrase.
    let phrase = description.as_ref().and_then(Value::as_str).and_then(|text| {
        text.strip_prefix(response.status().as_str())?.strip_prefix(' ').filter(|phrase| !phrase.is_empty())
    });
    if let Some(phrase) = phrase.and_then(|phrase| ReasonPhrase::try_from(phrase.as_bytes()).ok()) {
        response.extensions_mut().insert(phrase);
    }
    Some(response)
}

#[cfg(test)]
mod test;
