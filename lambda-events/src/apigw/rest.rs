//! Requests of REST APIs, and of HTTP APIs with payload format 1.0, and what a function answers.
//!
//! Source: [Lambda proxy integrations](https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html);
//! format 1.0: [HTTP APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).

use crate::{Int, Json, Map, Str, value::Millis};

event! {
    /// A request to a REST API, or to an HTTP API with payload format 1.0.
    ///
    /// ```
    /// use lambda_events::apigw::RestRequest;
    ///
    /// let json = r#"{"resource":"/orders/{id}","path":"/orders/7","httpMethod":"GET","pathParameters":{"id":"7"},
    ///     "multiValueQueryStringParameters":{"part":["items","total"]}}"#;
    /// let request: RestRequest<'_> = serde_json::from_str(json)?;
    /// assert_eq!((&*request.http_method, &*request.path_parameters["id"]), ("GET", "7"));
    /// assert_eq!(request.multi_value_query_string_parameters["part"], ["items", "total"]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct RestRequest<'a> {
        /// `1.0` from an HTTP API; a REST API sends none.
        version: Option<Str<'a>> = "version";
        /// The path of the resource, with its variables: `/orders/{id}`.
        resource: Option<Str<'a>> = "resource";
        /// The path; below a custom domain it begins with the base path.
        path: Str<'a> = "path", required;
        /// The method.
        http_method: Str<'a> = "httpMethod", required;
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
        /// The body, as text or as base64.
        body: Option<Str<'a>> = "body";
        /// Whether the body is base64.
        is_base64_encoded: Option<bool> = "isBase64Encoded";
    }

    /// What API Gateway knows of a request to a REST API.
    pub struct RestContext<'a> {
        /// The id of the resource.
        resource_id: Option<Str<'a>> = "resourceId";
        /// What the authorizer says: `claims` of a user pool or a token, or `principalId` and the context of a Lambda authorizer.
        authorizer: Map<'a, Json<'a>> = "authorizer";
        /// The path of the resource, with its variables.
        resource_path: Option<Str<'a>> = "resourcePath";
        /// The name that the API's definition gives to the method.
        operation_name: Option<Str<'a>> = "operationName";
        /// The method.
        http_method: Option<Str<'a>> = "httpMethod";
        /// An id that is unlikely to come again, for questions to AWS.
        extended_request_id: Option<Str<'a>> = "extendedRequestId";
        /// When it came: `12/Mar/2026:19:03:58 +0000`.
        request_time: Option<Str<'a>> = "requestTime";
        /// The path, with the stage or the base path.
        path: Option<Str<'a>> = "path";
        /// The account that owns the API.
        account_id: Option<Str<'a>> = "accountId";
        /// `HTTP/1.1`.
        protocol: Option<Str<'a>> = "protocol";
        /// The stage.
        stage: Option<Str<'a>> = "stage";
        /// The first label of the domain name.
        domain_prefix: Option<Str<'a>> = "domainPrefix";
        /// When it came.
        request_time_epoch: Option<Millis> = "requestTimeEpoch";
        /// The id of the request.
        request_id: Option<Str<'a>> = "requestId";
        /// Who sent it.
        identity: Identity<'a> = "identity";
        /// The domain name to which it was sent.
        domain_name: Option<Str<'a>> = "domainName";
        /// The id of the deployment.
        deployment_id: Option<Str<'a>> = "deploymentId";
        /// The id of the API.
        api_id: Option<Str<'a>> = "apiId";
    }

    /// Who sent a request to a REST or WebSocket API.
    pub struct Identity<'a> {
        /// The identity pool, of a request signed with its credentials.
        cognito_identity_pool_id: Option<Str<'a>> = "cognitoIdentityPoolId";
        /// The account of a signed request.
        account_id: Option<Str<'a>> = "accountId";
        /// The identity in the identity pool.
        cognito_identity_id: Option<Str<'a>> = "cognitoIdentityId";
        /// The principal that signed.
        caller: Option<Str<'a>> = "caller";
        /// The address from which the connection came.
        source_ip: Option<Str<'a>> = "sourceIp";
        /// The organization of the principal.
        principal_org_id: Option<Str<'a>> = "principalOrgId";
        /// The access key of the signature.
        access_key: Option<Str<'a>> = "accessKey";
        /// `authenticated` or `unauthenticated`, for an identity pool.
        cognito_authentication_type: Option<Str<'a>> = "cognitoAuthenticationType";
        /// The providers that identified the user, separated by commas.
        cognito_authentication_provider: Option<Str<'a>> = "cognitoAuthenticationProvider";
        /// The ARN of the principal.
        user_arn: Option<Str<'a>> = "userArn";
        /// The id of the API key.
        api_key_id: Option<Str<'a>> = "apiKeyId";
        /// The header `User-Agent`.
        user_agent: Option<Str<'a>> = "userAgent";
        /// The API key, where the method asks for one.
        api_key: Option<Str<'a>> = "apiKey";
        /// The principal that is authorized.
        user: Option<Str<'a>> = "user";
        /// The client's certificate, with mutual TLS.
        client_cert: Option<ClientCert<'a>> = "clientCert";
        /// The VPC from which a private API was called.
        vpc_id: Option<Str<'a>> = "vpcId";
        /// The VPC endpoint through which a private API was called.
        vpce_id: Option<Str<'a>> = "vpceId";
    }

    /// A client's certificate, with mutual TLS.
    pub struct ClientCert<'a> {
        /// The certificate as PEM.
        client_cert_pem: Option<Str<'a>> = "clientCertPem";
        /// The distinguished name of its subject.
        subject_dn: Option<Str<'a>> = "subjectDN";
        /// The distinguished name of its issuer.
        issuer_dn: Option<Str<'a>> = "issuerDN";
        /// Its serial number.
        serial_number: Option<Str<'a>> = "serialNumber";
        /// When it is valid.
        validity: Validity<'a> = "validity";
    }

    /// When a certificate is valid.
    pub struct Validity<'a> {
        /// From then on: `May 28 12:30:02 2019 GMT`.
        not_before: Option<Str<'a>> = "notBefore";
        /// Until then.
        not_after: Option<Str<'a>> = "notAfter";
    }

    /// The answer to a request to a REST or WebSocket API, or to an HTTP API with format 1.0.
    ///
    /// ```
    /// use lambda_events::apigw::RestResponse;
    ///
    /// let response = RestResponse { status_code: 204.into(), ..RestResponse::default() };
    /// assert_eq!(serde_json::to_string(&response)?, r#"{"statusCode":204}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct RestResponse<'a> {
        /// Whether the body is base64.
        is_base64_encoded: Option<bool> = "isBase64Encoded";
        /// The status code.
        status_code: Int = "statusCode", required;
        /// Headers.
        headers: Map<'a, Str<'a>> = "headers";
        /// Headers with more than one value; where a name is in both, these count.
        multi_value_headers: Map<'a, Vec<Str<'a>>> = "multiValueHeaders";
        /// The body, as text or as base64.
        body: Option<Str<'a>> = "body";
    }
}

impl<'a> RestContext<'a> {
    /// The claims of the token that a user pool or a JWT authorizer has checked.
    pub fn claims(&self) -> Option<&Map<'a, Json<'a>>> {
        self.authorizer.get("claims")?.as_object()
    }

    /// Whom a Lambda authorizer has recognized.
    pub fn principal_id(&self) -> Option<&str> {
        self.authorizer.get("principalId")?.as_str()
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn claims_are_found_only_where_they_are_an_object() {
        let context = |authorizer: &'static str| -> RestContext<'static> {
            RestContext { authorizer: serde_json::from_str(authorizer).unwrap(), ..RestContext::default() }
        };
        let user = context(r#"{"claims":{"sub":"u-1","email_verified":"true"},"scopes":null}"#);
        assert_eq!(user.claims().and_then(|claims| claims.get("sub")).and_then(Json::as_str), Some("u-1"));
        assert_eq!(user.principal_id(), None);

        let principal = context(r#"{"principalId":"p-1","integrationLatency":12,"claims":"none"}"#);
        assert_eq!((principal.claims(), principal.principal_id()), (None, Some("p-1")));
    }

    #[test]
    fn maps_that_are_null_are_empty_and_are_written_as_null() {
        let json = r#"{"path":"/","httpMethod":"GET","headers":null,"multiValueHeaders":null,"queryStringParameters":null,"pathParameters":null,"requestContext":{"authorizer":null,"identity":{"apiKey":null}},"body":null}"#;
        let request: RestRequest<'_> = serde_json::from_str(json).unwrap();
        assert!(request.headers.is_empty() && request.path_parameters.is_empty());
        assert_eq!(request.body, None);
        assert_eq!(serde_json::to_string(&request).unwrap(), json);
    }
}
