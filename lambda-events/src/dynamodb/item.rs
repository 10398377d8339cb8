//! Items as types of one's own, through `serde_dynamo`.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_dynamo::AttributeValue as Dynamo;

use super::AttributeValue;
use crate::{Map, value::Base64Error};

/// Why an item is no value of a type.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ItemError {
    /// A value is of a type that DynamoDB did not have when this was written.
    #[error("the attribute {name} is of a type that is not known")]
    UnknownType {
        /// The attribute, or the one that it is in.
        name: String,
    },
    /// Bytes are no base64.
    #[error("the attribute {name} is no base64")]
    Base64 {
        /// The attribute, or the one that it is in.
        name: String,
        /// Why.
        source: Base64Error,
    },
    /// It is of another shape.
    #[error("the item is not what was expected")]
    Shape(#[source] serde_dynamo::Error),
}

impl Map<'_, AttributeValue<'_>> {
    /// The item as a type of one's own, as `serde_dynamo` reads it.
    ///
    /// # Errors
    ///
    /// [`ItemError`] if it is of another shape.
    ///
    /// ```
    /// use lambda_events::{Map, dynamodb::AttributeValue};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Product {
    ///     id: String,
    ///     price: f64,
    /// }
    ///
    /// let json = r#"{"id":{"S":"4711"},"price":{"N":"12.5"}}"#;
    /// let image: Map<'_, AttributeValue<'_>> = serde_json::from_str(json)?;
    /// let product: Product = image.to_item()?;
    /// assert_eq!((product.id.as_str(), product.price), ("4711", 12.5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_item<T: DeserializeOwned>(&self) -> Result<T, ItemError> {
        let members = self.iter().map(|(name, value)| Ok((name.to_owned(), dynamo(name, value)?)));
        let item: HashMap<_, _> = members.collect::<Result<_, ItemError>>()?;
        serde_dynamo::from_item(item).map_err(ItemError::Shape)
    }
}

fn dynamo(name: &str, value: &AttributeValue<'_>) -> Result<Dynamo, ItemError> {
    let texts = |texts: &[crate::Str<'_>]| texts.iter().map(ToString::to_string).collect();
    let bytes = |bytes: &crate::value::Base64<'_>| {
        bytes.decode().map_err(|source| ItemError::Base64 { name: name.to_owned(), source })
    };
    Ok(match value {
        AttributeValue::S(text) => Dynamo::S(text.to_string()),
        AttributeValue::N(number) => Dynamo::N(number.to_string()),
        AttributeValue::B(encoded) => Dynamo::B(bytes(encoded)?),
        AttributeValue::Bool(value) => Dynamo::Bool(*value),
        AttributeValue::Null => Dynamo::Null(true),
        AttributeValue::Ss(set) => Dynamo::Ss(texts(set)),
        AttributeValue::Ns(set) => Dynamo::Ns(texts(set)),
        AttributeValue::Bs(set) => Dynamo::Bs(set.iter().map(bytes).collect::<Result<_, _>>()?),
        AttributeValue::L(list) => {
            Dynamo::L(list.iter().map(|value| dynamo(name, value)).collect::<Result<_, _>>()?)
        }
        AttributeValue::M(map) => {
            let members = map.iter().map(|(name, value)| Ok((name.to_owned(), dynamo(name, value)?)));
            Dynamo::M(members.collect::<Result<_, ItemError>>()?)
        }
        AttributeValue::Other(_) => return Err(ItemError::UnknownType { name: name.to_owned() }),
    })
}
