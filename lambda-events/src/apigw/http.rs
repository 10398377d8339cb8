//! Requests of HTTP APIs with payload format 2.0, and what a function answers.
//!
//! Source: [Lambda proxy integrations for HTTP APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).

use super::ClientCert;
use crate::{Int, Json, Map, Str, value::Millis};

event! {
    /// A request to an HTTP API, with payload format 2.0.
    ///
    /// ```
    /// use lambda_events::apigw::HttpRequest;
    ///
    /// let json = r#"{"version":"2.0","rawPath":"/orders","rawQueryString":"part=items&part=total",
    ///     "requestContext":{"http":{"method":"GET"}}}"#;
    /// let request: HttpRequest<'_> = serde_json::from_str(json)?;
    /// assert_eq!(request.request_context.http.method, "GET");
    /// assert_eq!(request.raw_query_string.as_deref(), Some("part=items&part=total"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct HttpRequest<'a> {
        /// `2.0`.
        version: Option<Str<'a>> = "version";
        /// The route that was chosen: `GET /orders/{id}` or `$default`.
        route_key: Option<Str<'a>> = "routeKey";
        /// The path, with the stage unless that is `$default`, but without the mapping of a custom domain.
        raw_path: Str<'a> = "rawPath", required;
        /// The query as it was sent; empty if there is none.
        raw_query_string: Option<Str<'a>> = "rawQueryString";
        /// Cookies, each as `name=value`; they are not among the headers.
        cookies: Vec<Str<'a>> = "cookies";
        /// Headers, with names in lower case; values of one name are joined by commas.
        headers: Map<'a, Str<'a>> = "headers";
        /// The query, decoded; values of one name are joined by commas.
        query_string_parameters: Map<'a, Str<'a>> = "queryStringParameters";
        /// What API Gateway knows of the request.
        request_context: HttpContext<'a> = "requestContext", required;
        /// The body, as text or as base64.
        body: Option<Str<'a>> = "body";
        /// The variables of the path.
        path_parameters: Map<'a, Str<'a>> = "pathParameters";
        /// Whether the body is base64.
        is_base64_encoded: Option<bool> = "isBase64Encoded";
        /// The variables of the stage.
        stage_variables: Map<'a, Str<'a>> = "stageVariables";
    }

    /// What API Gateway knows of a request to an HTTP API.
    pub struct HttpContext<'a> {
        /// The account that owns the API.
        account_id: Option<Str<'a>> = "accountId";
        /// The id of the API.
        api_id: Option<Str<'a>> = "apiId";
        /// How the client has identified itself on the connection.
        authentication: Option<HttpAuthentication<'a>> = "authentication";
        /// What the authorizer says, if the route has one.
        authorizer: Option<HttpAuthorizer<'a>> = "authorizer";
        /// The domain name to which it was sent.
        domain_name: Option<Str<'a>> = "domainName";
        /// The first label of the domain name.
        domain_prefix: Option<Str<'a>> = "domainPrefix";
        /// The request line and who sent it.
        http: Http<'a> = "http", required;
        /// The id of the request.
        request_id: Option<Str<'a>> = "requestId";
        /// The route that was chosen.
        route_key: Option<Str<'a>> = "routeKey";
        /// The stage.
        stage: Option<Str<'a>> = "stage";
        /// When it came: `12/Mar/2026:19:03:58 +0000`.
        time: Option<Str<'a>> = "time";
        /// When it came.
        time_epoch: Option<Millis> = "timeEpoch";
    }

    /// How the client has identified itself on the connection.
    pub struct HttpAuthentication<'a> {
        /// The client's certificate, with mutual TLS.
        client_cert: Option<ClientCert<'a>> = "clientCert";
    }

    /// What the authorizer of a route says: one of `jwt`, `lambda` and `iam`.
    pub struct HttpAuthorizer<'a> {
        /// Not used by HTTP APIs.
        principal_id: Option<Str<'a>> = "principalId";
        /// How long the authorizer took, in milliseconds.
        integration_latency: Option<Int> = "integrationLatency";
        /// The token that was checked.
        jwt: Option<JwtAuthorizer<'a>> = "jwt";
        /// The context that a Lambda authorizer answered.
        lambda: Map<'a, Json<'a>> = "lambda";
        /// The principal that signed the request.
        iam: Option<IamAuthorizer<'a>> = "iam";
    }

    /// A token that was checked.
    pub struct JwtAuthorizer<'a> {
        /// Its claims; API Gateway writes nearly all as text, lists as `[a b]`.
        claims: Map<'a, Json<'a>> = "claims";
        /// Its scopes, where the route asks for some.
        scopes: Option<Vec<Str<'a>>> = "scopes";
    }

    /// The principal that signed a request.
    pub struct IamAuthorizer<'a> {
        /// The access key of the signature.
        access_key: Option<Str<'a>> = "accessKey";
        /// Its account.
        account_id: Option<Str<'a>> = "accountId";
        /// Its id.
        caller_id: Option<Str<'a>> = "callerId";
        /// The identity, if an identity pool gave the credentials.
        cognito_identity: Option<CognitoIdentity<'a>> = "cognitoIdentity";
        /// Its organization.
        principal_org_id: Option<Str<'a>> = "principalOrgId";
        /// Its ARN.
        user_arn: Option<Str<'a>> = "userArn";
        /// Its id as a user.
        user_id: Option<Str<'a>> = "userId";
    }

    /// An identity in an identity pool.
    pub struct CognitoIdentity<'a> {
        /// How it was authenticated.
        amr: Vec<Str<'a>> = "amr";
        /// Its id.
        identity_id: Option<Str<'a>> = "identityId";
        /// The identity pool.
        identity_pool_id: Option<Str<'a>> = "identityPoolId";
    }

    /// The request line and who sent it.
    pub struct Http<'a> {
        /// The method.
        method: Str<'a> = "method", required;
        /// The path.
        path: Option<Str<'a>> = "path";
        /// `HTTP/1.1`.
        protocol: Option<Str<'a>> = "protocol";
        /// The address from which the connection came.
        source_ip: Option<Str<'a>> = "sourceIp";
        /// The header `User-Agent`.
        user_agent: Option<Str<'a>> = "userAgent";
    }

    /// The answer to a request to an HTTP API with format 2.0.
    ///
    /// A function may as well answer any other JSON, which is then the body of a response with the status 200.
    ///
    /// ```
    /// use lambda_events::apigw::HttpResponse;
    ///
    /// let response = HttpResponse {
    ///     status_code: Some(200.into()),
    ///     cookies: vec!["session=1; HttpOnly".into()],
    ///     ..HttpResponse::default()
    /// };
    /// assert_eq!(serde_json::to_string(&response)?, r#"{"cookies":["session=1; HttpOnly"],"statusCode":200}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct HttpResponse<'a> {
        /// Cookies, each of which becomes a header `set-cookie`.
        cookies: Vec<Str<'a>> = "cookies";
        /// Whether the body is base64.
        is_base64_encoded: Option<bool> = "isBase64Encoded";
        /// The status code; without it all of this is the body.
        status_code: Option<Int> = "statusCode";
        /// Headers.
        headers: Map<'a, Str<'a>> = "headers";
        /// The body, as text or as base64.
        body: Option<Str<'a>> = "body";
    }
}
