//! What invokes a function of SAM, beside its APIs: queues, streams, topics, buckets, rules and schedules.
//!
//! SAM makes resources of these, so that they are read as those are. Source: the
//! [event sources](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html)
//! of `AWS::Serverless::Function`.

use super::{
    Reader,
    function::text,
    mappings, notices,
    rules::{input, state},
    sections::Resource,
    targets,
};
use crate::cli::config::{
    model::{
        FunctionConfiguration, NotificationConfiguration, Qualifier, RuleConfiguration, RuleTarget,
        SubscriptionConfiguration, Target,
    },
    node::Value,
    problem::{Invalid, Problem, Remark},
    table::{Field, Table},
    triggers,
};

/// The types of event that are read here.
pub(super) const TYPES: &[&str] = &[
    "SQS",
    "Kinesis",
    "DynamoDB",
    "MSK",
    "SelfManagedKafka",
    "SNS",
    "S3",
    "Schedule",
    "ScheduleV2",
    "EventBridgeRule",
    "CloudWatchEvent",
];

/// What SAM's schedules and rules have that changes nothing here.
const RULE_WITHOUT_EFFECT: &[&str] = &["DeadLetterConfig", "RetryPolicy"];

impl Reader<'_> {
    /// Adds a trigger of a type among [`TYPES`].
    pub(super) fn trigger(
        &mut self,
        resource: &Resource,
        (event, kind): (&str, &str),
        mut table: Table<'_>,
        qualifier: &Qualifier,
        function: &FunctionConfiguration,
    ) -> Result<(), Problem> {
        if self.is_elsewhere(&table, &["Queue", "Stream", "Topic", "Bucket", "EventBusName"]) {
            return Ok(());
        }
        let target = Target::Function { name: function.name.clone(), qualifier: qualifier.clone() };
        let name = format!("{}{event}", resource.id);
        match kind {
            "SNS" => self.topic_event(resource, table, target),
            "S3" => self.bucket_event(resource, table, target),
            "Schedule" => self.schedule_event(resource, table, name, target),
            "ScheduleV2" => self.scheduler_event(resource, table, name, target),
            "EventBridgeRule" | "CloudWatchEvent" => self.rule_event(resource, table, name, target),
            _ => {
                let source = mappings::source_of(kind, &mut table)?;
                self.mapping_of(resource, &mut table, (&function.name, qualifier), source)
            }
        }
    }

    fn topic_event(
        &mut self,
        resource: &Resource,
        mut table: Table<'_>,
        target: Target,
    ) -> Result<(), Problem> {
        let Some(topic) = table.take("Topic")? else {
            return Err(table.missing("Topic", "the ARN of an SNS topic"));
        };
        let name = targets::topic(&topic)?;
        let (filter_policy, filter_on_body) = notices::filter_policy(&mut table)?;
        if let Some(queue) = table.take("SqsSubscription")?
            && !queue.text().is_ok_and(|text| text.eq_ignore_ascii_case("false"))
        {
            self.template.remark(queue.key_line, Remark::WithoutEffect { path: queue.path });
        }
        self.without_effect(resource, &mut table, &["Region", "RedrivePolicy"]);
        self.rest(resource, &table);
        let line = table.line;
        let subscription =
            SubscriptionConfiguration { line, target, filter_policy, filter_on_body, raw: false };
        self.topic(&name, topic.line()).subscriptions.push(subscription);
        Ok(())
    }

    fn bucket_event(
        &mut self,
        resource: &Resource,
        mut table: Table<'_>,
        target: Target,
    ) -> Result<(), Problem> {
        let Some(bucket) = table.take("Bucket")? else {
            return Err(table.missing("Bucket", "the name of a bucket"));
        };
        let name = bucket.text_or("the name of a bucket")?.to_ascii_lowercase();
        let Some(events) = table.take("Events")? else {
            return Err(table.missing("Events", "such as s3:ObjectCreated:*"));
        };
        let events = match &events.node.value {
            Value::List(_) => events.list()?.iter().map(triggers::bucket_event).collect::<Result<_, _>>()?,
            _ => vec![triggers::bucket_event(&events)?],
        };
        let (prefix, suffix) = self.key_filter(resource, &mut table)?;
        self.rest(resource, &table);
        let notification = NotificationConfiguration { line: table.line, target, events, prefix, suffix };
        self.bucket(&name, bucket.line()).notifications.push(notification);
        Ok(())
    }

    fn schedule_event(
        &mut self,
        resource: &Resource,
        mut table: Table<'_>,
        name: String,
        target: Target,
    ) -> Result<(), Problem> {
        let Some(expression) = table.take("Schedule")? else {
            return Err(table.missing("Schedule", "rate(value unit) or cron(fields)"));
        };
        let rule = RuleConfiguration {
            line: table.line,
            bus: "default".to_owned(),
            name: text(&mut table, "Name")?.unwrap_or(name),
            pattern: None,
            schedule: Some(triggers::schedule(&expression, false)?),
            is_scheduler: false,
            enabled: enabled(&mut table)?,
            targets: Vec::new(),
        };
        self.add_rule(resource, table, rule, target)
    }

    fn scheduler_event(
        &mut self,
        resource: &Resource,
        mut table: Table<'_>,
        name: String,
        target: Target,
    ) -> Result<(), Problem> {
        let (name, line) = (text(&mut table, "Name")?.unwrap_or(name), table.line);
        let rule = self.scheduled(resource, &mut table, name, line)?;
        self.without_effect(resource, &mut table, &["InputPath"]);
        for silent in ["OmitName", "PermissionsBoundary"] {
            table.ignore(silent);
        }
        self.add_rule(resource, table, rule, target)
    }

    fn rule_event(
        &mut self,
        resource: &Resource,
        mut table: Table<'_>,
        name: String,
        target: Target,
    ) -> Result<(), Problem> {
        let Some(pattern) = table.take("Pattern")? else {
            return Err(table.missing("Pattern", "a pattern"));
        };
        let rule = RuleConfiguration {
            line: table.line,
            bus: targets::bus(table.take("EventBusName")?)?,
            name: text(&mut table, "RuleName")?.unwrap_or(name),
            pattern: Some(triggers::pattern(pattern)?),
            schedule: None,
            is_scheduler: false,
            enabled: enabled(&mut table)?,
            targets: Vec::new(),
        };
        // The id of the target.
        table.ignore("Target");
        self.add_rule(resource, table, rule, target)
    }

    /// Adds a rule whose target is the function.
    fn add_rule(
        &mut self,
        resource: &Resource,
        mut table: Table<'_>,
        mut rule: RuleConfiguration,
        target: Target,
    ) -> Result<(), Problem> {
        let input = input(&mut table)?;
        rule.targets.push(RuleTarget { line: table.line, target, input, group: None });
        for silent in ["Description", "RoleArn"] {
            table.ignore(silent);
        }
        self.without_effect(resource, &mut table, RULE_WITHOUT_EFFECT);
        self.rest(resource, &table);
        self.configuration.triggers.rules.push(rule);
        Ok(())
    }
}

/// Whether a rule does anything; SAM has two ways to say it.
fn enabled(table: &mut Table<'_>) -> Result<bool, Problem> {
    let flag: Option<Field<'_>> = table.take("Enabled")?;
    if let (Some(flag), true) = (&flag, table.rest().any(|entry| entry.key == "State")) {
        return Err(Invalid::Conflict { what: "Enabled", other: "State" }.at(flag.line()));
    }
    match flag {
        Some(flag) => flag.flag(),
        None => state(table),
    }
}
