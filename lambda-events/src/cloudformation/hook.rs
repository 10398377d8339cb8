//! What the function of a Lambda hook is asked: whether a resource, a stack or a change set may be as it is planned.
//!
//! Source: [Create Lambda functions to evaluate resources for Lambda Hooks](https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-create-lambda-function.html).

use crate::{Int, Json, Str};

event! {
    /// A request to judge what is planned.
    ///
    /// ```
    /// use lambda_events::cloudformation::{Hook, HookErrorCode, HookResponse, HookStatus};
    ///
    /// let json = r#"{"clientRequestToken":"t-1","requestData":{"targetName":"AWS::S3::Bucket",
    ///     "targetModel":{"resourceProperties":{"BucketName":"photos"}}}}"#;
    /// let hook: Hook<'_> = serde_json::from_str(json)?;
    /// let bucket = hook.request_data.target_model.resource_properties.unwrap_or_default();
    /// let mut response = HookResponse {
    ///     hook_status: HookStatus::Success,
    ///     client_request_token: hook.client_request_token,
    ///     ..HookResponse::default()
    /// };
    /// if bucket["VersioningConfiguration"].is_null() {
    ///     response.hook_status = HookStatus::Failed;
    ///     response.error_code = Some(HookErrorCode::NonCompliant);
    ///     response.message = Some("versions have to be kept".into());
    /// }
    /// assert_eq!(response.hook_status, HookStatus::Failed);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Hook<'a> {
        /// The id of the request, which the answer repeats.
        client_request_token: Option<Str<'a>> = "clientRequestToken";
        /// The account.
        aws_account_id: Option<Str<'a>> = "awsAccountId";
        /// The ARN of the stack; empty or not there with Cloud Control.
        stack_id: Option<Str<'a>> = "stackId";
        /// The ARN of the change set, if there is one.
        change_set_id: Option<Str<'a>> = "changeSetId";
        /// The name of the hook.
        hook_type_name: Option<Str<'a>> = "hookTypeName";
        /// The version of the hook: eight digits.
        hook_type_version: Option<Str<'a>> = "hookTypeVersion";
        /// How the hook is set up.
        hook_model: HookModel<'a> = "hookModel";
        /// Before what the hook is asked.
        action_invocation_point: Option<InvocationPoint<'a>> = "actionInvocationPoint";
        /// What is to be judged.
        request_data: HookData<'a> = "requestData", required;
        /// What was before, if the hook has asked to be asked again.
        request_context: HookContext<'a> = "requestContext";
    }

    /// How a hook is set up.
    pub struct HookModel<'a> {
        /// The ARN of the function.
        lambda_function: Option<Str<'a>> = "LambdaFunction";
    }

    /// What a hook is to judge.
    pub struct HookData<'a> {
        /// The type of the resource, `STACK` or `CHANGE_SET`.
        target_name: Option<Str<'a>> = "targetName";
        /// The same, or `RESOURCE` with Cloud Control.
        target_type: Option<Str<'a>> = "targetType";
        /// The name of the resource in the template, the name of the stack, or the ARN of the change set.
        target_logical_id: Option<Str<'a>> = "targetLogicalId";
        /// The resource as it is to be and as it is.
        target_model: TargetModel<'a> = "targetModel";
        /// For a stack or a change set: the signed URL of a [`HookPayload`].
        payload: Option<Str<'a>> = "payload";
    }

    /// A resource as it is to be and as it is.
    pub struct TargetModel<'a> {
        /// Its properties as they are to be; not there if it is to be deleted.
        resource_properties: Option<Json<'a>> = "resourceProperties";
        /// Its properties as they are; not there if it is to be created.
        previous_resource_properties: Option<Json<'a>> = "previousResourceProperties";
    }

    /// What was before, if a hook is asked again.
    pub struct HookContext<'a> {
        /// How often it has been asked, with this time: three times at most.
        invocation: Option<Int> = "invocation";
        /// What it has answered the time before.
        callback_context: Option<Json<'a>> = "callbackContext";
    }

    /// What the URL of a stack or of a change set holds.
    pub struct HookPayload<'a> {
        /// The template as it is to be, in JSON or YAML; not there if the stack is to be deleted.
        template: Option<Str<'a>> = "template";
        /// The template as it is, in JSON or YAML; of a stack.
        previous_template: Option<Str<'a>> = "previousTemplate";
        /// What would change; of a change set.
        changed_resources: Vec<ChangedResource<'a>> = "changedResources";
    }

    /// A resource that a change set would change.
    pub struct ChangedResource<'a> {
        /// Its name in the template.
        logical_resource_id: Option<Str<'a>> = "logicalResourceId";
        /// Its type.
        resource_type: Option<Str<'a>> = "resourceType";
        /// What would happen to it.
        action: Option<ResourceAction<'a>> = "action";
        /// The line of the template from which this comes.
        line_number: Option<Int> = "lineNumber";
        /// The resource before, as text of JSON in which numbers and booleans are text.
        before_context: Option<Str<'a>> = "beforeContext";
        /// The resource after, as text of JSON in which numbers and booleans are text.
        after_context: Option<Str<'a>> = "afterContext";
    }

    /// The answer of a hook.
    pub struct HookResponse<'a> {
        /// How it has judged.
        hook_status: HookStatus<'a> = "hookStatus", required;
        /// Why it is against, if it is.
        error_code: Option<HookErrorCode<'a>> = "errorCode";
        /// What people are told: 4096 characters for CloudFormation, 1024 for Cloud Control.
        message: Option<Str<'a>> = "message";
        /// The id of the request, from the request.
        client_request_token: Option<Str<'a>> = "clientRequestToken", always;
        /// What it wants to get when it is asked again.
        callback_context: Option<Json<'a>> = "callbackContext";
        /// After how many seconds it is asked again.
        callback_delay_seconds: Option<Int> = "callbackDelaySeconds";
        /// What it has found in detail.
        annotations: Vec<Annotation<'a>> = "annotations";
    }

    /// What a hook has found in detail.
    pub struct Annotation<'a> {
        /// What it is called.
        annotation_name: Option<Str<'a>> = "annotationName";
        /// How it was judged.
        status: Option<AnnotationStatus<'a>> = "status";
        /// Why.
        status_message: Option<Str<'a>> = "statusMessage";
        /// What to do about it.
        remediation_message: Option<Str<'a>> = "remediationMessage";
        /// Where more is to be read of that.
        remediation_link: Option<Str<'a>> = "remediationLink";
        /// How bad it is.
        severity_level: Option<Severity<'a>> = "severityLevel";
    }
}

open_enum! {
    /// Before what a hook is asked.
    pub enum InvocationPoint<'a> {
        /// Before something is created.
        CreatePreProvision = "CREATE_PRE_PROVISION",
        /// Before something is changed.
        UpdatePreProvision = "UPDATE_PRE_PROVISION",
        /// Before something is deleted.
        DeletePreProvision = "DELETE_PRE_PROVISION",
    }

    /// What would happen to a resource.
    pub enum ResourceAction<'a> {
        /// It would be created.
        Create = "CREATE",
        /// It would be changed.
        Update = "UPDATE",
        /// It would be deleted.
        Delete = "DELETE",
    }

    /// How a hook has judged.
    pub enum HookStatus<'a> {
        /// In favour.
        Success = "SUCCESS",
        /// Against.
        Failed = "FAILED",
        /// Not yet: it wants to be asked again.
        InProgress = "IN_PROGRESS",
    }

    /// Why a hook is against.
    pub enum HookErrorCode<'a> {
        /// What is planned breaks a rule.
        NonCompliant = "NonCompliant",
        /// It could not judge.
        InternalFailure = "InternalFailure",
    }

    /// How something was judged in detail.
    pub enum AnnotationStatus<'a> {
        /// It is as it should be.
        Passed = "PASSED",
        /// It is not.
        Failed = "FAILED",
        /// It was not looked at.
        Skipped = "SKIPPED",
    }

    /// How bad something is.
    pub enum Severity<'a> {
        /// No issue.
        Informational = "INFORMATIONAL",
        /// Low.
        Low = "LOW",
        /// Medium.
        Medium = "MEDIUM",
        /// High.
        High = "HIGH",
        /// Critical.
        Critical = "CRITICAL",
    }
}
