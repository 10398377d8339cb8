//! Provisioned concurrency of versions and aliases.
//!
//! Source: [provisioned concurrency](https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html).

use bytes::Bytes;
use http::{Response, StatusCode};
use lambda_api::limits;
use serde::{Deserialize, Serialize};

use super::{
    Request, arn,
    concurrency::{leaves_enough, provisioned_beside, unreserved_beside},
    date, find, no_content, not_found, ok,
    page::{Page, page},
    refusal, reply,
    violations::Violations,
};
use crate::{
    core::{
        catalog::{CatalogError, FunctionId, Version},
        fleet::{Allocation, AllocationStatus},
    },
    http::{
        refusal::{Member, Refusal},
        target::Target,
    },
    hub::Hub,
};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Wanted {
    provisioned_concurrent_executions: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    #[serde(skip_serializing_if = "Option::is_none")]
    function_arn: Option<String>,
    requested_provisioned_concurrent_executions: usize,
    available_provisioned_concurrent_executions: usize,
    allocated_provisioned_concurrent_executions: usize,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<&'static str>,
    last_modified: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    provisioned_concurrency_configs: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

/// The version or alias that is meant, which has to be named.
fn qualifier(target: &Target) -> Result<&str, Refusal> {
    let mut violations = Violations::default();
    violations.present(&target.qualifier, "qualifier");
    violations.end()?;
    match target.qualifier.as_deref() {
        Some("$LATEST") | None => Err(Refusal::invalid_parameter(
            "The function resource provided must be an alias or a published version.",
        )),
        Some(qualifier) => Ok(qualifier),
    }
}

/// The function, if it has the qualifier.
fn find_qualified(hub: &Hub, target: &Target, qualifier: &str) -> Result<FunctionId, Refusal> {
    let is_version = qualifier.parse::<Version>().is_ok();
    let unknown = || match is_version {
        true => not_found(&target.name, Some(qualifier)),
        false => refusal(&CatalogError::UnknownAlias { name: qualifier.to_owned() }, &target.name),
    };
    let function = hub.catalog.find(&target.name).ok_or_else(unknown)?;
    hub.catalog.check(function, Some(qualifier)).map_err(|_| unknown())?;
    Ok(function)
}

fn shown(hub: &Hub, function: FunctionId, qualifier: &str) -> Option<Shown> {
    let (_, requested) = hub.catalog.provisioned(function).find(|(other, _)| *other == qualifier)?;
    let allocation = hub.allocation_of(function, qualifier);
    let nothing = Allocation { requested, available: 0, status: AllocationStatus::InProgress };
    let Allocation { available, status, .. } = allocation.unwrap_or(nothing);
    // Environments may be shared with what another qualifier has asked for.
    let available = available.min(requested);
    Some(Shown {
        function_arn: None,
        requested_provisioned_concurrent_executions: requested,
        available_provisioned_concurrent_executions: available,
        allocated_provisioned_concurrent_executions: available,
        status: status.as_str(),
        status_reason: (status == AllocationStatus::Failed).then_some("FUNCTION_ERROR_INIT_FAILURE"),
        last_modified: date(hub.catalog.provisioned_changed(function, qualifier).unwrap_or_default()),
    })
}

pub(super) fn put(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.target()?;
    let wanted: Wanted = request.read()?;
    let count = wanted.provisioned_concurrent_executions;
    let mut violations = Violations::default();
    violations.present(&target.qualifier, "qualifier");
    violations.present(&count, "provisionedConcurrentExecutions");
    violations.range(count, "provisionedConcurrentExecutions", 1..=i64::from(i32::MAX));
    violations.end()?;
    let qualifier = target.qualifier.as_deref().unwrap_or_default();
    if qualifier == "$LATEST" {
        return Err(refusal(&CatalogError::ProvisionedLatest, &target.name));
    }
    let count = count.and_then(|count| usize::try_from(count).ok()).unwrap_or(1);
    request.service.world.change(|hub, now| {
        let function = find_qualified(hub, &target, qualifier)?;
        check(hub, function, qualifier, count)?;
        let set = hub.catalog.set_provisioned(function, qualifier, count);
        set.map_err(|error| refusal(&error, &target.name))?;
        hub.catalog.note_provisioned_changed(function, qualifier, now);
        hub.provision(now, function);
        // None is ready at once, as on Lambda.
        let status = AllocationStatus::InProgress.as_str();
        reply(
            StatusCode::ACCEPTED,
            &Shown {
                function_arn: None,
                requested_provisioned_concurrent_executions: count,
                available_provisioned_concurrent_executions: 0,
                allocated_provisioned_concurrent_executions: 0,
                status,
                status_reason: None,
                last_modified: date(now),
            },
        )
    })
}

/// Refuses what the account or the function does not have, and what is provisioned under another name.
fn check(hub: &Hub, function: FunctionId, qualifier: &str, count: usize) -> Result<(), Refusal> {
    let in_all = provisioned_beside(hub, function, Some(qualifier)).saturating_add(count);
    match hub.catalog.reserved_concurrency(function) {
        Some(reserved) if in_all > reserved => {
            return Err(Refusal::invalid_parameter(
                "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for \
                 function",
            ));
        }
        None if !leaves_enough(unreserved_beside(hub, Some(function)), in_all) => {
            return Err(Refusal::invalid_parameter(format!(
                "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its \
                 minimum value of [{}].",
                limits::UNRESERVED_CONCURRENCY_MIN
            )));
        }
        Some(_) | None => {}
    }
    let is_provisioned = |other: &str| hub.catalog.provisioned(function).any(|(has, _)| has == other);
    match (hub.catalog.alias(function, qualifier), qualifier.parse::<Version>()) {
        (Some(alias), _) if is_provisioned(&alias.version.to_string()) => Err(Refusal::conflict(
            "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
                .to_owned(),
        )),
        (None, Ok(version)) => {
            let mut aliases = hub.catalog.aliases(function).filter(|(_, alias)| alias.version == version);
            match aliases.any(|(name, _)| is_provisioned(name)) {
                true => {
                    Err(Refusal::conflict("Version is pointed by a Provisioned Concurrency alias".to_owned()))
                }
                false => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

pub(super) fn get(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.target()?;
    let qualifier = qualifier(&target)?;
    let hub = request.service.world.hub();
    let function = find_qualified(&hub, &target, qualifier)?;
    let nothing = || {
        let message = "No Provisioned Concurrency Config found for this function".to_owned();
        let name = "ProvisionedConcurrencyConfigNotFoundException";
        Refusal::new(StatusCode::NOT_FOUND, name, Member::LowerCaseMessage, message)
    };
    ok(&shown(&hub, function, qualifier).ok_or_else(nothing)?)
}

pub(super) fn delete(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.target()?;
    let qualifier = qualifier(&target)?;
    request.service.world.change(|hub, now| {
        let function = find_qualified(hub, &target, qualifier)?;
        let set = hub.catalog.set_provisioned(function, qualifier, 0);
        set.map_err(|error| refusal(&error, &target.name))?;
        hub.provision(now, function);
        Ok(no_content())
    })
}

pub(super) fn list(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.whole_function()?;
    let hub = request.service.world.hub();
    let function = find(&hub, &target)?;
    let qualifiers = hub.catalog.provisioned(function).map(|(qualifier, _)| qualifier);
    let items = qualifiers.filter_map(|qualifier| {
        let function_arn = Some(arn(&target.name, Some(qualifier)));
        Some((qualifier.to_owned(), Shown { function_arn, ..shown(&hub, function, qualifier)? }))
    });
    let Page { items, next_marker } = page(request, 50, items.collect())?;
    ok(&List { provisioned_concurrency_configs: items, next_marker })
}
