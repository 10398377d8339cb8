//! What runs in an environment: the code and the configuration of one version of a function, which never change.
//!
//! It is made by `deploy` from what the `builder` says. The driver reads it; which environments it has is decided in
//! [`fleet`](crate::core::fleet).

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use super::builder::Description;
use crate::{
    core::{
        Initialization, Settings, Time,
        catalog::{FunctionId, Version},
        fleet::{DeploymentId, Environments, Scale},
    },
    guest::{Code, ExternalExtension, Wrapper},
};

/// One version of a function, ready to run.
pub(crate) struct Deployment {
    pub(crate) id: DeploymentId,
    pub(crate) function: FunctionId,
    pub(crate) version: Version,
    /// When it was made; a published version is as old as what it was made of.
    pub(crate) made: Time,
    /// What it was made from.
    pub(crate) description: Description,
    pub(crate) arn: String,
    pub(crate) settings: Settings,
    pub(crate) variables: Arc<BTreeMap<String, String>>,
    pub(crate) code: Arc<Code>,
    pub(crate) extensions: Arc<Vec<ExternalExtension>>,
    pub(crate) are_extensions_disabled: bool,
    pub(crate) wrapper: Option<Arc<Wrapper>>,
    /// Where what layers brought lies.
    pub(crate) opt: Option<PathBuf>,
}

impl Deployment {
    pub(crate) fn name(&self) -> &str {
        &self.settings.function.function_name
    }

    /// The version as the guest sees it.
    pub(crate) fn version(&self) -> &str {
        &self.settings.function.function_version
    }

    /// What an environment is told; one that is made ready ahead of any invoke knows it.
    pub(crate) fn settings(&self, is_provisioned: bool) -> Settings {
        let mut settings = self.settings.clone();
        if is_provisioned && settings.initialization == Initialization::OnDemand {
            settings.initialization = Initialization::ProvisionedConcurrency;
        }
        settings
    }

    /// What the runtime and all that it starts may use.
    pub(crate) fn memory_limit_mb(&self) -> Option<u32> {
        self.description.enforces_memory.then_some(self.settings.memory_mb)
    }

    /// How many invocations an environment takes at once.
    pub(crate) fn per_environment(&self) -> usize {
        self.description.max_concurrency
    }

    /// How far the function scales, as far as this version decides about it.
    pub(crate) fn scale(&self, reserved: Option<usize>) -> Scale {
        let is_managed = self.settings.initialization == Initialization::ManagedInstances;
        let environments = if self.code.has_fixed_address() {
            // There is one of what has one address.
            Environments::Instances { least: 1, most: 1 }
        } else if is_managed {
            let (least, most) = self.description.instances;
            Environments::Instances { least, most }
        } else {
            Environments::OnDemand
        };
        // Init and an invocation may come before it, and a reset between them.
        let Settings { timeout, exit_wait, .. } = self.settings;
        let patience = self.settings.init_timeout().saturating_add(timeout);
        Scale {
            reserved,
            per_environment: self.description.max_concurrency,
            environments,
            idle_lifetime: self.description.idle_lifetime,
            patience: patience.saturating_add(exit_wait.saturating_mul(2)),
        }
    }
}
