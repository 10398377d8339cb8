//! Where in a pattern the parser is: for its errors, and for the paths of fields.

use std::fmt;

use super::error::quoted;

/// A step, and the steps before it: a list that lies on the parser's stack.
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    before: Option<&'a Self>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Pattern,
    Field(&'a str),
    Operator(&'a str),
    Entry(usize),
}

impl<'a> Path<'a> {
    pub(super) fn pattern() -> Self {
        Self { before: None, step: Step::Pattern }
    }

    /// Into a field of events.
    pub(super) fn field(&'a self, name: &'a str) -> Self {
        Self { before: Some(self), step: Step::Field(name) }
    }

    /// Into an operator, which is no field of events.
    pub(super) fn operator(&'a self, name: &'a str) -> Self {
        Self { before: Some(self), step: Step::Operator(name) }
    }

    /// Into an entry of a list, counted from zero.
    pub(super) fn entry(&'a self, at: usize) -> Self {
        Self { before: Some(self), step: Step::Entry(at) }
    }

    /// The names of the fields of events that lead here.
    pub(super) fn fields(&self) -> Vec<String> {
        let fields = self.steps().into_iter().filter_map(|step| match step {
            Step::Field(name) => Some(name.to_owned()),
            _ => None,
        });
        fields.collect()
    }

    fn steps(&self) -> Vec<Step<'a>> {
        let mut steps: Vec<_> =
            std::iter::successors(Some(self), |path| path.before).map(|path| path.step).collect();
        steps.reverse();
        steps
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.before.is_none() {
            return f.write_str("the pattern");
        }
        for (at, step) in self.steps().into_iter().skip(1).enumerate() {
            match step {
                Step::Pattern => {}
                Step::Entry(entry) => write!(f, "[{entry}]")?,
                Step::Field(name) | Step::Operator(name) if !is_plain(name) => {
                    write!(f, "[{}]", quoted(name))?
                }
                Step::Field(name) | Step::Operator(name) if at == 0 => f.write_str(name)?,
                Step::Field(name) | Step::Operator(name) => write!(f, ".{name}")?,
            }
        }
        Ok(())
    }
}

/// Whether a name can stand without quotation marks.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '$'))
}
