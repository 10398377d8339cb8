//! Requests for the tests of the formats.

use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Ids, Request};

/// A request that tests change to what they need.
pub(in crate::http::front) struct Sample {
    pub(in crate::http::front) headers: HeaderMap,
    ids: Ids,
}

impl Sample {
    pub(in crate::http::front) fn new(headers: &[(&'static str, &'static str)]) -> Self {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let ids = Ids {
            front: "a1b2c3d4e5".to_owned(),
            request: "request".to_owned(),
            extended: "extended".to_owned(),
            trace: "Root=1-2-3".to_owned(),
        };
        Self { headers: map, ids }
    }

    pub(in crate::http::front) fn request<'a>(
        &'a self,
        path: &'a str,
        query: &'a str,
        body: &'a [u8],
    ) -> Request<'a> {
        Request {
            method: "POST",
            path,
            query,
            protocol: "HTTP/1.1",
            headers: &self.headers,
            body,
            peer: [203, 0, 113, 9].into(),
            port: 8080,
            ids: &self.ids,
            now: UNIX_EPOCH + Duration::from_micros(1_583_348_638_390_123),
        }
    }
}
