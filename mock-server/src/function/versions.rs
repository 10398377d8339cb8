//! Versions and aliases of a function, its concurrency, and its queue.
//!
//! What is allowed is decided in [`catalog`](crate::core::catalog); what runs where in [`fleet`](crate::core::fleet).

use std::sync::Arc;

use lambda_api::RequestId;
use tokio::sync::oneshot;

use super::Function;
use crate::{
    Invocation,
    core::{
        catalog::{Alias, CatalogError, EventInvokeConfig, FunctionId, Version},
        destination::Finished,
        fleet::{Allocation, AllocationStatus},
    },
    hub::Hub,
    service::World,
};

impl Function {
    /// Publishes what is `$LATEST` now as an immutable version, and gives its number.
    ///
    /// If nothing has changed since the last publication that is the number of the last one, as on Lambda.
    ///
    /// The files of a [`bootstrap`](crate::FunctionBuilder::bootstrap) are copied for it before this returns, so that it runs
    /// them however they are changed later. Of a folder all is copied, of a single executable nothing that lies beside it, and
    /// extensions and [`opt`](crate::FunctionBuilder::opt) stay where they are.
    ///
    /// # Errors
    ///
    /// [`CatalogError::Unknown`] if the function has been deleted.
    ///
    /// # Example
    ///
    /// ```
    /// use mock_server::{Invocation, MockLambda};
    /// # use lambda_api::transport::RuntimeApi;
    /// # async fn bootstrap(_: RuntimeApi) -> Result<(), std::io::Error> { std::future::pending().await }
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use mock_server::core::catalog::{Alias, Version};
    ///
    /// let function = MockLambda::new().function("f").in_process(bootstrap);
    /// let first = function.publish()?;
    /// function.update().memory_mb(256).same_code()?;
    /// let second = function.publish()?;
    /// assert_eq!((first, second), (1, 2));
    ///
    /// // One in ten invokes of the alias gets to the second version.
    /// function.set_alias("live", Alias::new(Version::Number(first)).with_weight(second, 0.1))?;
    /// let outcome = function.invoke(Invocation::new("{}").qualifier("live")).await;
    /// assert_ne!(outcome.executed_version(), "$LATEST");
    /// # Ok(())
    /// # }
    /// ```
    pub fn publish(&self) -> Result<u64, CatalogError> {
        self.publish_described("")
    }

    /// The same, with words about the version.
    ///
    /// # Errors
    ///
    /// As for [`publish`](Self::publish).
    pub fn publish_described(&self, description: &str) -> Result<u64, CatalogError> {
        self.inner.world.publish(self.inner.id, Some(description))
    }

    /// Deletes a published version. Invocations that are under way end in its environments.
    ///
    /// # Errors
    ///
    /// [`CatalogError`] if there is no such version, or if an alias leads to it.
    pub fn delete_version(&self, number: u64) -> Result<(), CatalogError> {
        let id = self.inner.id;
        self.inner.world.change(|hub, _| {
            hub.catalog.remove_version(id, number)?;
            hub.retire_version(id, Version::Number(number));
            Ok(())
        })
    }

    /// Configures how asynchronous invocations with a qualifier are treated; those without one are `$LATEST`'s.
    ///
    /// # Errors
    ///
    /// [`CatalogError`] if the qualifier leads nowhere.
    pub fn configure_events(&self, qualifier: &str, config: EventInvokeConfig) -> Result<(), CatalogError> {
        let id = self.inner.id;
        self.inner
            .world
            .change(|hub, _| hub.catalog.set_event_invoke_config(id, Some(qualifier), Some(config)))
    }

    /// Creates an alias, or lets the one of that name lead elsewhere. Invocations that are under way stay where they are.
    ///
    /// # Errors
    ///
    /// [`CatalogError`] if the alias cannot be called so, or leads where it must not.
    pub fn set_alias(&self, name: &str, alias: Alias) -> Result<(), CatalogError> {
        let id = self.inner.id;
        self.inner.world.change(|hub, now| {
            match hub.catalog.alias(id, name) {
                Some(_) => hub.catalog.update_alias(id, name, alias)?,
                None => hub.catalog.create_alias(id, name, alias)?,
            }
            hub.provision(now, id);
            Ok(())
        })
    }

    /// Keeps this many environments of a version or an alias ready, and waits until they are or have failed: provisioned
    /// concurrency. 0 keeps none.
    ///
    /// # Errors
    ///
    /// [`CatalogError`] if the qualifier leads nowhere, or to `$LATEST`.
    pub async fn provision(
        &self,
        qualifier: &str,
        environments: usize,
    ) -> Result<Option<Allocation>, CatalogError> {
        let (id, world) = (self.inner.id, &self.inner.world);
        world.change(|hub, now| {
            hub.catalog.set_provisioned(id, qualifier, environments)?;
            hub.provision(now, id);
            Ok(())
        })?;
        loop {
            let changed = world.ended.notified();
            let allocation = world.hub().allocation_of(id, qualifier);
            if allocation.is_none_or(|allocation| allocation.status != AllocationStatus::InProgress) {
                return Ok(allocation);
            }
            changed.await;
        }
    }

    /// Reserves concurrency for the function, or with `None` gives it back; 0 lets it not run at all.
    pub fn reserve_concurrency(&self, invocations: Option<usize>) {
        let id = self.inner.id;
        self.inner.world.change(|hub, now| hub.reserve(now, id, invocations));
    }

    /// Puts an event into the function's queue: an asynchronous invocation, which is tried again when it fails, after a
    /// minute and after two more.
    ///
    /// In paused time that takes no time. What is told in the end goes to the function's
    /// [destinations](crate::FunctionBuilder::on_failure).
    ///
    /// # Errors
    ///
    /// [`CatalogError`] if the qualifier leads nowhere.
    ///
    /// # Example
    ///
    /// ```
    /// use mock_server::{MockLambda, core::destination::Condition};
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = MockLambda::new();
    /// let function = mock.function("broken").in_process(|_| async { Err("out of order") });
    /// let finished = function.queue("{}")?.finished().await.ok_or("it is gone")?;
    /// assert_eq!((finished.condition, finished.attempts), (Condition::RetriesExhausted, 3));
    /// # Ok(())
    /// # }
    /// ```
    pub fn queue(&self, invocation: impl Into<Invocation>) -> Result<Queued, CatalogError> {
        let accepted = self.inner.world.accept_from_caller(self.inner.id, invocation.into())?;
        Ok(Queued { request_id: accepted.request_id, finished: accepted.finished })
    }
}

/// An event that was put into a function's queue. Whoever drops this just does not wait for it.
#[derive(Debug)]
#[must_use = "it says how the event ends"]
pub struct Queued {
    request_id: RequestId,
    finished: oneshot::Receiver<Finished>,
}

impl Queued {
    /// The id of all attempts.
    pub fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// Waits until the event has come to its end and whoever is to be told has been told. `None` if it has been dropped,
    /// because its function is gone, or the service, or because it could not be kept.
    pub async fn finished(self) -> Option<Finished> {
        self.finished.await.ok()
    }
}

impl World {
    /// Publishes `$LATEST`, and takes as long as its files take to be copied.
    pub(crate) fn publish(
        self: &Arc<Self>,
        function: FunctionId,
        description: Option<&str>,
    ) -> Result<u64, CatalogError> {
        loop {
            let latest = self.hub().deployment(function, Version::Latest);
            // Before the lock is taken, under which nothing waits. It stays for whoever publishes the same code.
            let copied = latest.map(|latest| (latest.id, latest.code_to_publish()));
            let published = self.change(|hub, _| {
                let latest = hub.deployment(function, Version::Latest).map(|latest| latest.id);
                let is_copied = latest == copied.as_ref().map(|(id, _)| *id);
                is_copied.then(|| hub.publish(function, description))
            });
            if let Some(published) = published {
                return published;
            }
        }
    }
}

impl Hub {
    /// Publishes `$LATEST`, whose code has been copied if it has to be.
    fn publish(&mut self, function: FunctionId, description: Option<&str>) -> Result<u64, CatalogError> {
        let id = self.next_deployment();
        let published = self.catalog.publish(function, description, |latest, number| {
            Arc::new(latest.published(id, Version::Number(number)))
        })?;
        let version = Version::Number(published.number);
        if let Some(deployment) = self.catalog.content(function, version).cloned()
            && !published.was_there
        {
            self.deploy(deployment);
        }
        Ok(published.number)
    }
}
