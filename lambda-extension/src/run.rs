//! The loop on top of a tower service: next, handle, and again, until the environment shuts down.

use tokio::time::timeout_at;
use tower_service::Service;
use tracing::warn;

use crate::{BoxError, Event, Extension, ExtensionBuilder, ExtensionError, guard};

/// Registers an external extension that is named like its executable, and runs it until the environment shuts down.
///
/// What the environment variables leave open is for [`Extension::builder`]; what happens in the loop is told at
/// [`Extension::run`].
///
/// ```no_run
/// use lambda_extension::{Event, ExtensionError, Failure, run, service_fn};
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> Result<(), ExtensionError> {
///     run(service_fn(on_event)).await
/// }
///
/// async fn on_event(event: Event) -> Result<(), Failure> {
///     match event {
///         Event::Invoke(invoke) => println!("{} began", invoke.request_id),
///         Event::Shutdown(_) => println!("the end"),
///         _ => {}
///     }
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// [`ExtensionError`], as with [`ExtensionBuilder::register`] and [`Extension::run`].
pub async fn run<S>(service: S) -> Result<(), ExtensionError>
where
    S: Service<Event>,
    S::Error: Into<BoxError>,
{
    ExtensionBuilder::new(None).run(service).await
}

impl Extension {
    /// Gives every event to a service, until the environment shuts down.
    ///
    /// SHUTDOWN is given to the service, too; it has until the deadline, and then this ends with `Ok(())`, done or not.
    /// An error or a panic of the service ends it as well: what went wrong is posted to exit/error, or to init/error if
    /// the service is not even ready for a first event, and returned.
    ///
    /// # Errors
    ///
    /// [`ExtensionError::Failed`] if the service fails; the errors of [`next_event`](Self::next_event).
    pub async fn run<S>(mut self, mut service: S) -> Result<(), ExtensionError>
    where
        S: Service<Event>,
        S::Error: Into<BoxError>,
    {
        loop {
            if let Err(failure) = guard::ready(&mut service).await {
                return Err(self.fail(failure).await);
            }
            let event = self.next_event().await?;
            let end = match &event {
                Event::Shutdown(shutdown) => Some(self.end(shutdown)),
                _ => None,
            };
            let handling = guard::call(&mut service, event);
            let handled = match end {
                None => handling.await,
                Some(end) => timeout_at(end, handling).await.unwrap_or_else(|_| {
                    warn!("the work for the shutdown was not done before the deadline");
                    Ok(())
                }),
            };
            match handled {
                Err(failure) => return Err(self.fail(failure).await),
                Ok(()) if end.is_some() => return Ok(()),
                Ok(()) => {}
            }
        }
    }
}
