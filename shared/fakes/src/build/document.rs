//! Documents and the records of vendors' parts.

use oms_contract::record::{Allocation, PlannedShipment, SubOrder};
use oms_domain::address::{Address, Contact, Device, Personal};
use oms_domain::document::{DOCUMENT_SCHEMA, Document, Line, MethodKind, PaymentMethod, PriceSource, Speed};
use oms_domain::money::split_by_weights;
use oms_domain::{Order, Sku, SubOrderId};

use crate::build::order::an_order;
use crate::build::{sku, warehouse};
use crate::gateway::CARD_GOOD;
use crate::sealer::sealed;

/// The document of [`an_order`]: one line, no tax, no shipping.
pub fn a_document() -> Document {
    a_document_of(&an_order().build().order)
}

/// A document that fits the order: one line of one `SKU-{n}` per part (one where there are none), which together cost its total.
pub fn a_document_of(order: &Order) -> Document {
    let prices = split_by_weights(order.total, &vec![1; order.parts.len().max(1)]);
    let lines = (1_u8..).zip(prices).map(|(no, unit_price)| Line { sku: sku_of_part(no), quantity: 1, unit_price, discount: 0, tax: 0 });
    Document {
        schema: DOCUMENT_SCHEMA,
        order_id: order.id,
        customer_id: order.customer_id.clone(),
        currency: order.currency,
        lines: lines.collect(),
        shipping: 0,
        shipping_tax: 0,
        discount: 0,
        total: order.total,
        payment_method: PaymentMethod { kind: MethodKind::Card, token: CARD_GOOD.to_owned() },
        speed: Speed::Standard,
        preferred_carrier: None,
        prices: PriceSource::Catalogue,
        destination: "DE".to_owned(),
        reference: None,
        claims: Default::default(),
        sealed: sealed(&order.customer_id, &some_personal()),
    }
}

/// Personal data of nobody, in Berlin.
pub fn some_personal() -> Personal {
    Personal {
        contact: Contact {
            name: "Anna Beispiel".to_owned(),
            email: "anna@customers.example".to_owned(),
            phone: Some("+49 30 1234567".to_owned()),
        },
        shipping_address: Address {
            name: "Anna Beispiel".to_owned(),
            line1: "Beispielstraße 1".to_owned(),
            line2: None,
            city: "Berlin".to_owned(),
            region: None,
            postcode: Some("10115".to_owned()),
            country: "DE".to_owned(),
        },
        billing_address: None,
        device: Some(Device { id: Some("device-1".to_owned()), ip: Some("192.0.2.1".to_owned()) }),
    }
}

/// What part `no` of a built order consists of.
pub fn sku_of_part(no: u8) -> Sku {
    sku(&format!("SKU-{no}"))
}

/// The sub-orders that fit the order's parts and [`a_document_of`] it.
pub fn sub_orders_of(order: &Order) -> Vec<SubOrder> {
    let document = a_document_of(order);
    let parts = order.parts.iter().zip(document.lines);
    parts
        .map(|(part, line)| SubOrder {
            sub_order_id: SubOrderId { order: order.id, part: part.no },
            vendor_id: part.vendor_id.clone(),
            shipments: vec![PlannedShipment {
                vendor_id: part.vendor_id.clone(),
                warehouse_id: warehouse("w1"),
                carrier: "dhl".to_owned(),
                service: "standard".to_owned(),
                items: vec![(line.sku, line.quantity)],
                packages: Vec::new(),
                billed_g: 1_000,
                km: 250,
                cost: 490,
                hours: 48,
            }],
            goods: line.unit_price,
            paid: line.unit_price,
        })
        .collect()
}

/// What the sub-orders take from which shelf.
pub fn allocations_of(sub_orders: &[SubOrder]) -> Vec<Allocation> {
    let shipments = sub_orders.iter().flat_map(|row| &row.shipments);
    shipments
        .flat_map(|shipment| {
            shipment.items.iter().map(|(sku, quantity)| Allocation {
                sku: sku.clone(),
                quantity: *quantity,
                vendor_id: shipment.vendor_id.clone(),
                warehouse_id: shipment.warehouse_id.clone(),
            })
        })
        .collect()
}
