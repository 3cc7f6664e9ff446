//! Labels in the ephemeral table: in pieces, for an item holds 400 KB and a label in base64 may be more. They expire by themselves.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use jiff::Timestamp;
use oms_domain::OrderId;
use oms_domain::document::Sealed;
use oms_ports::PortError;
use oms_ports::papers::{Paper, Papers};

use crate::batch;
use crate::error::{corrupt, store};
use crate::item::{self, key, n, s};
use crate::keys;

const KIND: &str = "kind";
const PIECES: &str = "pieces";
/// Characters of a piece.
const PIECE: usize = 300_000;
/// Most pieces: a label of 2 MB.
const MOST: usize = 9;

/// Labels in the ephemeral table.
#[derive(Debug, Clone)]
pub struct DynamoPapers {
    client: Client,
    table: Arc<str>,
}

impl DynamoPapers {
    pub(crate) fn new(client: Client, table: &str) -> Self {
        Self { client, table: table.into() }
    }
}

#[async_trait]
impl Papers for DynamoPapers {
    /// The last piece is written last: a label without it is not there yet.
    async fn keep(&self, order: OrderId, part: u8, package: u8, paper: &Paper, until: Timestamp) -> Result<(), PortError> {
        let text = &paper.sealed.0;
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(PIECE).collect();
        if pieces.is_empty() || pieces.len() > MOST {
            return Err(corrupt("a label of a size that labels do not have"));
        }
        for (number, piece) in (1_u8..).zip(&pieces) {
            let piece = std::str::from_utf8(piece).map_err(|_| corrupt("a sealed label is not base64"))?;
            let mut item = key(keys::paper(order, part, package), number.to_string());
            item.insert(keys::BODY.to_owned(), s(piece));
            item.insert(KIND.to_owned(), s(paper.kind.to_string()));
            item.insert(PIECES.to_owned(), n(pieces.len()));
            item.insert(keys::EXPIRES.to_owned(), n(until.as_second()));
            self.client.put_item().table_name(&*self.table).set_item(Some(item)).send().await.map_err(store)?;
        }
        Ok(())
    }

    async fn paper(&self, order: OrderId, part: u8, package: u8) -> Result<Option<Paper>, PortError> {
        let pieces = batch::partition(&self.client, &self.table, keys::paper(order, part, package), "", true).await?;
        let Some(first) = pieces.first() else { return Ok(None) };
        if item::number::<usize>(first, PIECES)? != pieces.len() {
            return Ok(None);
        }
        let kind = item::parsed(first, KIND)?;
        let text: Result<String, PortError> = pieces.iter().map(|piece| item::text(piece, keys::BODY)).collect();
        Ok(Some(Paper { kind, sealed: Sealed(text?) }))
    }
}
