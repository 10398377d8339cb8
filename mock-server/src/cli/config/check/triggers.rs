//! Triggers that lead to nothing, that cannot be told apart, or that do not fit their functions.

use std::{collections::BTreeMap, time::Duration};

use mock_server::core::mapping::QueueForm;

use super::qualified;
use crate::cli::config::{
    model::{
        From, FunctionConfiguration, MappingSource, Qualifier, QueueConfiguration, StreamConfiguration,
        Target, Triggers,
    },
    problem::{Invalid, Problem},
    triggers::{kind_of_queue, refused},
};

const STANDARD_INPUT: &str = "stdin";

pub(super) fn check(triggers: &Triggers, functions: &[FunctionConfiguration]) -> Result<(), Problem> {
    for (line, target) in triggers.targets() {
        match target {
            Target::Function { name, qualifier } => {
                function(functions, name, qualifier, line)?;
            }
            Target::Queue(name) => is_there("queue", name, triggers.queues.contains_key(name), line)?,
            Target::Topic(name) => is_there("topic", name, triggers.topics.contains_key(name), line)?,
        }
    }
    for queue in triggers.queues.iter() {
        check_dead_letters(triggers, queue)?;
    }
    check_rules(triggers)?;
    check_standard_input(triggers)?;
    check_mappings(triggers, functions)
}

fn is_there(what: &'static str, name: &str, is_there: bool, line: usize) -> Result<(), Problem> {
    if is_there { Ok(()) } else { Err(Invalid::NotThere { what, name: name.to_owned() }.at(line)) }
}

/// The function of this name, if it has what the qualifier says.
fn function<'a>(
    functions: &'a [FunctionConfiguration],
    name: &str,
    qualifier: &Qualifier,
    line: usize,
) -> Result<&'a FunctionConfiguration, Problem> {
    let found = functions.iter().find(|known| known.name == name).filter(|known| qualified(known, qualifier));
    found.ok_or_else(|| {
        let name = match qualifier {
            Qualifier::Latest => name.to_owned(),
            qualifier => format!("{name}:{qualifier}"),
        };
        Invalid::NotThere { what: "function", name }.at(line)
    })
}

/// Source: [dead-letter queues](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html).
fn check_dead_letters(
    triggers: &Triggers,
    (name, queue): (&String, &QueueConfiguration),
) -> Result<(), Problem> {
    let Some(dead) = &queue.dead_letters else { return Ok(()) };
    let Some(other) = triggers.queues.get(dead) else {
        return Err(Invalid::NotThere { what: "queue", name: dead.clone() }.at(queue.line));
    };
    if other.settings.form != queue.settings.form {
        let expected = match queue.settings.form {
            QueueForm::Standard => "a standard queue",
            QueueForm::Fifo => "a FIFO queue",
        };
        let name = format!("what takes the dead letters of {name}");
        let found = format!("\"{dead}\"");
        return Err(Invalid::Expected { name, expected: expected.into(), found }.at(queue.line));
    }
    Ok(())
}

fn check_rules(triggers: &Triggers) -> Result<(), Problem> {
    let mut seen = BTreeMap::new();
    for rule in &triggers.rules {
        let key = (rule.is_scheduler, &rule.bus, &rule.name);
        if let Some(first) = seen.insert(key, rule.line) {
            let what = if rule.is_scheduler { "schedule" } else { "rule" };
            return Err(Invalid::Second { what, name: rule.name.clone(), first }.at(rule.line));
        }
    }
    Ok(())
}

fn check_standard_input(triggers: &Triggers) -> Result<(), Problem> {
    let of_queue = |queue: &QueueConfiguration| (queue.from.clone(), queue.line);
    let of_stream = |stream: &StreamConfiguration| (stream.from.clone(), stream.line);
    let sources = triggers.queues.values().map(of_queue).chain(triggers.streams.values().map(of_stream));
    let with = sources.filter(|(from, _)| *from == Some(From::StandardInput));
    let mut lines: Vec<_> = with.map(|(_, line)| line).collect();
    lines.sort_unstable();
    match lines.as_slice() {
        [first, second, ..] => {
            let (what, name) = ("a source from", STANDARD_INPUT.to_owned());
            Err(Invalid::Second { what, name, first: *first }.at(*second))
        }
        _ => Ok(()),
    }
}

/// One mapping of a source to a function, as AWS has it, and a queue that hides messages for long enough.
fn check_mappings(triggers: &Triggers, functions: &[FunctionConfiguration]) -> Result<(), Problem> {
    let mut seen = BTreeMap::new();
    for mapping in &triggers.mappings {
        let line = mapping.line;
        let function = function(functions, &mapping.function, &mapping.qualifier, line)?;
        let source = match &mapping.source {
            MappingSource::Queue(name) => {
                let Some(queue) = triggers.queues.get(name) else {
                    return Err(Invalid::NotThere { what: "queue", name: name.clone() }.at(line));
                };
                check_visibility(queue, mapping, function.timeout)?;
                name
            }
            MappingSource::Stream(key) => {
                is_there("stream", key, triggers.streams.contains_key(key), line)?;
                key
            }
        };
        let key =
            (matches!(mapping.source, MappingSource::Queue(_)), source, &function.name, &mapping.qualifier);
        if let Some(first) = seen.insert(key, line) {
            let name = format!("{source} to {}", function.name);
            return Err(Invalid::Second { what: "a mapping of", name, first }.at(line));
        }
    }
    Ok(())
}

fn check_visibility(
    queue: &QueueConfiguration,
    mapping: &crate::cli::config::model::MappingConfiguration,
    timeout: Duration,
) -> Result<(), Problem> {
    let refused = |error: &dyn std::fmt::Display| refused("an event source mapping", error, mapping.line);
    let settings = mapping.configuration.check(kind_of_queue(queue.settings.form));
    let settings = settings.map_err(|error| refused(&error))?;
    settings.check_visibility(queue.settings.visibility_timeout, timeout).map_err(|error| refused(&error))
}
