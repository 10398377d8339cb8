//! A bus of EventBridge: what PutEvents takes, the rules that look at it, and what a target gets. Pure.
//!
//! [`EventEntry`] (`entry`) becomes an [`Event`] (`event`), a [`Rule`] says whether it is for its targets, and the [`Input`]
//! of a target (`input`, with `path` and `template`) what this one gets. Archives, replays, dynamic path parameters and
//! other kinds of targets than functions are left out.
//!
//! Sources: [PutEvents](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html),
//! [structure of events](https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html),
//! [targets](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html) and
//! [input transformation](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html).

mod entry;
mod event;
mod input;
mod path;
mod template;

pub use entry::{EntryError, EventEntry, RequestError, check_request};
pub use event::Event;
pub(super) use event::Parts;
pub use input::{Input, InputError};
pub use path::{InputPath, PathError};
pub use template::{InputTransformer, TemplateError};

use crate::core::pattern::Pattern;

/// A rule of a bus.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Its ARN, of which an input transformer may tell.
    pub arn: String,
    /// The events that it is for. A rule that has only a schedule is for none of the bus.
    pub pattern: Option<Pattern>,
    /// Whether it looks at events at all.
    pub is_enabled: bool,
}

impl Rule {
    /// Whether the targets of the rule get the event.
    ///
    /// ```
    /// use mock_server::core::{
    ///     Time,
    ///     pattern::{Dialect, Pattern},
    ///     trigger::bus::{EventEntry, Rule},
    /// };
    ///
    /// let entry = EventEntry::new("com.example.shop", "Order Placed", r#"{"total": 20}"#);
    /// let event = entry.event("123456789012", "eu-west-1", "7bf73129-1428-4cd3-a780-95db273d1602", Time::default())?;
    ///
    /// let pattern = r#"{"source": ["com.example.shop"], "detail": {"total": [{"numeric": [">", 10]}]}}"#;
    /// let rule = Rule {
    ///     name: "large-orders".to_owned(),
    ///     arn: "arn:aws:events:eu-west-1:123456789012:rule/large-orders".to_owned(),
    ///     pattern: Some(Pattern::parse(pattern, Dialect::Rule)?),
    ///     is_enabled: true,
    /// };
    /// assert!(rule.matches(&event));
    /// assert!(!Rule { is_enabled: false, ..rule }.matches(&event));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn matches(&self, event: &Event) -> bool {
        self.is_enabled && self.pattern.as_ref().is_some_and(|pattern| pattern.matches(event.value()))
    }
}
