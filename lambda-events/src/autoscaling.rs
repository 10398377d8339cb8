//! Requests of Amazon EC2 Auto Scaling to a function that chooses what is terminated, and what it tells of its groups.
//!
//! Source: [Custom termination policies](https://docs.aws.amazon.com/autoscaling/ec2/userguide/lambda-custom-termination-policy.html);
//! details: [Auto Scaling events](https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-event-reference.html);
//! notifications: [lifecycle hooks](https://docs.aws.amazon.com/autoscaling/ec2/userguide/prepare-for-lifecycle-notifications.html).

use crate::{
    Int, Map, Str,
    value::{DateTime, Scalar},
};

event! {
    /// A request to choose the instances that may be terminated.
    ///
    /// ```
    /// use lambda_events::autoscaling::{TerminationPolicy, TerminationPolicyResponse};
    ///
    /// let json = r#"{"AutoScalingGroupName":"web","CapacityToTerminate":[{"AvailabilityZone":"eu-west-1a","Capacity":1,
    ///     "InstanceMarketOption":"on-demand"}],"Instances":[{"AvailabilityZone":"eu-west-1a",
    ///     "InstanceId":"i-0123456789abcdef0","InstanceType":"t3.nano","InstanceMarketOption":"on-demand"}],
    ///     "Cause":"SCALE_IN"}"#;
    /// let event: TerminationPolicy<'_> = serde_json::from_str(json)?;
    /// let instances = event.instances.into_iter().map(|instance| instance.instance_id).collect();
    /// let response = TerminationPolicyResponse { instance_ids: instances, ..TerminationPolicyResponse::default() };
    /// assert_eq!(serde_json::to_string(&response)?, r#"{"InstanceIDs":["i-0123456789abcdef0"]}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct TerminationPolicy<'a> {
        /// The ARN of the group.
        auto_scaling_group_arn: Option<Str<'a>> = "AutoScalingGroupARN";
        /// The name of the group.
        auto_scaling_group_name: Option<Str<'a>> = "AutoScalingGroupName";
        /// How much is to be terminated.
        capacity_to_terminate: Vec<CapacityToTerminate<'a>> = "CapacityToTerminate";
        /// The instances from which to choose.
        instances: Vec<Instance<'a>> = "Instances", required;
        /// Why.
        cause: Option<TerminationCause<'a>> = "Cause";
        /// Whether the group has more instances than are listed.
        has_more_instances: Option<bool> = "HasMoreInstances";
    }

    /// How much is to be terminated in an availability zone.
    pub struct CapacityToTerminate<'a> {
        /// The availability zone.
        availability_zone: Option<Str<'a>> = "AvailabilityZone";
        /// How much: instances, or what their weights add up to.
        capacity: Option<Int> = "Capacity";
        /// How they are paid for.
        instance_market_option: Option<MarketOption<'a>> = "InstanceMarketOption";
    }

    /// An instance.
    pub struct Instance<'a> {
        /// Its availability zone.
        availability_zone: Option<Str<'a>> = "AvailabilityZone";
        /// Its id.
        instance_id: Str<'a> = "InstanceId", required;
        /// Its type.
        instance_type: Option<Str<'a>> = "InstanceType";
        /// How it is paid for.
        instance_market_option: Option<MarketOption<'a>> = "InstanceMarketOption";
    }

    /// The instances that may be terminated; none is terminated if there are none.
    pub struct TerminationPolicyResponse<'a> {
        /// Their ids.
        instance_ids: Vec<Str<'a>> = "InstanceIDs", always;
    }

    /// The detail of `EC2 Instance-launch Lifecycle Action` and `EC2 Instance-terminate Lifecycle Action` in EventBridge.
    ///
    /// ```
    /// use lambda_events::autoscaling::{LifecycleAction, LifecycleTransition};
    ///
    /// let json = r#"{"LifecycleActionToken":"87654321-4321-4321-4321-210987654321","EC2InstanceId":"i-0123456789abcdef0",
    ///     "LifecycleTransition":"autoscaling:EC2_INSTANCE_TERMINATING"}"#;
    /// let detail: LifecycleAction<'_> = serde_json::from_str(json)?;
    /// assert_eq!(detail.lifecycle_transition, Some(LifecycleTransition::Terminating));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct LifecycleAction<'a> {
        /// By what the action is completed.
        lifecycle_action_token: Option<Str<'a>> = "LifecycleActionToken";
        /// The name of the group.
        auto_scaling_group_name: Option<Str<'a>> = "AutoScalingGroupName";
        /// The name of the hook.
        lifecycle_hook_name: Option<Str<'a>> = "LifecycleHookName";
        /// The id of the instance.
        ec2_instance_id: Option<Str<'a>> = "EC2InstanceId";
        /// What happens to the instance.
        lifecycle_transition: Option<LifecycleTransition<'a>> = "LifecycleTransition";
        /// The text with which the hook was made.
        notification_metadata: Option<Str<'a>> = "NotificationMetadata";
        /// Where the instance comes from.
        origin: Option<Place<'a>> = "Origin";
        /// Where the instance goes to.
        destination: Option<Place<'a>> = "Destination";
    }

    /// A notification of a lifecycle hook to a topic or a queue.
    pub struct LifecycleNotification<'a> {
        /// `autoscaling:TEST_NOTIFICATION` in the one that comes when the hook is made; not there in others.
        event: Option<Str<'a>> = "Event";
        /// The ARN of the group, in the one that comes when the hook is made.
        auto_scaling_group_arn: Option<Str<'a>> = "AutoScalingGroupARN";
        /// The name of the hook.
        lifecycle_hook_name: Option<Str<'a>> = "LifecycleHookName";
        /// The account.
        account_id: Option<Str<'a>> = "AccountId";
        /// The id of the request.
        request_id: Option<Str<'a>> = "RequestId";
        /// What happens to the instance.
        lifecycle_transition: Option<LifecycleTransition<'a>> = "LifecycleTransition";
        /// The name of the group.
        auto_scaling_group_name: Option<Str<'a>> = "AutoScalingGroupName";
        /// `AWS Auto Scaling`.
        service: Option<Str<'a>> = "Service";
        /// When it happens.
        time: Option<DateTime<'a>> = "Time";
        /// The id of the instance.
        ec2_instance_id: Option<Str<'a>> = "EC2InstanceId";
        /// By what the action is completed.
        lifecycle_action_token: Option<Str<'a>> = "LifecycleActionToken";
        /// The text with which the hook was made.
        notification_metadata: Option<Str<'a>> = "NotificationMetadata";
        /// Where the instance comes from.
        origin: Option<Place<'a>> = "Origin";
        /// Where the instance goes to.
        destination: Option<Place<'a>> = "Destination";
    }

    /// The detail of `EC2 Instance Launch Successful`, `EC2 Instance Terminate Unsuccessful` and the two others like them.
    pub struct ScalingActivity<'a> {
        /// How far it is: `InProgress`, `Failed` or `Cancelled`.
        status_code: Option<Str<'a>> = "StatusCode";
        /// What is done, for people.
        description: Option<Str<'a>> = "Description";
        /// The name of the group.
        auto_scaling_group_name: Option<Str<'a>> = "AutoScalingGroupName";
        /// The id of the activity.
        activity_id: Option<Str<'a>> = "ActivityId";
        /// `Availability Zone` and `Subnet ID`, among others.
        details: Map<'a, Scalar<'a>> = "Details";
        /// The id of the request.
        request_id: Option<Str<'a>> = "RequestId";
        /// Why it has failed; empty if it has not.
        status_message: Option<Str<'a>> = "StatusMessage";
        /// When it has ended.
        end_time: Option<DateTime<'a>> = "EndTime";
        /// The id of the instance; empty if there is none.
        ec2_instance_id: Option<Str<'a>> = "EC2InstanceId";
        /// When it has begun.
        start_time: Option<DateTime<'a>> = "StartTime";
        /// Why it is done, for people.
        cause: Option<Str<'a>> = "Cause";
        /// Where the instance comes from.
        origin: Option<Place<'a>> = "Origin";
        /// Where the instance goes to.
        destination: Option<Place<'a>> = "Destination";
    }
}

open_enum! {
    /// Why instances are terminated.
    pub enum TerminationCause<'a> {
        /// The group has become smaller.
        ScaleIn = "SCALE_IN",
        /// Its instances are replaced.
        InstanceRefresh = "INSTANCE_REFRESH",
        /// They have reached the greatest age.
        MaxInstanceLifetime = "MAX_INSTANCE_LIFETIME",
        /// The group is spread anew over the availability zones.
        Rebalance = "REBALANCE",
    }

    /// How an instance is paid for.
    pub enum MarketOption<'a> {
        /// By time.
        OnDemand = "on-demand",
        /// At the price of spare capacity.
        Spot = "spot",
    }

    /// What happens to an instance.
    pub enum LifecycleTransition<'a> {
        /// It is launched.
        Launching = "autoscaling:EC2_INSTANCE_LAUNCHING",
        /// It is terminated, or goes back to the warm pool.
        Terminating = "autoscaling:EC2_INSTANCE_TERMINATING",
    }

    /// Where an instance comes from or goes to.
    pub enum Place<'a> {
        /// A new instance, or one that ends.
        Ec2 = "EC2",
        /// The warm pool.
        WarmPool = "WarmPool",
        /// The group.
        AutoScalingGroup = "AutoScalingGroup",
    }
}
