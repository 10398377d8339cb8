//! What `!Ref` and `!GetAtt` refer to: pseudo parameters, parameters, resources.

use super::{
    kinds::{self, ACCOUNT, PARTITION, REGION, Role},
    scope::{Scope, Template},
    sections::{Parameter, Resource},
};
use crate::cli::config::{
    node::{Node, Value},
    problem::{Invalid, Problem, Remark},
    table::{Field, Table},
};

/// A function by name or ARN, as other resources have it.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) qualifier: Option<String>,
}

impl Target {
    /// Reads a name, a part of an ARN or an ARN, each with a qualifier or without.
    pub(super) fn read(text: &str) -> Self {
        let name = text.rsplit_once("function:").map_or(text, |(_, name)| name);
        match name.split_once(':') {
            Some((name, qualifier)) => Self { name: name.to_owned(), qualifier: Some(qualifier.to_owned()) },
            None => Self { name: name.to_owned(), qualifier: None },
        }
    }
}

impl<'a> Scope<'a> {
    pub(super) fn reference(&self, name: &str, line: usize) -> Result<Option<Node>, Problem> {
        match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::NotificationARNs" => return Ok(Some(Node { line, value: Value::List(Vec::new()) })),
            _ => {}
        }
        if let Some(value) = kinds::pseudo(name) {
            return Ok(Some(Node::text(line, value)));
        }
        if let Some(parameter) = self.template.sections.parameters.get(name) {
            return self.parameter(name, parameter, line).map(Some);
        }
        // SAM lets one refer to what it makes of a function: `!Ref Hello.Alias`.
        match name.split_once('.') {
            Some((id, attribute)) => self.attribute(id, attribute, line),
            None => self.value(name, None, line).map(Some),
        }
    }

    pub(super) fn attribute(&self, id: &str, attribute: &str, line: usize) -> Result<Option<Node>, Problem> {
        self.value(id, Some(attribute), line).map(Some)
    }

    fn parameter(&self, name: &str, parameter: &Parameter, line: usize) -> Result<Node, Problem> {
        Ok(match parameter {
            Parameter::Text(text) => Node::text(line, text.as_str()),
            Parameter::List(parts) => {
                let parts = parts.iter().map(|part| Node::text(line, part.as_str()));
                Node { line, value: Value::List(parts.collect()) }
            }
            Parameter::Stored(instead) => {
                let (what, instead) = (format!("the value of parameter {name}"), instead.clone());
                self.template.remark(line, Remark::Unknown { what, instead: instead.clone() });
                Node::text(line, instead)
            }
            Parameter::Missing => return Err(Invalid::NoValue { name: name.to_owned() }.at(line)),
        })
    }

    /// What a resource is called, or one of its attributes.
    fn value(&self, id: &str, attribute: Option<&str>, line: usize) -> Result<Node, Problem> {
        let template = self.template;
        let Some(resource) = template.sections.resource(id) else {
            let Some(kind) = kinds::made_by_sam(id, |id| template.is_function_of_sam(id)) else {
                let what = if attribute.is_some() { "resource" } else { "parameter or resource" };
                return Err(Invalid::NotThere { what, name: id.to_owned() }.at(line));
            };
            return Ok(Node::text(line, self.known(id, kind, id, attribute, line)));
        };
        if let (false, Some((condition, _))) = (template.is_there(resource)?, &resource.condition) {
            let (resource, condition) = (id.to_owned(), condition.clone());
            return Err(Invalid::LeftOut { resource, condition }.at(line));
        }
        if let Some(user) = self.user {
            template.uses.borrow_mut().entry(user.to_owned()).or_default().insert((id.to_owned(), line));
        }
        // Apart from each other, because which version is the newest is found by way of the function's name.
        let what = attribute.map_or_else(|| id.to_owned(), |attribute| format!("{id}.{attribute}"));
        let text = template.enter(&what, line, || match (resource.role, attribute) {
            (Role::Referred | Role::Missed | Role::EventInvokeConfig | Role::Source | Role::Trigger, _) => {
                let name = template.name(resource)?;
                Ok(self.known(id, &resource.kind, &name, attribute, line))
            }
            (Role::Url, Some("FunctionUrl")) => {
                let instead = format!("https://{}.lambda-url.{REGION}.on.aws/", id.to_ascii_lowercase());
                template.remark(line, Remark::Unknown { what: what.clone(), instead: instead.clone() });
                Ok(instead)
            }
            (role, attribute) => template.own_value(resource, attribute)?.ok_or_else(|| {
                let attribute = attribute.unwrap_or_default().to_owned();
                Invalid::Attribute { resource: id.to_owned(), attribute, known: attributes(role) }.at(line)
            }),
        })?;
        Ok(Node::text(line, text))
    }

    /// A value that follows from a name, or something in its place.
    fn known(&self, id: &str, kind: &str, name: &str, attribute: Option<&str>, line: usize) -> String {
        let Some(attribute) = attribute else { return kinds::reference(kind, name) };
        kinds::attribute(kind, name, attribute).unwrap_or_else(|| {
            let instead = format!("{id}.{attribute}");
            self.template.remark(line, Remark::Unknown { what: instead.clone(), instead: instead.clone() });
            instead
        })
    }
}

impl Template {
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope { template: self, user: None }
    }

    fn is_function_of_sam(&self, id: &str) -> bool {
        self.sections.resource(id).is_some_and(|resource| resource.role == Role::ServerlessFunction)
    }

    /// The value of one of our own kinds of resource; none if it has no such attribute.
    fn own_value(&self, resource: &Resource, attribute: Option<&str>) -> Result<Option<String>, Problem> {
        let value = match (resource.role, attribute) {
            (Role::Function | Role::ServerlessFunction, None) => self.name(resource)?,
            (Role::Function | Role::ServerlessFunction, Some("Arn")) => function_arn(&self.name(resource)?),
            (Role::ServerlessFunction, Some(attribute @ ("Alias" | "Version"))) => {
                let Some(alias) = self.published_alias(resource)? else { return Ok(None) };
                let name = self.name(resource)?;
                let qualifier = match attribute {
                    "Alias" => alias,
                    _ => (self.versions(&name)?.len() + 1).to_string(),
                };
                format!("{}:{qualifier}", function_arn(&name))
            }
            (Role::Layer, None | Some("LayerVersionArn")) => self.layer_arn(resource)?,
            (Role::Version, None | Some("FunctionArn" | "Version")) => {
                let name = self.function_of(resource, "FunctionName")?.name;
                let at = self.versions(&name)?.iter().position(|version| version.id == resource.id);
                let number = at.map_or(1, |at| at + 1);
                match attribute {
                    Some("Version") => number.to_string(),
                    _ => format!("{}:{number}", function_arn(&name)),
                }
            }
            (Role::Alias, None | Some("AliasArn")) => {
                let function = function_arn(&self.function_of(resource, "FunctionName")?.name);
                format!("{function}:{}", self.name(resource)?)
            }
            (Role::Url, None | Some("FunctionArn")) => {
                function_arn(&self.function_of(resource, "TargetFunctionArn")?.name)
            }
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    /// The name that a template gives a resource, or its logical id.
    pub(super) fn name(&self, resource: &Resource) -> Result<String, Problem> {
        let scope = Scope { template: self, user: Some(&resource.id) };
        let given = match kinds::named_by(&resource.kind) {
            Some(property) => take(&scope, resource, property)?,
            None => None,
        };
        if let Some(given) = given {
            return given.text().map(str::to_owned);
        }
        self.made_up_name(resource)
    }

    /// The name of a resource that is given none, which ends as it has to.
    pub(super) fn made_up_name(&self, resource: &Resource) -> Result<String, Problem> {
        let scope = Scope { template: self, user: Some(&resource.id) };
        let fifo = match &*resource.kind {
            "AWS::SQS::Queue" => take(&scope, resource, "FifoQueue")?,
            "AWS::SNS::Topic" => take(&scope, resource, "FifoTopic")?,
            _ => None,
        };
        let is_fifo = fifo.map(|fifo| fifo.flag()).transpose()?.unwrap_or(false);
        Ok(if is_fifo { format!("{}.fifo", resource.id) } else { resource.id.clone() })
    }

    /// The published versions of a function that stand in the file, from the first.
    pub(super) fn versions(&self, function: &str) -> Result<Vec<&Resource>, Problem> {
        let mut versions = Vec::new();
        for resource in self.sections.resources.iter().filter(|resource| resource.role == Role::Version) {
            if self.is_there(resource)? && self.function_of(resource, "FunctionName")?.name == function {
                versions.push(resource);
            }
        }
        Ok(versions)
    }

    /// The function that a version, an alias or the like belongs to.
    pub(super) fn function_of(&self, resource: &Resource, property: &'static str) -> Result<Target, Problem> {
        let scope = Scope { template: self, user: Some(&resource.id) };
        match take(&scope, resource, property)? {
            Some(field) => field.text_or("the name of a function").map(Target::read),
            None => Err(properties(&scope, resource).missing(property, "the name of a function")),
        }
    }

    /// The alias that SAM makes for a function whenever it publishes a version.
    pub(super) fn published_alias(&self, resource: &Resource) -> Result<Option<String>, Problem> {
        let scope = self.scope();
        let alias = take(&scope, resource, "AutoPublishAlias")?;
        alias.map(|field| field.text().map(str::to_owned)).transpose()
    }

    pub(super) fn layer_arn(&self, resource: &Resource) -> Result<String, Problem> {
        let name = self.name(resource)?;
        Ok(format!("arn:{PARTITION}:lambda:{REGION}:{ACCOUNT}:layer:{name}:1"))
    }
}

/// The attributes of our own kinds of resource, for people.
fn attributes(role: Role) -> &'static str {
    match role {
        Role::ServerlessFunction => "Arn, and with AutoPublishAlias also Alias and Version",
        Role::Layer => "LayerVersionArn",
        Role::Version => "Version and FunctionArn",
        Role::Alias => "AliasArn",
        Role::Url => "FunctionUrl and FunctionArn",
        _ => "Arn",
    }
}

pub(super) fn function_arn(name: &str) -> String {
    format!("arn:{PARTITION}:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// The properties of a resource.
pub(super) fn properties<'s>(scope: &'s Scope<'_>, resource: &Resource) -> Table<'s> {
    let path = format!("Resources.{}.Properties", resource.id);
    Table::new(path, resource.line, resource.properties.clone(), scope)
}

fn take<'s>(
    scope: &'s Scope<'_>,
    resource: &Resource,
    property: &'static str,
) -> Result<Option<Field<'s>>, Problem> {
    let entry = resource.properties.iter().filter(|entry| entry.key == property).cloned().collect();
    Table::new(format!("Resources.{}.Properties", resource.id), resource.line, entry, scope).take(property)
}
