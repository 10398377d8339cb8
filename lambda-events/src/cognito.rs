//! Triggers of Amazon Cognito user pools.
//!
//! A trigger's function returns the event that it got, with its `response` filled in. Amazon Cognito compares the two, so what was
//! read is written as it was: members that are `null` stay, and so does the order. What all triggers have in common is here;
//! what each of them asks and wants to know is in the modules by moment: `sign_up`, `challenge`, `token`, `message`. What the
//! senders of messages must decrypt is not decrypted here.
//!
//! Source: [Customizing user pool workflows with Lambda
//! triggers](https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html).

use crate::{Json, Str};

mod challenge;
mod message;
mod sign_up;
mod token;

pub use self::{
    challenge::{
        ChallengeName, ChallengeResult, CreateAuthChallenge, CreateAuthChallengeRequest,
        CreateAuthChallengeResponse, DefineAuthChallenge, DefineAuthChallengeRequest,
        DefineAuthChallengeResponse, VerifyAuthChallenge, VerifyAuthChallengeRequest,
        VerifyAuthChallengeResponse,
    },
    message::{
        CustomEmailSender, CustomMessage, CustomMessageRequest, CustomMessageResponse, CustomSmsSender,
        SenderRequest,
    },
    sign_up::{
        DeliveryMedium, FederatedAttributes, InboundFederation, InboundFederationRequest,
        InboundFederationResponse, MessageAction, PostAuthentication, PostAuthenticationRequest,
        PostConfirmation, PostConfirmationRequest, PreAuthentication, PreAuthenticationRequest, PreSignUp,
        PreSignUpRequest, PreSignUpResponse, ProviderType, UserMigration, UserMigrationRequest,
        UserMigrationResponse, UserStatus,
    },
    token::{
        AccessTokenGeneration, ClaimsAndScopes, ClaimsOverride, Groups, IdTokenGeneration,
        PreTokenGeneration, PreTokenGenerationRequest, PreTokenGenerationResponse, PreTokenGenerationV2,
        PreTokenGenerationV2Request, PreTokenGenerationV2Response, PreTokenGenerationV3,
    },
};

/// Defines triggers: what all of them have, and a request and a response of their own.
macro_rules! triggers {
    ($(
        $(#[$about:meta])*
        pub struct $name:ident<'a> {
            request: $request:ty,
            response: $response:ty,
        }
    )+) => {
        event! {$(
            $(#[$about])*
            pub struct $name<'a> {
                /// The version of this trigger's format: `1`, `2` or `3`.
                version: Option<$crate::Str<'a>> = "version";
                /// The region of the user pool.
                region: Option<$crate::Str<'a>> = "region";
                /// The user pool.
                user_pool_id: Option<$crate::Str<'a>> = "userPoolId";
                /// The user; not there if there is none, as for a token of a machine.
                user_name: Option<$crate::Str<'a>> = "userName";
                /// Who calls Amazon Cognito.
                caller_context: $crate::cognito::CallerContext<'a> = "callerContext";
                /// What has happened.
                trigger_source: Option<$crate::cognito::TriggerSource<'a>> = "triggerSource";
                /// What the function gets.
                request: $request = "request", always;
                /// What the function fills in.
                response: $response = "response", always;
            }
        )+}
    };
}

use triggers;

triggers! {
    /// An event of any trigger, for a function that has several and for triggers that are not among these.
    ///
    /// ```
    /// use lambda_events::cognito::Trigger;
    ///
    /// let json = r#"{"triggerSource":"PostConfirmation_ConfirmSignUp","userName":"ada",
    ///     "request":{"userAttributes":{"email":"ada@example.com"}},"response":{}}"#;
    /// let event: Trigger<'_> = serde_json::from_str(json)?;
    /// let trigger = event.trigger_source.as_ref().map_or("", |source| source.trigger());
    /// let email = event.request.as_ref().and_then(|request| request["userAttributes"]["email"].as_str());
    /// assert_eq!((trigger, email), ("PostConfirmation", Some("ada@example.com")));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Trigger<'a> {
        request: Option<Json<'a>>,
        response: Option<Json<'a>>,
    }
}

event! {
    /// Who calls Amazon Cognito.
    pub struct CallerContext<'a> {
        /// The name and the version of the SDK; `aws-sdk-unknown-unknown` if it is not known.
        aws_sdk_version: Option<Str<'a>> = "awsSdkVersion";
        /// The app client; not there if an administrator calls.
        client_id: Option<Str<'a>> = "clientId";
    }
}

open_enum! {
    /// What has happened: a trigger, and an occasion for it.
    pub enum TriggerSource<'a> {
        /// A user signs up.
        PreSignUpSignUp = "PreSignUp_SignUp",
        /// An administrator makes a user.
        PreSignUpAdminCreateUser = "PreSignUp_AdminCreateUser",
        /// A user signs in with an identity provider for the first time.
        PreSignUpExternalProvider = "PreSignUp_ExternalProvider",
        /// A user has confirmed the sign-up.
        PostConfirmationConfirmSignUp = "PostConfirmation_ConfirmSignUp",
        /// A user has confirmed a new password.
        PostConfirmationConfirmForgotPassword = "PostConfirmation_ConfirmForgotPassword",
        /// A user signs in.
        PreAuthenticationAuthentication = "PreAuthentication_Authentication",
        /// A user has signed in.
        PostAuthenticationAuthentication = "PostAuthentication_Authentication",
        /// The next step of a custom sign-in is asked for.
        DefineAuthChallengeAuthentication = "DefineAuthChallenge_Authentication",
        /// A challenge is asked for.
        CreateAuthChallengeAuthentication = "CreateAuthChallenge_Authentication",
        /// An answer to a challenge has come.
        VerifyAuthChallengeResponseAuthentication = "VerifyAuthChallengeResponse_Authentication",
        /// A user has signed in on the hosted pages.
        TokenGenerationHostedAuth = "TokenGeneration_HostedAuth",
        /// A user has signed in.
        TokenGenerationAuthentication = "TokenGeneration_Authentication",
        /// A user whom an administrator has made has chosen a password.
        TokenGenerationNewPasswordChallenge = "TokenGeneration_NewPasswordChallenge",
        /// A machine asks for a token.
        TokenGenerationClientCredentials = "TokenGeneration_ClientCredentials",
        /// A user's device has been authenticated.
        TokenGenerationAuthenticateDevice = "TokenGeneration_AuthenticateDevice",
        /// Tokens are refreshed.
        TokenGenerationRefreshTokens = "TokenGeneration_RefreshTokens",
        /// A user who is not in the pool signs in.
        UserMigrationAuthentication = "UserMigration_Authentication",
        /// A user who is not in the pool has forgotten the password.
        UserMigrationForgotPassword = "UserMigration_ForgotPassword",
        /// A message with a code after signing up.
        CustomMessageSignUp = "CustomMessage_SignUp",
        /// A message with a first password.
        CustomMessageAdminCreateUser = "CustomMessage_AdminCreateUser",
        /// A message with a code once more.
        CustomMessageResendCode = "CustomMessage_ResendCode",
        /// A message with a code for a new password.
        CustomMessageForgotPassword = "CustomMessage_ForgotPassword",
        /// A message with a code for a changed address or number.
        CustomMessageUpdateUserAttribute = "CustomMessage_UpdateUserAttribute",
        /// A message with a code that a user has asked for, for an address or number.
        CustomMessageVerifyUserAttribute = "CustomMessage_VerifyUserAttribute",
        /// A message with a code for signing in.
        CustomMessageAuthentication = "CustomMessage_Authentication",
        /// An e-mail after signing up.
        CustomEmailSenderSignUp = "CustomEmailSender_SignUp",
        /// An e-mail with a first password.
        CustomEmailSenderAdminCreateUser = "CustomEmailSender_AdminCreateUser",
        /// An e-mail with a code once more.
        CustomEmailSenderResendCode = "CustomEmailSender_ResendCode",
        /// An e-mail with a code for a new password.
        CustomEmailSenderForgotPassword = "CustomEmailSender_ForgotPassword",
        /// An e-mail with a code for a changed attribute.
        CustomEmailSenderUpdateUserAttribute = "CustomEmailSender_UpdateUserAttribute",
        /// An e-mail with a code for an attribute.
        CustomEmailSenderVerifyUserAttribute = "CustomEmailSender_VerifyUserAttribute",
        /// An e-mail with a code for signing in.
        CustomEmailSenderAuthentication = "CustomEmailSender_Authentication",
        /// An e-mail that warns of an attempt to take over the account.
        CustomEmailSenderAccountTakeOverNotification = "CustomEmailSender_AccountTakeOverNotification",
        /// A text message after signing up.
        CustomSmsSenderSignUp = "CustomSMSSender_SignUp",
        /// A text message with a first password.
        CustomSmsSenderAdminCreateUser = "CustomSMSSender_AdminCreateUser",
        /// A text message with a code once more.
        CustomSmsSenderResendCode = "CustomSMSSender_ResendCode",
        /// A text message with a code for a new password.
        CustomSmsSenderForgotPassword = "CustomSMSSender_ForgotPassword",
        /// A text message with a code for a changed attribute.
        CustomSmsSenderUpdateUserAttribute = "CustomSMSSender_UpdateUserAttribute",
        /// A text message with a code for an attribute.
        CustomSmsSenderVerifyUserAttribute = "CustomSMSSender_VerifyUserAttribute",
        /// A text message with a code for signing in.
        CustomSmsSenderAuthentication = "CustomSMSSender_Authentication",
        /// A user comes from an identity provider.
        InboundFederationExternalProvider = "InboundFederation_ExternalProvider",
    }
}

impl TriggerSource<'_> {
    /// The trigger alone, without the occasion: `PreSignUp` of `PreSignUp_AdminCreateUser`.
    ///
    /// ```
    /// use lambda_events::cognito::TriggerSource;
    ///
    /// assert_eq!(TriggerSource::CustomSmsSenderSignUp.trigger(), "CustomSMSSender");
    /// assert_eq!(TriggerSource::from("PreSignUp_Tomorrow").trigger(), "PreSignUp");
    /// ```
    pub fn trigger(&self) -> &str {
        let text = self.as_str();
        text.split_once('_').map_or(text, |(trigger, _)| trigger)
    }
}

#[cfg(test)]
mod test {
    use super::{DefineAuthChallenge, PreSignUp};

    #[test]
    fn what_is_null_stays_null_and_members_stay_in_their_order() {
        let json = concat!(
            r#"{"userName":"ada","version":"1","request":{"validationData":null,"userAttributes":{"email":"a"}},"#,
            r#""response":{"autoVerifyPhone":false,"autoConfirmUser":null},"new":{"b":1,"a":null}}"#
        );
        let event: PreSignUp<'_> = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), json);
    }

    #[test]
    fn an_answer_stands_where_null_was() {
        let json = r#"{"request":{},"response":{"issueTokens":null,"challengeName":null}}"#;
        let mut event: DefineAuthChallenge<'_> = serde_json::from_str(json).unwrap();
        event.response.issue_tokens = Some(true);
        let written = r#"{"request":{},"response":{"issueTokens":true,"challengeName":null}}"#;
        assert_eq!(serde_json::to_string(&event).unwrap(), written);
    }
}
