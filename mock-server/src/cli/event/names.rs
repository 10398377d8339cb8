//! What events are called: the names of the samples, and those by which people know the services.

use std::cmp::Reverse;

use lambda_events::samples::{self, AnySample};

/// Other names of a sample, for services that have several or are known by another name.
const OTHERS: [(&str, &str); 36] = [
    ("api-gateway", "apigw_rest"),
    ("apigw", "apigw_rest"),
    ("appsync", "appsync_cognito"),
    ("authorizer", "apigw_authorizer_request"),
    ("autoscaling", "autoscaling_lifecycle_notification"),
    ("bedrock", "bedrock_function"),
    ("cloudformation", "cloudformation_create"),
    ("cloudwatch", "cloudwatch_alarm"),
    ("cloudwatch-alarms", "cloudwatch_alarm"),
    ("cloudwatch-dashboards", "cloudwatch_dashboards_widget"),
    ("cloudwatch-events", "eventbridge_rule"),
    ("cognito", "cognito_pre_sign_up"),
    ("config", "config_change"),
    ("connect", "connect_voice"),
    ("cron", "eventbridge_rule"),
    ("custom-resource", "cloudformation_create"),
    ("ddb", "dynamodb"),
    ("dynamodb-streams", "dynamodb"),
    ("ecr", "ecr_image_push"),
    ("function-url", "lambda_url"),
    ("http-api", "apigw_http"),
    ("iot", "iot_authorizer"),
    ("kinesis-analytics", "kinesis_analytics_input"),
    ("kinesis-firehose", "firehose"),
    ("lattice", "vpc_lattice"),
    ("load-balancer", "alb"),
    ("logs", "cloudwatch_logs"),
    ("mq", "activemq"),
    ("msk", "kafka"),
    ("rest-api", "apigw_rest"),
    ("schedule", "eventbridge_rule"),
    ("scheduler", "eventbridge_schedule"),
    ("secrets-manager", "secretsmanager"),
    ("self-managed-kafka", "kafka_self_managed"),
    ("transfer", "transfer_password"),
    ("websocket", "apigw_websocket_message"),
];

/// How many names are suggested.
const SUGGESTIONS: usize = 3;

/// All events, in the order of their names. What functions answer is none of them.
pub(super) fn events() -> Vec<AnySample> {
    let is_answer = |name: &str| name.ends_with("_response") || name.ends_with("_answered");
    let mut events: Vec<_> = samples::all().into_iter().filter(|sample| !is_answer(sample.name)).collect();
    // One of them is there a second time, as a type for all of its kind.
    events.sort_by_key(|sample| sample.name);
    events.dedup_by_key(|sample| sample.name);
    events
}

/// A name as it is shown.
pub(super) fn shown(name: &str) -> String {
    name.replace('_', "-")
}

fn others() -> impl Iterator<Item = (&'static str, &'static str)> {
    OTHERS.into_iter()
}

/// The event of this name, however it is written.
pub(super) fn find(name: &str) -> Option<AnySample> {
    let wanted = normal(name);
    let other = others().find(|(other, _)| *other == wanted).map(|(_, sample)| shown(sample));
    let wanted = other.unwrap_or(wanted);
    events().into_iter().find(|sample| shown(sample.name) == wanted)
}

fn normal(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace(['_', ' '], "-")
}

/// All events with what has happened, and their other names.
pub(super) fn list() -> String {
    let mut list = String::new();
    let events = events();
    let width = events.iter().map(|sample| sample.name.len()).max().unwrap_or_default();
    for sample in events {
        list += &format!("{:width$}  {}", shown(sample.name), sample.about);
        let others: Vec<_> =
            others().filter(|(_, named)| *named == sample.name).map(|(other, _)| other).collect();
        if !others.is_empty() {
            list += &format!(" Also: {}.", others.join(", "));
        }
        list.push('\n');
    }
    list
}

/// The names that are most like a wrong one, the nearest first.
pub(super) fn near(name: &str) -> Vec<String> {
    let wanted = normal(name);
    let names = events().into_iter().map(|sample| shown(sample.name));
    let mut names: Vec<_> = names.chain(others().map(|(other, _)| other.to_owned())).collect();
    // Something that the name is a part of is nearer than something that is spelt alike.
    let is_part = |name: &str| wanted.len() > 1 && (name.contains(&wanted) || wanted.contains(name));
    let rank = |name: &String| (Reverse(is_part(name)), distance(name, &wanted), name.clone());
    names.retain(|name| is_part(name) || distance(name, &wanted) <= wanted.len().div_ceil(3));
    names.sort_by_key(rank);
    names.truncate(SUGGESTIONS);
    names
}

/// Suggestions as the end of a sentence.
pub(super) fn or_rather(near: &[String]) -> String {
    match near {
        [] => String::new(),
        near => format!("; is it {}", near.join(" or ")),
    }
}

/// How many letters must be put in, left out or changed to make one word of another (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other = other.as_bytes();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for column in 0..other.len() {
            let changed = diagonal + usize::from(letter != other[column]);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
