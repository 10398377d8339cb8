//! Alarms of Amazon CloudWatch whose action is a function.
//!
//! Source: [Invoke a Lambda function from an alarm](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html). The
//! detail of `CloudWatch Alarm State Change` in EventBridge is an [`AlarmData`].

use crate::{Int, Map, Str, value::DateTime};

mod notification;

pub use self::notification::{AlarmNotification, Trigger};

event! {
    /// An alarm has changed its state: one of a metric, of an expression, or of other alarms.
    ///
    /// ```
    /// use lambda_events::cloudwatch_alarms::{CloudWatchAlarm, StateValue};
    ///
    /// let json = r#"{"alarmData":{"alarmName":"errors","state":{"value":"ALARM"},"previousState":{"value":"OK"}}}"#;
    /// let event: CloudWatchAlarm<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.alarm_data.state.value, Some(StateValue::Alarm));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CloudWatchAlarm<'a> {
        /// `aws.cloudwatch`.
        source: Option<Str<'a>> = "source";
        /// The ARN of the alarm.
        alarm_arn: Option<Str<'a>> = "alarmArn";
        /// The account of the alarm.
        account_id: Option<Str<'a>> = "accountId";
        /// When it has changed.
        time: Option<DateTime<'a>> = "time";
        /// The region of the alarm.
        region: Option<Str<'a>> = "region";
        /// The alarm.
        alarm_data: AlarmData<'a> = "alarmData", required;
    }

    /// What has changed.
    pub struct AlarmData<'a> {
        /// The name of the alarm.
        alarm_name: Option<Str<'a>> = "alarmName";
        /// The state it is in now.
        state: State<'a> = "state";
        /// The state it was in before.
        previous_state: State<'a> = "previousState";
        /// How it is set up.
        configuration: Configuration<'a> = "configuration";
    }

    /// A state of an alarm.
    pub struct State<'a> {
        /// The state.
        value: Option<StateValue<'a>> = "value";
        /// Why it is so, for people.
        reason: Option<Str<'a>> = "reason";
        /// Why it is so, as JSON.
        reason_data: Option<Str<'a>> = "reasonData";
        /// Since when it is so.
        timestamp: Option<DateTime<'a>> = "timestamp";
        /// What keeps the actions of an alarm of alarms back: `WaitPeriod`, `ExtensionPeriod` or `Alarm`.
        actions_suppressed_by: Option<Str<'a>> = "actionsSuppressedBy";
        /// Why it does, for people.
        actions_suppressed_reason: Option<Str<'a>> = "actionsSuppressedReason";
    }

    /// How an alarm is set up.
    pub struct Configuration<'a> {
        /// Its description.
        description: Option<Str<'a>> = "description";
        /// The metrics and expressions, of an alarm of these.
        metrics: Vec<Metric<'a>> = "metrics";
        /// The rule, of an alarm of alarms.
        alarm_rule: Option<Str<'a>> = "alarmRule";
        /// The alarm that keeps the actions back.
        actions_suppressor: Option<Str<'a>> = "actionsSuppressor";
        /// How many seconds that alarm is waited for.
        actions_suppressor_wait_period: Option<Int> = "actionsSuppressorWaitPeriod";
        /// How many seconds the actions are kept back after that alarm.
        actions_suppressor_extension_period: Option<Int> = "actionsSuppressorExtensionPeriod";
    }

    /// A metric or an expression.
    pub struct Metric<'a> {
        /// What it is called in expressions.
        id: Option<Str<'a>> = "id";
        /// The expression.
        expression: Option<Str<'a>> = "expression";
        /// What it is called for people.
        label: Option<Str<'a>> = "label";
        /// The metric.
        metric_stat: Option<MetricStat<'a>> = "metricStat";
        /// How many seconds a value stands for, of an expression.
        period: Option<Int> = "period";
        /// The account of the metric.
        account_id: Option<Str<'a>> = "accountId";
        /// Whether the alarm looks at this one.
        return_data: Option<bool> = "returnData";
    }

    /// A metric, and how its values are put together.
    pub struct MetricStat<'a> {
        /// The metric.
        metric: MetricName<'a> = "metric";
        /// How many seconds a value stands for.
        period: Option<Int> = "period";
        /// `Average`, `Sum` or `p99`, say.
        stat: Option<Str<'a>> = "stat";
        /// The unit, if there is one.
        unit: Option<Str<'a>> = "unit";
    }

    /// A metric.
    pub struct MetricName<'a> {
        /// Its namespace.
        namespace: Option<Str<'a>> = "namespace";
        /// Its name.
        name: Option<Str<'a>> = "name";
        /// Its dimensions.
        dimensions: Map<'a, Str<'a>> = "dimensions";
    }
}

open_enum! {
    /// The state of an alarm.
    pub enum StateValue<'a> {
        /// All is well.
        Ok = "OK",
        /// All is not well.
        Alarm = "ALARM",
        /// There is not enough data to say.
        InsufficientData = "INSUFFICIENT_DATA",
    }
}
