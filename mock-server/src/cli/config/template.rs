//! A template of AWS SAM or CloudFormation, read into a [`Configuration`].
//!
//! `sections` takes the template apart, `scope` and its neighbours resolve functions such as `!Ref`, and what a
//! resource means is in `function`, `serverless`, `events` and `qualified`, and what invokes functions in `sources`, `notices`, `rules`,
//! `mappings` and `triggers`. What of it is understood is told in the module
//! `config`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{
    model::{Configuration, Layer, Products, Referred},
    node::Entry,
    problem::{Invalid, Problem, Remark},
    settings,
    table::Table,
    yaml,
};

mod arns;
mod circles;
mod code;
mod conditions;
mod events;
mod function;
mod globals;
mod kinds;
mod mappings;
mod notices;
mod qualified;
mod recipes;
mod references;
mod rules;
mod scope;
mod sections;
mod serverless;
mod sources;
mod targets;
mod triggers;

use code::Build;
use kinds::Role;
pub(super) use recipes::recipes;
use references::properties;
use scope::{Scope, Template};
use sections::{Resource, Sections};

/// Reads a template. Paths in it are those of the folder; parameters have these values or their defaults.
///
/// What was made already is found by its logical id. Gives the remarks with their lines.
pub(super) fn read(
    text: &str,
    folder: &Path,
    parameters: &BTreeMap<String, String>,
    products: &Products,
) -> Result<(Configuration, Vec<(usize, Remark)>), Problem> {
    let template = Template::new(Sections::read(yaml::read(text)?, parameters)?);
    let mut reader = Reader {
        template: &template,
        folder: folder.to_owned(),
        products,
        layers: BTreeMap::new(),
        left_out: BTreeSet::new(),
        without_stream: BTreeMap::new(),
        configuration: Configuration::default(),
    };
    reader.read()?;
    circles::refuse(&template)?;
    let mut configuration = reader.configuration;
    configuration.fronts = events::fronts(&configuration.functions);
    let remarks = template.remarks.into_inner();
    if configuration.functions.is_empty() {
        let left_out = remarks.iter().find(|(_, remark)| matches!(remark, Remark::Function { .. }));
        let (line, reason) =
            left_out.map_or_else(|| (1, String::new()), |(line, remark)| (*line, format!(": {remark}")));
        return Err(Invalid::NoFunction { reason }.at(line));
    }
    Ok((configuration, remarks))
}

/// A configuration on its way.
struct Reader<'a> {
    template: &'a Template,
    folder: PathBuf,
    /// What was made of what it has the source of.
    products: &'a Products,
    /// By ARN; nothing for one whose content is not on this machine.
    layers: BTreeMap<String, Option<Layer>>,
    /// The names of functions that could not run here.
    left_out: BTreeSet<String>,
    /// Tables that have no stream, by name, with their logical ids and lines.
    without_stream: BTreeMap<String, (String, usize)>,
    configuration: Configuration,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), Problem> {
        let template = self.template;
        let mut resources = Vec::new();
        for resource in &template.sections.resources {
            template.check_dependencies(resource)?;
            if template.is_there(resource)? {
                resources.push(resource);
            }
        }
        let with =
            |roles: &'static [Role]| resources.iter().filter(|resource| roles.contains(&resource.role));
        for resource in with(&[Role::Layer]) {
            let arn = template.layer_arn(resource)?;
            let layer = self.layer(resource)?;
            self.layers.insert(arn, layer);
        }
        for resource in with(&[Role::Source]) {
            self.source(resource)?;
        }
        for resource in with(&[Role::Function, Role::ServerlessFunction]) {
            match self.function(resource)? {
                Some(function) => self.configuration.functions.push(function),
                None => {
                    self.left_out.insert(template.name(resource)?);
                }
            }
        }
        for resource in with(&[Role::Version, Role::Alias, Role::Url, Role::EventInvokeConfig]) {
            self.qualified(resource)?;
        }
        for resource in with(&[Role::Trigger]) {
            self.trigger_resource(resource)?;
        }
        self.drop_left_out();
        self.make_missing()?;
        for resource in with(&[Role::Referred, Role::Source, Role::Trigger]) {
            let (id, kind, line) = (resource.id.clone(), resource.kind.clone(), resource.line);
            // A name that cannot be known matters to whoever refers to it.
            let name = template.name(resource).ok();
            let arn = name.and_then(|name| kinds::attribute(&kind, &name, "Arn"));
            self.configuration.referred.push(Referred { id, kind, line, arn });
        }
        for resource in with(&[Role::Missed]) {
            let (id, kind) = (resource.id.clone(), resource.kind.clone());
            template.remark(resource.line, Remark::Resource { id, kind });
        }
        Ok(())
    }

    /// Reads a resource that brings events to functions.
    fn trigger_resource(&mut self, resource: &Resource) -> Result<(), Problem> {
        let template = self.template;
        let scope = Scope { template, user: Some(&resource.id) };
        let mut table = properties(&scope, resource);
        match &*resource.kind {
            "AWS::SNS::Subscription" => self.subscription(resource, &mut table),
            "AWS::Events::Rule" => self.rule(resource, &mut table),
            "AWS::Scheduler::Schedule" => self.schedule(resource, &mut table),
            _ => self.mapping(resource, &mut table),
        }
    }

    /// The content of a layer, if it is on this machine.
    fn layer(&self, resource: &Resource) -> Result<Option<Layer>, Problem> {
        let scope = Scope { template: self.template, user: Some(&resource.id) };
        let mut table = properties(&scope, resource);
        let property = if resource.kind == "AWS::Lambda::LayerVersion" { "Content" } else { "ContentUri" };
        let Some(content) = table.take(property)? else {
            return Err(table.missing(property, "a folder or a .zip file"));
        };
        for silent in [
            "LayerName",
            "Description",
            "CompatibleArchitectures",
            "CompatibleRuntimes",
            "LicenseInfo",
            "RetentionPolicy",
            "PublishLambdaVersion",
        ] {
            table.ignore(silent);
        }
        self.rest(resource, &table);
        if let Some(made) = self.products.get(&resource.id) {
            return Ok(Some(Layer::Folder(made.clone())));
        }
        match content.text() {
            // In a bucket; this matters only to functions that have it.
            Err(_) => Ok(None),
            Ok(text) if text.starts_with("s3://") || text.starts_with("https://") => Ok(None),
            Ok(_) => {
                let build = Build::read(resource, &scope)?;
                if !build.is_made() {
                    return settings::layer(&content, &self.folder).map(Some);
                }
                let made = build.made_by_sam(&self.folder);
                made.map(|folder| Some(Layer::Folder(folder))).ok_or_else(|| {
                    content.expected("what sam build has made in .aws-sam/build, or --build is needed")
                })
            }
        }
    }

    /// Remarks what nobody has asked for.
    fn rest(&self, resource: &Resource, table: &Table<'_>) {
        for entry in table.rest() {
            let path = path(resource, table, entry);
            self.template.remark(entry.line, Remark::NotUnderstood { path });
        }
    }

    /// Remarks what is understood and has no effect here, without a look at its value.
    fn without_effect(&self, resource: &Resource, table: &mut Table<'_>, names: &[&'static str]) {
        for entry in table.rest().filter(|entry| names.contains(&&*entry.key)) {
            let path = path(resource, table, entry);
            self.template.remark(entry.line, Remark::WithoutEffect { path });
        }
        for name in names {
            table.ignore(name);
        }
    }
}

/// Where something stands that a resource has; it may be what all functions share.
fn path(resource: &Resource, table: &Table<'_>, entry: &Entry) -> String {
    let top = format!("Resources.{}.Properties", resource.id);
    let path = format!("{}.{}", table.path, entry.key);
    let below = path.strip_prefix(&top).and_then(|path| path.strip_prefix('.')).unwrap_or_default();
    let property = below.split('.').next().unwrap_or_default();
    if resource.own.contains(property) || below.is_empty() {
        path
    } else {
        format!("Globals.Function.{below}")
    }
}
