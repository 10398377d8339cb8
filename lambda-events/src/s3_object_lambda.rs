//! Requests of Amazon S3 that go through a function: S3 Object Lambda.
//!
//! Source: [Event context format and usage](https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-event-context.html) and
//! [writing functions](https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-writing-lambda.html). A GET is answered by a call of
//! `WriteGetObjectResponse` and not by the function's response.

use crate::{Int, Json, Map, Str};

event! {
    /// A request. One of the four contexts is there.
    ///
    /// ```
    /// use lambda_events::s3_object_lambda::S3ObjectLambda;
    ///
    /// let json = r#"{"getObjectContext":{"inputS3Url":"https://example.com/","outputRoute":"route","outputToken":"token"},
    ///     "userRequest":{"url":"https://example.com/red.jpg","headers":{"Accept":"*/*"}}}"#;
    /// let event: S3ObjectLambda<'_> = serde_json::from_str(json)?;
    /// let context = event.get_object_context.as_ref().ok_or("this function answers GETs")?;
    /// assert_eq!(context.output_route.as_deref(), Some("route"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct S3ObjectLambda<'a> {
        /// The id of the request.
        x_amz_request_id: Option<Str<'a>> = "xAmzRequestId";
        /// Of a GET: where the object is, and where the answer goes.
        get_object_context: Option<GetObjectContext<'a>> = "getObjectContext";
        /// Of a HEAD: where the object is.
        head_object_context: Option<ObjectContext<'a>> = "headObjectContext";
        /// Of a listing: where it is.
        list_objects_context: Option<ObjectContext<'a>> = "listObjectsContext";
        /// Of a listing of version 2: where it is.
        list_objects_v2_context: Option<ObjectContext<'a>> = "listObjectsV2Context";
        /// The access point.
        configuration: Configuration<'a> = "configuration";
        /// The request.
        user_request: UserRequest<'a> = "userRequest";
        /// Who has made it.
        user_identity: UserIdentity<'a> = "userIdentity";
        /// The version of this format.
        protocol_version: Option<Str<'a>> = "protocolVersion";
    }

    /// Where an object is, and where the answer to a GET goes.
    pub struct GetObjectContext<'a> {
        /// A URL for the object, signed for the caller.
        input_s3_url: Option<Str<'a>> = "inputS3Url";
        /// The route of the answer.
        output_route: Option<Str<'a>> = "outputRoute";
        /// The token of the answer.
        output_token: Option<Str<'a>> = "outputToken";
    }

    /// Where an object or a listing is.
    pub struct ObjectContext<'a> {
        /// A URL for it, signed for the caller.
        input_s3_url: Option<Str<'a>> = "inputS3Url";
    }

    /// An access point.
    pub struct Configuration<'a> {
        /// Its ARN.
        access_point_arn: Option<Str<'a>> = "accessPointArn";
        /// The ARN of the access point behind it.
        supporting_access_point_arn: Option<Str<'a>> = "supportingAccessPointArn";
        /// What it was given for its function.
        payload: Option<Str<'a>> = "payload";
    }

    /// A request.
    pub struct UserRequest<'a> {
        /// Its URL, without what has signed it.
        url: Option<Str<'a>> = "url";
        /// Its headers, without those that allow it.
        headers: Map<'a, Str<'a>> = "headers";
    }

    /// Who has made a request, as in CloudTrail.
    pub struct UserIdentity<'a> {
        /// `IAMUser`, `AssumedRole`, `Root`, `FederatedUser`, `AWSAccount` or `AWSService`.
        kind: Option<Str<'a>> = "type";
        /// The id.
        principal_id: Option<Str<'a>> = "principalId";
        /// The ARN.
        arn: Option<Str<'a>> = "arn";
        /// The account.
        account_id: Option<Str<'a>> = "accountId";
        /// The id of the access key.
        access_key_id: Option<Str<'a>> = "accessKeyId";
        /// The name of the user.
        user_name: Option<Str<'a>> = "userName";
        /// The service that has made it.
        invoked_by: Option<Str<'a>> = "invokedBy";
        /// The session, of temporary credentials.
        session_context: Option<SessionContext<'a>> = "sessionContext";
    }

    /// A session.
    pub struct SessionContext<'a> {
        /// What is known of it.
        attributes: SessionAttributes<'a> = "attributes";
        /// Who it is a session of.
        session_issuer: Option<SessionIssuer<'a>> = "sessionIssuer";
    }

    /// What is known of a session.
    pub struct SessionAttributes<'a> {
        /// `true` if a second factor was given.
        mfa_authenticated: Option<Str<'a>> = "mfaAuthenticated";
        /// When it began, as in `Wed Mar 10 23:41:52 UTC 2021`.
        creation_date: Option<Str<'a>> = "creationDate";
    }

    /// Who a session is of.
    pub struct SessionIssuer<'a> {
        /// `Role`, say.
        kind: Option<Str<'a>> = "type";
        /// The id.
        principal_id: Option<Str<'a>> = "principalId";
        /// The ARN.
        arn: Option<Str<'a>> = "arn";
        /// The account.
        account_id: Option<Str<'a>> = "accountId";
        /// The name.
        user_name: Option<Str<'a>> = "userName";
    }

    /// The answer to a HEAD.
    ///
    /// ```
    /// use lambda_events::s3_object_lambda::HeadResponse;
    ///
    /// let response = HeadResponse {
    ///     status_code: 200.into(),
    ///     headers: [("Content-Length", "5".into())].into(),
    ///     ..Default::default()
    /// };
    /// let expected = r#"{"statusCode":200,"headers":{"Content-Length":"5"}}"#;
    /// assert_eq!(serde_json::to_string(&response)?, expected);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct HeadResponse<'a> {
        /// The status.
        status_code: Int = "statusCode", required;
        /// The error, as one word.
        error_code: Option<Str<'a>> = "errorCode";
        /// The error, for people.
        error_message: Option<Str<'a>> = "errorMessage";
        /// The headers.
        headers: Map<'a, Json<'a>> = "headers";
    }

    /// The answer to a listing of either version: as XML, or as what is to become XML.
    pub struct ListResponse<'a> {
        /// The status.
        status_code: Int = "statusCode", required;
        /// The error, as one word.
        error_code: Option<Str<'a>> = "errorCode";
        /// The error, for people.
        error_message: Option<Str<'a>> = "errorMessage";
        /// The listing as S3 would write it.
        list_result_xml: Option<Str<'a>> = "listResultXml";
        /// The listing as JSON, with the names that it has in XML.
        list_bucket_result: Option<Json<'a>> = "listBucketResult";
    }
}
