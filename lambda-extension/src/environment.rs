//! What an extension's environment says: where the APIs are, and which mode the function runs in.
//!
//! The only place that reads the process environment, and only where no endpoint was given.

use std::{env, path::Path};

use lambda_api::{telemetry::InitializationType, transport::RuntimeApi};

use crate::ExtensionError;

const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
/// [Environment variables](https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
const INITIALIZATION_TYPE: &str = "AWS_LAMBDA_INITIALIZATION_TYPE";

/// The surroundings of an extension.
pub(crate) struct Environment {
    pub(crate) api: RuntimeApi,
    pub(crate) initialization: InitializationType,
}

impl Environment {
    /// What the endpoint says, or the process if none is given.
    pub(crate) fn new(given: Option<RuntimeApi>) -> Result<Self, ExtensionError> {
        let (api, initialization) = match given {
            Some(api) => {
                let initialization = api.variables().and_then(|all| all.get(INITIALIZATION_TYPE)).cloned();
                (api, initialization)
            }
            None => {
                let address =
                    variable(RUNTIME_API).ok_or(ExtensionError::MissingVariable { variable: RUNTIME_API })?;
                (address.parse()?, variable(INITIALIZATION_TYPE))
            }
        };
        let initialization =
            initialization.map_or(InitializationType::OnDemand, |name| InitializationType::from_name(&name));
        Ok(Self { api, initialization })
    }
}

fn variable(name: &str) -> Option<String> {
    let value = env::var_os(name).filter(|value| !value.is_empty())?;
    Some(value.to_string_lossy().into_owned())
}

/// The name under which the process was started: Lambda knows an external extension by the name of its file.
pub(crate) fn executable_name() -> Option<String> {
    let executable = env::args_os().next()?;
    Some(Path::new(&executable).file_name()?.to_string_lossy().into_owned())
}
