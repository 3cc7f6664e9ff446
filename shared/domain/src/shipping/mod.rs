//! What carriers charge, how long they take, and which of them carries a parcel: pure, from tables given as values.

pub mod calendar;
pub mod card;
pub mod carton;
pub mod choice;
pub mod holidays;
pub mod journey;
pub mod rates;
pub mod transit;

pub use calendar::Calendar;
pub use card::{Mode, RateCard, RemoteArea, ServiceRules, SizeLimit, Surcharges, WeightStep, Zone, ZoneTable};
pub use carton::Bulk;
pub use rates::{Charges, NoPrice, Parcel, Place, Price};
