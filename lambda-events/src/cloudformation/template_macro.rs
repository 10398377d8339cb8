//! What the function of a macro is asked: to change a template, or a part of it.
//!
//! Source: [Perform custom processing with template macros](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html).

use crate::{Json, Map, Str};

event! {
    /// A request to change a template, or a part of it.
    ///
    /// ```
    /// use lambda_events::cloudformation::{Macro, MacroResponse, MacroStatus};
    ///
    /// let json = r#"{"fragment":{"Resources":{}},"params":{"Count":"2"},"requestId":"r-1"}"#;
    /// let request: Macro<'_> = serde_json::from_str(json)?;
    /// assert_eq!(request.params["Count"].as_str(), Some("2"));
    /// let response = MacroResponse {
    ///     request_id: request.request_id,
    ///     status: MacroStatus::Success,
    ///     fragment: Some(request.fragment),
    ///     ..MacroResponse::default()
    /// };
    /// let json = r#"{"requestId":"r-1","status":"success","fragment":{"Resources":{}}}"#;
    /// assert_eq!(serde_json::to_string(&response)?, json);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Macro<'a> {
        /// The region of the stack.
        region: Option<Str<'a>> = "region";
        /// The account of the stack.
        account_id: Option<Str<'a>> = "accountId";
        /// The template without its transforms, or what stands beside a `Fn::Transform`.
        fragment: Json<'a> = "fragment", required;
        /// The name of the macro, with the account before it.
        transform_id: Option<Str<'a>> = "transformId";
        /// The parameters of a `Fn::Transform`.
        params: Map<'a, Json<'a>> = "params";
        /// The id of the request.
        request_id: Str<'a> = "requestId", required;
        /// The parameters of the template with their values.
        template_parameter_values: Map<'a, Json<'a>> = "templateParameterValues";
    }

    /// The answer of a macro.
    pub struct MacroResponse<'a> {
        /// The id of the request, from the request.
        request_id: Str<'a> = "requestId", required;
        /// Whether it has worked.
        status: MacroStatus<'a> = "status", required;
        /// What stands in place of the fragment.
        fragment: Option<Json<'a>> = "fragment";
        /// Why it has not worked.
        error_message: Option<Str<'a>> = "errorMessage";
    }
}

open_enum! {
    /// Whether a macro has worked. Whatever is not success is a failure.
    pub enum MacroStatus<'a> {
        /// It has.
        Success = "success",
        /// It has not.
        Failure = "failure",
    }
}
