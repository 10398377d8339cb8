//! Authorizers of GraphQL APIs and of event APIs.
//!
//! Sources: [GraphQL](https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html#aws-lambda-authorization),
//! [event APIs](https://docs.aws.amazon.com/appsync/latest/eventapi/configure-event-api-auth.html).

use crate::{Int, Json, Map, Str, value::Scalar};

event! {
    /// A request to a GraphQL API is to be authorized; the answer is an [`AuthorizerResponse`].
    ///
    /// ```
    /// use lambda_events::appsync::{Authorizer, AuthorizerResponse};
    ///
    /// let event: Authorizer<'_> = serde_json::from_str(r#"{"authorizationToken":"custom-secret"}"#)?;
    /// let response = AuthorizerResponse {
    ///     is_authorized: event.authorization_token == "custom-secret",
    ///     denied_fields: vec!["Mutation.deleteOrder".into()],
    ///     ..Default::default()
    /// };
    /// assert!(response.is_authorized);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Authorizer<'a> {
        /// What the caller sends as its authorization.
        authorization_token: Str<'a> = "authorizationToken", required;
        /// The request.
        request_context: AuthorizerContext<'a> = "requestContext";
        /// The headers of the request.
        request_headers: Map<'a, Str<'a>> = "requestHeaders";
    }

    /// A request to a GraphQL API.
    pub struct AuthorizerContext<'a> {
        /// The API.
        api_id: Option<Str<'a>> = "apiId";
        /// The account of the API.
        account_id: Option<Str<'a>> = "accountId";
        /// The id of the request.
        request_id: Option<Str<'a>> = "requestId";
        /// The document as GraphQL.
        query_string: Option<Str<'a>> = "queryString";
        /// Which of the document's operations is asked for.
        operation_name: Option<Str<'a>> = "operationName";
        /// The variables.
        variables: Map<'a, Json<'a>> = "variables";
    }

    /// Whether a request may be made, and what of it.
    pub struct AuthorizerResponse<'a> {
        /// Whether it may be made.
        is_authorized: bool = "isAuthorized", required;
        /// What resolvers see of it as the identity.
        resolver_context: Map<'a, Scalar<'a>> = "resolverContext";
        /// Fields that are `null` nevertheless: `Type.field`, or the ARN of the field.
        denied_fields: Vec<Str<'a>> = "deniedFields";
        /// How long the answer is kept, in seconds; 0 not to keep it.
        ttl_override: Option<Int> = "ttlOverride";
    }

    /// A request to an event API is to be authorized; the answer is a [`ChannelAuthorizerResponse`].
    ///
    /// ```
    /// use lambda_events::appsync::{ChannelAuthorizer, ChannelOperation};
    ///
    /// let json = r#"{"authorizationToken":"custom-secret","requestContext":{"operation":"EVENT_CONNECT"}}"#;
    /// let event: ChannelAuthorizer<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.request_context.operation, Some(ChannelOperation::Connect));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ChannelAuthorizer<'a> {
        /// What the caller sends as its authorization.
        authorization_token: Str<'a> = "authorizationToken", required;
        /// The request.
        request_context: ChannelAuthorizerContext<'a> = "requestContext";
        /// The headers of the request.
        request_headers: Map<'a, Str<'a>> = "requestHeaders";
    }

    /// A request to an event API.
    pub struct ChannelAuthorizerContext<'a> {
        /// The API.
        api_id: Option<Str<'a>> = "apiId";
        /// The account of the API.
        account_id: Option<Str<'a>> = "accountId";
        /// The id of the request.
        request_id: Option<Str<'a>> = "requestId";
        /// What is asked for.
        operation: Option<ChannelOperation<'a>> = "operation";
        /// The namespace of the channel, unless this is a connection.
        channel_namespace_name: Option<Str<'a>> = "channelNamespaceName";
        /// The channel, unless this is a connection.
        channel: Option<Str<'a>> = "channel";
    }

    /// Whether a request may be made.
    pub struct ChannelAuthorizerResponse<'a> {
        /// Whether it may be made.
        is_authorized: bool = "isAuthorized", required;
        /// What handlers see of it as the identity.
        handler_context: Map<'a, Scalar<'a>> = "handlerContext";
        /// How long the answer is kept, in seconds; 0 not to keep it.
        ttl_override: Option<Int> = "ttlOverride";
    }
}

open_enum! {
    /// What is asked of an event API.
    pub enum ChannelOperation<'a> {
        /// A connection.
        Connect = "EVENT_CONNECT",
        /// To publish to a channel.
        Publish = "EVENT_PUBLISH",
        /// To subscribe to a channel.
        Subscribe = "EVENT_SUBSCRIBE",
    }
}
