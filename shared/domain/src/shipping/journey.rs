//! When goods leave and arrive.
//!
//! Handling takes hours as the clock runs, from the order or, where it came after the cut-off or on a day off, from the beginning of the next working day; both
//! are the warehouse's own time, whatever its clocks do that night. What is ready leaves on the next day that the warehouse works. From then on days
//! count on which both ends work, as many as the carrier's hours make, and what arrives is delivered on a working day of the destination.

use std::sync::Arc;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::calendar::{Calendar, after_open_days, first_open};
use super::holidays::{Country, WorkingDays};
use super::transit::LAST_DELIVERY;

/// What leaves from a place: when it works, and how long it takes.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// ISO 3166-1 alpha-2: its public holidays are off.
    pub country: &'a str,
    /// Its clock.
    pub zone: &'a TimeZone,
    /// Orders after this local time count from the next working day; of any time count at once where absent.
    pub cut_off: Option<Time>,
    /// Weekdays, 1 (Monday) to 7 (Sunday).
    pub weekdays: &'a [i8],
    /// Days on which it is closed beside those.
    pub closed: &'a [Date],
    /// Hours from order to hand-over.
    pub handling_hours: u32,
}

/// When goods leave the warehouse and arrive, each in that place's own calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    /// The day of the order, where the goods lie.
    pub ordered_on: Date,
    /// The carrier takes them.
    pub leaves_on: Date,
    /// They are at the door.
    pub arrives_on: Date,
    /// Working days of the warehouse from the order's to that of the hand-over, both counted; at least 1.
    pub working_days: u32,
}

impl Dates {
    /// Hours from `now` until the last delivery of the day of arrival, by this clock, begun ones counted whole; none where it is over, `None` beyond all dates. A time that a
    /// change of clocks leaves out is taken later.
    pub fn hours_from(&self, now: Timestamp, zone: &TimeZone) -> Option<u32> {
        let by = zone.to_ambiguous_zoned(self.arrives_on.to_datetime(LAST_DELIVERY)).compatible().ok()?.timestamp();
        let seconds = u64::try_from(by.duration_since(now).as_secs()).unwrap_or(0);
        Some(u32::try_from(seconds.div_ceil(3600)).unwrap_or(u32::MAX))
    }
}

/// Goods on their way out of a warehouse.
#[derive(Debug, Clone)]
pub struct Journey {
    ordered_on: Date,
    leaves_on: Date,
    working_days: u32,
    /// The warehouse's own days.
    own: Calendar,
    /// Where it lies.
    origin: Arc<Country>,
}

impl Journey {
    /// Reckons the hand-over of what is ordered at this moment; `None` where the place never works.
    pub fn from<'a>(place: impl Into<Origin<'a>>, ordered_at: Timestamp, working: &WorkingDays) -> Option<Self> {
        let place: Origin<'_> = place.into();
        let origin = working.of(place.country);
        let own = Calendar { weekdays: place.weekdays.to_vec(), closed: place.closed.iter().copied().collect() };
        let calendars = [&own, &origin.holidays];
        let ordered = ordered_at.to_zoned(place.zone.clone());
        let ordered_on = ordered.date();
        let in_time = place.cut_off.is_none_or(|cut_off| ordered.time() <= cut_off);
        let begins_at = if in_time && is_open(ordered_on, calendars) {
            ordered_at
        } else {
            first_open(ordered_on.tomorrow().ok()?, &calendars)?.to_zoned(place.zone.clone()).ok()?.timestamp()
        };
        let handling = SignedDuration::from_hours(i64::from(place.handling_hours));
        let ready_on = begins_at.checked_add(handling).ok()?.to_zoned(place.zone.clone()).date();
        let leaves_on = first_open(ready_on, &calendars)?;
        let days = std::iter::successors(Some(ordered_on), |day| day.tomorrow().ok()).take_while(|day| *day <= leaves_on);
        let working_days = u32::try_from(days.filter(|day| is_open(*day, calendars)).count()).ok()?.max(1);
        Some(Self { ordered_on, leaves_on, working_days, own, origin })
    }

    /// The day on which the carrier takes them.
    pub fn leaves_on(&self) -> Date {
        self.leaves_on
    }

    /// Working days of the warehouse from the order's to that of the hand-over, both counted; at least 1.
    pub fn working_days(&self) -> u32 {
        self.working_days
    }

    /// When they arrive with a carrier that takes so many working days; `None` where the two ends never work on one day.
    pub fn to(&self, country: &Country, transit_days: u16) -> Option<Dates> {
        let destination = &country.working;
        let counted = after_open_days(self.leaves_on, transit_days, &[&self.own, &self.origin.holidays, destination])?;
        // What needs no working day still finds nobody at the door on a holiday there.
        let arrives_on = first_open(counted, &[destination])?;
        Some(Dates { ordered_on: self.ordered_on, leaves_on: self.leaves_on, arrives_on, working_days: self.working_days })
    }
}

fn is_open(day: Date, calendars: [&Calendar; 2]) -> bool {
    calendars.iter().all(|calendar| calendar.is_open(day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    struct Place {
        zone: TimeZone,
        cut_off: Time,
        weekdays: Vec<i8>,
        handling_hours: u32,
    }

    impl<'a> From<&'a Place> for Origin<'a> {
        fn from(place: &'a Place) -> Self {
            let Place { zone, cut_off, weekdays, handling_hours } = place;
            Self { country: "DE", zone, cut_off: Some(*cut_off), weekdays, closed: &[], handling_hours: *handling_hours }
        }
    }

    fn warehouse(zone: &str, cut_off: &str, handling_hours: u32) -> Place {
        Place { zone: TimeZone::get(zone).unwrap(), cut_off: cut_off.parse().unwrap(), weekdays: vec![1, 2, 3, 4, 5], handling_hours }
    }

    fn arrives(from: &Place, ordered_at: &str, to: &str, days: u16) -> Dates {
        let ordered_at: Timestamp = ordered_at.parse().unwrap();
        let working = WorkingDays::from(ordered_at.to_zoned(TimeZone::UTC).date());
        let journey = Journey::from(from, ordered_at, &working).unwrap();
        journey.to(&working.of(to), days).unwrap()
    }

    fn dates(from: &Place, ordered_at: &str, to: &str, days: u16) -> (Date, Date) {
        let dates = arrives(from, ordered_at, to, days);
        (dates.leaves_on, dates.arrives_on)
    }

    #[test]
    fn the_cut_off_is_the_warehouses_own_time_in_summer_and_winter() {
        let berlin = warehouse("Europe/Berlin", "16:00:00", 0);
        for (ordered_at, leaves_on) in [
            ("2026-11-23T15:00:00Z", date(2026, 11, 23)),
            ("2026-11-23T15:00:01Z", date(2026, 11, 24)),
            ("2026-06-22T14:00:00Z", date(2026, 6, 22)),
            ("2026-06-22T14:00:01Z", date(2026, 6, 23)),
            ("2026-11-27T15:00:01Z", date(2026, 11, 30)),
        ] {
            assert_eq!(dates(&berlin, ordered_at, "DE", 0).0, leaves_on, "{ordered_at}");
        }
    }

    #[test]
    fn handling_runs_by_the_clock_through_the_night_in_which_clocks_change() {
        // Sunday, 29 March 2026 has 23 hours in Berlin: Friday 23:30 and 48 hours are Monday 00:30, a week before they are Sunday 23:30.
        let every_day = |hours| {
            let mut all = warehouse("Europe/Berlin", "23:59:59", hours);
            all.weekdays = (1..=7).collect();
            all
        };
        assert_eq!(dates(&every_day(48), "2026-03-27T22:30:00Z", "DE", 0).0, date(2026, 3, 30));
        assert_eq!(dates(&every_day(48), "2026-03-20T22:30:00Z", "DE", 0).0, date(2026, 3, 22));
        // An order in the hour that comes twice (25 October 2026, 02:30) is one of that day, either time.
        for ordered_at in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"] {
            assert_eq!(dates(&every_day(0), ordered_at, "DE", 0).0, date(2026, 10, 25), "{ordered_at}");
        }
    }

    #[test]
    fn days_off_at_either_end_are_not_counted() {
        let berlin = warehouse("Europe/Berlin", "16:00:00", 0);
        // Thursday the 24th; Friday the 25th is off at both ends, Monday the 28th in Britain: Tuesday and Wednesday count.
        assert_eq!(dates(&berlin, "2026-12-24T09:00:00Z", "GB", 2), (date(2026, 12, 24), date(2026, 12, 30)));
        assert_eq!(dates(&berlin, "2026-12-24T09:00:00Z", "DE", 2), (date(2026, 12, 24), date(2026, 12, 29)));
        // Over the new year, which is off too.
        assert_eq!(dates(&berlin, "2026-12-31T09:00:00Z", "DE", 1), (date(2026, 12, 31), date(2027, 1, 4)));
    }

    #[test]
    fn nothing_leaves_a_warehouse_that_never_works() {
        let mut never = warehouse("Europe/Berlin", "16:00:00", 0);
        never.weekdays.clear();
        let working = WorkingDays::from(date(2026, 11, 23));
        assert!(Journey::from(&never, "2026-11-23T09:00:00Z".parse().unwrap(), &working).is_none());
        assert!(Journey::from(&warehouse("UTC", "16:00:00", u32::MAX), Timestamp::MAX, &working).is_none());
    }

    #[test]
    fn hours_run_to_the_last_delivery_of_the_day_by_the_warehouses_clock() {
        let berlin = || warehouse("Europe/Berlin", "16:00:00", 0);
        for (name, ordered_at, to, days, hours) in [
            // Ten in the morning; the next day ends at 20:00, 34 hours later.
            ("a Monday", "2026-11-23T09:00:00Z", "DE", 1, 34),
            ("a begun hour counts whole", "2026-11-23T09:00:01Z", "DE", 1, 34),
            ("and a whole one no more than it is", "2026-11-23T08:59:59Z", "DE", 1, 35),
            ("a Friday before the cut-off: Monday", "2026-11-27T09:00:00Z", "DE", 1, 82),
            ("a Friday after it: Monday's carrier, Tuesday", "2026-11-27T15:00:01Z", "DE", 1, 100),
            ("before Christmas: Monday the 28th", "2026-12-24T09:00:00Z", "DE", 1, 106),
            ("and a day later where that one is off", "2026-12-24T09:00:00Z", "GB", 1, 130),
            ("over the night in which clocks go forward", "2026-03-27T09:00:00Z", "DE", 1, 81),
            ("and back", "2026-10-23T08:00:00Z", "DE", 1, 83),
            ("over a leap day", "2028-02-28T09:00:00Z", "DE", 2, 58),
            ("and over the same days of another year", "2027-02-26T09:00:00Z", "DE", 2, 106),
            ("what needs no day comes on that of the hand-over", "2026-11-23T09:00:00Z", "DE", 0, 10),
        ] {
            let now: Timestamp = ordered_at.parse().unwrap();
            let found = arrives(&berlin(), ordered_at, to, days).hours_from(now, &berlin().zone);
            assert_eq!(found, Some(hours), "{name}");
        }
        let over = arrives(&berlin(), "2026-11-23T09:00:00Z", "DE", 0);
        assert_eq!(over.hours_from("2026-11-25T00:00:00Z".parse().unwrap(), &TimeZone::UTC), Some(0));
    }
}
