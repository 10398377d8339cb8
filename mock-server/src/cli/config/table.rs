//! How values are read: each asked for by its name, and turned into what it has to be or refused with its line.
//!
//! [`Table`] gives out what it is asked for and so knows at the end what nobody has asked for, which is what is not
//! understood. Functions of CloudFormation are resolved when a value is taken, not before: what nobody needs may hold
//! what cannot be known here.

use std::{borrow::Cow, fmt::Display, ops::RangeInclusive, str::FromStr};

use super::{
    node::{Entry, Node, Value},
    problem::{Invalid, Problem},
};

/// Gives the value of a function's call.
pub(super) trait Resolve {
    /// The value itself if it is no call; nothing if it is to be taken as absent.
    fn resolve(&self, node: Node) -> Result<Option<Node>, Problem>;
}

/// For TOML, which has no functions.
pub(super) struct Literal;

impl Resolve for Literal {
    fn resolve(&self, node: Node) -> Result<Option<Node>, Problem> {
        Ok(Some(node))
    }
}

/// A value under its name.
pub(super) struct Field<'a> {
    pub(super) name: String,
    /// From the file's first level: `Resources.Hello.Properties.Timeout`.
    pub(super) path: String,
    /// The line of the name.
    pub(super) key_line: usize,
    pub(super) node: Node,
    resolver: &'a dyn Resolve,
}

/// Values under their names, each of which can be taken once.
pub(super) struct Table<'a> {
    pub(super) path: String,
    pub(super) line: usize,
    entries: Vec<Entry>,
    asked: Vec<&'static str>,
    resolver: &'a dyn Resolve,
}

impl<'a> Table<'a> {
    pub(super) fn new(path: String, line: usize, entries: Vec<Entry>, resolver: &'a dyn Resolve) -> Self {
        Self { path, line, entries, asked: Vec::new(), resolver }
    }

    /// The value of this name; none if it is not there or to be taken as absent.
    pub(super) fn take(&mut self, name: &'static str) -> Result<Option<Field<'a>>, Problem> {
        self.asked.push(name);
        match self.entries.iter().position(|entry| entry.key == name) {
            Some(at) => {
                let entry = self.entries.remove(at);
                self.field(entry)
            }
            None => Ok(None),
        }
    }

    /// Everything that was not taken yet.
    pub(super) fn take_all(&mut self) -> Result<Vec<Field<'a>>, Problem> {
        let entries = std::mem::take(&mut self.entries);
        let mut fields = Vec::with_capacity(entries.len());
        for entry in entries {
            fields.extend(self.field(entry)?);
        }
        Ok(fields)
    }

    /// Takes what has no effect, without a look at its value; says whether it is there.
    pub(super) fn ignore(&mut self, name: &'static str) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.key != name);
        self.asked.push(name);
        self.entries.len() < before
    }

    /// Takes everything, without a look at it.
    pub(super) fn forget(&mut self) {
        self.entries.clear();
    }

    /// What nobody has asked for.
    pub(super) fn rest(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Refuses what nobody has asked for.
    pub(super) fn finish(self) -> Result<(), Problem> {
        let known = || self.asked.join(", ");
        match self.entries.into_iter().next() {
            Some(entry) => {
                let name = entry.key;
                Err(Invalid::Unknown { name, known: known_or_nothing(known()) }.at(entry.line))
            }
            None => Ok(()),
        }
    }

    pub(super) fn missing(&self, name: &'static str, expected: impl Into<Cow<'static, str>>) -> Problem {
        Invalid::Missing { of: self.path.clone(), name, expected: expected.into() }.at(self.line)
    }

    fn field(&self, entry: Entry) -> Result<Option<Field<'a>>, Problem> {
        let node = self.resolver.resolve(entry.node)?;
        let path = join(&self.path, &entry.key);
        let key_line = entry.line;
        let resolver = self.resolver;
        Ok(node.map(|node| Field { name: entry.key, path, key_line, node: node.untyped(), resolver }))
    }
}

fn known_or_nothing(known: String) -> String {
    if known.is_empty() { "nothing".to_owned() } else { known }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

impl<'a> Field<'a> {
    /// A value that has no name of its own in the file.
    pub(super) fn new(name: String, node: Node, resolver: &'a dyn Resolve) -> Self {
        Self { path: name.clone(), name, key_line: node.line, node: node.untyped(), resolver }
    }

    pub(super) fn line(&self) -> usize {
        self.node.line
    }

    /// That the value should have been something else.
    pub(super) fn expected(&self, expected: impl Into<Cow<'static, str>>) -> Problem {
        let (name, found) = (self.name.clone(), self.node.describe());
        Invalid::Expected { name, expected: expected.into(), found }.at(self.node.line)
    }

    pub(super) fn text(&self) -> Result<&str, Problem> {
        self.text_or("text")
    }

    /// The text, or an error that says what it should have been.
    pub(super) fn text_or(&self, expected: &'static str) -> Result<&str, Problem> {
        match &self.node.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.expected(expected)),
        }
    }

    pub(super) fn flag(&self) -> Result<bool, Problem> {
        self.word(&[("true", true), ("false", false)])
    }

    /// A whole number; `of` says of what, such as `of seconds`.
    pub(super) fn whole<N>(&self, of: &str, range: RangeInclusive<N>) -> Result<N, Problem>
    where
        N: FromStr + PartialOrd + Display,
    {
        let number = match &self.node.value {
            Value::Text(text) => text.parse().ok().filter(|number| range.contains(number)),
            _ => None,
        };
        number.ok_or_else(|| {
            let gap = if of.is_empty() { "" } else { " " };
            self.expected(format!("a whole number{gap}{of} from {} to {}", range.start(), range.end()))
        })
    }

    /// A whole number of at least so much.
    pub(super) fn count(&self, least: u32) -> Result<u32, Problem> {
        let number = match &self.node.value {
            Value::Text(text) => text.parse().ok().filter(|number| *number >= least),
            _ => None,
        };
        number.ok_or_else(|| self.expected(format!("a whole number, {least} or more")))
    }

    /// A number from 0 to 1.
    pub(super) fn share(&self) -> Result<f64, Problem> {
        let number = match &self.node.value {
            Value::Text(text) => text.parse().ok().filter(|share| (0.0..=1.0).contains(share)),
            _ => None,
        };
        number.ok_or_else(|| self.expected("a number from 0 to 1"))
    }

    /// One of a few words.
    pub(super) fn choice<T: Clone>(&self, choices: &[(&str, T)]) -> Result<T, Problem> {
        self.chosen(choices, |word, text| word == text)
    }

    /// One of a few words, in upper or lower case.
    pub(super) fn word<T: Clone>(&self, choices: &[(&str, T)]) -> Result<T, Problem> {
        self.chosen(choices, str::eq_ignore_ascii_case)
    }

    fn chosen<T: Clone>(
        &self,
        choices: &[(&str, T)],
        is_same: impl Fn(&str, &str) -> bool,
    ) -> Result<T, Problem> {
        let found = match &self.node.value {
            Value::Text(text) => choices.iter().find(|(word, _)| is_same(word, text)),
            _ => None,
        };
        found.map(|(_, choice)| choice.clone()).ok_or_else(|| {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            self.expected(match words.split_last() {
                Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
                _ => words.concat(),
            })
        })
    }

    /// The values of a list, those excepted that are to be taken as absent.
    pub(super) fn list(self) -> Result<Vec<Self>, Problem> {
        let expected = self.expected("a list");
        let Value::List(nodes) = self.node.value else { return Err(expected) };
        let mut fields = Vec::with_capacity(nodes.len());
        for node in nodes {
            if let Some(node) = self.resolver.resolve(node)? {
                let (name, path, key_line) = (self.name.clone(), self.path.clone(), node.line);
                let node = node.untyped();
                fields.push(Field { name, path, key_line, node, resolver: self.resolver });
            }
        }
        Ok(fields)
    }

    /// The text, or the JSON that a map stands for.
    pub(super) fn json(self, expected: &'static str) -> Result<String, Problem> {
        let problem = self.expected(expected);
        match self.node.value {
            Value::Text(text) => Ok(text),
            Value::Map(_) => Ok(json(self.node, self.resolver)?.unwrap_or_default().to_string()),
            _ => Err(problem),
        }
    }

    /// The texts of a list.
    pub(super) fn texts(self) -> Result<Vec<String>, Problem> {
        self.list()?.iter().map(|field| field.text().map(str::to_owned)).collect()
    }

    pub(super) fn table(self) -> Result<Table<'a>, Problem> {
        let expected = self.expected("a map");
        let Value::Map(entries) = self.node.value else { return Err(expected) };
        Ok(Table::new(self.path, self.key_line, entries, self.resolver))
    }
}

/// A value with all that stands in it as JSON; none if it is to be taken as absent.
fn json(node: Node, resolver: &dyn Resolve) -> Result<Option<serde_json::Value>, Problem> {
    let Some(node) = resolver.resolve(node)? else { return Ok(None) };
    Ok(Some(match node.value {
        Value::Nothing | Value::Call { .. } => serde_json::Value::Null,
        Value::Text(text) => text.into(),
        Value::Plain(text) => {
            // `True` is one in YAML.
            let lower = text.to_ascii_lowercase();
            serde_json::from_str(&lower).unwrap_or_else(|_| text.into())
        }
        Value::List(nodes) => {
            let values = nodes.into_iter().filter_map(|node| json(node, resolver).transpose());
            serde_json::Value::Array(values.collect::<Result<_, _>>()?)
        }
        Value::Map(entries) => {
            let mut object = serde_json::Map::new();
            for entry in entries {
                if let Some(value) = json(entry.node, resolver)? {
                    object.insert(entry.key, value);
                }
            }
            serde_json::Value::Object(object)
        }
    }))
}
