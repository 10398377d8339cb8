//! What a target gets in place of the event: all of it, a part, a constant, or a text that is made of parts.
//! Source: [Target](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html).

use lambda_api::limits::event_sources as limits;
use serde::de::IgnoredAny;

use super::{Event, InputPath, InputTransformer, PathError, Rule, TemplateError};
use crate::core::trigger::json::minified;

/// What a target gets.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Input {
    /// The event.
    #[default]
    Event,
    /// `Input`: this JSON and nothing of the event. [`Input::constant`] checks it.
    Constant(String),
    /// `InputPath`: a part of the event.
    Path(InputPath),
    /// `InputTransformer`: a text with parts of the event in it.
    Transformer(InputTransformer),
}

/// An input that a target cannot have, or that comes to nothing for an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The constant is not JSON.
    #[error("Input is not JSON: {message}")]
    NotJson {
        /// What the parser says, with line and column.
        message: String,
    },
    /// The constant is too long.
    #[error("Input has {characters} characters, and at most {} are allowed", limits::TARGET_INPUT_CHARACTERS)]
    TooLong {
        /// How long it is.
        characters: usize,
    },
    /// The path is none.
    #[error("InputPath: {0}")]
    Path(PathError),
    /// The transformer is none, or has made something that is not JSON.
    #[error("InputTransformer: {0}")]
    Transformer(TemplateError),
}

impl From<PathError> for InputError {
    fn from(error: PathError) -> Self {
        Self::Path(error)
    }
}

impl From<TemplateError> for InputError {
    fn from(error: TemplateError) -> Self {
        Self::Transformer(error)
    }
}

impl Input {
    /// A constant.
    ///
    /// # Errors
    ///
    /// [`InputError::NotJson`] or [`InputError::TooLong`].
    pub fn constant(json: impl Into<String>) -> Result<Self, InputError> {
        let json = json.into();
        let characters = json.chars().count();
        if characters > limits::TARGET_INPUT_CHARACTERS {
            return Err(InputError::TooLong { characters });
        }
        match serde_json::from_str::<IgnoredAny>(&json) {
            Ok(_) => Ok(Self::Constant(json)),
            Err(error) => Err(InputError::NotJson { message: error.to_string() }),
        }
    }

    /// What the target of a rule gets for an event: JSON.
    ///
    /// A path that leads nowhere in this event makes `null`; AWS does not say what it does then.
    ///
    /// # Errors
    ///
    /// [`InputError::Transformer`] if a transformer makes something that is not JSON, with which no function can be
    /// invoked.
    ///
    /// ```
    /// use mock_server::core::{
    ///     Time,
    ///     trigger::{bus::{Input, InputTransformer, Rule}, schedule},
    /// };
    ///
    /// let rule = Rule {
    ///     name: "every-morning".to_owned(),
    ///     arn: "arn:aws:events:eu-west-1:123456789012:rule/every-morning".to_owned(),
    ///     pattern: None,
    ///     is_enabled: true,
    /// };
    /// let event = schedule::event(&rule.arn, "7bf73129-1428-4cd3-a780-95db273d1602", Time::default());
    ///
    /// assert_eq!(Input::Path("$.time".parse()?).apply(&event, &rule)?, r#""1970-01-01T00:00:00Z""#);
    ///
    /// let template = r#"{"due": <time>, "text": "<aws.events.rule-name> is due"}"#;
    /// let transformer = InputTransformer::new([("time", "$.time")], template)?;
    /// assert_eq!(
    ///     Input::Transformer(transformer).apply(&event, &rule)?,
    ///     r#"{"due":"1970-01-01T00:00:00Z","text":"every-morning is due"}"#
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply(&self, event: &Event, rule: &Rule) -> Result<String, InputError> {
        match self {
            Self::Event => Ok(event.as_str().to_owned()),
            Self::Constant(json) => Ok(json.clone()),
            Self::Path(path) => {
                Ok(path.find(event.as_str()).map_or_else(|| "null".to_owned(), |found| minified(&found)))
            }
            Self::Transformer(transformer) => Ok(transformer.apply(event, rule)?),
        }
    }
}
