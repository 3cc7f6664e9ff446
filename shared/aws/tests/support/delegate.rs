//! [`Store`] as every port of the orders table.

use async_trait::async_trait;
use jiff::Timestamp;
use oms_contract::record::{Command, Dossier, FraudReport, MethodChange, Plan, Record, SubOrder, Tracked, ValidationReport};
use oms_domain::change::Changed;
use oms_domain::document::Document;
use oms_domain::history::Entry;
use oms_domain::{CustomerId, OrderId};
use oms_ports::PortError;
use oms_ports::effects::{Begun, EffectKey, Effects};
use oms_ports::orders::{
    Captures, Creation, Cursor, Listing, Listings, NewOrder, Orders, Origin, Packages, Page, Paid, Records, Stored, TrackedPackage, Wakes,
};

use super::Store;

macro_rules! delegate {
    ($port:ident to $field:ident: $(fn $name:ident($($arg:ident: $ty:ty),*) -> $out:ty;)*) => {
        #[async_trait]
        impl $port for Store {
            $(async fn $name(&self, $($arg: $ty),*) -> Result<$out, PortError> {
                self.$field.$name($($arg),*).await
            })*
        }
    };
}

delegate!(Orders to orders:
    fn load(id: OrderId) -> Option<Stored>;
    fn whole(id: OrderId) -> (Option<Stored>, Option<Document>);
    fn paid(id: OrderId) -> Paid;
    fn commit(was: &Stored, now: Changed, origin: Origin, with: &[Record]) -> Stored;
    fn document(id: OrderId) -> Option<Document>;
    fn keep(id: OrderId, records: &[Record]) -> ();
    fn settle(id: OrderId, plan: &Plan, instead: Option<&Plan>) -> Plan;
);
delegate!(Captures to captures:
    fn create(new: &NewOrder) -> Creation;
);
delegate!(Records to orders:
    fn validation(id: OrderId, version: u64) -> Option<ValidationReport>;
    fn fraud(id: OrderId, version: u64) -> Option<FraudReport>;
    fn plan(id: OrderId, version: u64) -> Option<Plan>;
    fn sub_orders(id: OrderId) -> Vec<SubOrder>;
    fn command(id: OrderId, key: &str) -> Option<Command>;
    fn method(id: OrderId, attempt: u8) -> Option<MethodChange>;
    fn dossier(id: OrderId) -> Dossier;
    fn history(id: OrderId) -> Vec<Entry>;
);
delegate!(Listings to orders:
    fn list(listing: &Listing, range: (Option<Timestamp>, Option<Timestamp>), cursor: Option<&Cursor>, limit: u8) -> Page;
    fn latest_of(customer: &CustomerId, limit: u16) -> Vec<Timestamp>;
);
delegate!(Wakes to orders:
    fn due(now: Timestamp, limit: u16) -> Vec<OrderId>;
    fn wake(was: &Stored, at: Option<Timestamp>) -> ();
);
delegate!(Packages to orders:
    fn find(carrier: &str, number: &str) -> Vec<TrackedPackage>;
    fn keep_event(id: OrderId, event: &Tracked) -> bool;
    fn due_polls(now: Timestamp, limit: u16) -> Vec<TrackedPackage>;
    fn poll_at(package: &TrackedPackage, at: Option<Timestamp>) -> ();
);
delegate!(Effects to orders:
    fn begin(order: OrderId, key: &EffectKey, now: Timestamp, until: Timestamp) -> Begun;
    fn finish(order: OrderId, key: &EffectKey, outcome: &serde_json::Value) -> ();
    fn outcome(order: OrderId, key: &EffectKey) -> Option<serde_json::Value>;
    fn is_begun(order: OrderId, key: &EffectKey) -> bool;
    fn doubt(order: OrderId, key: &EffectKey) -> ();
    fn abandon(order: OrderId, key: &EffectKey) -> ();
);
