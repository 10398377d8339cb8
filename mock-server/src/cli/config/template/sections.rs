//! The sections of a template, taken apart but not yet resolved: parameters, mappings, conditions, resources.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    globals,
    kinds::{self, Role},
};
use crate::cli::config::{
    node::{Entry, Node, Value},
    problem::{Invalid, Problem, Remark},
    table::{Field, Literal, Table},
};

/// More resources than CloudFormation takes in a template.
const MAX_RESOURCES: usize = 500;

/// A template's sections.
#[derive(Debug)]
pub(super) struct Sections {
    pub(super) parameters: BTreeMap<String, Parameter>,
    pub(super) mappings: BTreeMap<String, Node>,
    pub(super) conditions: BTreeMap<String, Node>,
    /// In the order of the file.
    pub(super) resources: Vec<Resource>,
    places: BTreeMap<String, usize>,
    pub(super) remarks: Remarks,
}

/// What has no effect, and in which line.
type Remarks = Vec<(usize, Remark)>;

/// A parameter with its value.
#[derive(Debug)]
pub(super) enum Parameter {
    Text(String),
    List(Vec<String>),
    /// The name of what holds the value, which only AWS knows.
    Stored(String),
    Missing,
}

#[derive(Debug)]
pub(super) struct Resource {
    pub(super) id: String,
    pub(super) line: usize,
    pub(super) kind: String,
    pub(super) role: Role,
    /// With the global ones, if it is a function of SAM.
    pub(super) properties: Vec<Entry>,
    /// The names of those that are its own.
    pub(super) own: BTreeSet<String>,
    pub(super) metadata: Option<Node>,
    pub(super) condition: Option<(String, usize)>,
    pub(super) depends_on: Vec<(String, usize)>,
}

impl Sections {
    pub(super) fn read(root: Node, values: &BTreeMap<String, String>) -> Result<Self, Problem> {
        let mut root = top(root)?;
        for silent in
            ["AWSTemplateFormatVersion", "Transform", "Description", "Metadata", "Outputs", "Rules", "Hooks"]
        {
            root.ignore(silent);
        }
        let mut remarks = Vec::new();
        let parameters = parameters(root.take("Parameters")?, values, &mut remarks)?;
        let mappings = section(root.take("Mappings")?)?;
        let conditions = section(root.take("Conditions")?)?;
        let globals = global_properties(root.take("Globals")?, &mut remarks)?;
        let Some(resources) = root.take("Resources")? else {
            let (of, expected) = ("a template".to_owned(), "a map of resources".into());
            return Err(Invalid::Missing { of, name: "Resources", expected }.at(root.line));
        };
        remarks.extend(not_understood(&root));
        let line = resources.line();
        let resources = resources.table()?.take_all()?;
        if resources.len() > MAX_RESOURCES {
            return Err(Invalid::TooMuch.at(line));
        }
        let resources: Vec<_> = resources
            .into_iter()
            .map(|field| resource(field, &globals, &mut remarks))
            .collect::<Result<_, _>>()?;
        let places = resources.iter().enumerate().map(|(at, resource)| (resource.id.clone(), at)).collect();
        Ok(Self { parameters, mappings, conditions, resources, places, remarks })
    }

    pub(super) fn resource(&self, id: &str) -> Option<&Resource> {
        self.places.get(id).and_then(|&at| self.resources.get(at))
    }
}

/// The document as a map.
fn top(root: Node) -> Result<Table<'static>, Problem> {
    let line = root.line;
    match root.value {
        Value::Map(entries) => Ok(Table::new(String::new(), line, entries, &Literal)),
        value => {
            let found = Node { line, value }.describe();
            Err(Invalid::Expected {
                name: "a template".to_owned(),
                expected: "a map with Resources".into(),
                found,
            }
            .at(line))
        }
    }
}

fn not_understood(table: &Table<'_>) -> impl Iterator<Item = (usize, Remark)> {
    let prefix = if table.path.is_empty() { String::new() } else { format!("{}.", table.path) };
    table
        .rest()
        .map(move |entry| (entry.line, Remark::NotUnderstood { path: format!("{prefix}{}", entry.key) }))
        .collect::<Vec<_>>()
        .into_iter()
}

/// A map of values that are looked at when somebody refers to them.
fn section(field: Option<Field<'_>>) -> Result<BTreeMap<String, Node>, Problem> {
    let Some(field) = field else { return Ok(BTreeMap::new()) };
    Ok(field.table()?.take_all()?.into_iter().map(|field| (field.name, field.node)).collect())
}

fn parameters(
    field: Option<Field<'_>>,
    values: &BTreeMap<String, String>,
    remarks: &mut Remarks,
) -> Result<BTreeMap<String, Parameter>, Problem> {
    let line = field.as_ref().map_or(1, Field::line);
    let declared = field.map(Field::table).transpose()?.map(|mut table| table.take_all()).transpose()?;
    let declared = declared.unwrap_or_default();
    if let Some(name) = values.keys().find(|name| !declared.iter().any(|field| field.name == **name)) {
        return Err(Invalid::NotThere { what: "parameter", name: name.clone() }.at(line));
    }
    let mut parameters = BTreeMap::new();
    for field in declared {
        let name = field.name.clone();
        let parameter = parameter(field.table()?, values.get(&name), remarks)?;
        parameters.insert(name, parameter);
    }
    Ok(parameters)
}

fn parameter(
    mut table: Table<'_>,
    value: Option<&String>,
    remarks: &mut Remarks,
) -> Result<Parameter, Problem> {
    let kind = table.take("Type")?.map(|field| field.text().map(str::to_owned)).transpose()?;
    let Some(kind) = kind else { return Err(table.missing("Type", "such as String")) };
    let default = table.take("Default")?;
    let default =
        default.map(|field| field.text().map(|text| (text.to_owned(), field.line()))).transpose()?;
    let allowed = table.take("AllowedValues")?;
    for silent in [
        "Description",
        "AllowedPattern",
        "ConstraintDescription",
        "MinLength",
        "MaxLength",
        "MinValue",
        "MaxValue",
        "NoEcho",
    ] {
        table.ignore(silent);
    }
    remarks.extend(not_understood(&table));
    let value = match (value, default) {
        (Some(value), _) => Some((value.clone(), table.line)),
        (None, default) => default,
    };
    let Some((value, line)) = value else { return Ok(Parameter::Missing) };
    if let Some(allowed) = allowed {
        let allowed = allowed.texts()?;
        if !allowed.contains(&value) {
            let (name, expected) = (table.path, format!("one of {}", allowed.join(", ")));
            let found = Node::text(line, value).describe();
            return Err(Invalid::Expected { name, expected: expected.into(), found }.at(line));
        }
    }
    Ok(if kind.starts_with("AWS::SSM::Parameter::Value") {
        Parameter::Stored(value)
    } else if kind == "CommaDelimitedList" || kind.starts_with("List<") {
        Parameter::List(value.split(',').map(|part| part.trim().to_owned()).collect())
    } else {
        Parameter::Text(value)
    })
}

/// What all functions of SAM share. The other resources of SAM are not read.
fn global_properties(field: Option<Field<'_>>, remarks: &mut Remarks) -> Result<Vec<Entry>, Problem> {
    let Some(field) = field else { return Ok(Vec::new()) };
    let mut table = field.table()?;
    let function = table.take("Function")?;
    for silent in [
        "Api",
        "HttpApi",
        "SimpleTable",
        "StateMachine",
        "LayerVersion",
        "CapacityProvider",
        "MicrovmImage",
        "NetworkConnector",
        "WebFunction",
    ] {
        table.ignore(silent);
    }
    remarks.extend(not_understood(&table));
    let Some(function) = function else { return Ok(Vec::new()) };
    let expected = function.expected("a map");
    match function.node.value {
        Value::Map(entries) => Ok(entries),
        _ => Err(expected),
    }
}

fn resource(field: Field<'_>, globals: &[Entry], remarks: &mut Remarks) -> Result<Resource, Problem> {
    let (id, line) = (field.name.clone(), field.key_line);
    if id.starts_with("Fn::") {
        let reason = "is not understood among the resources";
        return Err(Invalid::Function { function: id, reason }.at(line));
    }
    let mut table = field.table()?;
    let expected = "a type of resource such as AWS::Serverless::Function";
    let Some(kind) = table.take("Type")? else { return Err(table.missing("Type", expected)) };
    let kind = match kind.text_or(expected)? {
        text if text.contains("::") => text.to_owned(),
        _ => return Err(kind.expected(expected)),
    };
    let role = kinds::role(&kind);
    let own = match table.take("Properties")? {
        Some(field) => match field.node.value {
            Value::Map(entries) => entries,
            _ => return Err(field.expected("a map")),
        },
        None => Vec::new(),
    };
    let own_names = own.iter().map(|entry| entry.key.clone()).collect();
    let ignored = table.take("IgnoreGlobals")?.map(|field| field.node);
    let properties = if role == Role::ServerlessFunction {
        globals::merge(&globals::without(globals, ignored.as_ref()), own)
    } else {
        own
    };
    let metadata = table.take("Metadata")?.map(|field| field.node);
    let condition = table.take("Condition")?.map(|field| named(&field)).transpose()?;
    let depends_on = match table.take("DependsOn")? {
        Some(field) if matches!(field.node.value, Value::List(_)) => {
            field.list()?.iter().map(named).collect::<Result<_, _>>()?
        }
        Some(field) => vec![named(&field)?],
        None => Vec::new(),
    };
    for silent in ["DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "CreationPolicy", "Connectors"] {
        table.ignore(silent);
    }
    if !matches!(role, Role::Referred | Role::Missed) {
        remarks.extend(not_understood(&table));
    }
    Ok(Resource { id, line, kind, role, properties, own: own_names, metadata, condition, depends_on })
}

fn named(field: &Field<'_>) -> Result<(String, usize), Problem> {
    Ok((field.text()?.to_owned(), field.line()))
}
