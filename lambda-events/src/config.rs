//! Rules of AWS Config.
//!
//! The function answers by calling `PutEvaluations` with the token of the event; what it returns does not matter.
//!
//! Source: [Example events for AWS Config
//! rules](https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html).

use serde::Deserialize;

use crate::{
    Json, Map, Str,
    value::{DateTime, Scalar},
};

event! {
    /// Resources are to be judged.
    ///
    /// ```
    /// use lambda_events::config::{Config, MessageType};
    ///
    /// let json = r#"{"invokingEvent":"{\"messageType\":\"ScheduledNotification\"}","ruleParameters":"{\"days\":\"90\"}",
    ///     "resultToken":"token"}"#;
    /// let event: Config<'_> = serde_json::from_str(json)?;
    /// let invoking_event = event.read_invoking_event()?;
    /// assert_eq!(invoking_event.message_type, Some(MessageType::Scheduled));
    /// assert_eq!(event.read_rule_parameters()?["days"].to_text(), "90");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Config<'a> {
        /// The version of this format.
        version: Option<Str<'a>> = "version";
        /// Why the rule is evaluated: JSON as text.
        invoking_event: Str<'a> = "invokingEvent", required;
        /// The parameters of the rule: JSON as text.
        rule_parameters: Option<Str<'a>> = "ruleParameters";
        /// What belongs to the answer.
        result_token: Option<Str<'a>> = "resultToken";
        /// Whether the resource is no longer one of the rule's.
        event_left_scope: Option<bool> = "eventLeftScope";
        /// The ARN of the role of AWS Config.
        execution_role_arn: Option<Str<'a>> = "executionRoleArn";
        /// The ARN of the rule.
        config_rule_arn: Option<Str<'a>> = "configRuleArn";
        /// The name of the rule.
        config_rule_name: Option<Str<'a>> = "configRuleName";
        /// The id of the rule.
        config_rule_id: Option<Str<'a>> = "configRuleId";
        /// The account of the rule.
        account_id: Option<Str<'a>> = "accountId";
        /// Whether resources are judged before or after they are made: `PROACTIVE` or `DETECTIVE`.
        evaluation_mode: Option<Str<'a>> = "evaluationMode";
    }

    /// Why a rule is evaluated.
    ///
    /// ```
    /// use lambda_events::config::InvokingEvent;
    ///
    /// let json = r#"{"configurationItem":{"resourceType":"AWS::EC2::Instance"}}"#;
    /// let event: InvokingEvent<'_> = serde_json::from_str(json)?;
    /// let item = event.configuration_item.unwrap_or_default();
    /// assert_eq!(item.resource_type.as_deref(), Some("AWS::EC2::Instance"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct InvokingEvent<'a> {
        /// What has changed since the item before, if there was one.
        configuration_item_diff: Option<ConfigurationItemDiff<'a>> = "configurationItemDiff";
        /// The resource, if one has changed.
        configuration_item: Option<ConfigurationItem<'a>> = "configurationItem";
        /// What is known of the resource, if all of it is too large for an event.
        configuration_item_summary: Option<ConfigurationItemSummary<'a>> = "configurationItemSummary";
        /// The snapshot, if one was delivered.
        config_snapshot_id: Option<Str<'a>> = "configSnapshotId";
        /// The key of the snapshot.
        s3_object_key: Option<Str<'a>> = "s3ObjectKey";
        /// The bucket of the snapshot.
        s3_bucket: Option<Str<'a>> = "s3Bucket";
        /// The account, if the time has come.
        aws_account_id: Option<Str<'a>> = "awsAccountId";
        /// When the event was made.
        notification_creation_time: Option<DateTime<'a>> = "notificationCreationTime";
        /// Why.
        message_type: Option<MessageType<'a>> = "messageType";
        /// The version of this format.
        record_version: Option<Str<'a>> = "recordVersion";
    }

    /// What has changed.
    pub struct ConfigurationItemDiff<'a> {
        /// The properties that have changed, by path: `Configuration.SecurityGroups.0`.
        changed_properties: Map<'a, ChangedProperty<'a>> = "changedProperties";
        /// How the resource has changed.
        change_type: Option<ChangeType<'a>> = "changeType";
    }

    /// A property that has changed.
    pub struct ChangedProperty<'a> {
        /// What it was.
        previous_value: Option<Json<'a>> = "previousValue";
        /// What it is.
        updated_value: Option<Json<'a>> = "updatedValue";
        /// How it has changed.
        change_type: Option<ChangeType<'a>> = "changeType";
    }

    /// A resource, and all that is known of it.
    pub struct ConfigurationItem<'a> {
        /// Events of AWS CloudTrail that belong to it.
        related_events: Vec<Str<'a>> = "relatedEvents";
        /// Other resources that belong to it.
        relationships: Vec<Relationship<'a>> = "relationships";
        /// Its configuration, as its service describes it.
        configuration: Option<Json<'a>> = "configuration";
        /// What other calls say of it.
        supplementary_configuration: Map<'a, Json<'a>> = "supplementaryConfiguration";
        /// Its tags.
        tags: Map<'a, Str<'a>> = "tags";
        /// The version of this format.
        configuration_item_version: Option<Str<'a>> = "configurationItemVersion";
        /// When this was found.
        configuration_item_capture_time: Option<DateTime<'a>> = "configurationItemCaptureTime";
        /// The number of this state of it.
        configuration_state_id: Option<Scalar<'a>> = "configurationStateId";
        /// Its account.
        aws_account_id: Option<Str<'a>> = "awsAccountId";
        /// Whether it is there.
        configuration_item_status: Option<ConfigurationItemStatus<'a>> = "configurationItemStatus";
        /// Its type: `AWS::EC2::Instance`.
        resource_type: Option<Str<'a>> = "resourceType";
        /// Its id.
        resource_id: Option<Str<'a>> = "resourceId";
        /// Its name, if it has one.
        resource_name: Option<Str<'a>> = "resourceName";
        /// Its ARN.
        arn: Option<Str<'a>> = "ARN";
        /// Its region.
        aws_region: Option<Str<'a>> = "awsRegion";
        /// Its availability zone.
        availability_zone: Option<Str<'a>> = "availabilityZone";
        /// A hash of this state of it.
        configuration_state_md5_hash: Option<Str<'a>> = "configurationStateMd5Hash";
        /// When it was made.
        resource_creation_time: Option<DateTime<'a>> = "resourceCreationTime";
    }

    /// Another resource.
    pub struct Relationship<'a> {
        /// Its id.
        resource_id: Option<Str<'a>> = "resourceId";
        /// Its name, if it has one.
        resource_name: Option<Str<'a>> = "resourceName";
        /// Its type.
        resource_type: Option<Str<'a>> = "resourceType";
        /// What it has to do with the resource: `Is contained in Vpc`.
        name: Option<Str<'a>> = "name";
    }

    /// A resource of which all that is known is too large for an event.
    pub struct ConfigurationItemSummary<'a> {
        /// How it has changed.
        change_type: Option<ChangeType<'a>> = "changeType";
        /// The version of this format.
        configuration_item_version: Option<Str<'a>> = "configurationItemVersion";
        /// When this was found.
        configuration_item_capture_time: Option<DateTime<'a>> = "configurationItemCaptureTime";
        /// The number of this state of it.
        configuration_state_id: Option<Scalar<'a>> = "configurationStateId";
        /// Its account.
        aws_account_id: Option<Str<'a>> = "awsAccountId";
        /// Whether it is there.
        configuration_item_status: Option<ConfigurationItemStatus<'a>> = "configurationItemStatus";
        /// Its type.
        resource_type: Option<Str<'a>> = "resourceType";
        /// Its id.
        resource_id: Option<Str<'a>> = "resourceId";
        /// Its name, if it has one.
        resource_name: Option<Str<'a>> = "resourceName";
        /// Its ARN.
        arn: Option<Str<'a>> = "ARN";
        /// Its region.
        aws_region: Option<Str<'a>> = "awsRegion";
        /// Its availability zone.
        availability_zone: Option<Str<'a>> = "availabilityZone";
        /// A hash of this state of it.
        configuration_state_md5_hash: Option<Str<'a>> = "configurationStateMd5Hash";
        /// When it was made.
        resource_creation_time: Option<DateTime<'a>> = "resourceCreationTime";
    }
}

impl Config<'_> {
    /// Reads why the rule is evaluated.
    ///
    /// # Errors
    ///
    /// If it is no JSON object.
    pub fn read_invoking_event(&self) -> Result<InvokingEvent<'_>, serde_json::Error> {
        serde_json::from_str(&self.invoking_event)
    }

    /// Reads the parameters of the rule; there may be none.
    ///
    /// # Errors
    ///
    /// If they are no JSON object.
    pub fn read_rule_parameters(&self) -> Result<Map<'_, Scalar<'_>>, serde_json::Error> {
        self.rule_parameters.as_deref().map_or(Ok(Map::new()), serde_json::from_str)
    }

    /// Reads the parameters of the rule as a type of one's own.
    ///
    /// # Errors
    ///
    /// If they are no value of this type; a rule without parameters has an empty object.
    pub fn read_rule_parameters_as<'b, T: Deserialize<'b>>(&'b self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.rule_parameters.as_deref().unwrap_or("{}"))
    }
}

open_enum! {
    /// Why a rule is evaluated.
    pub enum MessageType<'a> {
        /// A resource has changed.
        Change = "ConfigurationItemChangeNotification",
        /// A resource has changed of which all that is known is too large.
        OversizedChange = "OversizedConfigurationItemChangeNotification",
        /// The time has come.
        Scheduled = "ScheduledNotification",
        /// A snapshot was delivered.
        SnapshotDelivered = "ConfigurationSnapshotDeliveryCompleted",
    }

    /// How something has changed.
    pub enum ChangeType<'a> {
        /// It is new.
        Create = "CREATE",
        /// It is another.
        Update = "UPDATE",
        /// It is gone.
        Delete = "DELETE",
    }

    /// Whether a resource is there.
    pub enum ConfigurationItemStatus<'a> {
        /// It is.
        Ok = "OK",
        /// It was there before it was recorded.
        ResourceDiscovered = "ResourceDiscovered",
        /// It is, and is not recorded.
        ResourceNotRecorded = "ResourceNotRecorded",
        /// It was deleted.
        ResourceDeleted = "ResourceDeleted",
        /// It was deleted, and is not recorded.
        ResourceDeletedNotRecorded = "ResourceDeletedNotRecorded",
    }
}

#[cfg(test)]
mod test {
    use std::collections::BTreeMap;

    use super::Config;

    #[test]
    fn a_rule_without_parameters_has_none() {
        let event: Config<'_> = serde_json::from_str(r#"{"invokingEvent":"{}"}"#).unwrap();
        assert!(event.read_rule_parameters().unwrap().is_empty());
        assert_eq!(event.read_rule_parameters_as::<BTreeMap<String, String>>().unwrap(), BTreeMap::new());
    }

    #[test]
    fn what_is_no_json_is_an_error_only_when_it_is_read() {
        let json = r#"{"invokingEvent":"{","ruleParameters":"["}"#;
        let event: Config<'_> = serde_json::from_str(json).unwrap();
        assert!(event.read_invoking_event().is_err() && event.read_rule_parameters().is_err());
        assert_eq!(serde_json::to_string(&event).unwrap(), json);
    }
}
