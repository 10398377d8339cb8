//! The section `Globals`, merged into functions as SAM merges it.
//!
//! Maps merge, lists follow each other, and of anything else a function's own wins. Source: the
//! [Globals section](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html).

use crate::cli::config::node::{Entry, Node, Value};

/// Puts the global values under a function's own.
pub(super) fn merge(globals: &[Entry], own: Vec<Entry>) -> Vec<Entry> {
    let mut merged = globals.to_vec();
    for entry in own {
        match merged.iter_mut().find(|global| global.key == entry.key) {
            Some(global) => {
                let common = std::mem::replace(&mut global.node, Node { line: 0, value: Value::Nothing });
                *global = Entry { node: merge_values(common, entry.node), ..entry };
            }
            None => merged.push(entry),
        }
    }
    merged
}

fn merge_values(global: Node, own: Node) -> Node {
    let value = match (global.value, own.value) {
        (Value::Map(global), Value::Map(own)) => Value::Map(merge(&global, own)),
        (Value::List(mut global), Value::List(own)) => {
            global.extend(own);
            Value::List(global)
        }
        // A call is not looked into, for it will be a single value.
        (_, own) => own,
    };
    Node { line: own.line, value }
}

/// The global values without those that a function wants nothing of: its attribute `IgnoreGlobals`.
pub(super) fn without(globals: &[Entry], ignored: Option<&Node>) -> Vec<Entry> {
    match ignored.map(|node| &node.value) {
        Some(Value::Text(all)) if all == "*" => Vec::new(),
        Some(Value::List(names)) => {
            let is_ignored =
                |key: &str| names.iter().any(|name| matches!(&name.value, Value::Text(name) if name == key));
            globals.iter().filter(|entry| !is_ignored(&entry.key)).cloned().collect()
        }
        _ => globals.to_vec(),
    }
}
