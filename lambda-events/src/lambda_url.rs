//! Requests to function URLs, and what a function answers.
//!
//! They have the payload format 2.0 of API Gateway's HTTP APIs. Source:
//! [Invoking Lambda function URLs](https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).

use crate::{Int, Json, Map, Str, value::Millis};

event! {
    /// A request to a function URL.
    ///
    /// ```
    /// use lambda_events::lambda_url::UrlRequest;
    ///
    /// let json = r#"{"version":"2.0","rawPath":"/orders","cookies":["a=1"],"requestContext":{"http":{"method":"GET"}}}"#;
    /// let request: UrlRequest<'_> = serde_json::from_str(json)?;
    /// assert_eq!((&*request.request_context.http.method, &*request.raw_path), ("GET", "/orders"));
    /// assert_eq!(request.cookies, ["a=1"]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct UrlRequest<'a> {
        /// `2.0`.
        version: Option<Str<'a>> = "version";
        /// `$default`.
        route_key: Option<Str<'a>> = "routeKey";
        /// The path as it was sent, not decoded.
        raw_path: Str<'a> = "rawPath", required;
        /// The query as it was sent; empty if there is none.
        raw_query_string: Option<Str<'a>> = "rawQueryString";
        /// Cookies, each as `name=value`; they are not among the headers.
        cookies: Vec<Str<'a>> = "cookies";
        /// Headers, with names in lower case; values of one name are joined by commas.
        headers: Map<'a, Str<'a>> = "headers";
        /// The query, decoded; values of one name are joined by commas.
        query_string_parameters: Map<'a, Str<'a>> = "queryStringParameters";
        /// What Lambda knows of the request.
        request_context: UrlContext<'a> = "requestContext", required;
        /// The body, as text or as base64.
        body: Option<Str<'a>> = "body";
        /// Not used by function URLs.
        path_parameters: Option<Json<'a>> = "pathParameters";
        /// Whether the body is base64.
        is_base64_encoded: Option<bool> = "isBase64Encoded";
        /// Not used by function URLs.
        stage_variables: Option<Json<'a>> = "stageVariables";
    }

    /// What Lambda knows of a request to a function URL.
    pub struct UrlContext<'a> {
        /// The account of the caller who signed, or else `anonymous` or the account of the function.
        account_id: Option<Str<'a>> = "accountId";
        /// The id of the URL.
        api_id: Option<Str<'a>> = "apiId";
        /// Not used by function URLs.
        authentication: Option<Json<'a>> = "authentication";
        /// Who has called, if the URL asks for signed requests.
        authorizer: Option<UrlAuthorizer<'a>> = "authorizer";
        /// The domain name of the URL.
        domain_name: Option<Str<'a>> = "domainName";
        /// The first label of the domain name.
        domain_prefix: Option<Str<'a>> = "domainPrefix";
        /// The request line and who sent it.
        http: UrlHttp<'a> = "http", required;
        /// The id of the request.
        request_id: Option<Str<'a>> = "requestId";
        /// `$default`.
        route_key: Option<Str<'a>> = "routeKey";
        /// `$default`.
        stage: Option<Str<'a>> = "stage";
        /// When it came: `12/Mar/2026:19:03:58 +0000`.
        time: Option<Str<'a>> = "time";
        /// When it came.
        time_epoch: Option<Millis> = "timeEpoch";
    }

    /// Who has called a URL that asks for signed requests.
    pub struct UrlAuthorizer<'a> {
        /// The principal that signed the request.
        iam: Option<UrlIam<'a>> = "iam";
    }

    /// The principal that signed a request.
    pub struct UrlIam<'a> {
        /// The access key of the signature.
        access_key: Option<Str<'a>> = "accessKey";
        /// Its account.
        account_id: Option<Str<'a>> = "accountId";
        /// Its id.
        caller_id: Option<Str<'a>> = "callerId";
        /// Not used by function URLs.
        cognito_identity: Option<Json<'a>> = "cognitoIdentity";
        /// Its organization.
        principal_org_id: Option<Str<'a>> = "principalOrgId";
        /// Its ARN.
        user_arn: Option<Str<'a>> = "userArn";
        /// Its id as a user.
        user_id: Option<Str<'a>> = "userId";
    }

    /// The request line and who sent it.
    pub struct UrlHttp<'a> {
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

    /// The answer to a request to a function URL that does not stream.
    ///
    /// A function may as well answer any other JSON, which is then the body of a response with the status 200.
    ///
    /// ```
    /// use lambda_events::lambda_url::UrlResponse;
    ///
    /// let response = UrlResponse { status_code: Some(404.into()), ..UrlResponse::default() };
    /// assert_eq!(serde_json::to_string(&response)?, r#"{"statusCode":404}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct UrlResponse<'a> {
        /// The status code; without it all of this is the body.
        status_code: Option<Int> = "statusCode";
        /// Headers.
        headers: Map<'a, Str<'a>> = "headers";
        /// The body, as text or as base64.
        body: Option<Str<'a>> = "body";
        /// Cookies, each of which becomes a header `set-cookie`.
        cookies: Vec<Str<'a>> = "cookies";
        /// Whether the body is base64.
        is_base64_encoded: Option<bool> = "isBase64Encoded";
    }
}
