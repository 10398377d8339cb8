//! Rules of EventBridge, and schedules: resources, and what SAM makes of events of functions.
//!
//! Sources: the properties of
//! [AWS::Events::Rule](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html)
//! and
//! [AWS::Scheduler::Schedule](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html).

use mock_server::core::trigger::bus::Input;

use super::{
    Reader,
    function::{sub_table, text},
    sections::Resource,
    targets,
};
use crate::cli::config::{
    model::{RuleConfiguration, RuleTarget},
    problem::{Invalid, Problem, Remark},
    table::{Field, Table},
    triggers,
};

const DEFAULT_BUS: &str = "default";

const TARGET_WITHOUT_EFFECT: &[&str] = &[
    "AppSyncParameters",
    "BatchParameters",
    "DeadLetterConfig",
    "EcsParameters",
    "EventBridgeParameters",
    "HttpParameters",
    "KinesisParameters",
    "RedshiftDataParameters",
    "RetryPolicy",
    "RunCommandParameters",
    "SageMakerPipelineParameters",
];

impl Reader<'_> {
    /// `AWS::Events::Rule`.
    pub(super) fn rule(&mut self, resource: &Resource, table: &mut Table<'_>) -> Result<(), Problem> {
        let line = resource.line;
        let name = text(table, "Name")?.unwrap_or_else(|| resource.id.clone());
        let bus_field = table.take("EventBusName")?;
        let bus_line = bus_field.as_ref().map_or(line, Field::line);
        let bus = targets::bus(bus_field)?;
        let pattern = table.take("EventPattern")?.map(triggers::pattern).transpose()?;
        let schedule = table.take("ScheduleExpression")?;
        let schedule = schedule.map(|schedule| triggers::schedule(&schedule, false)).transpose()?;
        if schedule.is_some() && bus != DEFAULT_BUS {
            let (what, other) = ("ScheduleExpression", "an event bus that is not the default one");
            return Err(Invalid::Conflict { what, other }.at(bus_line));
        }
        if pattern.is_none() && schedule.is_none() {
            return Err(table.missing("EventPattern or ScheduleExpression", "or both"));
        }
        let enabled = state(table)?;
        let mut targets = Vec::new();
        for target in table.take("Targets")?.map(Field::list).transpose()?.unwrap_or_default() {
            targets.extend(self.rule_target(resource, target.table()?)?);
        }
        for silent in ["Description", "RoleArn", "Tags"] {
            table.ignore(silent);
        }
        self.rest(resource, table);
        let is_scheduler = false;
        let rule = RuleConfiguration { line, bus, name, pattern, schedule, is_scheduler, enabled, targets };
        self.configuration.triggers.rules.push(rule);
        Ok(())
    }

    fn rule_target(&self, resource: &Resource, mut table: Table<'_>) -> Result<Option<RuleTarget>, Problem> {
        if self.is_elsewhere(&table, &["Arn"]) {
            return Ok(None);
        }
        let Some(arn) = table.take("Arn")? else {
            return Err(table.missing("Arn", "the ARN of a function, an SQS queue or an SNS topic"));
        };
        let target = self.target(&arn)?;
        let input = input(&mut table)?;
        let mut group = None;
        if let Some(mut parameters) = sub_table(&mut table, "SqsParameters")? {
            group = text(&mut parameters, "MessageGroupId")?;
            self.rest(resource, &parameters);
        }
        for silent in ["Id", "RoleArn"] {
            table.ignore(silent);
        }
        self.without_effect(resource, &mut table, TARGET_WITHOUT_EFFECT);
        self.rest(resource, &table);
        let line = arn.line();
        Ok(target.map(|target| RuleTarget { line, target, input, group }))
    }

    /// `AWS::Scheduler::Schedule`.
    pub(super) fn schedule(&mut self, resource: &Resource, table: &mut Table<'_>) -> Result<(), Problem> {
        let name = text(table, "Name")?.unwrap_or_else(|| resource.id.clone());
        let mut rule = self.scheduled(resource, table, name, resource.line)?;
        let Some(mut target) = sub_table(table, "Target")? else {
            return Err(table.missing("Target", "with the ARN of what it invokes"));
        };
        // Only rules have it.
        self.without_effect(resource, &mut target, &["InputPath"]);
        rule.targets.extend(self.rule_target(resource, target)?);
        self.rest(resource, table);
        self.configuration.triggers.rules.push(rule);
        Ok(())
    }

    /// A schedule of EventBridge Scheduler that has no target yet; the rest of the table is left for the caller.
    pub(super) fn scheduled(
        &self,
        resource: &Resource,
        table: &mut Table<'_>,
        name: String,
        line: usize,
    ) -> Result<RuleConfiguration, Problem> {
        let Some(expression) = table.take("ScheduleExpression")? else {
            let expected = "rate(value unit), cron(fields) or at(yyyy-mm-ddThh:mm:ss)";
            return Err(table.missing("ScheduleExpression", expected));
        };
        let schedule = Some(triggers::schedule(&expression, true)?);
        let enabled = state(table)?;
        if let Some(zone) = table.take("ScheduleExpressionTimezone")?
            && !matches!(zone.text()?, "UTC" | "Etc/UTC" | "GMT")
        {
            self.template.remark(zone.key_line, Remark::WithoutEffect { path: zone.path });
        }
        if let Some(mut window) = sub_table(table, "FlexibleTimeWindow")? {
            if let Some(mode) = window.take("Mode")?
                && mode.choice(&[("FLEXIBLE", true), ("OFF", false)])?
            {
                self.template.remark(window.line, Remark::WithoutEffect { path: window.path.clone() });
            }
            window.ignore("MaximumWindowInMinutes");
            self.rest(resource, &window);
        }
        for silent in ["Description", "GroupName", "KmsKeyArn"] {
            table.ignore(silent);
        }
        self.without_effect(resource, table, &["StartDate", "EndDate"]);
        Ok(RuleConfiguration {
            line,
            bus: DEFAULT_BUS.to_owned(),
            name,
            pattern: None,
            schedule,
            is_scheduler: true,
            enabled,
            targets: Vec::new(),
        })
    }
}

/// Whether a rule or a schedule does anything.
pub(super) fn state(table: &mut Table<'_>) -> Result<bool, Problem> {
    let states =
        [("ENABLED", true), ("DISABLED", false), ("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", true)];
    Ok(table.take("State")?.map(|state| state.choice(&states)).transpose()?.unwrap_or(true))
}

/// What a target gets in place of the event.
pub(super) fn input(table: &mut Table<'_>) -> Result<Input, Problem> {
    const NAMES: (&str, &str) = ("Input", "InputPath");
    const TRANSFORMER: &str = "InputTransformer";

    let (constant, path) = (table.take(NAMES.0)?, table.take(NAMES.1)?);
    let Some(mut transformer) = sub_table(table, TRANSFORMER)? else {
        return triggers::input(constant, path, NAMES);
    };
    if constant.or(path).is_some() {
        return Err(Invalid::Conflict { what: TRANSFORMER, other: "another input" }.at(transformer.line));
    }
    let paths = transformer.take("InputPathsMap")?;
    let Some(template) = transformer.take("InputTemplate")? else {
        return Err(transformer.missing("InputTemplate", "a text"));
    };
    triggers::input_transformer(transformer.line, paths, &template)
}
