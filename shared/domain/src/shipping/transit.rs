//! When a parcel arrives: handling, the carrier's cut-off in the warehouse's own zone, then working days.
//!
//! Handling takes hours as the clock runs. What is ready by the cut-off of a working day leaves on that day, else on the next one. From then on
//! days count that are working days at both ends, and the last of them ends with the carrier's last delivery, in the zone of the destination.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, after_open_days, first_open};

/// The last delivery of a day, by the clock there. Where a customer's door stands no zone is on file: its day is taken to end with the warehouse's.
pub const LAST_DELIVERY: Time = Time::constant(20, 0, 0, 0);

/// How a warehouse hands over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// The warehouse's zone.
    pub zone: TimeZone,
    /// Last moment of a day at which the carrier still takes a parcel with it.
    pub cut_off: Time,
    /// Hours from the order to the parcel.
    pub handling_hours: u32,
    /// When warehouse and carrier work there.
    pub calendar: Calendar,
}

/// Where and how long a carrier delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The destination's zone.
    pub zone: TimeZone,
    /// When the last parcel of a day is delivered.
    pub until: Time,
    /// Working days from hand-over to the door.
    pub days: u16,
    /// When the carrier delivers there.
    pub calendar: Calendar,
}

/// When a parcel arrives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// The day on which the carrier takes it, at the warehouse.
    pub leaves_on: Date,
    /// The day on which it is delivered, at the destination.
    pub arrives_on: Date,
    /// The moment by which it is delivered.
    pub by: Timestamp,
}

impl Estimate {
    /// Hours from `now` to the door, begun ones counted whole; none where it is over.
    pub fn hours_from(&self, now: Timestamp) -> u32 {
        let seconds = u64::try_from(self.by.duration_since(now).as_secs()).unwrap_or(0);
        u32::try_from(seconds.div_ceil(3600)).unwrap_or(u32::MAX)
    }
}

/// When a parcel ordered now arrives; `None` where one end has no working day within a year, or the dates run out.
pub fn estimate(now: Timestamp, from: &HandOver, to: &Delivery) -> Option<Estimate> {
    let ready = now.checked_add(SignedDuration::from_hours(i64::from(from.handling_hours))).ok()?.to_zoned(from.zone.clone());
    let missed = ready.time() > from.cut_off;
    let earliest = if missed { ready.date().tomorrow().ok()? } else { ready.date() };
    let leaves_on = first_open(earliest, &[&from.calendar])?;
    let counted = after_open_days(leaves_on, to.days, &[&from.calendar, &to.calendar])?;
    // A parcel that needs no working day still finds nobody at the door on a holiday there.
    let arrives_on = first_open(counted, &[&to.calendar])?;
    // A time that a change of clocks leaves out is taken an hour later, one that comes twice the first time.
    let by = to.zone.to_ambiguous_zoned(arrives_on.to_datetime(to.until)).compatible().ok()?.timestamp();
    Some(Estimate { leaves_on, arrives_on, by })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    fn berlin(handling_hours: u32, closed: &[Date]) -> HandOver {
        HandOver {
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            cut_off: time(16, 0, 0, 0),
            handling_hours,
            calendar: Calendar::weekdays_but(closed.iter().copied()),
        }
    }

    fn to(zone: &str, days: u16, closed: &[Date]) -> Delivery {
        let calendar = Calendar::weekdays_but(closed.iter().copied());
        Delivery { zone: TimeZone::get(zone).unwrap(), until: time(18, 0, 0, 0), days, calendar }
    }

    fn arrives(now: &str, from: &HandOver, to: &Delivery) -> (Date, Date, String) {
        let estimate = estimate(now.parse().unwrap(), from, to).unwrap();
        (estimate.leaves_on, estimate.arrives_on, estimate.by.to_string())
    }

    #[test]
    fn the_cut_off_is_the_warehouses_own_time() {
        let madrid = to("Europe/Madrid", 1, &[]);
        for (now, leaves, arrives_on) in [
            // Monday, 16:00 in Berlin to the minute, in winter and in summer.
            ("2026-11-23T15:00:00Z", date(2026, 11, 23), date(2026, 11, 24)),
            ("2026-11-23T15:00:01Z", date(2026, 11, 24), date(2026, 11, 25)),
            ("2026-06-22T14:00:00Z", date(2026, 6, 22), date(2026, 6, 23)),
            ("2026-06-22T14:00:01Z", date(2026, 6, 23), date(2026, 6, 24)),
            // Late on a Friday: Monday's carrier.
            ("2026-11-27T15:00:01Z", date(2026, 11, 30), date(2026, 12, 1)),
        ] {
            let (left, arrived, _) = arrives(now, &berlin(0, &[]), &madrid);
            assert_eq!((left, arrived), (leaves, arrives_on), "{now}");
        }
    }

    #[test]
    fn holidays_of_either_end_are_not_counted() {
        let christmas = [date(2026, 12, 25), date(2026, 12, 26)];
        let boxing = [date(2026, 12, 25), date(2026, 12, 28)];
        let (left, arrived, _) = arrives("2026-12-23T15:00:01Z", &berlin(0, &christmas), &to("Europe/London", 2, &boxing));
        // Thursday the 24th; the 25th is closed at both ends, Monday the 28th in Britain: Tuesday and Wednesday count.
        assert_eq!((left, arrived), (date(2026, 12, 24), date(2026, 12, 30)));
    }

    #[test]
    fn handling_runs_by_the_clock_also_when_clocks_change() {
        // Clocks go forward on Sunday, 29 March 2026: 40 hours after Friday 23:30 it is Sunday 16:30, not 15:30.
        let (left, ..) =
            arrives("2026-03-27T22:30:00Z", &HandOver { calendar: every_day(), ..berlin(40, &[]) }, &to("Europe/Berlin", 0, &[]));
        assert_eq!(left, date(2026, 3, 30));
        // In another week the same hours end before the cut-off.
        let (left, ..) =
            arrives("2026-03-20T22:30:00Z", &HandOver { calendar: every_day(), ..berlin(40, &[]) }, &to("Europe/Berlin", 0, &[]));
        assert_eq!(left, date(2026, 3, 22));
    }

    #[test]
    fn the_end_of_the_day_is_the_destinations_across_a_change_of_clocks() {
        for (now, by) in [
            ("2026-03-26T09:00:00Z", "2026-03-27T17:00:00Z"),
            ("2026-03-27T09:00:00Z", "2026-03-30T16:00:00Z"),
            ("2026-10-23T09:00:00Z", "2026-10-26T17:00:00Z"),
        ] {
            assert_eq!(arrives(now, &berlin(0, &[]), &to("Europe/Berlin", 1, &[])).2, by, "{now}");
        }
        assert_eq!(arrives("2026-11-23T09:00:00Z", &berlin(0, &[]), &to("America/Los_Angeles", 2, &[])).2, "2026-11-26T02:00:00Z");
    }

    #[test]
    fn a_time_that_clocks_leave_out_is_taken_later() {
        let night = Delivery { until: time(2, 30, 0, 0), calendar: every_day(), ..to("Europe/Berlin", 1, &[]) };
        let (.., by) = arrives("2026-03-28T09:00:00Z", &HandOver { calendar: every_day(), ..berlin(0, &[]) }, &night);
        assert_eq!(by, "2026-03-29T01:30:00Z");
    }

    #[test]
    fn hours_are_counted_whole() {
        let estimate = estimate("2026-11-23T09:00:00Z".parse().unwrap(), &berlin(0, &[]), &to("Europe/Berlin", 1, &[])).unwrap();
        for (now, hours) in
            [("2026-11-23T17:00:00Z", 24), ("2026-11-23T17:00:01Z", 24), ("2026-11-23T16:59:59Z", 25), ("2026-11-25T00:00:00Z", 0)]
        {
            assert_eq!(estimate.hours_from(now.parse().unwrap()), hours, "{now}");
        }
    }

    #[test]
    fn a_place_without_working_days_is_never_reached() {
        let nowhere = Delivery { calendar: Calendar { weekdays: Vec::new(), closed: Default::default() }, ..to("Europe/Berlin", 0, &[]) };
        assert_eq!(estimate(Timestamp::UNIX_EPOCH, &berlin(0, &[]), &nowhere), None);
        assert_eq!(estimate(Timestamp::MAX, &berlin(1, &[]), &to("Europe/Berlin", 1, &[])), None);
    }

    fn every_day() -> Calendar {
        Calendar { weekdays: (1..=7).collect(), closed: Default::default() }
    }
}
