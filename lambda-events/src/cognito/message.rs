//! Triggers around messages to users: their text, and senders of one's own.
//!
//! Sources: [custom message](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-message.html),
//! [custom e-mail sender](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-email-sender.html),
//! [custom SMS sender](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-sms-sender.html).

use super::triggers;
use crate::{Json, Map, Str};

triggers! {
    /// A message is about to be sent.
    ///
    /// ```
    /// use lambda_events::cognito::CustomMessage;
    ///
    /// let json = r#"{"request":{"codeParameter":"{####}"},"response":{"smsMessage":null,"emailMessage":null,"emailSubject":null}}"#;
    /// let mut event: CustomMessage<'_> = serde_json::from_str(json)?;
    /// let code = event.request.code_parameter.as_deref().unwrap_or("{####}");
    /// event.response.sms_message = Some(format!("Your code is {code}.").into());
    /// assert_eq!(event.response.sms_message.as_deref(), Some("Your code is {####}."));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CustomMessage<'a> {
        request: CustomMessageRequest<'a>,
        response: CustomMessageResponse<'a>,
    }

    /// An e-mail is to be sent by the function.
    ///
    /// ```
    /// use lambda_events::cognito::CustomEmailSender;
    ///
    /// let json = r#"{"triggerSource":"CustomEmailSender_SignUp","request":{"type":"customEmailSenderRequestV1",
    ///     "code":"AYADeExample==","userAttributes":{"email":"ada@example.com"}}}"#;
    /// let event: CustomEmailSender<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.request.user_attributes["email"], "ada@example.com");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CustomEmailSender<'a> {
        request: SenderRequest<'a>,
        response: Map<'a, Json<'a>>,
    }

    /// A text message is to be sent by the function.
    ///
    /// ```
    /// use lambda_events::cognito::CustomSmsSender;
    ///
    /// let json = r#"{"triggerSource":"CustomSMSSender_SignUp","request":{"type":"customSMSSenderRequestV1",
    ///     "code":"AYADeExample==","userAttributes":{"phone_number":"+15550100"}}}"#;
    /// let event: CustomSmsSender<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.request.user_attributes["phone_number"], "+15550100");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CustomSmsSender<'a> {
        request: SenderRequest<'a>,
        response: Map<'a, Json<'a>>,
    }
}

event! {
    /// To whom a message goes.
    pub struct CustomMessageRequest<'a> {
        /// The user's attributes.
        user_attributes: Map<'a, Str<'a>> = "userAttributes";
        /// What stands in the text for the code: `{####}`.
        code_parameter: Option<Str<'a>> = "codeParameter";
        /// What stands in the text for a link: `{##Click Here##}`.
        link_parameter: Option<Str<'a>> = "linkParameter";
        /// What stands in the text for the user's name, if an administrator has made the user.
        username_parameter: Option<Str<'a>> = "usernameParameter";
        /// What the app sends to the functions.
        client_metadata: Map<'a, Str<'a>> = "clientMetadata";
    }

    /// The text; what is not there is as the pool has it.
    pub struct CustomMessageResponse<'a> {
        /// The text message, with the code's place in it.
        sms_message: Option<Str<'a>> = "smsMessage";
        /// The e-mail, with the code's place in it.
        email_message: Option<Str<'a>> = "emailMessage";
        /// The e-mail's subject.
        email_subject: Option<Str<'a>> = "emailSubject";
    }

    /// What is to be sent, and to whom.
    pub struct SenderRequest<'a> {
        /// The version of this format: `customEmailSenderRequestV1` or `customSMSSenderRequestV1`.
        r#type: Option<Str<'a>> = "type";
        /// The code or the password, encrypted by the AWS Encryption SDK with the pool's key, as base64.
        code: Option<Str<'a>> = "code";
        /// What the app sends to the functions.
        client_metadata: Map<'a, Str<'a>> = "clientMetadata";
        /// The user's attributes; for a warning, what is known of the attempt (`IP_ADDRESS`, `CITY`, ...).
        user_attributes: Map<'a, Str<'a>> = "userAttributes";
    }
}
