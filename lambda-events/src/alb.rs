//! Requests of Application Load Balancers, and what a function answers.
//!
//! Source: [Lambda functions as targets](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html).

use crate::{Int, Map, Str};

event! {
    /// A request that a load balancer passes on.
    ///
    /// A target group sends headers and the query either with one value of each name or with all values, as it is set to.
    ///
    /// ```
    /// use lambda_events::alb::AlbRequest;
    ///
    /// let json = r#"{"httpMethod":"GET","path":"/orders","queryStringParameters":{"part":"items"}}"#;
    /// let request: AlbRequest<'_> = serde_json::from_str(json)?;
    /// assert_eq!((&*request.http_method, &*request.path), ("GET", "/orders"));
    /// assert_eq!(request.query_string_parameters["part"], "items");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct AlbRequest<'a> {
        /// What the load balancer knows of the request.
        request_context: AlbContext<'a> = "requestContext";
        /// The method.
        http_method: Str<'a> = "httpMethod", required;
        /// The path as it was sent.
        path: Str<'a> = "path", required;
        /// The query as it was sent, not decoded; of a name that came more than once, the last value.
        query_string_parameters: Map<'a, Str<'a>> = "queryStringParameters";
        /// The query as it was sent, not decoded, with all values.
        multi_value_query_string_parameters: Map<'a, Vec<Str<'a>>> = "multiValueQueryStringParameters";
        /// Headers, with names in lower case; of one that came more than once, the last value.
        headers: Map<'a, Str<'a>> = "headers";
        /// Headers, with names in lower case, with all their values.
        multi_value_headers: Map<'a, Vec<Str<'a>>> = "multiValueHeaders";
        /// The body, as text or as base64; empty if there is none.
        body: Option<Str<'a>> = "body";
        /// Whether the body is base64.
        is_base64_encoded: Option<bool> = "isBase64Encoded";
    }

    /// What the load balancer knows of a request.
    pub struct AlbContext<'a> {
        /// The load balancer.
        elb: Elb<'a> = "elb";
    }

    /// A load balancer.
    pub struct Elb<'a> {
        /// The ARN of the target group.
        target_group_arn: Option<Str<'a>> = "targetGroupArn";
    }

    /// The answer to a request of a load balancer.
    ///
    /// ```
    /// use lambda_events::alb::AlbResponse;
    ///
    /// let response = AlbResponse {
    ///     status_code: 200.into(),
    ///     headers: [("content-type", "text/plain".into())].into(),
    ///     body: Some("hello".into()),
    ///     ..AlbResponse::default()
    /// };
    /// let json = r#"{"isBase64Encoded":false,"statusCode":200,"headers":{"content-type":"text/plain"},"body":"hello"}"#;
    /// assert_eq!(serde_json::to_string(&response)?, json);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct AlbResponse<'a> {
        /// Whether the body is base64.
        is_base64_encoded: bool = "isBase64Encoded", required;
        /// The status code.
        status_code: Int = "statusCode", required;
        /// The status code and its phrase: `200 OK`.
        status_description: Option<Str<'a>> = "statusDescription";
        /// Headers, if the target group sends one value of each.
        headers: Map<'a, Str<'a>> = "headers", always;
        /// Headers, if the target group sends all values.
        multi_value_headers: Map<'a, Vec<Str<'a>>> = "multiValueHeaders";
        /// The body, as text or as base64; 1 MB of JSON in all at most.
        body: Option<Str<'a>> = "body";
    }
}
