//! Log lines as Lambda understands them: which there are, what they hold, and where they go.
//!
//! Without the feature `tracing` there is nothing to test. Subscribers are scoped to a test, except in `process`,
//! where each test runs itself once more in a process of its own.

#![cfg(feature = "tracing")]
#![expect(clippy::unwrap_used, reason = "a test that has panicked has failed already")]

mod channels;
mod invocations;
mod lines;
mod process;
mod properties;
mod writers;

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use lambda_runtime::tracing::{Format, Logging, subscriber::util::SubscriberInitExt};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

/// A writer that keeps what it is given, and in how many calls.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<Vec<u8>>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// One for each call, without its line break; there is no other line break in it.
    fn text(&self) -> Vec<String> {
        let calls = std::mem::take(&mut *self.0.lock().unwrap());
        calls.into_iter().map(|call| line(String::from_utf8(call).unwrap())).collect()
    }

    fn json(&self) -> Vec<Object> {
        self.text().iter().map(|line| object(line)).collect()
    }
}

fn line(call: String) -> String {
    let line = call.strip_suffix('\n').unwrap_or_else(|| panic!("no line break at the end: {call:?}"));
    assert!(!line.contains('\n'), "a line break inside: {call:?}");
    line.to_owned()
}

fn object(line: &str) -> Object {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// A JSON object in which no key occurs twice.
#[derive(Debug, PartialEq)]
struct Object(BTreeMap<String, Value>);

impl Object {
    /// A member; null if there is none.
    fn get(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Unique;

        impl<'de> Visitor<'de> for Unique {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Object, A::Error> {
                let mut object = BTreeMap::new();
                while let Some((name, value)) = members.next_entry::<String, Value>()? {
                    let previous = object.insert(name.clone(), value);
                    assert_eq!(previous, None, "{name} occurs twice");
                }
                Ok(Object(object))
            }
        }

        deserializer.deserialize_map(Unique)
    }
}

/// What is logged meanwhile, on this thread.
fn logged(logging: Logging, log: impl FnOnce()) -> Lines {
    let lines = Lines::default();
    let _scope = logging.writer(lines.clone()).subscriber().set_default();
    log();
    lines
}

/// The objects that are logged meanwhile.
fn json(log: impl FnOnce()) -> Vec<Object> {
    logged(Logging::new().format(Format::Json), log).json()
}

/// The lines of text that are logged meanwhile, without their time.
fn text(log: impl FnOnce()) -> Vec<String> {
    let lines = logged(Logging::new(), log).text();
    lines.iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
}
