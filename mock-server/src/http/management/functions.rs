//! Functions: they are created, changed, shown and deleted.
//!
//! What a request may say about how one runs is in `settings`, how it is shown in `configuration`, its code in `package`.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};

use super::{
    Request, Revision, arn,
    configuration::FunctionConfiguration,
    find, no_content, not_found, ok, or_default,
    package::{Code, Package},
    page::{Page, page},
    refusal, reply,
    settings::Settings,
    tags, version_of,
    versions::{key, publish_now},
    violations::Violations,
};
use crate::{
    StartError,
    core::{
        Initialization,
        catalog::{FunctionId, Version},
    },
    function::{Deployment, Function, FunctionBuilder},
    http::{invoke_api::Service, refusal::Refusal, target::Target},
    hub::Hub,
};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CreateFunction {
    function_name: Option<String>,
    code: Option<Code>,
    #[serde(deserialize_with = "or_default")]
    publish: bool,
    package_type: Option<String>,
    architectures: Option<Vec<String>>,
    tags: Option<BTreeMap<String, String>>,
    tenancy_config: Option<TenancyConfig>,
    code_signing_config_arn: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TenancyConfig {
    tenant_isolation_mode: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UpdateFunctionCode {
    #[serde(deserialize_with = "or_default")]
    publish: bool,
    #[serde(deserialize_with = "or_default")]
    dry_run: bool,
    revision_id: Option<String>,
    architectures: Option<Vec<String>>,
    #[serde(flatten)]
    code: Code,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UpdateFunctionConfiguration {
    revision_id: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetFunction<'a> {
    configuration: FunctionConfiguration<'a>,
    code: CodeLocation,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<Concurrency>,
}

/// Where code lies. Nothing can be fetched here.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CodeLocation {
    repository_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Concurrency {
    reserved_concurrent_executions: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListFunctions<'a> {
    functions: Vec<FunctionConfiguration<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl CreateFunction {
    /// The name of the function, if the request can be fulfilled.
    fn check(&self) -> Result<String, Refusal> {
        let mut violations = Violations::default();
        violations.present(&self.function_name, "functionName");
        violations.present(&self.settings.role, "role");
        violations.present(&self.code, "code");
        violations.one_of(self.package_type.as_deref(), "packageType", &["Zip", "Image"]);
        check_architectures(&mut violations, self.architectures.as_deref());
        let isolation =
            self.tenancy_config.as_ref().and_then(|config| config.tenant_isolation_mode.as_deref());
        violations.one_of(isolation, "tenancyConfig.tenantIsolationMode", &["PER_TENANT"]);
        self.settings.check(&mut violations, self.settings.concurrency().is_some());
        violations.end()?;
        let target = Target::of(self.function_name.as_deref().unwrap_or_default(), None)?;
        if target.qualifier.is_some() {
            let name = self.function_name.as_deref().unwrap_or_default();
            return Err(Refusal::invalid_parameter(format!("The function name {name} has a qualifier")));
        }
        if self.package_type.as_deref() == Some("Image") {
            return Err(Refusal::not_implemented("run container images (PackageType Image); give a zip"));
        }
        if self.code_signing_config_arn.is_some() {
            return Err(Refusal::not_implemented("check signatures of code (CodeSigningConfigArn)"));
        }
        if self.settings.runtime.is_none() || self.settings.handler.is_none() {
            return Err(Refusal::invalid_parameter(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
            ));
        }
        self.settings.check_possible()?;
        tags::check(self.tags.iter().flatten())?;
        tags::check_count(self.tags.as_ref().map_or(0, BTreeMap::len))?;
        Ok(target.name)
    }
}

fn check_architectures(violations: &mut Violations, architectures: Option<&[String]>) {
    let Some(architectures) = architectures else { return };
    let (shown, member) = (format!("[{}]", architectures.join(", ")), "architectures");
    match architectures {
        [one] if matches!(one.as_str(), "x86_64" | "arm64") => {}
        [_] => violations.add(
            shown,
            member,
            "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]",
        ),
        [] => violations.add(shown, member, "Member must have length greater than or equal to 1"),
        _ => violations.add(shown, member, "Member must have length less than or equal to 1"),
    }
}

/// Why a function cannot be set up.
fn not_started(error: &StartError) -> Refusal {
    Refusal::invalid_parameter(error.to_string())
}

pub(super) async fn create(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let wanted: CreateFunction = request.read()?;
    let name = wanted.check()?;
    let Service { world, managed } = request.service;
    if world.hub().catalog.find(&name).is_some() {
        return Err(Refusal::conflict(format!("Function already exist: {name}")));
    }
    let zip = wanted.code.unwrap_or_default().zip()?;
    let package = Package::unpack(zip).await?;
    let mut builder = FunctionBuilder::new(Arc::clone(world), Arc::clone(&managed.registry), name.clone());
    let description = &mut builder.description;
    wanted.settings.apply(description);
    // There is one mode only.
    description.isolates_tenants =
        wanted.tenancy_config.is_some_and(|config| config.tenant_isolation_mode.is_some());
    description.about.code = package.facts;
    if let Some(architecture) =
        wanted.architectures.and_then(|architectures| architectures.into_iter().next())
    {
        description.about.architecture = architecture;
    }
    builder.bootstrap_kept(&package.folder, package.guard).map_err(|error| not_started(&error))?;
    if let Some(tags) = wanted.tags {
        let mut hub = world.hub();
        let function = hub.catalog.find(&name).ok_or_else(|| not_found(&name, None))?;
        let its = hub.catalog.tags_mut(function).map_err(|error| refusal(&error, &name))?;
        its.extend(tags);
    }
    let version = if wanted.publish { publish_now(request, &name, None).await? } else { Version::Latest };
    let hub = world.hub();
    let function = hub.catalog.find(&name).ok_or_else(|| not_found(&name, None))?;
    reply(StatusCode::CREATED, &shown(&hub, function, &name, version, None)?)
}

/// The function that is to be changed, and its `$LATEST`.
fn to_change(request: &Request<'_>) -> Result<(Function, FunctionId, Arc<Deployment>), Refusal> {
    let target = request.whole_function()?;
    let Service { world, managed } = request.service;
    let hub = world.hub();
    let function = find(&hub, &target)?;
    let latest = hub.deployment(function, Version::Latest);
    drop(hub);
    let missing = || not_found(&target.name, None);
    Ok((managed.registry.get(&target.name).ok_or_else(missing)?, function, latest.ok_or_else(missing)?))
}

pub(super) async fn update_code(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let wanted: UpdateFunctionCode = request.read()?;
    let mut violations = Violations::default();
    check_architectures(&mut violations, wanted.architectures.as_deref());
    violations.end()?;
    let (function, id, before) = to_change(request)?;
    Revision::Deployment(before.id.0).check(wanted.revision_id.as_deref())?;
    let zip = wanted.code.zip()?;
    let architecture = wanted.architectures.and_then(|architectures| architectures.into_iter().next());
    let name = function.name();
    if wanted.dry_run {
        let facts = Package::facts(&zip);
        let mut would_be = FunctionConfiguration::new(&before, arn(name, None), None);
        (would_be.code_sha256, would_be.code_size) = (&facts.sha256, facts.bytes);
        if let Some(architecture) = &architecture {
            would_be.architectures = [architecture];
        }
        return ok(&would_be);
    }
    let package = Package::unpack(zip).await?;
    let mut builder = function.update();
    builder.description.about.code = package.facts;
    if let Some(architecture) = architecture {
        builder.description.about.architecture = architecture;
    }
    builder.bootstrap_kept(&package.folder, package.guard).map_err(|error| not_started(&error))?;
    note_if_unchanged(request, id, &before);
    let (version, qualifier) = if wanted.publish {
        let version = publish_now(request, name, None).await?;
        (version, Some(version.to_string()))
    } else {
        (Version::Latest, None)
    };
    ok(&shown(&request.service.world.hub(), id, name, version, qualifier.as_deref())?)
}

pub(super) fn update_configuration(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let wanted: UpdateFunctionConfiguration = request.read()?;
    let (function, id, before) = to_change(request)?;
    let is_managed = before.settings.initialization == Initialization::ManagedInstances;
    let mut violations = Violations::default();
    wanted.settings.check(&mut violations, is_managed || wanted.settings.concurrency().is_some());
    violations.end()?;
    Revision::Deployment(before.id.0).check(wanted.revision_id.as_deref())?;
    wanted.settings.check_possible()?;
    let mut builder = function.update();
    wanted.settings.apply(&mut builder.description);
    builder.same_code().map_err(|error| not_started(&error))?;
    note_if_unchanged(request, id, &before);
    ok(&shown(&request.service.world.hub(), id, function.name(), Version::Latest, None)?)
}

/// An update to what was there before makes no version.
fn note_if_unchanged(request: &Request<'_>, function: FunctionId, before: &Deployment) {
    let mut hub = request.service.world.hub();
    let Some(after) = hub.deployment(function, Version::Latest) else { return };
    let shows =
        |deployment| FunctionConfiguration::new(deployment, String::new(), None).what_a_version_shows();
    if shows(before) == shows(&after) {
        hub.catalog.note_unchanged(function);
    }
}

pub(super) fn get(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.target()?;
    let qualifier = target.qualifier.as_deref();
    let mut hub = request.service.world.hub();
    let function = find(&hub, &target)?;
    let version = version_of(&mut hub, function, &target.name, qualifier)?;
    let reserved = hub.catalog.reserved_concurrency(function);
    let tags = hub.catalog.tags(function).map_err(|error| refusal(&error, &target.name))?;
    ok(&GetFunction {
        configuration: shown(&hub, function, &target.name, version, qualifier)?,
        code: CodeLocation { repository_type: "S3" },
        tags,
        concurrency: reserved.map(|reserved| Concurrency { reserved_concurrent_executions: reserved }),
    })
}

pub(super) fn get_configuration(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.target()?;
    let qualifier = target.qualifier.as_deref();
    let mut hub = request.service.world.hub();
    let function = find(&hub, &target)?;
    let version = version_of(&mut hub, function, &target.name, qualifier)?;
    ok(&shown(&hub, function, &target.name, version, qualifier)?)
}

/// A version as it is shown to whoever has asked for it in this way.
pub(super) fn shown<'a>(
    hub: &'a Hub,
    function: FunctionId,
    name: &str,
    version: Version,
    qualifier: Option<&str>,
) -> Result<FunctionConfiguration<'a>, Refusal> {
    let deployment = hub.catalog.content(function, version);
    let deployment = deployment.ok_or_else(|| not_found(name, qualifier))?;
    let published = Some(version).filter(|version| *version != Version::Latest);
    let published = published.and_then(|version| hub.catalog.description(function, version));
    Ok(FunctionConfiguration::new(deployment, arn(name, qualifier), published))
}

pub(super) fn list(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let which = request.parameter("FunctionVersion");
    let mut violations = Violations::default();
    violations.one_of(which.as_deref(), "functionVersion", &["ALL"]);
    violations.end()?;
    let hub = request.service.world.hub();
    let mut items = Vec::new();
    for (name, function) in hub.catalog.names() {
        if which.is_none() {
            items.push((name.to_owned(), shown(&hub, function, name, Version::Latest, None)?.in_list()));
            continue;
        }
        let numbers = hub.catalog.versions(function).into_iter().map(Version::Number);
        for version in std::iter::once(Version::Latest).chain(numbers) {
            let qualifier = version.to_string();
            let shown = shown(&hub, function, name, version, Some(&qualifier))?;
            // A space comes before all that names have, so that this is the order of the names.
            items.push((format!("{name} {}", key(version)), shown.in_list()));
        }
    }
    let Page { items, next_marker } = page(request, 10_000, items)?;
    ok(&ListFunctions { functions: items, next_marker })
}

pub(super) fn delete(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.target()?;
    let Service { world, managed } = request.service;
    let function = find(&world.hub(), &target)?;
    let Some(qualifier) = target.qualifier.as_deref() else {
        world.change(|hub, _| hub.remove(function));
        managed.registry.remove(&target.name);
        managed.urls.close_of(&target.name);
        return Ok(no_content());
    };
    match qualifier.parse() {
        Ok(Version::Latest) => {
            let message = "$LATEST version cannot be deleted without deleting the function.";
            Err(Refusal::invalid_parameter(message))
        }
        Ok(Version::Number(number)) => {
            // One that is not there needs not be deleted, as measured against the service.
            if world.hub().catalog.content(function, Version::Number(number)).is_some() {
                let removed = world.change(|hub, _| {
                    hub.catalog.remove_version(function, number)?;
                    hub.retire_version(function, Version::Number(number));
                    Ok(())
                });
                removed.map_err(|error| refusal(&error, &target.name))?;
            }
            Ok(no_content())
        }
        Err(_) => Err(Refusal::invalid_parameter("Deletion of aliases is not currently supported.")),
    }
}
