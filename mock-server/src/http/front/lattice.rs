//! Services of VPC Lattice with a function in the target group.
//!
//! Source: [Lambda functions as targets](https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html), which shows
//! the members of both versions of the event. It does not show an event of a real request, so that some of what is here is
//! taken from [`load_balancer`](super::load_balancer), its elder sister: that the path is as the client sent it, which types of
//! body are text, that a response must have a status, and that the query is not decoded, of which AWS says nothing: its examples
//! show none that is encoded, and the adapters of others differ.
//! Requests are not signed, and so have a VPC that they come from as their only identity.

use bytes::Bytes;
use http::{Response, header::CONTENT_ENCODING};
use serde_json::{Map, Value, json};

use super::request::{Request, joined, last, query};
use crate::{
    http::{
        answer::{Members, Rules, buffered, head::FRAMING},
        parts::since_epoch,
    },
    variables,
};

/// What a function may say.
static RULES: Rules = Rules {
    usual: None,
    members: Members::Single,
    numbers: true,
    remapped: &[],
    dropped: &["connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"],
};

/// The event of version 2.0.
pub(super) fn event(request: &Request<'_>, function: &str) -> Map<String, Value> {
    let (body, is_base64_encoded) = request.body(request.headers.contains_key(CONTENT_ENCODING));
    let (region, account) = (variables::REGION, variables::ACCOUNT_ID);
    let arn = |kind: &str, prefix: &str, name: &str| {
        format!("arn:aws:vpc-lattice:{region}:{account}:{kind}/{prefix}-{}", id(name))
    };
    let mut event = Map::new();
    event.insert("version".to_owned(), json!("2.0"));
    event.insert("path".to_owned(), json!(request.path));
    event.insert("method".to_owned(), json!(request.method));
    event.insert("headers".to_owned(), json!(request.headers(FRAMING, &[])));
    event.insert("queryStringParameters".to_owned(), json!(query(request.query, str::to_owned)));
    event.insert("body".to_owned(), json!(body));
    event.insert("isBase64Encoded".to_owned(), json!(is_base64_encoded));
    event.insert(
        "requestContext".to_owned(),
        json!({
            "serviceNetworkArn": arn("servicenetwork", "sn", "network"),
            "serviceArn": arn("service", "svc", function),
            "targetGroupArn": arn("targetgroup", "tg", function),
            "identity": { "sourceVpcArn": format!("arn:aws:ec2:{region}:{account}:vpc/vpc-{}", id("vpc")) },
            "region": region,
            "timeEpoch": since_epoch(request.now).as_micros().to_string(),
        }),
    );
    event
}

/// The event of version 1.
pub(super) fn event_1(request: &Request<'_>) -> Map<String, Value> {
    let (body, is_base64_encoded) = request.body(request.headers.contains_key(CONTENT_ENCODING));
    let raw_path = match request.query {
        "" => request.path.to_owned(),
        query => format!("{}?{query}", request.path),
    };
    let mut event = Map::new();
    event.insert("raw_path".to_owned(), json!(raw_path));
    event.insert("method".to_owned(), json!(request.method));
    event.insert("headers".to_owned(), json!(joined(&request.headers(FRAMING, &[]))));
    event.insert("query_string_parameters".to_owned(), json!(last(&query(request.query, str::to_owned))));
    event.insert("body".to_owned(), json!(body));
    event.insert("is_base64_encoded".to_owned(), json!(is_base64_encoded));
    event
}

/// Seventeen digits, as ids of VPC Lattice have, the same for each name.
fn id(name: &str) -> String {
    format!("0{:016x}", crc32fast::hash(name.as_bytes()))
}

/// The response; `None` if it is malformed.
pub(super) fn response(result: &[u8]) -> Option<Response<Bytes>> {
    let members: Map<String, Value> = serde_json::from_slice(result).ok()?;
    members.contains_key("statusCode").then_some(())?;
    buffered::described(members, &RULES)
}

#[cfg(test)]
mod test;
