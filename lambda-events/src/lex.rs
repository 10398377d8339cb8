//! Conversations of Amazon Lex V2.
//!
//! The event is here, with what has been understood; the state of a conversation and the answer, which is made of it, are in
//! `session`. Amazon Lex V1 has no types here.
//!
//! Source: [input event](https://docs.aws.amazon.com/lexv2/latest/dg/lambda-input-format.html) and
//! [response](https://docs.aws.amazon.com/lexv2/latest/dg/lambda-response-format.html) of Lambda functions.

use crate::{Map, Str, value::Number};

mod session;

pub use self::session::{
    ActiveContext, Button, ConfirmationState, ContentType, DialogAction, DialogActionType, ElicitSubSlot,
    ImageResponseCard, Intent, IntentState, LexResponse, Message, RuntimeHintValue, RuntimeHints,
    SessionState, Slot, SlotElicitationStyle, SlotHint, SlotShape, SlotValue, TimeToLive,
};

event! {
    /// A turn of a conversation; the answer is a [`LexResponse`].
    ///
    /// ```
    /// use lambda_events::lex::{DialogAction, DialogActionType, Lex, LexResponse};
    ///
    /// let json = r#"{"sessionId":"1","invocationSource":"DialogCodeHook","sessionState":{"intent":{"name":"Order","slots":
    ///     {"Drink":{"shape":"Scalar","value":{"originalValue":"a tea","interpretedValue":"tea"}},"Size":null}}}}"#;
    /// let event: Lex<'_> = serde_json::from_str(json)?;
    /// let mut state = event.session_state;
    /// let intent = state.intent.as_ref();
    /// assert_eq!(intent.and_then(|intent| intent.slot("Drink")), Some("tea"));
    /// assert_eq!(intent.and_then(|intent| intent.slot("Size")), None);
    ///
    /// state.dialog_action = Some(DialogAction {
    ///     slot_to_elicit: Some("Size".into()),
    ///     r#type: Some(DialogActionType::ElicitSlot),
    ///     ..Default::default()
    /// });
    /// let response = LexResponse { session_state: state, ..Default::default() };
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Lex<'a> {
        /// The version of this format: `1.0`.
        message_version: Option<Str<'a>> = "messageVersion";
        /// At what point the function is called.
        invocation_source: Option<InvocationSource<'a>> = "invocationSource";
        /// How the user has spoken.
        input_mode: Option<InputMode<'a>> = "inputMode";
        /// As what the user gets the answer: `text/plain; charset=utf-8`.
        response_content_type: Option<Str<'a>> = "responseContentType";
        /// The conversation.
        session_id: Option<Str<'a>> = "sessionId";
        /// What the user has said.
        input_transcript: Option<Str<'a>> = "inputTranscript";
        /// Which of the function's places in the conversation has called it.
        invocation_label: Option<Str<'a>> = "invocationLabel";
        /// The bot.
        bot: Bot<'a> = "bot";
        /// What the user may have meant, the most probable first.
        interpretations: Vec<Interpretation<'a>> = "interpretations";
        /// What the bot would do next.
        proposed_next_state: Option<ProposedNextState<'a>> = "proposedNextState";
        /// What the app has sent with this turn.
        request_attributes: Map<'a, Str<'a>> = "requestAttributes";
        /// The state of the conversation.
        session_state: SessionState<'a> = "sessionState", required;
        /// What the user may have said, the most probable first.
        transcriptions: Vec<Transcription<'a>> = "transcriptions";
    }

    /// A bot.
    pub struct Bot<'a> {
        /// Its id.
        id: Option<Str<'a>> = "id";
        /// Its name.
        name: Option<Str<'a>> = "name";
        /// The id of the alias.
        alias_id: Option<Str<'a>> = "aliasId";
        /// The name of the alias.
        alias_name: Option<Str<'a>> = "aliasName";
        /// The language: `en_GB`.
        locale_id: Option<Str<'a>> = "localeId";
        /// The version: a number, or `DRAFT`.
        version: Option<Str<'a>> = "version";
    }

    /// What the user may have meant.
    pub struct Interpretation<'a> {
        /// Who says so: `Lex` or `Bedrock`.
        interpretation_source: Option<Str<'a>> = "interpretationSource";
        /// The intent.
        intent: Intent<'a> = "intent";
        /// How probable it is, from 0 to 1.
        nlu_confidence: Option<Number> = "nluConfidence";
        /// The user's mood.
        sentiment_response: Option<SentimentResponse<'a>> = "sentimentResponse";
    }

    /// A user's mood.
    pub struct SentimentResponse<'a> {
        /// The most probable one.
        sentiment: Option<Sentiment<'a>> = "sentiment";
        /// How probable each is.
        sentiment_score: Option<SentimentScore<'a>> = "sentimentScore";
    }

    /// How probable each mood is, from 0 to 1.
    pub struct SentimentScore<'a> {
        /// Mixed.
        mixed: Option<Number> = "mixed";
        /// Bad.
        negative: Option<Number> = "negative";
        /// Neither.
        neutral: Option<Number> = "neutral";
        /// Good.
        positive: Option<Number> = "positive";
    }

    /// What the bot would do next.
    pub struct ProposedNextState<'a> {
        /// What it would do.
        dialog_action: Option<DialogAction<'a>> = "dialogAction";
        /// The intent.
        intent: Option<Intent<'a>> = "intent";
        /// The question, if it would ask one.
        prompt: Option<Prompt<'a>> = "prompt";
    }

    /// A question of the bot.
    pub struct Prompt<'a> {
        /// Which attempt: `Initial`, `Retry1`, ... `Retry5`.
        attempt: Option<Str<'a>> = "attempt";
    }

    /// What the user may have said.
    pub struct Transcription<'a> {
        /// The text.
        transcription: Option<Str<'a>> = "transcription";
        /// How probable it is, from 0 to 1.
        transcription_confidence: Option<Number> = "transcriptionConfidence";
        /// What it would mean.
        resolved_context: Option<ResolvedContext<'a>> = "resolvedContext";
        /// The slots that it would fill, by name.
        resolved_slots: Map<'a, Slot<'a>> = "resolvedSlots";
    }

    /// What something would mean.
    pub struct ResolvedContext<'a> {
        /// The name of the intent.
        intent: Option<Str<'a>> = "intent";
    }
}

open_enum! {
    /// At what point of a conversation a function is called.
    pub enum InvocationSource<'a> {
        /// At each turn.
        DialogCodeHook = "DialogCodeHook",
        /// When all is known.
        FulfillmentCodeHook = "FulfillmentCodeHook",
    }

    /// How a user has spoken.
    pub enum InputMode<'a> {
        /// With the keys of a telephone.
        Dtmf = "DTMF",
        /// By voice.
        Speech = "Speech",
        /// In writing.
        Text = "Text",
    }

    /// A mood.
    pub enum Sentiment<'a> {
        /// Mixed.
        Mixed = "MIXED",
        /// Bad.
        Negative = "NEGATIVE",
        /// Neither.
        Neutral = "NEUTRAL",
        /// Good.
        Positive = "POSITIVE",
    }
}
