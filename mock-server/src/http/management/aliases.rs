//! Aliases: they are created, moved, shown and deleted.
//!
//! Where one may lead is decided in the [`catalog`](crate::core::catalog).

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};

use super::{
    Request, Revision, arn, find, no_content, ok,
    page::{Page, page},
    refusal, reply,
    violations::Violations,
};
use crate::{
    core::catalog::{Alias, CatalogError, FunctionId, Version},
    http::{refusal::Refusal, target::Target},
    hub::Hub,
};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Wanted {
    name: Option<String>,
    function_version: Option<String>,
    description: Option<String>,
    routing_config: Option<RoutingConfig>,
    revision_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RoutingConfig {
    additional_version_weights: Option<BTreeMap<String, f64>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AliasConfiguration<'a> {
    alias_arn: String,
    name: &'a str,
    function_version: String,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_config: Option<ShownRouting>,
    revision_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownRouting {
    additional_version_weights: BTreeMap<String, f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListAliases<'a> {
    aliases: Vec<AliasConfiguration<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Wanted {
    fn check(&self, is_new: bool) -> Result<(), Refusal> {
        let mut violations = Violations::default();
        if is_new {
            violations.present(&self.name, "name");
            violations.present(&self.function_version, "functionVersion");
        }
        violations.length(self.name.as_deref(), "name", 1..=128);
        violations.length(self.description.as_deref(), "description", 0..=256);
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_version = |text: &str| is_digits(text) || matches!(text, "$LATEST" | "$LATEST.PUBLISHED");
        let pattern = r"(\$LATEST(\.PUBLISHED)?|[0-9]+)";
        violations.pattern(self.function_version.as_deref(), "functionVersion", is_version, pattern);
        let member = "routingConfig.additionalVersionWeights";
        for (version, weight) in self.weights().into_iter().flatten() {
            let shown = format!("{{{version}={weight}}}");
            if !(0.0..=1.0).contains(weight) {
                violations.add(
                    &shown,
                    member,
                    "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must \
                     have value greater than or equal to 0.0, Member must not be null]",
                );
            }
            if !is_digits(version) && version != "$LATEST" {
                violations.add(
                    &shown,
                    member,
                    "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must \
                     have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, \
                     Member must not be null]",
                );
            }
        }
        violations.end()
    }

    fn weights(&self) -> Option<&BTreeMap<String, f64>> {
        self.routing_config.as_ref()?.additional_version_weights.as_ref()
    }

    /// The alias as it would be; what is not said stays.
    fn apply(&self, mut alias: Alias, function: &str) -> Result<Alias, Refusal> {
        let version_of = |text: &str| text.parse::<Version>().map_err(|error| refusal(&error, function));
        if let Some(version) = &self.function_version {
            alias.version = version_of(version)?;
        }
        if let Some(description) = &self.description {
            alias.description.clone_from(description);
        }
        if self.routing_config.is_some() {
            let weights: Vec<_> = self.weights().into_iter().flatten().collect();
            alias.additional = match weights[..] {
                [] => None,
                [(version, &weight)] => match version_of(version)? {
                    Version::Number(number) => Some((number, weight)),
                    Version::Latest => return Err(refusal(&CatalogError::LatestWithWeights, function)),
                },
                _ => return Err(refusal(&CatalogError::TooManyWeights, function)),
            };
        }
        Ok(alias)
    }
}

/// An alias as it is shown.
fn shown<'a>(
    hub: &'a Hub,
    function: FunctionId,
    target: &Target,
    name: &'a str,
) -> Result<AliasConfiguration<'a>, Refusal> {
    let alias = hub.catalog.alias(function, name).ok_or_else(|| unknown(target, name))?;
    let weights = alias.additional.map(|(number, weight)| ShownRouting {
        additional_version_weights: BTreeMap::from([(number.to_string(), weight)]),
    });
    Ok(AliasConfiguration {
        alias_arn: arn(&target.name, Some(name)),
        name,
        function_version: alias.version.to_string(),
        description: &alias.description,
        routing_config: weights,
        revision_id: revision(hub, function, name).id(),
    })
}

fn revision(hub: &Hub, function: FunctionId, name: &str) -> Revision {
    Revision::Alias(hub.catalog.alias_revision(function, name).unwrap_or_default())
}

fn unknown(target: &Target, alias: &str) -> Refusal {
    refusal(&CatalogError::UnknownAlias { name: alias.to_owned() }, &target.name)
}

pub(super) fn create(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.whole_function()?;
    let wanted: Wanted = request.read()?;
    wanted.check(true)?;
    let name = wanted.name.as_deref().unwrap_or_default();
    let mut hub = request.service.world.hub();
    let function = find(&hub, &target)?;
    let alias = wanted.apply(Alias::new(Version::Latest), &target.name)?;
    let created = hub.catalog.create_alias(function, name, alias);
    created.map_err(|error| refusal(&error, &target.name))?;
    reply(StatusCode::CREATED, &shown(&hub, function, &target, name)?)
}

pub(super) fn get(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let (target, name) = (request.whole_function()?, request.name(1));
    let hub = request.service.world.hub();
    let function = find(&hub, &target)?;
    ok(&shown(&hub, function, &target, name)?)
}

pub(super) fn update(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let (target, name) = (request.whole_function()?, request.name(1));
    let wanted: Wanted = request.read()?;
    wanted.check(false)?;
    request.service.world.change(|hub, now| {
        let function = find(hub, &target)?;
        let before = hub.catalog.alias(function, name).ok_or_else(|| unknown(&target, name))?;
        revision(hub, function, name).check(wanted.revision_id.as_deref())?;
        let alias = wanted.apply(before.clone(), &target.name)?;
        let updated = hub.catalog.update_alias(function, name, alias);
        updated.map_err(|error| refusal(&error, &target.name))?;
        // What is provisioned for it follows it.
        hub.provision(now, function);
        ok(&shown(hub, function, &target, name)?)
    })
}

pub(super) fn delete(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let (target, name) = (request.whole_function()?, request.name(1));
    request.service.world.change(|hub, now| {
        let function = find(hub, &target)?;
        // One that is not there needs not be deleted.
        if hub.catalog.remove_alias(function, name).is_some() {
            hub.provision(now, function);
            request.service.managed.urls.close(&target.name, name);
        }
        Ok(no_content())
    })
}

pub(super) fn list(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.whole_function()?;
    let version = request.parameter("FunctionVersion");
    let hub = request.service.world.hub();
    let function = find(&hub, &target)?;
    let leads_there = |alias: &Alias| {
        version.as_ref().is_none_or(|version| version.parse().is_ok_and(|version| alias.leads_to(version)))
    };
    let aliases = hub.catalog.aliases(function).filter(|(_, alias)| leads_there(alias));
    let items: Result<Vec<_>, Refusal> =
        aliases.map(|(name, _)| Ok((name.to_owned(), shown(&hub, function, &target, name)?))).collect();
    let Page { items, next_marker } = page(request, 10_000, items?)?;
    ok(&ListAliases { aliases: items, next_marker })
}
