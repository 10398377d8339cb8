//! What can be wrong with a configuration file, and what is only worth a warning: each with its line, in one line.
//!
//! The words of all of them are here; the readers choose among them. What a value should have been is worded by
//! whoever reads the value.

use std::{
    borrow::Cow,
    fmt, io,
    path::{Path, PathBuf},
};

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("cannot read {}", one_line(&path.display().to_string()))]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is neither a template (.yaml, .yml, .json, .template) nor ends in .toml", one_line(&path.display().to_string()))]
    UnknownFormat { path: PathBuf },
    #[error("{}", at(path, problem.line, &problem.what.to_string()))]
    Invalid { path: PathBuf, problem: Problem },
}

/// Something that is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) what: Invalid,
}

/// What is wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Invalid {
    #[error("{0}")]
    Syntax(String),
    #[error("{key} is there twice, first in line {first}")]
    Twice { key: String, first: usize },
    #[error("{name} must be {expected}, found {found}")]
    Expected { name: String, expected: Cow<'static, str>, found: String },
    #[error("{name}: {reason}")]
    Refused { name: String, reason: String },
    #[error("{0}")]
    Setting(String),
    #[error("{of} must have {name}, {expected}")]
    Missing { of: String, name: &'static str, expected: Cow<'static, str> },
    #[error("{name} is not understood here, where {known} can stand")]
    Unknown { name: String, known: String },
    #[error("there is no {what} {name} in this file")]
    NotThere { what: &'static str, name: String },
    #[error("{resource} has no attribute {attribute}; it has {known}")]
    Attribute { resource: String, attribute: String, known: &'static str },
    #[error("{resource} is left out by its condition {condition}, and yet referred to")]
    LeftOut { resource: String, condition: String },
    #[error("parameter {name} has no Default, and no value was given for it")]
    NoValue { name: String },
    #[error("{circle} is a circle of references")]
    Circle { circle: String },
    #[error("{function} {reason}")]
    Function { function: String, reason: &'static str },
    #[error("a second function is called {name}, as the one in line {first}")]
    SameName { name: String, first: usize },
    #[error("{what} {name} is there twice, first in line {first}")]
    Second { what: &'static str, name: String, first: usize },
    #[error("{what} cannot go together with {other}")]
    Conflict { what: &'static str, other: &'static str },
    #[error("there is no function to serve{reason}")]
    NoFunction { reason: String },
    #[error("values stand in each other too deeply, or refer to each other through too many others")]
    TooDeep,
    #[error("the values that follow from this file are too many or too long")]
    TooMuch,
}

impl Invalid {
    pub(super) fn at(self, line: usize) -> Problem {
        Problem { line, what: self }
    }
}

impl Problem {
    pub(super) fn of(self, path: &Path) -> ConfigError {
        ConfigError::Invalid { path: path.to_owned(), problem: self }
    }
}

/// Something in a configuration file that has no effect, although one could think so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Warning {
    pub(crate) path: PathBuf,
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) what: Remark,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&at(&self.path, self.line, &self.what.to_string()))
    }
}

/// What has no effect, or not that which one could think.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Remark {
    /// A property, section or attribute.
    NotUnderstood { path: String },
    /// A property that would do something on AWS.
    WithoutEffect { path: String },
    /// A kind of resource that would do something on AWS.
    Resource { id: String, kind: String },
    /// A function that another runtime than an executable would have to run.
    Function { id: String, reason: String },
    /// What invokes a function on AWS.
    EventSource { path: String, kind: String },
    /// A queue or the like that something refers to.
    Outside { what: &'static str, name: String },
    /// A queue, a function or the like that another stack has.
    Elsewhere { path: String },
    /// Something that would get events on AWS.
    Target { path: String, arn: String },
    /// A layer that is not on this machine.
    Layer { layer: String },
    /// A value that only AWS knows.
    Unknown { what: String, instead: String },
    /// A value that AWS would put in place of `{{resolve:…}}`.
    Dynamic { name: String },
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUnderstood { path } => write!(f, "{path} is not understood and has no effect"),
            Self::WithoutEffect { path } => write!(f, "{path} has no effect here"),
            Self::Resource { id, kind } => write!(f, "{id} has no effect: {kind} is not emulated"),
            Self::Function { id, reason } => write!(f, "function {id} is left out: {reason}"),
            Self::EventSource { path, kind } => {
                write!(f, "{path} has no effect: events of type {kind} are not served")
            }
            Self::Outside { what, name } => {
                write!(f, "{what} {name} is not in this file, and is made here with what is usual")
            }
            Self::Elsewhere { path } => {
                write!(f, "{path} has no effect: it names something of another stack")
            }
            Self::Target { path, arn } => write!(f, "{path} has no effect: nothing is sent to {arn}"),
            Self::Layer { layer } => {
                write!(f, "layer {layer} is left out: its content is not on this machine")
            }
            Self::Unknown { what, instead } => {
                write!(f, "{what} is known only once it is on AWS; here it is \"{instead}\"")
            }
            Self::Dynamic { name } => {
                write!(f, "{name} holds a dynamic reference, which stays as it is written")
            }
        }
    }
}

fn at(path: &Path, line: usize, what: &str) -> String {
    one_line(&format!("{}:{line}: {what}", path.display()))
}

/// The text with its line ends and the like escaped, for a message is one line whatever the file has in it.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}
