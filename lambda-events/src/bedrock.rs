//! Actions of agents of Amazon Bedrock.
//!
//! An action group describes its actions either by an API schema (OpenAPI) or by functions; the events and the answers of the two
//! differ.
//!
//! Source: [Lambda functions of action groups](https://docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html).

use crate::{Int, Json, Map, Str};

event! {
    /// An operation of an API schema is to be done; the answer is an [`ApiActionResponse`].
    ///
    /// ```
    /// use lambda_events::bedrock::ApiAction;
    ///
    /// let json = r#"{"actionGroup":"orders","apiPath":"/orders/{id}","httpMethod":"GET",
    ///     "parameters":[{"name":"id","type":"string","value":"4711"}]}"#;
    /// let event: ApiAction<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.parameter("id"), Some("4711"));
    /// let response = event.response(200, "application/json", r#"{"state":"sent"}"#);
    /// assert_eq!(response.response.api_path.as_deref(), Some("/orders/{id}"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ApiAction<'a> {
        /// The version of this format: `1.0`.
        message_version: Option<Str<'a>> = "messageVersion";
        /// The agent.
        agent: Agent<'a> = "agent";
        /// What the user has said.
        input_text: Option<Str<'a>> = "inputText";
        /// The conversation.
        session_id: Option<Str<'a>> = "sessionId";
        /// The action group.
        action_group: Option<Str<'a>> = "actionGroup";
        /// The path of the operation, with names in braces.
        api_path: Str<'a> = "apiPath", required;
        /// The method of the operation.
        http_method: Option<Str<'a>> = "httpMethod";
        /// The parameters.
        parameters: Vec<Parameter<'a>> = "parameters";
        /// The body, if the operation has one.
        request_body: Option<RequestBody<'a>> = "requestBody";
        /// What is kept for the conversation.
        session_attributes: Map<'a, Str<'a>> = "sessionAttributes";
        /// What is kept for this turn.
        prompt_session_attributes: Map<'a, Str<'a>> = "promptSessionAttributes";
    }

    /// A function is to be called; the answer is a [`FunctionActionResponse`].
    ///
    /// ```
    /// use lambda_events::bedrock::FunctionAction;
    ///
    /// let json = r#"{"actionGroup":"orders","function":"find","parameters":[{"name":"id","type":"string","value":"4711"}]}"#;
    /// let event: FunctionAction<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.parameter("id"), Some("4711"));
    /// let response = event.response("It was sent today.");
    /// assert_eq!(response.response.function.as_deref(), Some("find"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct FunctionAction<'a> {
        /// The version of this format: `1.0`.
        message_version: Option<Str<'a>> = "messageVersion";
        /// The agent.
        agent: Agent<'a> = "agent";
        /// What the user has said.
        input_text: Option<Str<'a>> = "inputText";
        /// The conversation.
        session_id: Option<Str<'a>> = "sessionId";
        /// The action group.
        action_group: Option<Str<'a>> = "actionGroup";
        /// The function.
        function: Str<'a> = "function", required;
        /// The parameters.
        parameters: Vec<Parameter<'a>> = "parameters";
        /// What is kept for the conversation.
        session_attributes: Map<'a, Str<'a>> = "sessionAttributes";
        /// What is kept for this turn.
        prompt_session_attributes: Map<'a, Str<'a>> = "promptSessionAttributes";
    }

    /// An agent.
    pub struct Agent<'a> {
        /// Its name.
        name: Option<Str<'a>> = "name";
        /// Its id.
        id: Option<Str<'a>> = "id";
        /// The alias by which it is called.
        alias: Option<Str<'a>> = "alias";
        /// Its version: a number, or `DRAFT`.
        version: Option<Str<'a>> = "version";
    }

    /// A parameter, or a property of a body.
    pub struct Parameter<'a> {
        /// Its name.
        name: Option<Str<'a>> = "name";
        /// Its type: `string`, `number`, `integer`, `boolean` or `array`.
        r#type: Option<Str<'a>> = "type";
        /// Its value as text, of whatever type it is.
        value: Option<Str<'a>> = "value";
    }

    /// The body of a request.
    pub struct RequestBody<'a> {
        /// The properties, by the type of content.
        content: Map<'a, Content<'a>> = "content";
    }

    /// A body.
    pub struct Content<'a> {
        /// Its properties.
        properties: Vec<Parameter<'a>> = "properties";
    }

    /// The answer to an operation.
    pub struct ApiActionResponse<'a> {
        /// The version of this format: `1.0`.
        message_version: Option<Str<'a>> = "messageVersion";
        /// The answer.
        response: ApiResult<'a> = "response", always;
        /// What is kept for the conversation from now on.
        session_attributes: Map<'a, Str<'a>> = "sessionAttributes";
        /// What is kept for this turn from now on.
        prompt_session_attributes: Map<'a, Str<'a>> = "promptSessionAttributes";
        /// How knowledge bases are searched from now on.
        knowledge_bases_configuration: Vec<KnowledgeBaseConfiguration<'a>> = "knowledgeBasesConfiguration";
    }

    /// What an operation has given.
    pub struct ApiResult<'a> {
        /// The action group of the event.
        action_group: Option<Str<'a>> = "actionGroup";
        /// The path of the event.
        api_path: Option<Str<'a>> = "apiPath";
        /// The method of the event.
        http_method: Option<Str<'a>> = "httpMethod";
        /// The status: 200 if all went well.
        http_status_code: Option<Int> = "httpStatusCode";
        /// The body, by the type of content.
        response_body: Map<'a, Body<'a>> = "responseBody";
    }

    /// The answer to the call of a function.
    pub struct FunctionActionResponse<'a> {
        /// The version of this format: `1.0`.
        message_version: Option<Str<'a>> = "messageVersion";
        /// The answer.
        response: FunctionResult<'a> = "response", always;
        /// What is kept for the conversation from now on.
        session_attributes: Map<'a, Str<'a>> = "sessionAttributes";
        /// What is kept for this turn from now on.
        prompt_session_attributes: Map<'a, Str<'a>> = "promptSessionAttributes";
        /// How knowledge bases are searched from now on.
        knowledge_bases_configuration: Vec<KnowledgeBaseConfiguration<'a>> = "knowledgeBasesConfiguration";
    }

    /// What a function has given.
    pub struct FunctionResult<'a> {
        /// The action group of the event.
        action_group: Option<Str<'a>> = "actionGroup";
        /// The function of the event.
        function: Option<Str<'a>> = "function";
        /// What it has given.
        function_response: FunctionResponse<'a> = "functionResponse", always;
    }

    /// What a function has given.
    pub struct FunctionResponse<'a> {
        /// What went wrong, if something did.
        response_state: Option<ResponseState<'a>> = "responseState";
        /// The body, by the type of content, which is `TEXT`.
        response_body: Map<'a, Body<'a>> = "responseBody", always;
    }

    /// A body.
    pub struct Body<'a> {
        /// The body as text; JSON if the type of content says so.
        body: Option<Str<'a>> = "body";
    }

    /// How a knowledge base is searched.
    pub struct KnowledgeBaseConfiguration<'a> {
        /// The knowledge base.
        knowledge_base_id: Option<Str<'a>> = "knowledgeBaseId";
        /// How it is searched.
        retrieval_configuration: Option<RetrievalConfiguration<'a>> = "retrievalConfiguration";
    }

    /// How something is searched.
    pub struct RetrievalConfiguration<'a> {
        /// By meaning.
        vector_search_configuration: Option<VectorSearchConfiguration<'a>> = "vectorSearchConfiguration";
    }

    /// How something is searched by meaning.
    pub struct VectorSearchConfiguration<'a> {
        /// How many results there are at most.
        number_of_results: Option<Int> = "numberOfResults";
        /// Whether it is searched by words, too: `HYBRID` or `SEMANTIC`.
        override_search_type: Option<Str<'a>> = "overrideSearchType";
        /// What results have to be like.
        filter: Option<Json<'a>> = "filter";
    }
}

open_enum! {
    /// What went wrong in a function.
    pub enum ResponseState<'a> {
        /// It has failed, and so does the conversation.
        Failure = "FAILURE",
        /// The agent is to think again.
        Reprompt = "REPROMPT",
    }
}

/// The version of the formats.
const VERSION: &str = "1.0";

impl<'a> ApiAction<'a> {
    /// The value of a parameter, or of a property of the body.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let contents = self.request_body.iter().flat_map(|body| body.content.iter());
        let properties = contents.flat_map(|(_, content)| &content.properties);
        value(self.parameters.iter().chain(properties), name)
    }

    /// An answer to this event, which keeps what is kept.
    pub fn response(
        &self,
        status: u16,
        content_type: impl Into<Str<'a>>,
        body: impl Into<Str<'a>>,
    ) -> ApiActionResponse<'a> {
        ApiActionResponse {
            message_version: Some(VERSION.into()),
            response: ApiResult {
                action_group: self.action_group.clone(),
                api_path: Some(self.api_path.clone()),
                http_method: self.http_method.clone(),
                http_status_code: Some(i64::from(status).into()),
                response_body: bodies(content_type, body),
                ..Default::default()
            },
            session_attributes: self.session_attributes.clone(),
            prompt_session_attributes: self.prompt_session_attributes.clone(),
            ..Default::default()
        }
    }
}

impl<'a> FunctionAction<'a> {
    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        value(self.parameters.iter(), name)
    }

    /// An answer to this event, which keeps what is kept.
    pub fn response(&self, text: impl Into<Str<'a>>) -> FunctionActionResponse<'a> {
        FunctionActionResponse {
            message_version: Some(VERSION.into()),
            response: FunctionResult {
                action_group: self.action_group.clone(),
                function: Some(self.function.clone()),
                function_response: FunctionResponse {
                    response_body: bodies("TEXT", text),
                    ..Default::default()
                },
                ..Default::default()
            },
            session_attributes: self.session_attributes.clone(),
            prompt_session_attributes: self.prompt_session_attributes.clone(),
            ..Default::default()
        }
    }
}

fn value<'b>(mut parameters: impl Iterator<Item = &'b Parameter<'b>>, name: &str) -> Option<&'b str> {
    parameters.find(|parameter| parameter.name.as_deref() == Some(name))?.value.as_deref()
}

fn bodies<'a>(content_type: impl Into<Str<'a>>, body: impl Into<Str<'a>>) -> Map<'a, Body<'a>> {
    Map::from([(content_type, Body { body: Some(body.into()), ..Default::default() })])
}

#[cfg(test)]
mod test {
    use super::{ApiAction, FunctionAction};

    #[test]
    fn a_property_of_the_body_is_a_parameter_too() {
        let json = r#"{"apiPath":"/","parameters":[{"name":"a","value":"1"}],
            "requestBody":{"content":{"application/json":{"properties":[{"name":"b","value":"2"}]}}}}"#;
        let event: ApiAction<'_> = serde_json::from_str(json).unwrap();
        assert_eq!(["a", "b", "c"].map(|name| event.parameter(name)), [Some("1"), Some("2"), None]);
    }

    #[test]
    fn an_answer_repeats_what_the_agent_needs() {
        let json = r#"{"actionGroup":"orders","function":"find","sessionAttributes":{"user":"ada"}}"#;
        let event: FunctionAction<'_> = serde_json::from_str(json).unwrap();
        let written = concat!(
            r#"{"messageVersion":"1.0","response":{"actionGroup":"orders","function":"find","#,
            r#""functionResponse":{"responseBody":{"TEXT":{"body":"sent"}}}},"sessionAttributes":{"user":"ada"}}"#
        );
        assert_eq!(serde_json::to_string(&event.response("sent")).unwrap(), written);

        let event: ApiAction<'_> =
            serde_json::from_str(r#"{"actionGroup":"orders","apiPath":"/orders","httpMethod":"GET"}"#)
                .unwrap();
        let written = concat!(
            r#"{"messageVersion":"1.0","response":{"actionGroup":"orders","apiPath":"/orders","httpMethod":"GET","#,
            r#""httpStatusCode":404,"responseBody":{"application/json":{"body":"{}"}}}}"#
        );
        assert_eq!(serde_json::to_string(&event.response(404, "application/json", "{}")).unwrap(), written);
    }
}
