//! What a caller says about itself: the client context and the Amazon Cognito identity.
//!
//! Both are JSON that anybody who may invoke the function can choose, so any JSON is taken: a member of an
//! unexpected form counts as absent, and the whole is kept as it came.

use serde::Serialize;
use serde_json::{Map, Value};

/// The client context of an invocation, normally sent by the AWS Mobile SDKs.
///
/// Source: header `Lambda-Runtime-Client-Context` of the
/// [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
///
/// ```
/// use lambda_runtime::ClientContext;
/// use serde_json::json;
///
/// let context = ClientContext::from(json!({ "custom": { "retries": 3 }, "env": { "locale": "de" } }));
/// assert_eq!(context.custom["retries"], 3);
/// assert_eq!(context.environment["locale"], "de");
/// assert!(context.client.is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClientContext {
    /// The application: member `client`.
    pub client: Option<ClientApplication>,
    /// Values of the application's own: member `custom`.
    pub custom: Map<String, Value>,
    /// What the application runs on: member `env`.
    pub environment: Map<String, Value>,
    /// The client context as it came, but for member `w3c`, which is in [`Context::trace`](crate::Context::trace).
    #[serde(skip)]
    pub raw: Value,
}

/// The application that invoked the function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ClientApplication {
    /// Member `installation_id`.
    pub installation_id: Option<String>,
    /// Member `app_title`.
    pub app_title: Option<String>,
    /// Member `app_version_name`.
    pub app_version_name: Option<String>,
    /// Member `app_version_code`.
    pub app_version_code: Option<String>,
    /// Member `app_package_name`.
    pub app_package_name: Option<String>,
}

impl From<Value> for ClientContext {
    fn from(raw: Value) -> Self {
        let object = |name: &str| raw.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
        let client = raw.get("client").and_then(Value::as_object).map(|client| ClientApplication {
            installation_id: text(client, "installation_id", "installationId"),
            app_title: text(client, "app_title", "appTitle"),
            app_version_name: text(client, "app_version_name", "appVersionName"),
            app_version_code: text(client, "app_version_code", "appVersionCode"),
            app_package_name: text(client, "app_package_name", "appPackageName"),
        });
        Self { client, custom: object("custom"), environment: object("env"), raw }
    }
}

/// The Amazon Cognito identity of whoever invoked the function.
///
/// Source: header `Lambda-Runtime-Cognito-Identity` of the
/// [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CognitoIdentity {
    /// Member `cognitoIdentityId`; empty if absent.
    pub identity_id: String,
    /// Member `cognitoIdentityPoolId`; empty if absent.
    pub identity_pool_id: String,
}

impl From<Value> for CognitoIdentity {
    fn from(raw: Value) -> Self {
        let text =
            |name, other| raw.as_object().and_then(|object| text(object, name, other)).unwrap_or_default();
        Self {
            identity_id: text("cognitoIdentityId", "identityId"),
            identity_pool_id: text("cognitoIdentityPoolId", "identityPoolId"),
        }
    }
}

/// A text under its documented name, or under the one that some clients send.
fn text(object: &Map<String, Value>, name: &str, other: &str) -> Option<String> {
    object.get(name).or_else(|| object.get(other)).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod test {
    use serde_json::json;

    use super::*;

    #[test]
    fn any_json_is_a_client_context() {
        for odd in [json!(null), json!(7), json!([]), json!({ "client": 1, "custom": [], "env": "x" })] {
            let context = ClientContext::from(odd.clone());
            assert_eq!((context.client, context.custom.len(), context.raw), (None, 0, odd));
        }
    }

    #[test]
    fn a_client_with_members_missing_is_a_client() {
        let context =
            ClientContext::from(json!({ "client": { "app_title": "shop", "app_version_code": 7 } }));
        let client = context.client.unwrap();
        assert_eq!((client.app_title.as_deref(), client.app_version_code), (Some("shop"), None));
    }

    #[test]
    fn an_identity_without_members_is_empty() {
        assert_eq!(CognitoIdentity::from(json!({})), CognitoIdentity::default());
        let whole = json!({ "cognitoIdentityId": "a", "cognitoIdentityPoolId": "b" });
        assert_eq!(CognitoIdentity::from(whole).identity_pool_id, "b");
    }
}
