//! An input transformer: variables out of an event, and a template that they are put into.
//!
//! Source: [input transformation](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html).
//! What it leaves open is as others have recorded it from the service: `<aws.events.event>` calls the detail type
//! `detailType`; and within quotation marks an object is escaped, while of an array of strings only the commas stay.
//!
//! - Outside quotation marks a variable is its JSON, and `""` if the event has none.
//! - Within them it is the text without being escaped, so that a text with `"` in it breaks the JSON, and nothing if the
//!   event has none.
//! - What comes out has no spaces between its tokens. A template is for a function, so it must make JSON: an object, or one
//!   text in quotation marks, but not several of these on lines of their own.

use std::collections::BTreeMap;

use lambda_api::limits::event_sources as limits;
use serde::de::IgnoredAny;

use super::{Event, InputPath, PathError, Rule};
use crate::core::trigger::json::{elements, json, members, minified, seconds};

/// A template, and the paths of the variables in it. [`Input::apply`](super::Input::apply) has an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputTransformer {
    paths: BTreeMap<String, InputPath>,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable { variable: Variable, is_quoted: bool },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Variable {
    /// By its name in the map.
    Path(String),
    RuleArn,
    RuleName,
    IngestionTime,
    /// The event without its detail.
    Event,
    EventJson,
}

/// An input transformer that is none, or has made something that is not JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// More variables than there may be.
    #[error("InputPathsMap has {count} entries, and at most {} are allowed", limits::INPUT_PATHS)]
    TooManyPaths {
        /// How many there are.
        count: usize,
    },
    /// A variable with a name that none can have.
    #[error("InputPathsMap: {name:?} is not a name: expected letters, digits, - and _, at most 256")]
    Name {
        /// Its name.
        name: String,
    },
    /// A variable with a path that is none.
    #[error("InputPathsMap: {name}: {error}")]
    Path {
        /// The variable.
        name: String,
        /// What is wrong with the path.
        error: PathError,
    },
    /// There is no template, or too much of it.
    #[error(
        "InputTemplate has {characters} characters, and from 1 to {} are allowed",
        limits::INPUT_TEMPLATE_CHARACTERS
    )]
    Length {
        /// How long it is.
        characters: usize,
    },
    /// A variable that is neither in the map nor one of EventBridge's own.
    #[error("InputTemplate contains invalid placeholder {name:?}")]
    Unknown {
        /// What stands between `<` and `>`.
        name: String,
    },
    /// A variable in the name of a member.
    #[error("InputTemplate has the placeholder {name:?} in the key of an object")]
    Key {
        /// The variable.
        name: String,
    },
    /// The template is not JSON, whatever its variables are.
    #[error("InputTemplate is neither a JSON object nor a text in quotation marks: {message}")]
    NotJson {
        /// What the parser says.
        message: String,
    },
    /// With the variables of an event the template is no longer JSON.
    #[error("InputTemplate does not make JSON of this event: {message}")]
    Broken {
        /// What the parser says.
        message: String,
    },
}

impl InputTransformer {
    /// Reads variables, by name and path, and the template.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] if one of them is not what EventBridge takes for a function.
    pub fn new<N: AsRef<str>, P: AsRef<str>>(
        paths: impl IntoIterator<Item = (N, P)>,
        template: &str,
    ) -> Result<Self, TemplateError> {
        let mut variables = BTreeMap::new();
        for (name, path) in paths {
            let (name, path) = (name.as_ref().to_owned(), path.as_ref());
            let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            if !(1..=limits::INPUT_NAME_CHARACTERS).contains(&name.len()) || !name.bytes().all(is_of_name) {
                return Err(TemplateError::Name { name });
            }
            match path.parse() {
                Ok(path) => variables.insert(name, path),
                Err(error) => return Err(TemplateError::Path { name, error }),
            };
        }
        let (count, characters) = (variables.len(), template.chars().count());
        if count > limits::INPUT_PATHS {
            return Err(TemplateError::TooManyPaths { count });
        }
        if !(1..=limits::INPUT_TEMPLATE_CHARACTERS).contains(&characters) {
            return Err(TemplateError::Length { characters });
        }
        let transformer = Self { pieces: pieces(template, &variables)?, paths: variables };
        let sketch: String = transformer.pieces.iter().map(Piece::sketch).collect();
        match serde_json::from_str::<IgnoredAny>(&sketch) {
            Ok(_) => Ok(transformer),
            Err(error) => Err(TemplateError::NotJson { message: error.to_string() }),
        }
    }

    pub(super) fn apply(&self, event: &Event, rule: &Rule) -> Result<String, TemplateError> {
        let mut made = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => made.push_str(text),
                Piece::Variable { variable, is_quoted: false } => {
                    made.push_str(&self.value(variable, event, rule).unwrap_or_else(|| r#""""#.to_owned()));
                }
                Piece::Variable { variable, is_quoted: true } => {
                    let value = self.value(variable, event, rule).unwrap_or_default();
                    let is_event = matches!(variable, Variable::Event | Variable::EventJson);
                    made.push_str(&if is_event { value } else { within_quotation_marks(value) });
                }
            }
        }
        match serde_json::from_str::<IgnoredAny>(&made) {
            Ok(_) => Ok(minified(&made)),
            Err(error) => Err(TemplateError::Broken { message: error.to_string() }),
        }
    }

    /// JSON.
    fn value(&self, variable: &Variable, event: &Event, rule: &Rule) -> Option<String> {
        match variable {
            Variable::Path(name) => self.paths.get(name)?.find(event.as_str()),
            Variable::RuleArn => Some(json(&rule.arn)),
            Variable::RuleName => Some(json(&rule.name)),
            Variable::IngestionTime => Some(json(&seconds(event.received()))),
            Variable::Event => Some(without_detail(event.as_str())),
            Variable::EventJson => Some(event.as_str().to_owned()),
        }
    }
}

impl Piece {
    /// What could stand in its place.
    fn sketch(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Variable { is_quoted: false, .. } => "null",
            Self::Variable { is_quoted: true, .. } => "",
        }
    }
}

fn pieces(template: &str, paths: &BTreeMap<String, InputPath>) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let (mut is_quoted, mut is_escaped) = (false, false);
    let mut last = None;
    let mut remaining = template;
    while let Some(character) = remaining.chars().next() {
        let rest = &remaining[character.len_utf8()..];
        if let Some((name, after)) = rest.split_once('>').filter(|_| character == '<') {
            let variable = Variable::new(name, paths)?;
            pieces.extend([Piece::Text(std::mem::take(&mut text)), Piece::Variable { variable, is_quoted }]);
            last = Some(name);
            remaining = after;
            is_escaped = false;
            continue;
        }
        match character {
            ':' if !is_quoted => {
                if let Some(name) = last {
                    return Err(TemplateError::Key { name: name.to_owned() });
                }
            }
            // The beginning of another text or member.
            ',' | '{' | '[' | '}' | ']' if !is_quoted => last = None,
            '"' if !is_escaped => is_quoted = !is_quoted,
            _ => {}
        }
        is_escaped = is_quoted && !is_escaped && character == '\\';
        text.push(character);
        remaining = rest;
    }
    pieces.push(Piece::Text(text));
    Ok(pieces)
}

impl Variable {
    fn new(name: &str, paths: &BTreeMap<String, InputPath>) -> Result<Self, TemplateError> {
        Ok(match name {
            "aws.events.rule-arn" => Self::RuleArn,
            "aws.events.rule-name" => Self::RuleName,
            "aws.events.event.ingestion-time" => Self::IngestionTime,
            "aws.events.event" => Self::Event,
            "aws.events.event.json" => Self::EventJson,
            _ if paths.contains_key(name) => Self::Path(name.to_owned()),
            _ => return Err(TemplateError::Unknown { name: name.to_owned() }),
        })
    }
}

fn within_quotation_marks(value: String) -> String {
    if let Ok(text) = serde_json::from_str(&value) {
        return text;
    }
    if let Some(elements) = elements(&value) {
        let elements = elements
            .into_iter()
            .map(|element| serde_json::from_str(element.get()).unwrap_or_else(|_| escaped(element.get())));
        return format!("[{}]", elements.collect::<Vec<String>>().join(","));
    }
    escaped(&value)
}

fn escaped(text: &str) -> String {
    let quoted = json(&minified(text));
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default().to_owned()
}

fn without_detail(event: &str) -> String {
    let members = members(event).unwrap_or_default().into_iter().filter(|(name, _)| name != "detail");
    let members = members.map(|(name, value)| {
        let name = if name == "detail-type" { "detailType" } else { &name };
        format!("{}:{}", json(&name), value.get())
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}
