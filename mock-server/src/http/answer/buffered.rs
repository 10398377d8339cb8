//! What a function's whole response becomes over HTTP, in the format that function URLs and HTTP APIs have in common.
//!
//! Source: [Response payload format](https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload);
//! what is sent for results without a status was recorded against the service in November 2025.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use serde_json::{Map, Value};

use super::head::{Rules, head};

pub(in crate::http) const JSON: &str = "application/json";

/// The HTTP response for a function's result; `None` if it is malformed. A result without a status is the body.
pub(in crate::http) fn response(result: &Bytes, rules: &Rules) -> Option<Response<Bytes>> {
    let body = match serde_json::from_slice(result).ok()? {
        Value::Object(members) if members.contains_key("statusCode") => return described(members, rules),
        Value::Object(_) => result.clone(),
        Value::String(text) => text.into(),
        _ => compact(result).into(),
    };
    Some(json(body))
}

/// A response whose body is JSON, and that says nothing else.
pub(in crate::http) fn json(body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    response
}

/// The HTTP response that a function describes; `None` if it cannot be one.
pub(in crate::http) fn described(members: Map<String, Value>, rules: &Rules) -> Option<Response<Bytes>> {
    with_body(members, rules, true)
}

/// As [`described`], with a body in base64 as it is if it is not to be decoded.
pub(in crate::http) fn with_body(
    mut members: Map<String, Value>,
    rules: &Rules,
    decodes: bool,
) -> Option<Response<Bytes>> {
    let (status, headers) = head(&mut members, rules)?;
    let body: Option<String> = serde_json::from_value(members.remove("body").unwrap_or_default()).ok()?;
    let is_base64: Option<bool> =
        serde_json::from_value(members.remove("isBase64Encoded").unwrap_or_default()).ok()?;
    let body = body.unwrap_or_default();
    let body = match is_base64 {
        Some(true) if decodes => BASE64_STANDARD.decode(body).ok()?.into(),
        _ => Bytes::from(body),
    };
    // There is nothing that a content type could be about.
    let is_bare = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let mut response = Response::new(if is_bare { Bytes::new() } else { body });
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Some(response)
}

/// JSON without the spaces between its tokens; numbers and the order of members stay as they are.
fn compact(json: &[u8]) -> Vec<u8> {
    let (mut in_string, mut is_escaped) = (false, false);
    let is_kept = |byte: &u8| {
        let was_in_string = in_string;
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = in_string,
            b'"' => in_string = !in_string,
            _ => {}
        }
        was_in_string || !byte.is_ascii_whitespace()
    };
    json.iter().copied().filter(is_kept).collect()
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::http::answer::{
        Members,
        head::{FRAMING, REMAPPED},
    };

    const RULES: Rules = Rules {
        usual: Some(JSON),
        members: Members::SingleAndCookies,
        numbers: true,
        remapped: REMAPPED,
        dropped: FRAMING,
    };

    /// Status, headers but for the content type, content type, body.
    fn seen(result: &str) -> Option<(u16, Vec<String>, String, String)> {
        let response = response(&Bytes::copy_from_slice(result.as_bytes()), &RULES)?;
        let text = |value: &HeaderValue| String::from_utf8(value.as_bytes().to_vec()).unwrap();
        let named = response.headers().iter().filter(|(name, _)| **name != CONTENT_TYPE);
        let mut headers: Vec<_> = named.map(|(name, value)| format!("{name}: {}", text(value))).collect();
        headers.sort();
        let content_type = text(&response.headers()[CONTENT_TYPE]);
        let body = String::from_utf8(response.body().to_vec()).unwrap();
        Some((response.status().as_u16(), headers, content_type, body))
    }

    fn plain(body: &str) -> Option<(u16, Vec<String>, String, String)> {
        Some((200, Vec::new(), JSON.to_owned(), body.to_owned()))
    }

    #[test]
    fn a_result_without_a_status_is_the_body() {
        for (result, body) in [
            (r#"{"message": "Hello, world!"}"#, r#"{"message": "Hello, world!"}"#),
            (r#"{"body":"hi","headers":{"a":"b"}}"#, r#"{"body":"hi","headers":{"a":"b"}}"#),
            (r#""Hello, \"world\"!""#, r#"Hello, "world"!"#),
            (r#"  [ "a b\" [ ]", 1.50, { "z": 1, "a": null } ] "#, r#"["a b\" [ ]",1.50,{"z":1,"a":null}]"#),
            ("12345678901234567890123", "12345678901234567890123"),
            ("true", "true"),
            ("null", "null"),
            (r#""""#, ""),
        ] {
            assert_eq!(seen(result), plain(body), "{result}");
        }
    }

    #[test]
    fn the_documented_response_has_its_status_headers_and_cookies() {
        // The example of the documentation.
        let result = r#"{"statusCode":201,"headers":{"Content-Type":"application/json","My-Custom-Header":"Custom Value"},
            "body":"{\"message\":\"Hello, world!\"}",
            "cookies":["Cookie_1=Value1; Expires=21 Oct 2021 07:48 GMT","Cookie_2=Value2; Max-Age=78000"],
            "isBase64Encoded":false}"#;
        let headers = [
            "my-custom-header: Custom Value",
            "set-cookie: Cookie_1=Value1; Expires=21 Oct 2021 07:48 GMT",
            "set-cookie: Cookie_2=Value2; Max-Age=78000",
        ];
        let expected = (
            201,
            headers.map(str::to_owned).to_vec(),
            JSON.to_owned(),
            r#"{"message":"Hello, world!"}"#.to_owned(),
        );
        assert_eq!(seen(result), Some(expected));
    }

    #[test]
    fn a_status_may_be_a_numeric_text_and_all_else_may_be_missing() {
        for result in [
            r#"{"statusCode":"404"}"#,
            r#"{"statusCode":404,"headers":null,"cookies":null,"body":null,"isBase64Encoded":null}"#,
            r#"{"statusCode":404,"isBase64Encoded":true,"body":""}"#,
            r#"{"statusCode":404,"isBase64Encoded":true,"other":[1]}"#,
        ] {
            assert_eq!(seen(result), Some((404, Vec::new(), JSON.to_owned(), String::new())), "{result}");
        }
    }

    #[test]
    fn headers_may_be_numbers_and_those_of_the_connection_get_another_name() {
        let result = r#"{"statusCode":200,"body":"aGk=","isBase64Encoded":true,"headers":{"Content-Length":5,"date":"now",
            "Connection":"close","Server":"mine","X-Amzn-RequestId":"r","Transfer-Encoding":"chunked","x-none":null,
            "x-yes":true,"content-type":"text/plain","x-text":"grün"}}"#;
        let headers = [
            "x-amzn-remapped-connection: close",
            "x-amzn-remapped-content-length: 5",
            "x-amzn-remapped-date: now",
            "x-amzn-remapped-server: mine",
            "x-amzn-remapped-x-amzn-requestid: r",
            "x-text: grün",
            "x-yes: true",
        ];
        let headers = headers.map(str::to_owned).to_vec();
        assert_eq!(seen(result), Some((200, headers, "text/plain".to_owned(), "hi".to_owned())));
    }

    #[test]
    fn a_malformed_response_is_none() {
        for result in [
            "",
            "hello",
            r#"{"statusCode":"#,
            r#"{"statusCode":99}"#,
            r#"{"statusCode":101}"#,
            r#"{"statusCode":600}"#,
            r#"{"statusCode":-200}"#,
            r#"{"statusCode":200.5}"#,
            r#"{"statusCode":70000}"#,
            r#"{"statusCode":"+200"}"#,
            r#"{"statusCode":"ok"}"#,
            r#"{"statusCode":null}"#,
            r#"{"statusCode":200,"headers":{"a":"b\r\nc: d"}}"#,
            r#"{"statusCode":200,"headers":{"a b":"c"}}"#,
            r#"{"statusCode":200,"headers":{"a":["b"]}}"#,
            r#"{"statusCode":200,"headers":[]}"#,
            r#"{"statusCode":200,"cookies":["a=b\n"]}"#,
            r#"{"statusCode":200,"cookies":"a=b"}"#,
            r#"{"statusCode":200,"body":{"a":1}}"#,
            r#"{"statusCode":200,"body":"%","isBase64Encoded":true}"#,
        ] {
            assert_eq!(seen(result), None, "{result}");
        }
    }
}
