//! Requests of HTTP APIs, payload format 2.0, and what a function answers.

use crate::{Json, Map, Str, event::event, value::Millis};

event! {
    /// A request to an HTTP API, payload format 2.0.
    pub struct HttpRequest<'a> {
        /// `2.0`.
        version: Option<Str<'a>> = "version";
        /// The route.
        route_key: Option<Str<'a>> = "routeKey";
        /// The path.
        raw_path: Str<'a> = "rawPath", required;
        /// The query.
        raw_query_string: Option<Str<'a>> = "rawQueryString";
        /// Cookies.
        cookies: Vec<Str<'a>> = "cookies";
        /// Headers.
        headers: Map<'a, Str<'a>> = "headers";
        /// Query.
        query_string_parameters: Map<'a, Str<'a>> = "queryStringParameters";
        /// Context.
        request_context: RequestContext<'a> = "requestContext";
        /// Body.
        body: Option<Str<'a>> = "body";
        /// Path parameters.
        path_parameters: Map<'a, Str<'a>> = "pathParameters";
        /// Whether base64.
        is_base64_encoded: Option<bool> = "isBase64Encoded";
        /// Stage variables.
        stage_variables: Map<'a, Str<'a>> = "stageVariables";
    }
    /// Context.
    pub struct RequestContext<'a> {
        /// Account.
        account_id: Option<Str<'a>> = "accountId";
        /// Api.
        api_id: Option<Str<'a>> = "apiId";
        /// Client certificate.
        authentication: Option<Json<'a>> = "authentication";
        /// Authorizer.
        authorizer: Option<Json<'a>> = "authorizer";
        /// Domain.
        domain_name: Option<Str<'a>> = "domainName";
        /// Prefix.
        domain_prefix: Option<Str<'a>> = "domainPrefix";
        /// Http.
        http: Http<'a> = "http";
        /// Request id.
        request_id: Option<Str<'a>> = "requestId";
        /// Route.
        route_key: Option<Str<'a>> = "routeKey";
        /// Stage.
        stage: Option<Str<'a>> = "stage";
        /// Time.
        time: Option<Str<'a>> = "time";
        /// Time.
        time_epoch: Option<Millis> = "timeEpoch";
    }
    /// Http.
    pub struct Http<'a> {
        /// Method.
        method: Str<'a> = "method", required;
        /// Path.
        path: Option<Str<'a>> = "path";
        /// Protocol.
        protocol: Option<Str<'a>> = "protocol";
        /// Ip.
        source_ip: Option<Str<'a>> = "sourceIp";
        /// Agent.
        user_agent: Option<Str<'a>> = "userAgent";
    }
}
