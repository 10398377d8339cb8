//! Resources that tell others of what happens in them: topics with their subscriptions, and buckets.
//!
//! Sources: the properties of
//! [AWS::SNS::Topic](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html),
//! [AWS::SNS::Subscription](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-subscription.html)
//! and [AWS::S3::Bucket](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html).

use super::{Reader, function::sub_table, sections::Resource, sources::insert, targets};
use crate::cli::config::{
    model::{
        BucketConfiguration, NotificationConfiguration, SubscriptionConfiguration, Target, TopicConfiguration,
    },
    problem::{Invalid, Problem, Remark},
    table::{Field, Table},
    triggers,
};

const TOPIC_WITHOUT_EFFECT: &[&str] = &[
    "ArchivePolicy",
    "DataProtectionPolicy",
    "DeliveryStatusLogging",
    "FifoThroughputScope",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
];

const SUBSCRIPTION_WITHOUT_EFFECT: &[&str] =
    &["DeliveryPolicy", "RedrivePolicy", "Region", "ReplayPolicy", "SubscriptionRoleArn"];

#[derive(Clone, Copy)]
enum Protocol {
    Lambda,
    Sqs,
    Other,
}

const PROTOCOLS: [(&str, Protocol); 9] = [
    ("lambda", Protocol::Lambda),
    ("sqs", Protocol::Sqs),
    ("http", Protocol::Other),
    ("https", Protocol::Other),
    ("email", Protocol::Other),
    ("email-json", Protocol::Other),
    ("sms", Protocol::Other),
    ("application", Protocol::Other),
    ("firehose", Protocol::Other),
];

impl Reader<'_> {
    pub(super) fn topic_resource(
        &mut self,
        resource: &Resource,
        table: &mut Table<'_>,
        name: String,
    ) -> Result<(), Problem> {
        let line = resource.line;
        let by_content = table.take("ContentBasedDeduplication")?;
        let content_based_deduplication =
            by_content.map(|by_content| by_content.flag()).transpose()?.unwrap_or(false);
        let mut topic = TopicConfiguration { line, content_based_deduplication, ..Default::default() };
        for subscription in table.take("Subscription")?.map(Field::list).transpose()?.unwrap_or_default() {
            let mut table = subscription.table()?;
            topic.subscriptions.extend(self.subscribed(&mut table)?);
            self.rest(resource, &table);
        }
        for silent in ["TopicName", "FifoTopic", "DisplayName", "Tags"] {
            table.ignore(silent);
        }
        self.without_effect(resource, table, TOPIC_WITHOUT_EFFECT);
        self.rest(resource, table);
        let topics = &mut self.configuration.triggers.topics;
        insert(topics, "topic", name, topic, line, |topic| topic.line)
    }

    /// `AWS::SNS::Subscription`.
    pub(super) fn subscription(&mut self, resource: &Resource, table: &mut Table<'_>) -> Result<(), Problem> {
        if self.is_elsewhere(table, &["TopicArn"]) {
            return Ok(());
        }
        let Some(topic) = table.take("TopicArn")? else {
            return Err(table.missing("TopicArn", "the ARN of an SNS topic"));
        };
        let name = targets::topic(&topic)?;
        let subscription = self.subscribed(table)?;
        self.without_effect(resource, table, SUBSCRIPTION_WITHOUT_EFFECT);
        self.rest(resource, table);
        if let Some(subscription) = subscription {
            self.topic(&name, topic.line()).subscriptions.push(subscription);
        }
        Ok(())
    }

    /// Who gets messages, and which; nothing for somebody who gets none here, which is remarked.
    fn subscribed(&self, table: &mut Table<'_>) -> Result<Option<SubscriptionConfiguration>, Problem> {
        if self.is_elsewhere(table, &["Endpoint"]) {
            table.forget();
            return Ok(None);
        }
        let Some(protocol) = table.take("Protocol")? else {
            return Err(table.missing("Protocol", "lambda or sqs"));
        };
        let protocol = protocol.choice(&PROTOCOLS)?;
        let Some(endpoint) = table.take("Endpoint")? else {
            return Err(table.missing("Endpoint", "the ARN of a function or an SQS queue"));
        };
        let target = match protocol {
            Protocol::Lambda => Some(targets::function(&endpoint)?),
            Protocol::Sqs => Some(Target::Queue(targets::queue(&endpoint)?)),
            Protocol::Other => {
                let (path, arn) = (endpoint.path.clone(), endpoint.text()?.to_owned());
                self.template.remark(endpoint.line(), Remark::Target { path, arn });
                None
            }
        };
        let raw = match table.take("RawMessageDelivery")? {
            Some(raw) if raw.flag()? => {
                if matches!(protocol, Protocol::Lambda) {
                    let what = "RawMessageDelivery";
                    return Err(Invalid::Conflict { what, other: "the protocol lambda" }.at(raw.line()));
                }
                true
            }
            _ => false,
        };
        let (filter_policy, filter_on_body) = filter_policy(table)?;
        let line = endpoint.line();
        Ok(target.map(|target| SubscriptionConfiguration {
            line,
            target,
            filter_policy,
            filter_on_body,
            raw,
        }))
    }

    /// Of a bucket only what it tells others is looked at.
    pub(super) fn bucket_resource(
        &mut self,
        resource: &Resource,
        table: &mut Table<'_>,
        name: &str,
    ) -> Result<(), Problem> {
        let line = resource.line;
        let mut bucket = BucketConfiguration { line, ..BucketConfiguration::default() };
        if let Some(mut notifications) = sub_table(table, "NotificationConfiguration")? {
            for (property, to) in [
                ("LambdaConfigurations", "Function"),
                ("QueueConfigurations", "Queue"),
                ("TopicConfigurations", "Topic"),
            ] {
                let listed = notifications.take(property)?.map(Field::list).transpose()?;
                for notification in listed.unwrap_or_default() {
                    bucket.notifications.extend(self.notified(resource, notification.table()?, to)?);
                }
            }
            if let Some(mut event_bridge) = sub_table(&mut notifications, "EventBridgeConfiguration")? {
                let enabled = event_bridge.take("EventBridgeEnabled")?;
                bucket.event_bridge = enabled.map(|enabled| enabled.flag()).transpose()?.unwrap_or(true);
                self.rest(resource, &event_bridge);
            }
            self.rest(resource, &notifications);
        }
        let buckets = &mut self.configuration.triggers.buckets;
        insert(buckets, "bucket", name.to_ascii_lowercase(), bucket, line, |bucket| bucket.line)
    }

    fn notified(
        &self,
        resource: &Resource,
        mut table: Table<'_>,
        to: &'static str,
    ) -> Result<Option<NotificationConfiguration>, Problem> {
        if self.is_elsewhere(&table, &[to]) {
            return Ok(None);
        }
        let Some(event) = table.take("Event")? else {
            return Err(table.missing("Event", "such as s3:ObjectCreated:*"));
        };
        let events = vec![triggers::bucket_event(&event)?];
        let Some(field) = table.take(to)? else { return Err(table.missing(to, "an ARN")) };
        let target = match to {
            "Function" => targets::function(&field)?,
            "Queue" => Target::Queue(targets::queue(&field)?),
            _ => Target::Topic(targets::topic(&field)?),
        };
        let (prefix, suffix) = self.key_filter(resource, &mut table)?;
        self.rest(resource, &table);
        let line = field.line();
        Ok(Some(NotificationConfiguration { line, target, events, prefix, suffix }))
    }

    /// How a key begins and ends.
    pub(super) fn key_filter(
        &self,
        resource: &Resource,
        table: &mut Table<'_>,
    ) -> Result<(String, String), Problem> {
        let (mut prefix, mut suffix) = (String::new(), String::new());
        let Some(mut filter) = sub_table(table, "Filter")? else { return Ok((prefix, suffix)) };
        if let Some(mut key) = sub_table(&mut filter, "S3Key")? {
            for rule in key.take("Rules")?.map(Field::list).transpose()?.unwrap_or_default() {
                let mut rule = rule.table()?;
                let (Some(name), Some(value)) = (rule.take("Name")?, rule.take("Value")?) else {
                    return Err(rule.missing("Name and Value", "how a key begins or ends"));
                };
                let is_prefix = name.word(&[("prefix", true), ("suffix", false)])?;
                *(if is_prefix { &mut prefix } else { &mut suffix }) = value.text()?.to_owned();
                self.rest(resource, &rule);
            }
            self.rest(resource, &key);
        }
        self.rest(resource, &filter);
        Ok((prefix, suffix))
    }
}

/// Which messages somebody gets, and whether the body tells.
pub(super) fn filter_policy(table: &mut Table<'_>) -> Result<(Option<String>, bool), Problem> {
    let scopes = [("MessageAttributes", false), ("MessageBody", true)];
    let policy = table.take("FilterPolicy")?;
    let scope = table.take("FilterPolicyScope")?.map(|scope| scope.choice(&scopes)).transpose()?;
    let is_for_body = scope.unwrap_or(false);
    let policy = policy.map(|policy| triggers::filter_policy(policy, is_for_body)).transpose()?;
    Ok((policy, is_for_body))
}
