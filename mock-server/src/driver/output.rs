//! What guests write, and how much memory the runtime uses.

use super::Driver;
use crate::{
    core::{Input, Source},
    guest::{Guest, OutputLine, Role},
    log::LogFormat,
    timeline::{Event, ExtensionEvent},
};

impl Driver {
    pub(super) fn output(&mut self, role: Role, lines: Vec<OutputLine>) {
        for OutputLine { text: line, format, .. } in lines {
            let is_json = format == LogFormat::Json;
            let (source, event) = match role {
                Role::Runtime => (Source::Runtime, Event::Output { line: line.clone() }),
                Role::Extension(index) => {
                    let output = ExtensionEvent::Output { line: line.clone() };
                    (Source::Extension(index), self.of_extension(index, output))
                }
            };
            self.record(event);
            self.input(Input::Wrote { source, line, is_json });
        }
    }

    pub(super) fn of_extension(&self, index: usize, event: ExtensionEvent) -> Event {
        let name = self.extensions.get(index).map(|extension| extension.name.clone());
        Event::Extension { name: name.unwrap_or_default(), event }
    }

    /// Tells the core how much memory the runtime uses; a process that has ended does not tell any more.
    pub(super) fn measure(&mut self) {
        if let Some(mb) = self.guests.get(&Role::Runtime).and_then(Guest::max_memory_used_mb) {
            self.input(Input::MemoryMeasured { mb });
        }
    }
}
