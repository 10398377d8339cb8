//! Versions: they are published and listed.

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};

use super::{
    Request, Revision,
    configuration::FunctionConfiguration,
    find,
    functions::shown,
    not_found, ok,
    page::{Page, page},
    refusal, reply,
    violations::Violations,
};
use crate::{core::catalog::Version, http::refusal::Refusal};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PublishVersion {
    code_sha256: Option<String>,
    description: Option<String>,
    revision_id: Option<String>,
    publish_to: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListVersions<'a> {
    versions: Vec<FunctionConfiguration<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

pub(super) async fn publish(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let wanted: PublishVersion = request.read()?;
    let mut violations = Violations::default();
    violations.length(wanted.description.as_deref(), "description", 0..=256);
    violations.one_of(wanted.publish_to.as_deref(), "publishTo", &["LATEST_PUBLISHED"]);
    violations.end()?;
    let target = request.whole_function()?;
    let name = target.name.as_str();
    let (function, latest) = {
        let hub = request.service.world.hub();
        let function = find(&hub, &target)?;
        (function, hub.deployment(function, Version::Latest).ok_or_else(|| not_found(name, None))?)
    };
    Revision::Deployment(latest.id.0).check(wanted.revision_id.as_deref())?;
    let current = &latest.description.about.code.sha256;
    if let Some(expected) = wanted.code_sha256.filter(|expected| expected != current) {
        return Err(Refusal::invalid_parameter(format!(
            "CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST ({current}). Please try again with \
             the CodeSHA256 in $LATEST."
        )));
    }
    let version = publish_now(request, name, wanted.description).await?;
    let hub = request.service.world.hub();
    reply(StatusCode::CREATED, &shown(&hub, function, name, version, Some(&version.to_string()))?)
}

/// Makes a version of what is `$LATEST` now, or finds the one that was made of it.
pub(super) async fn publish_now(
    request: &Request<'_>,
    name: &str,
    description: Option<String>,
) -> Result<Version, Refusal> {
    let world = Arc::clone(&request.service.world);
    let function = world.hub().catalog.find(name).ok_or_else(|| not_found(name, None))?;
    // Files may have to be copied.
    let published =
        tokio::task::spawn_blocking(move || world.publish(function, description.as_deref())).await;
    let number = published.map_err(|error| Refusal::service(error.to_string()))?;
    number.map(Version::Number).map_err(|error| refusal(&error, name))
}

pub(super) fn list(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.whole_function()?;
    let hub = request.service.world.hub();
    let function = find(&hub, &target)?;
    let numbers = hub.catalog.versions(function).into_iter().map(Version::Number);
    let versions = std::iter::once(Version::Latest).chain(numbers);
    let items: Result<Vec<_>, Refusal> = versions
        .map(|version| {
            let shown = shown(&hub, function, &target.name, version, Some(&version.to_string()))?;
            Ok((key(version), shown.in_list()))
        })
        .collect();
    let Page { items, next_marker } = page(request, 10_000, items?)?;
    ok(&ListVersions { versions: items, next_marker })
}

/// What orders versions by their numbers, `$LATEST` first.
pub(super) fn key(version: Version) -> String {
    let number = match version {
        Version::Latest => 0,
        Version::Number(number) => number,
    };
    format!("{number:020}")
}
