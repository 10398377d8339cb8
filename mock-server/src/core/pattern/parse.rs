//! From JSON to a pattern: its fields and lists. `operators` has what stands in the lists.

use serde_json::{Map, Number, Value};

use super::{
    Dialect, Fields, Node, Pattern, PatternError,
    comparison::{Comparison, Range},
    error::found,
    path::Path,
};

mod operators;

type Result<T> = std::result::Result<T, PatternError>;

const VALUE: &str = "a string, a number, true, false, null or an operator";
const OR: &str = "a list of at least two objects";

pub(super) struct Parser {
    dialect: Dialect,
    absent: Vec<Vec<String>>,
}

impl Parser {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, absent: Vec::new() }
    }

    pub(super) fn pattern(mut self, value: &Value) -> Result<Pattern> {
        let path = Path::pattern();
        let Value::Object(object) = value else {
            return unexpected(path, "an object", value);
        };
        let fields = self.fields(path, object, false)?;
        Ok(Pattern { fields, absent: self.absent })
    }

    fn fields(
        &mut self,
        path: Path<'_>,
        object: &Map<String, Value>,
        is_alternative: bool,
    ) -> Result<Fields> {
        let mut fields = Fields::default();
        for (name, value) in object {
            if name == "$or" && self.is_or(value) {
                let path = path.operator(name);
                if is_alternative && self.dialect == Dialect::Filter {
                    return self.no_operator(path, name, "no $or within another");
                }
                fields.alternatives = Some(self.alternatives(path, value)?);
            } else {
                let node = self.node(path.field(name), value, is_alternative)?;
                fields.named.push((name.clone(), node));
            }
        }
        if object.is_empty() {
            return Err(PatternError::Unexpected {
                path: path.to_string(),
                expected: "at least one field",
                found: "an empty object".to_owned(),
            });
        }
        Ok(fields)
    }

    /// Whether a `$or` is one. SNS takes any other for the name of a field, where the other dialects refuse it.
    fn is_or(&self, value: &Value) -> bool {
        let is_alternative = |value: &Value| {
            value
                .as_object()
                .is_some_and(|fields| !fields.keys().any(|name| operators::RESERVED.contains(&name.as_str())))
        };
        self.dialect != Dialect::Subscription
            || value.as_array().is_some_and(|values| values.len() >= 2 && values.iter().all(is_alternative))
    }

    fn alternatives(&mut self, path: Path<'_>, value: &Value) -> Result<Vec<Fields>> {
        let alternatives = match value {
            Value::Array(alternatives) if alternatives.len() >= 2 => alternatives,
            _ => return unexpected(path, OR, value),
        };
        let alternatives = alternatives.iter().enumerate().map(|(at, value)| {
            let path = path.entry(at);
            match value {
                Value::Object(object) => self.fields(path, object, true),
                _ => unexpected(path, "an object", value),
            }
        });
        alternatives.collect()
    }

    fn node(&mut self, path: Path<'_>, value: &Value, is_alternative: bool) -> Result<Node> {
        match value {
            Value::Object(object) => Ok(Node::Fields(self.fields(path, object, is_alternative)?)),
            Value::Array(entries) if entries.is_empty() => unexpected(path, "at least one value", value),
            Value::Array(entries) => {
                let comparisons =
                    entries.iter().enumerate().map(|(at, entry)| self.comparison(path.entry(at), entry));
                Ok(Node::Leaf(comparisons.collect::<Result<_>>()?))
            }
            _ => unexpected(path, "an object or a list of values", value),
        }
    }

    fn comparison(&mut self, path: Path<'_>, value: &Value) -> Result<Comparison> {
        match value {
            Value::Null => Ok(Comparison::Null),
            Value::Bool(value) => Ok(Comparison::Bool(*value)),
            Value::Number(number) => Ok(self.number(number)),
            Value::String(text) => Ok(Comparison::Text(text.clone())),
            Value::Array(_) => unexpected(path, VALUE, value),
            Value::Object(_) => self.operator(path, value),
        }
    }

    /// Equality of numbers: as they are written, or by value.
    fn number(&self, number: &Number) -> Comparison {
        let value = number.as_f64().filter(|value| Range::LIMITS.contains(value));
        match (self.dialect, value) {
            (Dialect::Subscription, Some(value)) => Comparison::Numeric(Range::exactly(value)),
            _ => Comparison::Number(number.clone()),
        }
    }
}

fn unexpected<T>(path: Path<'_>, expected: &'static str, value: &Value) -> Result<T> {
    Err(PatternError::Unexpected { path: path.to_string(), expected, found: found(value) })
}
