//! A JSON path of EventBridge: from an event to a part of it.
//!
//! Of JSONPath there are names after dots, with letters, digits, `-`, `_` and `/`, and behind them positions of arrays and
//! `[*]`; source: the note in
//! [input transformation](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html). AWS
//! looks at a path only when there is an event, and finds nothing with one that is wrong; here it is refused.

use std::{fmt, str::FromStr};

use lambda_api::limits::event_sources as limits;

use crate::core::trigger::json::{elements, members};

/// A path into an event.
///
/// ```
/// use mock_server::core::trigger::bus::InputPath;
///
/// let path: InputPath = "$.detail.items[0]".parse()?;
/// assert_eq!(path.find(r#"{"detail": {"items": [{"b": 1.0, "a": 2}]}}"#).as_deref(), Some(r#"{"b": 1.0, "a": 2}"#));
/// assert_eq!(path.find(r#"{"detail": {}}"#), None);
/// # Ok::<(), mock_server::core::trigger::bus::PathError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPath {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Position(usize),
    Every,
}

/// A text that is not a path into an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path:?} is not a path into an event: expected {expected}")]
pub struct PathError {
    path: String,
    expected: &'static str,
}

impl FromStr for InputPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = |expected| PathError { path: text.chars().take(80).collect(), expected };
        if text.chars().count() > limits::INPUT_PATH_CHARACTERS {
            return Err(refused("at most 256 characters"));
        }
        let mut remaining = text.strip_prefix('$').ok_or_else(|| refused("$ at the beginning"))?;
        let mut steps = Vec::new();
        while !remaining.is_empty() {
            if let Some(rest) = remaining.strip_prefix('.') {
                let end = rest.find(|character| !is_of_name(character)).unwrap_or(rest.len());
                let (name, rest) = rest.split_at(end);
                if name.is_empty() {
                    return Err(refused("a name of letters, digits, -, _ and / after each dot"));
                }
                steps.push(Step::Name(name.to_owned()));
                remaining = rest;
            } else {
                let content = remaining.strip_prefix('[').and_then(|rest| rest.split_once(']'));
                let (position, rest) = content.ok_or_else(|| refused(". or [ ] after each step"))?;
                let is_number = position.bytes().all(|byte| byte.is_ascii_digit());
                steps.push(match position.parse() {
                    _ if position == "*" => Step::Every,
                    Ok(position) if is_number => Step::Position(position),
                    _ => return Err(refused("a number or * in [ ]")),
                });
                remaining = rest;
            }
        }
        Ok(Self { text: text.to_owned(), steps })
    }
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '/')
}

impl InputPath {
    /// What stands at the end of the path in the event, as it is written there. With `[*]` this is the array of all that
    /// is found, which may be none.
    pub fn find(&self, event: &str) -> Option<String> {
        let mut found = vec![event];
        for step in &self.steps {
            found = found.into_iter().flat_map(|json| step.of(json)).collect();
        }
        if self.steps.contains(&Step::Every) {
            return Some(format!("[{}]", found.join(",")));
        }
        found.first().map(|json| (*json).to_owned())
    }
}

impl Step {
    fn of<'a>(&self, json: &'a str) -> Vec<&'a str> {
        match self {
            // Of a name that comes twice the last one counts, as for patterns.
            Self::Name(name) => {
                let members = members(json).unwrap_or_default();
                let member = members.into_iter().rev().find(|(other, _)| other == name);
                member.map(|(_, value)| value.get()).into_iter().collect()
            }
            Self::Position(position) => {
                let elements = elements(json).unwrap_or_default();
                elements.get(*position).map(|element| element.get()).into_iter().collect()
            }
            Self::Every => {
                elements(json).unwrap_or_default().into_iter().map(|element| element.get()).collect()
            }
        }
    }
}

impl fmt::Display for InputPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
