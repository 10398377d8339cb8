//! What is noted about a function for whoever asks, and changes nothing about how it runs: tags, statements of its policy,
//! and when something was configured.

use std::collections::BTreeMap;

use super::{Catalog, CatalogError, FunctionId};
use crate::core::Time;

/// The notes about a function.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    tags: BTreeMap<String, String>,
    /// By qualifier and by the statement's id.
    policy: BTreeMap<String, BTreeMap<String, String>>,
    /// By qualifier.
    events_changed: BTreeMap<String, Time>,
    provisioned_changed: BTreeMap<String, Time>,
}

impl Notes {
    pub(super) fn forget(&mut self, qualifier: &str) {
        self.policy.remove(qualifier);
        self.events_changed.remove(qualifier);
        self.provisioned_changed.remove(qualifier);
    }
}

impl<S: Clone> Catalog<S> {
    /// The tags of a function.
    ///
    /// # Errors
    ///
    /// If there is no such function.
    pub fn tags(&self, function: FunctionId) -> Result<&BTreeMap<String, String>, CatalogError> {
        Ok(&self.function(function)?.notes.tags)
    }

    /// The tags of a function, to be changed.
    ///
    /// # Errors
    ///
    /// If there is no such function.
    pub fn tags_mut(&mut self, function: FunctionId) -> Result<&mut BTreeMap<String, String>, CatalogError> {
        Ok(&mut self.function_mut(function)?.notes.tags)
    }

    /// The statements of the policy for a qualifier, by their ids. What they say is not looked at.
    ///
    /// # Errors
    ///
    /// If the qualifier leads nowhere.
    pub fn policy(
        &self,
        function: FunctionId,
        qualifier: &str,
    ) -> Result<Option<&BTreeMap<String, String>>, CatalogError> {
        self.check(function, Some(qualifier))?;
        let policy = self.function(function)?.notes.policy.get(qualifier);
        Ok(policy.filter(|statements| !statements.is_empty()))
    }

    /// The statements of the policy for a qualifier, to be changed.
    ///
    /// # Errors
    ///
    /// If the qualifier leads nowhere.
    pub fn policy_mut(
        &mut self,
        function: FunctionId,
        qualifier: &str,
    ) -> Result<&mut BTreeMap<String, String>, CatalogError> {
        self.check(function, Some(qualifier))?;
        Ok(self.function_mut(function)?.notes.policy.entry(qualifier.to_owned()).or_default())
    }

    /// Notes when it was configured how events are treated that come with a qualifier.
    pub fn note_events_changed(&mut self, function: FunctionId, qualifier: &str, now: Time) {
        if let Ok(function) = self.function_mut(function) {
            function.notes.events_changed.insert(qualifier.to_owned(), now);
        }
    }

    /// When it was configured how events are treated that come with a qualifier, if that was noted.
    pub fn events_changed(&self, function: FunctionId, qualifier: &str) -> Option<Time> {
        self.function(function).ok()?.notes.events_changed.get(qualifier).copied()
    }

    /// Notes when environments were provisioned for a qualifier.
    pub fn note_provisioned_changed(&mut self, function: FunctionId, qualifier: &str, now: Time) {
        if let Ok(function) = self.function_mut(function) {
            function.notes.provisioned_changed.insert(qualifier.to_owned(), now);
        }
    }

    /// When environments were provisioned for a qualifier, if that was noted.
    pub fn provisioned_changed(&self, function: FunctionId, qualifier: &str) -> Option<Time> {
        self.function(function).ok()?.notes.provisioned_changed.get(qualifier).copied()
    }
}
