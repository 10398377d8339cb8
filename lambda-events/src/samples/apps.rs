//! Samples of services for apps: sign-in, APIs, conversations, devices, and the building of software.

use super::samples;
#[cfg(feature = "appsync")]
use crate::appsync;
#[cfg(feature = "bedrock")]
use crate::bedrock;
#[cfg(feature = "codecommit")]
use crate::codecommit;
#[cfg(feature = "codedeploy")]
use crate::codedeploy;
#[cfg(feature = "codepipeline")]
use crate::codepipeline;
#[cfg(feature = "cognito")]
use crate::cognito;
#[cfg(feature = "config")]
use crate::config;
#[cfg(feature = "connect")]
use crate::connect;
#[cfg(feature = "iot")]
use crate::iot;
#[cfg(feature = "lex")]
use crate::lex;

samples! {
    "cognito" {
        /// A user signs up.
        COGNITO_PRE_SIGN_UP: cognito::PreSignUp<'static> = "cognito-pre-sign-up";
        /// An administrator makes a user.
        COGNITO_PRE_SIGN_UP_ADMIN: cognito::PreSignUp<'static> = "cognito-pre-sign-up-admin";
        /// A user has been confirmed.
        COGNITO_POST_CONFIRMATION: cognito::PostConfirmation<'static> = "cognito-post-confirmation";
        /// A user signs in.
        COGNITO_PRE_AUTHENTICATION: cognito::PreAuthentication<'static> = "cognito-pre-authentication";
        /// A user has signed in.
        COGNITO_POST_AUTHENTICATION: cognito::PostAuthentication<'static> = "cognito-post-authentication";
        /// A user of another pool signs in.
        COGNITO_USER_MIGRATION: cognito::UserMigration<'static> = "cognito-user-migration";
        /// A user of another pool who has forgotten the password, as the function returns it.
        COGNITO_USER_MIGRATION_ANSWERED: cognito::UserMigration<'static> = "cognito-user-migration-answered";
        /// A user comes from an OpenID Connect provider.
        COGNITO_INBOUND_FEDERATION: cognito::InboundFederation<'static> = "cognito-inbound-federation";
        /// A user comes from a SAML provider, as the function returns it.
        COGNITO_INBOUND_FEDERATION_SAML: cognito::InboundFederation<'static> = "cognito-inbound-federation-saml";
        /// A sign-in by challenges goes on.
        COGNITO_DEFINE_AUTH_CHALLENGE: cognito::DefineAuthChallenge<'static> = "cognito-define-auth-challenge";
        /// A sign-in by challenges begins, as the function returns it.
        COGNITO_DEFINE_AUTH_CHALLENGE_ANSWERED: cognito::DefineAuthChallenge<'static> =
            "cognito-define-auth-challenge-answered";
        /// A challenge is asked for.
        COGNITO_CREATE_AUTH_CHALLENGE: cognito::CreateAuthChallenge<'static> = "cognito-create-auth-challenge";
        /// A challenge, as the function returns it.
        COGNITO_CREATE_AUTH_CHALLENGE_ANSWERED: cognito::CreateAuthChallenge<'static> =
            "cognito-create-auth-challenge-answered";
        /// An answer to a challenge.
        COGNITO_VERIFY_AUTH_CHALLENGE: cognito::VerifyAuthChallenge<'static> = "cognito-verify-auth-challenge";
        /// An ID token is about to be made.
        COGNITO_PRE_TOKEN_GENERATION: cognito::PreTokenGeneration<'static> = "cognito-pre-token-generation";
        /// An ID token with other claims, as the function returns it.
        COGNITO_PRE_TOKEN_GENERATION_ANSWERED: cognito::PreTokenGeneration<'static> =
            "cognito-pre-token-generation-answered";
        /// Tokens are about to be made.
        COGNITO_PRE_TOKEN_GENERATION_V2: cognito::PreTokenGenerationV2<'static> = "cognito-pre-token-generation-v2";
        /// Tokens with other claims and scopes, as the function returns them.
        COGNITO_PRE_TOKEN_GENERATION_V2_ANSWERED: cognito::PreTokenGenerationV2<'static> =
            "cognito-pre-token-generation-v2-answered";
        /// A token for a machine.
        COGNITO_PRE_TOKEN_GENERATION_V3: cognito::PreTokenGenerationV3<'static> = "cognito-pre-token-generation-v3";
        /// A token for a machine with another claim, as the function returns it.
        COGNITO_PRE_TOKEN_GENERATION_V3_ANSWERED: cognito::PreTokenGenerationV3<'static> =
            "cognito-pre-token-generation-v3-answered";
        /// A message with a first password is about to be sent.
        COGNITO_CUSTOM_MESSAGE: cognito::CustomMessage<'static> = "cognito-custom-message";
        /// A message with a code, as the function returns it.
        COGNITO_CUSTOM_MESSAGE_ANSWERED: cognito::CustomMessage<'static> = "cognito-custom-message-answered";
        /// An e-mail that the function sends.
        COGNITO_CUSTOM_EMAIL_SENDER: cognito::CustomEmailSender<'static> = "cognito-custom-email-sender";
        /// A warning by e-mail that the function sends.
        COGNITO_CUSTOM_EMAIL_SENDER_WARNING: cognito::CustomEmailSender<'static> = "cognito-custom-email-sender-warning";
        /// A text message that the function sends.
        COGNITO_CUSTOM_SMS_SENDER: cognito::CustomSmsSender<'static> = "cognito-custom-sms-sender";
        /// Any trigger: here a user who has been confirmed.
        COGNITO_TRIGGER: cognito::Trigger<'static> = "cognito-post-confirmation";
    }
    "appsync" {
        /// A query of a user of a pool.
        APPSYNC_COGNITO: appsync::AppSync<'static> = "appsync-cognito";
        /// A mutation authorized by IAM, in a pipeline.
        APPSYNC_IAM: appsync::AppSync<'static> = "appsync-iam";
        /// A field of an object, for a user of another provider.
        APPSYNC_OIDC: appsync::AppSync<'static> = "appsync-oidc";
        /// A query authorized by a function.
        APPSYNC_LAMBDA: appsync::AppSync<'static> = "appsync-lambda";
        /// A query with an API key.
        APPSYNC_API_KEY: appsync::AppSync<'static> = "appsync-api-key";
        /// A field of two objects.
        APPSYNC_BATCH: appsync::BatchResolver<'static> = "appsync-batch";
        /// A request to a GraphQL API.
        APPSYNC_AUTHORIZER: appsync::Authorizer<'static> = "appsync-authorizer";
        /// It may be made, but for some fields.
        APPSYNC_AUTHORIZER_RESPONSE: appsync::AuthorizerResponse<'static> = "appsync-authorizer-response";
        /// A request to an event API.
        APPSYNC_CHANNEL_AUTHORIZER: appsync::ChannelAuthorizer<'static> = "appsync-channel-authorizer";
        /// It may not be made.
        APPSYNC_CHANNEL_AUTHORIZER_RESPONSE: appsync::ChannelAuthorizerResponse<'static> =
            "appsync-channel-authorizer-response";
        /// Messages are published.
        APPSYNC_PUBLISH: appsync::ChannelEvent<'static> = "appsync-publish";
        /// One of the messages goes on.
        APPSYNC_PUBLISH_RESPONSE: appsync::ChannelResponse<'static> = "appsync-publish-response";
        /// Somebody subscribes.
        APPSYNC_SUBSCRIBE: appsync::ChannelEvent<'static> = "appsync-subscribe";
        /// The subscription is refused.
        APPSYNC_SUBSCRIBE_RESPONSE: appsync::ChannelResponse<'static> = "appsync-subscribe-response";
    }
    "connect" {
        /// A call in a flow.
        CONNECT_VOICE: connect::Connect<'static> = "connect-voice";
        /// A chat in a flow, which has no endpoints and no queue.
        CONNECT_CHAT: connect::Connect<'static> = "connect-chat";
        /// An e-mail in a flow.
        CONNECT_EMAIL: connect::Connect<'static> = "connect-email";
        /// Customers of an outbound campaign.
        CONNECT_CAMPAIGN: connect::Campaign<'static> = "connect-campaign";
        /// What has become of them.
        CONNECT_CAMPAIGN_RESPONSE: connect::CampaignResponse<'static> = "connect-campaign-response";
    }
    "lex" {
        /// A turn in which a slot is missing.
        LEX: lex::Lex<'static> = "lex";
        /// The bot asks for a slot, with a card.
        LEX_ELICIT_SLOT_RESPONSE: lex::LexResponse<'static> = "lex-elicit-slot-response";
        /// The bot ends the intent.
        LEX_CLOSE_RESPONSE: lex::LexResponse<'static> = "lex-close-response";
    }
    "bedrock" {
        /// An operation of an API schema.
        BEDROCK_API: bedrock::ApiAction<'static> = "bedrock-api";
        /// It is done.
        BEDROCK_API_RESPONSE: bedrock::ApiActionResponse<'static> = "bedrock-api-response";
        /// The call of a function.
        BEDROCK_FUNCTION: bedrock::FunctionAction<'static> = "bedrock-function";
        /// The agent is to think again.
        BEDROCK_FUNCTION_RESPONSE: bedrock::FunctionActionResponse<'static> = "bedrock-function-response";
    }
    "iot" {
        /// A device wants to connect.
        IOT_AUTHORIZER: iot::IotAuthorizer<'static> = "iot-authorizer";
        /// It may.
        IOT_AUTHORIZER_RESPONSE: iot::AuthorizerResponse<'static> = "iot-authorizer-response";
        /// A device is to be provisioned.
        IOT_PRE_PROVISIONING: iot::PreProvisioning<'static> = "iot-pre-provisioning";
        /// It is, with another parameter.
        IOT_PRE_PROVISIONING_RESPONSE: iot::PreProvisioningResponse<'static> =
            "iot-pre-provisioning-response";
        /// A thing was updated.
        IOT_THING_EVENT: iot::ThingEvent<'static> = "iot-thing-event";
        /// A type of things was created.
        IOT_THING_TYPE_EVENT: iot::ThingTypeEvent<'static> = "iot-thing-type-event";
        /// A thing has got a type.
        IOT_THING_TYPE_ASSOCIATION_EVENT: iot::ThingTypeAssociationEvent<'static> =
            "iot-thing-type-association-event";
        /// A group was updated.
        IOT_THING_GROUP_EVENT: iot::ThingGroupEvent<'static> = "iot-thing-group-event";
        /// A thing was added to a group.
        IOT_THING_GROUP_MEMBERSHIP_EVENT: iot::ThingGroupMembershipEvent<'static> =
            "iot-thing-group-membership-event";
        /// A group was removed from another.
        IOT_THING_GROUP_HIERARCHY_EVENT: iot::ThingGroupHierarchyEvent<'static> =
            "iot-thing-group-hierarchy-event";
    }
    "config" {
        /// A resource has changed.
        CONFIG_CHANGE: config::Config<'static> = "config-change";
        /// The time has come.
        CONFIG_SCHEDULED: config::Config<'static> = "config-scheduled";
        /// Why: a resource has changed.
        CONFIG_INVOKING_EVENT_CHANGE: config::InvokingEvent<'static> = "config-invoking-event-change";
        /// Why: a large resource has changed.
        CONFIG_INVOKING_EVENT_OVERSIZED: config::InvokingEvent<'static> = "config-invoking-event-oversized";
        /// Why: a snapshot was delivered.
        CONFIG_INVOKING_EVENT_SNAPSHOT: config::InvokingEvent<'static> = "config-invoking-event-snapshot";
        /// Why: the time has come.
        CONFIG_INVOKING_EVENT_SCHEDULED: config::InvokingEvent<'static> = "config-invoking-event-scheduled";
    }
    "codepipeline" {
        /// An action of a pipeline.
        CODEPIPELINE: codepipeline::CodePipeline<'static> = "codepipeline";
    }
    "codecommit" {
        /// Branches and a tag have changed.
        CODECOMMIT: codecommit::CodeCommit<'static> = "codecommit";
    }
    "codedeploy" {
        /// A deployment has come to a hook.
        CODEDEPLOY: codedeploy::CodeDeploy<'static> = "codedeploy";
    }
}
