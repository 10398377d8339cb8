//! What the provider framework of the AWS CDK asks the two functions of a custom resource.
//!
//! The framework puts the response to CloudFormation itself. Source:
//! [Module `custom_resources`](https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources-readme.html).

use super::RequestType;
use crate::{Json, Map, Str};

event! {
    /// What `onEvent` is asked: to begin to create, update or delete a resource.
    ///
    /// ```
    /// use lambda_events::cloudformation::{OnEvent, OnEventResponse};
    ///
    /// let json = r#"{"RequestType":"Create","ResourceProperties":{"Table":"orders"}}"#;
    /// let event: OnEvent<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.resource_properties["Table"].as_str(), Some("orders"));
    /// let response = OnEventResponse { physical_resource_id: Some("seed-1".into()), ..OnEventResponse::default() };
    /// assert_eq!(serde_json::to_string(&response)?, r#"{"PhysicalResourceId":"seed-1"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct OnEvent<'a> {
        /// What to do.
        request_type: RequestType<'a> = "RequestType", required;
        /// The ARN of the framework's function.
        service_token: Option<Str<'a>> = "ServiceToken";
        /// Not a URL: the framework keeps it for itself.
        response_url: Option<Str<'a>> = "ResponseURL";
        /// The ARN of the stack.
        stack_id: Option<Str<'a>> = "StackId";
        /// The id of the request.
        request_id: Option<Str<'a>> = "RequestId";
        /// The name of the resource in the template.
        logical_resource_id: Option<Str<'a>> = "LogicalResourceId";
        /// The id of the resource; not there on creation.
        physical_resource_id: Option<Str<'a>> = "PhysicalResourceId";
        /// The type from the template.
        resource_type: Option<Str<'a>> = "ResourceType";
        /// The properties from the template.
        resource_properties: Json<'a> = "ResourceProperties", required;
        /// The properties before an update.
        old_resource_properties: Option<Json<'a>> = "OldResourceProperties";
    }

    /// The answer of `onEvent`. What stands in `other` is passed on to `isComplete`.
    pub struct OnEventResponse<'a> {
        /// The id of the resource; without it, that of the request on creation and else the one it has.
        physical_resource_id: Option<Str<'a>> = "PhysicalResourceId";
        /// Attributes that the template may take with `Fn::GetAtt`.
        data: Map<'a, Json<'a>> = "Data";
        /// Whether the data is masked where it is shown.
        no_echo: Option<bool> = "NoEcho";
    }

    /// What `isComplete` is asked again and again: whether that which `onEvent` has begun has ended.
    ///
    /// ```
    /// use lambda_events::cloudformation::IsComplete;
    ///
    /// let json = r#"{"RequestType":"Create","PhysicalResourceId":"seed-1","ResourceProperties":{},"JobId":"j-1"}"#;
    /// let event: IsComplete<'_> = serde_json::from_str(json)?;
    /// // A member that the answer of `onEvent` had in addition:
    /// assert_eq!(event.other["JobId"].as_str(), Some("j-1"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct IsComplete<'a> {
        /// What is to be done.
        request_type: RequestType<'a> = "RequestType", required;
        /// The ARN of the framework's function.
        service_token: Option<Str<'a>> = "ServiceToken";
        /// Not a URL: the framework keeps it for itself.
        response_url: Option<Str<'a>> = "ResponseURL";
        /// The ARN of the stack.
        stack_id: Option<Str<'a>> = "StackId";
        /// The id of the request.
        request_id: Option<Str<'a>> = "RequestId";
        /// The name of the resource in the template.
        logical_resource_id: Option<Str<'a>> = "LogicalResourceId";
        /// The id of the resource.
        physical_resource_id: Option<Str<'a>> = "PhysicalResourceId";
        /// The type from the template.
        resource_type: Option<Str<'a>> = "ResourceType";
        /// The properties from the template.
        resource_properties: Json<'a> = "ResourceProperties", required;
        /// The properties before an update.
        old_resource_properties: Option<Json<'a>> = "OldResourceProperties";
        /// The attributes that `onEvent` has answered.
        data: Map<'a, Json<'a>> = "Data";
        /// Whether `onEvent` wants the data to be masked.
        no_echo: Option<bool> = "NoEcho";
    }

    /// The answer of `isComplete`.
    pub struct IsCompleteResponse<'a> {
        /// Whether it has ended; if not, the framework asks again later.
        is_complete: bool = "IsComplete", required;
        /// Another id of the resource than `onEvent` has answered.
        physical_resource_id: Option<Str<'a>> = "PhysicalResourceId";
        /// Attributes in addition to those of `onEvent`; only if it has ended.
        data: Map<'a, Json<'a>> = "Data";
    }
}
