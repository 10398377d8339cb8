//! Event APIs: what is published to a channel, and who wants to hear of it.
//!
//! Source: [Direct data source integrations using
//! Lambda](https://docs.aws.amazon.com/appsync/latest/eventapi/direct-lambda-integrations.html).

use super::{Identity, Request};
use crate::{Json, Map, Str};

event! {
    /// Messages are published to a channel, or somebody subscribes to it.
    ///
    /// ```
    /// use lambda_events::appsync::{ChannelEvent, ChannelReply, ChannelResponse};
    ///
    /// let json = r#"{"info":{"channel":{"path":"/news/latest","segments":["news","latest"]},"operation":"PUBLISH"},
    ///     "events":[{"payload":{"title":"Rain"},"id":"1"}]}"#;
    /// let event: ChannelEvent<'_> = serde_json::from_str(json)?;
    /// let replies = event.events.into_iter().flatten().map(|message| ChannelReply {
    ///     id: message.id,
    ///     payload: Some(message.payload),
    ///     ..Default::default()
    /// });
    /// let response = ChannelResponse { events: Some(replies.collect()), ..Default::default() };
    /// assert_eq!(serde_json::to_string(&response)?, r#"{"events":[{"id":"1","payload":{"title":"Rain"}}]}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ChannelEvent<'a> {
        /// Who publishes or subscribes; not there if an API key is all there is.
        identity: Option<Identity<'a>> = "identity";
        /// Nothing, for a function that is called directly.
        result: Option<Json<'a>> = "result";
        /// The request to the API.
        request: Request<'a> = "request";
        /// The channel, and what is done with it.
        info: ChannelInfo<'a> = "info", required;
        /// Nothing, for a function that is called directly.
        error: Option<Json<'a>> = "error";
        /// Nothing, for a function that is called directly.
        prev: Option<Json<'a>> = "prev";
        /// What handlers give to each other.
        stash: Map<'a, Json<'a>> = "stash";
        /// Errors so far.
        out_errors: Vec<Json<'a>> = "outErrors";
        /// The messages; none if somebody subscribes.
        events: Option<Vec<ChannelMessage<'a>>> = "events";
    }

    /// A channel, and what is done with it.
    pub struct ChannelInfo<'a> {
        /// The channel.
        channel: Channel<'a> = "channel";
        /// The namespace that it is in.
        channel_namespace: ChannelNamespace<'a> = "channelNamespace";
        /// What is done.
        operation: Option<Operation<'a>> = "operation";
    }

    /// A channel.
    pub struct Channel<'a> {
        /// The whole path: `/news/latest`.
        path: Option<Str<'a>> = "path";
        /// Its segments, of which the first is the namespace.
        segments: Vec<Str<'a>> = "segments";
    }

    /// A namespace of channels.
    pub struct ChannelNamespace<'a> {
        /// Its name.
        name: Option<Str<'a>> = "name";
    }

    /// A message that is published.
    pub struct ChannelMessage<'a> {
        /// What is published.
        payload: Json<'a> = "payload", required;
        /// What the answer calls it.
        id: Str<'a> = "id", required;
    }

    /// The answer: to messages, those that go on; to a subscription, `null` or an error.
    pub struct ChannelResponse<'a> {
        /// The messages, changed or not; those that are left out go nowhere.
        events: Option<Vec<ChannelReply<'a>>> = "events";
        /// Why all of it is refused.
        error: Option<Str<'a>> = "error";
    }

    /// What becomes of a message.
    pub struct ChannelReply<'a> {
        /// The id that it came with.
        id: Str<'a> = "id", required;
        /// What goes on.
        payload: Option<Json<'a>> = "payload";
        /// Why it does not go on.
        error: Option<Str<'a>> = "error";
    }
}

open_enum! {
    /// What is done with a channel.
    pub enum Operation<'a> {
        /// Messages are published.
        Publish = "PUBLISH",
        /// Somebody subscribes.
        Subscribe = "SUBSCRIBE",
    }
}
