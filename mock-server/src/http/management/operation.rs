//! Which operation of the management API a call is: by its method and its path.
//!
//! All operations of the [API](https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html) are here but the invokes,
//! which are another module's. What is not done yet is known by its name, and refused.

use http::{Method, Uri};
use percent_encoding::percent_decode_str;

use crate::http::target::parameter;

/// An operation of the management API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    AddPermission,
    CreateAlias,
    CreateFunction,
    CreateFunctionUrlConfig,
    DeleteAlias,
    DeleteFunction,
    DeleteFunctionConcurrency,
    DeleteFunctionEventInvokeConfig,
    DeleteFunctionUrlConfig,
    DeleteProvisionedConcurrencyConfig,
    GetAccountSettings,
    GetAlias,
    GetFunction,
    GetFunctionConcurrency,
    GetFunctionConfiguration,
    GetFunctionEventInvokeConfig,
    GetFunctionUrlConfig,
    GetPolicy,
    GetProvisionedConcurrencyConfig,
    ListAliases,
    ListFunctionEventInvokeConfigs,
    ListFunctions,
    ListFunctionUrlConfigs,
    ListProvisionedConcurrencyConfigs,
    ListTags,
    ListVersionsByFunction,
    PublishVersion,
    PutFunctionConcurrency,
    PutFunctionEventInvokeConfig,
    PutProvisionedConcurrencyConfig,
    RemovePermission,
    TagResource,
    UntagResource,
    UpdateAlias,
    UpdateFunctionCode,
    UpdateFunctionConfiguration,
    UpdateFunctionEventInvokeConfig,
    UpdateFunctionUrlConfig,
    /// One that is not emulated, by its name.
    NotEmulated(&'static str),
}

use Operation::NotEmulated;

/// Method and path of every operation; what stands in braces is a name.
const ROUTES: &[(Operation, &str, &str)] = &[
    (Operation::ListFunctions, "GET", "/2015-03-31/functions"),
    (Operation::CreateFunction, "POST", "/2015-03-31/functions"),
    (Operation::GetFunction, "GET", "/2015-03-31/functions/{}"),
    (Operation::DeleteFunction, "DELETE", "/2015-03-31/functions/{}"),
    (Operation::UpdateFunctionCode, "PUT", "/2015-03-31/functions/{}/code"),
    (Operation::GetFunctionConfiguration, "GET", "/2015-03-31/functions/{}/configuration"),
    (Operation::UpdateFunctionConfiguration, "PUT", "/2015-03-31/functions/{}/configuration"),
    (Operation::ListVersionsByFunction, "GET", "/2015-03-31/functions/{}/versions"),
    (Operation::PublishVersion, "POST", "/2015-03-31/functions/{}/versions"),
    (Operation::ListAliases, "GET", "/2015-03-31/functions/{}/aliases"),
    (Operation::CreateAlias, "POST", "/2015-03-31/functions/{}/aliases"),
    (Operation::GetAlias, "GET", "/2015-03-31/functions/{}/aliases/{}"),
    (Operation::UpdateAlias, "PUT", "/2015-03-31/functions/{}/aliases/{}"),
    (Operation::DeleteAlias, "DELETE", "/2015-03-31/functions/{}/aliases/{}"),
    (Operation::GetPolicy, "GET", "/2015-03-31/functions/{}/policy"),
    (Operation::AddPermission, "POST", "/2015-03-31/functions/{}/policy"),
    (Operation::RemovePermission, "DELETE", "/2015-03-31/functions/{}/policy/{}"),
    (Operation::GetAccountSettings, "GET", "/2016-08-19/account-settings"),
    (Operation::ListTags, "GET", "/2017-03-31/tags/{}"),
    (Operation::TagResource, "POST", "/2017-03-31/tags/{}"),
    (Operation::UntagResource, "DELETE", "/2017-03-31/tags/{}"),
    (Operation::PutFunctionConcurrency, "PUT", "/2017-10-31/functions/{}/concurrency"),
    (Operation::DeleteFunctionConcurrency, "DELETE", "/2017-10-31/functions/{}/concurrency"),
    (Operation::GetFunctionConcurrency, "GET", "/2019-09-30/functions/{}/concurrency"),
    (Operation::GetFunctionEventInvokeConfig, "GET", "/2019-09-25/functions/{}/event-invoke-config"),
    (Operation::PutFunctionEventInvokeConfig, "PUT", "/2019-09-25/functions/{}/event-invoke-config"),
    (Operation::UpdateFunctionEventInvokeConfig, "POST", "/2019-09-25/functions/{}/event-invoke-config"),
    (Operation::DeleteFunctionEventInvokeConfig, "DELETE", "/2019-09-25/functions/{}/event-invoke-config"),
    (Operation::ListFunctionEventInvokeConfigs, "GET", "/2019-09-25/functions/{}/event-invoke-config/list"),
    (Operation::GetProvisionedConcurrencyConfig, "GET", "/2019-09-30/functions/{}/provisioned-concurrency"),
    (Operation::PutProvisionedConcurrencyConfig, "PUT", "/2019-09-30/functions/{}/provisioned-concurrency"),
    (
        Operation::DeleteProvisionedConcurrencyConfig,
        "DELETE",
        "/2019-09-30/functions/{}/provisioned-concurrency",
    ),
    (Operation::GetFunctionUrlConfig, "GET", "/2021-10-31/functions/{}/url"),
    (Operation::CreateFunctionUrlConfig, "POST", "/2021-10-31/functions/{}/url"),
    (Operation::UpdateFunctionUrlConfig, "PUT", "/2021-10-31/functions/{}/url"),
    (Operation::DeleteFunctionUrlConfig, "DELETE", "/2021-10-31/functions/{}/url"),
    (Operation::ListFunctionUrlConfigs, "GET", "/2021-10-31/functions/{}/urls"),
    (NotEmulated("ListEventSourceMappings"), "GET", "/2015-03-31/event-source-mappings"),
    (NotEmulated("CreateEventSourceMapping"), "POST", "/2015-03-31/event-source-mappings"),
    (NotEmulated("GetEventSourceMapping"), "GET", "/2015-03-31/event-source-mappings/{}"),
    (NotEmulated("UpdateEventSourceMapping"), "PUT", "/2015-03-31/event-source-mappings/{}"),
    (NotEmulated("DeleteEventSourceMapping"), "DELETE", "/2015-03-31/event-source-mappings/{}"),
    (NotEmulated("ListLayers"), "GET", "/2018-10-31/layers"),
    (NotEmulated("ListLayerVersions"), "GET", "/2018-10-31/layers/{}/versions"),
    (NotEmulated("PublishLayerVersion"), "POST", "/2018-10-31/layers/{}/versions"),
    (NotEmulated("GetLayerVersion"), "GET", "/2018-10-31/layers/{}/versions/{}"),
    (NotEmulated("DeleteLayerVersion"), "DELETE", "/2018-10-31/layers/{}/versions/{}"),
    (NotEmulated("GetLayerVersionPolicy"), "GET", "/2018-10-31/layers/{}/versions/{}/policy"),
    (NotEmulated("AddLayerVersionPermission"), "POST", "/2018-10-31/layers/{}/versions/{}/policy"),
    (NotEmulated("RemoveLayerVersionPermission"), "DELETE", "/2018-10-31/layers/{}/versions/{}/policy/{}"),
    (NotEmulated("ListCodeSigningConfigs"), "GET", "/2020-04-22/code-signing-configs"),
    (NotEmulated("CreateCodeSigningConfig"), "POST", "/2020-04-22/code-signing-configs"),
    (NotEmulated("GetCodeSigningConfig"), "GET", "/2020-04-22/code-signing-configs/{}"),
    (NotEmulated("UpdateCodeSigningConfig"), "PUT", "/2020-04-22/code-signing-configs/{}"),
    (NotEmulated("DeleteCodeSigningConfig"), "DELETE", "/2020-04-22/code-signing-configs/{}"),
    (NotEmulated("ListFunctionsByCodeSigningConfig"), "GET", "/2020-04-22/code-signing-configs/{}/functions"),
    (NotEmulated("GetFunctionCodeSigningConfig"), "GET", "/2020-06-30/functions/{}/code-signing-config"),
    (NotEmulated("PutFunctionCodeSigningConfig"), "PUT", "/2020-06-30/functions/{}/code-signing-config"),
    (
        NotEmulated("DeleteFunctionCodeSigningConfig"),
        "DELETE",
        "/2020-06-30/functions/{}/code-signing-config",
    ),
    (NotEmulated("GetRuntimeManagementConfig"), "GET", "/2021-07-20/functions/{}/runtime-management-config"),
    (NotEmulated("PutRuntimeManagementConfig"), "PUT", "/2021-07-20/functions/{}/runtime-management-config"),
    (NotEmulated("GetFunctionRecursionConfig"), "GET", "/2024-08-31/functions/{}/recursion-config"),
    (NotEmulated("PutFunctionRecursionConfig"), "PUT", "/2024-08-31/functions/{}/recursion-config"),
    (NotEmulated("ListCapacityProviders"), "GET", "/2025-11-30/capacity-providers"),
    (NotEmulated("CreateCapacityProvider"), "POST", "/2025-11-30/capacity-providers"),
    (NotEmulated("GetCapacityProvider"), "GET", "/2025-11-30/capacity-providers/{}"),
    (NotEmulated("UpdateCapacityProvider"), "PUT", "/2025-11-30/capacity-providers/{}"),
    (NotEmulated("DeleteCapacityProvider"), "DELETE", "/2025-11-30/capacity-providers/{}"),
    (
        NotEmulated("ListFunctionVersionsByCapacityProvider"),
        "GET",
        "/2025-11-30/capacity-providers/{}/function-versions",
    ),
    (NotEmulated("GetFunctionScalingConfig"), "GET", "/2025-11-30/functions/{}/function-scaling-config"),
    (NotEmulated("PutFunctionScalingConfig"), "PUT", "/2025-11-30/functions/{}/function-scaling-config"),
    (
        NotEmulated("SendDurableExecutionCallbackFailure"),
        "POST",
        "/2025-12-01/durable-execution-callbacks/{}/fail",
    ),
    (
        NotEmulated("SendDurableExecutionCallbackHeartbeat"),
        "POST",
        "/2025-12-01/durable-execution-callbacks/{}/heartbeat",
    ),
    (
        NotEmulated("SendDurableExecutionCallbackSuccess"),
        "POST",
        "/2025-12-01/durable-execution-callbacks/{}/succeed",
    ),
    (NotEmulated("GetDurableExecution"), "GET", "/2025-12-01/durable-executions/{}"),
    (NotEmulated("DeleteDurableExecution"), "DELETE", "/2025-12-01/durable-executions/{}"),
    (NotEmulated("CheckpointDurableExecution"), "POST", "/2025-12-01/durable-executions/{}/checkpoint"),
    (NotEmulated("GetDurableExecutionHistory"), "GET", "/2025-12-01/durable-executions/{}/history"),
    (NotEmulated("PauseDurableExecution"), "POST", "/2025-12-01/durable-executions/{}/pause"),
    (NotEmulated("ResumeDurableExecution"), "POST", "/2025-12-01/durable-executions/{}/resume"),
    (NotEmulated("GetDurableExecutionState"), "GET", "/2025-12-01/durable-executions/{}/state"),
    (NotEmulated("StopDurableExecution"), "POST", "/2025-12-01/durable-executions/{}/stop"),
    (NotEmulated("ListDurableExecutionsByFunction"), "GET", "/2025-12-01/functions/{}/durable-executions"),
    (NotEmulated("GetResourcePolicy"), "GET", "/2026-07-09/resource-policy/{}"),
    (NotEmulated("PutResourcePolicy"), "PUT", "/2026-07-09/resource-policy/{}"),
    (NotEmulated("DeleteResourcePolicy"), "DELETE", "/2026-07-09/resource-policy/{}"),
];

impl Operation {
    /// The operation, and the names in its path; `None` if it is none of these.
    pub(crate) fn parse(method: &Method, uri: &Uri) -> Option<(Self, Vec<String>)> {
        // The path may end with a slash.
        let path = uri.path().strip_suffix('/').unwrap_or_else(|| uri.path());
        let mut found = ROUTES.iter().filter(|(_, of, _)| *of == method.as_str());
        let (operation, names) =
            found.find_map(|(operation, _, pattern)| Some((*operation, names(pattern, path)?)))?;
        // Two operations have the path of another one, and differ in the query.
        let operation = match operation {
            Self::GetProvisionedConcurrencyConfig if parameter(uri, "List").is_some() => {
                Self::ListProvisionedConcurrencyConfigs
            }
            NotEmulated("ListLayers") if parameter(uri, "find").is_some() => {
                NotEmulated("GetLayerVersionByArn")
            }
            other => other,
        };
        Some((operation, names))
    }

    /// Its name in the API.
    pub(crate) fn name(self) -> String {
        match self {
            NotEmulated(name) => name.to_owned(),
            other => format!("{other:?}"),
        }
    }
}

/// What stands in a path where a pattern has braces; `None` if the path is another one.
fn names(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (mut parts, mut segments) = (pattern.split('/'), path.split('/'));
    let mut names = Vec::new();
    loop {
        match (parts.next(), segments.next()) {
            (None, None) => return Some(names),
            (Some("{}"), Some(segment)) if !segment.is_empty() => {
                names.push(percent_decode_str(segment).decode_utf8_lossy().into_owned());
            }
            (Some(part), Some(segment)) if part == segment => {}
            _ => return None,
        }
    }
}
