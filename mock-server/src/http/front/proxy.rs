//! The event of REST APIs, which is that of HTTP APIs with payload format 1.0 but for details.
//!
//! What differs is in [`rest_api`](super::rest_api) and in [`http_api`]: the path, the headers, the body, and the
//! ids. Sources:
//! [REST APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format),
//! [HTTP APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html), and
//! [events that LocalStack has recorded](https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_lambda.snapshot.json).
//! What is absent is null.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    http_api,
    request::{Multi, Request, last, query},
    settings::Front,
};
use crate::{
    http::parts::{decode, time},
    variables,
};

/// What the two kinds of API tell in ways of their own.
pub(super) struct Proxy<'a> {
    /// As the function sees it.
    pub(super) path: &'a str,
    /// The path with the stage, if the client has sent it.
    pub(super) full_path: &'a str,
    pub(super) resource: &'a str,
    pub(super) resource_id: Value,
    pub(super) parameters: &'a BTreeMap<String, String>,
    pub(super) headers: Multi,
    pub(super) body: Option<String>,
    pub(super) is_base64_encoded: bool,
    pub(super) request_id: &'a str,
}

impl Proxy<'_> {
    pub(super) fn event(&self, request: &Request<'_>, front: &Front) -> Map<String, Value> {
        let query = query(request.query, decode);
        let some =
            |value: Value| if value.as_object().is_some_and(Map::is_empty) { Value::Null } else { value };
        let event = json!({
            "resource": self.resource,
            "path": self.path,
            "httpMethod": request.method,
            "headers": last(&self.headers),
            "multiValueHeaders": self.headers,
            "queryStringParameters": some(json!(last(&query))),
            "multiValueQueryStringParameters": some(json!(query)),
            "pathParameters": some(json!(self.parameters)),
            "stageVariables": null,
            "requestContext": {
                "accountId": variables::ACCOUNT_ID,
                "apiId": request.ids.front,
                "domainName": http_api::domain(&request.ids.front),
                "domainPrefix": request.ids.front,
                "extendedRequestId": request.ids.extended,
                "httpMethod": request.method,
                "identity": {
                    "accessKey": null,
                    "accountId": null,
                    "caller": null,
                    "cognitoAuthenticationProvider": null,
                    "cognitoAuthenticationType": null,
                    "cognitoIdentityId": null,
                    "cognitoIdentityPoolId": null,
                    "principalOrgId": null,
                    "sourceIp": request.peer.to_string(),
                    "user": null,
                    "userAgent": request.user_agent(),
                    "userArn": null,
                },
                "path": self.full_path,
                "protocol": request.protocol,
                "requestId": self.request_id,
                "requestTime": time(request.now),
                "requestTimeEpoch": http_api::epoch(request),
                "resourceId": self.resource_id,
                "resourcePath": self.resource,
                "stage": front.stage_name(),
            },
            "body": self.body,
            "isBase64Encoded": self.is_base64_encoded,
        });
        match event {
            Value::Object(event) => event,
            // It is one.
            _ => Map::new(),
        }
    }
}

/// As HTTP/1.1 clients and API Gateway itself write names of headers: `X-Amzn-Trace-Id`.
pub(super) fn title_case(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut rest = word.chars();
        rest.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(rest).collect::<String>()
    });
    words.collect::<Vec<_>>().join("-")
}
