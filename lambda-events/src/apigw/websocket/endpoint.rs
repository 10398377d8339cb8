//! Where a function posts messages to a client, asks for its connection, and ends it.
//!
//! Source: [`@connections` commands](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html).
//! The requests themselves must be signed, and are not made here.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::WebSocketContext;

/// All but what RFC 3986 calls unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl WebSocketContext<'_> {
    /// The endpoint of the API's management, as an AWS SDK wants it: `https://{domainName}/{stage}`.
    ///
    /// On a domain of API Gateway's own (`{apiId}.execute-api.{region}.amazonaws.com`) the stage is a part of the path. A custom
    /// domain has a mapping to a stage instead, and its path has none. Where the mapping has a path of its own
    /// (`api.example.com/chat`), it is not in the event, and has to be added.
    ///
    /// `None` if the event does not name the domain.
    ///
    /// Sources: [`@connections` commands](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html),
    /// [API mappings](https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-mappings.html).
    ///
    /// ```
    /// use lambda_events::apigw::WebSocketContext;
    ///
    /// let mut context = WebSocketContext {
    ///     domain_name: Some("a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com".into()),
    ///     stage: Some("prod".into()),
    ///     ..WebSocketContext::default()
    /// };
    /// let endpoint = context.management_endpoint();
    /// assert_eq!(endpoint.as_deref(), Some("https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod"));
    /// context.domain_name = Some("chat.example.com".into());
    /// assert_eq!(context.management_endpoint().as_deref(), Some("https://chat.example.com"));
    /// ```
    pub fn management_endpoint(&self) -> Option<String> {
        let domain = self.domain_name.as_deref().filter(|domain| !domain.is_empty())?;
        let stage = self.stage.as_deref().filter(|stage| !stage.is_empty() && !is_custom(domain));
        let mut endpoint = format!("https://{domain}");
        if let Some(stage) = stage {
            endpoint.push('/');
            endpoint.extend(utf8_percent_encode(stage, SEGMENT));
        }
        Some(endpoint)
    }

    /// The URL of the connection, with its id percent-encoded: `{management_endpoint}/@connections/{connectionId}`.
    ///
    /// A `POST` there sends its body to the client, a `GET` asks for the connection, and a `DELETE` ends it, each signed for the
    /// service `execute-api`. They fail with status 410 where the connection is not there (yet, or any more).
    ///
    /// `None` if the event does not name the domain.
    ///
    /// ```
    /// use lambda_events::apigw::WebSocketContext;
    ///
    /// let context = WebSocketContext {
    ///     domain_name: Some("chat.example.com".into()),
    ///     connection_id: "L0SM9cOFvHcCIhw=".into(),
    ///     ..WebSocketContext::default()
    /// };
    /// let url = context.connection_url();
    /// assert_eq!(url.as_deref(), Some("https://chat.example.com/@connections/L0SM9cOFvHcCIhw%3D"));
    /// ```
    pub fn connection_url(&self) -> Option<String> {
        let mut url = self.management_endpoint()?;
        url.push_str("/@connections/");
        url.extend(utf8_percent_encode(&self.connection_id, SEGMENT));
        Some(url)
    }
}

/// Whether a domain is not API Gateway's own, whose second label is the name of the service in each partition of AWS.
fn is_custom(domain: &str) -> bool {
    domain.split('.').nth(1).is_none_or(|label| !label.eq_ignore_ascii_case("execute-api"))
}

#[cfg(test)]
mod test {
    use super::*;

    fn context(domain: &'static str, stage: &'static str, id: &'static str) -> WebSocketContext<'static> {
        WebSocketContext {
            domain_name: Some(domain.into()),
            stage: Some(stage.into()),
            connection_id: id.into(),
            ..WebSocketContext::default()
        }
    }

    #[test]
    fn the_stage_is_in_the_path_on_the_domains_of_api_gateway_alone() {
        for (domain, expected) in [
            ("a1.execute-api.eu-west-1.amazonaws.com", "https://a1.execute-api.eu-west-1.amazonaws.com/prod"),
            (
                "a1.execute-api.cn-north-1.amazonaws.com.cn",
                "https://a1.execute-api.cn-north-1.amazonaws.com.cn/prod",
            ),
            ("a1.execute-api.eu-west-1.api.aws", "https://a1.execute-api.eu-west-1.api.aws/prod"),
            ("A1.Execute-API.eu-west-1.amazonaws.com", "https://A1.Execute-API.eu-west-1.amazonaws.com/prod"),
            ("ws.example.com", "https://ws.example.com"),
            ("execute-api.example.com", "https://execute-api.example.com"),
            ("a1.execute-apis.example.com", "https://a1.execute-apis.example.com"),
            ("localhost", "https://localhost"),
        ] {
            assert_eq!(context(domain, "prod", "1").management_endpoint().as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_cannot_stand_in_a_segment_is_encoded() {
        let url =
            context("a1.execute-api.eu-west-1.amazonaws.com", "a b", "a-b_c~1/../?#%+=é").connection_url();
        let expected = "https://a1.execute-api.eu-west-1.amazonaws.com/a%20b/@connections/a-b_c~1%2F..%2F%3F%23%25%2B%3D%C3%A9";
        assert_eq!(url.as_deref(), Some(expected));
    }

    #[test]
    fn without_a_domain_there_is_no_endpoint_and_without_a_stage_no_path() {
        assert_eq!(context("", "prod", "1").connection_url(), None);
        assert_eq!(WebSocketContext::default().connection_url(), None);
        let endpoint = context("a1.execute-api.eu-west-1.amazonaws.com", "", "1").management_endpoint();
        assert_eq!(endpoint.as_deref(), Some("https://a1.execute-api.eu-west-1.amazonaws.com"));
    }
}
