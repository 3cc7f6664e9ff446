//! Working days of a place.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use serde::{Deserialize, Serialize};

/// Days looked ahead at most: a calendar without a working day in that time has none.
const HORIZON: usize = 400;

/// When a place works: its weekdays, but for the days on which it is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Working days: 1 for Monday to 7 for Sunday.
    pub weekdays: Vec<i8>,
    /// Holidays, and whatever else it is closed for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub closed: BTreeSet<Date>,
}

impl Calendar {
    /// Monday to Friday but for these days.
    pub fn weekdays_but(closed: impl IntoIterator<Item = Date>) -> Self {
        Self { weekdays: vec![1, 2, 3, 4, 5], closed: closed.into_iter().collect() }
    }

    /// Whether it works on that day.
    pub fn is_open(&self, day: Date) -> bool {
        self.weekdays.contains(&day.weekday().to_monday_one_offset()) && !self.closed.contains(&day)
    }
}

/// The first day from `day` on that is open for all of them; `None` where none comes within a year.
pub fn first_open(day: Date, calendars: &[&Calendar]) -> Option<Date> {
    days_from(day).find(|day| calendars.iter().all(|calendar| calendar.is_open(*day)))
}

/// The day on which so many days that are open for all of them have passed since `day`; `day` itself is not counted. `None` as above.
pub fn after_open_days(day: Date, days: u16, calendars: &[&Calendar]) -> Option<Date> {
    (0..days).try_fold(day, |day, _| first_open(day.checked_add(one_day()).ok()?, calendars))
}

fn days_from(day: Date) -> impl Iterator<Item = Date> {
    day.series(one_day()).take(HORIZON)
}

fn one_day() -> Span {
    1.day()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_day_is_open_by_its_weekday_unless_it_is_closed() {
        let calendar = Calendar::weekdays_but([date(2026, 12, 25)]);
        for (day, open) in [(24, true), (25, false), (26, false), (27, false), (28, true)] {
            assert_eq!(calendar.is_open(date(2026, 12, day)), open, "{day}");
        }
    }

    #[test]
    fn open_days_are_counted_where_both_ends_work() {
        let (german, british) = (Calendar::weekdays_but([date(2026, 5, 14)]), Calendar::weekdays_but([date(2026, 5, 25)]));
        // Wednesday the 13th: Ascension Day is closed in Germany alone, the spring bank holiday in Britain alone.
        for (days, arrives) in [(0, 13), (1, 15), (2, 18), (6, 22), (7, 26)] {
            assert_eq!(after_open_days(date(2026, 5, 13), days, &[&german, &british]), Some(date(2026, 5, arrives)), "{days} days");
        }
    }

    #[test]
    fn a_place_that_never_works_has_no_next_day() {
        let never = Calendar { weekdays: Vec::new(), closed: BTreeSet::new() };
        assert_eq!(first_open(date(2026, 1, 1), &[&never]), None);
        assert_eq!(after_open_days(date(2026, 1, 1), 1, &[&never]), None);
        assert_eq!(first_open(Date::MAX, &[&never]), None);
    }
}
