//! The state of a conversation, and the answer.
//!
//! Source: [response format](https://docs.aws.amazon.com/lexv2/latest/dg/lambda-response-format.html),
//! [common structures](https://docs.aws.amazon.com/lexv2/latest/dg/lambda-common-structures.html).

use crate::{Int, Json, Map, Str};

event! {
    /// The state of a conversation.
    pub struct SessionState<'a> {
        /// Contexts that are active.
        active_contexts: Vec<ActiveContext<'a>> = "activeContexts";
        /// What functions have set.
        session_attributes: Map<'a, Str<'a>> = "sessionAttributes";
        /// Words that are to be expected.
        runtime_hints: Option<RuntimeHints<'a>> = "runtimeHints";
        /// What the bot does next.
        dialog_action: Option<DialogAction<'a>> = "dialogAction";
        /// The intent.
        intent: Option<Intent<'a>> = "intent";
        /// The id of the request.
        originating_request_id: Option<Str<'a>> = "originatingRequestId";
    }

    /// A context that is active.
    pub struct ActiveContext<'a> {
        /// Its name.
        name: Option<Str<'a>> = "name";
        /// What it has of the slots that made it active.
        context_attributes: Map<'a, Str<'a>> = "contextAttributes", always;
        /// How long it stays so.
        time_to_live: TimeToLive<'a> = "timeToLive";
    }

    /// How long a context stays active: until one of the two is over.
    pub struct TimeToLive<'a> {
        /// In seconds.
        time_to_live_in_seconds: Option<Int> = "timeToLiveInSeconds";
        /// In turns.
        turns_to_live: Option<Int> = "turnsToLive";
    }

    /// Words that are to be expected.
    pub struct RuntimeHints<'a> {
        /// By the name of the intent and that of the slot.
        slot_hints: Map<'a, Map<'a, SlotHint<'a>>> = "slotHints";
    }

    /// Words that are to be expected for a slot.
    pub struct SlotHint<'a> {
        /// The words.
        runtime_hint_values: Vec<RuntimeHintValue<'a>> = "runtimeHintValues";
        /// Those for the parts of the slot, by name.
        sub_slot_hints: Map<'a, Self> = "subSlotHints";
    }

    /// Words.
    pub struct RuntimeHintValue<'a> {
        /// The words.
        phrase: Option<Str<'a>> = "phrase";
    }

    /// What the bot does next.
    pub struct DialogAction<'a> {
        /// How a slot is asked for.
        slot_elicitation_style: Option<SlotElicitationStyle<'a>> = "slotElicitationStyle";
        /// The slot that is asked for.
        slot_to_elicit: Option<Str<'a>> = "slotToElicit";
        /// The part of the slot that is asked for.
        sub_slot_to_elicit: Option<Box<ElicitSubSlot<'a>>> = "subSlotToElicit";
        /// What is done.
        r#type: Option<DialogActionType<'a>> = "type";
    }

    /// A part of a slot.
    pub struct ElicitSubSlot<'a> {
        /// Its name.
        name: Option<Str<'a>> = "name";
        /// A part of it in turn.
        sub_slot_to_elicit: Option<Box<Self>> = "subSlotToElicit";
    }

    /// What a user wants.
    pub struct Intent<'a> {
        /// Its name.
        name: Option<Str<'a>> = "name";
        /// What is to be known, by name. A slot that is not filled is `null`: it is in [`Map::odd`].
        slots: Map<'a, Slot<'a>> = "slots";
        /// How far it is.
        state: Option<IntentState<'a>> = "state";
        /// Whether the user has confirmed it.
        confirmation_state: Option<ConfirmationState<'a>> = "confirmationState";
        /// What Amazon Kendra has found, for an intent that searches.
        kendra_response: Option<Json<'a>> = "kendraResponse";
    }

    /// Something that is to be known.
    pub struct Slot<'a> {
        /// Whether it has one value, a list of them, or parts.
        shape: Option<SlotShape<'a>> = "shape";
        /// The value.
        value: Option<SlotValue<'a>> = "value";
        /// The values, if it is a list.
        values: Vec<Self> = "values";
        /// The parts, by name.
        sub_slots: Map<'a, Self> = "subSlots";
    }

    /// A value.
    pub struct SlotValue<'a> {
        /// What the user has said.
        original_value: Option<Str<'a>> = "originalValue";
        /// What that could be of what the bot knows.
        resolved_values: Vec<Str<'a>> = "resolvedValues";
        /// What it is taken for.
        interpreted_value: Option<Str<'a>> = "interpretedValue";
    }

    /// The answer to a turn.
    pub struct LexResponse<'a> {
        /// The state, with what the bot does next.
        session_state: SessionState<'a> = "sessionState", always;
        /// What the user gets; needed where the bot asks for an intent.
        messages: Vec<Message<'a>> = "messages";
        /// What the app gets with it.
        request_attributes: Map<'a, Str<'a>> = "requestAttributes";
    }

    /// A message to the user.
    pub struct Message<'a> {
        /// What kind of message it is.
        content_type: Option<ContentType<'a>> = "contentType";
        /// The text, 1,024 characters at most.
        content: Option<Str<'a>> = "content";
        /// A card with buttons.
        image_response_card: Option<ImageResponseCard<'a>> = "imageResponseCard";
    }

    /// A card.
    pub struct ImageResponseCard<'a> {
        /// Its title.
        title: Option<Str<'a>> = "title";
        /// Its second title.
        subtitle: Option<Str<'a>> = "subtitle";
        /// Its picture.
        image_url: Option<Str<'a>> = "imageUrl";
        /// Its buttons, five at most.
        buttons: Vec<Button<'a>> = "buttons";
    }

    /// A button.
    pub struct Button<'a> {
        /// What stands on it.
        text: Option<Str<'a>> = "text";
        /// What the user says by it.
        value: Option<Str<'a>> = "value";
    }
}

impl Intent<'_> {
    /// What the value of a slot is taken for; `None` if it is not filled, is a list, or has parts.
    pub fn slot(&self, name: &str) -> Option<&str> {
        self.slots.get(name)?.value.as_ref()?.interpreted_value.as_deref()
    }
}

open_enum! {
    /// What a bot does next.
    pub enum DialogActionType<'a> {
        /// It ends the intent.
        Close = "Close",
        /// It asks whether the intent is right.
        ConfirmIntent = "ConfirmIntent",
        /// It does what it would do without a function.
        Delegate = "Delegate",
        /// It asks what the user wants.
        ElicitIntent = "ElicitIntent",
        /// It asks for a slot.
        ElicitSlot = "ElicitSlot",
    }

    /// How a slot is asked for.
    pub enum SlotElicitationStyle<'a> {
        /// In words.
        Default = "Default",
        /// Letter by letter.
        SpellByLetter = "SpellByLetter",
        /// Letter by letter, with a word for each.
        SpellByWord = "SpellByWord",
    }

    /// How far an intent is.
    pub enum IntentState<'a> {
        /// It has failed.
        Failed = "Failed",
        /// It is done.
        Fulfilled = "Fulfilled",
        /// It is being done.
        FulfillmentInProgress = "FulfillmentInProgress",
        /// Something is to be known yet.
        InProgress = "InProgress",
        /// All is known.
        ReadyForFulfillment = "ReadyForFulfillment",
        /// The user has asked to wait.
        Waiting = "Waiting",
    }

    /// Whether a user has confirmed an intent.
    pub enum ConfirmationState<'a> {
        /// Yes.
        Confirmed = "Confirmed",
        /// No: it is not what the user wants.
        Denied = "Denied",
        /// The user has not been asked.
        None = "None",
    }

    /// What a slot has.
    pub enum SlotShape<'a> {
        /// One value.
        Scalar = "Scalar",
        /// A list of values.
        List = "List",
        /// Parts.
        Composite = "Composite",
    }

    /// A kind of message.
    pub enum ContentType<'a> {
        /// Text for the app.
        CustomPayload = "CustomPayload",
        /// A card.
        ImageResponseCard = "ImageResponseCard",
        /// Text.
        PlainText = "PlainText",
        /// Text that says how it is spoken.
        Ssml = "SSML",
    }
}

#[cfg(test)]
mod test {
    use super::Intent;

    #[test]
    fn a_slot_that_is_not_filled_stays_null() {
        let json = concat!(
            r#"{"name":"Order","slots":{"Size":null,"Drink":{"shape":"Scalar","#,
            r#""value":{"originalValue":"a tea","resolvedValues":["tea"],"interpretedValue":"tea"}},"Milk":null}}"#
        );
        let intent: Intent<'_> = serde_json::from_str(json).unwrap();
        assert_eq!((intent.slot("Drink"), intent.slot("Size")), (Some("tea"), None));
        let empty: Vec<_> = intent.slots.odd().map(|(name, _)| name).collect();
        assert_eq!(empty, ["Size", "Milk"]);
        assert_eq!(serde_json::to_string(&intent).unwrap(), json);
    }
}
