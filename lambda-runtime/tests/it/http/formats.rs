//! An event of each format, as short as the services would never send it.

use serde_json::{Value, json};

/// A format of events of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Url,
    HttpApi,
    HttpApi1,
    Rest,
    WebSocket,
    Alb,
    AlbMultiValue,
    Lattice,
    Lattice1,
}

impl Format {
    pub(super) const ALL: [Self; 9] = [
        Self::Url,
        Self::HttpApi,
        Self::HttpApi1,
        Self::Rest,
        Self::WebSocket,
        Self::Alb,
        Self::AlbMultiValue,
        Self::Lattice,
        Self::Lattice1,
    ];

    /// A request with this method and path; a WebSocket takes the path for its route.
    pub(super) fn event(self, method: &str, path: &str) -> Value {
        match self {
            Self::Url => json!({
                "version": "2.0", "rawPath": path,
                "requestContext": { "domainName": "u.lambda-url.eu-west-1.on.aws", "http": { "method": method } },
            }),
            Self::HttpApi => json!({
                "version": "2.0", "rawPath": path,
                "requestContext": { "domainName": "a.execute-api.aws", "http": { "method": method } },
            }),
            Self::HttpApi1 => json!({
                "version": "1.0", "httpMethod": method, "path": path, "requestContext": { "stage": "$default" },
            }),
            Self::Rest => json!({
                "httpMethod": method, "path": path, "requestContext": { "resourcePath": "/{proxy+}" },
            }),
            Self::WebSocket => json!({
                "requestContext": {
                    "routeKey": path.trim_start_matches('/'), "eventType": "MESSAGE", "connectionId": "c=",
                },
            }),
            Self::Alb => json!({
                "httpMethod": method, "path": path, "headers": {}, "requestContext": { "elb": {} },
            }),
            Self::AlbMultiValue => json!({
                "httpMethod": method, "path": path, "multiValueHeaders": {}, "requestContext": { "elb": {} },
            }),
            Self::Lattice => json!({
                "version": "2.0", "method": method, "path": path,
                "requestContext": { "serviceNetworkArn": "arn:aws:vpc-lattice" },
            }),
            Self::Lattice1 => json!({ "method": method, "raw_path": path, "headers": {} }),
        }
    }

    pub(super) fn get(self, path: &str) -> Value {
        self.event("GET", path)
    }

    /// The same with a body and its content type.
    pub(super) fn post(self, path: &str, content_type: &str, body: &str) -> Value {
        let mut event = self.event("POST", path);
        event["body"] = json!(body);
        match self {
            Self::AlbMultiValue => event["multiValueHeaders"] = json!({ "content-type": [content_type] }),
            _ => event["headers"] = json!({ "content-type": content_type }),
        }
        event
    }
}
