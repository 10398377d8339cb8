//! What is configured for a function as a whole, and for each of its qualifiers.

use std::time::Duration;

use super::{Catalog, CatalogError, FunctionId, LATEST, Version};
use crate::core::queue::Policy;

/// How asynchronous invocations with a qualifier are treated: the
/// [event invoke configuration](https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventInvokeConfig {
    /// How often an event is tried again: 0 to 2; 2 if not set.
    pub maximum_retry_attempts: Option<u32>,
    /// How old an event may become: a minute to six hours; six hours if not set.
    pub maximum_event_age: Option<Duration>,
    /// The ARN of where the record of a success goes.
    pub on_success: Option<String>,
    /// The ARN of where the record of a failure goes.
    pub on_failure: Option<String>,
}

impl EventInvokeConfig {
    /// How long and how often an event is tried.
    pub fn policy(&self) -> Policy {
        let usual = Policy::default();
        Policy {
            retries: self.maximum_retry_attempts.unwrap_or(usual.retries),
            maximum_age: self.maximum_event_age.unwrap_or(usual.maximum_age),
        }
    }
}

impl<S: Clone> Catalog<S> {
    /// How many invocations of a function there may be at once; `None` if nothing is reserved.
    pub fn reserved_concurrency(&self, function: FunctionId) -> Option<usize> {
        self.functions.get(&function)?.reserved
    }

    /// Reserves concurrency for a function, or gives it back.
    ///
    /// # Errors
    ///
    /// If there is no such function.
    pub fn reserve_concurrency(
        &mut self,
        function: FunctionId,
        reserved: Option<usize>,
    ) -> Result<(), CatalogError> {
        self.function_mut(function)?.reserved = reserved;
        Ok(())
    }

    /// How events are treated that come with a qualifier; `None` if nothing is configured for it.
    pub fn event_invoke_config(
        &self,
        function: FunctionId,
        qualifier: Option<&str>,
    ) -> Option<&EventInvokeConfig> {
        self.functions.get(&function)?.asynchronous.get(qualifier.unwrap_or(LATEST))
    }

    /// All that is configured for events of a function, by qualifier.
    pub fn event_invoke_configs(
        &self,
        function: FunctionId,
    ) -> impl Iterator<Item = (&str, &EventInvokeConfig)> {
        let configs = self.functions.get(&function).map(|function| function.asynchronous.iter());
        configs.into_iter().flatten().map(|(qualifier, config)| (qualifier.as_str(), config))
    }

    /// Configures, or with `None` forgets, how events are treated that come with a qualifier.
    ///
    /// # Errors
    ///
    /// If the qualifier leads nowhere.
    pub fn set_event_invoke_config(
        &mut self,
        function: FunctionId,
        qualifier: Option<&str>,
        config: Option<EventInvokeConfig>,
    ) -> Result<(), CatalogError> {
        self.check(function, qualifier)?;
        let configs = &mut self.function_mut(function)?.asynchronous;
        let qualifier = qualifier.unwrap_or(LATEST).to_owned();
        match config {
            Some(config) => configs.insert(qualifier, config),
            None => configs.remove(&qualifier),
        };
        Ok(())
    }

    /// How many environments are to be kept ready for each qualifier, in order.
    pub fn provisioned(&self, function: FunctionId) -> impl Iterator<Item = (&str, usize)> {
        let provisioned = self.functions.get(&function).map(|function| function.provisioned.iter());
        provisioned.into_iter().flatten().map(|(qualifier, &count)| (qualifier.as_str(), count))
    }

    /// Keeps environments ready for a version or an alias; 0 keeps none.
    ///
    /// # Errors
    ///
    /// If the qualifier leads nowhere, or to `$LATEST`.
    pub fn set_provisioned(
        &mut self,
        function: FunctionId,
        qualifier: &str,
        count: usize,
    ) -> Result<(), CatalogError> {
        self.check(function, Some(qualifier))?;
        let leads_to_latest = qualifier == LATEST
            || self.alias(function, qualifier).is_some_and(|alias| alias.leads_to(Version::Latest));
        if leads_to_latest {
            return Err(CatalogError::ProvisionedLatest);
        }
        let provisioned = &mut self.function_mut(function)?.provisioned;
        if count > 0 {
            provisioned.insert(qualifier.to_owned(), count);
        } else {
            provisioned.remove(qualifier);
        }
        Ok(())
    }

    /// How many environments are to be kept ready for each version: what is provisioned for an alias belongs to the version
    /// that it leads to, and is divided by its weights.
    pub fn provisioned_versions(&self, function: FunctionId) -> Vec<(Version, usize)> {
        let mut versions = std::collections::BTreeMap::new();
        let mut add = |version, count| *versions.entry(version).or_insert(0) += count;
        for (qualifier, count) in self.provisioned(function) {
            match (self.alias(function, qualifier), qualifier.parse()) {
                (Some(alias), _) => {
                    let part = alias.additional.map_or(0, |(_, weight)| part(count, weight));
                    add(alias.version, count - part);
                    if let Some((number, _)) = alias.additional {
                        add(Version::Number(number), part);
                    }
                }
                (None, Ok(version)) => add(version, count),
                (None, Err(_)) => {}
            }
        }
        versions.into_iter().collect()
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of a small whole"
)]
fn part(count: usize, weight: f64) -> usize {
    ((count as f64 * weight).round() as usize).min(count)
}
