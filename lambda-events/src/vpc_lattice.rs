//! Requests of services of Amazon VPC Lattice, and what a function answers.
//!
//! Source: [Lambda functions as targets](https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html).

use crate::{Int, Map, Str, value::Seconds};

event! {
    /// A request with version 2 of the event structure.
    ///
    /// ```
    /// use lambda_events::vpc_lattice::LatticeRequest;
    ///
    /// let json = r#"{"version":"2.0","path":"/orders","method":"GET","queryStringParameters":{"part":["items","total"]},
    ///     "requestContext":{"timeEpoch":"1773342238123456"}}"#;
    /// let request: LatticeRequest<'_> = serde_json::from_str(json)?;
    /// assert_eq!(request.query_string_parameters["part"], ["items", "total"]);
    /// assert_eq!(request.request_context.time().map(|time| time.unix_micros()), Some(1_773_342_238_123_456));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct LatticeRequest<'a> {
        /// `2.0`.
        version: Option<Str<'a>> = "version";
        /// The path.
        path: Str<'a> = "path", required;
        /// The method.
        method: Str<'a> = "method", required;
        /// Headers, with names in lower case, with all their values.
        headers: Map<'a, Vec<Str<'a>>> = "headers";
        /// The query with all values.
        query_string_parameters: Map<'a, Vec<Str<'a>>> = "queryStringParameters";
        /// The body, as text or as base64.
        body: Option<Str<'a>> = "body";
        /// Whether the body is base64.
        is_base64_encoded: Option<bool> = "isBase64Encoded";
        /// What VPC Lattice knows of the request.
        request_context: LatticeContext<'a> = "requestContext";
    }

    /// What VPC Lattice knows of a request.
    pub struct LatticeContext<'a> {
        /// The ARN of the service network.
        service_network_arn: Option<Str<'a>> = "serviceNetworkArn";
        /// The ARN of the service.
        service_arn: Option<Str<'a>> = "serviceArn";
        /// The ARN of the target group.
        target_group_arn: Option<Str<'a>> = "targetGroupArn";
        /// Who sent it.
        identity: LatticeIdentity<'a> = "identity";
        /// The region.
        region: Option<Str<'a>> = "region";
        /// When it came, in microseconds since the beginning of 1970; [`time`](Self::time) gives the moment.
        time_epoch: Option<Int> = "timeEpoch";
    }

    /// Who sent a request.
    pub struct LatticeIdentity<'a> {
        /// The ARN of the VPC from which it came.
        source_vpc_arn: Option<Str<'a>> = "sourceVpcArn";
        /// `AWS_IAM` for a request that is signed; not there for others.
        r#type: Option<Str<'a>> = "type";
        /// The principal that signed.
        principal: Option<Str<'a>> = "principal";
        /// The organization of the principal.
        principal_org_id: Option<Str<'a>> = "principalOrgID";
        /// The session of the role.
        session_name: Option<Str<'a>> = "sessionName";
        /// The organizational unit of the certificate's issuer, with IAM Roles Anywhere; so are the following.
        x509_issuer_ou: Option<Str<'a>> = "x509IssuerOu";
        /// The DNS name among the certificate's alternative names.
        x509_san_dns: Option<Str<'a>> = "x509SanDns";
        /// The common name among the certificate's alternative names.
        x509_san_name_cn: Option<Str<'a>> = "x509SanNameCn";
        /// The URI among the certificate's alternative names.
        x509_san_uri: Option<Str<'a>> = "x509SanUri";
        /// The common name of the certificate's subject.
        x509_subject_cn: Option<Str<'a>> = "x509SubjectCn";
    }

    /// A request with version 1 of the event structure.
    ///
    /// ```
    /// use lambda_events::vpc_lattice::LatticeRequestV1;
    ///
    /// let json = r#"{"raw_path":"/orders?part=items","method":"GET","query_string_parameters":{"part":"items"}}"#;
    /// let request: LatticeRequestV1<'_> = serde_json::from_str(json)?;
    /// assert_eq!(request.query_string_parameters["part"], "items");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct LatticeRequestV1<'a> {
        /// The path, and the query after a question mark.
        raw_path: Str<'a> = "raw_path", required;
        /// The method.
        method: Str<'a> = "method", required;
        /// Headers, with names in lower case; values of one name are joined by commas.
        headers: Map<'a, Str<'a>> = "headers";
        /// The query; of a name that came more than once, one value.
        query_string_parameters: Map<'a, Str<'a>> = "query_string_parameters";
        /// The body, as text or as base64.
        body: Option<Str<'a>> = "body";
        /// Whether the body is base64.
        is_base64_encoded: Option<bool> = "is_base64_encoded";
    }

    /// The answer to a request of either version.
    ///
    /// ```
    /// use lambda_events::vpc_lattice::LatticeResponse;
    ///
    /// let response = LatticeResponse { status_code: 204.into(), ..LatticeResponse::default() };
    /// assert_eq!(serde_json::to_string(&response)?, r#"{"isBase64Encoded":false,"statusCode":204,"headers":{}}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct LatticeResponse<'a> {
        /// Whether the body is base64.
        is_base64_encoded: bool = "isBase64Encoded", required;
        /// The status code.
        status_code: Int = "statusCode", required;
        /// Headers.
        headers: Map<'a, Str<'a>> = "headers", always;
        /// The body, as text or as base64; 6 MB of JSON in all at most.
        body: Option<Str<'a>> = "body";
    }
}

impl LatticeContext<'_> {
    /// When the request came.
    pub fn time(&self) -> Option<Seconds> {
        Some(Seconds::from_unix_micros(self.time_epoch?.into()))
    }
}
