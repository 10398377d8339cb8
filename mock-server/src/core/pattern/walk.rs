//! A pattern against an event. Each part of the pattern meets each part of the event at most once.
//!
//! Only the nesting of the pattern is followed by recursion, and that the parser has bounded; arrays of the event, which
//! may be nested as deep as whoever made them likes, are walked with a list.

use serde_json::{Map, Value};

use super::{Fields, Node, Pattern, comparison::Comparison, filter::Data};

struct Walk<'a> {
    /// For each `{"exists": false}` of the pattern, whether the event has no leaf there.
    absent: Vec<bool>,
    data: &'a [Data<'a>],
}

impl Pattern {
    /// Like [`matches`](Pattern::matches), with the fields of a record that have a format of their own.
    pub(super) fn matches_record(&self, event: &Value, data: &[Data<'_>]) -> bool {
        let absent = self.absent.iter().map(|path| !(event.is_object() && has_leaf(event, path))).collect();
        Walk { absent, data }.fields(&self.fields, event.as_object(), true)
    }
}

impl Walk<'_> {
    /// Without an object all fields are missing, which some patterns ask for.
    fn fields(&self, fields: &Fields, object: Option<&Map<String, Value>>, is_record: bool) -> bool {
        fields.named.iter().all(|(name, node)| {
            let data = self.data.iter().find(|data| is_record && data.name == name);
            data.and_then(|data| data.verdict(node)).unwrap_or_else(|| {
                let value = object.and_then(|object| object.get(name));
                match node {
                    Node::Fields(fields) => self.nested(fields, value),
                    Node::Leaf(comparisons) => self.leaf(comparisons, value),
                }
            })
        }) && fields.alternatives.as_ref().is_none_or(|alternatives| {
            alternatives.iter().any(|fields| self.fields(fields, object, is_record))
        })
    }

    fn nested(&self, fields: &Fields, value: Option<&Value>) -> bool {
        let mut objects = flattened(value).filter_map(Value::as_object).peekable();
        if objects.peek().is_none() {
            return self.fields(fields, None, false);
        }
        objects.any(|object| self.fields(fields, Some(object), false))
    }

    fn leaf(&self, comparisons: &[Comparison], value: Option<&Value>) -> bool {
        comparisons
            .iter()
            .any(|asked| matches!(asked, Comparison::Absent(at) if self.absent.get(*at) == Some(&true)))
            || flattened(value)
                .filter(|value| !value.is_object())
                .any(|leaf| comparisons.iter().any(|asked| asked.matches(leaf)))
    }
}

/// What a field holds, with the elements of arrays in place of these.
fn flattened(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let mut remaining: Vec<_> = value.into_iter().collect();
    std::iter::from_fn(move || {
        loop {
            match remaining.pop()? {
                Value::Array(elements) => remaining.extend(elements.iter().rev()),
                other => return Some(other),
            }
        }
    })
}

fn has_leaf(event: &Value, path: &[String]) -> bool {
    let mut remaining = vec![(event, path)];
    while let Some((value, path)) = remaining.pop() {
        match (value, path) {
            (Value::Array(elements), path) => {
                remaining.extend(elements.iter().map(|element| (element, path)))
            }
            (Value::Object(object), [name, path @ ..]) => {
                remaining.extend(object.get(name).map(|value| (value, path)));
            }
            (Value::Object(_), []) => {}
            (_, []) => return true,
            _ => {}
        }
    }
    false
}
