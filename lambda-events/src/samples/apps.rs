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
        COGNITO_PRE_SIGN_UP: cognito::PreSignUp<'static> = "cognito_pre_sign_up";
        /// An administrator makes a user.
        COGNITO_PRE_SIGN_UP_ADMIN: cognito::PreSignUp<'static> = "cognito_pre_sign_up_admin";
        /// A user has been confirmed.
        COGNITO_POST_CONFIRMATION: cognito::PostConfirmation<'static> = "cognito_post_confirmation";
        /// A user signs in.
        COGNITO_PRE_AUTHENTICATION: cognito::PreAuthentication<'static> = "cognito_pre_authentication";
        /// A user has signed in.
        COGNITO_POST_AUTHENTICATION: cognito::PostAuthentication<'static> = "cognito_post_authentication";
        /// A user of another pool signs in.
        COGNITO_USER_MIGRATION: cognito::UserMigration<'static> = "cognito_user_migration";
        /// A user of another pool who has forgotten the password, as the function returns it.
        COGNITO_USER_MIGRATION_ANSWERED: cognito::UserMigration<'static> = "cognito_user_migration_answered";
        /// A user comes from an OpenID Connect provider.
        COGNITO_INBOUND_FEDERATION: cognito::InboundFederation<'static> = "cognito_inbound_federation";
        /// A user comes from a SAML provider, as the function returns it.
        COGNITO_INBOUND_FEDERATION_SAML: cognito::InboundFederation<'static> = "cognito_inbound_federation_saml";
        /// A sign-in by challenges goes on.
        COGNITO_DEFINE_AUTH_CHALLENGE: cognito::DefineAuthChallenge<'static> = "cognito_define_auth_challenge";
        /// A sign-in by challenges begins, as the function returns it.
        COGNITO_DEFINE_AUTH_CHALLENGE_ANSWERED: cognito::DefineAuthChallenge<'static> =
            "cognito_define_auth_challenge_answered";
        /// A challenge is asked for.
        COGNITO_CREATE_AUTH_CHALLENGE: cognito::CreateAuthChallenge<'static> = "cognito_create_auth_challenge";
        /// A challenge, as the function returns it.
        COGNITO_CREATE_AUTH_CHALLENGE_ANSWERED: cognito::CreateAuthChallenge<'static> =
            "cognito_create_auth_challenge_answered";
        /// An answer to a challenge.
        COGNITO_VERIFY_AUTH_CHALLENGE: cognito::VerifyAuthChallenge<'static> = "cognito_verify_auth_challenge";
        /// An ID token is about to be made.
        COGNITO_PRE_TOKEN_GENERATION: cognito::PreTokenGeneration<'static> = "cognito_pre_token_generation";
        /// An ID token with other claims, as the function returns it.
        COGNITO_PRE_TOKEN_GENERATION_ANSWERED: cognito::PreTokenGeneration<'static> =
            "cognito_pre_token_generation_answered";
        /// Tokens are about to be made.
        COGNITO_PRE_TOKEN_GENERATION_V2: cognito::PreTokenGenerationV2<'static> = "cognito_pre_token_generation_v2";
        /// Tokens with other claims and scopes, as the function returns them.
        COGNITO_PRE_TOKEN_GENERATION_V2_ANSWERED: cognito::PreTokenGenerationV2<'static> =
            "cognito_pre_token_generation_v2_answered";
        /// A token for a machine.
        COGNITO_PRE_TOKEN_GENERATION_V3: cognito::PreTokenGenerationV3<'static> = "cognito_pre_token_generation_v3";
        /// A token for a machine with another claim, as the function returns it.
        COGNITO_PRE_TOKEN_GENERATION_V3_ANSWERED: cognito::PreTokenGenerationV3<'static> =
            "cognito_pre_token_generation_v3_answered";
        /// A message with a first password is about to be sent.
        COGNITO_CUSTOM_MESSAGE: cognito::CustomMessage<'static> = "cognito_custom_message";
        /// A message with a code, as the function returns it.
        COGNITO_CUSTOM_MESSAGE_ANSWERED: cognito::CustomMessage<'static> = "cognito_custom_message_answered";
        /// An e-mail that the function sends.
        COGNITO_CUSTOM_EMAIL_SENDER: cognito::CustomEmailSender<'static> = "cognito_custom_email_sender";
        /// A warning by e-mail that the function sends.
        COGNITO_CUSTOM_EMAIL_SENDER_WARNING: cognito::CustomEmailSender<'static> = "cognito_custom_email_sender_warning";
        /// A text message that the function sends.
        COGNITO_CUSTOM_SMS_SENDER: cognito::CustomSmsSender<'static> = "cognito_custom_sms_sender";
        /// Any trigger: here a user who has been confirmed.
        COGNITO_TRIGGER: cognito::Trigger<'static> = "cognito_post_confirmation";
    }
    "appsync" {
        /// A query of a user of a pool.
        APPSYNC_COGNITO: appsync::AppSync<'static> = "appsync_cognito";
        /// A mutation authorized by IAM, in a pipeline.
        APPSYNC_IAM: appsync::AppSync<'static> = "appsync_iam";
        /// A field of an object, for a user of another provider.
        APPSYNC_OIDC: appsync::AppSync<'static> = "appsync_oidc";
        /// A query authorized by a function.
        APPSYNC_LAMBDA: appsync::AppSync<'static> = "appsync_lambda";
        /// A query with an API key.
        APPSYNC_API_KEY: appsync::AppSync<'static> = "appsync_api_key";
        /// A field of two objects.
        APPSYNC_BATCH: appsync::BatchResolver<'static> = "appsync_batch";
        /// A request to a GraphQL API.
        APPSYNC_AUTHORIZER: appsync::Authorizer<'static> = "appsync_authorizer";
        /// It may be made, but for some fields.
        APPSYNC_AUTHORIZER_RESPONSE: appsync::AuthorizerResponse<'static> = "appsync_authorizer_response";
        /// A request to an event API.
        APPSYNC_CHANNEL_AUTHORIZER: appsync::ChannelAuthorizer<'static> = "appsync_channel_authorizer";
        /// It may not be made.
        APPSYNC_CHANNEL_AUTHORIZER_RESPONSE: appsync::ChannelAuthorizerResponse<'static> =
            "appsync_channel_authorizer_response";
        /// Messages are published.
        APPSYNC_PUBLISH: appsync::ChannelEvent<'static> = "appsync_publish";
        /// One of the messages goes on.
        APPSYNC_PUBLISH_RESPONSE: appsync::ChannelResponse<'static> = "appsync_publish_response";
        /// Somebody subscribes.
        APPSYNC_SUBSCRIBE: appsync::ChannelEvent<'static> = "appsync_subscribe";
        /// The subscription is refused.
        APPSYNC_SUBSCRIBE_RESPONSE: appsync::ChannelResponse<'static> = "appsync_subscribe_response";
    }
    "connect" {
        /// A call in a flow.
        CONNECT_VOICE: connect::Connect<'static> = "connect_voice";
        /// A chat in a flow, which has no endpoints and no queue.
        CONNECT_CHAT: connect::Connect<'static> = "connect_chat";
        /// An e-mail in a flow.
        CONNECT_EMAIL: connect::Connect<'static> = "connect_email";
        /// Customers of an outbound campaign.
        CONNECT_CAMPAIGN: connect::Campaign<'static> = "connect_campaign";
        /// What has become of them.
        CONNECT_CAMPAIGN_RESPONSE: connect::CampaignResponse<'static> = "connect_campaign_response";
    }
    "lex" {
        /// A turn in which a slot is missing.
        LEX: lex::Lex<'static> = "lex";
        /// The bot asks for a slot, with a card.
        LEX_ELICIT_SLOT_RESPONSE: lex::LexResponse<'static> = "lex_elicit_slot_response";
        /// The bot ends the intent.
        LEX_CLOSE_RESPONSE: lex::LexResponse<'static> = "lex_close_response";
    }
    "bedrock" {
        /// An operation of an API schema.
        BEDROCK_API: bedrock::ApiAction<'static> = "bedrock_api";
        /// It is done.
        BEDROCK_API_RESPONSE: bedrock::ApiActionResponse<'static> = "bedrock_api_response";
        /// The call of a function.
        BEDROCK_FUNCTION: bedrock::FunctionAction<'static> = "bedrock_function";
        /// The agent is to think again.
        BEDROCK_FUNCTION_RESPONSE: bedrock::FunctionActionResponse<'static> = "bedrock_function_response";
    }
    "iot" {
        /// A device wants to connect.
        IOT_AUTHORIZER: iot::IotAuthorizer<'static> = "iot_authorizer";
        /// It may.
        IOT_AUTHORIZER_RESPONSE: iot::AuthorizerResponse<'static> = "iot_authorizer_response";
        /// A device is to be provisioned.
        IOT_PRE_PROVISIONING: iot::PreProvisioning<'static> = "iot_pre_provisioning";
        /// It is, with another parameter.
        IOT_PRE_PROVISIONING_RESPONSE: iot::PreProvisioningResponse<'static> =
            "iot_pre_provisioning_response";
        /// A thing was updated.
        IOT_THING_EVENT: iot::ThingEvent<'static> = "iot_thing_event";
        /// A type of things was created.
        IOT_THING_TYPE_EVENT: iot::ThingTypeEvent<'static> = "iot_thing_type_event";
        /// A thing has got a type.
        IOT_THING_TYPE_ASSOCIATION_EVENT: iot::ThingTypeAssociationEvent<'static> =
            "iot_thing_type_association_event";
        /// A group was updated.
        IOT_THING_GROUP_EVENT: iot::ThingGroupEvent<'static> = "iot_thing_group_event";
        /// A thing was added to a group.
        IOT_THING_GROUP_MEMBERSHIP_EVENT: iot::ThingGroupMembershipEvent<'static> =
            "iot_thing_group_membership_event";
        /// A group was removed from another.
        IOT_THING_GROUP_HIERARCHY_EVENT: iot::ThingGroupHierarchyEvent<'static> =
            "iot_thing_group_hierarchy_event";
    }
    "config" {
        /// A resource has changed.
        CONFIG_CHANGE: config::Config<'static> = "config_change";
        /// The time has come.
        CONFIG_SCHEDULED: config::Config<'static> = "config_scheduled";
        /// Why: a resource has changed.
        CONFIG_INVOKING_EVENT_CHANGE: config::InvokingEvent<'static> = "config_invoking_event_change";
        /// Why: a large resource has changed.
        CONFIG_INVOKING_EVENT_OVERSIZED: config::InvokingEvent<'static> = "config_invoking_event_oversized";
        /// Why: a snapshot was delivered.
        CONFIG_INVOKING_EVENT_SNAPSHOT: config::InvokingEvent<'static> = "config_invoking_event_snapshot";
        /// Why: the time has come.
        CONFIG_INVOKING_EVENT_SCHEDULED: config::InvokingEvent<'static> = "config_invoking_event_scheduled";
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
