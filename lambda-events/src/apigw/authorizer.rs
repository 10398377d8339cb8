//! What Lambda authorizers are asked, and what they answer.
//!
//! Source: [REST APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html),
//! [HTTP APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html),
//! [WebSocket APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html).

use super::{HttpContext, RestContext, WebSocketContext};
use crate::{
    Json, Map, Str,
    value::{OneOrMany, Scalar},
};

event! {
    /// What a `TOKEN` authorizer of a REST API is asked.
    ///
    /// ```
    /// use lambda_events::apigw::{AuthorizerResponse, Effect, TokenAuthorizerRequest};
    ///
    /// let json = r#"{"type":"TOKEN","methodArn":"arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/GET/orders",
    ///     "authorizationToken":"Bearer abc"}"#;
    /// let request: TokenAuthorizerRequest<'_> = serde_json::from_str(json)?;
    /// let effect = if request.authorization_token == "Bearer abc" { Effect::Allow } else { Effect::Deny };
    /// let response = AuthorizerResponse::new("user-1", effect, request.method_arn);
    /// assert_eq!(response.policy_document.statement[0].effect, Effect::Allow);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct TokenAuthorizerRequest<'a> {
        /// `TOKEN`.
        r#type: Option<AuthorizerType<'a>> = "type";
        /// The ARN of the method that the client wants to call.
        method_arn: Str<'a> = "methodArn", required;
        /// The token: the value of the header that is the authorizer's source.
        authorization_token: Str<'a> = "authorizationToken", required;
    }

    /// What a `REQUEST` authorizer of a REST API is asked, or one of an HTTP API with format 1.0.
    ///
    /// ```
    /// use lambda_events::apigw::RestAuthorizerRequest;
    ///
    /// let json = r#"{"type":"REQUEST","methodArn":"arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/GET/orders",
    ///     "headers":{"X-Tenant":"north"}}"#;
    /// let request: RestAuthorizerRequest<'_> = serde_json::from_str(json)?;
    /// assert_eq!(request.headers["X-Tenant"], "north");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct RestAuthorizerRequest<'a> {
        /// `1.0` from an HTTP API; a REST API sends none.
        version: Option<Str<'a>> = "version";
        /// `REQUEST`.
        r#type: Option<AuthorizerType<'a>> = "type";
        /// The ARN of the method that the client wants to call.
        method_arn: Str<'a> = "methodArn", required;
        /// The values of the authorizer's sources, separated by commas; from an HTTP API.
        identity_source: Option<Str<'a>> = "identitySource";
        /// The same again; from an HTTP API.
        authorization_token: Option<Str<'a>> = "authorizationToken";
        /// The path of the resource, with its variables.
        resource: Option<Str<'a>> = "resource";
        /// The path.
        path: Option<Str<'a>> = "path";
        /// The method.
        http_method: Option<Str<'a>> = "httpMethod";
        /// Headers; of one that came more than once, the last value.
        headers: Map<'a, Str<'a>> = "headers";
        /// Headers with all their values.
        multi_value_headers: Map<'a, Vec<Str<'a>>> = "multiValueHeaders";
        /// The query, decoded; of a name that came more than once, the last value.
        query_string_parameters: Map<'a, Str<'a>> = "queryStringParameters";
        /// The query, decoded, with all values.
        multi_value_query_string_parameters: Map<'a, Vec<Str<'a>>> = "multiValueQueryStringParameters";
        /// The variables of the path.
        path_parameters: Map<'a, Str<'a>> = "pathParameters";
        /// The variables of the stage.
        stage_variables: Map<'a, Str<'a>> = "stageVariables";
        /// What API Gateway knows of the request.
        request_context: RestContext<'a> = "requestContext";
    }

    /// What an authorizer of an HTTP API is asked, with format 2.0.
    ///
    /// ```
    /// use lambda_events::apigw::HttpAuthorizerRequest;
    ///
    /// let json = r#"{"version":"2.0","type":"REQUEST","identitySource":["Bearer abc"],
    ///     "routeArn":"arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/GET/orders",
    ///     "requestContext":{"http":{"method":"GET"}}}"#;
    /// let request: HttpAuthorizerRequest<'_> = serde_json::from_str(json)?;
    /// assert_eq!(request.identity_source, ["Bearer abc"]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct HttpAuthorizerRequest<'a> {
        /// `2.0`.
        version: Option<Str<'a>> = "version";
        /// `REQUEST`.
        r#type: Option<AuthorizerType<'a>> = "type";
        /// The ARN of the route that the client wants to call.
        route_arn: Str<'a> = "routeArn", required;
        /// The values of the authorizer's sources, in the order of these.
        identity_source: Vec<Str<'a>> = "identitySource";
        /// The route that was chosen.
        route_key: Option<Str<'a>> = "routeKey";
        /// The path.
        raw_path: Option<Str<'a>> = "rawPath";
        /// The query as it was sent; empty if there is none.
        raw_query_string: Option<Str<'a>> = "rawQueryString";
        /// Cookies, each as `name=value`.
        cookies: Vec<Str<'a>> = "cookies";
        /// Headers, with names in lower case; values of one name are joined by commas.
        headers: Map<'a, Str<'a>> = "headers";
        /// The query, decoded; values of one name are joined by commas.
        query_string_parameters: Map<'a, Str<'a>> = "queryStringParameters";
        /// What API Gateway knows of the request.
        request_context: HttpContext<'a> = "requestContext", required;
        /// The variables of the path.
        path_parameters: Map<'a, Str<'a>> = "pathParameters";
        /// The variables of the stage.
        stage_variables: Map<'a, Str<'a>> = "stageVariables";
    }

    /// What the authorizer of a WebSocket API is asked when a connection begins.
    ///
    /// ```
    /// use lambda_events::apigw::WebSocketAuthorizerRequest;
    ///
    /// let json = r#"{"type":"REQUEST","queryStringParameters":{"token":"abc"},
    ///     "methodArn":"arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/$connect",
    ///     "requestContext":{"connectionId":"L0SM9cOFvHcCIhw="}}"#;
    /// let request: WebSocketAuthorizerRequest<'_> = serde_json::from_str(json)?;
    /// assert_eq!(request.query_string_parameters["token"], "abc");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct WebSocketAuthorizerRequest<'a> {
        /// `REQUEST`.
        r#type: Option<AuthorizerType<'a>> = "type";
        /// The ARN of the route `$connect`.
        method_arn: Str<'a> = "methodArn", required;
        /// Headers of the handshake, with the last value of each.
        headers: Map<'a, Str<'a>> = "headers";
        /// Headers of the handshake with all their values.
        multi_value_headers: Map<'a, Vec<Str<'a>>> = "multiValueHeaders";
        /// The query of the handshake, decoded, with the last value of each name.
        query_string_parameters: Map<'a, Str<'a>> = "queryStringParameters";
        /// The query of the handshake, decoded, with all values.
        multi_value_query_string_parameters: Map<'a, Vec<Str<'a>>> = "multiValueQueryStringParameters";
        /// The variables of the stage.
        stage_variables: Map<'a, Str<'a>> = "stageVariables";
        /// What API Gateway knows of the connection.
        request_context: WebSocketContext<'a> = "requestContext", required;
    }

    /// The answer of an authorizer: whom it has recognized, and what they may call.
    ///
    /// Authorizers of HTTP APIs with format 2.0 may answer a [`SimpleAuthorizerResponse`] instead.
    pub struct AuthorizerResponse<'a> {
        /// Whom it has recognized.
        principal_id: Str<'a> = "principalId", required;
        /// What they may call; REST APIs keep it for further requests with the same token.
        policy_document: Policy<'a> = "policyDocument", required;
        /// What the function behind gets: text, numbers and booleans.
        context: Map<'a, Scalar<'a>> = "context";
        /// The API key whose usage plan counts, where the API takes keys from the authorizer.
        usage_identifier_key: Option<Str<'a>> = "usageIdentifierKey";
    }

    /// A policy of IAM.
    pub struct Policy<'a> {
        /// `2012-10-17`.
        version: Option<Str<'a>> = "Version";
        /// Its statements.
        statement: Vec<Statement<'a>> = "Statement", always;
    }

    /// What a policy allows or denies.
    pub struct Statement<'a> {
        /// Its name.
        sid: Option<Str<'a>> = "Sid";
        /// `execute-api:Invoke`.
        action: Option<OneOrMany<Str<'a>>> = "Action";
        /// Whether it allows or denies.
        effect: Effect<'a> = "Effect", required;
        /// ARNs of methods, with `*` and `?`.
        resource: Option<OneOrMany<Str<'a>>> = "Resource";
        /// Under which conditions.
        condition: Map<'a, Json<'a>> = "Condition";
    }

    /// The simple answer of an authorizer of an HTTP API with format 2.0.
    ///
    /// ```
    /// use lambda_events::apigw::SimpleAuthorizerResponse;
    ///
    /// let response = SimpleAuthorizerResponse { is_authorized: true, ..SimpleAuthorizerResponse::default() };
    /// assert_eq!(serde_json::to_string(&response)?, r#"{"isAuthorized":true}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct SimpleAuthorizerResponse<'a> {
        /// Whether the client may call the route.
        is_authorized: bool = "isAuthorized", required;
        /// What the function behind gets, as `lambda` of its authorizer.
        context: Map<'a, Json<'a>> = "context";
    }
}

open_enum! {
    /// What an authorizer is asked by.
    pub enum AuthorizerType<'a> {
        /// The value of one header.
        Token = "TOKEN",
        /// The request without its body.
        Request = "REQUEST",
    }

    /// Whether a statement allows or denies.
    pub enum Effect<'a> {
        /// It allows.
        Allow = "Allow",
        /// It denies, whatever others allow.
        Deny = "Deny",
    }
}

impl<'a> AuthorizerResponse<'a> {
    /// Allows or denies to call one method, or all that a pattern matches.
    pub fn new(principal_id: impl Into<Str<'a>>, effect: Effect<'a>, resource: impl Into<Str<'a>>) -> Self {
        let statement = Statement {
            action: Some(vec!["execute-api:Invoke".into()].into()),
            effect,
            resource: Some(vec![resource.into()].into()),
            ..Statement::default()
        };
        Self {
            principal_id: principal_id.into(),
            policy_document: Policy {
                version: Some("2012-10-17".into()),
                statement: vec![statement],
                ..Policy::default()
            },
            ..Self::default()
        }
    }
}
