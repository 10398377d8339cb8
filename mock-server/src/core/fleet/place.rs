//! The way of an invoke to its environment, and of an environment from one invoke to the next.

use super::{
    DeploymentId, Environment, EnvironmentNumber, Environments, Fleet, FleetEffect, Function, FunctionId,
    InvokeId, Open, Time,
    pool::{Pool, Tenant},
};

impl Fleet {
    /// An environment that was given an invoke has not taken it: another one is to.
    pub fn returned(&mut self, now: Time, invoke: InvokeId) {
        if self.leave(invoke) {
            self.place(now, invoke);
        }
    }

    /// An invocation has been answered, or its caller was told that it will not be: there is room for another one.
    pub fn answered(&mut self, invoke: InvokeId) {
        self.leave(invoke);
        let Some(open) = self.open.remove(&invoke) else { return };
        if let Some(time) = open.give_up {
            self.given_up.remove(&(time, invoke));
            if let Some(function) = self.functions.get_mut(&open.function) {
                function.waiting.retain(|&waiting| waiting != invoke);
            }
        }
        if open.is_on_demand {
            self.add_on_demand(open.function, -1);
        } else {
            self.change_provisioned(open.function, open.deployment, |pool| pool.in_use -= 1);
        }
        if let Some(pool) = self.pools.get_mut(&open.deployment) {
            pool.open -= 1;
        }
        self.forget_if_over(open.deployment);
    }

    /// An environment would take one more invoke.
    pub fn environment_free(&mut self, now: Time, environment: EnvironmentNumber) {
        let Some(entry) = self.environments.get_mut(&environment).filter(|entry| !entry.is_stopping) else {
            return;
        };
        let (function, deployment, tenant) = (entry.function, entry.deployment, entry.tenant.clone());
        let (is_provisioned, busy) = (entry.is_provisioned, entry.busy);
        let is_retired = self.pools.get(&deployment).is_some_and(|pool| pool.is_retired);
        let takes = |open: &Open| {
            open.deployment == deployment && open.tenant == tenant && open.is_on_demand != is_provisioned
        };
        let waiting = self.functions.get(&function).and_then(|entry| {
            let mut waiting = entry.waiting.iter();
            waiting.position(|invoke| self.open.get(invoke).is_some_and(takes))
        });
        let waiting = waiting.and_then(|at| self.functions.get_mut(&function)?.waiting.remove(at));
        if let Some(invoke) = waiting {
            self.send(invoke, environment);
        } else if is_retired && busy == 0 {
            self.stop(environment);
        } else {
            self.becomes_idle(now, environment);
            if is_provisioned {
                self.fit(now, function, deployment);
            }
            // It may be in the way of an invoke that it cannot take.
            self.settle(now, function);
        }
    }

    /// An environment has been initialised.
    pub fn environment_ready(&mut self, environment: EnvironmentNumber) {
        // What comes up on its way out was never there for anybody.
        let entry = self.environments.get_mut(&environment).filter(|entry| !entry.is_stopping);
        let Some(entry) = entry else { return };
        if !std::mem::replace(&mut entry.is_ready, true) && entry.is_provisioned {
            let deployment = entry.deployment;
            self.provisioned_is_ready(deployment);
        }
    }

    /// An environment is gone.
    pub fn environment_ended(&mut self, now: Time, environment: EnvironmentNumber) {
        let was_stopped = self.environments.get(&environment).is_some_and(|entry| entry.is_stopping);
        if !was_stopped {
            self.mark_stopping(environment);
        }
        let Some(entry) = self.environments.remove(&environment) else { return };
        if let Some(pool) = self.pools.get_mut(&entry.deployment) {
            pool.environments -= 1;
        }
        if let Some(function) = self.functions.get_mut(&entry.function)
            && entry.is_counted
        {
            function.environments = function.environments.saturating_sub(1);
        }
        if entry.is_provisioned {
            self.provisioned_has_ended(now, &entry, was_stopped);
        }
        self.forget_if_over(entry.deployment);
        self.settle(now, entry.function);
    }

    /// Starts an environment ahead of any invoke, if there may be one more.
    pub fn start_ahead(
        &mut self,
        now: Time,
        function: FunctionId,
        deployment: DeploymentId,
    ) -> Option<EnvironmentNumber> {
        let entry = self.functions.get(&function)?;
        let may_grow =
            entry.environments < entry.most_environments(self.account) && entry.growth.has_one(now);
        may_grow.then(|| self.start(now, function, deployment, None, false))
    }

    /// Finds an environment for an open invoke, or lets it wait for one.
    pub(super) fn place(&mut self, now: Time, invoke: InvokeId) {
        let Some(open) = self.open.get(&invoke) else { return };
        let (function, deployment, tenant) = (open.function, open.deployment, open.tenant.clone());
        let is_on_demand = open.is_on_demand;
        let pool = self.pool(function, deployment);
        let idle = if is_on_demand { pool.take_on_demand(&tenant) } else { pool.take_provisioned() };
        if !is_on_demand && idle.is_none() {
            // What was to take it has ended. It takes a place on demand, or waits for what comes instead.
            if self.check_room(function).is_ok() {
                self.becomes_on_demand(invoke);
                self.place(now, invoke);
            } else {
                self.wait(now, invoke);
            }
            return;
        }
        if let Some(environment) = idle {
            if let Some(entry) = self.environments.get_mut(&environment) {
                entry.free -= 1;
            }
            self.send(invoke, environment);
            return;
        }
        self.make_room(function);
        if !self.may_start(function, deployment) {
            self.wait(now, invoke);
            return;
        }
        let environment = self.start(now, function, deployment, tenant, false);
        self.send(invoke, environment);
        self.scale_instances(now, function, deployment);
    }

    /// Whether an invoke of the function that waits may start an environment.
    fn may_start(&self, function: FunctionId, deployment: DeploymentId) -> bool {
        let Some(entry) = self.functions.get(&function) else { return false };
        let is_room = entry.environments < entry.most_environments(self.account);
        match entry.scale.environments {
            Environments::OnDemand => is_room,
            // The first invoke starts them all, and the others wait for one of them.
            Environments::Instances { .. } => {
                is_room && self.pools.get(&deployment).is_none_or(|pool| pool.live == 0)
            }
        }
    }

    /// Starts the instances that are missing, and one more if more than half of what they take is under way.
    pub(super) fn scale_instances(&mut self, now: Time, function: FunctionId, deployment: DeploymentId) {
        let (Some(entry), Some(pool)) = (self.functions.get(&function), self.pools.get(&deployment)) else {
            return;
        };
        let Environments::Instances { least, .. } = entry.scale.environments else { return };
        if pool.live == 0 || pool.is_retired {
            return;
        }
        let places = pool.live.saturating_mul(entry.scale.per_environment);
        let is_busy = pool.open.saturating_mul(2) > places;
        let wanted = least.max(pool.live + usize::from(is_busy));
        let room = entry.most_environments(self.account).saturating_sub(entry.environments);
        for _ in 0..room.min(wanted - pool.live) {
            self.start(now, function, deployment, None, false);
        }
    }

    fn wait(&mut self, now: Time, invoke: InvokeId) {
        let Some(open) = self.open.get_mut(&invoke) else { return };
        let Some(function) = self.functions.get_mut(&open.function) else {
            self.effects.push_back(FleetEffect::GiveUp { invoke });
            return;
        };
        function.waiting.push_back(invoke);
        let until = *open.give_up.get_or_insert(now + function.scale.patience);
        self.given_up.insert((until, invoke));
    }

    /// Environments that wait in vain make room for one of another deployment or tenant, unless that is not enough.
    fn make_room(&mut self, function: FunctionId) {
        let Some(entry) = self.functions.get(&function) else { return };
        let most = entry.most_environments(self.account);
        if entry.busy_environments() >= most {
            return;
        }
        let too_many = (entry.environments + 1).saturating_sub(most);
        let idle: Vec<_> = entry.idle.iter().take(too_many).map(|&(_, environment)| environment).collect();
        idle.into_iter().for_each(|environment| self.stop(environment));
    }

    /// Something has changed: invokes that wait may have a place now.
    pub(super) fn settle(&mut self, now: Time, function: FunctionId) {
        let Some(entry) = self.functions.get_mut(&function) else { return };
        let waiting = std::mem::take(&mut entry.waiting);
        for invoke in waiting {
            self.place(now, invoke);
        }
    }

    fn send(&mut self, invoke: InvokeId, environment: EnvironmentNumber) {
        if let Some(open) = self.open.get_mut(&invoke) {
            open.environment = Some(environment);
            if let Some(time) = open.give_up.take() {
                self.given_up.remove(&(time, invoke));
            }
        }
        if let Some(entry) = self.environments.get_mut(&environment) {
            entry.busy += 1;
            let function = entry.function;
            if let Some(since) = entry.idle_since.take() {
                self.end_idle(function, since, environment);
            }
        }
        self.effects.push_back(FleetEffect::Send { environment, invoke });
    }

    /// The invoke's environment, if it has one, has nothing to do with it any more.
    fn leave(&mut self, invoke: InvokeId) -> bool {
        let Some(environment) = self.open.get_mut(&invoke).and_then(|open| open.environment.take()) else {
            return false;
        };
        if let Some(entry) = self.environments.get_mut(&environment) {
            entry.busy = entry.busy.saturating_sub(1);
        }
        true
    }

    fn becomes_idle(&mut self, now: Time, environment: EnvironmentNumber) {
        let Some(entry) = self.environments.get_mut(&environment) else { return };
        let (deployment, tenant, is_provisioned) =
            (entry.deployment, entry.tenant.clone(), entry.is_provisioned);
        entry.free += 1;
        let function = entry.function;
        let is_on_demand = |entry: &Function| entry.scale.environments == Environments::OnDemand;
        if !is_provisioned
            && entry.busy == 0
            && entry.idle_since.is_none()
            && self.functions.get(&function).is_some_and(is_on_demand)
        {
            entry.idle_since = Some(now);
            self.begin_idle(function, now, environment);
        }
        self.pool(function, deployment).put(environment, &tenant, is_provisioned);
    }

    pub(super) fn start(
        &mut self,
        now: Time,
        function: FunctionId,
        deployment: DeploymentId,
        tenant: Tenant,
        is_provisioned: bool,
    ) -> EnvironmentNumber {
        self.newest += 1;
        let number = self.newest;
        if let Some(entry) = self.functions.get_mut(&function)
            && !is_provisioned
        {
            entry.environments += 1;
            entry.growth.take(now);
        }
        let pool = self.pool(function, deployment);
        pool.environments += 1;
        pool.live += usize::from(!is_provisioned);
        let environment = Environment {
            function,
            deployment,
            tenant,
            is_provisioned,
            is_counted: !is_provisioned,
            is_ready: false,
            is_stopping: false,
            busy: 0,
            free: 0,
            idle_since: None,
        };
        self.environments.insert(number, environment);
        self.effects.push_back(FleetEffect::Start { environment: number, deployment, is_provisioned });
        number
    }

    pub(super) fn mark_stopping(&mut self, environment: EnvironmentNumber) {
        let Some(entry) = self.environments.get_mut(&environment) else { return };
        entry.is_stopping = true;
        if let Some(function) = self.functions.get_mut(&entry.function)
            && entry.is_counted
            && function.scale.environments == Environments::OnDemand
        {
            entry.is_counted = false;
            function.environments = function.environments.saturating_sub(1);
        }
        let (function, idle_since) = (entry.function, entry.idle_since.take());
        let tenant = entry.tenant.clone();
        if let Some(pool) = self.pools.get_mut(&entry.deployment) {
            pool.live -= usize::from(!entry.is_provisioned);
            pool.forget(environment, &tenant, entry.is_provisioned, std::mem::take(&mut entry.free));
        }
        if let Some(since) = idle_since {
            self.end_idle(function, since, environment);
        }
    }

    pub(super) fn pool(&mut self, function: FunctionId, deployment: DeploymentId) -> &mut Pool {
        self.pools.entry(deployment).or_insert_with(|| Pool::new(function))
    }

    pub(super) fn forget_if_over(&mut self, deployment: DeploymentId) {
        if self.pools.get(&deployment).is_some_and(Pool::is_over) {
            self.pools.remove(&deployment);
        }
    }

    fn becomes_on_demand(&mut self, invoke: InvokeId) {
        let Some(open) = self.open.get_mut(&invoke) else { return };
        open.is_on_demand = true;
        let (function, deployment) = (open.function, open.deployment);
        self.change_provisioned(function, deployment, |pool| pool.in_use -= 1);
        self.add_on_demand(function, 1);
    }

    pub(super) fn add_on_demand(&mut self, function: FunctionId, change: isize) {
        let Some(entry) = self.functions.get_mut(&function) else { return };
        self.unreserved -= entry.unreserved();
        entry.on_demand = entry.on_demand.saturating_add_signed(change);
        self.unreserved += entry.unreserved();
    }
}
