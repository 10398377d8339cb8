//! The section `Conditions`: which parts of a template there are.
//!
//! Source: [condition functions](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html).

use super::{
    scope::{Scope, Template},
    sections::Resource,
};
use crate::cli::config::{
    node::{Node, Value},
    problem::{Invalid, Problem},
    table::Field,
};

const EXPECTED: &str = "Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition";

impl Template {
    /// Whether a condition holds.
    pub(super) fn condition(&self, name: &str, line: usize) -> Result<bool, Problem> {
        let Some(node) = self.sections.conditions.get(name) else {
            return Err(Invalid::NotThere { what: "condition", name: name.to_owned() }.at(line));
        };
        self.enter(&format!("condition {name}"), line, || self.holds(name, node.clone()))
    }

    /// Whether a resource is there.
    pub(super) fn is_there(&self, resource: &Resource) -> Result<bool, Problem> {
        resource.condition.as_ref().map_or(Ok(true), |(name, line)| self.condition(name, *line))
    }

    fn holds(&self, name: &str, node: Node) -> Result<bool, Problem> {
        let scope = Scope { template: self, user: None };
        let line = node.line;
        let (function, argument) = match node.value {
            Value::Call { function, argument } => (function, *argument),
            // The long form of a reference to another condition, which elsewhere is a map like any other.
            Value::Map(entries) if entries.len() == 1 && entries[0].key == "Condition" => {
                ("Condition".to_owned(), entries[0].node.clone())
            }
            value => return Err(Field::new(name.to_owned(), Node { line, value }, &scope).expected(EXPECTED)),
        };
        match function.as_str() {
            "Condition" => {
                let other = Field::new(function, argument, &scope);
                self.condition(other.text_or("the name of a condition")?, line)
            }
            "Fn::Equals" => {
                let [left, right] = scope.arguments(&function, argument, "a list of two values")?;
                Ok(scope.text(&function, left)? == scope.text(&function, right)?)
            }
            "Fn::Not" => {
                let [other] = scope.arguments(&function, argument, "a list of one condition")?;
                self.enter_part(&function, other).map(|holds| !holds)
            }
            "Fn::And" | "Fn::Or" => {
                let field = scope.argument(&function, argument)?;
                let expected = field.expected("a list of conditions");
                let Value::List(parts) = field.node.value else { return Err(expected) };
                let parts = parts.into_iter().map(|part| self.enter_part(&function, part));
                // All are looked at, so that what is wrong is found whatever the others are.
                let parts: Vec<_> = parts.collect::<Result<_, _>>()?;
                Ok(if function == "Fn::And" {
                    parts.iter().all(|&holds| holds)
                } else {
                    parts.contains(&true)
                })
            }
            _ => {
                let node = Node { line, value: Value::Call { function, argument: Box::new(argument) } };
                Err(Field::new(name.to_owned(), node, &scope).expected(EXPECTED))
            }
        }
    }

    fn enter_part(&self, function: &str, part: Node) -> Result<bool, Problem> {
        self.deeper(part.line, || self.holds(function, part))
    }
}
