//! Other services at the address of Lambda: their unmodified clients put messages into the sources of events.
//!
//! [`sqs`] sends, receives and deletes, [`sns`] publishes, [`events`] and [`kinesis`] put. Every other operation is refused
//! by name, in the form of its service. Only sources that exist are found, and nothing is created by a call. Which call a
//! request is can be told from its headers: services that speak
//! [JSON](https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html) (`json`) name the operation in `X-Amz-Target`, those
//! that speak [queries](https://smithy.io/2.0/aws/protocols/aws-query-protocol.html) (`query`, `xml`) in a form. Lambda itself
//! does neither. Signatures are accepted and not looked at.

use bytes::Bytes;
use http::{
    HeaderName, Method, Response, StatusCode,
    header::{CONTENT_TYPE, HOST},
    request::Parts,
};
use hyper::body::Incoming;

use self::json::{Fault, Version};
use super::{Body, invoke_api::Service, parts, read};

mod batch;
mod events;
mod json;
mod kinesis;
mod query;
mod sns;
mod sqs;
mod xml;

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const FORM: &str = "application/x-www-form-urlencoded";
/// Largest body of a call. The largest that a service takes is the PutRecords of 10 MB, in base64, and what stands around it.
const BODY_BYTES: usize = 16 * 1024 * 1024;

/// A call of another service.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// JSON, for what `X-Amz-Target` names.
    Json(String),
    /// A form, which names its action itself.
    Query,
}

impl Call {
    /// The call that a request is; `None` if it may be one of Lambda's.
    pub(super) fn parse(head: &Parts) -> Option<Self> {
        if head.method != Method::POST {
            return None;
        }
        if let Some(target) = head.headers.get(TARGET) {
            return Some(Self::Json(parts::text(target.as_bytes())));
        }
        // An event may be called a form by whoever sends it, but not to these paths.
        let is_form = parts::essence(&head.headers) == FORM;
        (is_form && (head.uri.path() == "/" || is_queue(head.uri.path()))).then_some(Self::Query)
    }
}

/// Whether it is the path of a queue's URL.
fn is_queue(path: &str) -> bool {
    let account = path.strip_prefix('/').and_then(|path| path.split_once('/')).map(|(account, _)| account);
    account.is_some_and(|account| account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Answers a call.
pub(super) async fn handle(
    service: &Service,
    head: &Parts,
    call: Call,
    body: &mut Incoming,
    request_id: &str,
) -> Response<Bytes> {
    let body = read(body, BODY_BYTES).await;
    match call {
        Call::Json(target) => {
            let (prefix, operation) = target.split_once('.').unwrap_or((target.as_str(), ""));
            let version = match prefix {
                sqs::TARGET => Version::V1_0,
                _ => Version::V1_1,
            };
            let answered = match whole(body) {
                Ok(body) if is_cbor(head) => Err(not_json(&target, &body)),
                Ok(body) => match prefix {
                    sqs::TARGET => sqs::answer(service, host(head), operation, &body).await,
                    events::TARGET => events::answer(service, operation, &body),
                    kinesis::TARGET => kinesis::answer(service, operation, &body),
                    _ => Err(Fault::unknown_operation(&target)),
                },
                Err(fault) => Err(fault),
            };
            json::reply(version, answered)
        }
        Call::Query => {
            let answered = match whole(body) {
                Ok(body) => sns::answer(service, &body),
                Err(fault) => Err(sns::Fault::of(fault)),
            };
            sns::reply(answered, request_id)
        }
    }
}

fn whole(body: Body) -> Result<Bytes, Fault> {
    match body {
        Body::Whole(body) => Ok(body),
        Body::TooLarge => {
            let message = format!("the request has more than {BODY_BYTES} bytes");
            Err(Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException", message))
        }
        Body::CutShort => Err(Fault::malformed("the request is truncated")),
    }
}

/// Some clients of Kinesis speak CBOR if they are not told otherwise.
fn is_cbor(head: &Parts) -> bool {
    head.headers.get(CONTENT_TYPE).is_some_and(|value| parts::text(value.as_bytes()).contains("cbor"))
}

fn not_json(target: &str, body: &Bytes) -> Fault {
    let bytes = body.len();
    Fault::malformed(format!(
        "{target} with {bytes} bytes of CBOR is not emulated, only JSON is (AWS_CBOR_DISABLE)"
    ))
}

/// Where the client has sent the call to, as it names it.
fn host(head: &Parts) -> &str {
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    head.uri.authority().map(|authority| authority.as_str()).or(host).unwrap_or("localhost")
}

#[cfg(test)]
mod test {
    use http::Request;

    use super::*;

    fn call(method: &str, path: &str, header: (&str, &str)) -> Option<Call> {
        let request = Request::builder().method(method).uri(path).header(header.0, header.1).body(());
        request.ok().and_then(|request| Call::parse(&request.into_parts().0))
    }

    #[test]
    fn calls_of_lambda_are_none_of_another_service() {
        let form = ("content-type", FORM);
        for (method, path, header) in [
            ("POST", "/2015-03-31/functions/f/invocations", form),
            ("POST", "/2015-03-31/functions", form),
            ("GET", "/", form),
            ("GET", "/", ("x-amz-target", "AmazonSQS.ListQueues")),
            ("POST", "/", ("content-type", "application/json")),
            ("POST", "/12345678901/orders", form),
        ] {
            assert_eq!(call(method, path, header), None, "{method} {path}");
        }
    }

    #[test]
    fn calls_are_told_by_their_target_or_as_a_form() {
        let target = ("x-amz-target", "AmazonSQS.SendMessage");
        for path in ["/", "/123456789012/orders"] {
            assert_eq!(call("POST", path, target), Some(Call::Json("AmazonSQS.SendMessage".to_owned())));
            assert_eq!(call("POST", path, ("content-type", FORM)), Some(Call::Query));
        }
        let with_charset = ("content-type", "Application/X-WWW-Form-Urlencoded; charset=utf-8");
        assert_eq!(call("POST", "/", with_charset), Some(Call::Query));
    }
}
