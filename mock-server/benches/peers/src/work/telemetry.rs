//! What an environment's function writes, and who is told of it: the core, from the line to the batch.

use lambda_api::{
    ExtensionId,
    telemetry::{Destination, SchemaVersion},
};
use mock_server::core::{
    Call, CallId, Caller, Effect, ExecutionEnvironment, Input, Invoke, InvokeId, Settings, Source,
    Subscription, TelemetryApi, Time,
};

use super::EVENT;
use crate::Result;

const LINE: &str =
    "2024-05-01T12:00:00Z INFO order 12 of c-12 was packed, 7 apples, by the gate if nobody is in";

/// So many lines within an invocation, of which a batch for each subscriber is due with so many; every batch is taken at once.
pub fn write(subscribers: usize, batch: usize, lines: usize) -> Result<()> {
    let mut invoked = Invoked::new(subscribers, batch)?;
    for _ in 0..lines {
        let source = Source::Runtime;
        invoked.handle(Input::Wrote { source, line: LINE.to_owned(), is_json: false })?;
    }
    let wanted = (lines - lines % batch) * subscribers;
    if invoked.delivered < wanted {
        return Err(format!("{} of {wanted} records were delivered", invoked.delivered).into());
    }
    Ok(())
}

/// An environment within an invocation, with extensions that have subscribed to everything.
struct Invoked {
    environment: ExecutionEnvironment,
    calls: u64,
    delivered: usize,
}

impl Invoked {
    fn new(subscribers: usize, batch: usize) -> Result<Self> {
        let mut settings = Settings::default();
        settings.extensions = (0..subscribers).map(|number| format!("e-{number}")).collect();
        let environment = ExecutionEnvironment::new(settings, Time::default());
        let mut invoked = Self { environment, calls: 0, delivered: 0 };
        for number in 0..subscribers {
            let id = ExtensionId::new(&format!("b7c3d1f0-6e0b-4d84-a1b8-{number:012}"))?;
            invoked.call(Call::Register {
                extension_id: id.clone(),
                name: Some(format!("e-{number}")),
                events: Ok(vec!["INVOKE".to_owned()]),
                wants_account_id: false,
            })?;
            let port = 8_080 + u16::try_from(number)?;
            let mut subscription = Subscription::new(Destination::Tcp { port }, SchemaVersion::V20221213);
            subscription.buffering.max_items = u32::try_from(batch)?;
            subscription.buffering.max_bytes = u32::MAX;
            let (caller, api) = (Caller::Id(id.clone()), TelemetryApi::Telemetry);
            invoked.call(Call::Subscribe { caller, api, subscription: Ok(Box::new(subscription)) })?;
            let event_id = format!("event-{number}");
            invoked.call(Call::ExtensionNext { caller: Caller::Id(id), event_id })?;
        }
        invoked.call(Call::Next)?;
        let request_id = lambda_api::RequestId::new("8476a536-e9f4-11e8-9739-2dfe598c3fcd")?;
        invoked.handle(Input::Invoked(Box::new(Invoke::new(InvokeId(1), request_id, EVENT.into()))))?;
        Ok(invoked)
    }

    fn call(&mut self, request: Call) -> Result<()> {
        self.calls += 1;
        self.handle(Input::Called { call: CallId(self.calls), request })
    }

    fn handle(&mut self, input: Input) -> Result<()> {
        let refused = |rejection| format!("{rejection:?}");
        self.environment.handle(Time::default(), input).map_err(refused)?;
        while let Some(effect) = self.environment.poll_effect() {
            let Effect::Deliver(delivery) = effect else { continue };
            self.delivered += delivery.events.len();
            let taken = Input::Delivered { number: delivery.number, accepted: true };
            self.environment.handle(Time::default(), taken).map_err(refused)?;
        }
        Ok(())
    }
}
