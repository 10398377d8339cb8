//! Triggers before tokens are made: claims, scopes and groups.
//!
//! Source: [Pre token generation Lambda
//! trigger](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html).

use super::triggers;
use crate::{Json, Map, Str};

triggers! {
    /// An ID token is about to be made: version 1 of the trigger.
    ///
    /// ```
    /// use lambda_events::cognito::{ClaimsOverride, PreTokenGeneration};
    ///
    /// let json = r#"{"request":{"userAttributes":{"family_name":"Lovelace"}},
    ///     "response":{"claimsOverrideDetails":null}}"#;
    /// let mut event: PreTokenGeneration<'_> = serde_json::from_str(json)?;
    /// event.response.claims_override_details =
    ///     Some(ClaimsOverride { claims_to_suppress: vec!["family_name".into()], ..Default::default() });
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct PreTokenGeneration<'a> {
        request: PreTokenGenerationRequest<'a>,
        response: PreTokenGenerationResponse<'a>,
    }

    /// An ID token and an access token are about to be made: version 2 of the trigger.
    ///
    /// ```
    /// use lambda_events::cognito::{AccessTokenGeneration, ClaimsAndScopes, PreTokenGenerationV2};
    ///
    /// let json = r#"{"version":"2","request":{"scopes":["openid"]},"response":{"claimsAndScopeOverrideDetails":null}}"#;
    /// let mut event: PreTokenGenerationV2<'_> = serde_json::from_str(json)?;
    /// let access = AccessTokenGeneration { scopes_to_add: vec!["orders/read".into()], ..Default::default() };
    /// event.response.claims_and_scope_override_details =
    ///     Some(ClaimsAndScopes { access_token_generation: Some(access), ..Default::default() });
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct PreTokenGenerationV2<'a> {
        request: PreTokenGenerationV2Request<'a>,
        response: PreTokenGenerationV2Response<'a>,
    }

    /// Tokens are about to be made, those of machines among them: version 3 of the trigger.
    ///
    /// ```
    /// use lambda_events::cognito::{PreTokenGenerationV3, TriggerSource};
    ///
    /// let json = r#"{"version":"3","triggerSource":"TokenGeneration_ClientCredentials","request":{"scopes":["orders/read"]},
    ///     "response":{"claimsAndScopeOverrideDetails":null}}"#;
    /// let event: PreTokenGenerationV3<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.trigger_source, Some(TriggerSource::TokenGenerationClientCredentials));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct PreTokenGenerationV3<'a> {
        request: PreTokenGenerationV2Request<'a>,
        response: PreTokenGenerationV2Response<'a>,
    }
}

event! {
    /// For whom a token is made.
    pub struct PreTokenGenerationRequest<'a> {
        /// The user's attributes.
        user_attributes: Map<'a, Str<'a>> = "userAttributes";
        /// The user's groups.
        group_configuration: Groups<'a> = "groupConfiguration";
        /// What the app sends to the functions.
        client_metadata: Map<'a, Str<'a>> = "clientMetadata";
    }

    /// Groups and roles of a user.
    pub struct Groups<'a> {
        /// The groups.
        groups_to_override: Vec<Str<'a>> = "groupsToOverride";
        /// The ARNs of the groups' roles.
        iam_roles_to_override: Vec<Str<'a>> = "iamRolesToOverride";
        /// The ARN of the role that comes first.
        preferred_role: Option<Str<'a>> = "preferredRole";
    }

    /// How the ID token is changed.
    pub struct PreTokenGenerationResponse<'a> {
        /// The changes, if there are any.
        claims_override_details: Option<ClaimsOverride<'a>> = "claimsOverrideDetails";
    }

    /// Changes to an ID token.
    pub struct ClaimsOverride<'a> {
        /// Claims that are set.
        claims_to_add_or_override: Map<'a, Str<'a>> = "claimsToAddOrOverride";
        /// Claims that are left out.
        claims_to_suppress: Vec<Str<'a>> = "claimsToSuppress";
        /// The groups instead of the user's; if they are empty, the token has none.
        group_override_details: Option<Groups<'a>> = "groupOverrideDetails";
    }

    /// For whom tokens are made.
    pub struct PreTokenGenerationV2Request<'a> {
        /// The user's attributes.
        user_attributes: Map<'a, Str<'a>> = "userAttributes";
        /// The user's groups.
        group_configuration: Groups<'a> = "groupConfiguration";
        /// The scopes that the access token would have.
        scopes: Vec<Str<'a>> = "scopes";
        /// What the app sends to the functions.
        client_metadata: Map<'a, Str<'a>> = "clientMetadata";
    }

    /// How the tokens are changed.
    pub struct PreTokenGenerationV2Response<'a> {
        /// The changes, if there are any.
        claims_and_scope_override_details: Option<ClaimsAndScopes<'a>> = "claimsAndScopeOverrideDetails";
    }

    /// Changes to tokens.
    pub struct ClaimsAndScopes<'a> {
        /// Changes to the ID token.
        id_token_generation: Option<IdTokenGeneration<'a>> = "idTokenGeneration";
        /// Changes to the access token.
        access_token_generation: Option<AccessTokenGeneration<'a>> = "accessTokenGeneration";
        /// The groups instead of the user's; if they are empty, the tokens have none.
        group_override_details: Option<Groups<'a>> = "groupOverrideDetails";
    }

    /// Changes to an ID token, whose claims may be of any shape.
    pub struct IdTokenGeneration<'a> {
        /// Claims that are set.
        claims_to_add_or_override: Map<'a, Json<'a>> = "claimsToAddOrOverride";
        /// Claims that are left out.
        claims_to_suppress: Vec<Str<'a>> = "claimsToSuppress";
    }

    /// Changes to an access token, whose claims may be of any shape.
    pub struct AccessTokenGeneration<'a> {
        /// Claims that are set.
        claims_to_add_or_override: Map<'a, Json<'a>> = "claimsToAddOrOverride";
        /// Claims that are left out.
        claims_to_suppress: Vec<Str<'a>> = "claimsToSuppress";
        /// Scopes that are added.
        scopes_to_add: Vec<Str<'a>> = "scopesToAdd";
        /// Scopes that are left out.
        scopes_to_suppress: Vec<Str<'a>> = "scopesToSuppress";
    }
}
