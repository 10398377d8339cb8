//! Amazon Connect: steps of flows, and outbound campaigns.
//!
//! A flow takes as its answer a flat object of text, or any JSON if the block says so; Amazon Connect has no type for it.
//!
//! Sources: [Lambda functions in
//! flows](https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html),
//! [in campaigns](https://docs.aws.amazon.com/connect/latest/adminguide/lambda-invoke-functions.html).

use crate::{
    Json, Map, Str,
    value::{Millis, Scalar},
};

event! {
    /// A flow has come to a block that calls the function.
    ///
    /// ```
    /// use lambda_events::connect::Connect;
    ///
    /// let json = r#"{"Name":"ContactFlowEvent","Details":{"ContactData":{"Channel":"CHAT","CustomerEndpoint":null},
    ///     "Parameters":{"step":"greet"}}}"#;
    /// let event: Connect<'_> = serde_json::from_str(json)?;
    /// assert!(event.details.contact_data.customer_endpoint.is_none());
    /// assert_eq!(event.details.parameters["step"], "greet");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Connect<'a> {
        /// `ContactFlowEvent`.
        name: Option<Str<'a>> = "Name";
        /// The contact and the parameters.
        details: Details<'a> = "Details", required;
    }

    /// A contact, and what the block gives to the function.
    pub struct Details<'a> {
        /// The contact.
        contact_data: ContactData<'a> = "ContactData";
        /// The parameters of the block.
        parameters: Map<'a, Str<'a>> = "Parameters";
    }

    /// A contact.
    pub struct ContactData<'a> {
        /// What flows have set.
        attributes: Map<'a, Str<'a>> = "Attributes";
        /// The e-mail addresses in copy, of an e-mail.
        additional_email_recipients: Option<EmailRecipients<'a>> = "AdditionalEmailRecipients";
        /// How the customer has made contact.
        channel: Option<ContactChannel<'a>> = "Channel";
        /// The contact's id.
        contact_id: Option<Str<'a>> = "ContactId";
        /// Where the customer is reached; not there for tasks and for most chats.
        customer_endpoint: Option<Endpoint<'a>> = "CustomerEndpoint";
        /// The customer's id, if a flow has set it.
        customer_id: Option<Str<'a>> = "CustomerId";
        /// What the contact is about.
        description: Option<Str<'a>> = "Description";
        /// The first contact, if this one comes of a transfer.
        initial_contact_id: Option<Str<'a>> = "InitialContactId";
        /// How the contact has begun.
        initiation_method: Option<InitiationMethod<'a>> = "InitiationMethod";
        /// The ARN of the instance.
        instance_arn: Option<Str<'a>> = "InstanceARN";
        /// The language: `en-US`.
        language_code: Option<Str<'a>> = "LanguageCode";
        /// Streams of what is said.
        media_streams: MediaStreams<'a> = "MediaStreams";
        /// What the contact is called.
        name: Option<Str<'a>> = "Name";
        /// The contact before, if this one comes of a transfer.
        previous_contact_id: Option<Str<'a>> = "PreviousContactId";
        /// The queue, once there is one.
        queue: Option<Queue<'a>> = "Queue";
        /// Links and other data for the agent, by name.
        references: Map<'a, Reference<'a>> = "References";
        /// The contact that this one is related to.
        related_contact_id: Option<Str<'a>> = "RelatedContactId";
        /// What Amazon Connect says of the contact, by name: `connect:Subtype`.
        segment_attributes: Map<'a, SegmentAttribute<'a>> = "SegmentAttributes";
        /// What the customer has called; not there for tasks and for most chats.
        system_endpoint: Option<Endpoint<'a>> = "SystemEndpoint";
        /// Tags, those of AWS among them.
        tags: Map<'a, Str<'a>> = "Tags";
    }

    /// E-mail addresses in copy.
    pub struct EmailRecipients<'a> {
        /// Those in the `To` line.
        to_addresses: Vec<Json<'a>> = "ToAddresses";
        /// Those in the `Cc` line.
        cc_addresses: Vec<Json<'a>> = "CcAddresses";
    }

    /// An address.
    pub struct Endpoint<'a> {
        /// The number or the address.
        address: Option<Str<'a>> = "Address";
        /// What kind of address it is.
        r#type: Option<EndpointType<'a>> = "Type";
    }

    /// A queue.
    pub struct Queue<'a> {
        /// Its ARN.
        arn: Option<Str<'a>> = "ARN";
        /// Its name.
        name: Option<Str<'a>> = "Name";
        /// The number that calls from it show.
        outbound_caller_id: Option<Endpoint<'a>> = "OutboundCallerId";
    }

    /// Streams of a contact.
    pub struct MediaStreams<'a> {
        /// Those of the customer.
        customer: CustomerStreams<'a> = "Customer";
    }

    /// Streams of a customer.
    pub struct CustomerStreams<'a> {
        /// What is said; not there before it has been started.
        audio: Option<AudioStream<'a>> = "Audio";
    }

    /// A stream in Amazon Kinesis Video Streams.
    pub struct AudioStream<'a> {
        /// Where it begins.
        start_fragment_number: Option<Str<'a>> = "StartFragmentNumber";
        /// When it has begun.
        start_timestamp: Option<Millis> = "StartTimestamp";
        /// Where it ends, once it is stopped.
        stop_fragment_number: Option<Str<'a>> = "StopFragmentNumber";
        /// When it has ended, once it is stopped.
        stop_timestamp: Option<Millis> = "StopTimestamp";
        /// The ARN of the stream.
        stream_arn: Option<Str<'a>> = "StreamARN";
    }

    /// Something for the agent.
    pub struct Reference<'a> {
        /// What kind of value it is: `url`, `string`, `number`, `date` or `email`.
        r#type: Option<Str<'a>> = "Type";
        /// The value.
        value: Option<Str<'a>> = "Value";
    }

    /// What Amazon Connect says of a contact.
    pub struct SegmentAttribute<'a> {
        /// The value, if it is text.
        value_string: Option<Str<'a>> = "ValueString";
        /// The value, if it is an object.
        value_map: Option<Map<'a, Json<'a>>> = "ValueMap";
        /// The value, if it is a number.
        value_integer: Option<Scalar<'a>> = "ValueInteger";
    }

    /// Customers of an outbound campaign; the answer is a [`CampaignResponse`].
    ///
    /// ```
    /// use lambda_events::connect::Campaign;
    ///
    /// let json = r#"{"Items":{"CustomerProfiles":[{"ProfileId":"1","CustomerData":"{\"name\":\"Ada\"}"}]}}"#;
    /// let event: Campaign<'_> = serde_json::from_str(json)?;
    /// let data = event.items.customer_profiles[0].read_customer_data()?;
    /// assert_eq!(data["name"].as_str(), Some("Ada"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Campaign<'a> {
        /// Why the function is called.
        invocation_metadata: InvocationMetadata<'a> = "InvocationMetadata";
        /// The customers.
        items: CampaignItems<'a> = "Items", required;
    }

    /// Why a function is called.
    pub struct InvocationMetadata<'a> {
        /// The campaign.
        campaign_context: CampaignContext<'a> = "CampaignContext";
    }

    /// A campaign.
    pub struct CampaignContext<'a> {
        /// Its id.
        campaign_id: Option<Str<'a>> = "CampaignId";
        /// The id of this run of it.
        run_id: Option<Str<'a>> = "RunId";
        /// The id of the action that calls the function.
        action_id: Option<Str<'a>> = "ActionId";
        /// Its name.
        campaign_name: Option<Str<'a>> = "CampaignName";
    }

    /// Items of a campaign.
    pub struct CampaignItems<'a> {
        /// Customers, some at a time.
        customer_profiles: Vec<CustomerProfile<'a>> = "CustomerProfiles";
    }

    /// A customer.
    pub struct CustomerProfile<'a> {
        /// The profile's id, by which it is called in the answer.
        profile_id: Option<Str<'a>> = "ProfileId";
        /// What is known of the customer: JSON as text.
        customer_data: Option<Str<'a>> = "CustomerData";
        /// By what a second call for the same is told.
        idempotency_token: Option<Str<'a>> = "IdempotencyToken";
    }

    /// The answer to customers of a campaign.
    pub struct CampaignResponse<'a> {
        /// What has become of them.
        items: CampaignResults<'a> = "Items", always;
    }

    /// Results of a campaign.
    pub struct CampaignResults<'a> {
        /// One for each customer.
        customer_profiles: Vec<CustomerResult<'a>> = "CustomerProfiles", always;
    }

    /// What has become of a customer.
    pub struct CustomerResult<'a> {
        /// The profile's id.
        id: Str<'a> = "Id", required;
        /// Whether it went well.
        result: Option<CampaignResult<'a>> = "Result";
        /// What the campaign can go on with.
        result_data: Map<'a, Json<'a>> = "ResultData";
    }
}

impl CustomerProfile<'_> {
    /// Reads what is known of the customer; `null` if it is not there.
    ///
    /// # Errors
    ///
    /// If it is no JSON.
    pub fn read_customer_data(&self) -> Result<Json<'_>, serde_json::Error> {
        self.customer_data.as_deref().map_or(Ok(Json::Null), serde_json::from_str)
    }
}

open_enum! {
    /// How a customer has made contact.
    pub enum ContactChannel<'a> {
        /// By telephone or in a browser.
        Voice = "VOICE",
        /// By chat or text message.
        Chat = "CHAT",
        /// A task.
        Task = "TASK",
        /// By e-mail.
        Email = "EMAIL",
    }

    /// How a contact has begun.
    pub enum InitiationMethod<'a> {
        /// The customer has called.
        Inbound = "INBOUND",
        /// An agent has called.
        Outbound = "OUTBOUND",
        /// An agent has transferred the customer.
        Transfer = "TRANSFER",
        /// The customer has asked to be called back.
        Callback = "CALLBACK",
        /// A program has begun it.
        Api = "API",
        /// The customer has been put into another queue.
        QueueTransfer = "QUEUE_TRANSFER",
        /// The contact before has ended.
        Disconnect = "DISCONNECT",
        /// A supervisor has joined.
        Monitor = "MONITOR",
        /// An agent has called somebody who is not a customer.
        ExternalOutbound = "EXTERNAL_OUTBOUND",
        /// The customer has called from a website or an app.
        WebrtcApi = "WEBRTC_API",
        /// An agent has answered by e-mail or chat.
        AgentReply = "AGENT_REPLY",
        /// A flow has begun it.
        Flow = "FLOW",
    }

    /// Whether something went well.
    pub enum CampaignResult<'a> {
        /// It did.
        Success = "SUCCESS",
        /// It did not.
        Failure = "FAILURE",
    }

    /// A kind of address.
    pub enum EndpointType<'a> {
        /// A telephone number.
        TelephoneNumber = "TELEPHONE_NUMBER",
        /// An e-mail address.
        EmailAddress = "EMAIL_ADDRESS",
        /// An address of internet telephony.
        Voip = "VOIP",
        /// A flow.
        ContactFlow = "CONTACT_FLOW",
    }
}
