//! Changes of Amazon DocumentDB.
//!
//! Source: [Using Lambda with Amazon DocumentDB](https://docs.aws.amazon.com/lambda/latest/dg/with-documentdb.html); what a change has:
//! [change streams](https://docs.aws.amazon.com/documentdb/latest/developerguide/change_streams.html).

use crate::{Int, Json, Str};

event! {
    /// A batch of changes.
    ///
    /// ```
    /// use lambda_events::documentdb::{DocumentDb, OperationType};
    ///
    /// let json = r#"{"events":[{"event":{"documentKey":{"_id":{"$oid":"63eeb6e7d418cd98afb1c1d7"}},
    ///     "fullDocument":{"order":4711},"operationType":"insert"}}]}"#;
    /// let event: DocumentDb<'_> = serde_json::from_str(json)?;
    /// let change = &event.events[0].event;
    /// assert_eq!(change.operation_type, Some(OperationType::Insert));
    /// assert_eq!(change.full_document.as_ref().and_then(|document| document["order"].as_i64()), Some(4711));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct DocumentDb<'a> {
        /// The ARN of the cluster.
        event_source_arn: Option<Str<'a>> = "eventSourceArn";
        /// The changes.
        events: Vec<Event<'a>> = "events", required;
        /// `aws:docdb`.
        event_source: Option<Str<'a>> = "eventSource";
    }

    /// A change.
    pub struct Event<'a> {
        /// The change.
        event: Change<'a> = "event", required;
    }

    /// A change; ids and documents are in extended JSON.
    pub struct Change<'a> {
        /// Its place in the stream.
        id: ResumeToken<'a> = "_id";
        /// When it was made.
        cluster_time: Option<ClusterTime<'a>> = "clusterTime";
        /// The id of the document, and its shard key.
        document_key: Option<Json<'a>> = "documentKey";
        /// The document, of an insertion or a replacement, or if updates are looked up.
        full_document: Option<Json<'a>> = "fullDocument";
        /// Where the document is.
        ns: Option<Namespace<'a>> = "ns";
        /// What has happened.
        operation_type: Option<OperationType<'a>> = "operationType";
        /// What a collection is called now.
        to: Option<Namespace<'a>> = "to";
        /// What has changed in the document.
        update_description: Option<UpdateDescription<'a>> = "updateDescription";
        /// The number of the transaction.
        txn_number: Option<Json<'a>> = "txnNumber";
        /// The session of the transaction.
        lsid: Option<Json<'a>> = "lsid";
    }

    /// A place in a stream.
    pub struct ResumeToken<'a> {
        /// The place.
        data: Option<Str<'a>> = "_data";
    }

    /// When a change was made.
    pub struct ClusterTime<'a> {
        /// The time.
        timestamp: Timestamp<'a> = "$timestamp";
    }

    /// A time with an order of what happens in the same second.
    pub struct Timestamp<'a> {
        /// Seconds since the beginning of 1970.
        t: Option<Int> = "t";
        /// The place in the second.
        i: Option<Int> = "i";
    }

    /// A database or a collection.
    pub struct Namespace<'a> {
        /// The database.
        db: Option<Str<'a>> = "db";
        /// The collection.
        coll: Option<Str<'a>> = "coll";
    }

    /// What has changed in a document.
    pub struct UpdateDescription<'a> {
        /// Fields that were set, with their values.
        updated_fields: Option<Json<'a>> = "updatedFields";
        /// Names of fields that were removed.
        removed_fields: Vec<Str<'a>> = "removedFields";
        /// Arrays that were cut.
        truncated_arrays: Vec<TruncatedArray<'a>> = "truncatedArrays";
    }

    /// An array that was cut.
    pub struct TruncatedArray<'a> {
        /// The field.
        field: Option<Str<'a>> = "field";
        /// How many elements it has now.
        new_size: Option<Int> = "newSize";
    }
}

open_enum! {
    /// What has happened.
    pub enum OperationType<'a> {
        /// A document is new.
        Insert = "insert",
        /// A document was changed.
        Update = "update",
        /// A document was replaced.
        Replace = "replace",
        /// A document was deleted.
        Delete = "delete",
        /// A collection was dropped.
        Drop = "drop",
        /// A database was dropped.
        DropDatabase = "dropDatabase",
        /// A collection was renamed.
        Rename = "rename",
        /// The stream is at its end.
        Invalidate = "invalidate",
    }
}
