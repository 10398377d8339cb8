//! Requests of AWS Secrets Manager to rotate a secret.
//!
//! Source: [Rotation functions](https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html).

use crate::Str;

event! {
    /// A request to take one step in the rotation of a secret. The answer is not looked at.
    ///
    /// ```
    /// use lambda_events::secretsmanager::{Rotation, RotationStep};
    ///
    /// let json = r#"{"Step":"createSecret","SecretId":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
    ///     "ClientRequestToken":"5e1f9a0c-3b7d-4c2a-8f6e-0a9b8c7d6e5f"}"#;
    /// let event: Rotation<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.step, RotationStep::CreateSecret);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Rotation<'a> {
        /// The step.
        step: RotationStep<'a> = "Step", required;
        /// The ARN of the secret.
        secret_id: Str<'a> = "SecretId", required;
        /// The id of the new version of the secret; the same in all steps of a rotation.
        client_request_token: Str<'a> = "ClientRequestToken", required;
        /// What a function in another account passes on with `PutSecretValue` to show who it is. It is secret.
        rotation_token: Option<Str<'a>> = "RotationToken";
    }
}

open_enum! {
    /// A step of a rotation, in the order in which they come.
    pub enum RotationStep<'a> {
        /// Make a new version of the secret, labelled `AWSPENDING`.
        CreateSecret = "createSecret",
        /// Set the new version where the secret is used.
        SetSecret = "setSecret",
        /// Try whether the new version works.
        TestSecret = "testSecret",
        /// Label the new version `AWSCURRENT`.
        FinishSecret = "finishSecret",
    }
}
