//! Requests for custom resources, and the response that is put to their URL.
//!
//! Source: [Custom resource request types](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-requesttypes.html),
//! [responses](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-responses.html).

use crate::{Json, Map, Str};

event! {
    /// A request to create, update or delete a custom resource.
    ///
    /// The answer of the function is not looked at: a [`CustomResourceResponse`] has to be put to the URL in `response_url`.
    ///
    /// ```
    /// use lambda_events::cloudformation::{CustomResource, RequestType};
    ///
    /// let json = r#"{"RequestType":"Create","ResponseURL":"https://s3.example.com/response","StackId":"stack-1",
    ///     "RequestId":"r-1","LogicalResourceId":"Seed","ResourceProperties":{"Table":"orders"}}"#;
    /// let request: CustomResource<'_> = serde_json::from_str(json)?;
    /// assert_eq!(request.request_type, RequestType::Create);
    /// assert_eq!(request.resource_properties["Table"].as_str(), Some("orders"));
    /// let response = request.succeeded("seed-of-orders");
    /// assert_eq!((response.physical_resource_id.as_str(), response.request_id.as_deref()), ("seed-of-orders", Some("r-1")));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CustomResource<'a> {
        /// What to do.
        request_type: RequestType<'a> = "RequestType", required;
        /// The ARN of the function, from the template.
        service_token: Option<Str<'a>> = "ServiceToken";
        /// Where to put the response; the URL is signed and can be used without credentials.
        response_url: Str<'a> = "ResponseURL", required;
        /// The ARN of the stack.
        stack_id: Option<Str<'a>> = "StackId";
        /// The id of the request.
        request_id: Option<Str<'a>> = "RequestId";
        /// The name of the resource in the template.
        logical_resource_id: Option<Str<'a>> = "LogicalResourceId";
        /// The id that the function has given to the resource; not there on creation.
        physical_resource_id: Option<Str<'a>> = "PhysicalResourceId";
        /// The type from the template: `Custom::Seed` or `AWS::CloudFormation::CustomResource`.
        resource_type: Option<Str<'a>> = "ResourceType";
        /// The properties from the template; numbers and booleans are written as text.
        resource_properties: Json<'a> = "ResourceProperties", required;
        /// The properties before an update.
        old_resource_properties: Option<Json<'a>> = "OldResourceProperties";
    }

    /// The response that is put to the URL of a request: 4 KB at most.
    pub struct CustomResourceResponse<'a> {
        /// Whether the request could be carried out.
        status: Status<'a> = "Status", required;
        /// Why not.
        reason: Option<Str<'a>> = "Reason";
        /// The id of the resource; a new one on an update means another resource, and the old one is then deleted.
        physical_resource_id: Str<'a> = "PhysicalResourceId", required;
        /// The ARN of the stack, from the request.
        stack_id: Option<Str<'a>> = "StackId", always;
        /// The id of the request, from the request.
        request_id: Option<Str<'a>> = "RequestId", always;
        /// The name of the resource, from the request.
        logical_resource_id: Option<Str<'a>> = "LogicalResourceId", always;
        /// Whether the data is masked where it is shown.
        no_echo: Option<bool> = "NoEcho";
        /// Attributes that the template may take with `Fn::GetAtt`.
        data: Map<'a, Json<'a>> = "Data";
    }
}

open_enum! {
    /// What to do with a custom resource.
    pub enum RequestType<'a> {
        /// Create it.
        Create = "Create",
        /// Change it, or make another one in its place.
        Update = "Update",
        /// Delete it; one that was never created as well.
        Delete = "Delete",
    }

    /// Whether a request could be carried out.
    pub enum Status<'a> {
        /// It could.
        Success = "SUCCESS",
        /// It could not.
        Failed = "FAILED",
    }
}

impl<'a> CustomResource<'a> {
    /// The response that the request was carried out, on a resource with this id.
    pub fn succeeded(&self, physical_resource_id: impl Into<Str<'a>>) -> CustomResourceResponse<'a> {
        CustomResourceResponse {
            status: Status::Success,
            physical_resource_id: physical_resource_id.into(),
            stack_id: self.stack_id.clone(),
            request_id: self.request_id.clone(),
            logical_resource_id: self.logical_resource_id.clone(),
            ..CustomResourceResponse::default()
        }
    }

    /// The response that the request could not be carried out.
    ///
    /// A resource that has no id yet gets that of the request: CloudFormation takes no response without one.
    pub fn failed(&self, reason: impl Into<Str<'a>>) -> CustomResourceResponse<'a> {
        let id = self.physical_resource_id.as_ref().or(self.request_id.as_ref());
        let response = self.succeeded(id.cloned().unwrap_or_default());
        CustomResourceResponse { status: Status::Failed, reason: Some(reason.into()), ..response }
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn a_failure_has_the_id_of_the_resource_or_else_of_the_request() {
        let created = CustomResource { request_id: Some("r-1".into()), ..CustomResource::default() };
        let json = r#"{"Status":"FAILED","Reason":"no such table","PhysicalResourceId":"r-1","StackId":null,"RequestId":"r-1","LogicalResourceId":null}"#;
        assert_eq!(serde_json::to_string(&created.failed("no such table")).unwrap(), json);

        let deleted = CustomResource { physical_resource_id: Some("p-1".into()), ..created };
        assert_eq!(deleted.failed("in use").physical_resource_id, "p-1");
    }
}
