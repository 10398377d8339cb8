//! The pure core alone: what the state machines make of their inputs.

use bytes::Bytes;
use lambda_api::{RequestId, runtime::response::ResponseMode};
use mock_server::core::{
    Call, CallId, Effect, ExecutionEnvironment, Input, Invoke, InvokeId, Phase, Settings, Time,
    catalog::FunctionId,
    fleet::{AccountLimits, DeploymentId, Fleet, FleetEffect, Scale},
};

use super::EVENT;
use crate::Result;

/// An invocation is so many inputs of an environment: the invoke, the response and the body of it in two, and the next poll.
pub const ENVIRONMENT_INPUTS: usize = 5;
/// And so many of the fleet: the invoke, its answer, and the environment that is free again.
pub const FLEET_INPUTS: usize = 3;

pub fn environment(invocations: usize) -> Result<()> {
    let now = Time::default();
    let mut environment = ExecutionEnvironment::new(Settings::default(), now);
    let request_id = RequestId::new("8476a536-e9f4-11e8-9739-2dfe598c3fcd")?;
    let (event, mut answers) = (Bytes::from_static(EVENT.as_bytes()), 0);
    let mut calls = 0..;
    let mut next_call = || CallId(calls.next().unwrap_or_default());
    let mut handle = |input| {
        let taken = environment.handle(now, input);
        while let Some(effect) = environment.poll_effect() {
            answers += usize::from(matches!(effect, Effect::Answer { .. }));
        }
        taken.map_err(|rejection| format!("{rejection:?}"))
    };
    handle(Input::Called { call: next_call(), request: Call::Next })?;
    for id in 0..invocations as u64 {
        handle(Input::Invoked(Box::new(Invoke::new(InvokeId(id), request_id.clone(), event.clone()))))?;
        let call = next_call();
        let request = Call::Response {
            request_id: Some(request_id.clone()),
            invocation_id: None,
            content_type: None,
            mode: Some(ResponseMode::Buffered),
        };
        handle(Input::Called { call, request })?;
        handle(Input::BodyArrived { call, bytes: event.clone() })?;
        handle(Input::BodyEnded { call, trailers: None })?;
        handle(Input::Called { call: next_call(), request: Call::Next })?;
    }
    if environment.phase() != Phase::Idle || answers != invocations {
        return Err(format!("{answers} answers, and then {:?}", environment.phase()).into());
    }
    Ok(())
}

pub fn fleet(size: usize, invocations: usize) -> Result<()> {
    let (now, function, deployment) = (Time::default(), FunctionId(1), DeploymentId(1));
    let mut account = AccountLimits::default();
    account.concurrency = size + 1;
    let mut fleet = Fleet::new(account);
    fleet.configure(now, function, Scale::default());
    fleet.provision(now, function, deployment, size);
    while let Some(effect) = fleet.poll_effect() {
        if let FleetEffect::Start { environment, .. } = effect {
            fleet.environment_ready(environment);
            fleet.environment_free(now, environment);
        }
    }
    for id in 0..invocations as u64 {
        let invoke = InvokeId(id);
        fleet.invoke(now, invoke, function, deployment, None).map_err(|refused| format!("{refused:?}"))?;
        let Some(FleetEffect::Send { environment, .. }) = fleet.poll_effect() else {
            return Err("the invoke was not sent".into());
        };
        fleet.answered(invoke);
        fleet.environment_free(now, environment);
    }
    Ok(())
}
