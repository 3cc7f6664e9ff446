//! What a label is made from, fetched in two round trips.

use std::collections::BTreeMap;

use oms_carriers::desk::packages_before;
use oms_contract::problem::Problem;
use oms_contract::record::{CarrierDecision, Dossier, Package, Plan, PlannedShipment, SubOrder};
use oms_contract::reference::punctuality::{DayCounts, Performer};
use oms_contract::reference::regulation::Regulations;
use oms_contract::reference::{Market, Product, RateCard, Vendor, Warehouse};
use oms_domain::address::Personal;
use oms_domain::document::{Document, Speed};
use oms_domain::history::{Entry, Fact};
use oms_domain::order::Part;
use oms_ports::carrier::Contact;
use oms_ports::orders::Stored;
use oms_ports::reference::Wanted;

use crate::Deps;

/// Everything about one part.
pub(crate) struct Facts {
    pub(crate) stored: Stored,
    pub(crate) part: Part,
    pub(crate) sub_order: SubOrder,
    pub(crate) dossier: Dossier,
    /// Numbers of packages that were other vendors' of this part.
    pub(crate) before: u8,
    pub(crate) document: Document,
    pub(crate) personal: Personal,
    pub(crate) vendor: Vendor,
    pub(crate) products: Vec<Product>,
    pub(crate) market: Market,
    pub(crate) rates: Vec<RateCard>,
    pub(crate) regulations: Regulations,
    /// What the carriers' services delivered.
    pub(crate) counts: BTreeMap<Performer, DayCounts>,
    /// Version of the plan by which this vendor has the part.
    plan: Option<u64>,
    /// Whether it was decided since who carries it.
    decided: bool,
}

impl Facts {
    /// Reads what belongs to a part.
    pub(crate) async fn of(deps: &Deps, stored: Stored, part: Part) -> Result<Self, Problem> {
        let id = stored.order.id;
        let (document, dossier, history) =
            futures::try_join!(deps.orders.document(id), deps.records.dossier(id), deps.records.history(id))?;
        let broken = |what: &str| {
            tracing::error!(order.id = %id, "Order {id} has no {what}");
            Problem::internal()
        };
        let document = document.ok_or_else(|| broken("document"))?;
        let sub_order = dossier.sub_orders.iter().find(|row| row.sub_order_id.part == part.no).cloned();
        let sub_order = sub_order.ok_or_else(|| broken("sub-order of this part"))?;
        let products = sub_order.shipments.iter().flat_map(|shipment| &shipment.items).map(|(sku, _)| sku.clone()).collect();
        let services = deps.carriers.keys().flat_map(|carrier| {
            [Speed::Standard, Speed::Express].map(|service| Performer::Carrier { carrier: (*carrier).to_owned(), service })
        });
        let wanted = Wanted {
            products,
            vendors: vec![sub_order.vendor_id.clone()],
            market: true,
            rates: true,
            regulations: true,
            counts: services.collect(),
            ..Wanted::default()
        };
        let (personal, found) =
            futures::try_join!(deps.sealer.open(&stored.order.customer_id, &document.sealed), deps.reference.fetch(&wanted))?;
        let personal = personal.ok_or_else(|| Problem::conflict("The customer's data was erased: nothing can be sent to nobody."))?;
        let vendor = found.vendors.into_iter().next().ok_or_else(|| broken("vendor on file"))?;
        let today = deps.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let market = found.market.ok_or_else(|| broken("marketplace on file"))?.with_rates_of(today);
        let before = packages_before(&history, part.no);
        let (plan, decided) = since_assigned(&history, part.no);
        Ok(Self {
            stored,
            part,
            before,
            sub_order,
            dossier,
            document,
            personal,
            vendor,
            products: found.products,
            market,
            rates: found.rates,
            regulations: found.regulations.unwrap_or_default(),
            counts: found.counts,
            plan,
            decided,
        })
    }

    /// Who carries the part, where that is decided: for this vendor, not for one that had the part before.
    pub(crate) fn decision(&self) -> Option<&CarrierDecision> {
        let own = self.dossier.carriers.iter().find(|decision| decision.part == self.part.no);
        own.filter(|_| self.decided)
    }

    /// The plan by which the vendor has the part, where it is on record.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        self.dossier.plans.iter().find(|plan| Some(plan.version) == self.plan)
    }

    /// In which state or province the address lies: as the checks understood it, whatever was written.
    pub(crate) fn region(&self) -> Option<&str> {
        self.dossier.validations.last()?.region.as_deref()
    }

    /// Whether the address is a P.O. box or a locker, as the checks understood it.
    pub(crate) fn is_po_box(&self) -> bool {
        self.dossier.validations.last().is_some_and(|report| report.is_po_box)
    }

    /// The packages of this vendor's that have labels.
    pub(crate) fn packages(&self) -> impl Iterator<Item = &Package> {
        self.dossier.packages.iter().filter(|package| package.sub_order_id.part == self.part.no && package.package > self.before)
    }

    /// The warehouse of a shipment.
    ///
    /// # Errors
    /// 409 where it is not on file any more.
    pub(crate) fn warehouse(&self, shipment: &PlannedShipment) -> Result<&Warehouse, Problem> {
        let found = self.vendor.warehouses.iter().find(|warehouse| warehouse.warehouse_id == shipment.warehouse_id);
        found.ok_or_else(|| Problem::conflict(format!("Warehouse {} is not on file: add it to the vendor.", shipment.warehouse_id)))
    }

    /// The sender: the vendor at one of its warehouses.
    ///
    /// # Errors
    /// 409 where the warehouse has no street on file.
    pub(crate) fn sender(&self, warehouse: &Warehouse) -> Result<Contact, Problem> {
        let missing = || Problem::conflict(format!("Warehouse {} has no street on file: add it to the vendor.", warehouse.warehouse_id));
        let address = oms_domain::address::Address {
            name: self.vendor.name.clone(),
            line1: warehouse.street.clone().ok_or_else(missing)?,
            line2: None,
            city: warehouse.city.clone(),
            region: warehouse.region.clone(),
            postcode: Some(warehouse.postcode.clone()),
            country: warehouse.country.clone(),
        };
        Ok(Contact { address, phone: warehouse.phone.clone(), email: Some(self.vendor.email.clone()) })
    }

    /// The recipient.
    pub(crate) fn recipient(&self) -> Contact {
        let Personal { contact, shipping_address, .. } = &self.personal;
        Contact { address: shipping_address.clone(), phone: contact.phone.clone(), email: Some(contact.email.clone()) }
    }
}

/// The plan by which a part was given to its vendor last, and whether it was decided since who carries it.
fn since_assigned(history: &[Entry], no: u8) -> (Option<u64>, bool) {
    history.iter().filter_map(|entry| entry.fact.as_ref()).fold((None, false), |(plan, decided), fact| match fact {
        Fact::Assigned { report, parts } if parts.iter().any(|(part, _)| *part == no) => (Some(*report), false),
        Fact::CarrierChosen { no: part, .. } if *part == no => (plan, true),
        _ => (plan, decided),
    })
}
