//! Samples of what is asked and told while systems are built and run: stacks, secrets, logins, groups, dashboards, images.

use super::samples;

samples! {
    "cloudformation" {
        /// A custom resource that is to be created.
        CLOUDFORMATION_CREATE: crate::cloudformation::CustomResource<'static> = "cloudformation_create";
        /// A custom resource that is to be changed.
        CLOUDFORMATION_UPDATE: crate::cloudformation::CustomResource<'static> = "cloudformation_update";
        /// A custom resource that is to be deleted.
        CLOUDFORMATION_DELETE: crate::cloudformation::CustomResource<'static> = "cloudformation_delete";
        /// The response that a custom resource was created.
        CLOUDFORMATION_RESPONSE: crate::cloudformation::CustomResourceResponse<'static> =
            "cloudformation_response";
        /// The response that a custom resource could not be created.
        CLOUDFORMATION_FAILED_RESPONSE: crate::cloudformation::CustomResourceResponse<'static> =
            "cloudformation_failed_response";
        /// What the CDK's provider framework asks `onEvent`.
        CLOUDFORMATION_ON_EVENT: crate::cloudformation::OnEvent<'static> = "cloudformation_on_event";
        /// The answer of `onEvent`.
        CLOUDFORMATION_ON_EVENT_RESPONSE: crate::cloudformation::OnEventResponse<'static> =
            "cloudformation_on_event_response";
        /// What the CDK's provider framework asks `isComplete`.
        CLOUDFORMATION_IS_COMPLETE: crate::cloudformation::IsComplete<'static> = "cloudformation_is_complete";
        /// The answer of `isComplete`.
        CLOUDFORMATION_IS_COMPLETE_RESPONSE: crate::cloudformation::IsCompleteResponse<'static> =
            "cloudformation_is_complete_response";
        /// A template that a macro is to change.
        CLOUDFORMATION_MACRO: crate::cloudformation::Macro<'static> = "cloudformation_macro";
        /// The template that a macro has changed.
        CLOUDFORMATION_MACRO_RESPONSE: crate::cloudformation::MacroResponse<'static> =
            "cloudformation_macro_response";
        /// The answer of a macro that has failed.
        CLOUDFORMATION_MACRO_FAILED_RESPONSE: crate::cloudformation::MacroResponse<'static> =
            "cloudformation_macro_failed_response";
        /// A change of a bucket that a hook is to judge, for the second time.
        CLOUDFORMATION_HOOK: crate::cloudformation::Hook<'static> = "cloudformation_hook";
        /// A stack that a hook is to judge.
        CLOUDFORMATION_HOOK_STACK: crate::cloudformation::Hook<'static> = "cloudformation_hook_stack";
        /// A change set that a hook is to judge.
        CLOUDFORMATION_HOOK_CHANGE_SET: crate::cloudformation::Hook<'static> =
            "cloudformation_hook_change_set";
        /// What the URL of a stack holds.
        CLOUDFORMATION_HOOK_STACK_PAYLOAD: crate::cloudformation::HookPayload<'static> =
            "cloudformation_hook_stack_payload";
        /// What the URL of a change set holds.
        CLOUDFORMATION_HOOK_CHANGE_SET_PAYLOAD: crate::cloudformation::HookPayload<'static> =
            "cloudformation_hook_change_set_payload";
        /// The answer of a hook that is against.
        CLOUDFORMATION_HOOK_RESPONSE: crate::cloudformation::HookResponse<'static> =
            "cloudformation_hook_response";
        /// The answer of a hook that wants to be asked again.
        CLOUDFORMATION_HOOK_IN_PROGRESS_RESPONSE: crate::cloudformation::HookResponse<'static> =
            "cloudformation_hook_in_progress_response";
    }
    "secretsmanager" {
        /// The first step in the rotation of a secret.
        SECRETSMANAGER: crate::secretsmanager::Rotation<'static> = "secretsmanager";
    }
    "transfer" {
        /// A user with a password.
        TRANSFER_PASSWORD: crate::transfer::TransferLogin<'static> = "transfer_password";
        /// A user with a key.
        TRANSFER_KEY: crate::transfer::TransferLogin<'static> = "transfer_key";
        /// A user who is let in with a key, to directories of a file system.
        TRANSFER_RESPONSE: crate::transfer::TransferResponse<'static> = "transfer_response";
        /// A user who is let in to a path of a bucket.
        TRANSFER_PATH_RESPONSE: crate::transfer::TransferResponse<'static> = "transfer_path_response";
    }
    "autoscaling" {
        /// Instances of which some are to be terminated.
        AUTOSCALING_TERMINATION_POLICY: crate::autoscaling::TerminationPolicy<'static> =
            "autoscaling_termination_policy";
        /// The instance that may be terminated.
        AUTOSCALING_TERMINATION_POLICY_RESPONSE: crate::autoscaling::TerminationPolicyResponse<'static> =
            "autoscaling_termination_policy_response";
        /// The detail of an instance that is about to end.
        AUTOSCALING_LIFECYCLE_ACTION: crate::autoscaling::LifecycleAction<'static> =
            "autoscaling_lifecycle_action";
        /// The notification of an instance that begins, for the warm pool.
        AUTOSCALING_LIFECYCLE_NOTIFICATION: crate::autoscaling::LifecycleNotification<'static> =
            "autoscaling_lifecycle_notification";
        /// The notification that comes when a hook is made.
        AUTOSCALING_TEST_NOTIFICATION: crate::autoscaling::LifecycleNotification<'static> =
            "autoscaling_test_notification";
        /// The detail of an instance that was launched.
        AUTOSCALING_ACTIVITY: crate::autoscaling::ScalingActivity<'static> = "autoscaling_activity";
    }
    "cloudwatch_dashboards" {
        /// A widget that is to be shown.
        CLOUDWATCH_DASHBOARDS_WIDGET: crate::cloudwatch_dashboards::CustomWidget<'static> =
            "cloudwatch_dashboards_widget";
        /// A widget that is asked how it is used.
        CLOUDWATCH_DASHBOARDS_DESCRIBE: crate::cloudwatch_dashboards::CustomWidget<'static> =
            "cloudwatch_dashboards_describe";
        /// What a widget shows.
        CLOUDWATCH_DASHBOARDS_RESPONSE: crate::cloudwatch_dashboards::Markdown<'static> =
            "cloudwatch_dashboards_response";
    }
    "ecr" {
        /// The detail of an image that was pushed.
        ECR_IMAGE_PUSH: crate::ecr::ImageAction<'static> = "ecr_image_push";
        /// The detail of an image that was brought back from the archive.
        ECR_IMAGE_RESTORE: crate::ecr::ImageAction<'static> = "ecr_image_restore";
        /// The detail of an image that could not be copied to another region.
        ECR_REPLICATION: crate::ecr::ImageAction<'static> = "ecr_replication";
        /// The detail of a scan that has ended.
        ECR_IMAGE_SCAN: crate::ecr::ImageScan<'static> = "ecr_image_scan";
        /// The detail of an image that was fetched into the cache.
        ECR_PULL_THROUGH_CACHE: crate::ecr::PullThroughCacheAction<'static> = "ecr_pull_through_cache";
        /// The detail of an image that could not be fetched into the cache.
        ECR_PULL_THROUGH_CACHE_FAILED: crate::ecr::PullThroughCacheAction<'static> =
            "ecr_pull_through_cache_failed";
        /// The detail of a repository that is scanned more often than before.
        ECR_SCAN_RESOURCE_CHANGE: crate::ecr::ScanResourceChange<'static> = "ecr_scan_resource_change";
    }
}
