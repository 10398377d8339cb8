//! Placeholder for the sinks of destinations: in memory.
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::core::destination::Message;

/// Placeholder.
#[derive(Default)]
pub(crate) struct Sinks {
    kept: Mutex<BTreeMap<String, Vec<Message>>>,
}

impl Sinks {
    pub(crate) async fn deliver(&self, message: &Message) -> Result<(), std::convert::Infallible> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entry(message.destination().arn().to_owned()).or_default().push(message.clone());
        Ok(())
    }
}
