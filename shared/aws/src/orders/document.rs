//! The document item: JSON, with the sealed part as bytes beside it, which take a quarter less than their base64.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oms_domain::document::{Document, Sealed};
use oms_ports::PortError;

use crate::error::corrupt;
use crate::item::{self, Item, json, key};
use crate::keys;

/// The item of a document.
pub(super) fn to_item(document: &Document) -> Result<Item, PortError> {
    let sealed = STANDARD.decode(&document.sealed.0).map_err(|_| corrupt("a document's sealed part is no base64"))?;
    let mut item = key(keys::order(document.order_id), keys::DOCUMENT);
    item.insert(keys::BODY.to_owned(), json(&Document { sealed: Sealed::default(), ..document.clone() })?);
    item.insert(keys::SEALED.to_owned(), AttributeValue::B(Blob::new(sealed)));
    Ok(item)
}

/// The document of an item.
pub(super) fn from_item(item: &Item) -> Result<Document, PortError> {
    let sealed = item.get(keys::SEALED).and_then(|value| value.as_b().ok()).ok_or_else(|| corrupt("a document has no sealed part"))?;
    Ok(Document { sealed: Sealed(STANDARD.encode(sealed)), ..item::body(item)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_fakes::build::document::a_document;

    #[test]
    fn a_document_is_read_as_it_was_written() {
        let document = Document { sealed: Sealed(STANDARD.encode([0, 159, 146, 150])), ..a_document() };
        let item = to_item(&document).unwrap();
        assert_eq!(from_item(&item).unwrap(), document);
        let (_, sealed) = item.into_iter().find(|(name, _)| name == keys::SEALED).unwrap();
        assert_eq!(sealed.as_b().unwrap().as_ref(), [0, 159, 146, 150]);
    }

    #[test]
    fn a_document_without_its_sealed_part_is_no_document() {
        let mut item = to_item(&a_document()).unwrap();
        item.remove(keys::SEALED);
        assert!(from_item(&item).is_err());
        assert!(to_item(&Document { sealed: Sealed("-".to_owned()), ..a_document() }).is_err());
    }
}
