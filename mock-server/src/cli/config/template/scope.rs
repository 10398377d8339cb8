//! Functions of CloudFormation, and their values.
//!
//! Source:
//! [intrinsic functions](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html).
//! What they refer to is in `references`, what `Fn::If` depends on in `conditions`.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

use super::sections::Sections;
use crate::cli::config::{
    node::{Node, Value},
    problem::{Invalid, Problem, Remark},
    table::{Field, Resolve},
};

/// Calls in calls, those in what is referred to included.
const MAX_DEPTH: usize = 64;
/// All calls of a template.
const MAX_CALLS: usize = 200_000;
/// A value made of others; a function's variables may have 4 KB.
const MAX_TEXT: usize = 16 * 1024;

/// A template whose values are being resolved.
pub(super) struct Template {
    pub(super) sections: Sections,
    pub(super) remarks: RefCell<Vec<(usize, Remark)>>,
    /// Which function or other resource needs which, and in which line.
    pub(super) uses: RefCell<BTreeMap<String, BTreeSet<(String, usize)>>>,
    /// What is being resolved, from the outermost.
    pub(super) pending: RefCell<Vec<String>>,
    depth: Cell<usize>,
    calls: Cell<usize>,
}

impl Template {
    pub(super) fn new(mut sections: Sections) -> Self {
        let remarks = std::mem::take(&mut sections.remarks);
        Self {
            sections,
            remarks: RefCell::new(remarks),
            uses: RefCell::default(),
            pending: RefCell::default(),
            depth: Cell::new(0),
            calls: Cell::new(0),
        }
    }

    pub(super) fn remark(&self, line: usize, remark: Remark) {
        self.remarks.borrow_mut().push((line, remark));
    }

    /// Finds out what a name stands for, unless that is already being found out.
    pub(super) fn enter<T>(
        &self,
        name: &str,
        line: usize,
        find: impl FnOnce() -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let from = self.pending.borrow().iter().position(|pending| pending == name);
        if let Some(from) = from {
            let pending = self.pending.borrow();
            let circle = pending.iter().skip(from).map(String::as_str).chain([name]);
            return Err(Invalid::Circle { circle: circle.collect::<Vec<_>>().join(" -> ") }.at(line));
        }
        self.pending.borrow_mut().push(name.to_owned());
        let found = self.deeper(line, find);
        self.pending.borrow_mut().pop();
        found
    }

    pub(super) fn deeper<T>(
        &self,
        line: usize,
        call: impl FnOnce() -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.calls.set(self.calls.get() + 1);
        if self.calls.get() > MAX_CALLS {
            return Err(Invalid::TooMuch.at(line));
        }
        if self.depth.get() >= MAX_DEPTH {
            return Err(Invalid::TooDeep.at(line));
        }
        self.depth.set(self.depth.get() + 1);
        let result = call();
        self.depth.set(self.depth.get() - 1);
        result
    }
}

/// Resolves values for somebody.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) template: &'a Template,
    /// The logical id of the resource that cannot be made before what its values refer to.
    pub(super) user: Option<&'a str>,
}

impl Resolve for Scope<'_> {
    fn resolve(&self, mut node: Node) -> Result<Option<Node>, Problem> {
        loop {
            let Value::Call { function, argument } = node.value else { return Ok(Some(node)) };
            let value = self.template.deeper(node.line, || self.call(&function, *argument))?;
            match value {
                Some(value) => node = value,
                None => return Ok(None),
            }
        }
    }
}

impl<'a> Scope<'a> {
    /// A value for an error that names the function whose argument it is.
    pub(super) fn argument<'s>(&'s self, function: &str, node: Node) -> Result<Field<'s>, Problem> {
        let line = node.line;
        match self.resolve(node)? {
            Some(node) => Ok(Field::new(function.to_owned(), node, self)),
            None => Err(Invalid::Function {
                function: function.to_owned(),
                reason: "needs a value, and AWS::NoValue is none",
            }
            .at(line)),
        }
    }

    fn call(&self, function: &str, argument: Node) -> Result<Option<Node>, Problem> {
        let line = argument.line;
        let refused = |reason| Err(Invalid::Function { function: function.to_owned(), reason }.at(line));
        match function {
            "Ref" => {
                let name = Field::new(function.to_owned(), argument, self);
                self.reference(name.text_or("the name of a parameter or a resource")?, line)
            }
            "Fn::GetAtt" => self.get_attribute(argument),
            "Fn::Sub" => self.substitute(argument).map(Some),
            "Fn::Join" => self.join(argument).map(Some),
            "Fn::Split" => self.split(argument).map(Some),
            "Fn::Select" => self.select(argument),
            "Fn::FindInMap" => self.find_in_map(argument).map(Some),
            "Fn::If" => self.choose(argument),
            "Fn::ImportValue" => refused("takes a value from another stack, which is not here"),
            "Fn::Transform" => refused("runs a macro, which is not here"),
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" | "Condition" => {
                refused("can stand in Conditions and in Fn::If only")
            }
            _ => refused("is not understood here"),
        }
    }

    /// The arguments of a function that takes so many.
    pub(super) fn arguments<const N: usize>(
        &self,
        function: &str,
        argument: Node,
        expected: &'static str,
    ) -> Result<[Node; N], Problem> {
        let field = self.argument(function, argument)?;
        let problem = field.expected(expected);
        match field.node.value {
            Value::List(nodes) => nodes.try_into().map_err(|_| problem),
            _ => Err(problem),
        }
    }

    /// The text that a value is.
    pub(super) fn text(&self, function: &str, node: Node) -> Result<String, Problem> {
        self.argument(function, node)?.text().map(str::to_owned)
    }

    fn get_attribute(&self, argument: Node) -> Result<Option<Node>, Problem> {
        const EXPECTED: &str = "a resource and one of its attributes, such as Queue.Arn";

        let line = argument.line;
        let field = Field::new("Fn::GetAtt".to_owned(), argument, self);
        if let Value::List(_) = field.node.value {
            let [id, attribute] = self.arguments("Fn::GetAtt", field.node, EXPECTED)?;
            let (id, attribute) = (self.text("Fn::GetAtt", id)?, self.text("Fn::GetAtt", attribute)?);
            return self.attribute(&id, &attribute, line);
        }
        match field.text_or(EXPECTED)?.split_once('.') {
            Some((id, attribute)) => self.attribute(id, attribute, line),
            None => Err(field.expected(EXPECTED)),
        }
    }

    fn substitute(&self, argument: Node) -> Result<Node, Problem> {
        const EXPECTED: &str = "text, or a list of a text and a map";

        let line = argument.line;
        let field = Field::new("Fn::Sub".to_owned(), argument, self);
        let (text, mut own) = match field.node.value {
            Value::Text(text) => (text, BTreeMap::new()),
            Value::List(_) => {
                let [text, own] = self.arguments("Fn::Sub", field.node, EXPECTED)?;
                let text = Field::new("Fn::Sub".to_owned(), text, self).text_or(EXPECTED)?.to_owned();
                let own = Field::new("Fn::Sub".to_owned(), own, self);
                let problem = own.expected(EXPECTED);
                let Value::Map(own) = own.node.value else { return Err(problem) };
                (text, own.into_iter().map(|entry| (entry.key, entry.node)).collect())
            }
            _ => return Err(field.expected(EXPECTED)),
        };
        let mut filled = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            filled.push_str(before);
            rest = behind;
            if let Some(literal) = name.strip_prefix('!') {
                filled.push_str(&format!("${{{literal}}}"));
            } else {
                let value = match own.remove_entry(name) {
                    Some((key, node)) => {
                        let text = self.text("Fn::Sub", node)?;
                        own.insert(key, Node::text(line, text.as_str()));
                        text
                    }
                    None => self.named(name.trim(), line)?,
                };
                filled.push_str(&value);
            }
            check_length(&filled, line)?;
        }
        filled.push_str(rest);
        Ok(Node::text(line, filled))
    }

    /// What `${name}` stands for.
    fn named(&self, name: &str, line: usize) -> Result<String, Problem> {
        let value = match name.split_once('.') {
            Some((id, attribute)) => self.attribute(id, attribute, line)?,
            None => self.reference(name, line)?,
        };
        match value {
            Some(node) => self.text(&format!("${{{name}}}"), node),
            None => Ok(String::new()),
        }
    }

    fn join(&self, argument: Node) -> Result<Node, Problem> {
        const EXPECTED: &str = "a list of a delimiter and a list";

        let line = argument.line;
        let [delimiter, parts] = self.arguments("Fn::Join", argument, EXPECTED)?;
        let delimiter = self.text("Fn::Join", delimiter)?;
        let mut joined = String::new();
        for (at, part) in self.argument("Fn::Join", parts)?.list()?.iter().enumerate() {
            if at > 0 {
                joined.push_str(&delimiter);
            }
            joined.push_str(part.text()?);
            check_length(&joined, line)?;
        }
        Ok(Node::text(line, joined))
    }

    fn split(&self, argument: Node) -> Result<Node, Problem> {
        let line = argument.line;
        let [delimiter, text] = self.arguments("Fn::Split", argument, "a list of a delimiter and a text")?;
        let delimiter = self.argument("Fn::Split", delimiter)?;
        let text = self.text("Fn::Split", text)?;
        match delimiter.text()? {
            "" => Err(delimiter.expected("a delimiter")),
            delimiter => {
                let parts = text.split(delimiter).map(|part| Node::text(line, part));
                Ok(Node { line, value: Value::List(parts.collect()) })
            }
        }
    }

    fn select(&self, argument: Node) -> Result<Option<Node>, Problem> {
        let [index, list] = self.arguments("Fn::Select", argument, "a list of an index and a list")?;
        let index = self.argument("Fn::Select", index)?;
        let mut list = self.argument("Fn::Select", list)?.list()?;
        let last = list.len().saturating_sub(1);
        let index = if list.is_empty() { None } else { Some(index.whole("", 0..=last)?) };
        Ok(index.map(|index| list.swap_remove(index).node))
    }

    fn find_in_map(&self, argument: Node) -> Result<Node, Problem> {
        const EXPECTED: &str = "a list of a mapping and two keys";

        let line = argument.line;
        let [map, first, second] = self.arguments("Fn::FindInMap", argument, EXPECTED)?;
        let name = self.text("Fn::FindInMap", map)?;
        let keys = [self.text("Fn::FindInMap", first)?, self.text("Fn::FindInMap", second)?];
        let not_there = |name: String| Invalid::NotThere { what: "mapping", name }.at(line);
        let Some(mut found) = self.template.sections.mappings.get(&name) else { return Err(not_there(name)) };
        let mut path = name;
        for key in keys {
            path = format!("{path}.{key}");
            let next = match &found.value {
                Value::Map(entries) => entries.iter().find(|entry| entry.key == key),
                _ => None,
            };
            match next {
                Some(entry) => found = &entry.node,
                None => return Err(not_there(path)),
            }
        }
        match &found.value {
            Value::Text(_) | Value::Plain(_) | Value::List(_) => Ok(found.clone()),
            _ => Err(Field::new(path, found.clone(), self).expected("text or a list")),
        }
    }

    fn choose(&self, argument: Node) -> Result<Option<Node>, Problem> {
        let expected = "a list of a condition's name and two values";
        let [condition, yes, no] = self.arguments("Fn::If", argument, expected)?;
        let line = condition.line;
        let name = Field::new("Fn::If".to_owned(), condition, self);
        let chosen =
            if self.template.condition(name.text_or("the name of a condition")?, line)? { yes } else { no };
        Ok(Some(chosen))
    }
}

fn check_length(text: &str, line: usize) -> Result<(), Problem> {
    if text.len() > MAX_TEXT { Err(Invalid::TooMuch.at(line)) } else { Ok(()) }
}
