//! The listener's one task: it takes connections, and ends them when the listener is closed.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    io,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{AbortHandle, JoinSet, yield_now},
    time::{Instant, sleep, sleep_until, timeout, timeout_at},
};
use tracing::warn;

use super::{
    Protocol, TelemetryError, http,
    inlet::{Inlet, Mode},
    tcp,
};

/// So many connections at once; the service has one. For one more, one has to go that has nothing to say: whoever opens
/// connections without end and closes none would otherwise be heard no more.
const CONNECTIONS: usize = 256;

/// How long connections may take to end once the listener is closed. Over TCP the service sees only when it sends
/// again that nobody listens.
const GRACE: Duration = Duration::from_millis(250);

/// Listens until the listener is closed and its connections have ended.
pub(super) async fn listen(
    listener: TcpListener,
    protocol: Protocol,
    inlet: Arc<Inlet>,
    mode: Arc<watch::Sender<Mode>>,
    quiet: Duration,
) {
    let mut connections = Connections::default();
    {
        let mut end = pin!(end(inlet.mode(), &inlet, protocol, quiet));
        loop {
            match poll_fn(|cx| step(&listener, &mut connections, end.as_mut(), &inlet, cx)).await {
                Step::Accepted(Ok(stream)) => connections.serve(stream, protocol, Arc::clone(&inlet)),
                Step::Accepted(Err(error)) => {
                    // Such as too many open files, which pass.
                    warn!(%error, "a telemetry connection was not accepted");
                    sleep(Duration::from_millis(50)).await;
                }
                Step::Ended => break,
            }
        }
    }
    // Over TCP, whoever has connected already is heard; the turn lets the system tell who has. Only then are the
    // connections let go: what their other sides send afterwards must find another listener, and not the queue of this
    // one.
    yield_now().await;
    poll_fn(|cx| {
        while let Poll::Ready(Ok((stream, _))) = listener.poll_accept(cx) {
            connections.serve(stream, protocol, Arc::clone(&inlet));
        }
        Poll::Ready(())
    })
    .await;
    drop(listener);
    mode.send_replace(Mode::Closed);
    let ending = async {
        while let Some(ended) = connections.tasks.join_next().await {
            note(ended.is_err_and(|error| error.is_panic()), &inlet);
        }
    };
    // Whoever does not end by then is cut off, with what it has not been acknowledged.
    let _cut_off = timeout(GRACE, ending).await;
}

/// The connections' tasks, which end with this.
#[derive(Default)]
struct Connections {
    tasks: JoinSet<()>,
    /// In the order in which they came.
    open: VecDeque<(AbortHandle, Activity)>,
}

impl Connections {
    fn serve(&mut self, stream: TcpStream, protocol: Protocol, inlet: Arc<Inlet>) {
        if self.open.len() >= CONNECTIONS {
            self.open.retain(|(task, _)| !task.is_finished());
        }
        if self.open.len() >= CONNECTIONS {
            // The oldest of its kind.
            let last =
                (0..self.open.len()).min_by_key(|at| self.open.get(*at).map(|(_, activity)| activity.rank()));
            if let Some((task, _)) = last.and_then(|at| self.open.remove(at)) {
                task.abort();
            }
        }
        let activity = Activity::default();
        let task = match protocol {
            Protocol::Http => self.tasks.spawn(http::serve(stream, inlet, activity.clone())),
            Protocol::Tcp => self.tasks.spawn(tcp::serve(stream, inlet, activity.clone())),
        };
        self.open.push_back((task, activity));
    }
}

/// What a connection is good for: which one has to go when there are too many.
#[derive(Clone, Debug, Default)]
pub(super) struct Activity(Arc<AtomicU8>);

impl Activity {
    // 0 until something has come.
    const IDLE: u8 = 1;
    const BUSY: u8 = 2;

    /// Something is under way that would be lost with the connection.
    pub(super) fn begin(&self) {
        self.0.store(Self::BUSY, Ordering::Relaxed);
    }

    /// It has arrived.
    pub(super) fn end(&self) {
        self.0.store(Self::IDLE, Ordering::Relaxed);
    }

    /// From those that go first, because nothing has ever come over them, to those that go last.
    fn rank(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

enum Step {
    Accepted(io::Result<TcpStream>),
    Ended,
}

fn step(
    listener: &TcpListener,
    connections: &mut Connections,
    end: std::pin::Pin<&mut impl Future<Output = ()>>,
    inlet: &Inlet,
    cx: &mut Context<'_>,
) -> Poll<Step> {
    while let Poll::Ready(Some(ended)) = connections.tasks.poll_join_next(cx) {
        note(ended.is_err_and(|error| error.is_panic()), inlet);
    }
    if end.poll(cx).is_ready() {
        return Poll::Ready(Step::Ended);
    }
    listener.poll_accept(cx).map(|accepted| Step::Accepted(accepted.map(|(stream, _)| stream)))
}

fn note(has_panicked: bool, inlet: &Inlet) {
    if has_panicked {
        inlet.tell(TelemetryError::Panicked);
    }
}

/// Ends when the listener is to be closed.
async fn end(mut mode: watch::Receiver<Mode>, inlet: &Inlet, protocol: Protocol, quiet: Duration) {
    let is_told = mode.wait_for(|mode| *mode != Mode::Open).await.map(|mode| *mode);
    let Ok(Mode::Flushing(deadline)) = is_told else { return };
    let began = Instant::now();
    let flushed = async {
        loop {
            match inlet.quiet_since().map(|since| since.max(began) + quiet) {
                Some(end) if end <= Instant::now() => return,
                Some(end) => sleep_until(end).await,
                None => sleep(quiet).await,
            }
        }
    };
    let mut flushed = pin!(flushed);
    let mut closing = pin!(mode.wait_for(|mode| *mode == Mode::Closing));
    let either = poll_fn(|cx| {
        let is_over = flushed.as_mut().poll(cx).is_ready() || closing.as_mut().poll(cx).is_ready();
        if is_over { Poll::Ready(()) } else { Poll::Pending }
    });
    // Over TCP the connections need some of the time to end.
    let end = match protocol {
        Protocol::Http => deadline,
        Protocol::Tcp => deadline.checked_sub(GRACE).unwrap_or(deadline),
    };
    let _over = timeout_at(end, either).await;
}
