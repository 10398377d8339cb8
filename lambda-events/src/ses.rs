//! Mail that Amazon SES has received, and of which a receipt rule tells a function.
//!
//! Source: [Invoke Lambda function action](https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda.html) and
//! [contents of notifications](https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html).

use crate::{Int, Str, value::DateTime};

event! {
    /// A mail without its text; if the rule waits for an answer, it is a [`Response`].
    ///
    /// ```
    /// use lambda_events::ses::{Disposition, Response, Ses};
    ///
    /// let json = r#"{"Records":[{"ses":{"mail":{"messageId":"1"},"receipt":{"spamVerdict":{"status":"FAIL"}}}}]}"#;
    /// let event: Ses<'_> = serde_json::from_str(json)?;
    /// let receipt = &event.records[0].ses.receipt;
    /// let is_spam = receipt.spam_verdict.as_ref().is_some_and(|verdict| verdict.has_failed());
    /// let disposition = if is_spam { Disposition::StopRuleSet } else { Disposition::Continue };
    /// let response = Response { disposition, ..Default::default() };
    /// assert_eq!(serde_json::to_string(&response)?, r#"{"disposition":"STOP_RULE_SET"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Ses<'a> {
        /// One mail.
        records: Vec<Record<'a>> = "Records", required;
    }

    /// A mail.
    pub struct Record<'a> {
        /// `aws:ses`.
        event_source: Option<Str<'a>> = "eventSource";
        /// The version of this format.
        event_version: Option<Str<'a>> = "eventVersion";
        /// The mail.
        ses: Message<'a> = "ses", required;
    }

    /// A mail, and what has become of it; also what SES publishes to a topic.
    pub struct Message<'a> {
        /// `Received`, in a topic.
        notification_type: Option<Str<'a>> = "notificationType";
        /// The mail.
        mail: Mail<'a> = "mail";
        /// What has become of it.
        receipt: Receipt<'a> = "receipt";
        /// The mail as it was sent, in a topic.
        content: Option<Str<'a>> = "content";
    }

    /// A mail.
    pub struct Mail<'a> {
        /// When it was received.
        timestamp: Option<DateTime<'a>> = "timestamp";
        /// The sender of the envelope.
        source: Option<Str<'a>> = "source";
        /// Its id; S3 has the mail under this key.
        message_id: Option<Str<'a>> = "messageId";
        /// To whom it was sent.
        destination: Vec<Str<'a>> = "destination";
        /// Whether not all headers are there.
        headers_truncated: Option<bool> = "headersTruncated";
        /// All headers, in their order.
        headers: Vec<Header<'a>> = "headers";
        /// The headers that most mails have.
        common_headers: CommonHeaders<'a> = "commonHeaders";
    }

    /// A header.
    pub struct Header<'a> {
        /// Its name, as it was written.
        name: Option<Str<'a>> = "name";
        /// Its value.
        value: Option<Str<'a>> = "value";
    }

    /// The headers that most mails have; what a mail has not is empty.
    pub struct CommonHeaders<'a> {
        /// `Return-Path`.
        return_path: Option<Str<'a>> = "returnPath";
        /// `From`.
        from: Vec<Str<'a>> = "from";
        /// `Date`, as it was written.
        date: Option<Str<'a>> = "date";
        /// `To`; empty if all get blind copies.
        to: Vec<Str<'a>> = "to";
        /// `Cc`.
        cc: Vec<Str<'a>> = "cc";
        /// `Bcc`.
        bcc: Vec<Str<'a>> = "bcc";
        /// `Sender`.
        sender: Vec<Str<'a>> = "sender";
        /// `Reply-To`.
        reply_to: Vec<Str<'a>> = "replyTo";
        /// `Message-ID`.
        message_id: Option<Str<'a>> = "messageId";
        /// `Subject`.
        subject: Option<Str<'a>> = "subject";
    }

    /// What has become of a mail.
    pub struct Receipt<'a> {
        /// When the rule began.
        timestamp: Option<DateTime<'a>> = "timestamp";
        /// How many milliseconds it took from receiving the mail to the action.
        processing_time_millis: Option<Int> = "processingTimeMillis";
        /// The recipients that the rule is for.
        recipients: Vec<Str<'a>> = "recipients";
        /// Whether it is no spam.
        spam_verdict: Option<Verdict<'a>> = "spamVerdict";
        /// Whether there is no virus in it.
        virus_verdict: Option<Verdict<'a>> = "virusVerdict";
        /// Whether it is what SPF allows.
        spf_verdict: Option<Verdict<'a>> = "spfVerdict";
        /// Whether its signature of DKIM is good.
        dkim_verdict: Option<Verdict<'a>> = "dkimVerdict";
        /// Whether it is what DMARC allows.
        dmarc_verdict: Option<Verdict<'a>> = "dmarcVerdict";
        /// What DMARC wants of mails that have failed: `none`, `quarantine` or `reject`.
        dmarc_policy: Option<Str<'a>> = "dmarcPolicy";
        /// The action that tells of the mail.
        action: Action<'a> = "action";
    }

    /// What a check has found.
    pub struct Verdict<'a> {
        /// What it is.
        status: Option<VerdictStatus<'a>> = "status";
    }

    /// An action of a receipt rule: its kind has some of the other members.
    pub struct Action<'a> {
        /// What it does.
        kind: Option<ActionKind<'a>> = "type";
        /// The ARN of the topic to which it publishes.
        topic_arn: Option<Str<'a>> = "topicArn";
        /// The bucket.
        bucket_name: Option<Str<'a>> = "bucketName";
        /// What all keys in the bucket begin with.
        object_key_prefix: Option<Str<'a>> = "objectKeyPrefix";
        /// The key of the mail in the bucket.
        object_key: Option<Str<'a>> = "objectKey";
        /// `UTF-8` or `Base64`, of a mail that is published.
        encoding: Option<Str<'a>> = "encoding";
        /// The ARN of the function.
        function_arn: Option<Str<'a>> = "functionArn";
        /// `Event`, or `RequestResponse` if the answer is waited for.
        invocation_type: Option<Str<'a>> = "invocationType";
        /// The reply of a bounce, `550` say.
        smtp_reply_code: Option<Str<'a>> = "smtpReplyCode";
        /// The status of a bounce, `5.1.1` say.
        status_code: Option<Str<'a>> = "statusCode";
        /// The text of a bounce.
        message: Option<Str<'a>> = "message";
        /// The sender of a bounce.
        sender: Option<Str<'a>> = "sender";
        /// The ARN of the organisation of WorkMail.
        organization_arn: Option<Str<'a>> = "organizationArn";
    }

    /// The answer, if the rule waits for it.
    pub struct Response<'a> {
        /// What is to be done next.
        disposition: Disposition<'a> = "disposition", required;
    }
}

impl Verdict<'_> {
    /// Whether the mail has failed the check.
    pub fn has_failed(&self) -> bool {
        self.status == Some(VerdictStatus::Fail)
    }
}

open_enum! {
    /// What a check has found.
    pub enum VerdictStatus<'a> {
        /// The mail has passed.
        Pass = "PASS",
        /// The mail has failed.
        Fail = "FAIL",
        /// It cannot be said.
        Gray = "GRAY",
        /// The check did not work.
        ProcessingFailed = "PROCESSING_FAILED",
        /// Nothing was checked.
        Disabled = "DISABLED",
    }

    /// What an action does.
    pub enum ActionKind<'a> {
        /// It stores the mail.
        S3 = "S3",
        /// It publishes the mail.
        Sns = "SNS",
        /// It sends the mail back.
        Bounce = "Bounce",
        /// It invokes a function.
        Lambda = "Lambda",
        /// It ends the rules.
        Stop = "Stop",
        /// It hands the mail to WorkMail.
        WorkMail = "WorkMail",
    }

    /// What is to be done next.
    pub enum Disposition<'a> {
        /// The next action.
        Continue = "CONTINUE",
        /// The next rule.
        StopRule = "STOP_RULE",
        /// Nothing more.
        StopRuleSet = "STOP_RULE_SET",
    }
}
