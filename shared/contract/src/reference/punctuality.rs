//! How punctual vendors and carriers were: what they delivered, counted day by day, and what is expected of the next delivery.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use oms_domain::VendorId;
use oms_domain::document::Speed;

use super::{OnTime, Policy};

/// Days that count, today among them: what is older says nothing any more.
pub const WINDOW_DAYS: i32 = 90;

/// Who delivers on time, or late.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Performer {
    /// A vendor: it hands over.
    Vendor(VendorId),
    /// A carrier's service: it brings what was handed over.
    Carrier {
        /// The carrier's code.
        carrier: String,
        /// Its service.
        service: Speed,
    },
}

/// So many deliveries, and how many of them were late.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// All.
    pub deliveries: u32,
    /// The late ones among them.
    pub late: u32,
}

impl Counted {
    /// These and those.
    #[must_use]
    pub fn and(self, more: Self) -> Self {
        Self { deliveries: self.deliveries.saturating_add(more.deliveries), late: self.late.saturating_add(more.late) }
    }

    /// Share of deliveries that is expected to be on time: the mean of a beta distribution that begins with `prior`, weighing as much as `weight` deliveries. So a few
    /// late ones of a newcomer weigh little; where there is neither weight nor history, nothing is known but the prior.
    pub fn expected(self, prior: Decimal, weight: u32) -> Decimal {
        let on_time = Decimal::from(self.deliveries.saturating_sub(self.late));
        let known = prior.checked_mul(Decimal::from(weight)).and_then(|prior| prior.checked_add(on_time));
        known.and_then(|known| known.checked_div(Decimal::from(weight) + Decimal::from(self.deliveries))).unwrap_or(prior)
    }
}

/// Whether a day still counts.
pub fn is_recent(day: Date, today: Date) -> bool {
    (today - day).get_days() < WINDOW_DAYS
}

/// Deliveries by their UTC day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayCounts(BTreeMap<Date, Counted>);

impl DayCounts {
    /// Adds to a day.
    pub fn add(&mut self, day: Date, more: Counted) {
        let counted = self.0.entry(day).or_default();
        *counted = counted.and(more);
    }

    /// What was delivered on the days that count.
    pub fn recent(&self, today: Date) -> Counted {
        self.after(None, today)
    }

    /// The same, of the days after one.
    fn after(&self, last: Option<Date>, today: Date) -> Counted {
        let days = self.0.iter().filter(|(day, _)| is_recent(**day, today) && last.is_none_or(|last| **day > last));
        days.fold(Counted::default(), |sum, (_, counted)| sum.and(*counted))
    }

    /// The days that do not count any more.
    pub fn outdated(&self, today: Date) -> impl Iterator<Item = Date> {
        self.0.keys().copied().filter(move |day| !is_recent(*day, today))
    }

    /// Forgets the days that do not count any more.
    pub fn forget(&mut self, today: Date) {
        self.0.retain(|day, _| is_recent(*day, today));
    }
}

impl OnTime {
    /// What is known of the vendor today: the figures that were loaded, as long as the day that they are of counts, and what was counted here on later days. Figures
    /// without a day, or of one to come, may be of any time and count for nothing.
    #[must_use]
    pub fn known(self, counted: Option<&DayCounts>, today: Date) -> Self {
        let as_of = self.as_of.filter(|as_of| *as_of <= today && is_recent(*as_of, today));
        let loaded = as_of.map_or(Counted::default(), |_| Counted { deliveries: self.orders, late: self.late });
        let here = counted.map_or(Counted::default(), |counted| counted.after(as_of, today));
        let Counted { deliveries: orders, late } = loaded.and(here);
        Self { orders, late, as_of: Some(today) }
    }

    /// Share of orders that a vendor is expected to hand over on time, by the policy's prior.
    pub fn expected(self, policy: &Policy) -> Decimal {
        Counted { deliveries: self.orders, late: self.late }.expected(policy.on_time_prior, policy.on_time_prior_orders)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 23);

    fn counted(deliveries: u32, late: u32) -> Counted {
        Counted { deliveries, late }
    }

    fn counts(days: &[(Date, u32, u32)]) -> DayCounts {
        let mut counts = DayCounts::default();
        for (day, deliveries, late) in days {
            counts.add(*day, counted(*deliveries, *late));
        }
        counts
    }

    #[test]
    fn ninety_days_count_today_among_them() {
        let counts = counts(&[(date(2026, 8, 25), 8, 8), (date(2026, 8, 26), 4, 1), (TODAY, 2, 1), (TODAY, 1, 0)]);
        assert_eq!(counts.recent(TODAY), counted(7, 2));
        assert_eq!(counts.outdated(TODAY).collect::<Vec<_>>(), [date(2026, 8, 25)]);
        assert_eq!(counts.recent(date(2026, 11, 24)), counted(3, 1), "a day later a day less");
        let mut rest = counts.clone();
        rest.forget(TODAY);
        assert_eq!((rest.outdated(TODAY).count(), rest.recent(TODAY)), (0, counted(7, 2)));
    }

    #[test]
    fn loaded_figures_count_as_long_as_their_day_does_and_what_was_counted_later_adds_up() {
        let counts = counts(&[(date(2026, 11, 1), 5, 5), (date(2026, 11, 2), 3, 1), (TODAY, 2, 0)]);
        for (name, as_of, orders, late) in [
            ("of a day within: what came by then stands in them", Some(date(2026, 11, 1)), 105, 11),
            ("of today", Some(TODAY), 100, 10),
            ("of the first day that counts", Some(date(2026, 8, 26)), 110, 16),
            ("of the day before it", Some(date(2026, 8, 25)), 10, 6),
            ("of a day to come", Some(date(2026, 11, 24)), 10, 6),
            ("of no day", None, 10, 6),
        ] {
            let known = OnTime { orders: 100, late: 10, as_of }.known(Some(&counts), TODAY);
            assert_eq!((known.orders, known.late), (orders, late), "{name}");
        }
        let known = OnTime { orders: 100, late: 10, as_of: Some(TODAY) }.known(None, TODAY);
        assert_eq!((known.orders, known.late), (100, 10));
    }

    #[test]
    fn a_prior_weighs_as_much_as_so_many_deliveries() {
        let share = |text: &str| text.parse::<Decimal>().unwrap();
        for (name, counted, weight, expected) in [
            ("nothing delivered", counted(0, 0), 20, "0.9"),
            ("one late one of a newcomer", counted(1, 1), 20, "0.857142857"),
            ("as many as the prior weighs", counted(20, 10), 20, "0.7"),
            ("very many", counted(1_000_000, 0), 20, "0.999998"),
            ("no prior", counted(4, 1), 0, "0.75"),
            ("nothing at all", counted(0, 0), 0, "0.9"),
            ("more late ones than there are", counted(1, 9), 0, "0"),
        ] {
            let found = counted.expected(share("0.9"), weight);
            assert!((found - share(expected)).abs() < share("0.000001"), "{name}: {found}");
        }
    }
}
