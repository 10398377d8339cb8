//! YAML, and so JSON, into [`Node`]s.
//!
//! As the SAM command line reads templates: anchors and merge keys are followed, and a key that is there twice is an
//! error. Both forms of a function, `!Sub x` and `Fn::Sub: x`, become one [`Value::Call`]. What a value means is not
//! looked at.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, Tag, options};

use super::{
    node::{Entry, Node, Value},
    problem::{Invalid, Problem},
};

/// Collections in collections; a template has about twelve.
const MAX_DEPTH: usize = 64;
/// All values, those that aliases repeat included.
const MAX_NODES: usize = 200_000;

/// Reads one document.
pub(super) fn read(text: &str) -> Result<Node, Problem> {
    let options = options! { flow_nesting_limit: MAX_DEPTH, block_nesting_limit: MAX_DEPTH };
    let mut builder = Builder::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) =
            event.map_err(|error| syntax(error.kind().to_string()).at(error.marker().line().max(1)))?;
        builder.take(event, span.start.line().max(1))?;
    }
    Ok(builder.root.unwrap_or(Node { line: 1, value: Value::Nothing }))
}

/// Whether a scalar without quotes is a number or a boolean, in the forms that JSON can have.
fn is_number_or_boolean(text: &str) -> bool {
    matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
        || serde_json::from_str::<serde_json::Number>(text).is_ok()
}

fn syntax(what: impl std::fmt::Display) -> Invalid {
    Invalid::Syntax(format!("not valid YAML: {what}"))
}

/// A finished value that an alias can repeat.
#[derive(Clone)]
struct Anchored {
    node: Node,
    depth: usize,
    nodes: usize,
}

/// A collection that is not at its end.
struct Open {
    line: usize,
    anchor: usize,
    /// The function that the tag names.
    function: Option<String>,
    content: Content,
    /// How deep the deepest of its values is, this one included.
    depth: usize,
    /// How many values there are in it, this one included.
    nodes: usize,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        lines: BTreeMap<String, usize>,
        key: Option<(String, usize)>,
        merged: Vec<Node>,
    },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchored: BTreeMap<usize, Anchored>,
    nodes: usize,
    root: Option<Node>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), Problem> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(syntax("there is a second document").at(line))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                let value = match text.as_ref() {
                    "" | "~" | "null" | "Null" | "NULL" if is_plain => Value::Nothing,
                    text if is_plain && is_number_or_boolean(text) => Value::Plain(text.to_owned()),
                    text => Value::Text(text.to_owned()),
                };
                let node = called(function(tag.as_deref(), line)?, Node { line, value });
                self.finished(anchor, Anchored { node, depth: 1, nodes: 1 })
            }
            Event::SequenceStart(_, anchor, tag) => {
                let function = function(tag.as_deref(), line)?;
                self.open.push(Open {
                    line,
                    anchor,
                    function,
                    content: Content::List(Vec::new()),
                    depth: 1,
                    nodes: 1,
                });
                Ok(())
            }
            Event::MappingStart(_, anchor, tag) => {
                let function = function(tag.as_deref(), line)?;
                let content = Content::Map {
                    entries: Vec::new(),
                    lines: BTreeMap::new(),
                    key: None,
                    merged: Vec::new(),
                };
                self.open.push(Open { line, anchor, function, content, depth: 1, nodes: 1 });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let (anchor, finished) = (open.anchor, open.close()?);
                self.finished(anchor, finished)
            }
            Event::Alias(anchor) => {
                // What is not finished would have itself as a part.
                let known = self.anchored.get(&anchor).cloned();
                let known = known.ok_or_else(|| syntax("an alias stands in what it repeats").at(line))?;
                self.finished(0, known)
            }
            _ => Ok(()),
        }
    }

    /// Puts a value where it belongs.
    fn finished(&mut self, anchor: usize, finished: Anchored) -> Result<(), Problem> {
        let line = finished.node.line;
        self.nodes = self.nodes.saturating_add(finished.nodes);
        if self.nodes > MAX_NODES {
            return Err(Invalid::TooMuch.at(line));
        }
        if finished.depth + self.open.len() > MAX_DEPTH {
            return Err(Invalid::TooDeep.at(line));
        }
        if anchor != 0 {
            self.anchored.insert(anchor, finished.clone());
        }
        match self.open.last_mut() {
            Some(open) => open.add(finished),
            None => {
                self.root = Some(finished.node);
                Ok(())
            }
        }
    }
}

impl Open {
    fn add(&mut self, part: Anchored) -> Result<(), Problem> {
        self.depth = self.depth.max(part.depth + 1);
        self.nodes = self.nodes.saturating_add(part.nodes);
        match &mut self.content {
            Content::List(nodes) => nodes.push(part.node),
            Content::Map { entries, lines, key, merged } => match key.take() {
                None => match part.node.value {
                    Value::Text(text) | Value::Plain(text) => *key = Some((text, part.node.line)),
                    _ => return Err(syntax("a key must be text").at(part.node.line)),
                },
                Some((merge, _)) if merge == "<<" => merged.push(part.node),
                Some((key, line)) => {
                    if let Some(&first) = lines.get(&key) {
                        return Err(Invalid::Twice { key, first }.at(line));
                    }
                    lines.insert(key.clone(), line);
                    // What is not there has the place of its key, wherever the parser has noticed.
                    let at = if part.node.value == Value::Nothing { line } else { part.node.line };
                    entries.push(Entry { key, line, node: Node { line: at, ..part.node } });
                }
            },
        }
        Ok(())
    }

    fn close(self) -> Result<Anchored, Problem> {
        let line = self.line;
        let value = match self.content {
            Content::List(nodes) => Value::List(nodes),
            Content::Map { mut entries, mut lines, merged, .. } => {
                for node in merged {
                    merge(&mut entries, &mut lines, node)?;
                }
                Value::Map(entries)
            }
        };
        let node = called(self.function, long_form(Node { line, value }));
        Ok(Anchored { node, depth: self.depth, nodes: self.nodes })
    }
}

/// Adds what a merge key brings, which never replaces what is there.
fn merge(entries: &mut Vec<Entry>, lines: &mut BTreeMap<String, usize>, from: Node) -> Result<(), Problem> {
    match from.value {
        Value::Map(more) => {
            for entry in more {
                if !lines.contains_key(&entry.key) {
                    lines.insert(entry.key.clone(), entry.line);
                    entries.push(entry);
                }
            }
            Ok(())
        }
        Value::List(nodes) => nodes.into_iter().try_for_each(|node| merge(entries, lines, node)),
        _ => Err(syntax("what << merges must be a map or a list of maps").at(from.line)),
    }
}

/// The function that a tag names, in its long form.
fn function(tag: Option<&Tag>, line: usize) -> Result<Option<String>, Problem> {
    match tag {
        None => Ok(None),
        // `!!str` and the like say what the reader of a value asks for anyway.
        Some(tag) if tag.is_yaml_core_schema() => Ok(None),
        Some(tag) if tag.handle() == "!" => Ok(Some(match tag.suffix() {
            name @ ("Ref" | "Condition") => name.to_owned(),
            name => format!("Fn::{name}"),
        })),
        Some(tag) => Err(syntax(format_args!("the tag {tag} is not understood")).at(line)),
    }
}

fn called(function: Option<String>, argument: Node) -> Node {
    match function {
        Some(function) => {
            Node { line: argument.line, value: Value::Call { function, argument: Box::new(argument) } }
        }
        None => argument,
    }
}

/// A map whose one key is a function's name is a call of it.
fn long_form(node: Node) -> Node {
    let is_function = |key: &str| key == "Ref" || key.starts_with("Fn::");
    match node.value {
        Value::Map(mut entries) if entries.len() == 1 && is_function(&entries[0].key) => {
            match entries.pop() {
                Some(entry) => called(Some(entry.key), entry.node),
                None => Node { line: node.line, value: Value::Map(entries) },
            }
        }
        value => Node { line: node.line, value },
    }
}
