//! The one connection to the Extensions API, and the long poll on it that survives being dropped.

use std::{future::Future, pin::Pin};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use lambda_api::{
    client::{Connection, TransportError},
    transport::RuntimeApi,
};

type Reply = Result<Response<Bytes>, TransportError>;
type Polling = Pin<Box<dyn Future<Output = (Box<Connection<Full<Bytes>>>, Reply)> + Send>>;

/// A connection, or a poll that has it.
pub(crate) struct Line {
    api: RuntimeApi,
    connection: Option<Box<Connection<Full<Bytes>>>>,
    /// Kept from one call to [`poll`](Self::poll) to the next. The service counts a poll whose connection was
    /// closed as one that still waits, and refuses the next.
    polling: Option<Polling>,
}

impl Line {
    pub(crate) fn new(api: RuntimeApi) -> Self {
        Self { api, connection: None, polling: None }
    }

    pub(crate) fn api(&self) -> &RuntimeApi {
        &self.api
    }

    fn take(&mut self) -> Box<Connection<Full<Bytes>>> {
        self.connection.take().unwrap_or_else(|| Box::new(Connection::new(self.api.clone())))
    }

    /// Makes a call that is answered at once; on another connection, if a poll still waits on this one.
    pub(crate) async fn call(&mut self, request: Request<Bytes>) -> Reply {
        let mut connection = self.take();
        let reply = connection.call(request.map(Full::new)).await;
        if self.polling.is_none() {
            self.connection = Some(connection);
        }
        reply
    }

    /// Gives up a poll that still waits, because there will be no other.
    pub(crate) fn give_up_poll(&mut self) {
        self.polling = None;
    }

    /// Polls, or goes on with the poll that was dropped.
    pub(crate) async fn poll(&mut self, request: &Request<Bytes>) -> Reply {
        let polling = match self.polling.take() {
            Some(polling) => polling,
            None => {
                let mut connection = self.take();
                let request = request.clone().map(Full::new);
                Box::pin(async move {
                    let reply = connection.call(request).await;
                    (connection, reply)
                })
            }
        };
        // Stays here while it is waited for, so that nothing is lost with this future.
        let (connection, reply) = self.polling.insert(polling).as_mut().await;
        self.polling = None;
        self.connection = Some(connection);
        reply
    }
}
