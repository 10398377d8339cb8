//! Reserved concurrency, and what the account has and uses.
//!
//! Source: [reserved concurrency](https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html).

use bytes::Bytes;
use http::Response;
use lambda_api::limits;
use serde::{Deserialize, Serialize};

use super::{Request, find, no_content, ok, violations::Violations};
use crate::{
    core::catalog::{FunctionId, Version},
    http::refusal::Refusal,
    hub::Hub,
};

/// What all versions of all functions may have.
const TOTAL_CODE_BYTES: u64 = 80_530_636_800;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct Reserved {
    #[serde(skip_serializing_if = "Option::is_none")]
    reserved_concurrent_executions: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountSettings {
    account_limit: AccountLimit,
    account_usage: AccountUsage,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountLimit {
    total_code_size: u64,
    code_size_unzipped: usize,
    code_size_zipped: usize,
    concurrent_executions: usize,
    unreserved_concurrent_executions: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountUsage {
    total_code_size: usize,
    function_count: usize,
}

/// What is provisioned for all qualifiers of a function but one.
pub(super) fn provisioned_beside(hub: &Hub, function: FunctionId, qualifier: Option<&str>) -> usize {
    let provisioned = hub.catalog.provisioned(function);
    provisioned.filter(|(other, _)| Some(*other) != qualifier).map(|(_, count)| count).sum()
}

/// What functions beside this one, or all, leave of the account's concurrency: what is reserved for them or, without that,
/// provisioned is theirs.
pub(super) fn unreserved_beside(hub: &Hub, function: Option<FunctionId>) -> usize {
    let others = hub.catalog.names().filter(|(_, other)| Some(*other) != function);
    let taken = others.map(|(_, other)| {
        hub.catalog.reserved_concurrency(other).unwrap_or_else(|| provisioned_beside(hub, other, None))
    });
    taken.fold(hub.fleet.account().concurrency, usize::saturating_sub)
}

/// Whether the account keeps what always has to stay unreserved.
pub(super) fn leaves_enough(left: usize, taken: usize) -> bool {
    left.saturating_sub(taken) >= limits::UNRESERVED_CONCURRENCY_MIN
}

pub(super) fn put(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.whole_function()?;
    let wanted: Reserved = request.read()?;
    let mut violations = Violations::default();
    violations.present(&wanted.reserved_concurrent_executions, "reservedConcurrentExecutions");
    violations.range(
        wanted.reserved_concurrent_executions,
        "reservedConcurrentExecutions",
        0..=i64::from(i32::MAX),
    );
    violations.end()?;
    let count =
        wanted.reserved_concurrent_executions.and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    request.service.world.change(|hub, now| {
        let function = find(hub, &target)?;
        // Nothing is taken by a function that is not to run at all.
        if count > 0 && !leaves_enough(unreserved_beside(hub, Some(function)), count) {
            return Err(Refusal::invalid_parameter(format!(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution \
                 below its minimum value of [{}].",
                limits::UNRESERVED_CONCURRENCY_MIN
            )));
        }
        let provisioned = provisioned_beside(hub, function, None);
        if provisioned > count {
            return Err(Refusal::invalid_parameter(format!(
                "ReservedConcurrentExecutions {count} should not be lower than function's total provisioned concurrency \
                 [{provisioned}]."
            )));
        }
        hub.reserve(now, function, Some(count));
        ok(&wanted)
    })
}

pub(super) fn get(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.whole_function()?;
    let hub = request.service.world.hub();
    let function = find(&hub, &target)?;
    let reserved = hub.catalog.reserved_concurrency(function);
    let reserved = reserved.and_then(|reserved| i64::try_from(reserved).ok());
    ok(&Reserved { reserved_concurrent_executions: reserved })
}

pub(super) fn delete(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.whole_function()?;
    request.service.world.change(|hub, now| {
        let function = find(hub, &target)?;
        hub.reserve(now, function, None);
        Ok(no_content())
    })
}

pub(super) fn account(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let hub = request.service.world.hub();
    let functions: Vec<_> = hub.catalog.names().map(|(_, function)| function).collect();
    let versions = functions.iter().flat_map(|&function| {
        let numbers = hub.catalog.versions(function).into_iter().map(Version::Number);
        let versions = std::iter::once(Version::Latest).chain(numbers);
        versions.map(move |version| (function, version))
    });
    let deployments = versions.filter_map(|(function, version)| hub.catalog.content(function, version));
    ok(&AccountSettings {
        account_limit: AccountLimit {
            total_code_size: TOTAL_CODE_BYTES,
            code_size_unzipped: limits::UNZIPPED_BYTES,
            code_size_zipped: limits::ZIPPED_BYTES,
            concurrent_executions: hub.fleet.account().concurrency,
            unreserved_concurrent_executions: unreserved_beside(&hub, None),
        },
        account_usage: AccountUsage {
            total_code_size: deployments.map(|deployment| deployment.description.about.code.bytes).sum(),
            function_count: functions.len(),
        },
    })
}
