//! The tables, for whoever has to make them without the template: tests and benches. A test holds them equal to `infra/data.yaml`.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType, ScalarAttributeType,
};
use oms_ports::PortError;

use crate::error::{corrupt, store};
use crate::keys;

/// A table: primary key `pk` and `sk`, both strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its logical name in the template.
    pub name: &'static str,
    /// Its indexes, which project keys only.
    pub indexes: &'static [Index],
    /// The attribute by which items expire.
    pub ttl: Option<&'static str>,
    /// Whether changes are streamed, with old and new images.
    pub stream: bool,
}

/// A global secondary index over two string attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: &'static str,
    /// Partition key.
    pub pk: &'static str,
    /// Sort key.
    pub sk: &'static str,
}

const fn index(name: &'static str, pk: &'static str, sk: &'static str) -> Index {
    Index { name, pk, sk }
}

/// Orders and all that is stored beside them.
pub const ORDERS: Table = Table {
    name: "OrdersTable",
    indexes: &[
        index(keys::BY_CUSTOMER, keys::CUSTOMER_ID, keys::PK),
        index(keys::BY_DAY, keys::DAY_SHARD, keys::PK),
        index(keys::BY_ATTENTION, keys::ATTENTION, keys::PK),
        index(keys::BY_WAKE, keys::WAKE_SHARD, keys::WAKE_AT),
        index(keys::BY_VENDOR, keys::VENDOR_BUCKET, keys::SUB_ORDER_ID),
        index(keys::BY_TRACKING, keys::TRACKING, keys::PK),
        index(keys::BY_POLL, keys::POLL_SHARD, keys::POLL_AT),
    ],
    ttl: None,
    stream: true,
};

/// Pools, holds, and stock at vendors' warehouses.
pub const INVENTORY: Table = Table {
    name: "InventoryTable",
    indexes: &[index(keys::BY_EXPIRY, keys::EXPIRY_SHARD, keys::EXPIRES_AT), index(keys::BY_PLACE, keys::PK, keys::PLACE)],
    ttl: None,
    stream: false,
};

/// Products, vendors, customers and their keys, the marketplace's rules.
pub const REFERENCE: Table = Table { name: "ReferenceTable", indexes: &[], ttl: None, stream: false };

/// Idempotency records and webhooks seen.
pub const EPHEMERAL: Table = Table { name: "EphemeralTable", indexes: &[], ttl: Some(keys::EXPIRES), stream: false };

/// All tables.
pub const TABLES: [Table; 4] = [ORDERS, INVENTORY, REFERENCE, EPHEMERAL];

impl Table {
    /// All key attributes, of the table and of its indexes, each once.
    pub fn attributes(&self) -> Vec<&'static str> {
        let mut names = vec![keys::PK, keys::SK];
        for index in self.indexes {
            for name in [index.pk, index.sk] {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    /// Makes the table under this name, without stream and TTL: what reads and writes need.
    ///
    /// # Errors
    /// Of `CreateTable`; also where the table exists.
    pub async fn create(&self, client: &Client, name: &str) -> Result<(), PortError> {
        let definitions = self.attributes().into_iter().map(string_attribute).collect::<Result<Vec<_>, _>>()?;
        let indexes = self.indexes.iter().map(Index::built).collect::<Result<Vec<_>, _>>()?;
        client
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_key_schema(Some(key_schema(keys::PK, keys::SK)?))
            .set_attribute_definitions(Some(definitions))
            .set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes))
            .send()
            .await
            .map(drop)
            .map_err(store)
    }
}

impl Index {
    fn built(&self) -> Result<GlobalSecondaryIndex, PortError> {
        let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
        GlobalSecondaryIndex::builder()
            .index_name(self.name)
            .set_key_schema(Some(key_schema(self.pk, self.sk)?))
            .projection(keys_only)
            .build()
            .map_err(corrupt)
    }
}

fn string_attribute(name: &str) -> Result<AttributeDefinition, PortError> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().map_err(corrupt)
}

fn key_schema(pk: &str, sk: &str) -> Result<Vec<KeySchemaElement>, PortError> {
    [(pk, KeyType::Hash), (sk, KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(corrupt))
        .collect()
}
