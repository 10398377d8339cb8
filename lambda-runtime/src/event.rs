//! What a handler is called with.

use crate::Context;

/// The payload of an invocation and what is known about the invocation.
#[derive(Clone, Debug)]
pub struct LambdaEvent<T> {
    /// The event.
    pub payload: T,
    /// Everything else.
    pub context: Context,
}

impl<T> LambdaEvent<T> {
    /// Puts the two together, to call a handler directly.
    pub fn new(payload: T, context: Context) -> Self {
        Self { payload, context }
    }

    /// Takes the two apart.
    pub fn into_parts(self) -> (T, Context) {
        (self.payload, self.context)
    }
}
