//! Alarms as they are published to topics of Amazon SNS.
//!
//! Source: [Notify users on alarm changes](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html).

use super::StateValue;
use crate::{Int, Json, Str, value::DateTime};

event! {
    /// The message that an alarm publishes to a topic.
    ///
    /// ```
    /// use lambda_events::cloudwatch_alarms::{AlarmNotification, StateValue};
    ///
    /// let json = r#"{"AlarmName":"errors","NewStateValue":"ALARM","OldStateValue":"OK"}"#;
    /// let alarm: AlarmNotification<'_> = serde_json::from_str(json)?;
    /// assert_eq!(alarm.new_state_value, Some(StateValue::Alarm));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct AlarmNotification<'a> {
        /// The name of the alarm.
        alarm_name: Str<'a> = "AlarmName", required;
        /// Its description.
        alarm_description: Option<Str<'a>> = "AlarmDescription";
        /// The account of the alarm.
        aws_account_id: Option<Str<'a>> = "AWSAccountId";
        /// When its configuration was changed last.
        alarm_configuration_updated_timestamp: Option<DateTime<'a>> = "AlarmConfigurationUpdatedTimestamp";
        /// The state it is in now.
        new_state_value: Option<StateValue<'a>> = "NewStateValue";
        /// Why it is so, for people.
        new_state_reason: Option<Str<'a>> = "NewStateReason";
        /// When it has changed.
        state_change_time: Option<DateTime<'a>> = "StateChangeTime";
        /// The region of the alarm, in words: `EU (Ireland)`.
        region: Option<Str<'a>> = "Region";
        /// The ARN of the alarm.
        alarm_arn: Option<Str<'a>> = "AlarmArn";
        /// The state it was in before.
        old_state_value: Option<StateValue<'a>> = "OldStateValue";
        /// The ARNs of its actions when all is well.
        ok_actions: Vec<Str<'a>> = "OKActions";
        /// The ARNs of its actions when it is raised.
        alarm_actions: Vec<Str<'a>> = "AlarmActions";
        /// The ARNs of its actions when there are too few data.
        insufficient_data_actions: Vec<Str<'a>> = "InsufficientDataActions";
        /// What it watches, of an alarm of a metric.
        trigger: Option<Trigger<'a>> = "Trigger";
        /// What it depends on, of an alarm of alarms.
        alarm_rule: Option<Str<'a>> = "AlarmRule";
    }

    /// What an alarm watches.
    pub struct Trigger<'a> {
        /// The name of the metric.
        metric_name: Option<Str<'a>> = "MetricName";
        /// Its namespace.
        namespace: Option<Str<'a>> = "Namespace";
        /// What it is: `Statistic` or `ExtendedStatistic`.
        statistic_type: Option<Str<'a>> = "StatisticType";
        /// The statistic.
        statistic: Option<Str<'a>> = "Statistic";
        /// Its unit, if it has one.
        unit: Option<Str<'a>> = "Unit";
        /// Which of the metrics of this name it is.
        dimensions: Vec<Json<'a>> = "Dimensions";
        /// The length of a period, in seconds.
        period: Option<Int> = "Period";
        /// How many periods are looked at.
        evaluation_periods: Option<Int> = "EvaluationPeriods";
        /// How many of them have to be beyond the threshold.
        datapoints_to_alarm: Option<Int> = "DatapointsToAlarm";
        /// How the value is compared.
        comparison_operator: Option<Str<'a>> = "ComparisonOperator";
        /// The threshold.
        threshold: Option<crate::value::Number> = "Threshold";
        /// How missing data are treated.
        treat_missing_data: Option<Str<'a>> = "TreatMissingData";
        /// What is done where a percentile has few samples.
        evaluate_low_sample_count_percentile: Option<Str<'a>> = "EvaluateLowSampleCountPercentile";
        /// The metrics and expressions, of an alarm of an expression.
        metrics: Vec<Json<'a>> = "Metrics";
    }
}
