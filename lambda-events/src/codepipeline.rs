//! Jobs of AWS CodePipeline.
//!
//! The function answers by calling `PutJobSuccessResult` or `PutJobFailureResult` with the id of the job; what it returns does not
//! matter.
//!
//! Source: [Invoke a Lambda function in a
//! pipeline](https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html).

use crate::{Json, Str, value::Millis};

event! {
    /// An action of a pipeline is to be done.
    ///
    /// ```
    /// use lambda_events::codepipeline::CodePipeline;
    ///
    /// let json = r#"{"CodePipeline.job":{"id":"1","data":{"actionConfiguration":{"configuration":
    ///     {"FunctionName":"check","UserParameters":"{\"stage\":\"beta\"}"}}}}}"#;
    /// let event: CodePipeline<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.job.id, "1");
    /// assert_eq!(event.job.read_user_parameters()?["stage"].as_str(), Some("beta"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CodePipeline<'a> {
        /// The job.
        job: Job<'a> = "CodePipeline.job", required;
    }

    /// A job.
    pub struct Job<'a> {
        /// Its id, which belongs to the answer.
        id: Str<'a> = "id", required;
        /// The account of the pipeline.
        account_id: Option<Str<'a>> = "accountId";
        /// What the job is about.
        data: JobData<'a> = "data";
    }

    /// What a job is about.
    pub struct JobData<'a> {
        /// The action.
        action_configuration: ActionConfiguration<'a> = "actionConfiguration";
        /// What actions before have made.
        input_artifacts: Vec<Artifact<'a>> = "inputArtifacts";
        /// What this action makes.
        output_artifacts: Vec<Artifact<'a>> = "outputArtifacts";
        /// What gives access to the artifacts.
        artifact_credentials: Option<ArtifactCredentials<'a>> = "artifactCredentials";
        /// What the function has given to go on with, if it has asked to be called again.
        continuation_token: Option<Str<'a>> = "continuationToken";
        /// The key of the artifacts, if it is the customer's.
        encryption_key: Option<EncryptionKey<'a>> = "encryptionKey";
    }

    /// An action.
    pub struct ActionConfiguration<'a> {
        /// How it is set up.
        configuration: Configuration<'a> = "configuration";
    }

    /// How an action is set up.
    pub struct Configuration<'a> {
        /// The function.
        function_name: Option<Str<'a>> = "FunctionName";
        /// The text that the pipeline has for the function.
        user_parameters: Option<Str<'a>> = "UserParameters";
    }

    /// Something that an action makes.
    pub struct Artifact<'a> {
        /// Where it is.
        location: Location<'a> = "location";
        /// Which revision it is of.
        revision: Option<Str<'a>> = "revision";
        /// Its name.
        name: Option<Str<'a>> = "name";
    }

    /// Where an artifact is.
    pub struct Location<'a> {
        /// Its place in Amazon S3.
        s3_location: Option<S3Location<'a>> = "s3Location";
        /// `S3`.
        r#type: Option<Str<'a>> = "type";
    }

    /// A place in Amazon S3.
    pub struct S3Location<'a> {
        /// The bucket.
        bucket_name: Option<Str<'a>> = "bucketName";
        /// The key.
        object_key: Option<Str<'a>> = "objectKey";
    }

    /// What gives access to artifacts; it is secret.
    pub struct ArtifactCredentials<'a> {
        /// The secret key.
        secret_access_key: Option<Str<'a>> = "secretAccessKey";
        /// The token.
        session_token: Option<Str<'a>> = "sessionToken";
        /// The id of the key.
        access_key_id: Option<Str<'a>> = "accessKeyId";
        /// Until when.
        expiration_time: Option<Millis> = "expirationTime";
    }

    /// A key.
    pub struct EncryptionKey<'a> {
        /// Its id, its ARN or its alias.
        id: Option<Str<'a>> = "id";
        /// `KMS`.
        r#type: Option<Str<'a>> = "type";
    }
}

impl Job<'_> {
    /// Reads the text that the pipeline has for the function as JSON; `null` if there is none.
    ///
    /// # Errors
    ///
    /// If it is no JSON.
    pub fn read_user_parameters(&self) -> Result<Json<'_>, serde_json::Error> {
        let parameters = self.data.action_configuration.configuration.user_parameters.as_deref();
        parameters.map_or(Ok(Json::Null), serde_json::from_str)
    }
}
