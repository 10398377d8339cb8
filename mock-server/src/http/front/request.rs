//! A request to a front, and what all fronts tell of it.

use std::{collections::BTreeMap, net::IpAddr, time::SystemTime};

use http::{HeaderMap, HeaderName, header::USER_AGENT};
use serde_json::{Map, Value};

use super::settings::Headers;
use crate::http::parts::{body, essence, text, values};

/// A request, and what the front knows beside it.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// As the client sent it.
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) protocol: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
    pub(super) peer: IpAddr,
    /// Where the front listens.
    pub(super) port: u16,
    pub(super) ids: &'a Ids,
    pub(super) now: SystemTime,
}

/// What tells one request from another.
#[derive(Debug)]
pub(super) struct Ids {
    /// That of the front.
    pub(super) front: String,
    /// That of the invocation, which is also the request's for a REST API.
    pub(super) request: String,
    /// That of the request for an HTTP API, and the second one for a REST API: sixteen signs of base64.
    pub(super) extended: String,
    pub(super) trace: String,
}

/// Headers that end at the front, since they are about the connection to it.
pub(super) const HOP_BY_HOP: &[&str] =
    &["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

/// All values of headers or of parameters of a query, by name.
pub(super) type Multi = BTreeMap<String, Vec<String>>;

impl Request<'_> {
    /// The headers that reach the function, with names in lower case, and with those that the front adds.
    pub(super) fn headers(&self, dropped: &[&str], added: &[(&str, &str)]) -> Multi {
        let names = self.headers.keys().filter(|name| !dropped.contains(&name.as_str()));
        let mut headers: Multi =
            names.map(|name| (name.as_str().to_owned(), values(self.headers, name).collect())).collect();
        // Each hop adds the address from which the request has come to it.
        let forwarded = values(self.headers, &HeaderName::from_static("x-forwarded-for"));
        let hops: Vec<_> = forwarded.filter(|hops| !hops.is_empty()).chain([self.peer.to_string()]).collect();
        headers.insert("x-forwarded-for".to_owned(), vec![hops.join(", ")]);
        for (name, value) in added {
            headers.insert((*name).to_owned(), vec![(*value).to_owned()]);
        }
        headers
    }

    pub(super) fn user_agent(&self) -> Option<String> {
        self.headers.get(USER_AGENT).map(|value| text(value.as_bytes()))
    }

    /// The body as text or in base64, by the types that load balancers, VPC Lattice and HTTP APIs have in common.
    ///
    /// Sources: [load balancers](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html);
    /// that HTTP APIs do the same, forms and what has no type among them in base64, was
    /// [tried out against AWS](https://github.com/ministackorg/ministack/pull/766).
    pub(super) fn body(&self, is_encoded: bool) -> (String, bool) {
        if self.body.is_empty() {
            return (String::new(), false);
        }
        let essence = essence(self.headers);
        let is_text = essence.starts_with("text/")
            || matches!(&*essence, "application/json" | "application/javascript" | "application/xml");
        body(self.body, is_text && !is_encoded)
    }
}

/// The last value of each.
pub(super) fn last(multi: &Multi) -> BTreeMap<&str, &str> {
    multi.iter().filter_map(|(name, values)| Some((name.as_str(), values.last()?.as_str()))).collect()
}

/// The values of each in one text.
pub(super) fn joined(multi: &Multi) -> BTreeMap<&str, String> {
    multi.iter().map(|(name, values)| (name.as_str(), values.join(","))).collect()
}

/// As one value each, or as all of them.
pub(super) fn as_json(multi: &Multi, headers: Headers) -> Value {
    let json = match headers {
        Headers::Single => serde_json::to_value(last(multi)),
        Headers::Multi => serde_json::to_value(multi),
    };
    // Texts always encode.
    json.unwrap_or_default()
}

/// The members of an object; what was said to be left out is.
pub(super) fn object(members: Vec<(&str, Option<Value>)>) -> Map<String, Value> {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// A query with all values of each parameter, as they were sent or decoded.
pub(super) fn query(query: &str, read: impl Fn(&str) -> String) -> Multi {
    let mut parameters = Multi::new();
    for (name, value) in crate::http::parts::pairs(query) {
        parameters.entry(read(name)).or_default().push(read(value));
    }
    parameters
}

#[cfg(test)]
pub(super) mod sample;
#[cfg(test)]
mod test;
