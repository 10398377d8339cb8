//! Triggers around a user's coming: sign-up, confirmation, sign-in, migration and federation.
//!
//! Sign-in by challenges of one's own is in `challenge`.
//!
//! Sources: [pre sign-up](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html),
//! [post confirmation](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html),
//! [pre authentication](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-authentication.html),
//! [post authentication](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-authentication.html),
//! [migrate user](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-migrate-user.html),
//! [inbound federation](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-inbound-federation.html).

use super::triggers;
use crate::{Json, Map, Str};

triggers! {
    /// A user is about to be made; an error refuses the sign-up.
    ///
    /// ```
    /// use lambda_events::cognito::PreSignUp;
    ///
    /// let json = r#"{"request":{"userAttributes":{"email":"ada@example.com"}},"response":{"autoConfirmUser":false}}"#;
    /// let mut event: PreSignUp<'_> = serde_json::from_str(json)?;
    /// let email = event.request.user_attributes.get("email").map_or("", |email| email);
    /// event.response.auto_confirm_user = Some(email.ends_with("@example.com"));
    /// assert_eq!(serde_json::to_string(&event)?, json.replace("false", "true"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct PreSignUp<'a> {
        request: PreSignUpRequest<'a>,
        response: PreSignUpResponse<'a>,
    }

    /// A user has been confirmed.
    ///
    /// ```
    /// use lambda_events::cognito::PostConfirmation;
    ///
    /// let json = r#"{"userName":"ada","request":{"userAttributes":{"email":"ada@example.com"}},"response":{}}"#;
    /// let event: PostConfirmation<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.request.user_attributes["email"], "ada@example.com");
    /// assert_eq!(serde_json::to_string(&event)?, json);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct PostConfirmation<'a> {
        request: PostConfirmationRequest<'a>,
        response: Map<'a, Json<'a>>,
    }

    /// A user signs in; an error refuses it.
    ///
    /// ```
    /// use lambda_events::cognito::PreAuthentication;
    ///
    /// let json = r#"{"callerContext":{"clientId":"blocked"},"response":{}}"#;
    /// let event: PreAuthentication<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.caller_context.client_id.as_deref(), Some("blocked"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct PreAuthentication<'a> {
        request: PreAuthenticationRequest<'a>,
        response: Map<'a, Json<'a>>,
    }

    /// A user has signed in.
    ///
    /// ```
    /// use lambda_events::cognito::PostAuthentication;
    ///
    /// let json = r#"{"request":{"userAttributes":{},"newDeviceUsed":true},"response":{}}"#;
    /// let event: PostAuthentication<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.request.new_device_used, Some(true));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct PostAuthentication<'a> {
        request: PostAuthenticationRequest<'a>,
        response: Map<'a, Json<'a>>,
    }

    /// A user who is not in the pool signs in or has forgotten the password; an error says that there is no such user.
    ///
    /// ```
    /// use lambda_events::cognito::{UserMigration, UserStatus};
    ///
    /// let json = r#"{"userName":"ada","request":{"password":"secret"},"response":{"finalUserStatus":null}}"#;
    /// let mut event: UserMigration<'_> = serde_json::from_str(json)?;
    /// event.response.final_user_status = Some(UserStatus::Confirmed);
    /// assert_eq!(serde_json::to_string(&event)?, json.replace("null", "\"CONFIRMED\""));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct UserMigration<'a> {
        request: UserMigrationRequest<'a>,
        response: UserMigrationResponse<'a>,
    }

    /// A user comes from an identity provider, and the attributes are about to be taken over.
    ///
    /// ```
    /// use lambda_events::cognito::InboundFederation;
    ///
    /// let json = r#"{"request":{"providerName":"Google","attributes":{"userInfo":{"given_name":"Ada"}}},
    ///     "response":{"userAttributesToMap":{}}}"#;
    /// let mut event: InboundFederation<'_> = serde_json::from_str(json)?;
    /// let user = &event.request.attributes.user_info;
    /// let name = user.get("given_name").and_then(|name| name.as_str()).unwrap_or("nobody").to_owned();
    /// event.response.user_attributes_to_map.insert("given_name", name.into());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct InboundFederation<'a> {
        request: InboundFederationRequest<'a>,
        response: InboundFederationResponse<'a>,
    }
}

event! {
    /// Who signs up.
    pub struct PreSignUpRequest<'a> {
        /// The user's attributes.
        user_attributes: Map<'a, Str<'a>> = "userAttributes";
        /// What the app sends for this check alone; it is not kept.
        validation_data: Map<'a, Str<'a>> = "validationData";
        /// What the app sends to the functions.
        client_metadata: Map<'a, Str<'a>> = "clientMetadata";
    }

    /// What is done without asking the user.
    pub struct PreSignUpResponse<'a> {
        /// Whether the user is confirmed.
        auto_confirm_user: Option<bool> = "autoConfirmUser";
        /// Whether the e-mail address counts as verified.
        auto_verify_email: Option<bool> = "autoVerifyEmail";
        /// Whether the phone number counts as verified.
        auto_verify_phone: Option<bool> = "autoVerifyPhone";
    }

    /// Who has been confirmed.
    pub struct PostConfirmationRequest<'a> {
        /// The user's attributes.
        user_attributes: Map<'a, Str<'a>> = "userAttributes";
        /// What the app sends to the functions.
        client_metadata: Map<'a, Str<'a>> = "clientMetadata";
    }

    /// Who signs in.
    pub struct PreAuthenticationRequest<'a> {
        /// The user's attributes.
        user_attributes: Map<'a, Str<'a>> = "userAttributes";
        /// What the app sends for this check.
        validation_data: Map<'a, Str<'a>> = "validationData";
        /// Whether there is no such user, in a pool that does not tell.
        user_not_found: Option<bool> = "userNotFound";
    }

    /// Who has signed in.
    pub struct PostAuthenticationRequest<'a> {
        /// The user's attributes.
        user_attributes: Map<'a, Str<'a>> = "userAttributes";
        /// Whether the device is new, in a pool that remembers devices.
        new_device_used: Option<bool> = "newDeviceUsed";
        /// What the app sends to the functions.
        client_metadata: Map<'a, Str<'a>> = "clientMetadata";
    }

    /// What is known of a user who is not in the pool; the name is the event's.
    pub struct UserMigrationRequest<'a> {
        /// The password as it was typed; not there if it is forgotten.
        password: Option<Str<'a>> = "password";
        /// What the app sends for this check.
        validation_data: Map<'a, Str<'a>> = "validationData";
        /// What the app sends to the functions.
        client_metadata: Map<'a, Str<'a>> = "clientMetadata";
    }

    /// The user as it is to be in the pool.
    pub struct UserMigrationResponse<'a> {
        /// The user's attributes; all that the pool requires have to be there.
        user_attributes: Option<Map<'a, Str<'a>>> = "userAttributes";
        /// Whether the password is kept.
        final_user_status: Option<UserStatus<'a>> = "finalUserStatus";
        /// Whether the user is welcomed.
        message_action: Option<MessageAction<'a>> = "messageAction";
        /// How the user is welcomed: by text message if nothing is said.
        desired_delivery_mediums: Option<Vec<DeliveryMedium<'a>>> = "desiredDeliveryMediums";
        /// Whether an e-mail address or a phone number that is another user's becomes this user's.
        force_alias_creation: Option<bool> = "forceAliasCreation";
        /// Whether a second factor by text message is asked for.
        enable_sms_mfa: Option<bool> = "enableSMSMFA";
    }

    /// What an identity provider says.
    pub struct InboundFederationRequest<'a> {
        /// The provider's name in the pool.
        provider_name: Option<Str<'a>> = "providerName";
        /// What kind of provider it is.
        provider_type: Option<ProviderType<'a>> = "providerType";
        /// What it says of the user.
        attributes: FederatedAttributes<'a> = "attributes";
    }

    /// What an identity provider says of a user.
    pub struct FederatedAttributes<'a> {
        /// The answer of the token endpoint, of OpenID Connect and social providers.
        token_response: Map<'a, Json<'a>> = "tokenResponse";
        /// The claims of the ID token, of OpenID Connect and social providers.
        id_token: Map<'a, Json<'a>> = "idToken";
        /// The answer of the user info endpoint, of OpenID Connect and social providers.
        user_info: Map<'a, Json<'a>> = "userInfo";
        /// The attributes of the assertion, of SAML providers.
        saml_response: Map<'a, Json<'a>> = "samlResponse";
    }

    /// What is taken over of it.
    pub struct InboundFederationResponse<'a> {
        /// All attributes that are to be kept; with none of them, everything is taken over as it is.
        user_attributes_to_map: Map<'a, Str<'a>> = "userAttributesToMap", always;
    }
}

open_enum! {
    /// What a user is in the pool after migration.
    pub enum UserStatus<'a> {
        /// Confirmed, with the password that was typed.
        Confirmed = "CONFIRMED",
        /// To choose another password.
        ResetRequired = "RESET_REQUIRED",
    }

    /// What is done about the message of welcome.
    pub enum MessageAction<'a> {
        /// It is not sent.
        Suppress = "SUPPRESS",
        /// It is sent again.
        Resend = "RESEND",
    }

    /// How a message is sent.
    pub enum DeliveryMedium<'a> {
        /// By e-mail.
        Email = "EMAIL",
        /// By text message.
        Sms = "SMS",
    }

    /// What kind of identity provider it is.
    pub enum ProviderType<'a> {
        /// OpenID Connect.
        Oidc = "OIDC",
        /// SAML 2.0.
        Saml = "SAML",
        /// Facebook.
        Facebook = "Facebook",
        /// Google.
        Google = "Google",
        /// Apple.
        SignInWithApple = "SignInWithApple",
        /// Amazon.
        LoginWithAmazon = "LoginWithAmazon",
    }
}
