//! AWS IoT Core: authorizers, hooks before devices are provisioned, and events of the registry.
//!
//! Authorizers and hooks, which are asked, are here; events of the registry, which a rule hands on, are in `registry`. What a
//! rule hands on otherwise is what devices send, and has no type.
//!
//! Sources: [custom authorizers](https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html),
//! [pre-provisioning hooks](https://docs.aws.amazon.com/iot/latest/developerguide/pre-provisioning-hook.html).

use crate::{Int, Json, Map, Str};

mod registry;

pub use self::registry::{
    EventType, Operation, Registry, RootToParent, ThingEvent, ThingGroupEvent, ThingGroupHierarchyEvent,
    ThingGroupMembershipEvent, ThingTypeAssociationEvent, ThingTypeEvent,
};

event! {
    /// A device wants to connect; the answer is an [`AuthorizerResponse`].
    ///
    /// ```
    /// use lambda_events::iot::{AuthorizerResponse, Effect, IotAuthorizer, PolicyDocument, Statement};
    ///
    /// let json = r#"{"token":"secret","signatureVerified":false,"protocols":["tls","mqtt"],
    ///     "protocolData":{"mqtt":{"clientId":"lamp-1"}}}"#;
    /// let event: IotAuthorizer<'_> = serde_json::from_str(json)?;
    /// let client = event.protocol_data.mqtt.and_then(|mqtt| mqtt.client_id).unwrap_or_default();
    /// let statement = Statement {
    ///     action: vec!["iot:Connect".into()],
    ///     effect: Some(Effect::Allow),
    ///     resource: vec![format!("arn:aws:iot:eu-west-1:123456789012:client/{client}").into()],
    ///     ..Default::default()
    /// };
    /// let policy = PolicyDocument { version: Some("2012-10-17".into()), statement: vec![statement], ..Default::default() };
    /// let response = AuthorizerResponse {
    ///     is_authenticated: event.token.as_deref() == Some("secret"),
    ///     principal_id: Some("lamp1".into()),
    ///     policy_documents: vec![policy],
    ///     ..Default::default()
    /// };
    /// assert!(response.is_authenticated);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct IotAuthorizer<'a> {
        /// The token, if the device sends one.
        token: Option<Str<'a>> = "token";
        /// Whether the token's signature has been checked.
        signature_verified: Option<bool> = "signatureVerified";
        /// Of which protocols there is data.
        protocols: Vec<Protocol<'a>> = "protocols", required;
        /// What is known of each.
        protocol_data: ProtocolData<'a> = "protocolData";
        /// The connection.
        connection_metadata: ConnectionMetadata<'a> = "connectionMetadata";
    }

    /// What is known of each protocol.
    pub struct ProtocolData<'a> {
        /// TLS.
        tls: Option<TlsData<'a>> = "tls";
        /// HTTP.
        http: Option<HttpData<'a>> = "http";
        /// MQTT.
        mqtt: Option<MqttData<'a>> = "mqtt";
    }

    /// What is known of TLS.
    pub struct TlsData<'a> {
        /// The name of the server that the device asks for.
        server_name: Option<Str<'a>> = "serverName";
        /// The device's certificate, if it has one.
        x509_certificate_pem: Option<Str<'a>> = "x509CertificatePem";
        /// Whom the certificate stands for.
        principal_id: Option<Str<'a>> = "principalId";
    }

    /// What is known of HTTP.
    pub struct HttpData<'a> {
        /// The headers.
        headers: Map<'a, Str<'a>> = "headers";
        /// The query, with its question mark.
        query_string: Option<Str<'a>> = "queryString";
    }

    /// What is known of MQTT.
    pub struct MqttData<'a> {
        /// The user's name.
        username: Option<Str<'a>> = "username";
        /// The password, as base64.
        password: Option<Str<'a>> = "password";
        /// The client, if the device says so.
        client_id: Option<Str<'a>> = "clientId";
    }

    /// A connection.
    pub struct ConnectionMetadata<'a> {
        /// Its id, for logs.
        id: Option<Str<'a>> = "id";
    }

    /// Whether a device may connect, and what it may do.
    pub struct AuthorizerResponse<'a> {
        /// Whether it may connect.
        is_authenticated: bool = "isAuthenticated", required;
        /// What it is called in logs: letters and digits, 128 at most.
        principal_id: Option<Str<'a>> = "principalId";
        /// How long the connection lasts, in seconds: 300 to 86,400.
        disconnect_after_in_seconds: Option<Int> = "disconnectAfterInSeconds";
        /// How long until the function is asked again, in seconds: 300 to 86,400.
        refresh_after_in_seconds: Option<Int> = "refreshAfterInSeconds";
        /// What it may do; ten at most, of 2,048 characters.
        policy_documents: Vec<PolicyDocument<'a>> = "policyDocuments", always;
    }

    /// A policy.
    pub struct PolicyDocument<'a> {
        /// The version of the language: `2012-10-17`.
        version: Option<Str<'a>> = "Version";
        /// Its id.
        id: Option<Str<'a>> = "Id";
        /// Its statements.
        statement: Vec<Statement<'a>> = "Statement";
    }

    /// A statement of a policy.
    pub struct Statement<'a> {
        /// Its id.
        sid: Option<Str<'a>> = "Sid";
        /// The actions: `iot:Publish`.
        action: Vec<Str<'a>> = "Action";
        /// Whether they are allowed.
        effect: Option<Effect<'a>> = "Effect";
        /// On what.
        resource: Vec<Str<'a>> = "Resource";
        /// If what.
        condition: Option<Json<'a>> = "Condition";
    }

    /// A device is to be provisioned; the answer is a [`PreProvisioningResponse`].
    ///
    /// ```
    /// use lambda_events::iot::{PreProvisioning, PreProvisioningResponse};
    ///
    /// let event: PreProvisioning<'_> = serde_json::from_str(r#"{"parameters":{"SerialNumber":"A-17"}}"#)?;
    /// let serial = event.parameters.get("SerialNumber");
    /// let response = PreProvisioningResponse {
    ///     allow_provisioning: serial.is_some_and(|serial| serial.starts_with("A-")),
    ///     ..Default::default()
    /// };
    /// assert_eq!(serde_json::to_string(&response)?, r#"{"allowProvisioning":true}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct PreProvisioning<'a> {
        /// The certificate with which the device came.
        claim_certificate_id: Option<Str<'a>> = "claimCertificateId";
        /// The certificate that it gets.
        certificate_id: Option<Str<'a>> = "certificateId";
        /// The same as PEM.
        certificate_pem: Option<Str<'a>> = "certificatePem";
        /// The ARN of the template.
        template_arn: Option<Str<'a>> = "templateArn";
        /// The device's client id.
        client_id: Option<Str<'a>> = "clientId";
        /// What the device says of itself.
        parameters: Map<'a, Str<'a>> = "parameters";
    }

    /// Whether a device is provisioned.
    pub struct PreProvisioningResponse<'a> {
        /// Whether it is.
        allow_provisioning: bool = "allowProvisioning", required;
        /// Parameters that are set.
        parameter_overrides: Map<'a, Str<'a>> = "parameterOverrides";
    }
}

open_enum! {
    /// A protocol.
    pub enum Protocol<'a> {
        /// TLS.
        Tls = "tls",
        /// HTTP.
        Http = "http",
        /// MQTT.
        Mqtt = "mqtt",
    }

    /// What a statement does.
    pub enum Effect<'a> {
        /// It allows.
        Allow = "Allow",
        /// It denies.
        Deny = "Deny",
    }
}
