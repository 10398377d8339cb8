//! Requests of AWS AppSync: resolvers, authorizers and event APIs.
//!
//! Resolvers of GraphQL APIs and who calls them are here, event APIs in `channel` and authorizers of both in `authorizer`. A
//! resolver answers with any JSON: the field's value.
//!
//! Sources: [direct Lambda resolvers](https://docs.aws.amazon.com/appsync/latest/devguide/direct-lambda-reference.html),
//! [the context](https://docs.aws.amazon.com/appsync/latest/devguide/resolver-context-reference.html).

use crate::{Json, Map, Str, value::Scalar};

mod authorizer;
mod channel;

pub use self::{
    authorizer::{
        Authorizer, AuthorizerContext, AuthorizerResponse, ChannelAuthorizer, ChannelAuthorizerContext,
        ChannelAuthorizerResponse, ChannelOperation,
    },
    channel::{
        Channel, ChannelEvent, ChannelInfo, ChannelMessage, ChannelNamespace, ChannelReply, ChannelResponse,
        Operation,
    },
};

event! {
    /// A field is to be resolved.
    ///
    /// ```
    /// use lambda_events::appsync::{AppSync, IdentityKind};
    ///
    /// let json = r#"{"arguments":{"id":"7"},"info":{"fieldName":"order","parentTypeName":"Query"},
    ///     "identity":{"sub":"5f2b","username":"ada","sourceIp":["192.0.2.1"],"defaultAuthStrategy":"ALLOW"}}"#;
    /// let event: AppSync<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.info.field_name.as_deref(), Some("order"));
    /// assert_eq!(event.identity.and_then(|identity| identity.kind()), Some(IdentityKind::Cognito));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct AppSync<'a> {
        /// The field's arguments.
        arguments: Map<'a, Json<'a>> = "arguments";
        /// Who calls; not there if an API key is all there is.
        identity: Option<Identity<'a>> = "identity";
        /// The object whose field it is; not there for queries, mutations and subscriptions.
        source: Option<Json<'a>> = "source";
        /// The request to the API.
        request: Request<'a> = "request";
        /// What the function before has answered, in a pipeline.
        prev: Option<Prev<'a>> = "prev";
        /// The field, and what is asked of it.
        info: Info<'a> = "info", required;
        /// What the functions of a pipeline give to each other.
        stash: Map<'a, Json<'a>> = "stash";
    }

    /// The request to an API.
    pub struct Request<'a> {
        /// The headers, with names in small letters.
        headers: Map<'a, Str<'a>> = "headers";
        /// The domain name, if it is one of the customer's own.
        domain_name: Option<Str<'a>> = "domainName";
    }

    /// What the function before has answered.
    pub struct Prev<'a> {
        /// The answer.
        result: Option<Json<'a>> = "result";
    }

    /// A field, and what is asked of it.
    pub struct Info<'a> {
        /// The paths of the fields that are asked for, such as `items/id`.
        selection_set_list: Vec<Str<'a>> = "selectionSetList";
        /// The same as GraphQL.
        selection_set_graphql: Option<Str<'a>> = "selectionSetGraphQL";
        /// The field.
        field_name: Option<Str<'a>> = "fieldName";
        /// The type that has the field: `Query`, `Mutation`, `Subscription` or one of the schema's own.
        parent_type_name: Option<Str<'a>> = "parentTypeName";
        /// The variables of the whole request.
        variables: Map<'a, Json<'a>> = "variables";
    }

    /// Who calls. Which members are there depends on how the call was authorized: see [`kind`](Identity::kind).
    pub struct Identity<'a> {
        /// The user's id (Amazon Cognito and OpenID Connect).
        sub: Option<Str<'a>> = "sub";
        /// Who has issued the token (Amazon Cognito and OpenID Connect).
        issuer: Option<Str<'a>> = "issuer";
        /// The user's name (Amazon Cognito), or the principal's id and the session's name (IAM).
        username: Option<Str<'a>> = "username";
        /// The claims of the token (Amazon Cognito and OpenID Connect).
        claims: Map<'a, Json<'a>> = "claims";
        /// The caller's addresses (Amazon Cognito and IAM).
        source_ip: Vec<Str<'a>> = "sourceIp";
        /// What the API does where the schema says nothing (Amazon Cognito).
        default_auth_strategy: Option<DefaultAuthStrategy<'a>> = "defaultAuthStrategy";
        /// The user's groups (Amazon Cognito).
        groups: Option<Vec<Str<'a>>> = "groups";
        /// The caller's account (IAM).
        account_id: Option<Str<'a>> = "accountId";
        /// The identity pool, if the credentials are of one (IAM).
        cognito_identity_pool_id: Option<Str<'a>> = "cognitoIdentityPoolId";
        /// The identity in it (IAM).
        cognito_identity_id: Option<Str<'a>> = "cognitoIdentityId";
        /// The ARN of the user or of the role (IAM).
        user_arn: Option<Str<'a>> = "userArn";
        /// The id of the user or of the role (IAM).
        user: Option<Str<'a>> = "user";
        /// `authenticated` or `unauthenticated`, in an identity pool (IAM).
        cognito_identity_auth_type: Option<Str<'a>> = "cognitoIdentityAuthType";
        /// Who has authenticated it, in an identity pool (IAM).
        cognito_identity_auth_provider: Option<Str<'a>> = "cognitoIdentityAuthProvider";
        /// What the authorizer has answered (Lambda).
        resolver_context: Option<Map<'a, Scalar<'a>>> = "resolverContext";
        /// What the authorizer of an event API has answered (Lambda).
        handler_context: Option<Map<'a, Scalar<'a>>> = "handlerContext";
    }
}

open_enum! {
    /// What an API does where the schema says nothing.
    pub enum DefaultAuthStrategy<'a> {
        /// Users of the pool may call.
        Allow = "ALLOW",
        /// They may not.
        Deny = "DENY",
    }
}

/// How a call was authorized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IdentityKind {
    /// By IAM.
    Iam,
    /// By a user pool of Amazon Cognito.
    Cognito,
    /// By another provider of OpenID Connect.
    Oidc,
    /// By a function.
    Lambda,
}

impl Identity<'_> {
    /// How the call was authorized, as far as the members tell.
    ///
    /// Each kind has members that no other has: the authorizer's answer for a function, an account or an ARN for IAM. Users of
    /// Amazon Cognito and of OpenID Connect have the same claims; of these, only Amazon Cognito's have a name, addresses and a
    /// strategy.
    pub fn kind(&self) -> Option<IdentityKind> {
        let is_iam =
            [&self.account_id, &self.user_arn, &self.cognito_identity_id, &self.cognito_identity_pool_id]
                .into_iter()
                .any(Option::is_some);
        let is_cognito = self.default_auth_strategy.is_some()
            || self.groups.is_some()
            || self.username.is_some()
            || !self.source_ip.is_empty();
        let is_token = self.sub.is_some() || self.issuer.is_some() || !self.claims.is_empty();
        if self.resolver_context.is_some() || self.handler_context.is_some() {
            Some(IdentityKind::Lambda)
        } else if is_iam {
            Some(IdentityKind::Iam)
        } else if is_token {
            Some(if is_cognito { IdentityKind::Cognito } else { IdentityKind::Oidc })
        } else {
            None
        }
    }
}

/// Fields of many objects at once, where the resolver collects them: the answer is an array of as many values, in the same order.
///
/// ```
/// use lambda_events::appsync::BatchResolver;
///
/// let json = r#"[{"source":{"id":1},"info":{"fieldName":"owner"}},{"source":{"id":2},"info":{"fieldName":"owner"}}]"#;
/// let events: BatchResolver<'_> = serde_json::from_str(json)?;
/// let ids: Vec<_> =
///     events.iter().map(|event| event.source.as_ref().and_then(|source| source["id"].as_i64())).collect();
/// assert_eq!(ids, [Some(1), Some(2)]);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub type BatchResolver<'a> = Vec<AppSync<'a>>;

#[cfg(test)]
mod test {
    use super::{Identity, IdentityKind};

    #[test]
    fn each_kind_of_identity_is_told_by_its_members() {
        let cognito = r#"{"sub":"5f2b","issuer":"i","username":"ada","claims":{},"sourceIp":["192.0.2.1"],
            "defaultAuthStrategy":"ALLOW","groups":null}"#;
        let iam = r#"{"accountId":"123456789012","cognitoIdentityId":null,"sourceIp":["192.0.2.1"],
            "username":"AIDAEXAMPLE","userArn":"arn:aws:iam::123456789012:user/ada"}"#;
        let cases = [
            (cognito, Some(IdentityKind::Cognito)),
            (r#"{"sub":"5f2b","username":"ada","sourceIp":["192.0.2.1"]}"#, Some(IdentityKind::Cognito)),
            (iam, Some(IdentityKind::Iam)),
            (r#"{"sub":"5f2b","issuer":"i","claims":{"scope":"openid"}}"#, Some(IdentityKind::Oidc)),
            (r#"{"resolverContext":{"tenant":"7"}}"#, Some(IdentityKind::Lambda)),
            (r#"{"resolverContext":{}}"#, Some(IdentityKind::Lambda)),
            (r#"{"handlerContext":{"tenant":"7"}}"#, Some(IdentityKind::Lambda)),
            (r#"{"sourceIp":["192.0.2.1"]}"#, None),
            ("{}", None),
        ];
        for (json, kind) in cases {
            let identity: Identity<'_> = serde_json::from_str(json).unwrap();
            assert_eq!(identity.kind(), kind, "{json}");
        }
    }
}
