//! What is to be done with queued invokes: retries, age, destinations.
//!
//! Source: [asynchronous invocation](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html).

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use lambda_api::limits;
use serde::{Deserialize, Serialize};

use super::{
    Request, arn, no_content, ok, or_default, or_latest,
    page::{Page, page},
    refusal,
    violations::Violations,
};
use crate::{
    core::{
        Time,
        catalog::{EventInvokeConfig, FunctionId},
        destination::Destination as Place,
    },
    http::{refusal::Refusal, target::Target},
    hub::Hub,
};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Wanted {
    maximum_retry_attempts: Option<i64>,
    maximum_event_age_in_seconds: Option<i64>,
    destination_config: Option<DestinationConfig>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct DestinationConfig {
    #[serde(deserialize_with = "or_default")]
    on_success: Destination,
    #[serde(deserialize_with = "or_default")]
    on_failure: Destination,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct Destination {
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    /// Seconds since the Unix epoch.
    last_modified: f64,
    function_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_retry_attempts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_event_age_in_seconds: Option<u64>,
    destination_config: DestinationConfig,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    function_event_invoke_configs: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Wanted {
    fn check(&self, target: &Target) -> Result<(), Refusal> {
        let mut violations = Violations::default();
        let retries = 0..=i64::from(limits::ASYNC_RETRIES_MAX);
        violations.range(self.maximum_retry_attempts, "maximumRetryAttempts", retries);
        let seconds = |age: Duration| i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        let ages = seconds(limits::ASYNC_EVENT_AGE_MIN)..=seconds(limits::ASYNC_EVENT_AGE_MAX);
        violations.range(self.maximum_event_age_in_seconds, "maximumEventAgeInSeconds", ages);
        violations.end()?;
        let numbers = self.maximum_retry_attempts.or(self.maximum_event_age_in_seconds);
        let Some(config) = &self.destination_config else {
            return match numbers {
                Some(_) => Ok(()),
                None => Err(Refusal::invalid_parameter(
                    "You must specify at least one of error handling or destination setting.",
                )),
            };
        };
        config.check(target)
    }

    fn apply(self, mut config: EventInvokeConfig) -> EventInvokeConfig {
        let retries = self.maximum_retry_attempts.and_then(|attempts| u32::try_from(attempts).ok());
        config.maximum_retry_attempts = retries.or(config.maximum_retry_attempts);
        let seconds = self.maximum_event_age_in_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        config.maximum_event_age = seconds.map(Duration::from_secs).or(config.maximum_event_age);
        if let Some(destinations) = self.destination_config {
            config.on_success = destinations.on_success.arn().map(str::to_owned);
            config.on_failure = destinations.on_failure.arn().map(str::to_owned);
        }
        config
    }
}

impl Destination {
    /// An empty text takes away what was there.
    fn arn(&self) -> Option<&str> {
        self.destination.as_deref().filter(|arn| !arn.is_empty())
    }
}

impl DestinationConfig {
    fn check(&self, target: &Target) -> Result<(), Refusal> {
        let own = arn(&target.name, None);
        let arns = [self.on_success.arn(), self.on_failure.arn()];
        let is_own =
            |arn: &str| arn == own || arn.strip_prefix(&own).is_some_and(|rest| rest.starts_with(':'));
        if arns.into_iter().flatten().any(is_own) {
            return Err(Refusal::invalid_parameter(
                "You can't specify the function as a destination for itself.",
            ));
        }
        let is_taken = |arn: Option<&str>, takes: fn(&Place) -> bool| {
            arn.is_none_or(|arn| arn.parse().is_ok_and(|place: Place| takes(&place) && !place.is_fifo()))
        };
        if is_taken(arns[0], Place::takes_successes) && is_taken(arns[1], |_| true) {
            return Ok(());
        }
        let shown = |name: &str, arn: Option<&str>| {
            arn.map_or_else(|| "null".to_owned(), |arn| format!("{name}(destination={arn})"))
        };
        Err(Refusal::invalid_parameter(format!(
            "The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is invalid.",
            shown("OnSuccess", arns[0]),
            shown("OnFailure", arns[1])
        )))
    }
}

fn shown(
    hub: &Hub,
    function: FunctionId,
    target: &Target,
    qualifier: &str,
    config: &EventInvokeConfig,
) -> Shown {
    let changed: Time = hub.catalog.events_changed(function, qualifier).unwrap_or_default();
    let destination = |arn: &Option<String>| Destination { destination: arn.clone() };
    Shown {
        last_modified: changed.since_epoch().as_secs_f64(),
        function_arn: arn(&target.name, Some(qualifier)),
        maximum_retry_attempts: config.maximum_retry_attempts,
        maximum_event_age_in_seconds: config.maximum_event_age.map(|age| age.as_secs()),
        destination_config: DestinationConfig {
            on_success: destination(&config.on_success),
            on_failure: destination(&config.on_failure),
        },
    }
}

/// The function, if it has the qualifier.
fn find_qualified(hub: &Hub, target: &Target) -> Result<FunctionId, Refusal> {
    let missing = || Refusal::no_resource("The function doesn't exist.".to_owned());
    let function = hub.catalog.find(&target.name).ok_or_else(missing)?;
    hub.catalog.check(function, target.qualifier.as_deref()).map_err(|_| missing())?;
    Ok(function)
}

fn not_configured(target: &Target) -> Refusal {
    let qualifier = or_latest(target.qualifier.as_deref());
    let arn = arn(&target.name, Some(&qualifier));
    Refusal::no_resource(format!("The function {arn} doesn't have an EventInvokeConfig"))
}

fn set(request: &Request<'_>, keeps_others: bool) -> Result<Response<Bytes>, Refusal> {
    let target = request.target()?;
    let wanted: Wanted = request.read()?;
    wanted.check(&target)?;
    let qualifier = target.qualifier.as_deref();
    request.service.world.change(|hub, now| {
        let function = find_qualified(hub, &target)?;
        let before = hub.catalog.event_invoke_config(function, qualifier).cloned();
        let before = match keeps_others {
            true => before.ok_or_else(|| not_configured(&target))?,
            false => EventInvokeConfig::default(),
        };
        let config = wanted.apply(before);
        let set = hub.catalog.set_event_invoke_config(function, qualifier, Some(config.clone()));
        set.map_err(|error| refusal(&error, &target.name))?;
        let qualifier = or_latest(qualifier);
        hub.catalog.note_events_changed(function, &qualifier, now);
        ok(&shown(hub, function, &target, &qualifier, &config))
    })
}

pub(super) fn put(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    set(request, false)
}

pub(super) fn update(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    set(request, true)
}

pub(super) fn get(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.target()?;
    let hub = request.service.world.hub();
    let function = hub.catalog.find(&target.name).ok_or_else(|| not_configured(&target))?;
    let qualifier = or_latest(target.qualifier.as_deref());
    let config = hub.catalog.event_invoke_config(function, Some(&qualifier));
    ok(&shown(&hub, function, &target, &qualifier, config.ok_or_else(|| not_configured(&target))?))
}

pub(super) fn delete(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.target()?;
    let mut hub = request.service.world.hub();
    let function = hub.catalog.find(&target.name).ok_or_else(|| not_configured(&target))?;
    let qualifier = target.qualifier.as_deref();
    if hub.catalog.event_invoke_config(function, qualifier).is_none() {
        return Err(not_configured(&target));
    }
    let set = hub.catalog.set_event_invoke_config(function, qualifier, None);
    set.map_err(|error| refusal(&error, &target.name))?;
    Ok(no_content())
}

pub(super) fn list(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.target()?;
    let hub = request.service.world.hub();
    let function = hub.catalog.find(&target.name);
    let function = function.ok_or_else(|| Refusal::no_resource("The function doesn't exist.".to_owned()))?;
    let configs = hub.catalog.event_invoke_configs(function);
    let items = configs
        .map(|(qualifier, config)| (qualifier.to_owned(), shown(&hub, function, &target, qualifier, config)));
    let Page { items, next_marker } = page(request, 50, items.collect())?;
    ok(&List { function_event_invoke_configs: items, next_marker })
}
