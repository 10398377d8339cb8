//! TOML into [`Node`]s.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::cli::config::{
    node::{Entry, Node, Value},
    problem::{Invalid, Problem},
};

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect())
    }

    /// Counted from 1.
    fn at(&self, byte: usize) -> usize {
        self.0.partition_point(|&start| start <= byte)
    }
}

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Node, Problem> {
    let lines = Lines::of(text);
    let document = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| lines.at(span.start));
        // At the end of the text the parser may be one line beyond it.
        let line = line.min(text.lines().count()).max(1);
        Invalid::Syntax(format!("not valid TOML: {}", error.message())).at(line)
    })?;
    Ok(Node { line: 1, value: table(document.into_inner(), &lines) })
}

fn table(table: DeTable<'_>, lines: &Lines) -> Value {
    let mut entries: Vec<_> = table.into_iter().map(|(key, value)| (key.span().start, key, value)).collect();
    // The parser has sorted them by their names.
    entries.sort_by_key(|(at, ..)| *at);
    let entries = entries.into_iter().map(|(at, key, value)| Entry {
        line: lines.at(at),
        key: key.into_inner().into_owned(),
        node: node(value, lines),
    });
    Value::Map(entries.collect())
}

fn node(value: Spanned<DeValue<'_>>, lines: &Lines) -> Node {
    let line = lines.at(value.span().start);
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            let (digits, radix) = (number.as_str(), number.radix());
            // What is too large for this is so for every setting.
            let text = i64::from_str_radix(digits, radix)
                .map_or_else(|_| digits.to_owned(), |number| number.to_string());
            Value::Text(text)
        }
        DeValue::Float(number) => Value::Text(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Value::Text(flag.to_string()),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(values) => Value::List(values.into_iter().map(|value| node(value, lines)).collect()),
        DeValue::Table(inner) => table(inner, lines),
    };
    Node { line, value }
}
