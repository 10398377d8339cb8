//! Tasks of jobs of Amazon S3 Batch Operations.
//!
//! Source: [Invoke AWS Lambda function](https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html).

use crate::{Map, Str, form};

event! {
    /// Tasks of a job, in either version of the format; the answer is a [`Response`].
    ///
    /// ```
    /// use lambda_events::s3_batch::{Response, ResultCode, S3Batch, TaskResult};
    ///
    /// let json = r#"{"invocationSchemaVersion":"2.0","invocationId":"i","tasks":[{"taskId":"t","s3Key":"red+flower.jpg"}]}"#;
    /// let event: S3Batch<'_> = serde_json::from_str(json)?;
    /// let mut response = Response {
    ///     invocation_schema_version: event.invocation_schema_version,
    ///     invocation_id: event.invocation_id,
    ///     ..Default::default()
    /// };
    /// for task in event.tasks {
    ///     assert_eq!(task.decoded_key().as_deref(), Some("red flower.jpg"));
    ///     let code = ResultCode::Succeeded;
    ///     response.results.push(TaskResult { task_id: task.task_id, result_code: code, ..Default::default() });
    /// }
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct S3Batch<'a> {
        /// The version of this format: `1.0` or `2.0`.
        invocation_schema_version: Str<'a> = "invocationSchemaVersion", required;
        /// The id of the invocation, which the answer has to have.
        invocation_id: Str<'a> = "invocationId", required;
        /// The job.
        job: Job<'a> = "job";
        /// The tasks; S3 sends one at a time.
        tasks: Vec<Task<'a>> = "tasks", required;
    }

    /// A job.
    pub struct Job<'a> {
        /// Its id.
        id: Option<Str<'a>> = "id";
        /// What it was given for its function, since version 2.0.
        user_arguments: Option<Map<'a, Str<'a>>> = "userArguments";
    }

    /// A task: an object.
    pub struct Task<'a> {
        /// Its id, which the answer has to have.
        task_id: Str<'a> = "taskId", required;
        /// The key of the object, encoded as in a form: `red+flower.jpg` for `red flower.jpg`.
        s3_key: Option<Str<'a>> = "s3Key";
        /// The version of the object, if the manifest has one.
        s3_version_id: Option<Str<'a>> = "s3VersionId";
        /// The ARN of the bucket, in version 1.0.
        s3_bucket_arn: Option<Str<'a>> = "s3BucketArn";
        /// The name of the bucket, since version 2.0.
        s3_bucket: Option<Str<'a>> = "s3Bucket";
    }

    /// The answer to tasks: each once.
    pub struct Response<'a> {
        /// The version of the event.
        invocation_schema_version: Str<'a> = "invocationSchemaVersion", required;
        /// What is to be done with tasks that are not in the answer; `TemporaryFailure` if nothing is said.
        treat_missing_keys_as: Option<ResultCode<'a>> = "treatMissingKeysAs";
        /// The id of the invocation.
        invocation_id: Str<'a> = "invocationId", required;
        /// What has become of the tasks.
        results: Vec<TaskResult<'a>> = "results", always;
    }

    /// What has become of a task.
    pub struct TaskResult<'a> {
        /// Its id.
        task_id: Str<'a> = "taskId", required;
        /// How it went.
        result_code: ResultCode<'a> = "resultCode", required;
        /// What the report of the job is to say of it.
        result_string: Option<Str<'a>> = "resultString";
    }
}

impl Task<'_> {
    /// The key as the object is called; `None` if there is none, or if what is encoded is no UTF-8.
    pub fn decoded_key(&self) -> Option<String> {
        form::decode(self.s3_key.as_deref()?)
    }

    /// The name of the bucket, in either version.
    pub fn bucket(&self) -> Option<&str> {
        let of_arn = || self.s3_bucket_arn.as_deref()?.rsplit(':').next();
        self.s3_bucket.as_deref().or_else(of_arn)
    }
}

open_enum! {
    /// How it went with a task.
    pub enum ResultCode<'a> {
        /// It is done.
        Succeeded = "Succeeded",
        /// It has failed, and is to come again.
        TemporaryFailure = "TemporaryFailure",
        /// It has failed for good.
        PermanentFailure = "PermanentFailure",
    }
}

#[cfg(test)]
mod test {
    use super::Task;

    #[test]
    fn the_bucket_is_known_in_both_versions() {
        let bucket = |json: &str| serde_json::from_str::<Task<'_>>(json).unwrap().bucket().map(str::to_owned);
        assert_eq!(
            bucket(r#"{"taskId":"1","s3BucketArn":"arn:aws:s3:::photos"}"#).as_deref(),
            Some("photos")
        );
        assert_eq!(bucket(r#"{"taskId":"1","s3Bucket":"photos"}"#).as_deref(), Some("photos"));
        assert_eq!(bucket(r#"{"taskId":"1"}"#), None);
    }
}
