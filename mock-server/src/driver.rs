//! One task per execution environment: inputs into the core, effects out of it, and its timer.
//!
//! The driver keeps what the pure core cannot: open calls, the running guests, who waits for an answer. It
//! decides nothing. Sockets reach it through [`Link`], callers through [`Invocations`]. Effects are carried
//! out in `effects`, guests are started in `launch`.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    sync::{Arc, Weak, atomic::AtomicU64},
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use http::Response;
use lambda_api::{RequestId, transport::Clock};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use crate::{
    core::{Answer, CallId, ExecutionEnvironment, Exit, Input, InvokeId, Phase, Time},
    function::Inner,
    guest::{ExtensionExecutable, Guest, GuestEvent, OutputLine, Role},
    http::runtime_api::Link,
    timeline::{EnvironmentId, Event, ExtensionEvent, Timeline},
    transport::Listening,
};

mod effects;
mod launch;
mod message;

use launch::Launcher;
pub(crate) use message::{End, Invocations, Message, Submitted, Waiter};

/// A guest that has exited keeps its connections until what it sent has been read, but no longer than this:
/// something that it started may hold them open.
const LAST_WORDS: Duration = Duration::from_millis(200);

pub(crate) struct Driver {
    id: EnvironmentId,
    environment: ExecutionEnvironment,
    function: Weak<Inner>,
    extensions: Arc<Vec<ExtensionExecutable>>,
    version: String,
    clock: Clock,
    timeline: Timeline,
    messages: mpsc::UnboundedReceiver<Message>,
    link: Link,
    /// The socket of the newest generation.
    listening: Option<(u32, Listening)>,
    guests: BTreeMap<Role, Guest>,
    launcher: Launcher,
    /// Exits that are held back while connections are still open.
    exits: BTreeMap<Role, HeldExit>,
    calls: BTreeMap<CallId, OpenCall>,
    waiters: BTreeMap<InvokeId, Pending>,
    /// The entry that causes what comes next.
    cause: Option<u64>,
    /// Where the output of the current invocation begins.
    since: u64,
    /// The most memory that the runtime's process has been seen to use, in MB.
    max_memory_used_mb: Option<u32>,
}

struct HeldExit {
    exit: Exit,
    generation: u32,
    /// When it is told, whatever is still open.
    due: Instant,
}

struct OpenCall {
    reply: oneshot::Sender<Response<Bytes>>,
    /// The entry that tells of the call.
    entry: u64,
}

struct Pending {
    request_id: RequestId,
    answer: Option<oneshot::Sender<Answer>>,
    end: oneshot::Sender<End>,
}

impl Driver {
    /// Starts an environment; its task ends when `invocations` is closed and the guest is gone.
    pub(crate) fn spawn(function: &Arc<Inner>, id: EnvironmentId, invocations: Invocations) {
        let (sender, messages) = mpsc::unbounded_channel();
        let clock = function.clock().clone();
        let link = Link {
            messages: sender,
            generation: 0,
            calls: Arc::new(AtomicU64::new(0)),
            open: Arc::default(),
            ids: function.ids(),
        };
        let driver = Self {
            id,
            environment: ExecutionEnvironment::new(function.settings().clone(), Time::from(clock.now())),
            function: Arc::downgrade(function),
            extensions: function.extensions(),
            launcher: Launcher::new(function),
            version: function.version().to_owned(),
            timeline: function.timeline().clone(),
            clock,
            messages,
            link,
            listening: None,
            guests: BTreeMap::new(),
            exits: BTreeMap::new(),
            calls: BTreeMap::new(),
            waiters: BTreeMap::new(),
            cause: None,
            since: 0,
            max_memory_used_mb: None,
        };
        tokio::spawn(driver.run(invocations));
    }

    async fn run(mut self, mut invocations: Invocations) {
        let mut is_closed = false;
        // What the environment was made for is the cause of its init phase.
        if let Ok(submitted) = invocations.try_recv() {
            self.submitted(submitted);
        }
        loop {
            self.perform();
            if self.environment.phase() == Phase::Terminated {
                break;
            }
            // A busy guest must not be able to put its time-out off.
            if self.serve_timer() {
                continue;
            }
            let timer = self.environment.poll_timeout().map(|time| self.clock.instant_of(time.into()));
            let exit_due = self.exits.values().map(|held| held.due).min();
            tokio::select! {
                biased;
                Some(message) = self.messages.recv() => self.message(message),
                submitted = invocations.recv(), if !is_closed => match submitted {
                    Some(submitted) => self.submitted(submitted),
                    None => {
                        is_closed = true;
                        self.begin(Event::ShutdownRequested);
                        self.input(Input::ShutdownRequested);
                    }
                },
                (role, event) = next_event(&mut self.guests) => self.guest_event(role, event),
                () = sleep_until_some(exit_due) => self.exited(),
                () = sleep_until_some(timer) => {}
            }
        }
    }

    // === inputs ===

    /// Tells the core that time is up, if it is. What happened at the same moment came too late.
    fn serve_timer(&mut self) -> bool {
        let now = self.now();
        let is_due = self.environment.poll_timeout().is_some_and(|timer| timer <= now);
        if is_due {
            self.begin(Event::TimeIsUp(self.environment.phase()));
            self.environment.handle_timeout(now);
            self.perform();
        }
        is_due
    }

    fn message(&mut self, message: Message) {
        self.serve_timer();
        match message {
            Message::Called { call, generation, method, path, request, reply } => {
                let entry = self.begin(Event::Called { call, method, path });
                self.measure();
                if generation != self.environment.generation() {
                    // A process that has been replaced; dropping the sender closes its connection.
                    self.record(Event::HungUp { call });
                    return;
                }
                self.calls.insert(call, OpenCall { reply, entry });
                if let Err(rejection) = self.environment.handle(self.now(), Input::Called { call, request }) {
                    let reply = rejection.to_reply().to_http();
                    self.record(Event::Refused { call, rejection });
                    self.reply(call, reply);
                }
            }
            Message::More { call, input } => {
                self.cause = self.calls.get(&call).map(|open| open.entry);
                if let Input::BodyEnded { trailers: Some(trailers), .. } = &input {
                    let error_type = trailers.error_type.clone();
                    self.cause = Some(self.record(Event::TrailersArrived { call, error_type }));
                }
                self.input(input);
            }
            Message::CallDropped { call } => {
                self.cause = None;
                self.calls.remove(&call);
                self.cause = Some(self.record(Event::CallDropped { call }));
                self.input(Input::CallDropped { call });
            }
            Message::Served { method, path, status } => {
                self.cause = None;
                self.record(Event::Served { method, path, status });
            }
            Message::ConnectionClosed => self.exited(),
        }
    }

    fn submitted(&mut self, submitted: Submitted) {
        let Submitted { invoke, waiter } = submitted;
        let (id, request_id) = (invoke.id, invoke.request_id.clone());
        self.begin(Event::Invoked { request_id: request_id.clone() });
        let pending = Pending { request_id, answer: Some(waiter.answer), end: waiter.end };
        self.waiters.insert(id, pending);
        if self.environment.handle(self.now(), Input::Invoked(invoke)).is_err() {
            // Only with a pool that gives an invoke to a busy environment; the waiter sees it as a failure.
            self.waiters.remove(&id);
        }
    }

    fn guest_event(&mut self, role: Role, event: GuestEvent) {
        self.cause = None;
        match event {
            GuestEvent::Output(lines) => self.output(role, lines),
            GuestEvent::Exited { exit, output, is_out_of_memory } => {
                self.output(role, output);
                if is_out_of_memory {
                    self.note("the runtime used more memory than the function has, and was killed");
                }
                self.guests.remove(&role);
                let generation = self.environment.generation();
                self.exits.insert(role, HeldExit { exit, generation, due: Instant::now() + LAST_WORDS });
                self.exited();
            }
        }
    }

    /// Tells the core of the guests that are gone and whose last words have been read.
    fn exited(&mut self) {
        let now = Instant::now();
        let open = Arc::clone(&self.link.open);
        let is_ready = |role: Role, held: &HeldExit| held.due <= now || !open.are_any(role);
        loop {
            let ready = self.exits.iter().find_map(|(&role, held)| is_ready(role, held).then_some(role));
            let Some(role) = ready else { return };
            let Some(HeldExit { exit, generation, .. }) = self.exits.remove(&role) else { return };
            let input = match role {
                Role::Runtime => {
                    self.begin(Event::Exited(exit));
                    Input::ProcessExited { generation, exit }
                }
                Role::Extension(index) => {
                    let event = self.of_extension(index, ExtensionEvent::Exited(exit));
                    self.begin(event);
                    Input::ExtensionExited { index, generation, exit }
                }
            };
            self.input(input);
        }
    }

    /// An input that is never refused, after its cause has been noted.
    fn input(&mut self, input: Input) {
        let _never_refused = self.environment.handle(self.now(), input);
    }

    fn output(&mut self, role: Role, lines: Vec<OutputLine>) {
        for OutputLine { text: line, .. } in lines {
            let event = match role {
                Role::Runtime => Event::Output { line },
                Role::Extension(index) => self.of_extension(index, ExtensionEvent::Output { line }),
            };
            self.record(event);
        }
    }

    fn of_extension(&self, index: usize, event: ExtensionEvent) -> Event {
        let name = self.extensions.get(index).map(|extension| extension.name.clone());
        Event::Extension { name: name.unwrap_or_default(), event }
    }

    /// Notes how much memory the runtime uses; a process that has ended does not tell any more.
    fn measure(&mut self) {
        let now = self.guests.get(&Role::Runtime).and_then(Guest::max_memory_used_mb);
        self.max_memory_used_mb = self.max_memory_used_mb.max(now);
    }

    /// Records what came from outside; it causes all that follows.
    fn begin(&mut self, event: Event) -> u64 {
        self.cause = None;
        let entry = self.record(event);
        self.cause = Some(entry);
        entry
    }

    fn record(&mut self, event: Event) -> u64 {
        self.timeline.record(self.clock.now(), self.id, self.cause, event)
    }

    fn now(&self) -> Time {
        Time::from(self.clock.now())
    }
}

impl Drop for Driver {
    /// However the task ends, nobody must wait for this environment any more.
    fn drop(&mut self) {
        self.guests.clear();
        self.launcher.clean_up();
        if let Some(function) = self.function.upgrade() {
            function.environment_ended(self.id);
        }
    }
}

/// What any of the guests does next.
async fn next_event(guests: &mut BTreeMap<Role, Guest>) -> (Role, GuestEvent) {
    poll_fn(|cx| {
        let mut guests = guests.iter_mut();
        let ready = guests.find_map(|(&role, guest)| match guest.poll_event(cx) {
            Poll::Ready(event) => Some((role, event)),
            Poll::Pending => None,
        });
        ready.map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

async fn sleep_until_some(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
