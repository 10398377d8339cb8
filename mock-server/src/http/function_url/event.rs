//! What an HTTP request becomes for the function: payload format 2.0.
//!
//! Source: [Request payload format](https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload).
//! Members that a URL does not use are null, as on that page; without cookies, query or body their members are left out.

use std::{collections::BTreeMap, net::IpAddr, time::SystemTime};

use http::{
    HeaderMap,
    header::{AUTHORIZATION, COOKIE, USER_AGENT},
};
use serde::Serialize;

use super::UrlAuth;
use crate::{
    http::parts::{body, cookies, decode, essence, pairs, since_epoch, text, time, values},
    variables,
};

/// The name that stands for every route and every stage.
const DEFAULT: &str = "$default";

/// A request, and what the URL knows beside it.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// As the client sent it.
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) protocol: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
    pub(super) peer: IpAddr,
    pub(super) url_id: &'a str,
    pub(super) request_id: &'a str,
    pub(super) trace_id: &'a str,
    pub(super) auth: UrlAuth,
    pub(super) now: SystemTime,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'a str,
    route_key: &'a str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    headers: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    path_parameters: (),
    is_base64_encoded: bool,
    stage_variables: (),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: &'a str,
    api_id: &'a str,
    authentication: (),
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<Authorizer>,
    domain_name: String,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: &'a str,
    route_key: &'a str,
    stage: &'a str,
    time: String,
    time_epoch: u128,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'a str,
    source_ip: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
}

#[derive(Serialize)]
struct Authorizer {
    iam: Caller,
}

/// Whoever signed the request: the access key is the request's, the rest are placeholders.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Caller {
    access_key: String,
    account_id: &'static str,
    caller_id: &'static str,
    cognito_identity: (),
    principal_org_id: &'static str,
    user_arn: String,
    user_id: &'static str,
}

impl Request<'_> {
    /// The event, as JSON.
    pub(super) fn to_event(&self) -> String {
        let (body, is_base64_encoded) = self.body();
        let caller = (self.auth == UrlAuth::AwsIam).then(|| self.caller());
        let event = Event {
            version: "2.0",
            route_key: DEFAULT,
            raw_path: self.path,
            raw_query_string: self.query,
            cookies: cookies(self.headers),
            headers: self.headers(),
            query_string_parameters: parameters(self.query),
            request_context: Context {
                account_id: caller.as_ref().map_or("anonymous", |caller| caller.account_id),
                api_id: self.url_id,
                authentication: (),
                authorizer: caller.map(|iam| Authorizer { iam }),
                domain_name: format!("{}.lambda-url.{}.on.aws", self.url_id, variables::REGION),
                domain_prefix: self.url_id,
                http: Http {
                    method: self.method,
                    path: self.path,
                    protocol: self.protocol,
                    source_ip: self.peer.to_string(),
                    user_agent: self.headers.get(USER_AGENT).map(|value| text(value.as_bytes())),
                },
                request_id: self.request_id,
                route_key: DEFAULT,
                stage: DEFAULT,
                time: time(self.now),
                time_epoch: since_epoch(self.now).as_millis(),
            },
            body,
            path_parameters: (),
            is_base64_encoded,
            stage_variables: (),
        };
        // Texts and numbers always encode.
        serde_json::to_string(&event).unwrap_or_default()
    }

    /// Headers by name, without the cookies. What the URL says of the connection is said by nobody else.
    fn headers(&self) -> BTreeMap<&str, String> {
        let mut headers = BTreeMap::new();
        for name in self.headers.keys().filter(|name| **name != COOKIE) {
            headers.insert(name.as_str(), values(self.headers, name).collect::<Vec<_>>().join(","));
        }
        let added = [
            ("x-amzn-tls-cipher-suite", "TLS_AES_128_GCM_SHA256"),
            ("x-amzn-tls-version", "TLSv1.3"),
            ("x-amzn-trace-id", self.trace_id),
            ("x-forwarded-port", "443"),
            ("x-forwarded-proto", "https"),
        ];
        headers.extend(added.map(|(name, value)| (name, value.to_owned())));
        headers.insert("x-forwarded-for", self.peer.to_string());
        headers
    }

    /// The body as text if it is text by its content type and by its bytes, else in base64.
    fn body(&self) -> (Option<String>, bool) {
        if self.body.is_empty() {
            return (None, false);
        }
        let (body, is_base64_encoded) = body(self.body, is_text(&essence(self.headers)));
        (Some(body), is_base64_encoded)
    }

    fn caller(&self) -> Caller {
        let header = self.headers.get(AUTHORIZATION).map(|value| text(value.as_bytes())).unwrap_or_default();
        let access_key = header
            .split_once("Credential=")
            .map(|(_, rest)| rest.split(['/', ',', ' ']).next().unwrap_or_default().to_owned());
        Caller {
            access_key: access_key.unwrap_or_default(),
            account_id: variables::ACCOUNT_ID,
            caller_id: "AIDAMOCKUSER",
            cognito_identity: (),
            principal_org_id: "o-mock",
            user_arn: format!("arn:aws:iam::{}:user/mock", variables::ACCOUNT_ID),
            user_id: "AIDAMOCKUSER",
        }
    }
}

/// Whether bodies of this type are given as text.
fn is_text(essence: &str) -> bool {
    const TEXTS: [&str; 4] = [
        "application/javascript",
        "application/json",
        "application/x-www-form-urlencoded",
        "application/xml",
    ];

    essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || TEXTS.contains(&essence)
}

/// The parameters of a query, decoded; the values of a repeated one are joined.
fn parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::<String, String>::new();
    for (name, value) in pairs(query) {
        let value = decode(value);
        parameters
            .entry(decode(name))
            .and_modify(|values| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert(value);
    }
    parameters
}

#[cfg(test)]
mod test;
