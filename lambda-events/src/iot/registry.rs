//! Events of the registry: things, their types and their groups.
//!
//! Source: [Registry events](https://docs.aws.amazon.com/iot/latest/developerguide/registry-events.html).

use crate::{
    Int, Json, Map, Str,
    value::{DateTime, Millis},
};

event! {
    /// What all events of the registry have, for a function that gets several of them.
    ///
    /// ```
    /// use lambda_events::iot::{EventType, Operation, Registry};
    ///
    /// let json = r#"{"eventType":"THING_EVENT","operation":"CREATED","thingName":"lamp-1"}"#;
    /// let event: Registry<'_> = serde_json::from_str(json)?;
    /// assert_eq!((event.event_type, event.operation), (EventType::Thing, Some(Operation::Created)));
    /// assert_eq!(event.other["thingName"].as_str(), Some("lamp-1"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Registry<'a> {
        /// What it is about.
        event_type: EventType<'a> = "eventType", required;
        /// The event's id.
        event_id: Option<Str<'a>> = "eventId";
        /// When it happened.
        timestamp: Option<Millis> = "timestamp";
        /// What was done.
        operation: Option<Operation<'a>> = "operation";
        /// The account.
        account_id: Option<Str<'a>> = "accountId";
    }

    /// A thing was created, updated or deleted.
    ///
    /// ```
    /// use lambda_events::iot::ThingEvent;
    ///
    /// let json = r#"{"eventType":"THING_EVENT","operation":"CREATED","thingName":"lamp-1","attributes":{"room":"7"}}"#;
    /// let event: ThingEvent<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.attributes["room"], "7");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ThingEvent<'a> {
        /// `THING_EVENT`.
        event_type: Option<EventType<'a>> = "eventType";
        /// The event's id.
        event_id: Option<Str<'a>> = "eventId";
        /// When it happened.
        timestamp: Option<Millis> = "timestamp";
        /// What was done.
        operation: Option<Operation<'a>> = "operation";
        /// The account.
        account_id: Option<Str<'a>> = "accountId";
        /// The thing's id.
        thing_id: Option<Str<'a>> = "thingId";
        /// The thing's name.
        thing_name: Str<'a> = "thingName", required;
        /// The version of the thing: 1 at first.
        version_number: Option<Int> = "versionNumber";
        /// The thing's type, if it has one.
        thing_type_name: Option<Str<'a>> = "thingTypeName";
        /// The thing's attributes.
        attributes: Map<'a, Str<'a>> = "attributes";
    }

    /// A type of things was created, updated, deprecated or deleted.
    ///
    /// ```
    /// use lambda_events::iot::ThingTypeEvent;
    ///
    /// let event: ThingTypeEvent<'_> = serde_json::from_str(r#"{"thingTypeName":"lamp","isDeprecated":true}"#)?;
    /// assert_eq!(event.is_deprecated, Some(true));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ThingTypeEvent<'a> {
        /// `THING_TYPE_EVENT`.
        event_type: Option<EventType<'a>> = "eventType";
        /// The event's id.
        event_id: Option<Str<'a>> = "eventId";
        /// When it happened.
        timestamp: Option<Millis> = "timestamp";
        /// What was done.
        operation: Option<Operation<'a>> = "operation";
        /// The account.
        account_id: Option<Str<'a>> = "accountId";
        /// The type's id.
        thing_type_id: Option<Str<'a>> = "thingTypeId";
        /// The type's name.
        thing_type_name: Str<'a> = "thingTypeName", required;
        /// Whether no thing can get it any more.
        is_deprecated: Option<bool> = "isDeprecated";
        /// Since when.
        deprecation_date: Option<DateTime<'a>> = "deprecationDate";
        /// Attributes by which things can be found.
        searchable_attributes: Vec<Str<'a>> = "searchableAttributes";
        /// What is added to the messages of things.
        propagating_attributes: Vec<Json<'a>> = "propagatingAttributes";
        /// What the type is.
        description: Option<Str<'a>> = "description";
    }

    /// A thing has got a type, or has lost it.
    ///
    /// ```
    /// use lambda_events::iot::ThingTypeAssociationEvent;
    ///
    /// let json = r#"{"operation":"ADDED","thingName":"lamp-1","thingTypeName":"lamp"}"#;
    /// let event: ThingTypeAssociationEvent<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.thing_type_name, "lamp");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ThingTypeAssociationEvent<'a> {
        /// The event's id.
        event_id: Option<Str<'a>> = "eventId";
        /// `THING_TYPE_ASSOCIATION_EVENT`.
        event_type: Option<EventType<'a>> = "eventType";
        /// What was done.
        operation: Option<Operation<'a>> = "operation";
        /// The thing's id.
        thing_id: Option<Str<'a>> = "thingId";
        /// The thing's name.
        thing_name: Str<'a> = "thingName", required;
        /// The type's name.
        thing_type_name: Str<'a> = "thingTypeName", required;
        /// When it happened.
        timestamp: Option<Millis> = "timestamp";
    }

    /// A group of things was created, updated or deleted.
    ///
    /// ```
    /// use lambda_events::iot::ThingGroupEvent;
    ///
    /// let json = r#"{"operation":"CREATED","thingGroupName":"lamps","parentGroupName":null}"#;
    /// let event: ThingGroupEvent<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.thing_group_name, "lamps");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ThingGroupEvent<'a> {
        /// `THING_GROUP_EVENT`.
        event_type: Option<EventType<'a>> = "eventType";
        /// The event's id.
        event_id: Option<Str<'a>> = "eventId";
        /// When it happened.
        timestamp: Option<Millis> = "timestamp";
        /// What was done.
        operation: Option<Operation<'a>> = "operation";
        /// The account.
        account_id: Option<Str<'a>> = "accountId";
        /// The group's id.
        thing_group_id: Option<Str<'a>> = "thingGroupId";
        /// The group's name.
        thing_group_name: Str<'a> = "thingGroupName", required;
        /// The version of the group: 1 at first.
        version_number: Option<Int> = "versionNumber";
        /// The name of the group that it is in.
        parent_group_name: Option<Str<'a>> = "parentGroupName";
        /// The id of the group that it is in.
        parent_group_id: Option<Str<'a>> = "parentGroupId";
        /// What the group is.
        description: Option<Str<'a>> = "description";
        /// The groups around it, the outermost first.
        root_to_parent_thing_groups: Vec<RootToParent<'a>> = "rootToParentThingGroups";
        /// The group's attributes.
        attributes: Option<Map<'a, Str<'a>>> = "attributes";
        /// The id of the query, of a dynamic group.
        dynamic_group_mapping_id: Option<Str<'a>> = "dynamicGroupMappingId";
    }

    /// A group around another.
    pub struct RootToParent<'a> {
        /// Its ARN.
        group_arn: Option<Str<'a>> = "groupArn";
        /// Its id.
        group_id: Option<Str<'a>> = "groupId";
    }

    /// A thing was added to a group, or removed from it.
    ///
    /// ```
    /// use lambda_events::iot::{Operation, ThingGroupMembershipEvent};
    ///
    /// let json = r#"{"operation":"ADDED","groupArn":"arn:aws:iot:eu-west-1:123456789012:thinggroup/lamps",
    ///     "thingArn":"arn:aws:iot:eu-west-1:123456789012:thing/lamp-1"}"#;
    /// let event: ThingGroupMembershipEvent<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.operation, Some(Operation::Added));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ThingGroupMembershipEvent<'a> {
        /// `THING_GROUP_MEMBERSHIP_EVENT`.
        event_type: Option<EventType<'a>> = "eventType";
        /// The event's id.
        event_id: Option<Str<'a>> = "eventId";
        /// When it happened.
        timestamp: Option<Millis> = "timestamp";
        /// What was done.
        operation: Option<Operation<'a>> = "operation";
        /// The account.
        account_id: Option<Str<'a>> = "accountId";
        /// The ARN of the group.
        group_arn: Str<'a> = "groupArn", required;
        /// The group's id.
        group_id: Option<Str<'a>> = "groupId";
        /// The ARN of the thing.
        thing_arn: Str<'a> = "thingArn", required;
        /// The thing's id.
        thing_id: Option<Str<'a>> = "thingId";
        /// The id of the relation.
        membership_id: Option<Str<'a>> = "membershipId";
    }

    /// A group was added to another, or removed from it.
    ///
    /// ```
    /// use lambda_events::iot::ThingGroupHierarchyEvent;
    ///
    /// let json = r#"{"operation":"ADDED","thingGroupName":"house","childGroupName":"lamps"}"#;
    /// let event: ThingGroupHierarchyEvent<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.child_group_name, "lamps");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ThingGroupHierarchyEvent<'a> {
        /// `THING_GROUP_HIERARCHY_EVENT`.
        event_type: Option<EventType<'a>> = "eventType";
        /// The event's id.
        event_id: Option<Str<'a>> = "eventId";
        /// When it happened.
        timestamp: Option<Millis> = "timestamp";
        /// What was done.
        operation: Option<Operation<'a>> = "operation";
        /// The account.
        account_id: Option<Str<'a>> = "accountId";
        /// The outer group's id.
        thing_group_id: Option<Str<'a>> = "thingGroupId";
        /// The outer group's name.
        thing_group_name: Str<'a> = "thingGroupName", required;
        /// The inner group's id.
        child_group_id: Option<Str<'a>> = "childGroupId";
        /// The inner group's name.
        child_group_name: Str<'a> = "childGroupName", required;
    }
}

open_enum! {
    /// What an event of the registry is about.
    pub enum EventType<'a> {
        /// A thing: [`ThingEvent`].
        Thing = "THING_EVENT",
        /// A type of things: [`ThingTypeEvent`].
        ThingType = "THING_TYPE_EVENT",
        /// The type of a thing: [`ThingTypeAssociationEvent`].
        ThingTypeAssociation = "THING_TYPE_ASSOCIATION_EVENT",
        /// A group: [`ThingGroupEvent`].
        ThingGroup = "THING_GROUP_EVENT",
        /// A thing in a group: [`ThingGroupMembershipEvent`].
        ThingGroupMembership = "THING_GROUP_MEMBERSHIP_EVENT",
        /// A group in a group: [`ThingGroupHierarchyEvent`].
        ThingGroupHierarchy = "THING_GROUP_HIERARCHY_EVENT",
    }

    /// What was done.
    pub enum Operation<'a> {
        /// It was created.
        Created = "CREATED",
        /// It was updated.
        Updated = "UPDATED",
        /// It was deleted.
        Deleted = "DELETED",
        /// It was added to another.
        Added = "ADDED",
        /// It was removed from another.
        Removed = "REMOVED",
    }
}
