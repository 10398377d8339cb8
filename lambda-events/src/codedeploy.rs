//! Hooks of deployments of AWS CodeDeploy.
//!
//! The function answers by calling `PutLifecycleEventHookExecutionStatus` with both ids; what it returns does not matter.
//!
//! Source: [Hooks of a deployment to
//! Lambda](https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html).

use crate::Str;

event! {
    /// A deployment has come to a hook.
    ///
    /// ```
    /// use lambda_events::codedeploy::CodeDeploy;
    ///
    /// let json = r#"{"DeploymentId":"d-ABCDEF","LifecycleEventHookExecutionId":"eyJl"}"#;
    /// let event: CodeDeploy<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.deployment_id, "d-ABCDEF");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CodeDeploy<'a> {
        /// The deployment.
        deployment_id: Str<'a> = "DeploymentId", required;
        /// The call of this hook.
        lifecycle_event_hook_execution_id: Str<'a> = "LifecycleEventHookExecutionId", required;
    }
}
