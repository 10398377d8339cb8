//! Polls the connection in the caller's task without a detour through the scheduler.
//!
//! hyper's halves of a connection talk to each other through wakers: a request that is handed over wakes the connection,
//! a reply that has come wakes the request. Both are polled here by one task, in one go, so what they tell each other needs
//! no scheduler; only what comes from outside (the socket) does.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;

use crate::transport::Stream;

/// How often a connection is polled in a row because it asks for that itself. Others in the same task want their turn, and
/// tokio gives a task only so much before it has to wait.
const MOST: u32 = 8;

/// What one connection is polled with.
#[derive(Debug)]
pub(super) struct Turns {
    signal: Arc<Signal>,
    /// The signal's.
    waker: Waker,
}

#[derive(Debug, Default)]
struct Signal {
    /// Whoever polls now looks at `is_woken` before it waits, and after a reply nobody waits.
    is_watched: AtomicBool,
    is_woken: AtomicBool,
    /// Whether the socket had nothing to read when it was asked last, and nobody has woken anybody since.
    is_quiet: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_quiet.store(false, Ordering::SeqCst);
        self.is_woken.store(true, Ordering::SeqCst);
        if !self.is_watched.load(Ordering::SeqCst) {
            let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(task) = task {
                task.wake();
            }
        }
    }
}

impl Turns {
    pub(super) fn new() -> Self {
        let signal = Arc::new(Signal { is_watched: AtomicBool::new(true), ..Signal::default() });
        let waker = Waker::from(Arc::clone(&signal));
        Self { signal, waker }
    }

    /// Polls until there is something, or until nothing but the world outside can change anything.
    pub(super) fn poll<T>(
        &self,
        cx: &Context<'_>,
        mut turn: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let mut inner = Context::from_waker(&self.waker);
        for _ in 0..MOST {
            self.signal.is_watched.store(true, Ordering::SeqCst);
            self.signal.is_woken.store(false, Ordering::SeqCst);
            if let Poll::Ready(found) = turn(&mut inner) {
                return Poll::Ready(found);
            }
            if self.signal.is_woken.load(Ordering::SeqCst) {
                continue;
            }
            self.signal.watch_for(cx.waker());
            self.signal.is_watched.store(false, Ordering::SeqCst);
            // Whoever came before that has told nobody.
            if !self.signal.is_woken.load(Ordering::SeqCst) {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Signal {
    fn watch_for(&self, waker: &Waker) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *task {
            Some(known) => known.clone_from(waker),
            None => *task = Some(waker.clone()),
        }
    }
}

/// A stream that is not asked again for what it does not have: hyper tries to read several times in each turn.
pub(super) struct Quiet {
    stream: TokioIo<Stream>,
    signal: Arc<Signal>,
    /// The signal's.
    waker: Waker,
}

impl Quiet {
    pub(super) fn new(stream: Stream, turns: &Turns) -> Self {
        let Turns { signal, waker } = turns;
        Self { stream: TokioIo::new(stream), signal: Arc::clone(signal), waker: waker.clone() }
    }
}

impl Read for Quiet {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, signal, waker } = self.get_mut();
        // Another waker would not be known to the socket.
        let is_ours = cx.waker().will_wake(waker);
        if is_ours && signal.is_quiet.load(Ordering::SeqCst) {
            return Poll::Pending;
        }
        // Before it is asked, because it may wake while it is.
        signal.is_quiet.store(is_ours, Ordering::SeqCst);
        let read = Pin::new(stream).poll_read(cx, buffer);
        if read.is_ready() {
            signal.is_quiet.store(false, Ordering::SeqCst);
        }
        read
    }
}

impl Write for Quiet {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, slices)
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[derive(Default)]
    struct Told(AtomicBool);

    impl Wake for Told {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn what_asks_for_itself_is_polled_again_and_the_task_is_not_told() {
        let (turns, told) = (Turns::new(), Arc::<Told>::default());
        let waker = Waker::from(Arc::clone(&told));
        let mut polls = 0;
        let polled = turns.poll(&Context::from_waker(&waker), |cx| {
            polls += 1;
            if polls < 3 {
                cx.waker().wake_by_ref();
            }
            if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
        });
        assert_eq!((polled, polls, told.0.load(Ordering::SeqCst)), (Poll::Ready(()), 3, false));
    }

    #[test]
    fn what_comes_from_outside_wakes_the_task() {
        let (turns, told) = (Turns::new(), Arc::<Told>::default());
        let waker = Waker::from(Arc::clone(&told));
        let mut inner = None;
        let polled: Poll<()> = turns.poll(&Context::from_waker(&waker), |cx| {
            inner = Some(cx.waker().clone());
            Poll::Pending
        });
        assert!(polled.is_pending() && !told.0.load(Ordering::SeqCst));
        inner.unwrap().wake();
        assert!(told.0.load(Ordering::SeqCst));
    }

    #[test]
    fn what_asks_for_itself_for_ever_leaves_room_for_others() {
        let (turns, told) = (Turns::new(), Arc::<Told>::default());
        let waker = Waker::from(Arc::clone(&told));
        let polled: Poll<()> = turns.poll(&Context::from_waker(&waker), |cx| {
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        assert!(polled.is_pending() && told.0.load(Ordering::SeqCst));
    }
}
