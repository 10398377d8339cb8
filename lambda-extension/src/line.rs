//! The one connection to the Extensions API, and the long poll on it that survives being dropped.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::Full;
use lambda_api::{
    client::{Connection, TransportError},
    transport::RuntimeApi,
};

type Reply = Result<Response<Bytes>, TransportError>;

/// The connection, or a poll that has it.
pub(crate) struct Line {
    api: RuntimeApi,
    idle: Option<Caller>,
    /// Kept from one call to [`poll`](Self::poll) to the next. The service counts a poll whose connection was
    /// closed as one that still waits, and refuses the next.
    polling: Option<Caller>,
    /// Empty headers with room in them.
    room: HeaderMap,
}

impl Line {
    pub(crate) fn new(api: RuntimeApi) -> Self {
        Self { api, idle: None, polling: None, room: HeaderMap::new() }
    }

    pub(crate) fn api(&self) -> &RuntimeApi {
        &self.api
    }

    fn take(&mut self) -> Caller {
        self.idle.take().unwrap_or_else(|| Caller::new(self.api.clone()))
    }

    /// Makes a call that is answered at once; on another connection, if a poll still waits on this one.
    pub(crate) async fn call(&mut self, request: Request<Bytes>) -> Reply {
        let mut caller = self.take();
        caller.call(request);
        // Dropped half-way, it takes the connection with it: what comes next there would be for another call.
        let reply = caller.reply().await;
        if self.polling.is_none() {
            self.idle = Some(caller);
        }
        reply
    }

    /// Gives up a poll that still waits, because there will be no other.
    pub(crate) fn give_up_poll(&mut self) {
        self.polling = None;
    }

    /// Polls with a request of these headers, or goes on with the poll that was dropped.
    pub(crate) async fn poll(&mut self, request: &Request<Bytes>) -> Reply {
        let caller = match self.polling.take() {
            Some(polling) => polling,
            None => {
                let mut caller = self.take();
                caller.call(copy_of(request, mem::take(&mut self.room)));
                caller
            }
        };
        // Stays here while it is waited for, so that nothing is lost with this future.
        let reply = self.polling.insert(caller).reply().await;
        self.idle = self.polling.take();
        reply
    }

    /// Takes a reply that has been read: the next poll's headers, and those of its reply, find their room there.
    pub(crate) fn recycle(&mut self, reply: Response<Bytes>) {
        let (parts, _) = reply.into_parts();
        self.room = parts.headers;
        // What is in them would keep the connection from reading into the same bytes again.
        self.room.clear();
    }
}

/// A connection, and one future for all calls on it: to make one for each call would cost as much as to read an event.
struct Caller {
    desk: Arc<Mutex<Desk>>,
    calls: Pin<Box<dyn Future<Output = Infallible> + Send>>,
}

/// What the future is given, and what it gives.
#[derive(Default)]
struct Desk {
    request: Option<Request<Full<Bytes>>>,
    reply: Option<Reply>,
}

impl Caller {
    fn new(api: RuntimeApi) -> Self {
        let desk = Arc::<Mutex<Desk>>::default();
        let calls = Box::pin({
            let desk = Arc::clone(&desk);
            async move {
                let mut connection = Connection::new(api);
                loop {
                    let request = poll_fn(|_| once_there(desk_of(&desk).request.take())).await;
                    let reply = connection.call(request).await;
                    desk_of(&desk).reply = Some(reply);
                }
            }
        });
        Self { desk, calls }
    }

    /// Begins a call; there must be no other.
    fn call(&mut self, request: Request<Bytes>) {
        desk_of(&self.desk).request = Some(request.map(Full::new));
    }

    /// Waits for the reply to the call; may be dropped and called again.
    async fn reply(&mut self) -> Reply {
        poll_fn(|cx| {
            let Poll::Pending = self.calls.as_mut().poll(cx);
            once_there(desk_of(&self.desk).reply.take())
        })
        .await
    }
}

/// A copy of a request without its body, which is empty, with its headers in a map that is there already.
fn copy_of(request: &Request<Bytes>, mut headers: HeaderMap) -> Request<Bytes> {
    for (name, value) in request.headers() {
        headers.insert(name, value.clone());
    }
    let mut copy = Request::new(Bytes::new());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = headers;
    copy
}

fn desk_of(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

fn once_there<T>(there: Option<T>) -> Poll<T> {
    there.map_or(Poll::Pending, Poll::Ready)
}
