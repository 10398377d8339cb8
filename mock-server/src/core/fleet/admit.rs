//! Whether an invoke is let in: concurrency, growth, and the rate of requests.

use std::sync::Arc;

use super::{
    DeploymentId, Environments, Fleet, FunctionId, InvokeId, Open, ThrottleReason, Throttled, Time,
    function::request_rate,
    pool::{Pool, Tenant},
};

impl Fleet {
    /// Somebody invokes a deployment of a function; with tenant isolation, on behalf of a tenant.
    ///
    /// Unless it is refused, an effect says which environment takes it, sooner or later.
    ///
    /// # Errors
    ///
    /// [`Throttled`] if it would be one too many; then nothing has changed.
    pub fn invoke(
        &mut self,
        now: Time,
        invoke: InvokeId,
        function: FunctionId,
        deployment: DeploymentId,
        tenant: Option<&str>,
    ) -> Result<(), Throttled> {
        let tenant: Tenant = tenant.map(Arc::from);
        // What is made ready ahead is made for no tenant, and tenants share nothing.
        let is_provisioned =
            tenant.is_none() && self.pools.get(&deployment).is_some_and(Pool::has_provisioned);
        if !is_provisioned {
            self.check_concurrency(now, function, deployment, &tenant)?;
        } else if self.functions.get(&function).is_some_and(|entry| entry.scale.reserved == Some(0)) {
            self.check_room(function)?;
        }
        // A concurrency of zero is no matter of the rate, and what is refused does not count.
        self.count_request(now, function)?;
        if is_provisioned {
            self.change_provisioned(function, deployment, |pool| pool.in_use += 1);
        } else {
            self.add_on_demand(function, 1);
        }
        if self.pools.get(&deployment).is_some_and(Pool::lacks_one) {
            self.fit(now, function, deployment);
        }
        let is_on_demand = !is_provisioned;
        let open = Open { function, deployment, tenant, environment: None, is_on_demand, give_up: None };
        self.open.insert(invoke, open);
        self.pool(function, deployment).open += 1;
        self.place(now, invoke);
        self.scale_instances(now, function, deployment);
        Ok(())
    }

    fn count_request(&mut self, now: Time, function: FunctionId) -> Result<(), Throttled> {
        if !self.account.counts_requests {
            return Ok(());
        }
        let Some(entry) = self.functions.get_mut(&function) else { return Ok(()) };
        let (bucket, reason) = match &mut entry.requests {
            Some(bucket) => (bucket, ThrottleReason::ReservedFunctionInvocationRateLimitExceeded),
            None if entry.scale.environments != Environments::OnDemand => return Ok(()),
            None => {
                let rate = request_rate(self.account.concurrency, now);
                let bucket = self.requests.get_or_insert(rate);
                (bucket, ThrottleReason::FunctionInvocationRateLimitExceeded)
            }
        };
        if !bucket.has_one(now) {
            return Err(Throttled { reason });
        }
        bucket.take(now);
        Ok(())
    }

    fn check_concurrency(
        &self,
        now: Time,
        function: FunctionId,
        deployment: DeploymentId,
        tenant: &Tenant,
    ) -> Result<(), Throttled> {
        self.check_room(function)?;
        let Some(entry) = self.functions.get(&function) else { return Ok(()) };
        let is_idle = self.pools.get(&deployment).is_some_and(|pool| pool.has_on_demand(tenant));
        // One that makes room for another is replaced, which is no slower.
        let grows = !is_idle && entry.busy_environments() < entry.most_environments(self.account);
        if grows && entry.scale.environments == Environments::OnDemand && !entry.growth.has_one(now) {
            return Err(Throttled { reason: ThrottleReason::ConcurrentInvocationLimitExceeded });
        }
        Ok(())
    }

    /// Whether one more invocation may be under way that no provisioned environment has.
    pub(super) fn check_room(&self, function: FunctionId) -> Result<(), Throttled> {
        let Some(entry) = self.functions.get(&function) else { return Ok(()) };
        let (is_full, reason) = match entry.own_limit() {
            Some(limit) => {
                (entry.on_demand >= limit, ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded)
            }
            None => (
                self.unreserved >= self.unreserved_concurrency(),
                ThrottleReason::ConcurrentInvocationLimitExceeded,
            ),
        };
        if is_full { Err(Throttled { reason }) } else { Ok(()) }
    }
}
