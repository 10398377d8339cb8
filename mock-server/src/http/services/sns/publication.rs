//! A publication as a form has it. Only what a form can say wrong is looked at here, the rest in
//! [`core::trigger::topic`](crate::core::trigger::topic).

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::Fault;
use crate::{
    core::{
        mapping::{AttributeValue, MessageAttribute},
        trigger::topic::{MessageStructure, Publication},
    },
    http::services::query::Fields,
};

pub(super) fn read(fields: &Fields<'_>) -> Result<Publication, Fault> {
    let structure = match fields.get("MessageStructure") {
        None => MessageStructure::Text,
        Some("json") => MessageStructure::Json,
        Some(other) => {
            return Err(Fault::invalid_parameter(&format!("MessageStructure Reason: {other} is not json")));
        }
    };
    let text = |name| fields.get(name).map(str::to_owned);
    Ok(Publication {
        message: text("Message").unwrap_or_default(),
        structure,
        subject: text("Subject"),
        attributes: attributes(fields)?,
        group_id: text("MessageGroupId"),
        deduplication_id: text("MessageDeduplicationId"),
    })
}

fn attributes(fields: &Fields<'_>) -> Result<BTreeMap<String, MessageAttribute>, Fault> {
    let mut attributes = BTreeMap::new();
    for entry in fields.elements("MessageAttributes.entry") {
        let name = entry.get("Name").unwrap_or_default();
        let problem = |what| Fault::invalid_attribute(format!("MessageAttributes: {name}: {what}"));
        let value = match (entry.get("Value.StringValue"), entry.get("Value.BinaryValue")) {
            (Some(text), None) => AttributeValue::Text(text.to_owned()),
            (None, Some(base64)) => {
                let bytes = STANDARD.decode(base64).map_err(|_| problem("BinaryValue is no base64"))?;
                AttributeValue::Binary(bytes.into())
            }
            _ => return Err(problem("expected either a StringValue or a BinaryValue")),
        };
        let data_type = entry.get("Value.DataType").unwrap_or_default().to_owned();
        if attributes.insert(name.to_owned(), MessageAttribute { data_type, value }).is_some() {
            return Err(problem("the name comes twice"));
        }
    }
    Ok(attributes)
}
