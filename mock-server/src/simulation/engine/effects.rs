//! What the fleet wants done.

use super::{Caller, Engine, Guest, Happening, Running};
use crate::core::{
    InvokeId,
    fleet::{DeploymentId, EnvironmentNumber, FleetEffect},
};

impl Engine {
    pub(super) fn carry_out(&mut self) {
        while let Some(effect) = self.fleet.poll_effect() {
            match effect {
                FleetEffect::Start { environment, deployment, is_provisioned } => {
                    self.start(environment, deployment, is_provisioned);
                }
                FleetEffect::Send { environment, invoke } => self.send(environment, invoke),
                FleetEffect::Stop { environment } => self.stop(environment),
                FleetEffect::GiveUp { invoke } => self.give_up(invoke),
            }
        }
    }

    fn start(&mut self, environment: EnvironmentNumber, deployment: DeploymentId, is_provisioned: bool) {
        // Deployments are numbered as the functions are.
        let at = usize::try_from(deployment.0).unwrap_or(usize::MAX);
        let Some(Running { described, init, .. }) = self.functions.get_mut(at) else { return };
        let takes = described.init.draw(init);
        self.guests.insert(environment, Guest { function: at, is_up: false, first: Vec::new() });
        let now = self.now.since_epoch();
        self.tally(at, |tally| tally.started(now));
        if is_provisioned {
            // It was allocated before anybody came.
            self.up(environment);
        } else {
            self.expect(self.now + takes, Happening::Up(environment));
        }
    }

    fn send(&mut self, environment: EnvironmentNumber, invoke: InvokeId) {
        let Some(open) = self.open.get_mut(&invoke) else { return };
        open.environment = environment;
        let Some(guest) = self.guests.get_mut(&environment) else { return };
        if guest.is_up {
            self.runs(invoke);
        } else {
            guest.first.push(invoke);
            let (at, now) = (guest.function, self.now.since_epoch());
            self.tally(at, |tally| tally.cold_start(now));
        }
    }

    /// It shuts down in no time.
    fn stop(&mut self, environment: EnvironmentNumber) {
        let Some(guest) = self.guests.remove(&environment) else { return };
        let now = self.now.since_epoch();
        self.tally(guest.function, |tally| tally.stopped(now));
        self.fleet.environment_ended(self.now, environment);
        self.inputs += 1;
    }

    fn give_up(&mut self, invoke: InvokeId) {
        let Some(open) = self.open.remove(&invoke) else { return };
        self.fleet.answered(invoke);
        self.inputs += 1;
        let now = self.now.since_epoch();
        self.tally(open.function, |tally| tally.gave_up(now));
        if let Caller::Event(id) = open.caller {
            self.event_refused(open.function, id);
        }
    }
}
