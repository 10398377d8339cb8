//! What both formats are first read into: values that know their lines.

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// An empty value, or null.
    Nothing,
    /// A number or a boolean is the text that stands in the file: CloudFormation takes `"30"` for 30, and here the
    /// one who reads the value knows what it has to be.
    Text(String),
    /// A number or a boolean of YAML or JSON that stands there without quotes. Whoever asks for a [`Field`] sees text;
    /// in a pattern it is what it is.
    ///
    /// [`Field`]: super::table::Field
    Plain(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// A function of CloudFormation, named in the long form whichever form it has: `Ref`, `Fn::Sub`, `Condition`.
    Call {
        function: String,
        argument: Box<Node>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    /// The line of the key.
    pub(super) line: usize,
    pub(super) node: Node,
}

impl Node {
    pub(super) fn text(line: usize, text: impl Into<String>) -> Self {
        Self { line, value: Value::Text(text.into()) }
    }

    /// The same with text in place of a number or a boolean.
    pub(super) fn untyped(self) -> Self {
        match self.value {
            Value::Plain(text) => Self { line: self.line, value: Value::Text(text) },
            value => Self { line: self.line, value },
        }
    }

    /// What an error says was found.
    pub(super) fn describe(&self) -> String {
        match &self.value {
            Value::Nothing => "nothing".to_owned(),
            Value::Text(text) if is_number_or_boolean(text) => text.clone(),
            Value::Text(text) => quoted(text),
            Value::Plain(text) => text.clone(),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
            Value::Call { function, .. } => function.clone(),
        }
    }
}

fn is_number_or_boolean(text: &str) -> bool {
    text.len() < 40 && (text.parse::<f64>().is_ok() || matches!(text, "true" | "false"))
}

/// The text in quotes, and not all of it if it is long.
fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;

    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}
