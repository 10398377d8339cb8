//! An event as JSON whose members keep their order, and changes of values in it.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Number, Value};

/// JSON in the order in which it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Object(Vec<(String, Self)>),
    Array(Vec<Self>),
    /// Anything that has no parts.
    Single(Value),
}

/// A value, and where it goes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    /// As it was given.
    pub(super) path: String,
    steps: Vec<Step>,
    value: Node,
}

/// A part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(name) if is_plain(name) => f.write_str(name),
            Self::Member(name) => write!(f, "[{name:?}]"),
            Self::Element(index) => write!(f, "[{index}]"),
        }
    }
}

/// Why a path leads nowhere.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error("there is no member {step} in {place}, which has {has}")]
    Member { step: String, place: String, has: String },
    #[error("there is no element {step} in {place}, which has {count}")]
    Element { step: String, place: String, count: usize },
    #[error("{place} is no object and has no member {step}")]
    NoObject { step: String, place: String },
    #[error("{place} is no array and has no element {step}")]
    NoArray { step: String, place: String },
}

/// Reads `PATH=VALUE`.
pub(super) fn parse(text: &str) -> Result<Change, String> {
    const FORM: &str = "must have the form PATH=VALUE, with a path such as Records[0].body";

    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        if let Some(inner) = rest.strip_prefix('[') {
            let (step, behind) = bracket(inner).ok_or(FORM)?;
            steps.push(step);
            rest = behind;
        } else {
            // A dot stands between, and not before the first.
            let name = if steps.is_empty() { rest } else { rest.strip_prefix('.').ok_or(FORM)? };
            let end = name.find(['.', '[', '=']).ok_or(FORM)?;
            if end == 0 {
                return Err(FORM.to_owned());
            }
            steps.push(Step::Member(name[..end].to_owned()));
            rest = &name[end..];
        }
        if let Some(value) = rest.strip_prefix('=') {
            let path = text[..text.len() - rest.len()].to_owned();
            let value =
                serde_json::from_str(value).unwrap_or_else(|_| Node::Single(Value::String(value.to_owned())));
            return Ok(Change { path, steps, value });
        }
    }
}

/// What stands in brackets, and what is behind them.
fn bracket(inner: &str) -> Option<(Step, &str)> {
    if inner.starts_with('"') {
        let mut names = serde_json::Deserializer::from_str(inner).into_iter::<String>();
        let name = names.next()?.ok()?;
        let behind = inner.get(names.byte_offset()..)?.strip_prefix(']')?;
        return Some((Step::Member(name), behind));
    }
    let (index, behind) = inner.split_once(']')?;
    let is_number = index.bytes().all(|byte| byte.is_ascii_digit());
    Some((Step::Element(index.parse().ok().filter(|_| is_number)?), behind))
}

/// Whether a name can stand in a path as it is.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['.', '[', ']', '=', '"'])
}

impl Node {
    /// Puts a value in the place of one that is there.
    pub(super) fn apply(&mut self, change: Change) -> Result<(), ChangeError> {
        let mut node = self;
        let mut place = String::new();
        for step in &change.steps {
            node = node.part(step, &place)?;
            if !place.is_empty() && matches!(step, Step::Member(name) if is_plain(name)) {
                place.push('.');
            }
            place += &step.to_string();
        }
        *node = change.value;
        Ok(())
    }

    fn part(&mut self, step: &Step, place: &str) -> Result<&mut Self, ChangeError> {
        let name = step.to_string();
        let place = || if place.is_empty() { "the event".to_owned() } else { place.to_owned() };
        match (step, self) {
            (Step::Member(wanted), Self::Object(members)) => {
                match members.iter().position(|(name, _)| name == wanted) {
                    Some(at) => Ok(&mut members[at].1),
                    None => Err(ChangeError::Member { step: name, place: place(), has: names(members) }),
                }
            }
            (Step::Element(index), Self::Array(elements)) => {
                let count = elements.len();
                let none = || ChangeError::Element { step: name, place: place(), count };
                elements.get_mut(*index).ok_or_else(none)
            }
            (Step::Member(_), _) => Err(ChangeError::NoObject { step: name, place: place() }),
            (Step::Element(_), _) => Err(ChangeError::NoArray { step: name, place: place() }),
        }
    }
}

fn names(members: &[(String, Node)]) -> String {
    match members {
        [] => "none".to_owned(),
        members => members.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "),
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Object(members) => serializer.collect_map(members.iter().map(|(name, node)| (name, node))),
            Self::Array(elements) => serializer.collect_seq(elements),
            Self::Single(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Node::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            elements.push(element);
        }
        Ok(Node::Array(elements))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Single(Value::String(text.to_owned())))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Single(Value::Bool(value)))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Single(value.into()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Single(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Single(Number::from_f64(value).map_or(Value::Null, Value::Number)))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Single(Value::Null))
    }
}
