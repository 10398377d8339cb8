//! Resource policies: statements are kept and shown, and nobody is refused for the lack of one.
//!
//! Source: [resource-based policies](https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html).

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json, value::RawValue};

use super::{
    Request, Revision, arn, find, no_content, not_found, ok, or_latest, refusal, reply, version_of,
    violations::Violations,
};
use crate::{
    core::catalog::FunctionId,
    http::{refusal::Refusal, target::Target},
    hub::Hub,
};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AddPermission {
    statement_id: Option<String>,
    action: Option<String>,
    principal: Option<String>,
    source_arn: Option<String>,
    source_account: Option<String>,
    event_source_token: Option<String>,
    #[serde(rename = "PrincipalOrgID")]
    principal_org_id: Option<String>,
    function_url_auth_type: Option<String>,
    invoked_via_function_url: Option<bool>,
    revision_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Added<'a> {
    statement: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetPolicy {
    policy: String,
    revision_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy<'a> {
    version: &'static str,
    id: &'static str,
    statement: Vec<&'a RawValue>,
}

impl AddPermission {
    fn check(&self) -> Result<(), Refusal> {
        let mut violations = Violations::default();
        violations.present(&self.statement_id, "statementId");
        violations.present(&self.action, "action");
        violations.present(&self.principal, "principal");
        let is_id = |text: &str| {
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            !text.is_empty() && text.bytes().all(is_allowed)
        };
        violations.pattern(self.statement_id.as_deref(), "statementId", is_id, "([a-zA-Z0-9-_]+)");
        violations.length(self.statement_id.as_deref(), "statementId", 1..=100);
        let is_action = |text: &str| {
            let name = text.strip_prefix("lambda:");
            let is_name =
                |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
            text == "*" || name.is_some_and(|name| name == "*" || is_name(name))
        };
        violations.pattern(self.action.as_deref(), "action", is_action, "(lambda:[*]|lambda:[a-zA-Z]+|[*])");
        violations.one_of(
            self.function_url_auth_type.as_deref(),
            "functionUrlAuthType",
            &["NONE", "AWS_IAM"],
        );
        violations.end()
    }

    /// The statement as policies write it.
    fn statement(&self, resource: &str) -> Value {
        let principal = self.principal.as_deref().unwrap_or_default();
        let is_account = principal.len() == 12 && principal.bytes().all(|byte| byte.is_ascii_digit());
        let principal = match principal {
            "*" => json!("*"),
            account if is_account => json!({ "AWS": format!("arn:aws:iam::{account}:root") }),
            arn if arn.starts_with("arn:") => json!({ "AWS": arn }),
            service => json!({ "Service": service }),
        };
        let mut conditions = Map::new();
        let mut add = |operator: &str, key: &str, value: Option<Value>| {
            let Some(value) = value else { return };
            let keys = conditions.entry(operator).or_insert_with(|| json!({}));
            keys[key] = value;
        };
        let text = |value: &Option<String>| value.clone().map(Value::String);
        add("StringEquals", "lambda:EventSourceToken", text(&self.event_source_token));
        add("StringEquals", "lambda:FunctionUrlAuthType", text(&self.function_url_auth_type));
        add("StringEquals", "aws:PrincipalOrgID", text(&self.principal_org_id));
        add("StringEquals", "AWS:SourceAccount", text(&self.source_account));
        add("ArnLike", "AWS:SourceArn", text(&self.source_arn));
        let is_url = self.invoked_via_function_url.map(|is_url| json!(is_url.to_string()));
        add("Bool", "lambda:InvokedViaFunctionUrl", is_url);
        let mut statement = json!({
            "Sid": self.statement_id,
            "Effect": "Allow",
            "Principal": principal,
            "Action": self.action,
            "Resource": resource,
        });
        if !conditions.is_empty() {
            statement["Condition"] = Value::Object(conditions);
        }
        statement
    }
}

/// What identifies the version or alias whose policy it is.
fn revision(hub: &mut Hub, function: FunctionId, target: &Target) -> Result<Revision, Refusal> {
    let qualifier = target.qualifier.as_deref();
    let alias = qualifier.and_then(|qualifier| hub.catalog.alias_revision(function, qualifier));
    if let Some(revision) = alias {
        return Ok(Revision::Alias(revision));
    }
    let version = version_of(hub, function, &target.name, qualifier)?;
    let deployment = hub.catalog.content(function, version);
    let deployment = deployment.ok_or_else(|| not_found(&target.name, qualifier))?;
    Ok(Revision::Deployment(deployment.id.0))
}

pub(super) fn add(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.target()?;
    let wanted: AddPermission = request.read()?;
    wanted.check()?;
    if target.qualifier.as_deref() == Some("$LATEST") {
        return Err(Refusal::invalid_parameter("We currently do not support adding policies for $LATEST."));
    }
    let mut hub = request.service.world.hub();
    let function = find(&hub, &target)?;
    revision(&mut hub, function, &target)?.check(wanted.revision_id.as_deref())?;
    let statement = wanted.statement(&arn(&target.name, target.qualifier.as_deref())).to_string();
    let qualifier = or_latest(target.qualifier.as_deref());
    let policy =
        hub.catalog.policy_mut(function, &qualifier).map_err(|error| refusal(&error, &target.name))?;
    let id = wanted.statement_id.unwrap_or_default();
    if policy.contains_key(&id) {
        return Err(Refusal::conflict(format!(
            "The statement id ({id}) provided already exists. Please provide a new statement id, or remove the existing \
             statement."
        )));
    }
    policy.insert(id, statement.clone());
    reply(StatusCode::CREATED, &Added { statement: &statement })
}

pub(super) fn get(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let target = request.target()?;
    let mut hub = request.service.world.hub();
    let function = find(&hub, &target)?;
    let revision = revision(&mut hub, function, &target)?;
    let qualifier = or_latest(target.qualifier.as_deref());
    let policy = hub.catalog.policy(function, &qualifier).map_err(|error| refusal(&error, &target.name))?;
    let missing = || Refusal::no_resource("The resource you requested does not exist.".to_owned());
    // Each was written as JSON.
    let statements = policy.ok_or_else(missing)?.values().filter_map(|text| serde_json::from_str(text).ok());
    let policy = Policy { version: "2012-10-17", id: "default", statement: statements.collect() };
    let policy = serde_json::to_string(&policy);
    let policy =
        policy.map_err(|error| Refusal::service(format!("the policy cannot be written: {error}")))?;
    ok(&GetPolicy { policy, revision_id: revision.id() })
}

pub(super) fn remove(request: &Request<'_>) -> Result<Response<Bytes>, Refusal> {
    let (target, id) = (request.target()?, request.name(1));
    let expected = request.parameter("RevisionId");
    let mut hub = request.service.world.hub();
    let missing = || Refusal::no_resource(format!("No policy found for: {}", arn(&target.name, None)));
    let function = hub.catalog.find(&target.name).ok_or_else(missing)?;
    let revision = revision(&mut hub, function, &target)?;
    let qualifier = or_latest(target.qualifier.as_deref());
    let policy =
        hub.catalog.policy_mut(function, &qualifier).map_err(|error| refusal(&error, &target.name))?;
    if policy.is_empty() {
        let message = "No policy is associated with the given resource.";
        return Err(Refusal::no_resource(message.to_owned()));
    }
    if !policy.contains_key(id) {
        return Err(Refusal::no_resource(format!("Statement {id} is not found in resource policy.")));
    }
    revision.check(expected.as_deref())?;
    policy.remove(id);
    Ok(no_content())
}
