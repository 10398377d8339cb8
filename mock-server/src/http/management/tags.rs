//! Tags of functions. Nothing depends on them.
//!
//! Source: [tags](https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html).

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Response;
use serde::{Deserialize, Serialize};

use super::{Request, find, no_content, ok, refusal, violations::Violations};
use crate::{
    core::catalog::FunctionId,
    http::{
        refusal::Refusal,
        target::{Target, parameters},
    },
    hub::Hub,
};

/// How many tags a function may have.
const MOST: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TagResource {
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListTags<'a> {
    tags: &'a BTreeMap<String, String>,
}

/// Refuses tags of a length that Lambda does not take.
pub(super) fn check<'a>(tags: impl Iterator<Item = (&'a String, &'a String)>) -> Result<(), Refusal> {
    let mut violations = Violations::default();
    for (name, value) in tags {
        violations.length(Some(name), "tags", 1..=128);
        violations.length(Some(value), "tags", 0..=256);
    }
    violations.end()
}

/// Refuses more tags than a function may have.
pub(super) fn check_count(count: usize) -> Result<(), Refusal> {
    if count > MOST {
        return Err(Refusal::invalid_parameter("Number of tags exceeds resource tag limit."));
    }
    Ok(())
}

/// The function whose ARN the path has.
fn function(hub: &Hub, request: &Request<'_>) -> Result<(FunctionId, Target), Refusal> {
    let target = request.target()?;
    if target.qualifier.is_some() {
        return Err(Refusal::invalid_parameter(
            "Tags on function aliases and versions are not supported. Please specify a function ARN.",
        ));
    }
    Ok((find(hub, &target)?, target))
}

pub(super) fn list(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let hub = request.service.world.hub();
    let (function, target) = function(&hub, request)?;
    let tags = hub.catalog.tags(function).map_err(|error| refusal(&error, &target.name))?;
    ok(&ListTags { tags })
}

pub(super) fn tag(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let wanted: TagResource = request.read()?;
    let mut violations = Violations::default();
    violations.present(&wanted.tags, "tags");
    violations.end()?;
    check(wanted.tags.iter().flatten())?;
    let mut hub = request.service.world.hub();
    let (function, target) = function(&hub, request)?;
    let tags = hub.catalog.tags_mut(function).map_err(|error| refusal(&error, &target.name))?;
    let mut changed = tags.clone();
    changed.extend(wanted.tags.into_iter().flatten());
    check_count(changed.len())?;
    *tags = changed;
    Ok(no_content())
}

pub(super) fn untag(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let names: Vec<_> = parameters(request.uri, "tagKeys").collect();
    let mut violations = Violations::default();
    violations.present(&names.first(), "tagKeys");
    violations.end()?;
    let mut hub = request.service.world.hub();
    let (function, target) = function(&hub, request)?;
    let tags = hub.catalog.tags_mut(function).map_err(|error| refusal(&error, &target.name))?;
    tags.retain(|name, _| !names.contains(name));
    Ok(no_content())
}
