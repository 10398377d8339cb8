//! What is drawn: an account with functions, and what happens to them.

use std::time::Duration;

use proptest::{collection::vec, option, prelude::*};

use crate::core::{
    fleet::{Environments, Scale},
    test::scenario::{millis, secs},
};

/// How many functions there are at once.
pub(super) const FUNCTIONS: usize = 3;

/// How many deployments of a function are invoked.
pub(super) const DEPLOYMENTS: usize = 2;

#[derive(Clone, Debug)]
pub(super) struct Sequence {
    pub(super) account: usize,
    pub(super) counts_requests: bool,
    pub(super) scales: [Scale; FUNCTIONS],
    pub(super) steps: Vec<Step>,
}

/// Something that happens. Numbers choose among what there is, round and round.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Invoke {
        function: usize,
        deployment: usize,
        tenant: Option<usize>,
        times: usize,
    },
    /// More requests in one moment than there may be in a second, each answered at once.
    Rush(usize),
    /// An environment has been initialised, and asks for work.
    Up(usize),
    AllUp,
    /// An invocation is answered, wherever it is.
    Answer(usize),
    /// A runtime that has answered asks for more.
    Poll(usize),
    /// An environment answers and asks for more.
    Serve(usize),
    AllServe,
    /// An environment dies by itself, and what it has comes back or is answered.
    Dies {
        environment: usize,
        /// Its invokes come back.
        returns: bool,
        /// Its end is told before its invokes are dealt with.
        first: bool,
    },
    /// One that was told to stop is gone.
    Gone(usize),
    AllGone,
    Wait(Duration),
    WaitForTimer,
    Configure {
        function: usize,
        scale: Scale,
    },
    Provision {
        function: usize,
        deployment: usize,
        wanted: usize,
    },
    StartAhead {
        function: usize,
        deployment: usize,
    },
    /// A new deployment takes the place of one.
    Retire {
        function: usize,
        deployment: usize,
    },
    StopAll(usize),
    /// A function goes, and another one comes.
    Replace(usize),
}

pub(super) fn sequences() -> impl Strategy<Value = Sequence> {
    (1_usize..9, any::<bool>(), [scales(), scales(), scales()], vec(steps(), 20..120)).prop_map(
        |(account, counts_requests, scales, steps)| Sequence { account, counts_requests, scales, steps },
    )
}

fn scales() -> impl Strategy<Value = Scale> {
    let places = prop_oneof![
        3 => Just((1, Environments::OnDemand)),
        1 => (1_usize..4, 0_usize..3, 0_usize..5)
            .prop_map(|(places, least, most)| (places, Environments::Instances { least, most })),
    ];
    let lifetime = option::of((1_u64..30).prop_map(secs));
    (option::of(0_usize..5), places, lifetime, 1_u64..20).prop_map(
        |(reserved, (per_environment, environments), idle_lifetime, patience)| Scale {
            reserved,
            per_environment,
            environments,
            idle_lifetime,
            patience: secs(patience),
        },
    )
}

fn steps() -> impl Strategy<Value = Step> {
    let (function, deployment) = (0..FUNCTIONS, 0..DEPLOYMENTS);
    let which = || 0_usize..64;
    let of = (function.clone(), deployment);
    let tenant = prop_oneof![4 => Just(None), 1 => (0_usize..2).prop_map(Some)];
    let times = prop_oneof![8 => Just(1_usize), 2 => 2_usize..6, 1 => Just(30_usize)];
    prop_oneof![
        10 => (of.clone(), tenant, times).prop_map(|((function, deployment), tenant, times)| {
            Step::Invoke { function, deployment, tenant, times }
        }),
        1 => function.clone().prop_map(Step::Rush),
        4 => which().prop_map(Step::Up),
        2 => Just(Step::AllUp),
        4 => which().prop_map(Step::Answer),
        4 => which().prop_map(Step::Poll),
        6 => which().prop_map(Step::Serve),
        1 => Just(Step::AllServe),
        3 => (which(), any::<bool>(), any::<bool>())
            .prop_map(|(environment, returns, first)| Step::Dies { environment, returns, first }),
        3 => which().prop_map(Step::Gone),
        1 => Just(Step::AllGone),
        4 => (0_u64..8_000).prop_map(|time| Step::Wait(millis(time))),
        2 => Just(Step::WaitForTimer),
        2 => (function.clone(), scales()).prop_map(|(function, scale)| Step::Configure { function, scale }),
        2 => (of.clone(), 0_usize..4).prop_map(|((function, deployment), wanted)| {
            Step::Provision { function, deployment, wanted }
        }),
        1 => of.clone().prop_map(|(function, deployment)| Step::StartAhead { function, deployment }),
        1 => of.prop_map(|(function, deployment)| Step::Retire { function, deployment }),
        1 => function.clone().prop_map(Step::StopAll),
        1 => function.prop_map(Step::Replace),
    ]
}
