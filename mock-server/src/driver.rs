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
use lambda_api::{ExtensionId, RequestId, transport::Clock};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, oneshot},
    time::{Instant, sleep_until},
};

use crate::{
    clock::{self, PausedClock},
    core::{
        Answer, Call, CallId, ExecutionEnvironment, Exit, Initialization, Input, InvokeId, Phase, Time,
        catalog::FunctionId,
    },
    courier::Courier,
    function::Deployment,
    guest::{ExternalExtension, Guest, GuestEvent, Role},
    http::{runtime_api::Link, tokens::Tokens},
    profile::Quirks,
    service::World,
    timeline::{Callers, EnvironmentId, Event, ExtensionEvent, Timeline},
    transport::Listening,
};

mod effects;
mod launch;
mod message;
mod output;

use launch::Launcher;
pub(crate) use message::{End, Message, Orders, Piece, Slot, Submitted, Waiter};

/// A guest that has exited keeps its connections until what it sent has been read, but no longer than this:
/// something that it started may hold them open.
const LAST_WORDS: Duration = Duration::from_millis(200);

pub(crate) struct Driver {
    id: EnvironmentId,
    environment: ExecutionEnvironment,
    world: Weak<World>,
    function: FunctionId,
    extensions: Arc<Vec<ExternalExtension>>,
    version: String,
    clock: Clock,
    timeline: Timeline,
    messages: mpsc::UnboundedReceiver<Box<Message>>,
    link: Link,
    /// The socket of the newest generation.
    listening: Option<(u32, Listening)>,
    guests: BTreeMap<Role, Guest>,
    launcher: Launcher,
    /// Exits that are held back while connections are still open.
    exits: BTreeMap<Role, HeldExit>,
    calls: BTreeMap<CallId, OpenCall>,
    waiters: BTreeMap<InvokeId, Pending>,
    /// Whoever carries telemetry to the extensions of the newest generation.
    couriers: BTreeMap<ExtensionId, Courier>,
    quirks: Quirks,
    timeout: Duration,
    /// The service has been told that it is initialised.
    is_ready: bool,
    /// How many invokes the function has been told that this environment takes, and has not given to it.
    offered: usize,
    callers: Callers,
    /// Open invocations whose event has been handed to the runtime.
    delivered: Vec<RequestId>,
    /// The entry that causes what comes next.
    cause: Option<u64>,
    /// That of the piece of a response that has just come.
    place: Option<OwnedSemaphorePermit>,
    /// Where the output of the current invocation begins.
    since: u64,
    logs_json: bool,
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
    slot: Option<Slot>,
    end: oneshot::Sender<End>,
    pieces: Option<mpsc::UnboundedSender<Piece>>,
    /// How many bytes of the response were in pieces.
    streamed: usize,
    wants_tail: bool,
}

impl Driver {
    /// Starts an environment; its task ends when its function has no more invokes for it and the guest is gone.
    pub(crate) fn spawn(
        world: &Arc<World>,
        deployment: &Deployment,
        id: EnvironmentId,
        is_provisioned: bool,
        orders: Orders,
    ) {
        let (sender, messages) = mpsc::unbounded_channel();
        let clock = world.clock().clone();
        let settings = deployment.settings(is_provisioned);
        let logs_json = settings.logs_json;
        let tokens = Arc::new(Tokens::new(world, &settings));
        let link = Link {
            messages: sender,
            tokens: Arc::clone(&tokens),
            generation: 0,
            calls: Arc::new(AtomicU64::new(0)),
            connection: 0,
            open: Arc::default(),
            ids: Arc::clone(&world.ids),
            is_managed: settings.initialization == Initialization::ManagedInstances,
            are_extensions_disabled: deployment.are_extensions_disabled,
        };
        // Boxed, because a task keeps what it is given beside what it makes of it.
        let driver = Box::new(Self {
            id,
            timeout: settings.timeout,
            launcher: Launcher::new(world, deployment, settings.initialization, &tokens),
            environment: ExecutionEnvironment::new(settings, Time::from(clock.now())),
            world: Arc::downgrade(world),
            function: deployment.function,
            extensions: Arc::clone(&deployment.extensions),
            version: deployment.version().to_owned(),
            timeline: world.timeline.clone(),
            clock,
            messages,
            link,
            listening: None,
            guests: BTreeMap::new(),
            exits: BTreeMap::new(),
            calls: BTreeMap::new(),
            waiters: BTreeMap::new(),
            couriers: BTreeMap::new(),
            quirks: world.profile.quirks(),
            is_ready: false,
            offered: 0,
            callers: Callers::default(),
            delivered: Vec::new(),
            cause: None,
            place: None,
            since: 0,
            logs_json,
        });
        tokio::spawn(driver.run(orders));
    }

    async fn run(mut self: Box<Self>, mut orders: Orders) {
        let mut is_closed = false;
        // What the environment was made for is the cause of its init phase.
        if let Ok(submitted) = orders.invokes.try_recv() {
            self.offered = 1;
            self.submitted(submitted);
        }
        loop {
            self.perform();
            if self.environment.phase() == Phase::Terminated {
                break;
            }
            // A busy guest must not be able to put its time-out off, or the end of another one.
            if self.serve_timer() {
                continue;
            }
            self.exited();
            let timer = self.environment.poll_timeout().map(|time| self.clock.instant_of(time.into()));
            let exit_due = self.exits.values().map(|held| held.due).min();
            tokio::select! {
                biased;
                Some(message) = self.messages.recv() => self.message(*message),
                submitted = orders.invokes.recv(), if !is_closed => match submitted {
                    Some(submitted) => self.submitted(submitted),
                    None => {
                        is_closed = true;
                        self.begin(Event::ShutdownRequested);
                        self.input(Input::ShutdownRequested);
                    }
                },
                () = orders.restore.notified() => {
                    self.cause = None;
                    self.input(Input::RestoreRequested);
                }
                (role, event) = next_event(&mut self.guests) => self.guest_event(role, event),
                () = sleep_until_some(exit_due) => self.exited(),
                () = sleep_until_some(timer) => {}
            }
        }
        // An environment that has failed may have been chosen for an invoke meanwhile: another one takes it.
        orders.invokes.close();
        let world = self.world.clone();
        drop(self);
        while let Ok(submitted) = orders.invokes.try_recv() {
            world.upgrade().inspect(|world| world.returned(submitted));
        }
    }

    // === inputs ===

    /// Tells the core that time is up, if it is. What happened at the same moment came too late.
    fn serve_timer(&mut self) -> bool {
        let now = self.now();
        let is_due = self.environment.poll_timeout().is_some_and(|timer| timer <= now);
        if is_due {
            self.cause = None;
            if self.environment.is_time_up(now) {
                self.take_pending_output();
                self.measure();
                self.begin(Event::TimeIsUp(self.environment.phase()));
            }
            self.environment.handle_timeout(now);
            self.perform();
        }
        is_due
    }

    fn message(&mut self, message: Message) {
        self.serve_timer();
        match message {
            Message::Called { call, generation, connection, method, path, request, reply } => {
                // What was written before the call is told before it.
                self.cause = None;
                self.take_pending_output();
                let now = self.now();
                let who = self.callers.who(&request);
                let entry = self.begin(Event::Called { call, who, connection, method, path });
                // The high-water mark is read once for each invocation; what answers it comes just before a poll.
                if !matches!(request, Call::Response { .. }) || self.link.is_managed {
                    self.measure();
                }
                if generation != self.environment.generation() {
                    // A process that has been replaced; dropping the sender closes its connection.
                    self.record(Event::HungUp { call });
                    return;
                }
                self.calls.insert(call, OpenCall { reply, entry });
                let is_poll = request == Call::Next;
                // Batches travel over sockets, for which paused time does not wait.
                let request = match request {
                    Call::Subscribe { caller, api, subscription: Ok(_) } if clock::is_paused() => {
                        Call::Subscribe { caller, api, subscription: Err(PausedClock.to_string()) }
                    }
                    request => request,
                };
                if let Err(rejection) = self.environment.handle(now, Input::Called { call, request }) {
                    let reply = rejection.to_reply().to_http();
                    self.record(Event::Refused { call, rejection });
                    self.reply(call, reply);
                }
                if is_poll && self.quirks.answers_idle_polls && !self.link.is_managed {
                    self.perform();
                    if self.calls.contains_key(&call) {
                        self.reply(call, Quirks::no_work());
                        self.input(Input::CallDropped { call });
                    }
                }
            }
            Message::More { call, input, place } => {
                self.place = place;
                self.cause = self.calls.get(&call).map(|open| open.entry);
                if let Input::BodyEnded { trailers: Some(trailers), .. } = &input {
                    let error_type = trailers.error_type.clone();
                    self.cause = Some(self.record(Event::TrailersArrived { call, error_type }));
                }
                if matches!(input, Input::BodyEnded { .. }) {
                    self.take_pending_output();
                }
                self.input(input);
                self.carry_out();
                self.place = None;
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
            Message::Delivered { number, subscriber, result } => {
                let extension = subscriber.to_string();
                let accepted = result.is_ok();
                self.begin(match result {
                    Ok(()) => Event::TelemetryTaken { extension },
                    Err(problem) => Event::TelemetryRefused { extension, problem },
                });
                self.input(Input::Delivered { number, accepted });
            }
        }
    }

    fn submitted(&mut self, submitted: Box<Submitted>) {
        self.offered = self.offered.saturating_sub(1);
        if !self.environment.takes_invoke() {
            // It has changed its mind since it said that it would take one: another one is to take it.
            self.world.upgrade().inspect(|world| world.returned(submitted));
            return;
        }
        let Submitted { invoke, waiter } = *submitted;
        let (id, request_id) = (invoke.id, invoke.request_id.clone());
        self.begin(Event::Invoked { request_id: request_id.clone() });
        let Waiter { answer, end, pieces, wants_tail, slot } = waiter;
        let (answer, slot) = (Some(answer), Some(slot));
        let pending = Pending { request_id, answer, slot, end, pieces, streamed: 0, wants_tail };
        self.waiters.insert(id, pending);
        if self.environment.handle(self.now(), Input::Invoked(invoke)).is_err() {
            // An invocation of this id is under way; who waits sees that its own was not begun.
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
                let exit = if is_out_of_memory { Exit::OutOfMemory } else { exit };
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
        let Some(world) = self.world.upgrade() else { return };
        // A task that neither ends nor panics is dropped by a runtime that shuts down. What would be started in its place
        // would be dropped as well, and so on without an end.
        if self.environment.phase() == Phase::Terminated || std::thread::panicking() {
            world.environment_ended(self.id);
        } else {
            world.environment_lost(self.id);
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
